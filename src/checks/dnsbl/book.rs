//! The health of all lists of a run, as it was found last.
//!
//! The probes of a kind (IPv4, IPv6, domain) leave together with the first questions of a run, so they cost no round
//! trip. In a run over many targets every result waits for one more probe: a list that begins to list the world, or
//! goes mute, in the middle of a run takes with it what nobody can believe any more.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, join_all, select};
use tokio::sync::Notify;

use super::health::{Extent, Health, examine, probe_all};
use super::zone::Zones;
use crate::catalogue::Kind;
use crate::net::clock;
use crate::net::dns::Client;

/// How much is probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probing {
    /// Everything.
    Full,
    /// Nothing before a hit; then only whether the zone lists the world.
    OnHit,
}

/// The health of all zones of a run: found out when it is first needed, and again while the run goes on.
#[derive(Debug)]
pub(super) struct HealthBook {
    zones: Zones,
    probing: Probing,
    client: Client,
    /// When the run's time is over.
    ends: Option<Instant>,
    by_kind: [Latest<Arc<Table>>; 3],
    by_zone: Vec<[Latest<Health>; 3]>,
    /// Results that wait for the next probe.
    held: AtomicUsize,
    /// Whether nothing else will be asked.
    closed: AtomicBool,
    due: Notify,
}

/// For so long a zone that is not alive is left alone.
const WHOLE_EVERY: Duration = Duration::from_secs(180);
/// For so long a result waits for the next probe.
const HELD_FOR: Duration = Duration::from_secs(10);
/// So many results wait for the next probe.
const MOST_HELD: usize = 128;

/// The health of every zone for one kind.
#[derive(Debug)]
pub(super) struct Table {
    health: Vec<Health>,
    /// When all of it was probed, not only what was alive before.
    whole: Instant,
}

impl Table {
    pub(super) fn of(&self, index: usize) -> &Health {
        self.health.get(index).unwrap_or(&Health::OtherKind)
    }
}

/// The latest probe of something, shared by all who wait for it.
struct Latest<T: Clone>(Mutex<Option<Probe<T>>>);

#[derive(Clone)]
struct Probe<T: Clone> {
    /// It left no earlier.
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

    /// The probe that left last if it left no earlier than `since`, else a new one, which leaves once that one is
    /// through and builds upon its result.
    fn since<F>(&self, since: Instant, send: impl FnOnce(Option<T>) -> F + Send + 'static) -> Probe<T>
    where
        F: Future<Output = T> + Send,
    {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*latest {
            Some(probe) if probe.sent >= since => probe.clone(),
            earlier => {
                let earlier = earlier.as_ref().map(|probe| probe.result.clone());
                let result = async move {
                    let earlier = match earlier {
                        Some(result) => Some(result.await),
                        None => None,
                    };
                    send(earlier).await
                };
                let probe = Probe { sent: clock::now(), result: result.boxed().shared() };
                *latest = Some(probe.clone());
                probe
            }
        }
    }
}

impl HealthBook {
    /// A book with nothing in it, for a run that ends at `ends`.
    pub(super) fn new(zones: Zones, probing: Probing, client: Client, ends: Option<Instant>) -> Self {
        let by_zone = zones.iter().map(|_| Default::default()).collect();
        let (held, closed, due) = Default::default();
        HealthBook { zones, probing, client, ends, by_kind: Default::default(), by_zone, held, closed, due }
    }

    /// Starts the probes for this kind, unless they were made a short while ago.
    pub(super) async fn start(&self, kind: Kind) {
        if self.probing != Probing::OnHit {
            let now = clock::now();
            self.probe(kind, now.checked_sub(WHOLE_EVERY).unwrap_or(now)).await;
        }
    }

    /// Where nothing is probed beforehand, makes sure of the zones that gave a hit to a question that left at
    /// `asked`, all at once.
    pub(super) async fn check_hits(&self, hits: &[usize], kind: Kind, asked: Instant) {
        if self.probing != Probing::OnHit {
            return;
        }
        let check = |index: &usize| {
            let index = *index;
            let (zones, client) = (Arc::clone(&self.zones), self.client.clone());
            let send = move |_| async move { examine(&zones[index], kind, Extent::WildcardOnly, &client).await.health };
            self.by_zone[index][slot(kind)].since(asked, send).result
        };
        join_all(hits.iter().map(check)).await;
    }

    /// The health of a zone that has been probed as far as it is to be.
    pub(super) async fn of(&self, index: usize, kind: Kind, hit: bool) -> Health {
        if let Some(all) = self.by_kind[slot(kind)].probe() {
            return all.result.await.of(index).clone();
        }
        match self.by_zone[index][slot(kind)].probe() {
            // What this probe leaves open matters to a listing alone.
            Some(one) => Some(one.result.await).filter(|health| hit || *health == Health::Wildcard),
            None => None,
        }
        .unwrap_or(Health::Alive)
    }

    /// Whether results can be looked at again.
    pub(super) fn is_kept(&self) -> bool {
        self.probing != Probing::OnHit
    }

    /// What a probe finds that leaves later than the question at `asked` did. It is sent soon: when enough results
    /// wait for it, when they have waited long enough, and when nothing else is to be asked.
    pub(super) async fn later(&self, kind: Kind, asked: Instant) -> Arc<Table> {
        if let Some(probe) = self.by_kind[slot(kind)].probe().filter(|probe| probe.sent >= asked) {
            return probe.result.await;
        }
        let due = self.due.notified();
        let held = self.held.fetch_add(1, Ordering::Relaxed) + 1;
        if held >= MOST_HELD || self.closed.load(Ordering::Relaxed) {
            self.due.notify_waiters();
        }
        // What is left of the run must do for the answers, too.
        let left = self.ends.map(|ends| ends.saturating_duration_since(clock::now()) / 2);
        let patience = tokio::time::sleep(left.map_or(HELD_FOR, |left| left.min(HELD_FOR)));
        select(pin!(due), pin!(patience)).await;
        self.held.fetch_sub(1, Ordering::Relaxed);
        self.probe(kind, asked).await
    }

    /// Nothing else will be asked: what waits for the next probe need wait for nobody.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.due.notify_waiters();
    }

    /// The latest probe of this kind that left no earlier than `since`.
    fn probe(&self, kind: Kind, since: Instant) -> Shared<BoxFuture<'static, Arc<Table>>> {
        let (zones, client) = (Arc::clone(&self.zones), self.client.clone());
        let send = move |earlier: Option<Arc<Table>>| async move {
            let began = clock::now();
            let known = earlier.filter(|earlier| began.saturating_duration_since(earlier.whole) < WHOLE_EVERY);
            let whole = known.as_ref().map_or(began, |known| known.whole);
            let health = probe_all(&zones, kind, &client, known.as_ref().map(|known| &*known.health)).await;
            Arc::new(Table { health, whole })
        };
        self.by_kind[slot(kind)].since(since, send).result
    }
}

fn slot(kind: Kind) -> usize {
    match kind {
        Kind::Ipv4 => 0,
        Kind::Ipv6 => 1,
        Kind::Domain | Kind::Hash => 2,
    }
}
