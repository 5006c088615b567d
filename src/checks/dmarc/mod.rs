//! `dmarc`: which policy do receivers follow for mail in a domain's name, and do reports arrive?

mod alignment;
mod discovery;
mod facts;
mod judge;
mod reports;
mod rules;

pub(crate) use self::alignment::Alignment;
pub use self::alignment::AlignmentMode;
use self::discovery::Level;
pub use self::facts::Facts;
use self::facts::{Applies, Classic, Step, TagRow, WalkRow};
use super::{Check, Context, Outcome, Subject, advice, domain_of, reason};
use crate::config::ConfigError;
use crate::mail::dmarc_record::{DmarcRecord, Policy};
use crate::names::domain::Domain;
use crate::names::target::Target;
use crate::net::Net;
use crate::net::dns::{self, Question};
use crate::net::lookup::texts::{self, Texts};
use crate::report::{Proof, Rule, Unclear, clean};

/// The flags of `dmarc`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {}

/// The check.
#[derive(Debug)]
pub struct Dmarc;

impl Check for Dmarc {
    type Options = Options;
    type Query = Domain;
    type Facts = Facts;

    const NAME: &'static str = "dmarc";
    const RULES: &'static [&'static Rule] = rules::ALL;

    fn new(_: Options, _: &Context) -> Result<Self, ConfigError> {
        Ok(Dmarc)
    }

    fn subject_name(query: &Domain) -> String {
        query.to_string()
    }

    async fn subjects(&self, target: &Target, _: &Net) -> Result<Vec<Subject<Domain>>, Unclear> {
        Ok(vec![Subject::of(domain_of(target)?)])
    }

    async fn run(&self, subject: &Subject<Domain>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        let domain = &subject.query;
        let seen = look(domain, net).await?;
        let mut facts = seen.facts(domain);
        let mut findings = Vec::new();
        let mut unclear = Vec::new();
        let governing = seen.governing();
        let wants_reports = governing.is_none_or(|(_, record)| record.rua.is_empty());
        let mailbox = if wants_reports { advice::report_mailbox("dmarc-reports", domain, net).await } else { None };
        judge::place(domain, &seen, governing, mailbox.as_deref(), &mut findings, &mut unclear);
        if let Some((at, record)) = governing {
            judge::record(at, record, &seen, mailbox.as_deref(), &mut facts, &mut findings);
            facts.reports = reports::examine(at, record, net, &mut findings, &mut unclear).await;
        }
        judge::compare(&seen, &facts, &mut findings);
        facts.reason = reason::of(&findings, judge::summary(&facts));
        Ok(Outcome { facts, findings, unclear })
    }
}

/// What receivers do with forgeries of a domain.
pub(crate) struct InForce {
    /// The record that governs the domain, or the several that stand at one name and so are none.
    pub(crate) records: Vec<String>,
    /// Whether they reject what fails in the domain's name, and in every name below it.
    pub(crate) rejects: bool,
    /// What the name of the domain's own record is an alias of at last.
    pub(crate) alias: Option<String>,
    /// What the DNS said.
    pub(crate) proof: Proof,
}

/// Finds the policy in force by the whole walk, for a check that needs no more.
///
/// # Errors
/// [`Unclear`] if a name of the walk that might hold the record told nothing.
pub(crate) async fn in_force(domain: &Domain, net: &Net) -> Result<InForce, Unclear> {
    let seen = look(domain, net).await?;
    if let Some(hole) = seen.holes().find(|hole| hole.decisive) {
        return Err(hole);
    }
    let facts = seen.facts(domain);
    let alias = seen.steps[0].alias().map(str::to_owned);
    let above = seen.steps[1..seen.walk].iter().flat_map(Walked::proof);
    let proof = seen.steps[0].proof().and(above);
    let (Some(policies), Some(record)) = (facts.policies, facts.record) else {
        let several = seen.steps[..seen.walk].iter().filter(|step| step.level.count > 1);
        let records = several.flat_map(|step| step.records().map(texts::Text::shown)).collect();
        return Ok(InForce { records, rejects: false, alias, proof });
    };
    // Below a name that is not the organisational domain, the record of that one governs (RFC 9989 §4.10.2).
    let is_top = seen.found.organizational == *domain;
    let below = !is_top || (policies.subdomains == Policy::Reject && policies.non_existent == Policy::Reject);
    let rejects = facts.policy == Some(Policy::Reject) && below;
    Ok(InForce { records: vec![record], rejects, alias, proof })
}

