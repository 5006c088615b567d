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
    /// One record a line: `name TYPE data`; the type `ERROR` leaves every question that has no record
    /// without an answer, `REFUSED` refuses it, and `ERROR` as data does so to the questions of that type. `\xHH` stands for an octet.
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

    fn find(&self, name: &str, rtype: &str) -> Result<LookupAnswer<Vec<u8>>, Failure> {
        let mut name = name.to_owned();
        for _ in 0..10 {
            let records = self.records.get(&name.to_ascii_lowercase());
            match records.and_then(|records| records.iter().find(|(rtype, _)| rtype == "CNAME")) {
                Some((_, target)) => name = String::from_utf8_lossy(target).trim_end_matches('.').to_owned(),
                None => return self.find_here(&name, rtype),
            }
        }
        Ok(LookupAnswer::NoData)
    }

    fn find_here(&self, name: &str, rtype: &str) -> Result<LookupAnswer<Vec<u8>>, Failure> {
        assert!(is_name(name), "{name:?} cannot be asked");
        let words = || format!("nobody answered for {name} {rtype}");
        let failure = || Failure { reason: Reason::Timeout, words: words(), server: "192.0.2.53".to_owned() };
        let Some(records) = self.records.get(&name.to_ascii_lowercase()) else { return Ok(LookupAnswer::NxDomain) };
        let of_type: Vec<&Vec<u8>> = records.iter().filter(|(of, _)| of == rtype).map(|(_, data)| data).collect();
        let fails = records.iter().any(|(of, _)| of == "ERROR");
        if records.iter().any(|(of, _)| of == "REFUSED") {
            return Err(Failure { reason: Reason::Refused, ..failure() });
        }
        match of_type.is_empty() {
            true if fails => Err(failure()),
            true => Ok(LookupAnswer::NoData),
            false if of_type.iter().any(|data| data.as_slice() == b"ERROR") => Err(failure()),
            false => Ok(LookupAnswer::Records(of_type.into_iter().cloned().collect())),
        }
    }

    fn parsed<T>(&self, name: &str, rtype: &str, parse: fn(&str) -> Option<T>) -> Result<LookupAnswer<T>, Failure> {
        Ok(match self.find(name, rtype)? {
            LookupAnswer::Records(data) => {
                let parsed = data.iter().map(|data| parse(&String::from_utf8_lossy(data)).expect("data of the type"));
                LookupAnswer::Records(parsed.collect())
            }
            LookupAnswer::NoData => LookupAnswer::NoData,
            LookupAnswer::NxDomain => LookupAnswer::NxDomain,
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
    async fn texts(&self, name: &str) -> Result<LookupAnswer<Vec<u8>>, Failure> {
        self.find(name, "TXT")
    }

    async fn ipv4(&self, name: &str) -> Result<LookupAnswer<Ipv4Addr>, Failure> {
        self.parsed(name, "A", |text| text.parse().ok())
    }

    async fn ipv6(&self, name: &str) -> Result<LookupAnswer<Ipv6Addr>, Failure> {
        self.parsed(name, "AAAA", |text| text.parse().ok())
    }

    async fn exchangers(&self, name: &str) -> Result<LookupAnswer<String>, Failure> {
        self.parsed(name, "MX", |text| Some(text.trim_end_matches('.').to_owned()))
    }

    async fn names(&self, address: IpAddr) -> Result<LookupAnswer<String>, Failure> {
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
    judge_as(Manner::default(), zone, request)
}

fn judge_as(manner: Manner, zone: &Zone, request: &Request) -> Evaluation {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(check_host_as(manner, request, zone))
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
            let expected = format!("{} {} {}", case["result"], case["explanation"], case["why"]);
            faults.push(format!("{} / {}: expected {expected}, seen {seen:#?}", text("group"), text("name")));
        }
    }
    assert!(faults.is_empty(), "{} of {} cases:\n\n{}", faults.len(), cases.len(), faults.join("\n\n"));
}

/// Asserts results: `ip sender helo -> result`, one a line, over one zone.
#[track_caller]
fn all(zone: &str, cases: &str) {
    let zone = Zone::of(zone);
    for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
        let (who, expected) = case.split_once(" -> ").expect("a result");
        let mut fields = who.split(' ');
        let ip = fields.next().expect("an address").parse().expect("an address");
        let sender = fields.next().expect("a sender");
        let helo = fields.next().unwrap_or("mx.example.org");
        let sender = if sender == "<>" { "" } else { sender };
        let seen = judge(&zone, &Request::new(ip, None, Some(helo), Some(sender)));
        let words = match &seen.explanation {
            Some(explanation) => format!("{} {explanation:?}", seen.verdict.as_str()),
            None => seen.verdict.as_str().to_owned(),
        };
        assert_eq!(words, expected, "{case}: {seen:#?}");
    }
}

