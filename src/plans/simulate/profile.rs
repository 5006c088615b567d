//! Profiles of receiving servers: the grammar, and what makes a profile sound.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::catalogue::Matcher;
use crate::config;
use crate::mail::spf::{MAX_LOOKUPS, Manner};
use crate::names::domain::Domain;

/// Terms of SPF that a profile may have looked up, at most.
const MAX_TERMS: usize = 30;

/// A receiving server's policy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    format: u8,
    /// Its name on the command line.
    pub name: String,
    /// The server.
    pub title: String,
    /// The version that the numbers come from.
    pub version: String,
    /// Where they were read.
    pub sources: Vec<Source>,
    pub(super) decide: Decide,
    pub(super) judge_at: Option<Stage>,
    /// Where refusals of earlier stages are spoken; it changes no result.
    #[serde(rename = "answer_at")]
    _answer_at: Option<Stage>,
    #[serde(rename = "on_failure", default)]
    _on_failure: OnFailure,
    /// How it judges SPF, where it departs from RFC 7208.
    #[serde(default)]
    spf: Spf,
    #[serde(default)]
    pub(super) assume: Assume,
    #[serde(default)]
    pub(super) unknowable: Vec<Unknowable>,
    #[serde(default)]
    pub(super) settings: BTreeMap<String, toml::Value>,
    pub(super) stages: Stages,
    pub(super) greylist: Option<Greylist>,
    #[serde(default)]
    pub(super) threshold: Vec<Threshold>,
}

/// Where numbers were read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What it is.
    pub what: String,
    /// Where it is.
    #[serde(rename = "where")]
    pub place: String,
    /// When it was read.
    pub date: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Decide {
    First,
    Sum,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum OnFailure {
    #[default]
    Skip,
}

/// A stage of a dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// When the client connects.
    Connect,
    /// EHLO.
    Helo,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// The message.
    Data,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Spf {
    lookups: Option<usize>,
    flattened: bool,
    blind: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Assume {
    #[serde(default = "yes")]
    pub(super) tls: bool,
    #[serde(default)]
    pub(super) bulk: bool,
}

impl Default for Assume {
    fn default() -> Self {
        Assume { tls: true, bulk: false }
    }
}

fn yes() -> bool {
    true
}

/// What cannot be known from outside.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unknowable {
    /// What it is.
    pub what: String,
    /// What it may come to.
    #[serde(default)]
    pub could: Vec<String>,
    /// The points it may bring, from and to.
    pub points: Option<[f64; 2]>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Stages {
    connect: Vec<Test>,
    helo: Vec<Test>,
    mail: Vec<Test>,
    rcpt: Vec<Test>,
    data: Vec<Test>,
}

impl Stages {
    fn all_mut(&mut self) -> impl Iterator<Item = &mut Test> {
        [&mut self.connect, &mut self.helo, &mut self.mail, &mut self.rcpt, &mut self.data].into_iter().flatten()
    }

    pub(super) fn all(&self) -> [(Stage, &[Test]); 5] {
        [
            (Stage::Connect, &self.connect),
            (Stage::Helo, &self.helo),
            (Stage::Mail, &self.mail),
            (Stage::Rcpt, &self.rcpt),
            (Stage::Data, &self.data),
        ]
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Test {
    pub(super) id: String,
    #[serde(rename = "if", default)]
    pub(super) condition: Condition,
    pub(super) when: Option<String>,
    #[serde(rename = "do")]
    pub(super) action: Option<Action>,
    pub(super) reply: Option<String>,
    #[serde(rename = "points")]
    given: Option<Points>,
    /// The points that count with the profile's settings.
    #[serde(skip)]
    pub(super) points: Option<f64>,
    #[serde(default)]
    pub(super) could: Vec<String>,
    pub(super) mailbox: Option<String>,
    pub(super) header: Option<String>,
    #[serde(rename = "message")]
    _message: Option<String>,
    #[serde(default)]
    pub(super) removes: Vec<String>,
    #[serde(default)]
    pub(super) skip_lists: bool,
    pub(super) group: Option<String>,
}

/// Points, the same always, or by the setting `score-set`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Points {
    Always(f64),
    BySet(Vec<f64>),
}

/// The setting that chooses among points.
const SCORE_SET: &str = "score-set";

/// What a test does when it hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It refuses for good.
    Reject,
    /// It puts off.
    Defer,
    /// It puts off unless something later refuses.
    DeferIfPermit,
    /// It delivers elsewhere.
    Reroute,
    /// It hangs up.
    Drop,
    /// It ends its own list of tests.
    Permit,
    /// It only marks.
    None,
}

/// One value or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Any<T> {
    One(T),
    Several(Vec<T>),
}

impl<T: PartialEq> Any<T> {
    pub(super) fn holds(&self, value: &T) -> bool {
        self.values().contains(value)
    }

    pub(super) fn values(&self) -> &[T] {
        match self {
            Any::One(value) => std::slice::from_ref(value),
            Any::Several(values) => values,
        }
    }
}

/// What must hold: all of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Condition {
    pub(super) ptr: Option<Any<Word>>,
    pub(super) ptr_name: Option<Pattern>,
    pub(super) ptr_first: Option<Pattern>,
    pub(super) ptr_weight: Option<Any<u8>>,
    pub(super) address: Option<Any<Word>>,
    pub(super) version: Option<u8>,
    pub(super) tls: Option<bool>,
    pub(super) list: Option<Listing>,
    pub(super) of: Option<Any<Of>>,
    pub(super) txt: Option<Pattern>,
    pub(super) helo_form: Option<Any<Word>>,
    pub(super) helo: Option<Pattern>,
    pub(super) helo_equals: Option<Any<String>>,
    pub(super) helo_local: Option<bool>,
    pub(super) helo_weight: Option<Any<u8>>,
    pub(super) helo_value: Option<Any<Word>>,
    pub(super) helo_dns: Option<Any<Word>>,
    pub(super) from_form: Option<Any<Word>>,
    pub(super) from_local: Option<bool>,
    pub(super) from_dns: Option<Any<Word>>,
    pub(super) from_mx_literal: Option<bool>,
    pub(super) spf: Option<Any<Word>>,
    pub(super) spf_helo: Option<Any<Word>>,
    pub(super) spf_plus_all: Option<bool>,
    pub(super) to_local: Option<bool>,
    pub(super) dkim: Option<Any<Word>>,
    pub(super) dkim_any: Option<Any<Word>>,
    pub(super) dkim_domain: Option<Any<Word>>,
    pub(super) dmarc: Option<Any<Word>>,
    pub(super) dmarc_policy: Option<Any<Word>>,
    pub(super) header_from: Option<Any<Word>>,
    pub(super) header_from_dns: Option<Any<Word>>,
    pub(super) direct: Option<bool>,
    pub(super) received: Option<Any<Word>>,
    pub(super) marketing: Option<bool>,
    pub(super) list_unsubscribe_post: Option<bool>,
    pub(super) hit: Option<String>,
    pub(super) all_hit: Vec<String>,
    pub(super) any_hit: Vec<String>,
    pub(super) not_hit: Option<String>,
    pub(super) listed_with_points: Option<bool>,
    pub(super) good_policies: Option<bool>,
    pub(super) not: Option<Box<Condition>>,
    pub(super) any: Vec<Condition>,
}

