//! Where mail for a domain goes: its MX records, and the addresses behind them.

use std::net::IpAddr;

use crate::names::address;
use crate::names::domain::Domain;
use crate::net::Net;
use hickory_proto::rr::RData;

use crate::net::dns::{Answered, Error, Name};
use crate::net::lookup;
use crate::net::lookup::host::Host;
use crate::net::lookup::mail_route::MailRoute;
use crate::report::Proof;

/// What the DNS says of the mail of a domain.
#[derive(Debug)]
pub(crate) struct MailSurvey {
    /// The aliases behind the domain itself, in order.
    pub(crate) aliases: Vec<String>,
    /// Whether the domain does not exist.
    pub(crate) missing: bool,
    /// Whether there is no MX record and the domain's own addresses stand for one (RFC 5321 §5.1).
    pub(crate) implicit: bool,
    /// The preferences of the null MX records (RFC 7505).
    pub(crate) null: Vec<u16>,
    /// The mail exchangers by preference; without MX the domain itself.
    pub(crate) exchangers: Vec<Exchanger>,
    /// The answer for MX, to be quoted.
    pub(crate) answered: Answered,
    /// What the DNS says of the domain itself, if it was asked about.
    own: Host,
}

/// A mail exchanger.
#[derive(Debug, Clone)]
pub(crate) struct Exchanger {
    /// Its name.
    pub(crate) name: String,
    /// The lowest is tried first.
    pub(crate) preference: u16,
    /// The address that stands where a name should.
    pub(crate) literal: Option<IpAddr>,
    /// What the DNS says of it.
    pub(crate) host: Host,
    /// The name as it reads when a zone file has its final dot, if it is the domain's twice and that one has an address.
    pub(crate) without_doubling: Option<String>,
}

/// Questions about the hosts of a domain: two for each of 100.
const QUESTIONS: u32 = 200;

impl MailSurvey {
    /// Asks for the MX records and for the addresses behind them.
    ///
    /// # Errors
    /// [`Error`] if it could not even be told where mail goes.
    pub(crate) async fn of(domain: &Domain, net: &Net) -> Result<Self, Box<Error>> {
        let route = net.mail_route(domain).await?;
        let is_implicit = route.is_implicit();
        let MailRoute { aliases, missing, null, exchangers, answered } = route;
        let own = Host::default();
        let mut survey = MailSurvey { aliases, missing, implicit: false, null, exchangers: Vec::new(), answered, own };
        if is_implicit {
            if !survey.missing {
                survey.own_addresses(domain, net).await?;
            }
            return Ok(survey);
        }
        let mut names: Vec<Option<Name>> = Vec::new();
        for exchanger in exchangers {
            let name = exchanger.text();
            let literal = literal(&name, domain);
            names.push(literal.is_none().then(|| Name::from(&exchanger.name)));
            let preference = exchanger.preference;
            survey.exchangers.push(Exchanger {
                name,
                preference,
                literal,
                host: Host::default(),
                without_doubling: None,
            });
        }
        let asked: Vec<Name> = names.iter().flatten().cloned().collect();
        let mut hosts = net.clone().within(QUESTIONS, domain).hosts(&asked).await.into_iter();
        let named = survey.exchangers.iter_mut().zip(names).filter(|(_, name)| name.is_some());
        for ((exchanger, _), host) in named.zip(hosts.by_ref()) {
            exchanger.host = host;
        }
        survey.undouble(domain, net).await;
        Ok(survey)
    }

    /// Looks for the hosts whose names lack the final dot in the zone file.
    async fn undouble(&mut self, domain: &Domain, net: &Net) {
        let doubled = format!(".{domain}.{domain}");
        for exchanger in self.exchangers.iter_mut().filter(|exchanger| exchanger.host.missing) {
            let Some(label) = exchanger.name.strip_suffix(&doubled) else { continue };
            let Ok(name) = domain.prefixed(label) else { continue };
            let hosts = net.hosts(&[Name::from(&name)]).await;
            let is_there = hosts.iter().any(|host| !host.addresses.is_empty());
            exchanger.without_doubling = is_there.then(|| name.to_string());
        }
    }

    async fn own_addresses(&mut self, domain: &Domain, net: &Net) -> Result<(), Box<Error>> {
        let host = net.hosts(&[Name::from(domain)]).await.pop().unwrap_or_default();
        if host.addresses.is_empty() {
            return match host.failed.into_iter().next() {
                Some(error) => Err(Box::new(error)),
                None => {
                    self.own.answers = host.answers;
                    Ok(())
                }
            };
        }
        self.implicit = true;
        self.exchangers.push(Exchanger {
            name: domain.to_string(),
            preference: 0,
            literal: None,
            host,
            without_doubling: None,
        });
        Ok(())
    }

    /// What proves where mail goes: the MX records, or that there are none, and then the domain's addresses.
    pub(crate) fn proof(&self) -> Proof {
        let implicit = self.exchangers.iter().filter(|_| self.implicit).flat_map(|own| own.host.evidence());
        self.answered.proof().and(self.own.evidence()).and(implicit)
    }

    /// The MX record that names a host; what proves where mail goes, if none does.
    pub(crate) fn proof_of(&self, name: &str) -> Proof {
        let is_it = |data: &RData| matches!(data, RData::MX(mx) if lookup::text(&mx.exchange) == name);
        if self.implicit { self.proof() } else { self.answered.proof_of(is_it) }
    }

    /// Whether the domain takes no mail at all, as it says itself (RFC 7505 §3).
    pub(crate) fn is_null(&self) -> bool {
        !self.null.is_empty() && self.exchangers.is_empty()
    }

    /// The exchangers that mail can reach.
    pub(crate) fn usable(&self) -> impl Iterator<Item = &Exchanger> {
        self.exchangers.iter().filter(|exchanger| exchanger.is_usable())
    }
}

impl Exchanger {
    /// Whether it has an address on the Internet.
    pub(crate) fn is_usable(&self) -> bool {
        self.global().next().is_some()
    }

    /// Its addresses on the Internet.
    pub(crate) fn global(&self) -> impl Iterator<Item = IpAddr> {
        self.host.addresses.iter().copied().filter(|address| address::is_global(*address))
    }

    /// Whether it is the machine that asks.
    pub(crate) fn is_localhost(&self) -> bool {
        self.name == "localhost" || self.name.starts_with("localhost.")
    }
}

/// The address in `192.0.2.1.`, in `[192.0.2.1]`, or in `192.0.2.1.example.com`, which a zone file without the
/// final dot makes of it.
fn literal(name: &str, domain: &Domain) -> Option<IpAddr> {
    let bare = name.strip_suffix(domain.as_str()).and_then(|rest| rest.strip_suffix('.')).unwrap_or(name);
    let bare = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(bare);
    bare.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_in_the_place_of_a_name_is_seen_in_every_form() {
        let domain: Domain = "example.com".parse().expect("a name");
        let address: IpAddr = [192, 0, 2, 1].into();
        for name in ["192.0.2.1", "[192.0.2.1]", "192.0.2.1.example.com"] {
            assert_eq!(literal(name, &domain), Some(address), "{name}");
        }
        for name in ["mail.example.com", "1.2.3.example.com", "192.0.2.1.example.net", "example.com"] {
            assert_eq!(literal(name, &domain), None, "{name}");
        }
    }
}