/// Asserts the result of single records at `example.com` for `192.0.2.1`: `result record`, one a line.
#[track_caller]
fn records(zone: &str, cases: &str) {
    records_as(Manner::default(), zone, cases);
}

#[track_caller]
fn records_as(manner: Manner, zone: &str, cases: &str) {
    for case in cases.lines().map(str::trim_start).filter(|case| !case.is_empty()) {
        let (expected, record) = case.split_once(' ').expect("a record");
        let mut zone = Zone::of(zone);
        zone.add("example.com", "TXT", unescape(record));
        let ip = "192.0.2.1".parse().expect("an address");
        let request = Request::new(ip, None, Some("mx.example.org"), Some("user@example.com"));
        let seen = judge_as(manner, &zone, &request);
        assert_eq!(seen.verdict.as_str(), expected, "{record}: {seen:#?}");
    }
}

const HOSTS: &str = "
    host.example.com A 192.0.2.1
    other.example.com A 198.51.100.1
    six.example.com AAAA 2001:db8::1
    silent.example.com ERROR";

#[test]
fn domains_that_are_none_give_none() {
    let long = "a".repeat(63);
    let longer = "a".repeat(64);
    let zone = format!("{long}.example.com TXT v=spf1 -all\nexample.com ERROR\nlocalhost TXT v=spf1 -all");
    all(
        &zone,
        &format!(
            "192.0.2.1 user@{long}.example.com -> fail
             192.0.2.1 user@{longer}.example.com -> none
             192.0.2.1 user@a..example.com -> none
             192.0.2.1 user@.example.com -> none
             192.0.2.1 user@localhost -> none
             192.0.2.1 user@[192.0.2.1] -> none
             192.0.2.1 user@{long}.{long}.{long}.{long}.example.com -> none
             192.0.2.1 user@gone.example -> none
             192.0.2.1 user@ -> none
             192.0.2.1 <> localhost -> none
             192.0.2.1 <> [192.0.2.1] -> none
             192.0.2.1 <>  -> none
             192.0.2.1 user@example.com -> temperror
             192.0.2.1 user@{long}.example.com. -> fail
             192.0.2.1 user@{long}.EXAMPLE.com -> fail"
        ),
    );
}

#[test]
fn identity_is_the_sender_or_the_helo_name() {
    let zone = "example.com TXT v=spf1 -all exp=why.example.com
        why.example.com TXT %{s}|%{l}|%{o}|%{h}
        xn--bcher-kva.example TXT v=spf1 +all";
    all(
        zone,
        "192.0.2.1 user@example.com -> fail \"user@example.com|user|example.com|mx.example.org\"
         192.0.2.1 @example.com -> fail \"postmaster@example.com|postmaster|example.com|mx.example.org\"
         192.0.2.1 example.com -> fail \"postmaster@example.com|postmaster|example.com|mx.example.org\"
         192.0.2.1 a@b@example.com -> fail \"a@b@example.com|a@b|example.com|mx.example.org\"
         192.0.2.1 <> example.com -> fail \"postmaster@example.com|postmaster|example.com|example.com\"
         192.0.2.1 user@bücher.example -> pass",
    );
    let ip = "192.0.2.1".parse().expect("an address");
    let request = Request::new(ip, Some("example.com"), None, None);
    assert_eq!((request.local_part.as_str(), request.sender_domain.as_str()), ("postmaster", "example.com"));
    let request = Request::new(ip, Some("example.com"), Some("helo.example"), Some("user@other.example"));
    assert_eq!((request.domain.as_str(), request.sender_domain.as_str()), ("example.com", "other.example"));
}

