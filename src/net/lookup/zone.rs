//! The servers of a zone, and its serial number.

use hickory_proto::rr::{RData, RecordType};

use super::read;
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dns::{Error, Name, Question};
use crate::report::Evidence;

/// What stands at the top of a zone.
#[derive(Debug, Default)]
pub struct Apex {
    /// The names of its servers, in order.
    pub servers: Vec<Name>,
    /// The serial number of its SOA record.
    pub serial: Option<u32>,
    /// The questions without an answer.
    pub failed: Vec<Error>,
    /// The answers, to be quoted.
    pub evidence: Vec<Evidence>,
}

impl Net {
    /// The name servers that stand at this very name; none if no zone begins there.
    ///
    /// # Errors
    /// [`Error`] if the question got no answer.
    pub async fn name_servers(&self, name: &Domain) -> Result<Vec<Name>, Box<Error>> {
        let found = self.find(&Name::from(name), RecordType::NS).await?;
        // An alias has no servers of its own; those at its end hold another zone.
        Ok(if found.aliases.is_empty() { servers(&found.records) } else { Vec::new() })
    }

    /// The servers and the serial number of the zone that begins at a name, asked in one batch.
    pub async fn apex(&self, name: &Name) -> Apex {
        const TYPES: [RecordType; 2] = [RecordType::NS, RecordType::SOA];
        let questions = TYPES.map(|rtype| Question::new(name.clone(), rtype)).into();
        let mut apex = Apex::default();
        for (exchange, rtype) in self.dns.submit(questions).await.into_iter().zip(TYPES) {
            match read(name, rtype, exchange) {
                Err(error) => apex.failed.push(*error),
                Ok(found) => {
                    apex.evidence.extend(found.answered.proof());
                    apex.servers.extend(servers(&found.records));
                    let serial = |data: &RData| if let RData::SOA(soa) = data { Some(soa.serial) } else { None };
                    apex.serial = apex.serial.or_else(|| found.records.iter().find_map(serial));
                }
            }
        }
        apex
    }
}

fn servers(records: &[RData]) -> Vec<Name> {
    let server = |data: &RData| if let RData::NS(server) = data { Some(Name::from(&server.0)) } else { None };
    let mut servers: Vec<Name> = records.iter().filter_map(server).collect();
    servers.sort_by_key(ToString::to_string);
    servers
}
