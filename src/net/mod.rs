//! The seams to the outside world: every address a test wants to replace is one a user may replace too.

pub mod dane;
pub mod dns;
pub mod host;
pub mod https;
pub mod mail_hosts;
pub mod smtp;
pub mod tls;
pub mod trust;
pub mod waits;

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::rr::{RData, RecordType};

use self::dns::self_test::SelfTest;
use self::dns::{Answer, Answered, Client, Error, ErrorKind, Name, Question};
use self::smtp::{Courtesy, Surveys};
use self::trust::Trust;
use self::waits::Waits;
use crate::config::{Family, Settings};
use crate::domain::Domain;
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
    /// Opens the way to the world as the settings say. Only a resolver given by name costs a question.
    ///
    /// # Errors
    /// A sentence if no resolver is known or a key file cannot be read.
    pub async fn open(settings: &Settings) -> Result<Self, String> {
        let mut upstreams = Vec::new();
        for spec in &settings.resolvers {
            upstreams.push(spec.resolve(&settings.connect_to, || settings.trust.client_config()).await?);
        }
        if upstreams.is_empty() {
            upstreams.extend(dns::system::resolvers()?.into_iter().map(dns::Upstream::Plain));
        }
        let anchors = settings.trust_anchor.as_deref().map(dns::TrustAnchors::from_file).transpose()?;
        let options = dns::Options {
            upstreams: upstreams.clone(),
            timeout: settings.timeout,
            retries: settings.retries,
            max_qps: settings.max_qps,
            source: settings.source,
            trust_ad: settings.trust_ad,
        };
        let client = Client::start(options, anchors);
        let self_test = SelfTest::start(&client, &upstreams);
        Ok(Net {
            dns: client,
            self_test,
            connect_to: settings.connect_to.clone(),
            source: settings.source,
            smtp: Arc::new(Smtp {
                timeout: settings.smtp.timeout,
                helo_name: settings.smtp.helo_name.clone(),
                courtesy: Courtesy::new(settings.smtp.authorized),
                surveys: Surveys::default(),
            }),
            waits: Arc::default(),
            trust: settings.trust.clone(),
            family: settings.family,
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

    /// The mail exchangers of a domain by preference; a null MX (RFC 7505) names none.
    ///
    /// # Errors
    /// [`Error`] if the question got no answer.
    pub async fn mail_exchangers(&self, domain: &Domain) -> Result<Vec<Domain>, Box<Error>> {
        let exchange = self.dns.ask(Question::new(Name::from(domain), RecordType::MX)).await;
        let mut hosts: Vec<(u16, Domain)> = Vec::new();
        for record in records(exchange, RecordType::MX)? {
            // A name that is no domain cannot be dialled; the mx check explains it.
            if let RData::MX(mx) = record
                && let Ok(host) = mx.exchange.to_string().parse()
            {
                hosts.push((mx.preference, host));
            }
        }
        hosts.sort();
        Ok(hosts.into_iter().map(|(_, host)| host).collect())
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

/// `HOST:PORT:ADDR:PORT`: connections to the first go to the second instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectTo {
    /// The host's name or address, lower case.
    pub host: String,
    /// The port that would have been used.
    pub port: u16,
    /// Where to connect instead.
    pub to: SocketAddr,
}

impl std::fmt::Display for ConnectTo {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ConnectTo { host, port, to } = self;
        if host.contains(':') {
            write!(formatter, "[{host}]:{port}:{to}")
        } else {
            write!(formatter, "{host}:{port}:{to}")
        }
    }
}

impl FromStr for ConnectTo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not of the form HOST:PORT:ADDR:PORT");
        let (host, rest) = match text.strip_prefix('[') {
            Some(rest) => rest.split_once("]:").ok_or_else(wrong)?,
            None => text.split_once(':').ok_or_else(wrong)?,
        };
        let (port, to) = rest.split_once(':').ok_or_else(wrong)?;
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let port = port.parse().map_err(|_| wrong())?;
        let to = to.parse().map_err(|_| wrong())?;
        Ok(ConnectTo { host, port, to })
    }
}

/// Where a connection to `host` and `port` goes: to what the user said, if anything.
pub fn redirected(rules: &[ConnectTo], host: &str, port: u16) -> Option<SocketAddr> {
    rules.iter().find(|rule| rule.host == host && rule.port == port).map(|rule| rule.to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_is_redirected_by_name_and_port() {
        let rule: ConnectTo = "MX1.example.:25:127.0.0.2:2525".parse().expect("a rule");
        let rules = [rule];
        assert_eq!(redirected(&rules, "mx1.example", 25), Some(([127, 0, 0, 2], 2525).into()));
        assert_eq!(redirected(&rules, "mx1.example", 587), None);
        assert!("mx1.example:25".parse::<ConnectTo>().is_err());
        let text = "[2001:db8::1]:53:[::1]:5300";
        assert_eq!(text.parse::<ConnectTo>().map(|rule| rule.to_string()), Ok(text.to_owned()));
    }
}
