//! Each list's own name servers, so that a refused resolver does not blind the user.

use std::net::{IpAddr, SocketAddr};

use futures_util::future::join_all;

use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dial::redirected;
use crate::net::dns::Route;

/// Name servers of a zone that are asked at most.
const MAX_SERVERS: usize = 6;
/// Addresses of a name server that are asked at most.
const MAX_ADDRESSES: usize = 4;
/// Labels the search for the zone's cut goes up.
const MAX_CLIMB: usize = 3;

/// The route to the servers of `zone`.
///
/// # Errors
/// Why none of them was found.
pub(super) async fn route(zone: &Domain, net: &Net) -> Result<Route, String> {
    let mut why = None;
    let mut name = Some(zone.clone());
    for _ in 0..MAX_CLIMB {
        let Some(current) = name else { break };
        // The public suffix's servers know the delegation, not the list.
        if current.registrable().is_none() && current.labels().count() < 2 {
            break;
        }
        match servers(&current, net).await {
            Ok(addresses) if !addresses.is_empty() => return Ok(Route::Servers(addresses.into())),
            Ok(_) => {}
            // The zone's own failure says more than what its parents lack.
            Err(failure) => why = why.or(Some(failure)),
        }
        name = current.parent();
    }
    Err(why.unwrap_or_else(|| format!("no name server was found for {zone}")))
}

/// The addresses of the servers that a zone names; none if it names no server.
///
/// # Errors
/// The words of whoever did not tell, or of the lack of addresses.
async fn servers(zone: &Domain, net: &Net) -> Result<Vec<SocketAddr>, String> {
    let named = net.name_servers(zone).await.map_err(|error| error.to_string())?;
    let servers: Vec<Domain> = named.iter().filter_map(|server| server.to_string().parse().ok()).collect();
    let answers = join_all(servers.iter().take(MAX_SERVERS).map(|server| addresses(server, net))).await;
    let mut addresses = Vec::new();
    let mut failure = None;
    for answer in answers {
        match answer {
            Ok(found) => addresses.extend(found),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    match (servers.first(), addresses.is_empty()) {
        (Some(first), true) => Err(failure.unwrap_or_else(|| format!("the name server {first} has no address"))),
        _ => Ok(addresses),
    }
}

async fn addresses(server: &Domain, net: &Net) -> Result<Vec<SocketAddr>, String> {
    if let Some(to) = redirected(&net.connect_to, server.as_str(), 53) {
        return Ok(vec![to]);
    }
    let found = net.addresses(server).await.map_err(|error| error.to_string())?;
    let (inside, asked): (Vec<IpAddr>, Vec<IpAddr>) =
        found.into_iter().partition(|address| net.barred(*address).is_some());
    match inside.first() {
        Some(address) if asked.is_empty() => Err(format!("the name server {server} has the inside address {address}")),
        _ => Ok(asked.into_iter().take(MAX_ADDRESSES).map(|address| SocketAddr::new(address, 53)).collect()),
    }
}
