//! Manners towards other people's servers: one connection a host at a time, one a second, a limited number of
//! hosts, and no probe that could get the prober listed without consent. Also what this run has learned of the
//! way out through port 25.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Turns, OwnedMutexGuard};
use tokio::time::Instant;

use super::{Failure, Peer};
use crate::net::clock;

/// The manners of a run, and its memory.
#[derive(Debug, Default)]
pub struct Courtesy {
    /// Whether the user said that the servers are theirs to test.
    pub authorized: bool,
    hosts: Mutex<HashMap<SocketAddr, Arc<Turns<Option<Instant>>>>>,
    reach: Mutex<Reach>,
}

/// The right to talk to a server, until it is dropped.
pub type Turn = OwnedMutexGuard<Option<Instant>>;

/// What this run knows of port 25.
#[derive(Debug, Default)]
struct Reach {
    /// Whether a server outside this machine has spoken SMTP to us through it over IPv4.
    works_v4: bool,
    /// The same over IPv6: that the one way is open proves nothing of the other.
    works_v6: bool,
    /// The addresses that did not take a connection in time.
    silent: HashSet<IpAddr>,
}

/// The time between two connections to one host.
const INTERVAL: Duration = Duration::from_secs(1);
/// Hosts of a run that is not authorised for more.
const MAX_HOSTS: usize = 50;

impl Courtesy {
    /// Manners of a run.
    pub fn new(authorized: bool) -> Self {
        Courtesy { authorized, ..Courtesy::default() }
    }

    /// Waits until the server may be dialled again.
    ///
    /// # Errors
    /// [`Failure::NotAllowed`] if the run has dialled enough hosts, [`Failure::Inside`] if only the DNS has named the
    /// address and it is inside some network.
    pub async fn turn(&self, peer: &Peer) -> Result<Turn, Failure> {
        if let Some(purpose) = peer.barred {
            return Err(Failure::Inside { address: peer.address, purpose });
        }
        let turns = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            let outside = || hosts.keys().filter(|address| !address.ip().is_loopback()).count();
            if !hosts.contains_key(&peer.dialled) && !self.authorized && !peer.is_loopback() && outside() >= MAX_HOSTS {
                let why = format!("this run has dialled {MAX_HOSTS} hosts; more need --i-am-authorized");
                return Err(Failure::NotAllowed { why });
            }
            Arc::clone(hosts.entry(peer.dialled).or_default())
        };
        let mut turn = turns.lock_owned().await;
        if let Some(last) = *turn
            && !peer.is_loopback()
        {
            tokio::time::sleep_until(last + INTERVAL).await;
        }
        *turn = Some(clock::now().into());
        Ok(turn)
    }

    /// Whether probes that servers mind may be sent there.
    ///
    /// # Errors
    /// [`Failure::NotAllowed`] if the server is neither on this machine nor the user's to test.
    pub fn may_probe(&self, peer: &Peer) -> Result<(), Failure> {
        if self.authorized || peer.is_loopback() {
            return Ok(());
        }
        let why =
            format!("{} is not on this machine; if it is yours to test, say --i-am-authorized", peer.dialled.ip());
        Err(Failure::NotAllowed { why })
    }

    /// Notes that a server spoke.
    pub(super) fn heard(&self, peer: &Peer) {
        if peer.dialled.port() == 25 && !peer.is_loopback() {
            let mut reach = self.reach();
            match peer.dialled.ip().to_canonical() {
                IpAddr::V4(_) => reach.works_v4 = true,
                IpAddr::V6(_) => reach.works_v6 = true,
            }
        }
    }

    /// Notes that a server did not take a connection in time.
    pub(super) fn unheard(&self, peer: &Peer) {
        if peer.dialled.port() == 25 {
            self.reach().silent.insert(peer.dialled.ip());
        }
    }

    /// Whether silence is the server's own: this machine has been heard through port 25 in the same family, or the
    /// server is on it.
    pub fn silence_is_proven(&self, peer: &Peer) -> bool {
        let reach = self.reach();
        peer.is_loopback()
            || match peer.dialled.ip().to_canonical() {
                IpAddr::V4(_) => reach.works_v4,
                IpAddr::V6(_) => reach.works_v6,
            }
    }

    /// What silence at port 25 may be due to on this side, if anything points to it.
    pub fn suspicion(&self) -> Option<String> {
        let reach = self.reach();
        let hosts = reach.silent.len();
        (!reach.works_v4 && !reach.works_v6 && hosts > 0).then(|| {
            let seems = if hosts > 1 { "seems to be" } else { "may be" };
            format!(
                "no server has answered this run at port 25 ({hosts} silent): outgoing port 25 {seems} blocked for this \
                 machine, as providers often do"
            )
        })
    }

    fn reach(&self) -> std::sync::MutexGuard<'_, Reach> {
        self.reach.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Security;
    use super::*;

    fn peer(address: [u8; 4]) -> Peer {
        let (address, security) = (IpAddr::from(address), Security::Starttls);
        Peer {
            host: "mx.example".to_owned(),
            address,
            port: 25,
            dialled: SocketAddr::new(address, 25),
            security,
            barred: None,
        }
    }

    #[tokio::test]
    async fn run_without_consent_dials_fifty_hosts_of_others_and_any_on_this_machine() {
        let courtesy = Courtesy::new(false);
        for last in 0..50 {
            assert!(courtesy.turn(&peer([192, 0, 2, last])).await.is_ok());
        }
        let refused = courtesy.turn(&peer([192, 0, 2, 50])).await;
        assert!(matches!(refused, Err(Failure::NotAllowed { .. })), "{refused:?}");
        assert!(courtesy.turn(&peer([127, 0, 0, 9])).await.is_ok());
        assert!(Courtesy::new(true).turn(&peer([192, 0, 2, 50])).await.is_ok());
    }

    #[test]
    fn probes_go_to_this_machine_or_with_consent() {
        assert!(Courtesy::new(false).may_probe(&peer([127, 0, 0, 1])).is_ok());
        assert!(Courtesy::new(false).may_probe(&peer([192, 0, 2, 1])).is_err());
        assert!(Courtesy::new(true).may_probe(&peer([192, 0, 2, 1])).is_ok());
    }

    #[test]
    fn silence_is_suspected_of_being_our_own_until_somebody_answers() {
        let courtesy = Courtesy::new(false);
        assert_eq!(courtesy.suspicion(), None);
        courtesy.unheard(&peer([192, 0, 2, 1]));
        assert!(courtesy.suspicion().is_some_and(|words| words.contains("may be blocked")));
        courtesy.unheard(&peer([192, 0, 2, 2]));
        assert!(courtesy.suspicion().is_some_and(|words| words.contains("seems to be blocked")));
        assert!(!courtesy.silence_is_proven(&peer([192, 0, 2, 1])));
        // A server on this machine proves nothing about the way out.
        courtesy.heard(&peer([127, 0, 0, 1]));
        assert!(!courtesy.silence_is_proven(&peer([192, 0, 2, 1])));
        courtesy.heard(&peer([192, 0, 2, 3]));
        assert!(courtesy.silence_is_proven(&peer([192, 0, 2, 1])) && courtesy.suspicion().is_none());
    }
}
