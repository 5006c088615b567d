//! The catalogue of blocklists: data files embedded at build, with their types and loader.

pub mod import;
pub mod keys;
mod matcher;
pub mod profiles;
pub mod refusals;
pub mod selectors;

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::names::domain::Domain;

pub use keys::Secret;
pub use matcher::{Matcher, MatcherError};

/// The date of the catalogue's data, shown as its version.
pub const VERSION: &str = "2026-11-26";

/// One blocklist, allowlist or information zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The stable id, for example `spamhaus-zen`.
    pub id: String,
    /// The name people know it by.
    pub name: String,
    /// Who runs it.
    pub operator: Option<String>,
    /// The zone; `{key}` stands where the user's key belongs.
    pub zone: String,
    /// What may be asked of it. Empty in a user's list that does not say.
    pub kinds: Vec<Kind>,
    /// What an answer means.
    pub purpose: Purpose,
    /// Whether it is alive.
    pub status: Status,
    /// Since when it is closed or dead.
    pub since: Option<String>,
    /// Whether it is asked without being named.
    pub default: bool,
    /// Groups for `--group`.
    pub groups: Vec<String>,
    /// Lists of one family count once.
    pub family: Option<String>,
    /// Points of an undocumented code.
    pub weight: u32,
    /// Documented codes.
    pub codes: Vec<Code>,
    /// Codes by which the list refuses to answer.
    pub refusals: Vec<Refusal>,
    /// The entry that must be listed (RFC 5782 §5): an address or a name; null if unknown.
    pub test_listed: Option<String>,
    /// The entry that must not be listed.
    pub test_clean: Option<String>,
    /// Whether it lists reserved space on purpose.
    pub bogons: bool,
    /// Which domain is asked about.
    pub depth: Depth,
    /// Questions a second it is asked at most.
    pub max_qps: u32,
    /// Whether the zone needs a key.
    pub keyed: bool,
    /// Where to look an entry up; `{query}` stands for it.
    pub lookup_url: Option<String>,
    /// Where to ask for removal; `{query}` stands for the entry.
    pub delist_url: Option<String>,
    /// What ends by itself, and when.
    pub expires: Option<String>,
    /// What an administrator should know.
    pub note: Option<String>,
    /// The newest evidence that it is maintained.
    pub evidence: Option<String>,
    /// Whether the user named it: such a list is not paced and may be asked anything.
    #[serde(skip)]
    pub own: bool,
    /// The key for `{key}`, if the user named the list with it.
    #[serde(skip)]
    pub secret: Option<Secret>,
    /// What the catalogue says of the zone, where the user's own codes stand in place of its codes.
    #[serde(skip)]
    pub known: Option<&'static List>,
}

/// What a list can be asked about.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// A domain name.
    Domain,
    /// A hash of something else, which no subcommand asks about.
    Hash,
}

impl Kind {
    /// The word all formats use.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Ipv4 => "ipv4",
            Kind::Ipv6 => "ipv6",
            Kind::Domain => "domain",
            Kind::Hash => "hash",
        }
    }
}

/// What an answer of a list means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Something bad.
    Block,
    /// Something good.
    Allow,
    /// Neither: an age, a country, a score.
    Info,
}

/// Whether a list is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// In service for everyone.
    Active,
    /// In service for resolvers that are registered.
    Registration,
    /// In service for customers.
    Paid,
    /// Closed by its operator.
    Closed,
    /// Gone.
    Dead,
    /// Nobody has vouched for it recently.
    Unknown,
}

impl Status {
    /// The word all formats use.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Registration => "registration",
            Status::Paid => "paid",
            Status::Closed => "closed",
            Status::Dead => "dead",
            Status::Unknown => "unknown",
        }
    }

    /// Whether the list is out of service for good.
    pub fn is_retired(self) -> bool {
        matches!(self, Status::Closed | Status::Dead)
    }
}

/// Which domain a domain list is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// The name as it stands.
    Host,
    /// The domain below the public suffix.
    Registrable,
}

/// A documented code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Which answers it covers.
    #[serde(rename = "match")]
    pub matcher: Matcher,
    /// What it means.
    pub meaning: String,
    /// How it counts.
    pub effect: Effect,
    /// Its points; 100 refuse mail. Below zero only for a good mark of a user's own.
    pub points: i32,
    /// The text a mail server refuses with, from a user's rule.
    #[serde(default)]
    pub message: Option<String>,
    /// The header a mail server adds, from a user's rule.
    #[serde(default)]
    pub header: Option<String>,
}