/// What protects a domain's name, for a check that demands more than a policy.
pub(crate) struct Protection {
    /// The policy that receivers follow for the domain; none without DMARC.
    pub(crate) policy: Option<Policy>,
    /// The record that governs the domain, then that of the domain below the public suffix if it is another one.
    pub(crate) records: Vec<Published>,
    /// The name at which the domain below the public suffix has not one record, and what came.
    pub(crate) lacking: Option<(String, Proof)>,
}

/// A record and where it stands.
pub(crate) struct Published {
    /// The name.
    pub(crate) name: String,
    /// The text.
    pub(crate) text: texts::Text,
    /// What it says.
    pub(crate) record: DmarcRecord,
}

/// Finds what protects a domain and the domain below the public suffix (RFC 7489 §3.2).
///
/// # Errors
/// [`Unclear`] if a name that might hold one of the records told nothing.
pub(crate) async fn protection(domain: &Domain, net: &Net) -> Result<Protection, Unclear> {
    let seen = look(domain, net).await?;
    if let Some(hole) = seen.holes().find(|hole| hole.decisive) {
        return Err(hole);
    }
    let governing = seen.governing().map(|(step, _)| step);
    let top = seen.step(&seen.classic.organizational);
    if let Some((step, Err(error))) = top.map(|step| (step, &step.result)) {
        return Err(error.unclear(&step.name));
    }
    let others = top.filter(|top| governing.is_none_or(|governing| governing.name != top.name));
    let records = governing.into_iter().chain(others).filter_map(Walked::published).collect();
    let lacking = top.filter(|top| top.level.record.is_none()).map(|top| (top.name.clone(), top.proof()));
    Ok(Protection { policy: seen.facts(domain).policy, records, lacking })
}

/// Everything the walk brought.
struct Seen {
    /// What was asked, in the walk's order; then the domain below the public suffix if the walk left it out.
    steps: Vec<Walked>,
    /// How many of them belong to the walk.
    walk: usize,
    /// The texts at the domain itself.
    apex: Option<Texts>,
    exists: Option<bool>,
    found: discovery::Discovery,
    classic: discovery::Discovery,
}

/// One name of the walk.
struct Walked {
    level: Level,
    name: String,
    result: Result<Texts, Box<dns::Error>>,
}

/// Asks the whole walk at once: it takes the time of one question. Which of the answers count is decided
/// afterwards, so that a `psd` tag still ends the walk.
async fn look(domain: &Domain, net: &Net) -> Result<Seen, Unclear> {
    let mut targets = discovery::targets(domain);
    let length = targets.len();
    targets.extend(domain.registrable().filter(|name| !targets.contains(name)));
    let names: Vec<Option<Domain>> = targets.iter().map(|target| target.prefixed("_dmarc").ok()).collect();
    let asked: Vec<&Domain> = names.iter().flatten().collect();
    let mut questions: Vec<Question> = asked.iter().map(|name| texts::question(name)).collect();
    questions.push(texts::question(domain));
    let mut answers = net.dns.submit(questions).await;
    let apex = answers.pop().and_then(|exchange| texts::read(exchange, domain).ok());
    let exists = apex.as_ref().map(|texts| !texts.is_missing);
    let mut answers = answers.into_iter();
    let mut steps = Vec::new();
    for (target, name) in targets.iter().zip(&names) {
        // Below a name of 253 octets nothing can stand.
        let result = match (name, name.as_ref().and_then(|_| answers.next())) {
            (Some(name), Some(exchange)) => texts::read(exchange, name),
            _ => Ok(Texts::default()),
        };
        let found = result.as_ref().map(|texts| texts.records.as_slice()).unwrap_or_default();
        let level = Level::new(target, found.iter().map(|text| text.text.as_str()));
        steps.push(Walked { level, name: format!("_dmarc.{target}"), result });
    }
    if let Err(error) = &steps[0].result {
        return Err(error.unclear(&steps[0].name));
    }
    let levels: Vec<Level> = steps.iter().map(|step| step.level.clone()).collect();
    let walk = discovery::steps(&levels[..length]);
    let found = discovery::walk(&levels[..walk]);
    let classic = discovery::classic(&levels);
    Ok(Seen { steps, walk, apex, exists, found, classic })
}

impl Seen {
    fn step(&self, domain: &Domain) -> Option<&Walked> {
        self.steps.iter().find(|step| step.level.domain == *domain)
    }

