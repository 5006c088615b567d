//! The live certificates: each address of a host is asked for each kind.

use std::sync::Arc;

use futures_util::future::join_all;

use super::facts::Key;
use crate::net::Net;
use crate::net::dane::Tlsas;
use crate::net::mail_hosts::MailHost;
use crate::net::smtp::survey::Plan;
use crate::net::smtp::{Peer, Survey};
use crate::net::tls::{Handshake, KeyWish, Versions, Wish};

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
    SeenPeer { peer: peer.clone(), surveys }
}