/// The words that facts come to, over all of them.
#[allow(missing_docs, reason = "the words are those of the profiles' grammar")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    None,
    Failed,
    Unconfirmed,
    ForwardFailed,
    Confirmed,
    Public,
    Private,
    Name,
    Word,
    Literal,
    BrokenLiteral,
    BareIp,
    Invalid,
    DottedNumbers,
    SpecialIp,
    Address,
    Mx,
    NullMx,
    Dangling,
    Null,
    Fqdn,
    Short,
    Pass,
    Fail,
    Softfail,
    Neutral,
    Permerror,
    Temperror,
    Quarantine,
    Reject,
    Absent,
    HeaderFrom,
    EnvelopeFrom,
    Same,
    Other,
    OtherOrganization,
    Exists,
    Nxdomain,
    One,
    Some,
}

/// What a list is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Of {
    Ip,
    Received,
    Ptr,
    Helo,
    From,
    Dkim,
}

/// A regular expression, compiled.
#[derive(Debug)]
pub(super) struct Pattern(pub(super) Regex);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Regex::new(&text)
            .map(Pattern)
            .map_err(|error| serde::de::Error::custom(format!("\"{text}\" is no expression: {error}")))
    }
}

/// A list with the answers that count: any, if none are named.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) zone: Domain,
    pub(super) answers: Option<Matcher>,
}