#[test]
fn mapped_clients_are_ipv4() {
    let zone = "example.com TXT v=spf1 ip4:192.0.2.1 -ip6:::ffff:c000:201 ?all";
    all(
        zone,
        "::ffff:192.0.2.1 user@example.com -> pass
         192.0.2.1 user@example.com -> pass
         ::ffff:192.0.2.2 user@example.com -> neutral
         2001:db8::1 user@example.com -> neutral",
    );
}

#[test]
fn records_are_selected_by_their_version() {
    records("", "none v=spf10 -all\nnone v=spf1-all\nnone  v=spf1 -all\nnone v=spf1\\x09-all\nneutral v=spf1");
    records("", "fail V=SpF1 -all\nfail v=spf1 -all \nfail v=spf1   -all   \nneutral v=spf1 ");
    records("example.com TXT v=spf10 -all\nexample.com TXT \\xff", "fail v=spf1 -all");
    records("example.com TXT v=spf1 +all", "permerror v=spf1 -all\npermerror V=SPF1 -all");
    // Type 99 is not asked for (RFC 7208 §3.1).
    records("example.com SPF v=spf1 +all", "fail v=spf1 -all");
}

#[test]
fn any_fault_anywhere_is_a_permerror() {
    records(
        HOSTS,
        "permerror v=spf1 ip4:192.0.2.1 -all moo
         permerror v=spf1 ip4:192.0.2.1 include:
         permerror v=spf1 a:\\xef\\xbb\\xbfhost.example.com -all
         permerror v=spf1 \\x80all
         permerror v=spf1 a:host.example.com\\x0dptr -all
         permerror v=spf1 a:host.example.com\\x00 -all
         permerror v=spf1 ip4:192.0.2.1\\x09-all
         permerror v=spf1 -
         permerror v=spf1 +-all
         permerror v=spf1 =all
         permerror v=spf1 1a=b
         permerror v=spf1 -foo=bar ip4:192.0.2.1
         permerror v=spf1 moo.cow/far_out=man ip4:192.0.2.1
         permerror v=spf1 moo.cow:far_out=man ip4:192.0.2.1
         pass v=spf1 moo.cow-far_out=man:dog/cat ip4:192.0.2.1 -all
         pass v=spf1 a=b a=b all=1 ip4:192.0.2.1
         permerror v=spf1 foo=%x ip4:192.0.2.1
         permerror v=spf1 foo=%{q} ip4:192.0.2.1
         pass v=spf1 foo=%%%_%-%{c}%{R}%{t} ip4:192.0.2.1
         pass v=spf1 foo= ip4:192.0.2.1",
    );
}

#[test]
fn all_stands_alone_and_ends_the_record() {
    records(
        HOSTS,
        "permerror v=spf1 -all.\npermerror v=spf1 -all:foo\npermerror v=spf1 -all/8\npermerror v=spf1 all:
         fail v=spf1 -ALL ip4:192.0.2.1\nsoftfail v=spf1 ~all -all\nneutral v=spf1 ?all\npass v=spf1 all\npass v=spf1 +all
         softfail v=spf1 redirect=example.com ~all",
    );
}

#[test]
fn networks_follow_the_grammar() {
    records(
        "",
        "pass v=spf1 ip4:192.0.2.1/32 -all\npass v=spf1 ip4:192.0.2.255/24 -all\npass v=spf1 ip4:9.9.9.9/0 -all
         fail v=spf1 ip4:192.0.2.0/32 -all\npermerror v=spf1 ip4:192.0.2.1/33 -all\npermerror v=spf1 ip4:192.0.2.1/032 -all
         permerror v=spf1 ip4:192.0.2.1/ -all\npermerror v=spf1 ip4:192.0.2.1//32 -all\npermerror v=spf1 ip4 -all
         permerror v=spf1 ip4: -all\npermerror v=spf1 ip4:192.0.2 -all\npermerror v=spf1 ip4:192.0.2.01 -all
         permerror v=spf1 ip4:192.0.2.1:25 -all\npermerror v=spf1 ip4:192.0.2.256 -all\npermerror v=spf1 ip4:/24 -all
         permerror v=spf1 ip4:192.0.2.1/+8 -all\npermerror v=spf1 ip4:192.0.2.1/00 -all\npermerror v=spf1 ip4:%{i} -all
         fail v=spf1 ip6:::/0 -all\nfail v=spf1 ip6:2001:db8::1 -all\npermerror v=spf1 ip6:2001:db8::1/129 -all
         permerror v=spf1 ip6:2001:db8::1/0128 -all\npermerror v=spf1 ip6 -all\npermerror v=spf1 ip6: -all
         permerror v=spf1 ip6:192.0.2.1 -all\npermerror v=spf1 ip4:::1 -all\npermerror v=spf1 ip6:fe80::1%eth0 -all
         permerror v=spf1 ip6:2001:db8:::1 -all\nfail v=spf1 ip6:::ffff:192.0.2.1 -all\npermerror v=spf1 ip6:[::1] -all",
    );
    let zone = "example.com TXT v=spf1 ip6:2001:db8::/33 ~ip6:::/0 -all";
    all(
        zone,
        "2001:db8::7 u@example.com -> pass\n2001:db8:8000::7 u@example.com -> softfail\n192.0.2.1 u@example.com -> fail",
    );
}

