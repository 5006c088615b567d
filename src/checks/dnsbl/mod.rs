//! `dnsbl`: is the address or name on a blocklist, and does that matter?

mod book;
mod direct;
mod entries;
mod facts;
pub mod health;
mod judge;
mod review;
mod row;
mod rules;
mod score;
mod selection;
pub mod zone;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use futures_util::future::{join, join_all};
use hickory_proto::rr::RecordType;
use ipnet::IpNet;
use tokio::sync::OnceCell;

use self::book::{HealthBook, Probing};
pub use self::facts::{Detour, Facts, ListRow, RowOutcome};
use self::health::Health;
use self::review::{Absence, Pending};
pub(super) use self::row::CHECK_KEY;
use self::row::{Reading, read, texts};
pub use self::zone::Query;
use self::zone::{Zone, Zones};
use super::{Check, Context, Subject};
use crate::catalogue::List;
use crate::config::{ConfigError, MAX_POINTS};
use crate::names::address::{self, is_global};
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetKind};
use crate::net::dns::{Exchange, Question};
use crate::net::{Net, clock};
use crate::report::{Reason, Rule, Unclear};

/// The flags of `dnsbl`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Ask this list of your own (repeatable); instead of the default lists unless more are chosen
    #[arg(long, value_name = "ZONE", help_heading = "Lists")]
    pub list: Vec<String>,
    /// Ask a list by a look-up expression such as '%4.%3.%2.%1.bl.example' (repeatable)
    #[arg(long, value_name = "EXPR", help_heading = "Lists")]
    pub expression: Vec<String>,
    /// Ask every list of the catalogue that is in service
    #[arg(long, help_heading = "Lists")]
    pub all: bool,
    /// Ask only these lists, by id or zone
    #[arg(long, value_name = "LIST", value_delimiter = ',', help_heading = "Lists")]
    pub only: Vec<String>,
    /// Leave these lists out, by id or zone
    #[arg(long, value_name = "LIST", value_delimiter = ',', help_heading = "Lists")]
    pub skip: Vec<String>,
    /// Ask the lists of these groups
    #[arg(long, value_name = "GROUP", value_delimiter = ',', help_heading = "Lists")]
    pub group: Vec<String>,
    /// Points that refuse mail [default: 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_POINTS)),
          allow_negative_numbers = true)]
    pub threshold: Option<u32>,
    /// Test the addresses of a name's mail exchangers too, labelled as receivers
    #[arg(long)]
    pub mx: bool,
    /// Ask each list's own name servers instead of the resolver, where they are found
    #[arg(long)]
    pub direct: bool,
    /// Do not probe the lists' health, and hold no result; a hit is still checked for a list that lists everything
    #[arg(long, conflicts_with = "fresh_health")]
    pub no_health: bool,
    /// Accepted and without effect: every run probes the lists
    #[arg(long, hide = true)]
    pub fresh_health: bool,
}

/// The check.
#[derive(Debug)]
pub struct Dnsbl {
    options: Options,
    context: Context,
    threshold: u32,
    chosen: std::sync::Mutex<Option<Vec<Zone>>>,
    prepared: OnceCell<Prepared>,
    /// Weighty lists that are not asked by default.
    left_out: Vec<&'static List>,
    /// Whether the user has been told of them.
    told: AtomicBool,
    /// Whether public lists are among them.
    public: bool,
    /// Targets so far.
    seen: AtomicU64,
}

/// The lists with their queues and servers, and their health.
#[derive(Debug)]
struct Prepared {
    zones: Zones,
    health: HealthBook,
}

impl Check for Dnsbl {
    type Options = Options;
    type Query = Query;
    type Facts = Facts;