impl<'de> Deserialize<'de> for Listing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (zone, pattern) = match text.split_once('=') {
            Some((zone, pattern)) => (zone, Some(pattern)),
            None => (text.as_str(), None),
        };
        let zone = zone.parse().map_err(|error| serde::de::Error::custom(format!("\"{zone}\" is no zone: {error}")))?;
        let answers = pattern.map(str::parse).transpose().map_err(serde::de::Error::custom)?;
        Ok(Listing { zone, answers })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Greylist {
    pub(super) at: Stage,
    #[serde(rename = "key", default)]
    _key: Vec<String>,
    #[serde(deserialize_with = "duration")]
    pub(super) block: Duration,
    #[serde(deserialize_with = "duration")]
    pub(super) window: Duration,
    #[serde(rename = "expire", deserialize_with = "duration")]
    _expire: Duration,
    pub(super) when_score: Option<f64>,
    pub(super) reply: String,
    pub(super) header: Option<String>,
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    config::duration(&text).map_err(serde::de::Error::custom)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Threshold {
    pub(super) at_least: Option<f64>,
    pub(super) more_than: Option<f64>,
    #[serde(rename = "do")]
    pub(super) action: Action,
    pub(super) reply: Option<String>,
    pub(super) mailbox: Option<String>,
    pub(super) header: Option<String>,
}

impl Threshold {
    /// Whether a score reaches it.
    pub(super) fn is_reached(&self, score: f64) -> bool {
        // Sums of decimal fractions are not exact.
        const CRUMB: f64 = 1e-9;
        self.at_least.is_some_and(|least| score + CRUMB >= least)
            || self.more_than.is_some_and(|least| score > least + CRUMB)
    }

    pub(super) fn value(&self) -> f64 {
        self.at_least.or(self.more_than).unwrap_or_default()
    }
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// A sentence with line and key, or with the test that is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut profile: Profile = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        profile.choose_points()?;
        profile.verify()?;
        Ok(profile)
    }

    /// Takes the points that the settings choose.
    fn choose_points(&mut self) -> Result<(), String> {
        let set = self.settings.get(SCORE_SET).and_then(toml::Value::as_integer);
        for test in self.stages.all_mut() {
            test.points = match (&test.given, set) {
                (None, _) => None,
                (Some(Points::Always(points)), _) => Some(*points),
                (Some(Points::BySet(_)), None) => {
                    return Err(format!("test \"{}\": points by set need the setting {SCORE_SET}", test.id));
                }
                (Some(Points::BySet(all)), Some(set)) => {
                    let points = usize::try_from(set).ok().and_then(|set| all.get(set));
                    let last = all.len().saturating_sub(1);
                    Some(*points.ok_or_else(|| format!("{SCORE_SET}={set}: test \"{}\" has 0 to {last}", test.id))?)
                }
            };
        }
        Ok(())
    }

    fn verify(&self) -> Result<(), String> {
        if self.format != 1 {
            return Err(format!("format {} is not known; this program reads format 1", self.format));
        }
        if self.sources.is_empty() {
            return Err("sources: a profile needs at least one".to_owned());
        }
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for (_, tests) in self.stages.all() {
            for test in tests {
                test.condition.verify(&known).map_err(|why| format!("test \"{}\": {why}", test.id))?;
                let wrong = |why: String| Err(format!("test \"{}\": {why}", test.id));
                if let Some(id) = test.removes.iter().find(|id| !known.contains(id.as_str())) {
                    return wrong(format!("removes names \"{id}\" before it exists"));
                }
                if let Some(setting) = test.when.as_ref().filter(|setting| !self.settings.contains_key(*setting)) {
                    return wrong(format!("when names \"{setting}\", which is no setting"));
                }
                if test.reply.as_ref().is_some_and(|reply| code(reply).is_none()) {
                    return wrong("its reply does not begin with a code".to_owned());
                }
                if self.decide == Decide::First && test.action.is_none() {
                    return wrong("it does nothing: the profile decides by the first that acts".to_owned());
                }
                known.insert(&test.id);
            }
        }
        for threshold in &self.threshold {
            if self.decide != Decide::Sum {
                return Err("threshold: only a profile that sums has one".to_owned());
            }
            if threshold.at_least.is_some() == threshold.more_than.is_some() {
                return Err("threshold: it needs at_least or more_than".to_owned());
            }
            if threshold.reply.as_ref().is_some_and(|reply| code(reply).is_none()) {
                return Err("threshold: its reply does not begin with a code".to_owned());
            }
        }
        if self.greylist.as_ref().is_some_and(|greylist| code(&greylist.reply).is_none()) {
            return Err("greylist: its reply does not begin with a code".to_owned());
        }
        Ok(())
    }

    /// Sets one of the server's own switches.
    ///
    /// # Errors
    /// A sentence if there is no such setting, or the value is of another kind.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let names = self.settings.keys().cloned().collect::<Vec<_>>().join(", ");
        let Some(setting) = self.settings.get_mut(name) else {
            let all = if names.is_empty() { "it has none".to_owned() } else { format!("it has {names}") };
            return Err(format!("{} has no setting \"{name}\"; {all}", self.name));
        };
        *setting = match (&*setting, value) {
            (toml::Value::Boolean(_), "true" | "yes" | "on") => toml::Value::Boolean(true),
            (toml::Value::Boolean(_), "false" | "no" | "off") => toml::Value::Boolean(false),
            (toml::Value::Boolean(_), _) => return Err(format!("{name}={value}: it is on or off")),
            (_, number) => match number.parse() {
                Ok(number) => toml::Value::Integer(number),
                Err(_) => return Err(format!("{name}={value}: it is a number")),
            },
        };
        self.choose_points()
    }

    /// How it judges SPF.
    pub(super) fn manner(&self) -> Manner {
        let lookups = self.spf.lookups.unwrap_or(MAX_LOOKUPS).min(MAX_TERMS);
        Manner { lookups, is_flattened: self.spf.flattened, is_blind: self.spf.blind }
    }

    /// Every list that is asked, with what about.
    pub(super) fn lists(&self) -> BTreeSet<(Domain, Of)> {
        let mut all = BTreeSet::new();
        for (_, tests) in self.stages.all() {
            for test in tests {
                test.condition.lists(&mut all);
            }
        }
        all
    }
}

