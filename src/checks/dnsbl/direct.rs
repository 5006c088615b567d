//! Each list's own name servers, so that a refused resolver does not blind the user.

use std::net::{IpAddr, SocketAddr};

use futures_util::future::join_all;
use hickory_proto::rr::{RData, RecordType};

use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dial::redirected;
use crate::net::dns::{Answer, Name, Question, Route};

/// Name servers of a zone that are asked at most.
const MAX_SERVERS: usize = 6;
/// Labels the search for the zone's cut goes up.
const MAX_CLIMB: usize = 3;

/// The route to the servers of `zone`, or to the resolvers if none can be found.
pub(super) async fn route(zone: &Domain, net: &Net) -> Route {
    let mut name = Some(zone.clone());
    for _ in 0..MAX_CLIMB {
        let Some(current) = name else { break };
        // The public suffix's servers know the delegation, not the list.
        if current.registrable().is_none() && current.labels().count() < 2 {
            break;
        }
        let servers = name_servers(&current, net).await;
        if !servers.is_empty() {
            let addresses = join_all(servers.iter().take(MAX_SERVERS).map(|server| addresses(server, net))).await;
            let addresses: Vec<SocketAddr> = addresses.into_iter().flatten().collect();
            if !addresses.is_empty() {
                return Route::Servers(addresses.into());
            }
        }
        name = current.parent();
    }
    Route::Resolvers
}

async fn name_servers(zone: &Domain, net: &Net) -> Vec<Domain> {
    let exchange = net.dns.ask(Question::new(Name::from(zone), RecordType::NS)).await;
    let Ok(Ok(Answer::Records(records))) = exchange.result.map(|reply| reply.answer(RecordType::NS)) else {
        return Vec::new();
    };
    records
        .iter()
        .filter_map(|record| match &record.data {
            RData::NS(server) => server.0.to_string().parse().ok(),
            _ => None,
        })
        .collect()
}

async fn addresses(server: &Domain, net: &Net) -> Vec<SocketAddr> {
    if let Some(to) = redirected(&net.connect_to, server.as_str(), 53) {
        return vec![to];
    }
    let found = net.addresses(server).await.unwrap_or_default();
    found.into_iter().map(|address: IpAddr| SocketAddr::new(address, 53)).collect()
}
