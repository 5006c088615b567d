//! Plays a profile against what is known of a sender. Nothing is asked here: facts in, a play out.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::profile::{Action, Condition, Decide, Of, Profile, Stage, Test, Threshold, Unknowable, Word, code};
use super::sender::{Answer, Facts, weight};
use crate::names::domain::Domain;
use crate::report::{Unclear, clean};

/// How a server would end the dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It takes the message.
    Accept,
    /// It puts it off.
    Defer,
    /// It refuses it.
    Reject,
    /// It delivers it elsewhere.
    Reroute,
}

impl End {
    /// The word all formats use.
    pub fn as_str(self) -> &'static str {
        match self {
            End::Accept => "accept",
            End::Defer => "defer",
            End::Reject => "reject",
            End::Reroute => "reroute",
        }
    }
}

/// What came of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Its condition holds.
    Hit,
    /// It does not.
    Clear,
    /// A look-up failed.
    Unclear,
    /// It needs a message.
    Skipped,
    /// It is switched off.
    Off,
}

/// A test as it was played.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Played {
    /// The server's own word for it.
    pub id: String,
    /// What came of it.
    pub outcome: Outcome,
    /// The points it brought; null in a server without points.
    pub points: Option<f64>,
    /// What it did, if it did something.
    pub action: Option<Action>,
    /// What it saw.
    pub evidence: Option<String>,
    /// What the operator says may happen instead.
    pub could: Vec<String>,
    /// What it would do if nothing else decided.
    #[serde(skip)]
    pub(super) would: Option<Action>,
}

/// The tests of a stage.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StagePlayed {
    /// The stage.
    pub stage: Stage,
    /// Its tests, in order.
    pub tests: Vec<Played>,
}

/// What decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DecidedBy {
    /// The stage.
    pub stage: Stage,
    /// The test, `greylist` or `threshold`.
    pub id: String,
}

/// One attempt.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Attempt {
    /// Seconds since the first.
    pub at_s: u64,
    /// How it ended.
    pub result: End,
    /// The reply code.
    pub code: Option<u16>,
    /// The enhanced code.
    pub enhanced_code: Option<String>,
    /// The words.
    pub text: Option<String>,
    /// What decided.
    pub decided_by: Option<DecidedBy>,
}

/// A whole play.
#[derive(Debug, Clone)]
pub(super) struct Play {
    pub(super) stages: Vec<StagePlayed>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) mailbox: Option<String>,
    pub(super) headers: Vec<String>,
    pub(super) score: Option<f64>,
    pub(super) threshold: Option<f64>,
    pub(super) unknowable: Vec<Unknowable>,
    /// Look-ups that failed and might have changed the end.
    pub(super) open: Vec<Unclear>,
}

/// How a condition came out.
#[derive(Debug, Clone, Default)]
struct Seen {
    holds: bool,
    /// Why it could not be told.
    open: Option<Unclear>,
    /// Whether it needs a message.
    lacks_message: bool,
    value: Option<String>,
    txt: Option<String>,
    codes: Vec<Ipv4Addr>,
}

/// A play under way.
struct Stand<'a> {
    profile: &'a Profile,
    facts: &'a Facts,
    tls: bool,
    hits: BTreeSet<&'a str>,
    points: BTreeMap<&'a str, f64>,
    groups: BTreeMap<&'a str, f64>,
    /// Points of lists.
    listed: f64,
    top: Option<(f64, String)>,
    skips_lists: bool,
}

/// A decision on its way.
#[derive(Debug, Clone)]
struct Decision {
    end: End,
    by: DecidedBy,
    reply: Option<String>,
    mailbox: Option<String>,
    header: Option<String>,
}

