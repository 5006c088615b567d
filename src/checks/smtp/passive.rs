//! What a server shows to anybody, judged from one survey.

use std::net::IpAddr;
use std::time::Duration;

use super::facts::HostFacts;
use super::greeting::{Greeting, fault_of_name};
use super::rules;
use crate::checks::dialogue;
use crate::names::address::is_global;
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dns::Name;
use crate::net::smtp::{Hello, Peer, Reply, ReplyFault, Security, Survey};
use crate::net::tls::HandshakeError;
use crate::report::{Evidence, Finding, Proof, Reason, Rule, Unclear, millis};

/// The time after which a greeting is remarked upon. Tarpits and postscreen wait for six seconds and more.
const SLOW: Duration = Duration::from_secs(5);
/// Octets of the smallest message that every server must take (RFC 5321 §4.5.3.1.7).
const LEAST_SIZE: u64 = 64 * 1024;
/// Recipients that every server must buffer (RFC 5321 §4.5.3.1.8).
const LEAST_RECIPIENTS: u32 = 100;

/// What a survey tells of a server.
pub(super) struct Passive<'a> {
    pub(super) facts: HostFacts,
    pub(super) findings: Vec<Finding>,
    pub(super) unclear: Vec<Unclear>,
    peer: &'a Peer,
    survey: &'a Survey,
}

impl<'a> Passive<'a> {
    /// Reads a survey.
    pub(super) fn read(preference: Option<u16>, peer: &'a Peer, survey: &'a Survey) -> Self {
        let mut facts = HostFacts::new(preference, peer);
        facts.connect_ms = survey.opening.connected.map(millis);
        facts.failure = survey.failure.as_ref().map(ToString::to_string);
        facts.transcript = survey.transcript.entries().to_vec();
        let mut passive = Passive { facts, findings: Vec::new(), unclear: Vec::new(), peer, survey };
        if let Some(greeting) = &survey.opening.greeting {
            passive.greeting(greeting);
        }
        if let Some(hello) = survey.opening.hello.as_ref().or(survey.opening.hello_inside.as_ref()) {
            passive.hello(hello);
        }
        passive.offers();
        passive.form();
        passive.handshake();
        passive
    }

    /// A handshake that failed: where TLS begins at once, nothing of the server was heard.
    fn handshake(&mut self) {
        let Some(error) = &self.survey.opening.handshake_error else { return };
        let is_implicit = self.peer.security == Security::Implicit;
        if let (true, HandshakeError::InClear(words)) = (is_implicit, error) {
            self.add(&dialogue::IMPLICIT_PLAIN, format!("\"{words}\""), Evidence::reply(self.peer, words));
            return;
        }
        let reason = match error {
            HandshakeError::Silent(_) => Reason::Timeout,
            HandshakeError::Closed(_) | HandshakeError::Unanswered => Reason::Closed,
            HandshakeError::Protocol(_) | HandshakeError::InClear(_) => Reason::Malformed,
            HandshakeError::Limit(_) => Reason::Unsupported,
            HandshakeError::Alert(_)
            | HandshakeError::LateAlert(_)
            | HandshakeError::ClientCertificate(_)
            | HandshakeError::Incompatible(_) => Reason::Rejected,
        };
        let unclear = Unclear::decisive(reason, self.peer, error.to_string());
        self.unclear.push(Unclear { decisive: is_implicit, ..unclear });
    }

    fn add(&mut self, rule: &'static Rule, detail: impl AsRef<str>, proof: impl Into<Proof>) {
        self.findings.push(Finding::new(rule, self.peer, proof).detail(detail));
    }

    fn quote(&self, reply: &Reply) -> Evidence {
        Evidence::reply(self.peer, reply.to_string())
    }

    fn greeting(&mut self, reply: &Reply) {
        let text = reply.text();
        let greeting = Greeting::read(&text);
        self.facts.greeting_ms = Some(millis(reply.elapsed));
        if greeting.masked {
            self.add(&rules::GREETING_MASKED, "more asterisks than words", self.quote(reply));
        } else if let Some(fault) = &greeting.fault {
            self.add(&rules::GREETING_NAME, fault, self.quote(reply));
        }
        if let Some(version) = &greeting.version {
            let detail = format!("{} {version}", greeting.software.unwrap_or("version"));
            self.add(&rules::VERSION, detail, self.quote(reply));
        }
        if reply.elapsed >= SLOW {
            let detail = format!("after {} s; the limit is 300 s", reply.elapsed.as_secs());
            let waited = Evidence::limit("greeting", reply.elapsed.as_secs_f64(), 300.0, "s");
            self.add(&rules::SLOW, detail, waited);
        }
        self.facts.greeting = Some(text);
        self.facts.software = greeting.software.map(str::to_owned);
        self.facts.version = greeting.version;
    }

    fn hello(&mut self, hello: &Hello) {
        let name = hello.name();
        self.facts.extended = Some(hello.extended);
        if !hello.extended {
            self.add(&rules::HELO_ONLY, "EHLO was refused, HELO was taken", self.quote(&hello.reply));
        }
        if let Some(fault) = fault_of_name(&name) {
            self.add(&rules::HELLO_NAME, fault, self.quote(&hello.reply));
        }
        self.facts.name = Some(name);
    }

