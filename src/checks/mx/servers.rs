//! The same question to every authoritative server, for zones whose servers have drifted apart.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::Serialize;

use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dial::redirected;
use crate::net::dns::{Error, ErrorKind, Exchange, Name, Question, Route};
use crate::net::lookup::mail_route;
use crate::report::{Evidence, Reason, Unclear};

/// What one name server says of the domain's MX records.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ServerRow {
    /// The server's name.
    pub server: String,
    /// The address it was asked at; null if it has none.
    pub address: Option<IpAddr>,
    /// Its MX records as `10 mail.example.com`, in order; null if it did not answer.
    pub records: Option<Vec<String>>,
    /// Whether it answers for the zone at all; null if it did not tell.
    pub authoritative: Option<bool>,
    /// Why there is no answer for the zone, in its own words.
    pub words: Option<String>,
    /// What came from a server that does not answer for the zone.
    #[serde(skip)]
    pub(super) disowned: Option<Evidence>,
}

impl ServerRow {
    fn of(server: &str, address: Option<IpAddr>) -> Self {
        ServerRow {
            server: server.to_owned(),
            address,
            records: None,
            authoritative: None,
            words: None,
            disowned: None,
        }
    }
}

/// The words for a server whose answer is not of its own zone.
pub(super) const NOT_ITS_ZONE: &str = "does not answer for the zone";
/// Labels the search for the zone's cut goes up.
const MAX_CLIMB: usize = 6;
/// Servers that are asked at most. 13 fit into one datagram with their addresses.
const MAX_SERVERS: usize = 16;
/// Addresses of a server that are asked at most, as by PowerDNS.
const MAX_ADDRESSES: usize = 10;

/// Asks every server of the zone that holds `domain`.
///
/// # Errors
/// [`Error`] if the servers could not be told.
pub(super) async fn ask(domain: &Domain, net: &Net) -> Result<(Vec<ServerRow>, Vec<Unclear>), Box<Error>> {
    let mut servers = name_servers(domain, net).await?;
    let mut unclear = Vec::new();
    if servers.len() > MAX_SERVERS {
        let why = format!("{MAX_SERVERS} of {} name servers were asked", servers.len());
        unclear.push(Unclear::harmless(Reason::Budget, domain, why));
        servers.truncate(MAX_SERVERS);
    }
    let hosts = net.hosts(&servers).await;
    let mut rows = Vec::new();
    let (mut questions, mut asked_at) = (Vec::new(), Vec::new());
    for (server, host) in servers.iter().zip(hosts) {
        let name = server.to_string().to_ascii_lowercase();
        let redirected = redirected(&net.connect_to, &name, 53);
        let asked: Vec<(IpAddr, SocketAddr)> = match redirected {
            Some(to) => vec![(to.ip(), to)],
            None => {
                let addresses = host.addresses.iter().take(MAX_ADDRESSES);
                addresses.map(|address| (*address, SocketAddr::new(*address, 53))).collect()
            }
        };
        if host.addresses.len() > MAX_ADDRESSES && asked.len() == MAX_ADDRESSES {
            let why = format!("{MAX_ADDRESSES} of its {} addresses were asked", host.addresses.len());
            unclear.push(Unclear::harmless(Reason::Budget, &name, why));
        }
        if asked.is_empty() {
            unclear.extend(host.failed.first().map(|error| Unclear { decisive: false, ..error.unclear(&name) }));
            let words = host.failed.first().map_or_else(|| "has no address".to_owned(), ToString::to_string);
            rows.push(ServerRow { words: Some(words), ..ServerRow::of(&name, None) });
        }
        for (address, to) in asked {
            let mut row = ServerRow::of(&name, Some(address));
            // Whoever writes the zone does not send questions into networks that he cannot reach himself.
            if let Some(purpose) = net.barred(address).filter(|_| redirected.is_none()) {
                let why = format!("{address} is a {purpose} address and was not asked");
                unclear.push(Unclear::harmless(Reason::NotApplicable, &name, &why));
                row.words = Some(why);
            } else {
                questions.push(Question { route: Route::Servers([to].into()), ..mail_route::question(domain) });
                asked_at.push(rows.len());
            }
            rows.push(row);
        }
    }
    let answers = net.dns.submit(questions).await;
    for (index, exchange) in asked_at.into_iter().zip(answers) {
        let row = &mut rows[index];
        row.authoritative = is_authoritative(&exchange);
        row.disowned = (row.authoritative == Some(false)).then(|| disowned(domain, &exchange));
        match mail_route::read(domain, exchange) {
            Err(error) if matches!(error.kind, ErrorKind::Rcode { .. }) && row.authoritative == Some(false) => {
                row.words = Some(error.to_string());
            }
            // A referral to other servers has no records either, but says nothing about them.
            _ if row.authoritative == Some(false) => row.words = Some(NOT_ITS_ZONE.to_owned()),
            Ok(route) => row.records = Some(route.records()),
            Err(error) => {
                row.words = Some(error.to_string());
                unclear.push(Unclear { decisive: false, ..error.unclear(&row.server) });
            }
        }
    }
    Ok((rows, unclear))
}

/// Whether the server answers for the zone; none if it did not tell. A bare REFUSED may be meant for whoever asks, so
/// only a server that says it does not hold the zone (RFC 8914 §4.21) is taken at its word.
fn is_authoritative(exchange: &Exchange) -> Option<bool> {
    match &exchange.result {
        Ok(reply) => Some(reply.is_authoritative()),
        Err(error) => match &error.kind {
            ErrorKind::Rcode { reply } if reply.disowns_zone() => Some(false),
            _ => None,
        },
    }
}

/// What a server that does not answer for the zone gave instead.
fn disowned(domain: &Domain, exchange: &Exchange) -> Evidence {
    match &exchange.result {
        Err(error) => error.evidence(),
        Ok(reply) => Evidence::Absence {
            name: domain.to_string(),
            rtype: "MX".to_owned(),
            server: exchange.server.to_string(),
            answer: if reply.is_referral() { "a referral" } else { "an answer without AA" }.to_owned(),
        },
    }
}

/// The servers of the zone that holds `domain`.
async fn name_servers(domain: &Domain, net: &Net) -> Result<Vec<Name>, Box<Error>> {
    let mut name = Some(domain.clone());
    for _ in 0..MAX_CLIMB {
        let Some(current) = name else { break };
        let servers = net.name_servers(&current).await?;
        if !servers.is_empty() {
            return Ok(servers);
        }
        name = current.parent();
    }
    Ok(Vec::new())
}