/// Plays a profile for each attempt.
pub(super) fn play(profile: &Profile, facts: &Facts, attempts: &[Duration], now: jiff::Timestamp) -> Play {
    let mut stand = Stand {
        profile,
        facts,
        tls: facts.tls.unwrap_or(profile.assume.tls),
        hits: BTreeSet::new(),
        points: BTreeMap::new(),
        groups: BTreeMap::new(),
        listed: 0.0,
        top: None,
        skips_lists: false,
    };
    let mut stages = Vec::new();
    let mut headers = Vec::new();
    let mut open = Vec::new();
    let mut unknowable = profile.unknowable.clone();
    let mut decision: Option<Decision> = None;
    let mut soft: Option<Decision> = None;
    for (stage, tests) in profile.stages.all() {
        let mut played = Vec::new();
        let mut permitted = false;
        for test in tests {
            let (mut shown, seen) = stand.test(test);
            if let Some(why) = seen.open.clone().filter(|_| shown.outcome == Outcome::Unclear && test.matters()) {
                open.push(why);
            }
            if shown.outcome == Outcome::Skipped && test.matters() {
                let could = test.action.filter(|action| *action != Action::None).map(|action| word(action).to_owned());
                let points = test.points.map(|points| [points.min(0.0), points.max(0.0)]);
                unknowable.push(Unknowable {
                    what: format!("{} (needs the message)", test.id),
                    could: could.into_iter().collect(),
                    points,
                });
            }
            if shown.outcome == Outcome::Hit {
                let reply =
                    || test.reply.as_ref().map(|reply| stand.fill(reply, &seen, Duration::ZERO, Duration::ZERO, now));
                let by = || DecidedBy { stage, id: test.id.clone() };
                let header =
                    test.header.as_ref().map(|header| stand.fill(header, &seen, Duration::ZERO, Duration::ZERO, now));
                let decide = |end| Decision {
                    end,
                    by: by(),
                    reply: reply(),
                    mailbox: test.mailbox.clone(),
                    header: header.clone(),
                };
                let takes_effect = decision.is_none() && !permitted;
                match test.action {
                    Some(Action::Reject | Action::Drop) if takes_effect => decision = Some(decide(End::Reject)),
                    Some(Action::Defer) if takes_effect => decision = Some(decide(End::Defer)),
                    Some(Action::Reroute) if takes_effect => decision = Some(decide(End::Reroute)),
                    Some(Action::DeferIfPermit) if takes_effect && soft.is_none() => soft = Some(decide(End::Defer)),
                    Some(Action::Permit) if takes_effect => permitted = true,
                    Some(Action::None) | None => headers.extend(header),
                    _ => {}
                }
                shown.action = test.action.filter(|action| takes_effect || *action == Action::None);
            }
            played.push(shown);
        }
        stages.push(StagePlayed { stage, tests: played });
        if decision.is_none() && profile.decide == Decide::Sum && profile.judge_at == Some(stage) {
            decision = stand.judged(stage, now);
        }
        // A refusal for good, later in the same dialogue, wins over what was put off.
        if stage == Stage::Rcpt && decision.is_none() {
            decision = soft.take();
        }
    }
    decision = decision.or(soft);
    let score = (profile.decide == Decide::Sum).then(|| round(stand.points.values().sum()));
    settle_points(&mut stages, &stand);
    let threshold = stand.threshold(&decision);
    let mut mailbox = decision.as_ref().and_then(|decision| decision.mailbox.clone());
    headers.extend(decision.as_ref().and_then(|decision| decision.header.clone()));
    let mut ends = Vec::new();
    let mut first: Option<Duration> = None;
    for at in attempts {
        let put_off = stand.greylisted(decision.as_ref(), score, &mut first, *at, now);
        let (decided, header) = match put_off {
            Greylisted::No => (decision.clone(), None),
            Greylisted::Yes(put_off) => (Some(put_off), None),
            Greylisted::Passed(header) => (decision.clone(), header),
        };
        headers.extend(header);
        ends.push(attempt(*at, decided.as_ref()));
    }
    if ends.last().is_some_and(|end| matches!(end.result, End::Defer | End::Reject)) {
        mailbox = None;
    }
    Play { stages, attempts: ends, mailbox, headers, score, threshold, unknowable, open }
}

impl Test {
    /// Whether its outcome may change anything.
    fn matters(&self) -> bool {
        self.action.is_some_and(|action| action != Action::None) || self.points.is_some_and(|points| points != 0.0)
    }
}

fn word(action: Action) -> &'static str {
    match action {
        Action::Reject | Action::Drop => "reject",
        Action::Defer | Action::DeferIfPermit => "defer",
        Action::Reroute => "reroute",
        Action::Permit | Action::None => "accept",
    }
}

/// What greylisting does to an attempt.
enum Greylisted {
    No,
    Yes(Decision),
    Passed(Option<String>),
}