    const NAME: &'static str = "dnsbl";
    const RULES: &'static [&'static Rule] = rules::ALL;
    /// It asks the lists that were chosen.
    const QUESTIONS: Option<u32> = None;

    fn new(options: Options, context: &Context) -> Result<Self, ConfigError> {
        let zones = selection::zones(&options, &context.settings)?;
        let public = zones.iter().filter(|zone| !zone.list.own).count();
        if public > 0
            && context.targets.is_some_and(|targets| targets > UNPACED_TARGETS)
            && context.settings.net.max_qps.is_none()
        {
            return Err(ConfigError(format!(
                "more than {UNPACED_TARGETS} targets on {public} public lists: say how fast with --max-qps"
            )));
        }
        let threshold = options.threshold.unwrap_or(context.settings.threshold);
        let left_out = selection::left_out(&options, &zones, threshold);
        let chosen = std::sync::Mutex::new(Some(zones));
        let prepared = OnceCell::new();
        let (public, seen) = (public > 0, AtomicU64::new(0));
        let (context, told) = (context.clone(), AtomicBool::new(false));
        Ok(Dnsbl { options, context, threshold, chosen, prepared, left_out, told, public, seen })
    }

    fn subject_name(query: &Query) -> String {
        query.to_string()
    }

    async fn subjects(&self, target: &Target, net: &Net) -> Result<Vec<Subject<Query>>, Unclear> {
        self.pace(1, &target.input)?;
        match &target.kind {
            TargetKind::Address(address) => Ok(vec![Subject::of(Query::Address(*address))]),
            TargetKind::Domain(name) | TargetKind::Host { name, .. } | TargetKind::Mailbox { domain: name, .. } => {
                self.name_subjects(name, net).await
            }
            TargetKind::Network(_)
            | TargetKind::List
            | TargetKind::Text
            | TargetKind::Message
            | TargetKind::Malformed => Ok(Vec::new()),
        }
    }

    fn network(&self, network: &IpNet) -> Result<Option<fn(IpAddr) -> Query>, Unclear> {
        self.pace(address::count(network), network)?;
        Ok(Some(Query::Address))
    }

    async fn run(&self, subject: &Subject<Query>, net: &Net) -> Result<super::Outcome<Facts>, Unclear> {
        let prepared = self.prepared.get_or_init(|| self.prepare(net)).await;
        let kind = subject.query.kind();
        let query = Arc::new(subject.query.clone());
        let zones = &prepared.zones;
        let (asked, questions): (Vec<usize>, Vec<Question>) =
            (0..zones.len()).filter_map(|index| Some((index, question_to(&zones[index], &query)?))).unzip();
        let mut facts = self.facts(subject);
        if asked.is_empty() {
            return Ok(self.nothing_to_ask(facts, &subject.query));
        }
        let with_reasons = self.context.single;
        let left = clock::now();
        let exchanges = ask(zones, &asked, questions, with_reasons.then_some(&*query), net);
        // The probes leave right behind the first questions, so they cost no round trip.
        let (exchanges, ()) = join(exchanges, prepared.health.start(kind)).await;
        let said: Vec<Reading> =
            asked.iter().zip(&exchanges).map(|(index, exchange)| read(&zones[*index], exchange)).collect();
        let is_hit = |said: &Reading| matches!(said, Reading::Addresses(_));
        let hits: Vec<usize> =
            asked.iter().zip(&said).filter(|(_, said)| is_hit(said)).map(|(index, _)| *index).collect();
        prepared.health.check_hits(&hits, kind, left).await;
        let mut rows = Vec::new();
        // A long run looks at its results again.
        let kept = !self.context.single && prepared.health.is_kept();
        let mut absences = Vec::new();
        for (position, (&index, said)) in asked.iter().zip(said).enumerate() {
            let zone = &zones[index];
            let Some(exchange) = exchanges.get(position) else { continue };
            let hit = is_hit(&said);
            let health = prepared.health.of(index, kind, hit).await;
            if matches!((&said, &health), (Reading::Nothing, Health::Alive)) && !self.context.all_rows {
                facts.asked += 1;
                facts.answered += 1;
                if kept {
                    absences.push(Absence::new(index, exchange));
                }
                continue;
            }
            let mut row = ListRow::new(zones, index, &query, exchange.elapsed, &exchange.server);
            row.settle(said, health, self.context.settings.scoring);
            let is_out = matches!(row.outcome, RowOutcome::Dead | RowOutcome::Unproven | RowOutcome::Wildcard);
            if !row.answers.is_empty() || is_out {
                row.quote(RecordType::A, exchange);
            }
            if let RowOutcome::Listed | RowOutcome::Allowed = row.outcome
                && let Some(told) = exchanges.get(asked.len() + position)
            {
                row.reasons = texts(zone, told);
                row.quote(RecordType::TXT, told);
            }
            rows.push(row);
        }
        self.confirm(&mut rows, net).await;
        rows.iter().for_each(|row| facts.count(row.outcome));
        if !with_reasons {
            add_reasons(&mut rows, net).await;
        }
        facts.lists = rows;
        facts.recount(self.context.settings.scoring);
        facts.detours = asked.iter().filter_map(|index| Detour::of(&zones[*index])).collect();
        facts.asked_through = self.asked_through(asked.len(), facts.detours.len(), net);
        facts.tells_left_out = !facts.left_out.is_empty() && !self.told.swap(true, Ordering::Relaxed);
        let rewrites = net.self_test.facts().rewrites_nxdomain == Some(true);
        if kept {
            let (zones, query) = (Arc::clone(zones), Arc::clone(&query));
            facts.pending = Some(Box::new(Pending { zones, query, asked: left, absences, rewrites }));
        }
        Ok(score::judge(facts, rewrites, self.context.all_rows))
    }

    async fn review(&self, mut outcome: super::Outcome<Facts>) -> super::Outcome<Facts> {
        let (Some(pending), Some(prepared)) = (outcome.facts.pending.take(), self.prepared.get()) else {
            return outcome;
        };
        let mut facts = outcome.facts;
        let health = prepared.health.later(facts.kind, pending.asked).await;
        if facts.take_back(&pending, &health, self.context.settings.scoring) {
            return score::judge(facts, pending.rewrites, self.context.all_rows);
        }
        super::Outcome { facts, ..outcome }
    }

    fn close(&self) {
        if let Some(prepared) = self.prepared.get() {
            prepared.health.close();
        }
    }
}

