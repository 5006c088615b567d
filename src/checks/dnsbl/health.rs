//! The lists' own health: whether a zone is alive, and whether it lists the world.
//!
//! The probes of a kind (IPv4, IPv6, domain) leave once a run, together with the first questions, so they
//! cost no round trip. A list that answered its test entry within the last day may skip that probe; the
//! wildcard probe is made in every run.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use hickory_proto::rr::RecordType;
use tokio::sync::OnceCell;

use super::cache::Cache;
use super::entries::{clean_entry, listed_entry, random_entry, test_entry};
use super::judge::{Meaning, judge};
use super::zone::{Query, Zone, Zones};
use crate::catalogue::{Effect, Kind, Purpose, Scoring};
use crate::net::dns::{Answered, Client, Exchange, Question};
use crate::report::{Evidence, Reason};

/// What is known of one zone for one kind of question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It answered its test entry, or has none that is known, and does not list what must not be listed.
    Alive,
    /// It lists what must not be listed.
    Wildcard,
    /// The zone does not exist.
    Dead,
    /// Its test entry is not listed, or the probes got no answer; with the reason.
    Unproven(String),
    /// It refused the probes; with its words.
    Refused(String),
    /// It serves other kinds of questions than this one.
    OtherKind,
}

/// How much is probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probing {
    /// Everything, as far as the cache does not know it.
    Cached,
    /// Everything, whatever the cache knows.
    Fresh,
    /// Nothing before a hit; then only whether the zone lists the world.
    OnHit,
}

/// The health of all zones of a run, found out when it is first needed.
#[derive(Debug)]
pub struct HealthBook {
    zones: Zones,
    probing: Probing,
    by_kind: [OnceCell<Vec<Health>>; 3],
    by_zone: Vec<[OnceCell<Health>; 3]>,
    cache: Option<Cache>,
}

impl HealthBook {
    /// A book with nothing in it. `resolvers` tell the cache's entries apart.
    pub fn new(zones: Zones, probing: Probing, resolvers: &[Arc<str>]) -> Self {
        let by_zone = zones.iter().map(|_| Default::default()).collect();
        let cache = (probing != Probing::OnHit).then(|| Cache::open(resolvers)).flatten();
        HealthBook { zones, probing, by_kind: Default::default(), by_zone, cache }
    }

    /// Starts the probes for this kind, unless they have been.
    pub async fn start(&self, kind: Kind, client: &Client) {
        if self.probing != Probing::OnHit {
            self.table(kind, client).await;
        }
    }

    /// Makes sure of the zones that gave a hit, all at once: where nothing is probed beforehand, their checks leave
    /// together.
    pub async fn check_hits(&self, hits: &[usize], kind: Kind, client: &Client) {
        if self.probing == Probing::OnHit {
            join_all(hits.iter().map(|index| self.of(*index, kind, true, client))).await;
        }
    }

    /// The health of a zone.
    pub async fn of(&self, index: usize, kind: Kind, hit: bool, client: &Client) -> Health {
        if self.probing == Probing::OnHit {
            if !hit {
                return Health::Alive;
            }
            let cell = &self.by_zone[index][slot(kind)];
            let zone = &self.zones[index];
            return cell
                .get_or_init(|| async { examine(zone, kind, Extent::WildcardOnly, client).await.health })
                .await
                .clone();
        }
        self.table(kind, client).await.get(index).cloned().unwrap_or(Health::OtherKind)
    }

    async fn table(&self, kind: Kind, client: &Client) -> &Vec<Health> {
        self.by_kind[slot(kind)]
            .get_or_init(|| async {
                let table = self.probe_all(kind, client).await;
                if let Some(cache) = &self.cache {
                    let alive = self.zones.iter().zip(&table).filter(|(zone, health)| {
                        **health == Health::Alive && !zone.list.own && zone.list.test_listed.is_some()
                    });
                    cache.store(kind, alive.map(|(zone, _)| zone.list.zone.as_str()));
                }
                table
            })
            .await
    }

