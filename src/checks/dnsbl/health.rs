//! The lists' own health: whether a zone is alive, and whether it lists the world.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::rr::RecordType;

use super::entries::{clean_entry, listed_entry, random_entry, test_entry};
use super::judge::{Meaning, judge};
use super::zone::{Query, Zone, Zones};
use crate::catalogue::{Effect, Kind, Purpose, Scoring, Status};
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
    /// Somebody on the way hides 127.0.0.0/8, where all of its answers are; with what shows it.
    Hidden(String),
    /// It serves other kinds of questions than this one.
    OtherKind,
}

/// Probes all zones, or those that were alive by what is known: first what decides in the usual case, behind it what
/// explains the others.
pub(super) async fn probe_all(zones: &Zones, kind: Kind, client: &Client, known: Option<&[Health]>) -> Vec<Health> {
    let is_due = |index: usize| known.is_none_or(|known| known.get(index) == Some(&Health::Alive));
    let plan = |(index, zone): (usize, &Zone)| {
        (zone.serves(kind) && is_due(index)).then(|| Plan::new(zone, kind, Extent::Full))
    };
    let plans: Vec<Option<Plan>> = zones.iter().enumerate().map(plan).collect();
    let questions = plans.iter().flatten().flat_map(|plan| plan.first.questions.iter().cloned()).collect();
    // Kinds share some probes of a list that does not say what it serves. A second look must not see the first one.
    let ask = |questions: Vec<Question>| match known {
        None => client.submit(questions),
        Some(_) => client.submit_anew(questions),
    };
    let answers = ask(questions);
    let behind: Vec<_> =
        plans.iter().map(|plan| plan.as_ref().map(|plan| ask(plan.behind.questions.clone()))).collect();
    let mut answers = answers.await.into_iter();
    let mut table = Vec::with_capacity(zones.len());
    let mut sights = Vec::with_capacity(zones.len());
    for (index, ((plan, behind), zone)) in plans.into_iter().zip(behind).zip(zones.iter()).enumerate() {
        let (Some(plan), Some(behind)) = (plan, behind) else {
            table.push(known.and_then(|known| known.get(index)).cloned().unwrap_or(Health::OtherKind));
            sights.push(Sight::None);
            continue;
        };
        let first: Vec<Exchange> = answers.by_ref().take(plan.first.questions.len()).collect();
        sights.push(plan.sight(&first));
        table.push(plan.judge(zone, &first, behind).await);
    }
    if let Some(words) = hidden(zones, kind, &table, &sights, client).await {
        for health in &mut table {
            if matches!(health, Health::Alive | Health::Unproven(_) | Health::Refused(_)) {
                *health = Health::Hidden(words.clone());
            }
        }
    }
    table
}

/// What a zone's probes show of the way its answers come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// An answer in 127.0.0.0/8 came through.
    Loopback,
    /// The test entry was answered, and not with such an address.
    Missing,
    /// Nothing.
    None,
}

/// Whether somebody on the way hides 127.0.0.0/8, and what shows it. Routers and resolvers do (rebind protection), and
/// take every list's every answer with it.
async fn hidden(zones: &Zones, kind: Kind, table: &[Health], sights: &[Sight], client: &Client) -> Option<String> {
    if sights.contains(&Sight::Loopback) {
        return None;
    }
    let missing = |index: &usize| sights[*index] == Sight::Missing && table[*index] != Health::Dead;
    let missing: Vec<usize> = (0..zones.len()).filter(missing).collect();
    // RFC 5782 §2.1: an entry has an A record, and may have a TXT record beside it.
    let questions = missing.iter().filter_map(|index| {
        let entry = listed_entry(&zones[*index], kind)?;
        zones[*index].question(&entry, RecordType::TXT).ok()
    });
    let texts = client.submit_anew(questions.collect()).await;
    let server = texts.first().map(|exchange| Arc::clone(&exchange.server))?;
    let has_text = |exchange: &Exchange| {
        exchange.result.as_ref().is_ok_and(|reply| reply.texts().is_ok_and(|texts| !texts.is_empty()))
    };
    if let Some(index) = texts.iter().position(has_text) {
        let list = missing.get(index).map_or("a list", |index| &zones[*index].list.name);
        return Some(format!("{server} hides 127.0.0.0/8: the test entry of {list} has its text and no address"));
    }
    // One list may have lost its entry; not two that are known to have it and to answer everybody.
    let is_proven = |index: &&usize| {
        let known = crate::catalogue::find(&zones[**index].list.zone);
        known.is_some_and(|list| list.test_listed.is_some() && list.status == Status::Active)
    };
    let count = missing.iter().filter(is_proven).count();
    (count > 1).then(|| {
        format!("{server} hides 127.0.0.0/8: of {count} lists none shows its test entry, although their zones exist")
    })
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
    let first = client.submit_anew(plan.first.questions.clone());
    let behind = client.submit_anew(plan.behind.questions.clone());
    let first = first.await;
    let times: Vec<Duration> =
        first.iter().filter(|exchange| exchange.result.is_ok()).map(|exchange| exchange.elapsed).collect();
    let quoted = plan.first.questions.iter().zip(&first).flat_map(|(question, exchange)| match &exchange.result {
        Ok(_) => exchange.answered(&question.name, question.rtype).iter().flat_map(Answered::proof).collect(),
        Err(error) => vec![error.evidence()],
    });
    let evidence = quoted.map(|piece| zone.hidden(piece)).collect();
    let mut health = plan.judge(zone, &first, behind).await;
    if plan.sight(&first) == Sight::Missing && matches!(health, Health::Unproven(_) | Health::Refused(_)) {
        let text = listed_entry(zone, kind).and_then(|entry| zone.question(&entry, RecordType::TXT).ok());
        let text = client.submit_anew(text.into_iter().collect()).await.pop();
        if let Some(exchange) = text
            && exchange.result.is_ok_and(|reply| reply.texts().is_ok_and(|texts| !texts.is_empty()))
        {
            let server = exchange.server;
            health = Health::Hidden(format!("{server} hides 127.0.0.0/8: its test entry has its text and no address"));
        }
    }
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

    fn sight(&self, first: &[Exchange]) -> Sight {
        let addresses =
            |exchange: &Exchange| exchange.result.as_ref().ok().and_then(|reply| reply.ipv4().ok()).unwrap_or_default();
        if first.iter().any(|exchange| addresses(exchange).iter().any(|(address, _)| address.is_loopback())) {
            return Sight::Loopback;
        }
        let mut probes = self.first.roles.iter().zip(first);
        let entry = probes.find(|(role, _)| **role == Role::Listed).map(|(_, exchange)| &exchange.result);
        match entry {
            Some(Ok(_)) => Sight::Missing,
            // Some filters refuse, and answer what is not listed.
            Some(Err(error)) if error.reason() == Reason::Refused && first.iter().any(|probe| probe.result.is_ok()) => {
                Sight::Missing
            }
            _ => Sight::None,
        }
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
