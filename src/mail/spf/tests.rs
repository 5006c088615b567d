//! The evaluation against zones in memory.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::*;
use crate::report::Reason;

/// A world of names, all lower case.
#[derive(Debug, Default)]
struct Zone {
    records: HashMap<String, Vec<(String, Vec<u8>)>>,
}

impl Zone {
    /// One record a line: `name TYPE data`; the type `ERROR` fails every question that has no record, and
    /// `ERROR` as data the questions of that type. `\xHH` stands for an octet.
    fn of(lines: &str) -> Self {
        let mut zone = Zone::default();
        for line in lines.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
            let mut fields = line.splitn(3, ' ');
            let (name, rtype) = (fields.next().unwrap_or_default(), fields.next().expect("a type"));
            zone.add(name, rtype, unescape(fields.next().unwrap_or_default()));
        }
        zone
    }

    fn add(&mut self, name: &str, rtype: &str, data: Vec<u8>) {
        self.records.entry(name.to_ascii_lowercase()).or_default().push((rtype.to_owned(), data));
    }

    fn find(&self, name: &str, rtype: &str) -> Result<Answer<Vec<u8>>, Failure> {
        let mut name = name.to_owned();
        for _ in 0..10 {
            let records = self.records.get(&name.to_ascii_lowercase());
            match records.and_then(|records| records.iter().find(|(rtype, _)| rtype == "CNAME")) {
                Some((_, target)) => name = String::from_utf8_lossy(target).trim_end_matches('.').to_owned(),
                None => return self.find_here(&name, rtype),
            }
        }
        Ok(Answer::NoData)
    }

    fn find_here(&self, name: &str, rtype: &str) -> Result<Answer<Vec<u8>>, Failure> {
        assert!(is_name(name), "{name:?} cannot be asked");
        let failure = || Failure { reason: Reason::Timeout, words: format!("nobody answered for {name} {rtype}") };
        let Some(records) = self.records.get(&name.to_ascii_lowercase()) else { return Ok(Answer::NxDomain) };
        let of_type: Vec<&Vec<u8>> = records.iter().filter(|(of, _)| of == rtype).map(|(_, data)| data).collect();
        let fails = records.iter().any(|(of, _)| of == "ERROR");
        match of_type.is_empty() {
            true if fails => Err(failure()),
            true => Ok(Answer::NoData),
            false if of_type.iter().any(|data| data.as_slice() == b"ERROR") => Err(failure()),
            false => Ok(Answer::Records(of_type.into_iter().cloned().collect())),
        }
    }

    fn parsed<T>(&self, name: &str, rtype: &str, parse: fn(&str) -> Option<T>) -> Result<Answer<T>, Failure> {
        Ok(match self.find(name, rtype)? {
            Answer::Records(data) => {
                let parsed = data.iter().map(|data| parse(&String::from_utf8_lossy(data)).expect("data of the type"));
                Answer::Records(parsed.collect())
            }
            Answer::NoData => Answer::NoData,
            Answer::NxDomain => Answer::NxDomain,
        })
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        octets.extend_from_slice(&rest.as_bytes()[..at]);
        octets.push(u8::from_str_radix(&rest[at + 2..at + 4], 16).expect("two hexadecimal digits"));
        rest = &rest[at + 4..];
    }
    octets.extend_from_slice(rest.as_bytes());
    octets
}

impl Lookup for Zone {
    async fn texts(&self, name: &str) -> Result<Answer<Vec<u8>>, Failure> {
        self.find(name, "TXT")
    }

    async fn ipv4(&self, name: &str) -> Result<Answer<Ipv4Addr>, Failure> {
        self.parsed(name, "A", |text| text.parse().ok())
    }

    async fn ipv6(&self, name: &str) -> Result<Answer<Ipv6Addr>, Failure> {
        self.parsed(name, "AAAA", |text| text.parse().ok())
    }

    async fn exchangers(&self, name: &str) -> Result<Answer<String>, Failure> {
        self.parsed(name, "MX", |text| Some(text.trim_end_matches('.').to_owned()))
    }

    async fn names(&self, address: IpAddr) -> Result<Answer<String>, Failure> {
        let name = match address {
            IpAddr::V4(address) => {
                let [first, second, third, fourth] = address.octets();
                format!("{fourth}.{third}.{second}.{first}.in-addr.arpa")
            }
            IpAddr::V6(address) => {
                let nibbles = address.octets().into_iter().rev().flat_map(|octet| [octet & 0xf, octet >> 4]);
                nibbles.map(|nibble| format!("{nibble:x}.")).collect::<String>() + "ip6.arpa"
            }
        };
        self.parsed(&name, "PTR", |text| Some(text.trim_end_matches('.').to_owned()))
    }
}

fn judge(zone: &Zone, request: &Request) -> Evaluation {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(check_host(request, zone))
}

/// Cases of a suite in a file: `[{group, name, zone: {name: {records: [[type, data]], timeout}}, ip, helo,
/// mailfrom, receiver, result: […], explanation}]`.
#[test]
#[ignore = "needs SPF_CASES, a file of cases in JSON"]
fn cases_of_a_file() {
    let path = std::env::var("SPF_CASES").expect("SPF_CASES names a file");
    let text = std::fs::read_to_string(path).expect("the file can be read");
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).expect("the file is JSON");
    let mut faults = Vec::new();
    for case in &cases {
        let text = |key: &str| case[key].as_str().unwrap_or_default();
        let mut zone = Zone::default();
        for (name, entry) in case["zone"].as_object().expect("a zone") {
            zone.records.entry(name.to_ascii_lowercase()).or_default();
            for record in entry["records"].as_array().expect("records") {
                let data = match &record[1] {
                    serde_json::Value::String(text) => text.clone().into_bytes(),
                    serde_json::Value::Array(values) if record[0] == "MX" => {
                        values[1].as_str().expect("a host").as_bytes().to_vec()
                    }
                    other => serde_json::from_value(other.clone()).expect("octets"),
                };
                let data = if data == b"TIMEOUT" { b"ERROR".to_vec() } else { data };
                zone.add(name, record[0].as_str().expect("a type"), data);
            }
            if entry["timeout"] == true {
                zone.add(name, "ERROR", Vec::new());
            }
        }
        let ip = text("ip").parse().expect("an address");
        let mut request = Request::new(ip, None, Some(text("helo")), Some(text("mailfrom")));
        if let Some(receiver) = case["receiver"].as_str() {
            request.receiver = receiver.to_owned();
        }
        let seen = judge(&zone, &request);
        let fits = case["result"].as_array().expect("results").iter().any(|result| result == seen.verdict.as_str());
        let explained = match case["explanation"].as_str() {
            Some("DEFAULT") => seen.explanation.is_none(),
            Some(expected) => seen.explanation.as_deref() == Some(expected),
            None => true,
        };
        if !(fits && explained) {
            let expected = format!("{} {:?}", case["result"], case["explanation"]);
            faults.push(format!("{} / {}: expected {expected}, seen {seen:#?}", text("group"), text("name")));
        }
    }
    assert!(faults.is_empty(), "{} of {} cases:\n\n{}", faults.len(), cases.len(), faults.join("\n\n"));
}
