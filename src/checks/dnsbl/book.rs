//! The health of all lists of a run, as it was found last.
//!
//! The probes of a kind (IPv4, IPv6, domain) leave together with the first questions of a run, so they cost no round
//! trip, and again every few minutes: what was alive a while ago, or through another resolver, may not be now. A
//! listing is believed after one more look at whether the list has begun to list the world.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, join_all};

use super::health::{Extent, Health, examine, probe_all};
use super::zone::Zones;
use crate::catalogue::Kind;
use crate::net::dns::Client;

/// How much is probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probing {
    /// Everything.
    Full,
    /// Nothing before a hit; then only whether the zone lists the world.
    OnHit,
}

/// The health of all zones of a run: found out when it is first needed, again every few minutes, and for a zone
/// whenever it lists something.
#[derive(Debug)]
pub(super) struct HealthBook {
    zones: Zones,
    probing: Probing,
    by_kind: [Latest<Arc<Vec<Health>>>; 3],
    by_zone: Vec<[Latest<Health>; 3]>,
}

/// For so long a probe of all zones counts. A list may end, or the resolver may change, in the middle of a run.
const PROBE_EVERY: Duration = Duration::from_secs(180);

/// The latest probe of something, shared by all who wait for it.
struct Latest<T: Clone>(Mutex<Option<Probe<T>>>);

#[derive(Clone)]
struct Probe<T: Clone> {
    sent: Instant,
    result: Shared<BoxFuture<'static, T>>,
}

impl<T: Clone> Default for Latest<T> {
    fn default() -> Self {
        Latest(Mutex::new(None))
    }
}

impl<T: Clone> std::fmt::Debug for Latest<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Latest")
    }
}

impl<T: Clone + Send + Sync + 'static> Latest<T> {
    fn probe(&self) -> Option<Probe<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The probe that left last, or a new one if that is older than `since`.
    fn since(&self, since: Instant, send: impl FnOnce() -> BoxFuture<'static, T>) -> Probe<T> {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*latest {
            Some(probe) if probe.sent >= since => probe.clone(),
            _ => {
                let probe = Probe { sent: Instant::now(), result: send().shared() };
                *latest = Some(probe.clone());
                probe
            }
        }
    }
}

impl HealthBook {
    /// A book with nothing in it.
    pub(super) fn new(zones: Zones, probing: Probing) -> Self {
        let by_zone = zones.iter().map(|_| Default::default()).collect();
        HealthBook { zones, probing, by_kind: Default::default(), by_zone }
    }

    /// Starts the probes for this kind, unless they were made a short while ago.
    pub(super) async fn start(&self, kind: Kind, client: &Client) {
        if self.probing != Probing::OnHit {
            let since = Instant::now().checked_sub(PROBE_EVERY).unwrap_or_else(Instant::now);
            let send = || probe_all(Arc::clone(&self.zones), kind, client.clone());
            self.by_kind[slot(kind)].since(since, send).result.await;
        }
    }

    /// Makes sure of the zones that gave a hit to a question that left at `asked`, all at once. A listing is believed
    /// only if the list, asked no earlier, does not list the world: lists have begun to in the middle of runs.
    pub(super) async fn check_hits(&self, hits: &[usize], kind: Kind, asked: Instant, client: &Client) {
        if self.by_kind[slot(kind)].probe().is_some_and(|probe| probe.sent >= asked) {
            return;
        }
        let check = |index: &usize| {
            let index = *index;
            let (zones, client) = (Arc::clone(&self.zones), client.clone());
            let send =
                move || async move { examine(&zones[index], kind, Extent::WildcardOnly, &client).await.health }.boxed();
            self.by_zone[index][slot(kind)].since(asked, send).result
        };
        join_all(hits.iter().map(check)).await;
    }

    /// The health of a zone that has been probed as far as it is to be.
    pub(super) async fn of(&self, index: usize, kind: Kind, hit: bool) -> Health {
        let all = self.by_kind[slot(kind)].probe();
        let one = self.by_zone[index][slot(kind)].probe();
        let newer = one.filter(|one| all.as_ref().is_none_or(|all| one.sent > all.sent));
        if let Some(one) = newer {
            let health = one.result.await;
            // What this probe leaves open matters to a listing alone.
            if health == Health::Wildcard || hit && health != Health::Alive {
                return health;
            }
        }
        match all {
            Some(all) => all.result.await.get(index).cloned().unwrap_or(Health::OtherKind),
            None => Health::Alive,
        }
    }
}

fn slot(kind: Kind) -> usize {
    match kind {
        Kind::Ipv4 => 0,
        Kind::Ipv6 => 1,
        Kind::Domain | Kind::Hash => 2,
    }
}