impl<'a> Stand<'a> {
    fn test(&mut self, test: &'a Test) -> (Played, Seen) {
        let is_on = test
            .when
            .as_ref()
            .is_none_or(|setting| self.profile.settings.get(setting).and_then(toml::Value::as_bool).unwrap_or(false));
        let seen = if is_on { self.see(&test.condition) } else { Seen::default() };
        let outcome = match () {
            () if !is_on => Outcome::Off,
            () if seen.holds => Outcome::Hit,
            () if seen.lacks_message => Outcome::Skipped,
            () if seen.open.is_some() => Outcome::Unclear,
            () => Outcome::Clear,
        };
        let hit = outcome == Outcome::Hit;
        if hit {
            self.hits.insert(&test.id);
            for gone in &test.removes {
                self.points.insert(gone, 0.0);
            }
            if let Some(points) = test.points {
                self.points.insert(&test.id, points);
                if let Some(group) = &test.group {
                    *self.groups.entry(group).or_default() += points.min(0.0);
                }
                if test.condition.list.is_some() {
                    self.listed += points.max(0.0);
                    let zone = test.condition.list.as_ref().map(|list| list.zone.to_string()).unwrap_or_default();
                    if self.top.as_ref().is_none_or(|(most, _)| points > *most) {
                        self.top = Some((points, zone));
                    }
                }
            }
            self.skips_lists |= test.skip_lists;
        }
        let points = (self.profile.decide == Decide::Sum).then(|| if hit { test.points.unwrap_or(0.0) } else { 0.0 });
        let evidence = if hit {
            self.evidence(&test.condition, &seen)
        } else {
            seen.open.as_ref().map(|open| open.detail.clone())
        };
        let played = Played {
            id: test.id.clone(),
            outcome,
            points,
            action: None,
            evidence,
            could: test.could.clone(),
            would: test.action,
        };
        (played, seen)
    }

    /// Whether a condition holds, and what it saw.
    fn see(&self, condition: &Condition) -> Seen {
        let facts = self.facts;
        let mut seen = Seen { holds: true, ..Seen::default() };
        let mut need = |holds: bool| seen.holds &= holds;
        if let Some(wanted) = &condition.ptr {
            need(wanted.holds(&facts.ptr));
        }
        let matches = |pattern: &Option<super::profile::Pattern>, text: Option<&str>| {
            pattern.as_ref().is_none_or(|pattern| text.is_some_and(|text| pattern.0.is_match(text)))
        };
        need(matches(&condition.ptr_name, facts.ptr_name.as_deref()));
        need(matches(&condition.ptr_first, facts.ptr_first.as_deref()));
        need(matches(&condition.helo, Some(&facts.helo)));
        if let Some(wanted) = &condition.ptr_weight {
            // HELO and host name share one slot: the heavier counts, HELO on a tie.
            let of_ptr = facts.ptr_name.as_deref().map_or(0, weight);
            need(wanted.holds(&of_ptr) && of_ptr > self.helo_weight());
        }
        if let Some(wanted) = &condition.helo_weight {
            let of_ptr = facts.ptr_name.as_deref().map_or(0, weight);
            let of_helo = self.helo_weight();
            need(wanted.holds(&of_helo) && (of_helo == 0 || of_helo >= of_ptr));
        }
        if let Some(wanted) = &condition.address {
            let kind = if crate::names::address::is_global(facts.ip) { Word::Public } else { Word::Private };
            need(wanted.holds(&kind));
        }
        if let Some(version) = condition.version {
            need((version == 4) == facts.ip.is_ipv4());
        }
        if let Some(tls) = condition.tls {
            need(tls == self.tls);
        }
        if let Some(wanted) = &condition.helo_form {
            need(wanted.holds(&facts.helo_form));
        }
        if let Some(wanted) = &condition.helo_value {
            need(facts.helo_value.is_some_and(|value| wanted.holds(&value)));
        }
        if let Some(wanted) = &condition.helo_equals {
            need(wanted.values().iter().any(|value| self.filled(value).eq_ignore_ascii_case(&facts.helo)));
        }
        if let Some(local) = condition.helo_local {
            need(local == facts.helo_local);
        }
        if let Some(local) = condition.from_local {
            need(local == facts.from_local);
        }
        if let Some(local) = condition.to_local {
            need(local == facts.to_local);
        }
        if let Some(literal) = condition.from_mx_literal {
            need(literal == facts.from_mx_literal);
        }
        if let Some(wanted) = &condition.from_form {
            need(wanted.holds(&facts.from_form));
        }
        if let Some(all) = condition.spf_plus_all {
            need(all == facts.spf_plus_all);
        }
        // What was looked up may have failed, which is a word of its own.
        for (name, wanted, found) in [
            ("helo_dns", &condition.helo_dns, facts.helo_dns),
            ("from_dns", &condition.from_dns, facts.from_dns),
            ("spf", &condition.spf, facts.spf),
            ("spf_helo", &condition.spf_helo, facts.spf_helo),
        ] {
            let Some(wanted) = wanted else { continue };
            let applies = match name {
                "helo_dns" => facts.helo_form == Word::Name,
                "from_dns" => matches!(facts.from_form, Word::Fqdn | Word::Short),
                _ => true,
            };
            let holds = applies && wanted.holds(&found);
            if !holds && matches!(found, Word::Failed | Word::Temperror) {
                seen.open = facts.failed.get(name).cloned();
            }
            seen.holds &= holds;
        }
        if condition.ptr.is_some() && !seen.holds && matches!(facts.ptr, Word::Failed | Word::ForwardFailed) {
            seen.open = facts.failed.get("ptr").cloned();
        }
        self.see_message(condition, &mut seen);
        self.see_hits(condition, &mut seen);
        if let Some(list) = &condition.list {
            self.see_list(list, condition, &mut seen);
        }
        if let Some(inner) = &condition.not {
            let inner = self.see(inner);
            seen.holds &= !inner.holds;
            seen.lacks_message |= inner.lacks_message && !inner.holds && needs_message(condition);
            if inner.lacks_message && !inner.holds {
                // It might hold, and then this would not.
                seen.holds = false;
                seen.lacks_message = true;
            }
        }
        if !condition.any.is_empty() {
            let all: Vec<Seen> = condition.any.iter().map(|inner| self.see(inner)).collect();
            let holds = all.iter().any(|inner| inner.holds);
            seen.holds &= holds;
            seen.lacks_message |= !holds && all.iter().any(|inner| inner.lacks_message);
        }
        seen
    }