    /// Probes all zones: first what decides in the usual case, behind it what explains the others.
    async fn probe_all(&self, kind: Kind, client: &Client) -> Vec<Health> {
        let plans: Vec<Option<Plan>> = self
            .zones
            .iter()
            .map(|zone| {
                let known = self.probing == Probing::Cached
                    && self.cache.as_ref().is_some_and(|cache| cache.knows(kind, &zone.list.zone));
                let extent = if known { Extent::WildcardOnly } else { Extent::Full };
                zone.serves(kind).then(|| Plan::new(zone, kind, extent))
            })
            .collect();
        let questions = plans.iter().flatten().flat_map(|plan| plan.first.questions.iter().cloned()).collect();
        let answers = client.submit(questions);
        let behind: Vec<_> =
            plans.iter().map(|plan| plan.as_ref().map(|plan| client.submit(plan.behind.questions.clone()))).collect();
        let mut answers = answers.await.into_iter();
        let mut table = Vec::with_capacity(self.zones.len());
        for ((plan, behind), zone) in plans.into_iter().zip(behind).zip(self.zones.iter()) {
            let (Some(plan), Some(behind)) = (plan, behind) else {
                table.push(Health::OtherKind);
                continue;
            };
            let first: Vec<Exchange> = answers.by_ref().take(plan.first.questions.len()).collect();
            table.push(plan.judge(zone, &first, behind).await);
        }
        table
    }
}

fn slot(kind: Kind) -> usize {
    match kind {
        Kind::Ipv4 => 0,
        Kind::Ipv6 => 1,
        Kind::Domain | Kind::Hash => 2,
    }
}

/// A zone's health with what it took to find out.
#[derive(Debug)]
pub struct Examined {
    /// The health.
    pub health: Health,
    /// Questions asked.
    pub asked: usize,
    /// Questions answered, whatever the answer.
    pub answered: usize,
    /// The time of each answer.
    pub times: Vec<Duration>,
    /// What was answered to the probes, without a key.
    pub evidence: Vec<Evidence>,
}

/// Probes one zone alone.
pub async fn examine(zone: &Zone, kind: Kind, extent: Extent, client: &Client) -> Examined {
    let plan = Plan::new(zone, kind, extent);
    let first = client.submit(plan.first.questions.clone());
    let behind = client.submit(plan.behind.questions.clone());
    let first = first.await;
    let times: Vec<Duration> =
        first.iter().filter(|exchange| exchange.result.is_ok()).map(|exchange| exchange.elapsed).collect();
    let quoted = plan.first.questions.iter().zip(&first).flat_map(|(question, exchange)| match &exchange.result {
        Ok(_) => exchange.answered(&question.name, question.rtype).iter().flat_map(Answered::proof).collect(),
        Err(error) => vec![error.evidence()],
    });
    let evidence = quoted.map(|piece| zone.hidden(piece)).collect();
    let health = plan.judge(zone, &first, behind).await;
    Examined { health, asked: first.len(), answered: times.len(), times, evidence }
}

/// How much of a zone's health is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Test entries, wildcard and apex.
    Full,
    /// Only whether it lists the world.
    WildcardOnly,
}

/// The probes of one zone for one kind.
struct Plan {
    kind: Kind,
    /// What decides in the usual case.
    first: Probes,
    /// What explains why a test entry is not listed. Nobody waits for it otherwise.
    behind: Probes,
}

#[derive(Default)]
struct Probes {
    questions: Vec<Question>,
    roles: Vec<Role>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Must be listed.
    Listed,
    /// Would be listed if the zone served another kind.
    ListedElsewhere,
    /// Must not be listed.
    Clean,
    /// Must not be listed, together with the other one.
    Random,
    /// The zone itself.
    Apex,
}

impl Probes {
    fn push(&mut self, zone: &Zone, role: Role, entry: &Query) {
        // A test entry that does not fit the zone's form or name cannot be asked for.
        if let Ok(question) = zone.question(entry, RecordType::A) {
            self.questions.push(question);
            self.roles.push(role);
        }
    }
}

impl Plan {
    fn new(zone: &Zone, kind: Kind, extent: Extent) -> Self {
        let mut first = Probes::default();
        let mut behind = Probes::default();
        // A list of reserved space lists the probes on purpose.
        if !zone.list.bogons {
            first.push(zone, Role::Clean, &clean_entry(zone, kind));
            first.push(zone, Role::Random, &random_entry(kind, 0));
            first.push(zone, Role::Random, &random_entry(kind, 1));
        }
        if extent == Extent::Full {
            if let Some(entry) = listed_entry(zone, kind) {
                first.push(zone, Role::Listed, &entry);
            }
            if let Some(question) = zone.apex_question() {
                behind.questions.push(question);
                behind.roles.push(Role::Apex);
            }
            // A user's list that does not say what it serves may be one of another kind.
            if zone.list.kinds.is_empty() {
                for other in [Kind::Ipv4, Kind::Ipv6, Kind::Domain].into_iter().filter(|other| *other != kind) {
                    behind.push(zone, Role::ListedElsewhere, &test_entry(other));
                }
            }
        }
        Plan { kind, first, behind }
    }