#[test]
fn addresses_of_a_name() {
    records(
        HOSTS,
        "pass v=spf1 a:host.example.com -all\npass v=spf1 a:HOST.example.com. -all\nfail v=spf1 a:other.example.com -all
         pass v=spf1 a:other.example.com/0 -all\npass v=spf1 a:host.example.com/24//64 -all\nfail v=spf1 a:six.example.com//0 -all
         pass v=spf1 a:host.example.com//0 -all\nfail v=spf1 a -all\nfail v=spf1 a//0 -all\npass v=spf1 a a:host.example.com -all
         temperror v=spf1 a:silent.example.com -all\nfail v=spf1 a:gone.example.com -all\nfail v=spf1 a:x..example.com -all
         permerror v=spf1 a: -all\npermerror v=spf1 a:/24 -all\npermerror v=spf1 a/33 -all\npermerror v=spf1 a//129 -all
         permerror v=spf1 a/024 -all\npermerror v=spf1 a/24/64 -all\npermerror v=spf1 a/ -all\npermerror v=spf1 a// -all
         permerror v=spf1 a/24// -all\npermerror v=spf1 a:host.example.com/x -all\npermerror v=spf1 a:192.0.2.1 -all
         permerror v=spf1 a:host -all\npermerror v=spf1 a:host.example.com:25 -all\npermerror v=spf1 a:example.-com -all
         permerror v=spf1 a:example.com- -all\npermerror v=spf1 a:example.1 -all\npermerror v=spf1 a:example.com.. -all
         fail v=spf1 a:example.c0m -all\nfail v=spf1 a:example.xn--zckzah -all\nfail v=spf1 a:example.1-2 -all
         permerror v=spf1 a:example.c_m -all\nfail v=spf1 a:.com -all\npermerror v=spf1 afoo -all\npermerror v=spf1 a.b -all",
    );
    // Any printable character may stand in front of the top-level label.
    records("foo:bar/baz.example.com A 192.0.2.1", "pass v=spf1 a:foo:bar/baz.example.com -all");
    records("foo=x.example.com A 192.0.2.1", "pass v=spf1 a:foo=x.example.com -all");
    let zone = format!("{HOSTS}\nexample.com TXT v=spf1 a:six.example.com//64 -all");
    all(&zone, "2001:db8::ffff u@example.com -> pass\n2001:db8:0:1::1 u@example.com -> fail");
}

#[test]
fn mail_exchangers_of_a_domain() {
    let zone = format!(
        "{HOSTS}\nexample.com MX other.example.com\nexample.com MX host.example.com\nnull.example.com MX .
         plain.example.com A 192.0.2.1\nbroken.example.com MX silent.example.com\ndead.example.com MX gone.example.com"
    );
    records(
        &zone,
        "pass v=spf1 mx -all\npass v=spf1 MX:example.com -all\npass v=spf1 mx:example.com/24//64 -all
         fail v=spf1 mx:plain.example.com -all\nfail v=spf1 mx:null.example.com -all\ntemperror v=spf1 mx:broken.example.com -all
         fail v=spf1 mx:dead.example.com -all\ntemperror v=spf1 mx:silent.example.com -all\npermerror v=spf1 mx: -all
         permerror v=spf1 mx/33 -all\npermerror v=spf1 mx:example.com:25 -all\npermerror v=spf1 mx:foo -all\npermerror v=spf1 mxa -all",
    );
    let many = |count: usize| {
        let hosts =
            (0..count).map(|number| format!("example.com MX h{number}.example.org\nh{number}.example.org A 192.0.2.1"));
        hosts.collect::<Vec<_>>().join("\n")
    };
    records(&many(10), "pass v=spf1 mx -all");
    records(&many(11), "permerror v=spf1 mx -all");
}

