//! What a list answers as a mail server asks it: once, as it stands, without a look at the list's health (RFC 5782 §2).

use std::net::{IpAddr, Ipv4Addr};

use hickory_proto::rr::RecordType;

use super::super::Net;
use super::super::dns::{Error, ErrorKind, Name, Question};
use crate::names::domain::Domain;

/// A list's answer about an address or a name.
#[derive(Debug, Default)]
pub struct Listing {
    /// Its A records; none if it does not list it.
    pub addresses: Vec<Ipv4Addr>,
    /// Its TXT records.
    pub texts: Vec<String>,
    /// Why there is no answer.
    pub failed: Option<Box<Error>>,
}

impl Net {
    /// Asks a list about an address or a name. What cannot be asked about is not listed.
    pub async fn listing(&self, about: &str, zone: &Domain) -> Listing {
        let zone_name = Name::from(zone);
        let name = match about.parse::<IpAddr>() {
            Ok(address) => Name::reversed(address, &zone_name).ok(),
            Err(_) => about.parse::<Domain>().ok().and_then(|name| Name::below(&name, &zone_name).ok()),
        };
        let Some(name) = name else { return Listing::default() };
        let questions = vec![Question::new(name.clone(), RecordType::A), Question::new(name.clone(), RecordType::TXT)];
        let mut exchanges = self.dns.submit(questions).await.into_iter();
        let mut listing = Listing::default();
        if let Some(exchange) = exchanges.next() {
            match exchange.result {
                Ok(reply) => match reply.ipv4() {
                    Ok(addresses) => listing.addresses = addresses.into_iter().map(|(address, _)| address).collect(),
                    Err(error) => {
                        let kind = ErrorKind::Malformed { why: error.to_string() };
                        listing.failed =
                            Some(Box::new(Error { name, rtype: RecordType::A, server: exchange.server, kind }));
                    }
                },
                Err(error) => listing.failed = Some(error),
            }
        }
        if let Some(Ok(reply)) = exchanges.next().map(|exchange| exchange.result) {
            listing.texts = reply.texts().unwrap_or_default();
        }
        listing
    }
}