/// How the points of several answers add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scoring {
    /// The highest code of a list, the highest list of a family.
    #[default]
    Highest,
    /// Everything: each answer by its first rule, each list. So counts Mailtraq.
    Sum,
    /// Each code that matches any answer, once, and good marks subtract. So counts postscreen.
    Postscreen,
}

/// How a code counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// A listing.
    Listed,
    /// A class of addresses that should not send mail directly.
    Policy,
    /// A good mark.
    Allow,
    /// Information.
    Info,
}

/// A code by which a list refuses to answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Which answers it covers.
    #[serde(rename = "match")]
    pub matcher: Matcher,
    /// Why the list refuses.
    pub meaning: String,
}

impl List {
    /// A list of the user's own about which only the zone is known. A hit on it reaches the threshold.
    pub fn of_user(zone: &str) -> Self {
        List {
            id: zone.to_owned(),
            name: zone.to_owned(),
            operator: None,
            zone: zone.to_owned(),
            kinds: Vec::new(),
            purpose: Purpose::Block,
            status: Status::Active,
            since: None,
            default: false,
            groups: vec!["own".to_owned()],
            family: None,
            weight: 100,
            codes: Vec::new(),
            refusals: Vec::new(),
            test_listed: None,
            test_clean: None,
            bogons: false,
            depth: Depth::Host,
            max_qps: 0,
            keyed: false,
            lookup_url: None,
            delist_url: None,
            expires: None,
            note: None,
            evidence: None,
            own: true,
            secret: None,
            known: None,
        }
    }

    /// A list the user names by its zone. What the catalogue knows of it holds; that it is the user's own word
    /// frees it from pacing and lets it be asked anything. A key in the zone is taken out.
    pub fn named(zone: &str) -> Self {
        let (zone, secret) = match keys::take(zone) {
            Some((zone, secret)) => (zone, Some(secret)),
            None => (zone.to_owned(), None),
        };
        let keyed = zone.starts_with(keys::PLACEHOLDER);
        let list = match of_zone(&zone) {
            Some(known) => {
                let groups = known.groups.iter().cloned().chain(["own".to_owned()]).collect();
                List { own: true, groups, zone, ..known.clone() }
            }
            None => List::of_user(&zone),
        };
        List { keyed, secret, ..list }
    }

    /// A list from Mailtraq's look-up expression, for example `%4.%3.%2.%1.bl.example`: `%1` to `%4` are the
    /// octets of the client's address.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn of_expression(expression: &str) -> Result<Self, String> {
        for octet in ["%1", "%2", "%3", "%4"] {
            if expression.matches(octet).count() != 1 {
                return Err(format!("\"{}\" must hold {octet} exactly once", keys::hidden(expression)));
            }
        }
        let sample =
            ["%1", "%2", "%3", "%4"].iter().fold(expression.to_owned(), |text, octet| text.replace(octet, "255"));
        let wrong = |error| format!("\"{}\" makes no domain name: {error}", keys::hidden(expression));
        sample.parse::<Domain>().map_err(wrong)?;
        let expression = expression.trim_end_matches('.').to_ascii_lowercase();
        Ok(match expression.strip_prefix("%4.%3.%2.%1.") {
            Some(zone) => List { kinds: vec![Kind::Ipv4], ..List::named(zone) },
            None => List { kinds: vec![Kind::Ipv4], ..List::of_user(&expression) },
        })
    }

    /// Gives every listing these points.
    pub fn set_points(&mut self, points: u32) {
        self.weight = points;
        for code in self.codes.iter_mut().filter(|code| code.effect == Effect::Listed) {
            code.points = points.try_into().unwrap_or(i32::MAX);
        }
    }

    /// The most points one of its listings can earn.
    pub fn greatest_points(&self) -> u32 {
        if self.purpose != Purpose::Block {
            return 0;
        }
        self.codes.iter().map(|code| u32::try_from(code.points).unwrap_or(0)).chain([self.weight]).max().unwrap_or(0)
    }
}

/// Whether a list can be asked without being named: alive, and with a key if it needs one.
pub fn is_usable(list: &List, has_key: bool) -> bool {
    match list.status {
        Status::Closed | Status::Dead => false,
        _ if list.keyed => has_key,
        Status::Paid => false,
        Status::Active | Status::Registration | Status::Unknown => true,
    }
}

