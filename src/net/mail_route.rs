//! Where the DNS sends the mail of a domain (RFC 5321 §5.1, RFC 7505): the one reader of MX records.

use hickory_proto::rr::{self, RData, RecordType};

use super::Net;
use super::dns::{self, Answered, Name};
use super::host::text;
use crate::names::domain::Domain;

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

impl Net {
    /// Where mail for a domain goes.
    ///
    /// # Errors
    /// [`dns::Error`] if the question got no answer, or one that cannot be read: then nobody knows of an MX record,
    /// or of none.
    pub async fn mail_route(&self, domain: &Domain) -> Result<MailRoute, Box<dns::Error>> {
        let found = self.find(&Name::from(domain), RecordType::MX).await?;
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
}
