//! Where the DNS sends the mail of a domain (RFC 5321 §5.1, RFC 7505): the one reader of MX records.

use hickory_proto::rr::{self, RData, RecordType};

use super::{read as found_in, text};
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dns::{Answered, Error, Exchange, Name, Question, Security, Unusable};
use crate::report::Proof;

/// What the MX records of a domain say. With neither exchangers nor a null MX there is no record, and the domain
/// itself stands for one.
#[derive(Debug, Clone)]
pub struct MailRoute {
    /// The aliases behind the domain itself, in order.
    pub aliases: Vec<String>,
    /// Whether the domain, or what it is an alias of, does not exist.
    pub missing: bool,
    /// The preferences of the null MX records.
    pub null: Vec<u16>,
    /// The other records, by preference and name, as often as they stand there.
    pub exchangers: Vec<Exchanger>,
    /// The answer, to be quoted.
    pub answered: Answered,
}

/// One MX record that names a host.
#[derive(Debug, Clone)]
pub struct Exchanger {
    /// The lowest is tried first.
    pub preference: u16,
    /// The host as received.
    pub name: rr::Name,
}

impl MailRoute {
    /// Whether the domain says that it takes no mail (RFC 7505 §3): a null MX and nothing beside it.
    pub fn is_null(&self) -> bool {
        !self.null.is_empty() && self.exchangers.is_empty()
    }

    /// Whether there is no MX record, so that mail goes to the domain's own addresses (RFC 5321 §5.1).
    pub fn is_implicit(&self) -> bool {
        self.null.is_empty() && self.exchangers.is_empty()
    }

    /// The records by preference and name, as `10 mail.example.com`; the root is a dot.
    pub fn records(&self) -> Vec<String> {
        let null = self.null.iter().map(|preference| (*preference, ".".to_owned()));
        let mut records: Vec<(u16, String)> =
            null.chain(self.exchangers.iter().map(|exchanger| (exchanger.preference, exchanger.text()))).collect();
        records.sort();
        records.into_iter().map(|(preference, host)| format!("{preference} {host}")).collect()
    }

    /// The hosts that senders deliver to, each once: `domain` itself without MX records, nobody with a null MX. A
    /// name that is no domain cannot be dialled; the mx check explains it.
    pub fn hosts(&self, domain: &Domain) -> Vec<Domain> {
        if self.is_implicit() {
            return vec![domain.clone()];
        }
        let mut hosts: Vec<Domain> = Vec::new();
        for host in self.exchangers.iter().filter_map(|exchanger| exchanger.text().parse().ok()) {
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        hosts
    }
}

impl Exchanger {
    /// The host's name as people read it.
    pub fn text(&self) -> String {
        text(&self.name)
    }
}

/// The question for the MX records of a domain.
pub fn question(domain: &Domain) -> Question {
    Question::new(Name::from(domain), RecordType::MX)
}

/// Reads the answer to [`question`].
///
/// # Errors
/// [`Error`] if there is none, or one that cannot be read: then nobody knows of an MX record, or of none.
pub fn read(domain: &Domain, exchange: Exchange) -> Result<MailRoute, Box<Error>> {
    let found = found_in(&Name::from(domain), RecordType::MX, exchange)?;
    let mut route = MailRoute {
        aliases: found.aliases,
        missing: found.missing,
        null: Vec::new(),
        exchangers: Vec::new(),
        answered: found.answered,
    };
    for data in found.records {
        let RData::MX(mx) = data else { continue };
        // RFC 7505 §3: a null MX names the root; beside other records the mx check has its say.
        if mx.exchange.is_root() {
            route.null.push(mx.preference);
        } else {
            route.exchangers.push(Exchanger { preference: mx.preference, name: mx.exchange });
        }
    }
    route.exchangers.sort_by_cached_key(|exchanger| (exchanger.preference, exchanger.text()));
    Ok(route)
}

/// What DNSSEC says of a domain's MX records.
#[derive(Debug, Clone)]
pub struct RouteSecurity {
    /// How far they can be believed.
    pub security: Security,
    /// The names by which certificates may know the domain (RFC 7672 §3.2.2): its own, and the one at the end of its
    /// aliases.
    pub known_by: Vec<String>,
    /// What came.
    pub proof: Proof,
}

/// Whether a domain can receive mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It has a mail exchanger, or an address of its own (RFC 5321 §5.1).
    Receives,
    /// It says that it receives none (RFC 7505).
    NullMx,
    /// It has neither.
    Nothing,
}

impl Reach {
    /// Why no mail can be delivered.
    pub fn fault(self) -> Option<&'static str> {
        match self {
            Reach::Receives => None,
            Reach::NullMx => Some("has a null MX: it receives no mail"),
            Reach::Nothing => Some("has neither MX nor address: it receives no mail"),
        }
    }
}

impl Net {
    /// Where mail for a domain goes.
    ///
    /// # Errors
    /// Those of [`read`].
    pub async fn mail_route(&self, domain: &Domain) -> Result<MailRoute, Box<Error>> {
        read(domain, self.dns.ask(question(domain)).await)
    }

    /// How far the MX records of a domain can be believed, their absence too, and what came.
    ///
    /// # Errors
    /// [`Unusable`] if they are withheld as bogus, or there is no answer.
    pub async fn security_of_mail_route(&self, domain: &Domain) -> Result<RouteSecurity, Unusable> {
        let question = question(domain);
        let name = question.name.clone();
        let authenticated = self.dns.authenticated(question).await?;
        let proof = authenticated.proof(&name, RecordType::MX);
        let end = authenticated.reply.aliases().ok().and_then(|aliases| aliases.last().map(text));
        let known_by = std::iter::once(domain.to_string()).chain(end).collect();
        Ok(RouteSecurity { security: authenticated.security, known_by, proof })
    }

    /// Whether a domain can receive mail, as far as the DNS tells, and what it said.
    ///
    /// # Errors
    /// [`Error`] if a question got no answer.
    pub async fn reach(&self, domain: &Domain) -> Result<(Reach, Proof), Box<Error>> {
        let route = self.mail_route(domain).await?;
        let proof = route.answered.proof();
        if route.is_null() {
            return Ok((Reach::NullMx, proof));
        }
        if route.is_implicit() {
            let (addresses, asked) = self.addresses_and_proof(domain).await?;
            return Ok((if addresses.is_empty() { Reach::Nothing } else { Reach::Receives }, proof.and(asked)));
        }
        Ok((Reach::Receives, proof))
    }
}