/// All lists of the catalogue.
pub fn lists() -> &'static [List] {
    static LISTS: OnceLock<Vec<List>> = OnceLock::new();
    LISTS.get_or_init(|| {
        serde_json::from_str(include_str!("lists.json")).expect("the embedded catalogue is valid: a unit test reads it")
    })
}

/// The list with this id or zone, with or without a key in it.
pub fn find(id_or_zone: &str) -> Option<&'static List> {
    let wanted = id_or_zone.trim_end_matches('.').to_ascii_lowercase();
    let by_id = lists().iter().find(|list| list.id == wanted);
    by_id.or_else(|| of_zone(&wanted)).or_else(|| of_zone(&keys::take(&wanted)?.0))
}

/// The list with this zone, in which the placeholder stands for a key.
fn of_zone(zone: &str) -> Option<&'static List> {
    let whole = lists().iter().find(|list| list.zone == zone);
    whole.or_else(|| keys::find(zone.strip_prefix(keys::PLACEHOLDER)?.strip_prefix('.')?))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn catalogue_is_read_and_holds_every_zone_once() {
        let mut ids = HashSet::new();
        let mut zones = HashSet::new();
        for list in lists() {
            assert!(ids.insert(&list.id), "{} is there twice", list.id);
            assert!(zones.insert(&list.zone), "{} is there twice", list.zone);
            assert!(!list.kinds.is_empty(), "{} serves nothing", list.id);
            assert!(!list.groups.is_empty(), "{} has no group", list.id);
            assert_eq!(list.keyed, list.zone.contains("{key}"), "{}", list.id);
        }
        let active = lists().iter().filter(|list| list.status == Status::Active).count();
        assert!(active >= 60, "{active} lists are active");
    }

    #[test]
    fn expression_needs_every_octet_once() {
        assert_eq!(List::of_expression("%4.%3.%2.%1.bl.example").expect("a list").zone, "bl.example");
        assert_eq!(List::of_expression("%1.%2.%3.%4.bl.example").expect("a list").zone, "%1.%2.%3.%4.bl.example");
        assert!(List::of_expression("%4.%3.%2.bl.example").is_err());
        assert!(List::of_expression("%4.%3.%2.%1..bl").is_err());
    }

    #[test]
    fn retired_lists_earn_nothing_and_are_never_default() {
        for list in lists().iter().filter(|list| list.status.is_retired()) {
            assert!(!list.default, "{}", list.id);
            assert_eq!(list.greatest_points(), 0, "{}", list.id);
        }
    }

    #[test]
    fn allow_info_and_policy_codes_earn_nothing() {
        for list in lists() {
            for code in &list.codes {
                assert!(code.effect == Effect::Listed || code.points == 0, "{} {}", list.id, code.matcher);
            }
            assert!(list.purpose == Purpose::Block || list.weight == 0, "{}", list.id);
        }
    }

    #[test]
    fn codes_lie_in_loopback_space() {
        for list in lists() {
            let matchers = list.codes.iter().map(|code| &code.matcher);
            for matcher in matchers.chain(list.refusals.iter().map(|refusal| &refusal.matcher)) {
                let outside = Ipv4Addr::new(192, 0, 2, 2);
                assert!(!matcher.matches(outside), "{} {matcher}", list.id);
                if let Matcher::Exact(address) = matcher {
                    assert!(address.is_loopback(), "{} {matcher}", list.id);
                }
            }
        }
    }

    #[test]
    fn codes_that_stop_mail_alone_reach_the_threshold() {
        let red = [
            ("spamhaus-zen", "127.0.0.2"),
            ("spamhaus-zen", "127.0.0.3"),
            ("spamhaus-zen", "127.0.0.4"),
            ("spamhaus-zen", "127.0.0.9"),
            ("spamhaus-sbl", "127.0.0.2"),
            ("spamhaus-xbl", "127.0.0.4"),
            ("spamhaus-dbl", "127.0.1.2"),
            ("spamhaus-dbl", "127.0.1.4"),
            ("spamhaus-dbl", "127.0.1.5"),
            ("spamhaus-dbl", "127.0.1.6"),
            ("barracuda", "127.0.0.2"),
        ];
        for (id, answer) in red {
            let list = find(id).expect(id);
            let answer: Ipv4Addr = answer.parse().expect("an address");
            let code = list.codes.iter().find(|code| code.matcher.matches(answer)).expect("documented");
            assert!(code.points >= 100, "{id} {answer} has {} points", code.points);
        }
    }
}