    fn helo_weight(&self) -> u8 {
        match self.facts.helo_value {
            Some(Word::Name) => weight(&self.facts.helo),
            _ => 0,
        }
    }

    /// Conditions that only a message can meet.
    fn see_message(&self, condition: &Condition, seen: &mut Seen) {
        let facts = self.facts;
        let mut told = |value: Option<bool>| match value {
            Some(holds) => seen.holds &= holds,
            None => {
                seen.holds = false;
                seen.lacks_message = true;
            }
        };
        if let Some(wanted) = &condition.dkim {
            told(facts.best_signature().map(|best| wanted.holds(&best)));
        }
        if let Some(wanted) = &condition.dkim_any {
            told(facts.dkim.as_ref().map(|all| all.iter().any(|(result, _)| wanted.holds(result))));
        }
        if let Some(wanted) = &condition.dkim_domain {
            let kin = |one: &str, other: Option<&str>| match (
                one.parse::<Domain>(),
                other.and_then(|other| other.parse::<Domain>().ok()),
            ) {
                (Ok(one), Some(other)) => one == other,
                _ => false,
            };
            let is = |word: &Word| match word {
                Word::HeaderFrom => facts.signers().any(|signer| kin(signer, facts.header_from.as_deref())),
                _ => facts.signers().any(|signer| kin(signer, facts.sender_domain())),
            };
            told(facts.dkim.as_ref().map(|_| wanted.values().iter().any(is)));
        }
        if let Some(wanted) = &condition.dmarc {
            told(facts.dmarc.map(|dmarc| wanted.holds(&dmarc)));
        }
        if let Some(wanted) = &condition.dmarc_policy {
            let policy = facts.dmarc_policy.unwrap_or(Word::Absent);
            seen.holds &= wanted.holds(&policy);
        }
        let mut told = |value: Option<bool>| match value {
            Some(holds) => seen.holds &= holds,
            None => {
                seen.holds = false;
                seen.lacks_message = true;
            }
        };
        if let Some(wanted) = &condition.header_from {
            let parsed = |text: Option<&str>| text.and_then(|text| text.parse::<Domain>().ok());
            let relation = match (parsed(facts.header_from.as_deref()), parsed(facts.sender_domain())) {
                (Some(author), Some(from)) if author == from => Word::Same,
                (Some(author), Some(from)) if author.is_kin_of(&from) => Word::Other,
                (Some(_), Some(_)) => Word::OtherOrganization,
                _ => Word::Same,
            };
            // Another organization is another domain as well.
            let holds = wanted.holds(&relation) || relation == Word::OtherOrganization && wanted.holds(&Word::Other);
            told(facts.has_message.then_some(holds));
        }
        if let Some(wanted) = &condition.header_from_dns {
            let word = if facts.header_from_exists == Some(false) { Word::Nxdomain } else { Word::Exists };
            told(Some(wanted.holds(&word)));
        }
        if let Some(wanted) = condition.direct {
            told(facts.received.as_ref().map(|received| wanted == (received.is_empty() || !self.tls)));
        }
        if let Some(wanted) = &condition.received {
            told(
                facts
                    .received
                    .as_ref()
                    .map(|received| wanted.holds(if received.is_empty() { &Word::None } else { &Word::Some })),
            );
        }
        if let Some(wanted) = condition.marketing {
            told(facts.marketing.map(|marketing| marketing == wanted));
        }
        if let Some(wanted) = condition.list_unsubscribe_post {
            told(facts.list_unsubscribe_post.map(|post| post == wanted));
        }
    }