    /// The record that governs the domain, and whose it is.
    fn governing(&self) -> Option<(&Walked, &DmarcRecord)> {
        let step = self.step(self.found.governing.as_ref()?)?;
        Some((step, step.level.record.as_ref()?))
    }

    /// The names of the walk that told nothing, and whether that matters.
    fn holes(&self) -> impl Iterator<Item = Unclear> {
        let own = &self.steps[0];
        let is_governed = self.governing().is_some();
        self.steps[1..self.walk].iter().filter_map(move |step| {
            let error = step.result.as_ref().err()?;
            // The domain's own record governs whatever stands above it; above the registrable domain only the
            // rare record of a public suffix could change anything once a record is known.
            let is_suffix = step.level.domain.registrable().is_none();
            let decisive = own.level.record.is_none() && !(is_suffix && is_governed);
            Some(Unclear { decisive, ..error.unclear(&step.name) })
        })
    }

    fn facts(&self, domain: &Domain) -> Facts {
        let governing = self.governing();
        let policies = governing.and_then(|(_, record)| record.policies());
        let testing = governing.is_some_and(|(_, record)| record.testing);
        let is_own = governing.is_some_and(|(step, _)| step.level.domain == *domain);
        let applies = policies.map(|_| match (is_own, self.exists) {
            (true, _) => Applies::P,
            (false, Some(false)) => Applies::Np,
            (false, _) => Applies::Sp,
        });
        let policy = policies.zip(applies).map(|(policies, applies)| {
            let asked = match applies {
                Applies::P => policies.domain,
                Applies::Sp => policies.subdomains,
                Applies::Np => policies.non_existent,
            };
            if testing { asked.lowered() } else { asked }
        });
        let classic = self.classic.governing.as_ref().and_then(|name| self.step(name));
        let classic_record = classic.and_then(|step| step.level.record.as_ref());
        let is_own_classic = classic.is_some_and(|step| step.level.domain == *domain);
        Facts {
            record: governing.and_then(|(step, _)| step.text()),
            found_at: governing.map(|(step, _)| step.name.clone()),
            organizational_domain: self.found.organizational.to_string(),
            applies,
            policy,
            policies,
            testing,
            exists: self.exists,
            rfc7489: Classic {
                found_at: classic.map(|step| step.name.clone()),
                organizational_domain: self.classic.organizational.to_string(),
                policy: classic_record.and_then(|record| discovery::classic_policy(record, is_own_classic)),
            },
            tags: governing.map(|(_, record)| tag_rows(record)).unwrap_or_default(),
            walk: self.steps[..self.walk].iter().map(Walked::row).collect(),
            reports: Vec::new(),
            reason: String::new(),
        }
    }
}

impl Walked {
    /// What came for the name: its records, that it has none, or why that is not known.
    fn proof(&self) -> Proof {
        match &self.result {
            Ok(texts) => texts.proof(&self.name),
            Err(error) => error.evidence().into(),
        }
    }

    /// What the name is an alias of at last.
    fn alias(&self) -> Option<&str> {
        self.result.as_ref().ok()?.alias.as_deref()
    }

    /// The texts that stand at the name.
    fn texts(&self) -> &[texts::Text] {
        self.result.as_ref().map(|texts| texts.records.as_slice()).unwrap_or_default()
    }

    /// The records among them.
    fn records(&self) -> impl Iterator<Item = &texts::Text> {
        self.texts().iter().filter(|text| crate::mail::dmarc_record::is_record(&text.text))
    }

    /// The record with the name it stands at, if it is one.
    fn published(&self) -> Option<Published> {
        let (text, record) = (self.records().next()?.clone(), self.level.record.clone()?);
        Some(Published { name: self.name.clone(), text, record })
    }

    /// The record as received.
    fn text(&self) -> Option<String> {
        self.records().next().map(texts::Text::shown)
    }

    fn row(&self) -> WalkRow {
        let outcome = match (&self.result, self.level.count) {
            (Err(_), _) => Step::Unknown,
            (Ok(_), 0) => Step::None,
            (Ok(_), 1) => Step::Record,
            (Ok(_), _) => Step::Several,
        };
        WalkRow { name: self.name.clone(), outcome }
    }
}

fn tag_rows(record: &DmarcRecord) -> Vec<TagRow> {
    let row = |tag: &crate::mail::tag_list::Tag| TagRow { name: clean(&tag.name), value: clean(&tag.value) };
    record.list.tags.iter().map(row).collect()
}