    async fn judge(&self, zone: &Zone, first: &[Exchange], behind: impl Future<Output = Vec<Exchange>>) -> Health {
        let mut clean = Tally::default();
        let mut random = Tally::default();
        let mut listed = None;
        for (role, exchange) in self.first.roles.iter().zip(first) {
            let entry = read(zone, exchange, *role);
            match role {
                Role::Clean => clean.add(entry),
                Role::Random => random.add(entry),
                Role::Listed | Role::ListedElsewhere | Role::Apex => listed = Some(entry),
            }
        }
        if clean.listed > 0 || random.listed > 1 {
            return Health::Wildcard;
        }
        if let Some(Entry::Refused(words)) = listed.as_ref().or(clean.refusal.as_ref()) {
            return Health::Refused(words.clone());
        }
        if let Some(words) = clean.missing.filter(|_| clean.clean + random.clean == 0) {
            return Health::Unproven(words);
        }
        let asked_for_entry = listed.is_some() || self.behind.roles.is_empty();
        let silence = match listed {
            Some(Entry::Listed) => return Health::Alive,
            None if asked_for_entry => return Health::Alive,
            Some(Entry::Unanswered(words)) => Some(words),
            _ => None,
        };
        let behind = behind.await;
        let of = |wanted: Role| self.behind.roles.iter().zip(&behind).filter(move |(role, _)| **role == wanted);
        if of(Role::Apex).any(|(_, apex)| apex.result.as_ref().is_ok_and(|reply| reply.is_nxdomain())) {
            return Health::Dead;
        }
        if of(Role::ListedElsewhere).any(|(role, exchange)| read(zone, exchange, *role) == Entry::Listed) {
            return Health::OtherKind;
        }
        match silence {
            Some(words) => Health::Unproven(words),
            // Without a known test entry an existing zone is all the proof there is.
            None if listed_entry(zone, self.kind).is_none() => Health::Alive,
            None => Health::Unproven(NOT_LISTED.to_owned()),
        }
    }
}

/// The words for a test entry that should be there and is not.
pub(super) const NOT_LISTED: &str = "its test entry is not listed";

/// The usual answer to a test entry.
const TEST_ANSWER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// What a probe answered.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Listed,
    Clean,
    Refused(String),
    Unanswered(String),
}

#[derive(Debug, Default)]
struct Tally {
    listed: u32,
    clean: u32,
    refusal: Option<Entry>,
    missing: Option<String>,
}

impl Tally {
    fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Listed => self.listed += 1,
            Entry::Clean => self.clean += 1,
            Entry::Refused(_) => self.refusal = Some(entry),
            Entry::Unanswered(words) => self.missing = Some(words),
        }
    }
}

fn read(zone: &Zone, exchange: &Exchange, role: Role) -> Entry {
    let addresses = match &exchange.result {
        Err(error) if error.reason() == Reason::Refused => return Entry::Refused(zone.hide(error.to_string())),
        Err(error) => return Entry::Unanswered(zone.hide(error.to_string())),
        Ok(reply) => match reply.ipv4() {
            Err(error) => return Entry::Unanswered(zone.hide(error.to_string())),
            Ok(addresses) => addresses,
        },
    };
    let mut listed = false;
    for (address, _) in addresses {
        match judge(&zone.list, address, Scoring::Highest) {
            // RFC 5782 §5: so a test entry is answered, even by a list that gives no address this code.
            Meaning::Refused(_) if role == Role::Listed && address == TEST_ANSWER => listed = true,
            // Hostkarma calls 127.0.0.1 white: praise and remarks on one address are no listing of the world.
            Meaning::Listed(codes)
                if role == Role::Clean
                    && zone.list.purpose == Purpose::Block
                    && codes.iter().all(|code| matches!(code.effect, Effect::Allow | Effect::Info)) => {}
            Meaning::Refused(words) if address != Ipv4Addr::LOCALHOST || !zone.list.refusals.is_empty() => {
                return Entry::Refused(format!("{address}: {words}"));
            }
            // A test entry may well be answered with 127.0.0.1, a code that says nothing of an address.
            Meaning::Refused(_) | Meaning::Listed(_) => listed = true,
            // Not an answer of this list: shown where it matters, on the question of the target.
            Meaning::Foreign => {}
        }
    }
    if listed { Entry::Listed } else { Entry::Clean }
}
