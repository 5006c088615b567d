//! What the resolver is, asked of itself once a run.
//!
//! The answers qualify the results in words; they never delay one and never change one.

use std::net::IpAddr;

use hickory_proto::rr::RecordType;
use tokio::sync::watch;

use super::{Client, Error, ErrorKind, Exchange, Name, Question, Upstream};
use crate::names::domain::Domain;
use crate::report::{Reason, ResolverFacts};

/// The self-test under way.
#[derive(Debug, Clone)]
pub struct SelfTest {
    servers: Vec<String>,
    public: bool,
    found: watch::Receiver<Option<Found>>,
}

/// What came of it.
#[derive(Debug, Default)]
struct Found {
    validating: Option<bool>,
    rewrites_nxdomain: Option<bool>,
    silence: Option<String>,
}

impl SelfTest {
    /// Sends the questions; [`SelfTest::facts`] tells what has come back.
    pub fn start(client: &Client, upstreams: &[Upstream]) -> Self {
        let (sender, found) = watch::channel(None);
        // Sent before anything else, so that its answers are there when the first result is.
        let asked = client.submit_raw(questions());
        tokio::spawn(async move {
            sender.send_replace(Some(judge(asked.await)));
        });
        SelfTest {
            servers: client.servers().iter().map(ToString::to_string).collect(),
            public: upstreams.iter().any(|upstream| is_public(upstream.address().ip())),
            found,
        }
    }

    /// What is known by now.
    pub fn facts(&self) -> ResolverFacts {
        let found = self.found.borrow();
        let (validating, rewrites_nxdomain, silence) = match &*found {
            Some(found) => (found.validating, found.rewrites_nxdomain, found.silence.clone()),
            None => (None, None, None),
        };
        let servers = self.servers.clone();
        ResolverFacts { servers, validating, rewrites_nxdomain, public: self.public, silence }
    }

    /// What is known in the end: every question is answered, or got no answer in time.
    pub async fn settled(&self) -> ResolverFacts {
        // Without a sender nothing more becomes known.
        let _ = self.found.clone().wait_for(Option::is_some).await;
        self.facts()
    }
}

/// The root's SOA, and names that do not exist.
fn questions() -> Vec<Question> {
    let label = format!("spamcheck-{:016x}", rand::random::<u64>());
    let missing = |suffix: &str| {
        let name: Option<Domain> = format!("{label}.{suffix}").parse().ok();
        name.map(|name| Question::new(Name::from(&name), RecordType::A))
    };
    let mut questions = vec![Question::new(Name::root(), RecordType::SOA)];
    // RFC 6761 §6.4 lets a resolver answer .invalid by itself, so a name in a real top-level domain goes along.
    questions.extend(["com", "invalid"].into_iter().filter_map(missing));
    questions
}

/// Whether the resolver validates, whether it answers for names that do not exist, and whether it answers at all.
fn judge(answers: Vec<Exchange>) -> Found {
    let is_silence = |error: &Error| matches!(error.reason(), Reason::Timeout | Reason::Unreachable);
    let silences: Vec<&Error> = answers
        .iter()
        .filter_map(|exchange| exchange.result.as_ref().err())
        .map(AsRef::as_ref)
        .filter(|error| is_silence(error))
        .collect();
    let silence = silences.first().filter(|_| silences.len() == answers.len()).map(|error| silent(error));
    let mut answers = answers.into_iter().map(|exchange| exchange.result);
    let root = answers.next().and_then(Result::ok);
    let validating = root.filter(|reply| !reply.is_empty()).map(|reply| reply.is_authentic());
    let told: Vec<bool> =
        answers.filter_map(Result::ok).map(|reply| !reply.is_nxdomain() && !reply.is_empty()).collect();
    let rewrites = (!told.is_empty()).then(|| told.contains(&true));
    Found { validating, rewrites_nxdomain: rewrites, silence }
}

/// The silence of a resolver in words.
fn silent(error: &Error) -> String {
    match &error.kind {
        ErrorKind::Unreachable { .. } => error.to_string(),
        _ => format!("{} did not answer", error.server),
    }
}

/// The services that many lists do not answer.
fn is_public(address: IpAddr) -> bool {
    const KNOWN: [&str; 22] = [
        "1.0.0.1",
        "1.1.1.1",
        "4.2.2.1",
        "4.2.2.2",
        "8.8.4.4",
        "8.8.8.8",
        "9.9.9.9",
        "9.9.9.10",
        "64.6.64.6",
        "76.76.2.0",
        "77.88.8.8",
        "84.200.69.80",
        "94.140.14.14",
        "149.112.112.112",
        "185.222.222.222",
        "208.67.220.220",
        "208.67.222.222",
        "2001:4860:4860::8844",
        "2001:4860:4860::8888",
        "2606:4700:4700::1001",
        "2606:4700:4700::1111",
        "2620:fe::fe",
    ];
    KNOWN.iter().any(|known| known.parse() == Ok(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_resolvers_are_known() {
        for address in ["8.8.8.8", "2620:fe::fe"] {
            assert!(is_public(address.parse().expect("an address")), "{address}");
        }
        assert!(!is_public([127, 0, 0, 1].into()));
    }
}
