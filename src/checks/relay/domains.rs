//! For which domains a server receives: what some of the forms are made of.

use super::examine::Request;
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetKind};
use crate::net::Net;
use crate::net::smtp::{Hello, Peer};

/// The domains that a server receives for.
#[derive(Debug, Clone)]
pub(super) enum Domains {
    /// This one.
    Known(Domain),
    /// Perhaps one of these: the server is asked which.
    Likely(Vec<Domain>),
}

/// Domains that a server is asked about at most, so that it does not hang up over them.
const MAX_DOMAINS: usize = 4;

impl Domains {
    /// Those of a target's server: what the user says, else the target itself, else what the server's names lie in.
    pub(super) async fn of(target: &Target, peer: &Peer, given: &[Domain], net: &Net) -> Self {
        if !given.is_empty() {
            return Domains::Likely(given.to_vec());
        }
        let mut names: Vec<Domain> = match &target.kind {
            TargetKind::Domain(domain) | TargetKind::Mailbox { domain, .. } => return Domains::Known(domain.clone()),
            TargetKind::Host { name, .. } => vec![name.clone()],
            _ => peer.host.parse().into_iter().collect(),
        };
        let reverse = net.reverse(peer.address).await.map(|reverse| reverse.texts()).unwrap_or_default();
        names.extend(reverse.iter().filter_map(|name| name.parse().ok()));
        Domains::Likely(names.iter().flat_map(around).collect())
    }

    /// The one that is known.
    pub(super) fn known(&self) -> Option<&Domain> {
        match self {
            Domains::Known(domain) => Some(domain),
            Domains::Likely(_) => None,
        }
    }

    /// Notes for which one the server took mail.
    pub(super) fn settle(&mut self, domain: Option<Domain>) {
        if let Some(domain) = domain {
            *self = Domains::Known(domain);
        }
    }

    /// The recipients that a server of these domains must know, with the domain it receives for then
    /// (RFC 5321 §4.5.1).
    pub(super) fn controls(&self, hello: &Hello, request: &Request) -> Vec<(Option<Domain>, String)> {
        let likely = match self {
            Domains::Known(domain) => return vec![(None, format!("postmaster@{domain}"))],
            Domains::Likely(likely) => likely,
        };
        let greeted = hello.name().parse::<Domain>().into_iter().flat_map(|name| around(&name));
        let mut domains: Vec<Domain> = Vec::new();
        for domain in likely.iter().cloned().chain(greeted) {
            // Mail for the domains of the test itself is what the forms ask about.
            let is_of_the_test = [&request.rcpt_to, &request.mail_from]
                .into_iter()
                .any(|address| address.rsplit_once('@').is_some_and(|(_, other)| other == domain.as_str()));
            if !domains.contains(&domain) && !is_of_the_test {
                domains.push(domain);
            }
        }
        domains.truncate(MAX_DOMAINS);
        let known = domains.into_iter().map(|domain| {
            let recipient = format!("postmaster@{domain}");
            (Some(domain), recipient)
        });
        known.chain([(None, "postmaster".to_owned())]).collect()
    }
}

/// The domains that a host's name lies in, from near to far, down to where somebody can register.
fn around(host: &Domain) -> Vec<Domain> {
    let Some(registrable) = host.registrable() else { return Vec::new() };
    let nearest = if *host == registrable { Some(registrable.clone()) } else { host.parent() };
    let mut domains: Vec<Domain> = Vec::new();
    let mut next = nearest;
    while let Some(domain) = next.filter(|_| domains.last() != Some(&registrable)) {
        next = domain.parent();
        domains.push(domain);
    }
    domains
}

/// The domain a recipient is at, if it is not the one elsewhere; empty if it has none.
pub(super) fn own_domain<'t>(to: &'t str, elsewhere: &str) -> Option<&'t str> {
    let (_, far) = elsewhere.rsplit_once('@').unwrap_or_default();
    // In quotes the sign belongs to the local part, and a source route leads to what stands last.
    let outside = if to.ends_with('"') { "" } else { to.rsplit_once('@').map_or("", |(_, domain)| domain) };
    (!outside.trim_end_matches('.').eq_ignore_ascii_case(far)).then_some(outside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_around_a_host_end_where_somebody_can_register() {
        let texts = |host: &str| -> Vec<String> {
            around(&host.parse().expect("a name")).iter().map(ToString::to_string).collect()
        };
        assert_eq!(texts("mx1.mail.firm.example"), ["mail.firm.example", "firm.example"]);
        assert_eq!(texts("firm.example"), ["firm.example"]);
        assert!(texts("co.uk").is_empty());
    }

    #[test]
    fn recipients_at_a_domain_of_the_servers_own_are_told_from_those_elsewhere() {
        for (to, own) in [
            ("u%d.example@l.example", Some("l.example")),
            ("\"u@d.example\"", Some("")),
            ("\"u@d.example\"@l.example", Some("l.example")),
            ("d.example!u", Some("")),
            ("u@d.example", None),
            ("u@d.example.", None),
            ("@l.example:u@d.example", None),
        ] {
            assert_eq!(own_domain(to, "u@d.example"), own, "{to}");
        }
    }
}
