//! What the resolver is, asked of itself once a run.
//!
//! The answers qualify the results in words; they never delay one and never change one.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use hickory_proto::rr::RecordType;

use super::{Client, Exchange, Name, Question, Upstream};
use crate::names::domain::Domain;
use crate::report::ResolverFacts;

/// The self-test under way.
#[derive(Debug, Clone)]
pub struct SelfTest {
    servers: Vec<String>,
    public: bool,
    answers: Arc<OnceLock<(Option<bool>, Option<bool>)>>,
}

impl SelfTest {
    /// Sends the questions; [`SelfTest::facts`] tells what has come back.
    pub fn start(client: &Client, upstreams: &[Upstream]) -> Self {
        let test = SelfTest {
            servers: client.servers().iter().map(ToString::to_string).collect(),
            public: upstreams.iter().any(|upstream| is_public(upstream.address().ip())),
            answers: Arc::default(),
        };
        let answers = Arc::clone(&test.answers);
        // Sent before anything else, so that its answers are there when the first result is.
        let asked = client.submit_raw(questions());
        tokio::spawn(async move {
            let found = judge(asked.await);
            answers.get_or_init(|| found);
        });
        test
    }

    /// What is known by now.
    pub fn facts(&self) -> ResolverFacts {
        let (validating, rewrites_nxdomain) = self.answers.get().copied().unwrap_or_default();
        ResolverFacts { servers: self.servers.clone(), validating, rewrites_nxdomain, public: self.public }
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

/// Whether the resolver validates, and whether it answers for names that do not exist.
fn judge(answers: Vec<Exchange>) -> (Option<bool>, Option<bool>) {
    let mut answers = answers.into_iter().map(|exchange| exchange.result);
    let root = answers.next().and_then(Result::ok);
    let validating = root.filter(|reply| !reply.is_empty()).map(|reply| reply.is_authentic());
    let told: Vec<bool> =
        answers.filter_map(Result::ok).map(|reply| !reply.is_nxdomain() && !reply.is_empty()).collect();
    let rewrites = (!told.is_empty()).then(|| told.contains(&true));
    (validating, rewrites)
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