#[test]
fn validated_names_of_the_client() {
    let zone = "1.2.0.192.in-addr.arpa PTR mx.example.com.
        1.2.0.192.in-addr.arpa PTR forged.example.org
        1.2.0.192.in-addr.arpa PTR silent.example.net
        mx.example.com A 192.0.2.1
        forged.example.org A 192.0.2.2
        silent.example.net ERROR";
    records(
        zone,
        "pass v=spf1 ptr -all\npass v=spf1 PTR:example.com -all\npass v=spf1 ptr:EXAMPLE.com. -all\npass v=spf1 ptr:mx.example.com -all
         fail v=spf1 ptr:a.mx.example.com -all\nfail v=spf1 ptr:xample.com -all\nfail v=spf1 ptr:example.org -all
         fail v=spf1 ptr:example.net -all\npermerror v=spf1 ptr: -all\npermerror v=spf1 ptr/24 -all\npermerror v=spf1 ptr:example.com/24 -all
         pass v=spf1 exists:%{p} -all\npass v=spf1 a:%{p} -all",
    );
    // An error of the PTR look-up is no match (§5.5).
    records("1.2.0.192.in-addr.arpa ERROR", "fail v=spf1 ptr -all");
    records("", "fail v=spf1 ptr -all");
    let names = |count: usize| {
        let names = (1..count).map(|number| format!("1.2.0.192.in-addr.arpa PTR h{number}.example.org"));
        let last = "1.2.0.192.in-addr.arpa PTR mx.example.com\nmx.example.com A 192.0.2.1".to_owned();
        names.chain([last]).collect::<Vec<_>>().join("\n")
    };
    records(&names(10), "pass v=spf1 ptr -all");
    records(&names(11), "fail v=spf1 ptr -all");
    let six = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR mx.example.com
        mx.example.com AAAA 2001:db8::1\nexample.com TXT v=spf1 ptr -all";
    all(six, "2001:db8::1 u@example.com -> pass\n2001:db8::2 u@example.com -> fail");
}

#[test]
fn existence_of_a_name_is_an_a_record() {
    records(
        HOSTS,
        "pass v=spf1 exists:other.example.com -all\nfail v=spf1 exists:six.example.com -all\nfail v=spf1 exists:gone.example.com -all
         temperror v=spf1 exists:silent.example.com -all\npermerror v=spf1 exists -all\npermerror v=spf1 exists: -all
         permerror v=spf1 exists:host.example.com/24 -all\npermerror v=spf1 exists:foo -all",
    );
    let zone = format!("{HOSTS}\nexample.com TXT v=spf1 exists:host.example.com -all");
    all(&zone, "2001:db8::1 u@example.com -> pass");
}

#[test]
fn included_results_become_matches_or_errors() {
    let zone = "pass.example.com TXT v=spf1 ip4:192.0.2.1 -all
        fail.example.com TXT v=spf1 -all
        soft.example.com TXT v=spf1 ~all
        neutral.example.com TXT v=spf1 ?all
        bad.example.com TXT v=spf1 foo
        two.example.com TXT v=spf1 -all\ntwo.example.com TXT v=spf1 -all
        silent.example.com ERROR
        none.example.com TXT other
        on.example.com TXT v=spf1 redirect=pass.example.com";
    records(
        zone,
        "pass v=spf1 include:pass.example.com -all\nfail v=spf1 -include:pass.example.com +all
         softfail v=spf1 include:fail.example.com ~all\nsoftfail v=spf1 include:soft.example.com ~all
         softfail v=spf1 include:neutral.example.com ~all\npermerror v=spf1 include:bad.example.com ~all
         permerror v=spf1 include:two.example.com ~all\ntemperror v=spf1 include:silent.example.com ~all
         permerror v=spf1 include:none.example.com ~all\npermerror v=spf1 include:gone.example.com ~all
         pass v=spf1 include:on.example.com -all\npermerror v=spf1 include:x..example.com -all
         permerror v=spf1 include -all\npermerror v=spf1 include: -all\npermerror v=spf1 include/24 -all
         permerror v=spf1 include:pass.example.com/24 -all\npermerror v=spf1 include:example.com",
    );
}