    /// Conditions over tests above.
    fn see_hits(&self, condition: &Condition, seen: &mut Seen) {
        let is_hit = |id: &String| self.hits.contains(id.as_str());
        let mut need = |holds: bool| seen.holds &= holds;
        need(condition.hit.as_ref().is_none_or(is_hit));
        need(condition.not_hit.as_ref().is_none_or(|id| !is_hit(id)));
        need(condition.all_hit.iter().all(is_hit));
        need(condition.any_hit.is_empty() || condition.any_hit.iter().any(is_hit));
        if let Some(wanted) = condition.listed_with_points {
            need(wanted == (self.listed > 0.0));
        }
        if let Some(wanted) = condition.good_policies {
            need(wanted == (self.groups.get("policies").copied().unwrap_or(0.0) < 0.0));
        }
    }

    fn see_list(&self, list: &super::profile::Listing, condition: &Condition, seen: &mut Seen) {
        let of = condition.of.as_ref().map(|of| of.values()).unwrap_or_default();
        let mut any = false;
        for of in of {
            if *of == Of::Received && self.facts.received.is_none() || *of == Of::Dkim && self.facts.dkim.is_none() {
                seen.lacks_message = true;
                continue;
            }
            // An address that an allowlist vouches for is asked of no other list.
            if *of == Of::Ip && self.skips_lists {
                continue;
            }
            for about in self.facts.of(*of) {
                let Some(Answer { addresses, texts, failed }) =
                    self.facts.lists.get(&(list.zone.clone(), about.clone()))
                else {
                    continue;
                };
                if let Some(why) = failed {
                    seen.open = Some(why.clone());
                    continue;
                }
                let fits = |address: &&Ipv4Addr| list.answers.as_ref().is_none_or(|answers| answers.matches(**address));
                let codes: Vec<Ipv4Addr> = addresses.iter().filter(fits).copied().collect();
                let text = texts.join(" / ").chars().take(500).collect::<String>();
                let by_text = condition.txt.as_ref().is_none_or(|pattern| pattern.0.is_match(&text));
                if !codes.is_empty() && by_text && !any {
                    any = true;
                    seen.value = Some(about);
                    seen.txt = (!text.is_empty()).then_some(text);
                    seen.codes = codes;
                }
            }
        }
        if any {
            (seen.open, seen.lacks_message) = (None, false);
        }
        seen.holds &= any;
    }