    fn offers(&mut self) {
        let survey = self.survey;
        self.facts.capabilities = survey.opening.hello.as_ref().map(shown);
        self.facts.capabilities_inside = survey.opening.hello_inside.as_ref().map(shown);
        if let Some(hello) = &survey.opening.hello
            && let Some(mechanisms) = hello.asks_for_passwords()
        {
            self.add(&rules::AUTH_IN_CLEAR, format!("AUTH {mechanisms} before TLS"), self.quote(&hello.reply));
        }
        if let Some(inside) = survey.opening.hello_inside.as_ref().filter(|hello| hello.offers_starttls()) {
            let detail = "the offer stands in the answer to EHLO inside TLS";
            self.add(&rules::STARTTLS_INSIDE, detail, self.quote(&inside.reply));
        }
        let Some(hello) = survey.opening.last_hello() else { return };
        // RFC 1870 §4: zero means no fixed limit.
        let size = hello.offer("SIZE").and_then(|size| size.trim().parse().ok()).filter(|size| *size > 0_u64);
        self.facts.max_size_bytes = size;
        if let Some(size) = size.filter(|size| *size < LEAST_SIZE) {
            self.add(&rules::SIZE_SMALL, format!("SIZE {size}; the least is {LEAST_SIZE}"), self.quote(&hello.reply));
        }
        let limits = hello.offer("LIMITS").unwrap_or_default();
        let most = limits.split_whitespace().find_map(|limit| {
            let (name, value) = limit.split_once('=')?;
            name.eq_ignore_ascii_case("RCPTMAX").then(|| value.parse::<u32>().ok())?
        });
        if let Some(most) = most.filter(|most| *most < LEAST_RECIPIENTS) {
            self.add(
                &rules::RECIPIENT_LIMIT,
                format!("RCPTMAX={most}; the least is {LEAST_RECIPIENTS}"),
                self.quote(&hello.reply),
            );
        }
    }

    /// What is wrong with the form of the replies, all of them together.
    fn form(&mut self) {
        let survey = self.survey;
        let replies = [
            survey.opening.greeting.as_ref(),
            survey.opening.hello.as_ref().map(|hello| &hello.reply),
            survey.opening.declined.as_ref(),
            survey.opening.hello_inside.as_ref().map(|hello| &hello.reply),
        ];
        let faulty: Vec<&Reply> = replies.into_iter().flatten().filter(|reply| !reply.faults.is_empty()).collect();
        let Some(first) = faulty.first() else { return };
        let mut faults: Vec<ReplyFault> = faulty.iter().flat_map(|reply| reply.faults.iter().copied()).collect();
        faults.sort();
        faults.dedup();
        let words: Vec<&str> = faults.iter().map(|fault| words(*fault)).collect();
        self.add(&rules::REPLY_FORM, words.join("; "), self.quote(first));
        self.facts.reply_faults = faults;
    }

    /// Compares the name the server gives itself with its address and the name of that.
    pub(super) async fn compare_name(&mut self, net: &Net) {
        let address = self.peer.address;
        let name = self.facts.name.as_ref().filter(|name| fault_of_name(name).is_none());
        let Some(Ok(name)) = name.map(|name| name.parse::<Domain>()) else { return };
        if !is_global(address) {
            return;
        }
        let names = [Name::from(&name)];
        let (hosts, reverse) = futures_util::future::join(net.hosts(&names), net.reverse(address)).await;
        let mut reverse_proof = Vec::new();
        match reverse {
            Ok(reverse) => {
                reverse_proof.extend(reverse.answered.proof());
                self.facts.ptr = Some(reverse.texts());
            }
            // The ptr check asks the same and says what that means.
            Err(error) => self.unclear.push(Unclear { decisive: false, ..error.unclear(address) }),
        }
        let Some(host) = hosts.into_iter().next() else { return };
        if host.addresses.contains(&address) {
            self.facts.name_confirmed = Some(true);
        } else if let Some(error) = host.failed.first() {
            self.unclear.push(Unclear { decisive: false, ..error.unclear(&name) });
        } else {
            self.facts.name_confirmed = Some(false);
            let detail = elsewhere(&name, address, &host.addresses, &self.facts.ptr);
            let proof = Proof::of(host.evidence(), || Evidence::given("name", &name));
            self.add(&rules::NAME_UNCONFIRMED, detail, proof.and(reverse_proof));
        }
    }
}

fn elsewhere(name: &Domain, address: IpAddr, addresses: &[IpAddr], ptr: &Option<Vec<String>>) -> String {
    let leads = match addresses {
        [] => "has no address".to_owned(),
        addresses => {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            format!("leads to {}", addresses.join(", "))
        }
    };
    let named = match ptr.as_deref() {
        None => String::new(),
        Some([]) => format!("; {address} has no name"),
        Some(names) => format!("; {address} is named {}", names.join(", ")),
    };
    format!("{name} {leads}{named}")
}

fn shown(hello: &Hello) -> Vec<String> {
    let offer = |keyword: String, parameters: String| match parameters.is_empty() {
        true => keyword,
        false => format!("{keyword} {parameters}"),
    };
    hello.capabilities().map(|offered| offer(offered.keyword, offered.parameters)).collect()
}

fn words(fault: ReplyFault) -> &'static str {
    match fault {
        ReplyFault::BareLf => "a line ends without a carriage return",
        ReplyFault::MixedCodes => "the lines of one reply have different codes",
        ReplyFault::Nul => "a line holds a NUL octet",
        ReplyFault::EightBit => "a line holds octets beyond ASCII",
        ReplyFault::LongLine => "a line is longer than 512 octets",
    }
}