#[test]
fn redirect_answers_when_nothing_matches() {
    let zone = "fail.example.com TXT v=spf1 -all\nnone.example.com TXT other\nsilent.example.com ERROR\nbad.example.com TXT v=spf1 x";
    records(
        zone,
        "fail v=spf1 redirect=fail.example.com\npass v=spf1 redirect=fail.example.com ip4:192.0.2.1
         fail v=spf1 REDIRECT=fail.example.com ip4:192.0.2.9\npermerror v=spf1 redirect=none.example.com
         permerror v=spf1 redirect=gone.example.com\ntemperror v=spf1 redirect=silent.example.com
         permerror v=spf1 redirect=bad.example.com\npermerror v=spf1 redirect=fail.example.com redirect=fail.example.com
         permerror v=spf1 redirect= -all\npermerror v=spf1 redirect:fail.example.com -all\npermerror v=spf1 redirect -all
         permerror v=spf1 redirect=example.com\npermerror v=spf1 redirect=%{q}.example.com -all\npermerror v=spf1 redirect=a@b -all",
    );
}

#[test]
fn explanation_is_the_text_of_one_record_or_nothing() {
    let zone = "
        why.example.com TXT %{i} of %{d} (%{c}, %{v}, %{r}) 100%%%_sure
        two.example.com TXT a\ntwo.example.com TXT b
        bad.example.com TXT 100% sure
        umlaut.example.com TXT caf\\xc3\\xa9
        silent.example.com ERROR
        a.example TXT v=spf1 -all exp=why.example.com
        b.example TXT v=spf1 -all exp=two.example.com
        c.example TXT v=spf1 -all exp=bad.example.com
        d.example TXT v=spf1 -all exp=umlaut.example.com
        e.example TXT v=spf1 -all exp=silent.example.com
        f.example TXT v=spf1 -all exp=gone.example.com
        g.example TXT v=spf1 -all exp=why.example.com exp=why.example.com
        h.example TXT v=spf1 -all exp=
        i.example TXT v=spf1 -all exp=%{x}.example.com
        j.example TXT v=spf1 redirect=a.example exp=two.example.com
        k.example TXT v=spf1 include:a.example -all exp=why.example.com
        l.example TXT v=spf1 ~all exp=why.example.com
        m.example TXT v=spf1 redirect=n.example exp=why.example.com
        n.example TXT v=spf1 -all
        o.example TXT v=spf1 exp=why.example.com ip4:9.9.9.9 -all
        p.example TXT v=spf1 -all exp=x..y.example.com";
    all(
        zone,
        "192.0.2.1 u@a.example -> fail \"192.0.2.1 of a.example (192.0.2.1, in-addr, unknown) 100% sure\"
         192.0.2.1 u@b.example -> fail
         192.0.2.1 u@c.example -> fail
         192.0.2.1 u@d.example -> fail
         192.0.2.1 u@e.example -> fail
         192.0.2.1 u@f.example -> fail
         192.0.2.1 u@g.example -> permerror
         192.0.2.1 u@h.example -> permerror
         192.0.2.1 u@i.example -> permerror
         192.0.2.1 u@j.example -> fail \"192.0.2.1 of a.example (192.0.2.1, in-addr, unknown) 100% sure\"
         192.0.2.1 u@k.example -> fail \"192.0.2.1 of k.example (192.0.2.1, in-addr, unknown) 100% sure\"
         192.0.2.1 u@l.example -> softfail
         192.0.2.1 u@m.example -> fail
         192.0.2.1 u@o.example -> fail \"192.0.2.1 of o.example (192.0.2.1, in-addr, unknown) 100% sure\"
         192.0.2.1 u@p.example -> fail",
    );
}