impl Dnsbl {
    /// Counts targets, and refuses to ask public lists about very many at full speed.
    fn pace(&self, targets: u64, asked: &dyn std::fmt::Display) -> Result<(), Unclear> {
        let before = self.seen.fetch_add(targets, Ordering::Relaxed);
        // What comes down a pipe cannot be counted beforehand.
        if self.public && self.context.settings.net.max_qps.is_none() && before + targets > UNPACED_TARGETS {
            let why = format!("more than {UNPACED_TARGETS} targets on public lists: say how fast with --max-qps");
            return Err(Unclear::decisive(Reason::Input, asked, why));
        }
        Ok(())
    }

    async fn prepare(&self, net: &Net) -> Prepared {
        let chosen = self.chosen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        let mut zones = chosen.unwrap_or_default();
        if self.options.direct {
            let routes = join_all(zones.iter().map(|zone| async {
                match zone.apex() {
                    Some(apex) => direct::route(&apex, net).await,
                    None => Err("a look-up expression names no zone that has servers".to_owned()),
                }
            }))
            .await;
            for (zone, route) in zones.iter_mut().zip(routes) {
                match route {
                    Ok(route) => zone.set_route(route),
                    Err(why) => zone.set_detour(why),
                }
            }
        }
        for zone in &mut zones {
            let paces = &self.context.settings.paces;
            let said = paces.get(&zone.list.id).or_else(|| paces.get(&zone.list.zone)).copied();
            let pace = said.or_else(|| (!zone.list.own).then(|| f64::from(zone.list.max_qps.max(1))));
            zone.set_queue(net.dns.queue(pace));
        }
        let zones: Zones = zones.into();
        let probing = if self.options.no_health { Probing::OnHit } else { Probing::Full };
        let health = HealthBook::new(Arc::clone(&zones), probing, net.dns.clone(), self.context.ends);
        Prepared { zones, health }
    }