    /// What a hit saw, in a line.
    fn evidence(&self, condition: &Condition, seen: &Seen) -> Option<String> {
        let facts = self.facts;
        if let (Some(list), Some(value)) = (&condition.list, &seen.value) {
            let codes: Vec<String> = seen.codes.iter().map(ToString::to_string).collect();
            let errs = seen.codes.iter().any(|code| code.octets()[..3] == [127, 255, 255]);
            let errs = if errs { "; that is a refusal, which this server takes for a listing" } else { "" };
            return Some(format!("{value}: {} answers {}{errs}", list.zone, codes.join(", ")));
        }
        let mut all = Vec::new();
        if condition.ptr.is_some() {
            all.push(match facts.ptr {
                Word::None => format!("no PTR record for {}", facts.ip),
                Word::Failed => format!("the look-up of the PTR record of {} failed", facts.ip),
                Word::Confirmed => format!("{} leads back", facts.ptr_name.as_deref().unwrap_or_default()),
                _ => format!("{} does not lead back to {}", facts.ptr_first.as_deref().unwrap_or_default(), facts.ip),
            });
        }
        let helo = condition.helo.is_some()
            || condition.helo_form.is_some()
            || condition.helo_dns.is_some()
            || condition.helo_weight.is_some()
            || condition.helo_value.is_some()
            || condition.helo_local.is_some();
        if helo {
            all.push(format!("HELO {}", facts.helo));
        }
        if condition.from_dns.is_some() || condition.from_form.is_some() || condition.from_local.is_some() {
            all.push(format!("MAIL FROM <{}>", facts.from));
        }
        if condition.spf.is_some() || condition.spf_helo.is_some() {
            all.push(format!("SPF {}", shown(if condition.spf.is_some() { facts.spf } else { facts.spf_helo })));
        }
        if condition.dkim.is_some() || condition.dkim_any.is_some() {
            all.push(format!("DKIM {}", facts.best_signature().map_or("none", shown)));
        }
        if let Some(dmarc) = facts.dmarc.filter(|_| condition.dmarc.is_some()) {
            all.push(format!("DMARC {} of {}", shown(dmarc), facts.header_from.as_deref().unwrap_or("-")));
        }
        (!all.is_empty()).then(|| clean(&all.join("; ")))
    }

    /// Judges the sum.
    fn judged(&self, stage: Stage, now: jiff::Timestamp) -> Option<Decision> {
        let score: f64 = self.points.values().sum();
        let reached = self.highest(|threshold| threshold.is_reached(score))?;
        let end = match reached.action {
            Action::Reject | Action::Drop => End::Reject,
            Action::Defer | Action::DeferIfPermit => End::Defer,
            Action::Reroute => End::Reroute,
            Action::Permit | Action::None => return None,
        };
        let fill = |text: &String| self.fill(text, &Seen::default(), Duration::ZERO, Duration::ZERO, now);
        Some(Decision {
            end,
            by: DecidedBy { stage, id: "threshold".to_owned() },
            reply: reached.reply.as_ref().map(fill),
            mailbox: reached.mailbox.clone(),
            header: reached.header.as_ref().map(fill),
        })
    }

    fn highest(&self, wanted: impl Fn(&&Threshold) -> bool) -> Option<&Threshold> {
        let reached = self.profile.threshold.iter().filter(wanted);
        reached.max_by(|one, other| one.value().total_cmp(&other.value()))
    }

    /// The threshold that decided, else the first that was not reached.
    fn threshold(&self, decision: &Option<Decision>) -> Option<f64> {
        let score: f64 = self.points.values().sum();
        if decision.as_ref().is_some_and(|decision| decision.by.id == "threshold") {
            return self.highest(|threshold| threshold.is_reached(score)).map(Threshold::value);
        }
        let missed = self.profile.threshold.iter().filter(|threshold| !threshold.is_reached(score));
        missed.map(Threshold::value).min_by(f64::total_cmp)
    }

    /// Whether greylisting puts an attempt off.
    fn greylisted(
        &self,
        decision: Option<&Decision>,
        score: Option<f64>,
        first: &mut Option<Duration>,
        at: Duration,
        now: jiff::Timestamp,
    ) -> Greylisted {
        let Some(greylist) = &self.profile.greylist else { return Greylisted::No };
        let is_refused = decision.is_some_and(|decision| decision.end == End::Reject || decision.end == End::Defer);
        let is_let_through = greylist.when_score.is_some_and(|least| score.unwrap_or_default() < least);
        if is_refused || is_let_through {
            return Greylisted::No;
        }
        let begun = *first.get_or_insert(at);
        let waited = at.saturating_sub(begun);
        if waited > greylist.window {
            *first = Some(at);
        } else if waited >= greylist.block && at > begun {
            let header =
                greylist.header.as_ref().map(|header| self.fill(header, &Seen::default(), Duration::ZERO, waited, now));
            return Greylisted::Passed(header);
        }
        let left = greylist.block.saturating_sub(if waited > greylist.window { Duration::ZERO } else { waited });
        let reply = self.fill(&greylist.reply, &Seen::default(), left, waited, now);
        let by = DecidedBy { stage: greylist.at, id: "greylist".to_owned() };
        Greylisted::Yes(Decision { end: End::Defer, by, reply: Some(reply), mailbox: None, header: None })
    }