#[test]
fn macros_are_expanded_in_names() {
    let zone = "
        2.0.192.in-addr.lp.example.com A 127.0.0.2
        1.2.0.192.in-addr._spf.example.com A 127.0.0.2
        strong.example.com A 127.0.0.2
        bad.strong.example.com A 127.0.0.2
        strong-bad%40a.example.example.com A 127.0.0.2
        mx.example.org A 127.0.0.2
        a.example TXT v=spf1 exists:%{ir}.%{v}._spf.example.com -all
        b.example TXT v=spf1 exists:%{l1r-}.example.com -all
        c.example TXT v=spf1 exists:%{lr-}.example.com -all
        s.example TXT v=spf1 exists:%{S}.example.com -all
        d.example TXT v=spf1 exists:%{h} -all
        e.example TXT v=spf1 exists:%{d}.%{h} ?all
        f.example TXT v=spf1 a:%{p} -all exp=p.example.com
        p.example.com TXT %{p}
        g.example TXT v=spf1 exists:%{c}.example.com -all
        h.example TXT v=spf1 exists:%{d0}.example.com -all
        i.example TXT v=spf1 exists:%{d%.example.com -all
        j.example TXT v=spf1 exists:%{dr2}.example.com -all
        k.example TXT v=spf1 exists:%(d).example.com -all
        l.example TXT v=spf1 exists:%%.example.com. exists:%_.example.com exists:mx%{d99999999999999999999r}.example.com ?all
        m.example TXT v=spf1 exists:%{d}x ?all
        n.example TXT v=spf1 exists:%{d}. ?all";
    all(
        zone,
        "192.0.2.1 u@a.example -> pass
         192.0.2.1 strong-bad@b.example -> pass
         192.0.2.1 strong-bad@c.example -> pass
         192.0.2.1 strong-bad@s.example -> fail
         192.0.2.1 u@d.example -> pass
         192.0.2.1 u@d.example other.example -> fail
         192.0.2.1 u@d.example  -> fail
         192.0.2.1 u@e.example -> neutral
         192.0.2.1 u@f.example -> fail \"unknown\"
         192.0.2.1 u@g.example -> permerror
         192.0.2.1 u@h.example -> permerror
         192.0.2.1 u@i.example -> permerror
         192.0.2.1 u@j.example -> permerror
         192.0.2.1 u@k.example -> permerror
         192.0.2.1 u@l.example -> permerror
         192.0.2.1 u@m.example -> permerror
         192.0.2.1 u@n.example -> permerror",
    );
    // A name of more than 253 octets loses labels from the left (§7.3).
    let local_part = vec!["x".repeat(50); 5].join(".");
    let kept = format!("{}.example.com", vec!["x".repeat(50); 4].join("."));
    let zone = format!("{kept} A 127.0.0.2\nexample.com TXT v=spf1 exists:%{{l}}.%{{d}} -all");
    all(&zone, &format!("192.0.2.1 {local_part}@example.com -> pass"));
}

#[test]
fn eleventh_look_up_is_a_permerror() {
    let hosts: String = (0..11).map(|number| format!("h{number}.example.org A 198.51.100.1\n")).collect();
    let terms =
        |count: usize| (0..count).map(|number| format!("a:h{number}.example.org")).collect::<Vec<_>>().join(" ");
    records(&hosts, &format!("fail v=spf1 {} -all\npermerror v=spf1 {} -all", terms(10), terms(11)));
    // What matches before is not affected, and ip4, ip6, all and exp cost nothing.
    records(&hosts, &format!("pass v=spf1 ip4:192.0.2.1 {} -all", terms(11)));
    records(&hosts, &format!("pass v=spf1 {} ip4:192.0.2.1 -all exp=gone.example.com", terms(10)));
    // Includes and redirects count, and what they lead to.
    let zone = format!("{hosts}in.example TXT v=spf1 {} -all", terms(9));
    records(&zone, "fail v=spf1 include:in.example -all\npermerror v=spf1 include:in.example a:h9.example.org -all");
    records(&zone, "fail v=spf1 redirect=in.example\npermerror v=spf1 a:h9.example.org redirect=in.example");
    records("loop.example TXT v=spf1 include:loop.example -all", "permerror v=spf1 include:loop.example -all");
}

#[test]
fn third_void_look_up_is_a_permerror() {
    records(
        HOSTS,
        "fail v=spf1 a:x.example.com exists:y.example.com -all
         permerror v=spf1 a:x.example.com exists:y.example.com mx:z.example.com -all
         permerror v=spf1 a:x.example.com a:six.example.com ptr -all
         pass v=spf1 a:x.example.com a:six.example.com ip4:192.0.2.1 a:y.example.com -all
         fail v=spf1 a:x.example.com a:y.example.com -all exp=gone.example.com",
    );
    let zone = format!("{HOSTS}\nin.example TXT v=spf1 a:x.example.com a:y.example.com -all");
    records(&zone, "fail v=spf1 include:in.example -all\npermerror v=spf1 include:in.example a:z.example.com -all");
}

#[test]
fn what_was_spent_and_what_matched_is_told() {
    let zone = Zone::of(
        "example.com TXT v=spf1 a:gone.example.com include:in.example -all\nin.example TXT v=spf1 ip4:192.0.2.1",
    );
    let ip = "192.0.2.1".parse().expect("an address");
    let seen = judge(&zone, &Request::new(ip, Some("example.com"), None, None));
    assert_eq!((seen.verdict, seen.lookups, seen.voids), (Verdict::Pass, 2, 1));
    assert_eq!((seen.domain.as_str(), seen.matched.as_deref()), ("example.com", Some("include:in.example")));
    assert_eq!(seen.trace.len(), 5);
}

#[test]
fn every_fault_of_a_record_has_its_place() {
    let record = Record::parse(b"v=spf1 foo ip4:192.0.2.1/33 a:b include: exp=%{x}.example.com ip4:192.0.2.1-all");
    let spans: Vec<String> = record.faults.iter().map(|fault| record.text_of(&fault.span)).collect();
    assert_eq!(spans, ["foo", "/33", "b", "", "%{x}", "192.0.2.1-all"]);
    assert!(record.terms.is_empty());
}

#[test]
fn only_a_record_without_faults_and_questions_refuses_everyone() {
    let refuses = |text: &str| Record::parse(text.as_bytes()).refuses_everyone();
    for record in [
        "v=spf1 -all",
        "V=SPF1  -ALL",
        "v=spf1 exp=why.example.com -all",
        "v=spf1 -all include:x.example",
        "v=spf1 -ip4:192.0.2.1 -all",
        "v=spf1 redirect=_spf.example.com -all",
    ] {
        assert!(refuses(record), "{record}");
    }
    for record in [
        "v=spf1",
        "v=spf1 ~all",
        "v=spf1 mx -all",
        "v=spf1 -mx -all",
        "v=spf1 ip4:192.0.2.1 -all",
        "v=spf1 redirect=_spf.example.com",
        "v=spf1 -all foo:bar",
        "v=spf1 exp=a exp=b -all",
    ] {
        assert!(!refuses(record), "{record}");
    }
}

#[test]
fn a_blind_verifier_takes_an_error_code_for_an_empty_answer() {
    let zone = "refusing.example.com REFUSED\nsilent.example.com ERROR";
    let cases = "fail v=spf1 a:refusing.example.com -all
        temperror v=spf1 a:silent.example.com -all
        permerror v=spf1 include:refusing.example.com -all";
    records_as(Manner { is_blind: true, ..Manner::default() }, zone, cases);
    records(zone, &cases.replace("fail ", "temperror ").replace("permerror ", "temperror "));
    let mut zone = Zone::of(zone);
    zone.add("example.com", "TXT", b"v=spf1 a:refusing.example.com -all".to_vec());
    let request = Request::new("192.0.2.1".parse().expect("an address"), None, None, Some("user@example.com"));
    let seen = judge_as(Manner { is_blind: true, ..Manner::default() }, &zone, &request);
    assert_eq!(seen.failure.expect("what was overlooked is told").reason, Reason::Refused);
}

#[test]
fn a_flattening_verifier_passes_over_what_it_cannot_read() {
    let zone = "
        host.example.com A 192.0.2.1
        silent.example.com ERROR
        none.example.com A 198.51.100.9
        open.example.com TXT v=spf1 +all
        pass.example.com TXT v=spf1 ip4:192.0.2.0/24 -all";
    let cases = "pass v=spf1 -all ip4:192.0.2.1
        pass v=spf1 ip4:192.0.2.0/33 ip4:192.0.2.1 -all
        pass v=spf1 a:silent.example.com a:host.example.com -all
        pass v=spf1 include:none.example.com a:host.example.com -all
        fail v=spf1 include:open.example.com -all
        pass v=spf1 include:pass.example.com -all";
    records_as(Manner { lookups: 30, is_flattened: true, ..Manner::default() }, zone, cases);
}
