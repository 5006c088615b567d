//! The seams to the outside world: every address a test wants to replace is one a user may replace too.

pub mod clock;
pub mod dane;
pub mod dial;
pub mod dns;
pub mod host;
pub mod https;
pub mod mail_hosts;
pub mod mail_route;
mod options;
pub mod smtp;
pub mod tls;
pub mod trust;
pub mod waits;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::rr::{RData, RecordType};

use self::clock::Clock;
use self::dial::{ConnectTo, Family};
use self::dns::self_test::SelfTest;
use self::dns::{Answer, Answered, Client, Error, ErrorKind, Name, Question};
pub use self::options::{Options, SmtpOptions};
use self::smtp::{Courtesy, Surveys};
use self::trust::Trust;
use self::waits::Waits;
use crate::names::domain::Domain;
use crate::report::Evidence;

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
            upstreams.push(spec.resolve(&options.connect_to, || options.trust.client_config()).await?);
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
            family: options.family,
            pages: None,
        })
    }

    /// The same way to the world, on which equal questions are asked and pages read once: for runs whose checks share
    /// answers.
    #[must_use]
    pub fn remembering(mut self) -> Self {
        self.dns = self.dns.remembering();
        self.pages.get_or_insert_default();
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

    /// The addresses of a host, IPv4 first; none if it has none.
    ///
    /// # Errors
    /// [`Error`] if a question got no answer.
    pub async fn addresses(&self, host: &Domain) -> Result<Vec<IpAddr>, Box<Error>> {
        Ok(self.addresses_and_proof(host).await?.0)
    }

    /// The same with what came: the records, or that there are none.
    ///
    /// # Errors
    /// [`Error`] if a question got no answer.
    pub async fn addresses_and_proof(&self, host: &Domain) -> Result<(Vec<IpAddr>, Vec<Evidence>), Box<Error>> {
        let types: &[RecordType] = match self.family {
            Some(Family::V4) => &[RecordType::A],
            Some(Family::V6) => &[RecordType::AAAA],
            None => &[RecordType::A, RecordType::AAAA],
        };
        let questions = types.iter().map(|rtype| Question::new(Name::from(host), *rtype)).collect();
        let (mut addresses, mut proof) = (Vec::new(), Vec::new());
        for (exchange, rtype) in self.dns.submit(questions).await.into_iter().zip(types) {
            proof.extend(exchange.answered(&Name::from(host), *rtype).iter().flat_map(Answered::proof));
            for record in records(exchange, *rtype)? {
                match record {
                    RData::A(address) => addresses.push(IpAddr::V4(address.0)),
                    RData::AAAA(address) => addresses.push(IpAddr::V6(address.0)),
                    _ => {}
                }
            }
        }
        Ok((addresses, proof))
    }
}

fn records(exchange: dns::Exchange, rtype: RecordType) -> Result<Vec<RData>, Box<Error>> {
    let reply = exchange.result?;
    match reply.answer(rtype) {
        Ok(Answer::Records(records)) => Ok(records.into_iter().map(|record| record.data).collect()),
        Ok(Answer::NoData | Answer::NxDomain) => Ok(Vec::new()),
        Err(error) => {
            let kind = ErrorKind::Malformed { why: error.to_string() };
            Err(Box::new(Error { name: Name::root(), rtype, server: exchange.server, kind }))
        }
    }
}
