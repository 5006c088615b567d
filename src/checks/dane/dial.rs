//! The live certificates: each address of a host is asked for each kind.

use std::sync::Arc;

use futures_util::future::join_all;

use super::facts::Key;
use crate::net::Net;
use crate::net::dane::Tlsas;
use crate::net::mail_hosts::MailHost;
use crate::net::smtp::survey::{Plan, offer_more};
use crate::net::smtp::{Peer, Survey};
use crate::net::tls::{Handshake, HandshakeError, KeyWish, Versions, Wish};

/// A mail host, its records and what its addresses showed.
pub(super) struct Seen {
    pub(super) host: MailHost,
    pub(super) tlsas: Tlsas,
    pub(super) peers: Vec<SeenPeer>,
}

/// What an address showed.
pub(super) struct SeenPeer {
    pub(super) peer: Peer,
    /// One dialogue a kind of certificate; one alone if it broke off before TLS came into it.
    pub(super) surveys: Vec<(Key, Arc<Survey>)>,
    /// Whether a server that hung up on what was offered agrees to something else.
    pub(super) agrees_to_more: bool,
}

impl SeenPeer {
    /// The handshakes that came to their end.
    pub(super) fn handshakes(&self) -> impl Iterator<Item = (Key, &Handshake)> {
        self.surveys.iter().filter_map(|(key, survey)| Some((*key, survey.handshake.as_ref()?)))
    }
}

impl Seen {
    /// Looks up a host's records, and dials it only if senders would have to heed them.
    pub(super) async fn of(host: MailHost, port: u16, net: &Net) -> Self {
        let tlsas = net.tlsa(&host.name, port).await;
        let peers = match tlsas.binds_senders() {
            true => join_all(host.peers.iter().map(|peer| dial(peer, &tlsas.base, net))).await,
            false => Vec::new(),
        };
        Seen { host, tlsas, peers }
    }
}

/// The addresses that answer, if that matters: where one did not, the others tell whether mail has another way. They
/// are asked then even if they have no records.
pub(super) async fn answering(seen: &[Seen], net: &Net) -> Vec<Peer> {
    let has_greeted = |at: &SeenPeer| at.surveys.iter().any(|(_, survey)| survey.greeting.is_some());
    let dialled = || seen.iter().flat_map(|seen| &seen.peers);
    if dialled().all(|at| at.surveys.iter().all(|(_, survey)| survey.failure.is_none())) {
        return Vec::new();
    }
    let mut answering: Vec<Peer> = dialled().filter(|at| has_greeted(at)).map(|at| at.peer.clone()).collect();
    let others = seen.iter().filter(|seen| seen.peers.is_empty()).flat_map(|seen| &seen.host.peers);
    let others = others.map(|peer| async move {
        let plan = Plan { wish: Wish::named(&peer.host), envelope: None };
        let survey = net.smtp.surveys.of(peer, &plan, net).await;
        survey.greeting.is_some().then(|| peer.clone())
    });
    answering.extend(join_all(others).await.into_iter().flatten());
    answering
}

async fn dial(peer: &Peer, base: &str, net: &Net) -> SeenPeer {
    let mut surveys = Vec::new();
    for (key, wish) in [(Key::Ecdsa, KeyWish::Ecdsa), (Key::Rsa, KeyWish::Rsa)] {
        // RFC 7672 §8.1: the name that is asked for is the TLSA base domain.
        let wish = Wish { name: Some(base.to_owned()), key: wish, versions: Versions::All };
        let survey = net.smtp.surveys.of(peer, &Plan { wish, envelope: None }, net).await;
        let came_to_tls = survey.handshake.is_some() || survey.handshake_error.is_some();
        surveys.push((key, survey));
        // What kept the server from TLS does not depend on the kind of certificate.
        if !came_to_tls {
            break;
        }
    }
    let hung_up = |survey: &Arc<Survey>| matches!(survey.handshake_error, Some(HandshakeError::Unanswered));
    let is_lost = surveys.iter().all(|(_, survey)| hung_up(survey));
    let agrees_to_more = is_lost && matches!(offer_more(peer, Some(base), net).await, Ok(Some(_)));
    SeenPeer { peer: peer.clone(), surveys, agrees_to_more }
}
