//! Plays a profile against what is known of a sender. Nothing is asked here: facts in, a play out.

mod see;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::profile::{Action, Decide, Profile, Stage, Test, Threshold, Unknowable, code};
use super::sender::Facts;
use crate::report::Unclear;

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
    let mut unknowable = profile.unknowable.clone();
    let mut decision: Option<Decision> = None;
    let mut soft: Option<Decision> = None;
    for (stage, tests) in profile.stages.all() {
        let mut played = Vec::new();
        let mut permitted = false;
        for test in tests {
            let (mut shown, seen) = stand.test(test);
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
    Play { stages, attempts: ends, mailbox, headers, score, threshold, unknowable }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = "format = 1\nname = \"x\"\ntitle = \"X\"\nversion = \"1\"\nsources = [{ what = \"a\", where = \"b\", date = \"c\" }]\n\
                        on_failure = \"skip\"\n";

    fn profile(text: &str) -> Profile {
        Profile::parse(&format!("{HEAD}{text}")).expect("a profile")
    }

    fn once(profile: &Profile) -> Play {
        play(profile, &Facts::blank(), &[Duration::ZERO], jiff::Timestamp::UNIX_EPOCH)
    }

    /// A test that hits or not, in the words of a profile.
    fn line(number: usize, hits: bool, rest: &str) -> String {
        format!("  {{ id = \"t{number}\", if = {{ to_local = {hits} }}, {rest} }},\n")
    }

    #[test]
    fn what_was_put_off_gives_way_to_a_later_refusal() {
        let text = "decide = \"first\"\n[stages]\nhelo = [{ id = \"a\", do = \"defer-if-permit\", reply = \"450 4.7.1 a\" }]\n\
                    mail = [{ id = \"b\", if = { to_local = HIT }, do = \"reject\", reply = \"550 5.7.27 b\" }]\n";
        let end = |hit: &str| once(&profile(&text.replace("HIT", hit))).attempts[0].clone();
        assert_eq!((end("true").result, end("true").code), (End::Reject, Some(550)));
        assert_eq!((end("false").result, end("false").code), (End::Defer, Some(450)));
    }

    #[test]
    fn permit_ends_its_own_list_only() {
        let text = "decide = \"first\"\n[stages]\nconnect = [{ id = \"p\", do = \"permit\" }, { id = \"r\", do = \"reject\" }]\n\
                    helo = [{ id = \"h\", if = { to_local = HIT }, do = \"reject\" }]\n";
        let end = |hit: &str| once(&profile(&text.replace("HIT", hit))).attempts[0].result;
        assert_eq!((end("false"), end("true")), (End::Accept, End::Reject));
    }

    #[test]
    fn points_that_are_removed_do_not_count() {
        let text = "decide = \"sum\"\njudge_at = \"data\"\n[stages]\ndata = [{ id = \"a\", points = 5.0 }, { id = \"b\", points = 1.0, removes = [\"a\"] }]\n\
                    [[threshold]]\nat_least = 5.0\ndo = \"reject\"\nreply = \"554 5.7.1 no\"\n";
        let played = once(&profile(text));
        assert_eq!((played.score, played.threshold, played.attempts[0].result), (Some(1.0), Some(5.0), End::Accept));
        assert_eq!(played.stages[4].tests[0].points, Some(0.0));
    }

    #[test]
    fn greylisting_counts_from_the_first_attempt_and_begins_anew_behind_its_window() {
        let text = "decide = \"first\"\n[stages]\n[greylist]\nat = \"rcpt\"\nkey = [\"from\"]\nblock = \"300s\"\nwindow = \"1h\"\nexpire = \"1d\"\n\
                    reply = \"451 in {seconds}\"\n";
        let at = [0, 100, 300, 4_000, 4_100].map(Duration::from_secs);
        let played = play(&profile(text), &Facts::blank(), &at, jiff::Timestamp::UNIX_EPOCH);
        let all: Vec<(End, Option<String>)> = played.attempts.into_iter().map(|one| (one.result, one.text)).collect();
        let put_off = |left: &str| (End::Defer, Some(format!("in {left}")));
        assert_eq!(all, [put_off("300"), put_off("200"), (End::Accept, None), put_off("300"), put_off("200")]);
    }

    #[test]
    fn words_of_a_sender_are_no_templates() {
        let mut facts = Facts::blank();
        facts.helo = "{from}".to_owned();
        let text =
            "decide = \"first\"\n[stages]\nhelo = [{ id = \"a\", do = \"reject\", reply = \"501 <{helo}>: no\" }]\n";
        let played = play(&profile(text), &facts, &[Duration::ZERO], jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(played.attempts[0].text.as_deref(), Some("<{from}>: no"));
    }

    proptest! {
        #[test]
        fn the_first_test_that_hits_decides(hits in proptest::collection::vec(any::<bool>(), 1..12)) {
            let tests: String = hits.iter().enumerate().map(|(number, hit)| line(number, *hit, "do = \"reject\", reply = \"550 no\"")).collect();
            let played = once(&profile(&format!("decide = \"first\"\n[stages]\nconnect = [\n{tests}]\n")));
            let first = hits.iter().position(|hit| *hit).map(|number| format!("t{number}"));
            prop_assert_eq!(played.attempts[0].decided_by.as_ref().map(|by| by.id.clone()), first);
            // Every test is shown once, and one at most takes effect.
            prop_assert_eq!(played.stages[0].tests.len(), hits.len());
            prop_assert!(played.stages[0].tests.iter().filter(|test| test.action.is_some()).count() <= 1);
        }

        #[test]
        fn the_score_is_the_sum_of_what_is_shown(points in proptest::collection::vec((-50_i32..50, any::<bool>()), 1..12)) {
            let tests: String = points.iter().enumerate().map(|(number, (points, hit))| line(number, *hit, &format!("points = {points}.0"))).collect();
            let text = format!("decide = \"sum\"\njudge_at = \"connect\"\n[stages]\nconnect = [\n{tests}]\n[[threshold]]\nat_least = 20.0\ndo = \"reject\"\n");
            let played = once(&profile(&text));
            let shown: f64 = played.stages[0].tests.iter().filter_map(|test| test.points).sum();
            let sum: i32 = points.iter().filter(|(_, hit)| *hit).map(|(points, _)| points).sum();
            prop_assert_eq!(played.score, Some(f64::from(sum)));
            prop_assert!((shown - f64::from(sum)).abs() < 1e-9);
            prop_assert_eq!(played.attempts[0].result == End::Reject, sum >= 20);
        }
    }
}