    /// The name itself, its addresses, and with `--mx` those of its mail exchangers.
    async fn name_subjects(&self, name: &Domain, net: &Net) -> Result<Vec<Subject<Query>>, Unclear> {
        let mut subjects = vec![Subject::of(Query::Domain(name.clone()))];
        let most = MAX_ADDRESSES.min(usize::try_from(self.context.max_hosts).unwrap_or(usize::MAX));
        let (mut taken, mut left_out) = (0, 0);
        let mut hosts = vec![(name.clone(), name.to_string())];
        if self.options.mx {
            match net.mail_route(name).await {
                // Without MX records mail goes to the name itself, whose addresses are asked about anyway.
                Ok(route) if route.is_implicit() => {}
                Ok(route) => {
                    let found = route.hosts(name).into_iter();
                    hosts.extend(found.map(|host| (host.clone(), format!("receiver {host}"))));
                }
                Err(error) => subjects[0].unclear.push(error.unclear(name)),
            }
        }
        let answers = join_all(hosts.iter().map(|(host, _)| net.addresses(host))).await;
        for ((host, label), answer) in hosts.iter().zip(answers) {
            match answer {
                Ok(addresses) => {
                    let (asked, rest) = addresses.split_at(addresses.len().min(most - taken));
                    subjects.extend(asked.iter().map(|one| Subject::labelled(Query::Address(*one), label)));
                    taken += asked.len();
                    left_out += rest.len();
                }
                // The name itself can be asked about all the same.
                Err(error) => subjects[0].unclear.push(error.unclear(host)),
            }
        }
        if left_out > 0 {
            let why = format!("{taken} of {} addresses are asked about, the most for one name", taken + left_out);
            subjects[0].unclear.push(Unclear::decisive(Reason::Budget, name, why));
        }
        // The name itself is counted already.
        self.seen.fetch_add(u64::try_from(taken).unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(subjects)
    }

    fn facts(&self, subject: &Subject<Query>) -> Facts {
        let label =
            subject.label.clone().or_else(|| test_entry(&subject.query).then(|| "RFC 5782 test entry".to_owned()));
        Facts {
            query: subject.query.to_string(),
            kind: subject.query.kind(),
            label,
            lists: Vec::new(),
            asked: 0,
            answered: 0,
            listed: 0,
            points: 0,
            threshold: self.threshold,
            detours: Vec::new(),
            asked_through: String::new(),
            why_not: None,
            left_out: self.left_out(&subject.query),
            tells_left_out: false,
            pending: None,
        }
    }

    /// The weighty lists that would have been asked about this.
    fn left_out(&self, query: &Query) -> Vec<String> {
        let serve = self.left_out.iter().filter(|list| list.kinds.contains(&query.kind()) && speakable(false, query));
        serve.map(|list| list.name.clone()).collect()
    }

    /// Whom `asked` lists were asked through, `detours` of them otherwise than wanted.
    fn asked_through(&self, asked: usize, detours: usize, net: &Net) -> String {
        match (self.options.direct, asked - detours) {
            (false, _) => net.describe(),
            (true, 0) => format!("no list's own servers were found; {}", net.describe()),
            (true, direct) if detours > 0 => {
                format!("asked {direct} of {asked} lists at their own servers; for the others {}", net.describe())
            }
            (true, _) => "asked the lists' own servers".to_owned(),
        }
    }

    fn nothing_to_ask(&self, mut facts: Facts, query: &Query) -> super::Outcome<Facts> {
        let why = match query {
            Query::Address(address) | Query::Sender(address) if !is_global(*address) => {
                "the address is private or reserved, and public lists are not asked about such"
            }
            _ => "none of the lists serves this kind of query",
        };
        facts.why_not = Some(why.to_owned());
        let unclear = vec![Unclear::decisive(Reason::NotApplicable, query, why)];
        super::Outcome { facts, findings: Vec::new(), unclear }
    }

    /// Asks again for what is listed, as often as the user wants it confirmed.
    async fn confirm(&self, rows: &mut [ListRow], net: &Net) {
        for _ in 0..self.context.settings.confirm {
            let held: Vec<usize> = (0..rows.len()).filter(|index| rows[*index].outcome == RowOutcome::Listed).collect();
            if held.is_empty() {
                return;
            }
            let questions = held.iter().filter_map(|index| rows[*index].question(RecordType::A)).collect();
            let answers = net.dns.submit_anew(questions).await;
            for (index, exchange) in held.into_iter().zip(answers) {
                rows[index].ask_back(&exchange, self.context.settings.scoring);
            }
        }
    }
}

/// Addresses of one name that are asked about at most, those of its mail exchangers included.
const MAX_ADDRESSES: usize = 64;
/// Targets beyond which the public lists want to be asked at a stated pace.
const UNPACED_TARGETS: u64 = 1_000;

/// Asks all lists in one batch: addresses first, behind them the reasons if they are wanted at once.
async fn ask(
    zones: &Zones,
    asked: &[usize],
    mut questions: Vec<Question>,
    reasons_for: Option<&Query>,
    net: &Net,
) -> Vec<Exchange> {
    if let Some(query) = reasons_for {
        questions.extend(asked.iter().filter_map(|index| zones[*index].question(query, RecordType::TXT).ok()));
    }
    net.dns.submit(questions).await
}

async fn add_reasons(rows: &mut [ListRow], net: &Net) {
    let held = |row: &&mut ListRow| matches!(row.outcome, RowOutcome::Listed | RowOutcome::Allowed);
    let rows: Vec<&mut ListRow> = rows.iter_mut().filter(held).collect();
    if rows.is_empty() {
        return;
    }
    let questions = rows.iter().filter_map(|row| row.question(RecordType::TXT)).collect();
    let answers = net.dns.submit(questions).await;
    for (row, exchange) in rows.into_iter().zip(&answers) {
        row.reasons = texts(row.zone(), exchange);
        row.quote(RecordType::TXT, exchange);
    }
}

/// The question to a list, if it serves this kind of query and may be asked about it: public lists never learn
/// of private addresses, except for the test entries of RFC 5782 §5.
fn question_to(zone: &Zone, query: &Query) -> Option<Question> {
    if !zone.serves(query.kind()) || !speakable(zone.list.own, query) {
        return None;
    }
    zone.question(query, RecordType::A).ok()
}

/// Whether a list, one of the user's own or a public one, may be asked about this at all.
fn speakable(own: bool, query: &Query) -> bool {
    match query {
        Query::Address(address) | Query::Sender(address) => own || is_global(*address) || test_entry(query),
        Query::Domain(_) => true,
    }
}

/// 127.0.0.2, ::FFFF:7F00:2 (which is asked as IPv4) and TEST.
fn test_entry(query: &Query) -> bool {
    match query {
        Query::Address(address) | Query::Sender(address) => *address == IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)),
        Query::Domain(domain) => domain.as_str() == "test",
    }
}
