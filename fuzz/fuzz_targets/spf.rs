//! Reads SPF records and explanations, and judges a client by them; places lie within the text, what is sound reads the
//! same again, and no evaluation asks more than RFC 7208 §4.6.4 allows.

#![no_main]

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use libfuzzer_sys::fuzz_target;
use spamcheck::mail::spf::{
    LookupAnswer, Failure, Lookup, MAX_LOOKUPS, MAX_VOIDS, MacroString, Place, Record, Request, Verdict, check_host, is_name,
};
use spamcheck::report::Reason;

fuzz_target!(|text: &[u8]| {
    parse(text);
    evaluate(text);
});

fn parse(text: &[u8]) {
    let record = Record::parse(text);
    for fault in &record.faults {
        assert!(fault.span.start <= fault.span.end && fault.span.end <= text.len());
    }
    if record.faults.is_empty() {
        let terms: Vec<String> = record.terms.iter().map(|term| record.text_of(&term.span)).collect();
        let again = Record::parse(format!("v=spf1 {}", terms.join(" ")).as_bytes());
        assert!(again.faults.is_empty(), "a sound record reads as it is shown");
        assert_eq!(again.terms.len(), record.terms.len());
    }
    // Explanations are read with their own grammar; nothing but a panic is a fault.
    let _ = MacroString::parse(text, Place::Explanation);
}

/// Judges two clients by the text's lines: a name has the line that its length chooses.
fn evaluate(text: &[u8]) {
    let world = World(text.split(|octet| *octet == b'\n').collect());
    for ip in [IpAddr::from([192, 0, 2, 1]), IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1])] {
        let mut request = Request::new(ip, None, Some("mail.example.com"), Some("user-tag@example.com"));
        request.time = 1_700_000_000;
        let evaluation = ready(check_host(&request, &world));
        // The one too many is counted, and ends it.
        assert!(evaluation.lookups <= MAX_LOOKUPS + 1, "{}", evaluation.lookups);
        assert!(evaluation.voids <= MAX_VOIDS + 1, "{}", evaluation.voids);
        assert_eq!(evaluation.failure.is_some(), evaluation.verdict == Verdict::TempError);
    }
}

/// The result of a future that waits for nobody.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("the world answers at once"),
    }
}

struct World<'a>(Vec<&'a [u8]>);

impl World<'_> {
    fn line(&self, name: &str) -> Result<&[u8], Failure> {
        assert!(is_name(name), "{name:?} cannot be asked");
        if name == "example.com" {
            return Ok(self.0[0]);
        }
        match self.0[name.len() % self.0.len()] {
            b"!" => Err(Failure {
                reason: Reason::Timeout,
                words: "nobody answers".to_owned(),
                server: "192.0.2.53".to_owned(),
            }),
            line => Ok(line),
        }
    }

    fn octets<const N: usize>(&self, name: &str) -> Result<LookupAnswer<[u8; N]>, Failure> {
        let line = self.line(name)?;
        Ok(match line.first_chunk() {
            Some(octets) => LookupAnswer::Records(vec![*octets]),
            None if line.is_empty() => LookupAnswer::NxDomain,
            None => LookupAnswer::NoData,
        })
    }

    fn text(&self, name: &str) -> Result<LookupAnswer<String>, Failure> {
        let line = self.line(name)?;
        // As names come from DNS: labels of any octets, shown with escapes.
        let shown = String::from_utf8_lossy(line).trim_end_matches('.').to_owned();
        Ok(if shown.is_empty() { LookupAnswer::NoData } else { LookupAnswer::Records(vec![shown; 12]) })
    }
}

impl Lookup for World<'_> {
    async fn texts(&self, name: &str) -> Result<LookupAnswer<Vec<u8>>, Failure> {
        let line = self.line(name)?;
        Ok(if line.is_empty() { LookupAnswer::NxDomain } else { LookupAnswer::Records(vec![line.to_vec()]) })
    }

    async fn ipv4(&self, name: &str) -> Result<LookupAnswer<Ipv4Addr>, Failure> {
        Ok(match self.octets::<4>(name)? {
            LookupAnswer::Records(records) => LookupAnswer::Records(records.into_iter().map(Ipv4Addr::from).collect()),
            LookupAnswer::NoData => LookupAnswer::NoData,
            LookupAnswer::NxDomain => LookupAnswer::NxDomain,
        })
    }

    async fn ipv6(&self, name: &str) -> Result<LookupAnswer<Ipv6Addr>, Failure> {
        Ok(match self.octets::<16>(name)? {
            LookupAnswer::Records(records) => LookupAnswer::Records(records.into_iter().map(Ipv6Addr::from).collect()),
            LookupAnswer::NoData => LookupAnswer::NoData,
            LookupAnswer::NxDomain => LookupAnswer::NxDomain,
        })
    }

    async fn exchangers(&self, name: &str) -> Result<LookupAnswer<String>, Failure> {
        self.text(name)
    }

    async fn names(&self, _: IpAddr) -> Result<LookupAnswer<String>, Failure> {
        self.text("ptr.example.com")
    }
}