    /// A text with what is known of the sender.
    fn filled(&self, text: &str) -> String {
        self.fill(text, &Seen::default(), Duration::ZERO, Duration::ZERO, jiff::Timestamp::UNIX_EPOCH)
    }

    fn fill(&self, text: &str, seen: &Seen, left: Duration, waited: Duration, now: jiff::Timestamp) -> String {
        let facts = self.facts;
        let to_domain = facts.to.rsplit_once('@').map_or("", |(_, domain)| domain);
        let policy = facts.dmarc_policy.map_or("none", shown);
        let codes = seen.codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let txt = seen.txt.clone().unwrap_or_default();
        let date = now.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
        let values: [(&str, String); 17] = [
            ("{ip}", facts.ip.to_string()),
            ("{helo}", facts.helo.clone()),
            ("{from}", facts.from.clone()),
            ("{from.domain}", facts.sender_domain().unwrap_or_default().to_owned()),
            ("{to}", facts.to.clone()),
            ("{to.domain}", to_domain.to_owned()),
            ("{header_from.domain}", facts.header_from.clone().unwrap_or_default()),
            ("{value}", seen.value.clone().unwrap_or_else(|| facts.ip.to_string())),
            ("{; txt}", if txt.is_empty() { String::new() } else { format!("; {txt}") }),
            ("{txt}", txt),
            ("{codes}", codes),
            ("{dmarc_policy}", policy.to_owned()),
            ("{top}", self.top.as_ref().map(|(_, zone)| zone.clone()).unwrap_or_default()),
            ("{seconds}", left.as_secs().to_string()),
            ("{waited}", waited.as_secs().to_string()),
            ("{mx}", to_domain.to_owned()),
            ("{date}", date),
        ];
        // One pass, so that what a sender says is never taken for a template.
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        'text: while let Some(at) = rest.find('{') {
            filled.push_str(&rest[..at]);
            rest = &rest[at..];
            for (name, value) in &values {
                if let Some(tail) = rest.strip_prefix(name) {
                    filled.push_str(value);
                    rest = tail;
                    continue 'text;
                }
            }
            filled.push('{');
            rest = &rest[1..];
        }
        filled.push_str(rest);
        clean(&filled)
    }
}

fn needs_message(condition: &Condition) -> bool {
    condition.dkim.is_some() || condition.dmarc.is_some()
}

/// Shows the points that remained after all removals.
fn settle_points(stages: &mut [StagePlayed], stand: &Stand<'_>) {
    for test in stages.iter_mut().flat_map(|stage| &mut stage.tests).filter(|test| test.outcome == Outcome::Hit) {
        if let (Some(points), Some(left)) = (&mut test.points, stand.points.get(test.id.as_str())) {
            *points = *left;
        }
    }
}

fn attempt(at: Duration, decision: Option<&Decision>) -> Attempt {
    let end = decision.map_or(End::Accept, |decision| decision.end);
    let reply =
        decision.and_then(|decision| decision.reply.as_deref()).filter(|_| matches!(end, End::Defer | End::Reject));
    let code = reply.and_then(code);
    let rest = reply.and_then(|reply| reply.get(4..)).unwrap_or_default();
    let (first, words) = rest.split_once(' ').unwrap_or((rest, ""));
    let is_enhanced = first.split('.').count() == 3 && first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let (enhanced, words) = if is_enhanced { (Some(first.to_owned()), words) } else { (None, rest) };
    Attempt {
        at_s: at.as_secs(),
        result: end,
        code,
        enhanced_code: enhanced,
        text: reply.map(|_| words.to_owned()),
        decided_by: decision.map(|decision| decision.by.clone()),
    }
}

fn round(score: f64) -> f64 {
    (score * 1e6).round() / 1e6 + 0.0
}

fn shown(word: Word) -> &'static str {
    match word {
        Word::Pass => "pass",
        Word::Fail => "fail",
        Word::Softfail => "softfail",
        Word::Neutral => "neutral",
        Word::Permerror => "permerror",
        Word::Temperror => "temperror",
        Word::Reject => "reject",
        Word::Quarantine => "quarantine",
        _ => "none",
    }
}
