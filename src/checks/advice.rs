//! Records that a remedy asks for: none is shown before it is known that whoever reads the remedy can publish it there.

use std::net::IpAddr;

use crate::names::address;
use crate::names::domain::Domain;
use crate::names::host_name;
use crate::net::Net;
use crate::net::lookup::mail_route::Reach;

/// A name at which a remedy wants a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The domain that is tested; who reads the remedy can change what belongs to its organisation.
    pub(crate) reader: &'a Domain,
    /// The name.
    pub(crate) name: &'a str,
    /// What the name is an alias of at last, if it is one.
    pub(crate) alias: Option<&'a str>,
}

/// Why the reader cannot publish a record at a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// It is an alias, and nothing stands beside an alias (RFC 1034 §3.6.2).
    Alias(String),
    /// It belongs to somebody else, who holds this domain.
    Foreign(Domain),
    /// No zone that anybody can write to holds it; says why.
    Nowhere(&'static str),
}

impl Place<'_> {
    /// Why the reader cannot publish a record here; none if he can.
    pub(crate) fn obstacle(&self) -> Option<Obstacle> {
        let holder = match holder(self.name) {
            Ok(holder) => holder,
            Err(why) => return Some(Obstacle::Nowhere(why)),
        };
        match self.alias {
            Some(alias) => Some(Obstacle::Alias(alias.to_owned())),
            None if holder != self.reader.organisation() => Some(Obstacle::Foreign(holder)),
            None => None,
        }
    }

    /// The act that puts a TXT record here, and nothing that cannot be done: a clause without a full stop.
    pub(crate) fn publish_text(&self, text: &str) -> String {
        let name = self.name;
        match self.obstacle() {
            None => format!("Publish the TXT record \"{text}\" at {name}"),
            Some(Obstacle::Foreign(holder)) => {
                format!("Ask whoever runs {holder} to publish the TXT record \"{text}\" at {name}")
            }
            // Such a name is for this one record: the alias can go.
            Some(Obstacle::Alias(end)) if name.starts_with('_') => {
                format!("Replace the alias at {name}, a CNAME of {end}, with the TXT record \"{text}\" at {name}")
            }
            Some(Obstacle::Alias(end)) => {
                let target = Place { reader: self.reader, name: &end, alias: None };
                match target.obstacle() {
                    None => format!("Publish the TXT record \"{text}\" at {end}, of which {name} is an alias"),
                    _ => beside_alias(name, &end),
                }
            }
            Some(Obstacle::Nowhere(why)) => format!("Use a name of a domain of yours: {name} {why}"),
        }
    }

    /// The act that puts an address record here: a clause without a full stop; none if nobody could be asked to.
    pub(crate) fn publish_address(&self, address: IpAddr) -> Option<String> {
        let rtype = if address.is_ipv4() { "A" } else { "AAAA" };
        let name = self.name;
        if !address::is_global(address) {
            return None;
        }
        match self.obstacle() {
            None => Some(format!("publish: {name}. {rtype} {address}")),
            Some(Obstacle::Foreign(holder)) => {
                Some(format!("ask whoever runs {holder} to publish: {name}. {rtype} {address}"))
            }
            Some(Obstacle::Alias(end)) => {
                let target = Place { reader: self.reader, name: &end, alias: None };
                target.publish_address(address)
            }
            Some(Obstacle::Nowhere(_)) => None,
        }
    }
}

/// Why nothing can be published at an alias into somebody else's zone, and who could: a clause without a full stop.
pub(crate) fn beside_alias(name: &str, end: &str) -> String {
    let whom = holder(end).map_or_else(|_| end.to_owned(), |holder| holder.to_string());
    format!(
        "{name} is an alias (CNAME) of {end}, and no other record can stand beside an alias: ask whoever runs {whom} \
         for the record at {end}, or replace the alias with records of your own"
    )
}

/// The domain whose holder decides what stands at a name.
///
/// # Errors
/// Why nobody can publish anything there.
pub(crate) fn holder(name: &str) -> Result<Domain, &'static str> {
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    let Ok(name) = name.parse::<Domain>() else { return Err("is not a domain name") };
    // RFC 3696 §2: no top-level domain is a number, so that an address is never taken for a name.
    if name.labels().next_back().is_some_and(is_number) {
        return Err("is an address, not a name");
    }
    if host_name::private_suffix(&name).is_some() {
        return Err("means nothing on the Internet");
    }
    name.registrable().ok_or("is not below a domain that anyone can hold")
}

/// A mailbox for reports about a domain that can receive them: at the domain itself, else at the organisation's; none
/// if neither takes mail.
pub(crate) async fn report_mailbox(local_part: &str, domain: &Domain, net: &Net) -> Option<String> {
    let organisation = domain.organisation();
    let candidates = [Some(domain), Some(&organisation).filter(|organisation| *organisation != domain)];
    for candidate in candidates.into_iter().flatten() {
        if let Ok((Reach::Receives, _)) = net.reach(candidate).await {
            return Some(format!("{local_part}@{candidate}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place<'a>(reader: &'a Domain, name: &'a str, alias: Option<&'a str>) -> Place<'a> {
        Place { reader, name, alias }
    }

    #[test]
    fn record_is_asked_for_where_the_reader_can_publish_it() {
        let reader: Domain = "firm.example".parse().expect("a name");
        let text = |name, alias| place(&reader, name, alias).publish_text("x");
        assert_eq!(text("_dmarc.firm.example", None), "Publish the TXT record \"x\" at _dmarc.firm.example");
        assert_eq!(
            text("_dmarc.firm.example", Some("d.vendor.example")),
            "Replace the alias at _dmarc.firm.example, a CNAME of d.vendor.example, with the TXT record \"x\" at \
             _dmarc.firm.example"
        );
        assert_eq!(
            text("www.firm.example", Some("firm.example")),
            "Publish the TXT record \"x\" at firm.example, of which www.firm.example is an alias"
        );
        assert!(!text("www.firm.example", Some("w.vendor.example")).contains("\"x\""));
        assert!(text("mx.vendor.example", None).starts_with("Ask whoever runs vendor.example"));
    }

    #[test]
    fn no_address_record_is_asked_for_that_nobody_could_publish_or_reach() {
        let reader: Domain = "firm.example".parse().expect("a name");
        let address = |name, address: &str| {
            place(&reader, name, None).publish_address(address.parse().expect("an address")).unwrap_or_default()
        };
        assert_eq!(address("mail.firm.example", "11.22.33.44"), "publish: mail.firm.example. A 11.22.33.44");
        assert_eq!(address("mail.firm.example", "10.0.0.1"), "");
        for name in ["mail", "11.22.33.44", "mail.firm.local", "co.uk"] {
            assert_eq!(address(name, "11.22.33.44"), "", "{name}");
        }
    }
}