impl Condition {
    fn verify(&self, known: &BTreeSet<&str>) -> Result<(), String> {
        let named = self.hit.iter().chain(&self.all_hit).chain(&self.any_hit).chain(&self.not_hit);
        if let Some(id) = named.into_iter().find(|id| !known.contains(id.as_str())) {
            return Err(format!("it names \"{id}\" before it exists"));
        }
        if self.list.is_some() != self.of.is_some() {
            return Err("list and of belong together".to_owned());
        }
        self.not.iter().try_for_each(|inner| inner.verify(known))?;
        self.any.iter().try_for_each(|inner| inner.verify(known))
    }

    fn lists(&self, into: &mut BTreeSet<(Domain, Of)>) {
        if let (Some(list), Some(of)) = (&self.list, &self.of) {
            into.extend(of.values().iter().map(|of| (list.zone.clone(), *of)));
        }
        self.not.iter().for_each(|inner| inner.lists(into));
        self.any.iter().for_each(|inner| inner.lists(into));
    }
}

/// The code that a reply begins with.
pub(super) fn code(reply: &str) -> Option<u16> {
    let code = reply.get(..3)?.parse().ok()?;
    ((200..600).contains(&code) && reply.as_bytes().get(3).is_none_or(|next| *next == b' ')).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::profiles::PROFILES;

    const SMALL: &str = "format = 1\nname = \"x\"\ntitle = \"X\"\nversion = \"1\"\nsources = [{ what = \"a\", where = \"b\", date = \"c\" }]\n\
                         decide = \"first\"\non_failure = \"skip\"\n[stages]\n";

    #[test]
    fn every_profile_is_sound_and_has_a_source_and_its_name() {
        for (name, text) in PROFILES {
            let profile = Profile::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(profile.name, *name);
            assert!(!profile.sources.is_empty() && !profile.unknowable.is_empty(), "{name}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let error = |tail: &str| Profile::parse(&format!("{SMALL}{tail}")).expect_err(tail);
        assert!(
            error("connect = [{ id = \"a\", if = { ptrr = \"none\" }, do = \"reject\" }]")
                .contains("unknown field `ptrr`")
        );
        assert!(error("connect = [{ id = \"a\", if = { ptr = \"nine\" }, do = \"reject\" }]").contains("line 9"));
        assert!(
            error("connect = [{ id = \"a\", if = { hit = \"b\" }, do = \"none\" }]")
                .contains("names \"b\" before it exists")
        );
        assert!(error("connect = [{ id = \"a\", do = \"reject\", reply = \"no\" }]").contains("begin with a code"));
        assert!(error("connect = [{ id = \"a\", if = { helo = '(' }, do = \"reject\" }]").contains("is no expression"));
        assert!(error("connect = [{ id = \"a\", when = \"b\", do = \"reject\" }]").contains("is no setting"));
        assert!(error("connect = [{ id = \"a\" }]").contains("it does nothing"));
    }
}
