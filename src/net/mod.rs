//! The seams to the outside world: every address a test wants to replace is one a user may replace too.

pub mod clock;
pub mod dane;
pub mod dial;
pub mod dns;
pub mod https;
pub mod lookup;
pub mod mail_hosts;
mod memory;
mod options;
pub mod smtp;
pub mod tls;
pub mod trust;
pub mod waits;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use self::clock::Clock;
use self::dial::{ConnectTo, Family};
use self::dns::Client;
use self::dns::self_test::SelfTest;
pub use self::options::{Options, SmtpOptions};
use self::smtp::{Courtesy, Surveys};
use self::trust::Trust;
use self::waits::Waits;
use crate::names::address::special_purpose;

/// What the checks reach the world through.
#[derive(Debug, Clone)]
pub struct Net {
    /// The DNS client.
    pub dns: Client,
    /// What the resolver told of itself.
    pub self_test: SelfTest,
    /// Connections that go elsewhere.
    pub connect_to: Vec<ConnectTo>,
    /// The local address to connect from.
    pub source: Option<IpAddr>,
    /// What mail servers are talked to with.
    pub smtp: Arc<Smtp>,
    /// What is waited for, for whoever shows it.
    pub waits: Arc<Waits>,
    /// What TLS trusts.
    pub trust: Trust,
    /// The calendar time of the run.
    pub clock: Clock,
    /// Whether inside addresses are dialled although only the DNS names them.
    allow_private: bool,
    family: Option<Family>,
    /// What was read over HTTPS, if it is remembered.
    pages: Option<Arc<https::Pages>>,
}

/// What mail servers are talked to with.
#[derive(Debug)]
pub struct Smtp {
    /// The time for one reply, the greeting too.
    pub timeout: Duration,
    /// The name behind EHLO, if it is not the address of the connection's own end.
    pub helo_name: Option<String>,
    /// The run's manners.
    pub courtesy: Courtesy,
    /// The dialogues that several checks look at.
    pub surveys: Surveys,
}

impl Net {
    /// Opens the way to the world as the options say. Only a resolver given by name costs a question.
    ///
    /// # Errors
    /// A sentence if no resolver is known or a key file cannot be read.
    pub async fn open(options: &Options) -> Result<Self, String> {
        let mut upstreams = Vec::new();
        for spec in &options.resolvers {
            let tls = || options.trust.client_config();
            upstreams.push(spec.resolve(&options.connect_to, options.source, tls).await?);
        }
        if upstreams.is_empty() {
            upstreams.extend(dns::system::resolvers()?.into_iter().map(dns::Upstream::Plain));
        }
        let anchors = options.trust_anchor.as_deref().map(dns::TrustAnchors::from_file).transpose()?;
        let asking = dns::Options {
            upstreams: upstreams.clone(),
            timeout: options.timeout,
            retries: options.retries,
            max_qps: options.max_qps,
            source: options.source,
            trust_ad: options.trust_ad,
        };
        let client = Client::start(asking, anchors);
        let self_test = SelfTest::start(&client, &upstreams);
        Ok(Net {
            dns: client,
            self_test,
            connect_to: options.connect_to.clone(),
            source: options.source,
            smtp: Arc::new(Smtp {
                timeout: options.smtp.timeout,
                helo_name: options.smtp.helo_name.clone(),
                courtesy: Courtesy::new(options.smtp.authorized),
                surveys: Surveys::default(),
            }),
            waits: Arc::default(),
            trust: options.trust.clone(),
            clock: options.clock,
            allow_private: options.allow_private || options.smtp.authorized,
            family: options.family,
            pages: None,
        })
    }

    /// What an address is reserved for, if it is not to be dialled because only the DNS names it (CWE-918).
    pub fn barred(&self, address: IpAddr) -> Option<&'static str> {
        if self.allow_private { None } else { special_purpose(address) }
    }

    /// The same way to the world, on which equal questions are asked and pages read once: for runs whose checks share
    /// answers.
    #[must_use]
    pub fn remembering(mut self) -> Self {
        self.dns = self.dns.remembering();
        self.pages.get_or_insert_default();
        self
    }

    /// The same way to the world, for as many questions to the DNS as the user wants.
    #[must_use]
    pub fn unlimited(mut self) -> Self {
        self.dns = self.dns.unlimited();
        self
    }

    /// The same way to the world, for at most `most` questions to the DNS that `cause` leads to.
    #[must_use]
    pub fn within(mut self, most: u32, cause: impl ToString) -> Self {
        self.dns = self.dns.within(most, cause);
        self
    }

    /// The resolvers and what is known of them, in a few words.
    pub fn describe(&self) -> String {
        let facts = self.self_test.facts();
        let mut words = vec![format!("asked {}", facts.servers.join(", "))];
        if facts.public {
            words.push("public".to_owned());
        }
        match facts.validating {
            Some(true) => words.push("validating".to_owned()),
            Some(false) => words.push("not validating".to_owned()),
            None => {}
        }
        if facts.rewrites_nxdomain == Some(true) {
            words.push("rewrites missing names".to_owned());
        }
        words.join(", ")
    }
}
