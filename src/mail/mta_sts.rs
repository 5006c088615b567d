//! MTA-STS: the TXT record and the policy file (RFC 8461 §3).

use schemars::JsonSchema;
use serde::Serialize;

use super::field_list::{self, Field, FieldList, Start};
use crate::names::domain::Domain;

/// The longest age a policy may ask for, in seconds. RFC 8461 §3.2.
pub const MAX_AGE: u64 = 31_557_600;
/// The longest id of a record. RFC 8461 §3.1.
const MAX_ID: usize = 32;
/// Lines of a policy that are read.
const MAX_LINES: usize = 2_000;

/// How a record begins. RFC 8461 §3.1.
const VERSION: &str = "v=STSv1";

/// A TXT record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The id of the policy, if it is valid.
    pub id: Option<String>,
    /// Further ids, which senders ignore (RFC 8461 §3.2).
    pub ignored_ids: Vec<String>,
    /// Whether white space stands between the version and its semicolon: the grammar allows it, and a sender that
    /// looks for `v=STSv1;` sees no record.
    pub is_spaced: bool,
    /// What is wrong with the record, in words.
    pub faults: Vec<String>,
}

/// The records among the texts of a name: all others are discarded (RFC 8461 §3.1).
pub fn records<T>(texts: &[T], text: impl Fn(&T) -> &str) -> Vec<&T> {
    field_list::records(texts, text, VERSION)
}

/// A record without the white space between its version and its semicolon.
pub fn unspaced(text: &str) -> String {
    field_list::unspaced(text, VERSION)
}

/// Whether a text that is no record was meant as one.
pub fn is_near_miss(text: &str) -> bool {
    let squeezed: String = text.chars().filter(|next| next.is_ascii_alphanumeric() || *next == '=').collect();
    squeezed.to_ascii_lowercase().contains("v=sts")
}

impl Record {
    /// Reads a text that [`records`] found.
    pub fn parse(text: &str) -> Record {
        let list = FieldList::parse(text, VERSION);
        let mut faults: Vec<String> = list.faults.iter().map(ToString::to_string).collect();
        let mut ids = list.values("id");
        // RFC 8461 §3.2: of a field that is repeated senders take the first.
        let id = ids.next();
        let is_id = |id: &&str| (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match id {
            None => faults.push("there is no id".to_owned()),
            Some(value) if !is_id(&value) => faults.push(format!("id={value} is not 1 to {MAX_ID} letters and digits")),
            Some(_) => {}
        }
        faults.extend(list.fields.iter().filter(|field| field.name != "id").filter_map(Field::fault));
        Record {
            id: id.filter(is_id).map(str::to_owned),
            ignored_ids: ids.map(str::to_owned).collect(),
            is_spaced: field_list::start(text, VERSION) == Start::Spaced,
            faults,
        }
    }
}

/// What senders do when a connection does not keep the policy. RFC 8461 §5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// They do not deliver.
    Enforce,
    /// They deliver and report.
    Testing,
    /// There is no policy any more.
    None,
}

impl Mode {
    /// The word of the policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Enforce => "enforce",
            Mode::Testing => "testing",
            Mode::None => "none",
        }
    }
}

/// A pattern for mail exchangers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The name, without the wildcard label.
    name: Domain,
    /// Whether one label of any name stands before it.
    is_wildcard: bool,
}

impl Pattern {
    /// Reads a pattern; only the whole first label may be a wildcard (RFC 8461 §4.1).
    pub fn parse(text: &str) -> Option<Pattern> {
        let (is_wildcard, rest) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        // Names are A-labels here (RFC 8461 §3.2), and no name of a host ends with a dot in a policy.
        if !rest.is_ascii() || rest.ends_with('.') {
            return None;
        }
        let name: Domain = rest.parse().ok()?;
        name.is_host_name().then_some(Pattern { name, is_wildcard })
    }

    /// Whether a mail exchanger is meant: a wildcard stands for exactly one label (RFC 8461 §4.1).
    pub fn matches(&self, host: &Domain) -> bool {
        if self.is_wildcard { host.parent().is_some_and(|parent| parent == self.name) } else { *host == self.name }
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_wildcard {
            formatter.write_str("*.")?;
        }
        write!(formatter, "{}", self.name)
    }
}

/// A policy, as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether it is of version STSv1.
    pub is_version_1: bool,
    /// The mode, if it is one.
    pub mode: Option<Mode>,
    /// How long senders keep it, in seconds, if that is valid.
    pub max_age_s: Option<u64>,
    /// The mail exchangers that may be used.
    pub mx: Vec<Pattern>,
    /// What is wrong with it, in the order of its lines.
    pub faults: Vec<PolicyFault>,
}

/// What can be wrong with a policy; the lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyFault {
    /// A line that is no key with a value.
    Line(usize, String),
    /// A key that stood before; senders take the first.
    Duplicate(usize, String),
    /// A key that nobody knows; senders ignore it.
    Unknown(usize, String),
    /// A version that is not STSv1.
    Version(usize, String),
    /// A mode that is none.
    Mode(usize, String),
    /// An age that is none.
    MaxAge(usize, String),
    /// A pattern that is none.
    Mx(usize, String),
}

impl Policy {
    /// Reads a policy; lines end with LF or CRLF (RFC 8461 §3.2).
    pub fn parse(text: &str) -> Policy {
        let mut policy = Policy::default();
        let mut seen: Vec<&str> = Vec::new();
        let lines: Vec<&str> = text.split('\n').collect();
        let last = lines.len();
        for (index, line) in lines.into_iter().enumerate().take(MAX_LINES) {
            let number = index + 1;
            let line = line.strip_suffix('\r').unwrap_or(line);
            let shown = || quote(line);
            if line.trim_matches([' ', '\t']).is_empty() {
                if number != last {
                    policy.faults.push(PolicyFault::Line(number, "it is empty".to_owned()));
                }
                continue;
            }
            let Some((key, value)) = line.split_once(':') else {
                policy.faults.push(PolicyFault::Line(number, format!("\"{}\" has no colon", shown())));
                continue;
            };
            // RFC 8461 §3.2: white space stands behind the colon and at the end of a line, nowhere else.
            let value = value.trim_matches([' ', '\t']);
            if key.trim_matches([' ', '\t']).len() < key.len() {
                let place = if key.starts_with([' ', '\t']) { "in front of the key" } else { "in front of the colon" };
                policy.faults.push(PolicyFault::Line(number, format!("\"{}\" has white space {place}", shown())));
                continue;
            }
            if !field_list::is_name(key) || value.is_empty() || value.contains(|next: char| next.is_ascii_control()) {
                policy.faults.push(PolicyFault::Line(number, format!("\"{}\" is not a key with a value", shown())));
                continue;
            }
            if key != "mx" && seen.contains(&key) {
                policy.faults.push(PolicyFault::Duplicate(number, quote(key)));
                continue;
            }
            seen.push(key);
            policy.read(number, key, value);
        }
        policy
    }

    /// Whether senders can use it: version, mode and age are there, and a pattern unless the mode is none.
    pub fn is_valid(&self) -> bool {
        let unusable = |fault: &PolicyFault| !matches!(fault, PolicyFault::Duplicate(..) | PolicyFault::Unknown(..));
        let complete = self.is_version_1 && self.max_age_s.is_some() && !self.faults.iter().any(unusable);
        complete && self.mode.is_some_and(|mode| mode == Mode::None || !self.mx.is_empty())
    }

    fn read(&mut self, number: usize, key: &str, value: &str) {
        match key {
            "version" if value == "STSv1" => self.is_version_1 = true,
            "version" => self.faults.push(PolicyFault::Version(number, quote(value))),
            "mode" => {
                self.mode = match value {
                    "enforce" => Some(Mode::Enforce),
                    "testing" => Some(Mode::Testing),
                    "none" => Some(Mode::None),
                    _ => None,
                };
                if self.mode.is_none() {
                    self.faults.push(PolicyFault::Mode(number, quote(value)));
                }
            }
            "max_age" => {
                let digits = (1..=10).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit());
                self.max_age_s = value.parse().ok().filter(|age| digits && *age <= MAX_AGE);
                if self.max_age_s.is_none() {
                    self.faults.push(PolicyFault::MaxAge(number, quote(value)));
                }
            }
            "mx" => match Pattern::parse(value) {
                Some(pattern) => self.mx.push(pattern),
                None => self.faults.push(PolicyFault::Mx(number, quote(value))),
            },
            _ => self.faults.push(PolicyFault::Unknown(number, quote(key))),
        }
    }
}

fn quote(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8461 §3.2.
    const EXAMPLE: &str = "version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.example.net\nmx: backupmx.example.com\nmax_age: 604800\n";

    fn domain(text: &str) -> Domain {
        text.parse().expect("a name")
    }

    #[test]
    fn record_of_rfc_8461_is_read() {
        // RFC 8461 §3.1.
        let id = |text: &str| {
            let record = Record::parse(text);
            assert_eq!(record.faults, [""; 0], "{text}");
            record.id.expect("an id")
        };
        assert_eq!(id("v=STSv1; id=20160831085700Z;"), "20160831085700Z");
        assert_eq!(id("v=STSv1; x-y.z=1; id=1"), "1");
        assert_eq!(id("v=STSv1\t;id=1 ;\tx=2 ;"), "1");
        assert!(is_near_miss("v=stsv1; id=1") && is_near_miss(" v=STSv1; id=1") && !is_near_miss("v=spf1 -all"));
    }

    #[test]
    fn first_of_several_ids_counts() {
        // RFC 8461 §3.2: "all entries except for the first" are ignored, in the record as in the policy.
        let record = Record::parse("v=STSv1; id=1; id=2; id=x-y; a=1; a=2");
        assert_eq!((record.id.as_deref(), record.faults), (Some("1"), Vec::new()));
        assert_eq!(record.ignored_ids, ["2", "x-y"]);
        assert_eq!(Record::parse("v=STSv1; id=x-y; id=2").id, None);
    }

    #[test]
    fn white_space_before_the_first_semicolon_is_noted() {
        assert!(Record::parse("v=STSv1 ; id=1").is_spaced && !Record::parse("v=STSv1; id=1 ;").is_spaced);
    }

    #[test]
    fn faults_of_a_record_are_told() {
        assert_eq!(Record::parse("v=STSv1;").faults, ["there is no id"]);
        assert_eq!(Record::parse("v=STSv1; ID=1").faults, ["there is no id"]);
        assert_eq!(Record::parse("v=STSv1; id=2016-08").faults, ["id=2016-08 is not 1 to 32 letters and digits"]);
        assert_eq!(Record::parse(&format!("v=STSv1; id={}", "1".repeat(33))).id, None);
        for text in ["v=STSv1; id = 12", "v=STSv1; id= 12", "v=STSv1; id=12 34", "v=STSv1; id=12 ", "v=STSv1;; id=12"] {
            assert!(!Record::parse(text).faults.is_empty(), "{text}");
        }
        for text in ["v=STSv1; id=1; x=", "v=STSv1; id=1; x=a b", "v=STSv1; id=1; x=a=b", "v=STSv1; id=1; x=ü"] {
            assert_eq!(Record::parse(text).faults.len(), 1, "{text}");
        }
    }

    #[test]
    fn policy_of_rfc_8461_is_read_with_either_line_end() {
        for text in [EXAMPLE.to_owned(), EXAMPLE.replace('\n', "\r\n"), EXAMPLE.trim_end().replace(": ", ":")] {
            let policy = Policy::parse(&text);
            assert!(policy.is_valid(), "{policy:?}");
            assert_eq!((policy.mode, policy.max_age_s, policy.mx.len()), (Some(Mode::Enforce), Some(604_800), 3));
        }
    }

    #[test]
    fn wildcard_stands_for_exactly_one_label() {
        // RFC 8461 §4.1.
        let pattern = Pattern::parse("*.example.com").expect("a pattern");
        assert!(pattern.matches(&domain("mail.example.com")));
        assert!(!pattern.matches(&domain("example.com")) && !pattern.matches(&domain("foo.bar.example.com")));
        for text in ["*", "mx*.example.com", "a.*.example.com", "*.*.example.com", "bücher.example", "mx.example.com."]
        {
            assert_eq!(Pattern::parse(text), None, "{text}");
        }
        assert_eq!(pattern.to_string(), "*.example.com");
    }

    #[test]
    fn policy_of_mode_none_needs_no_exchanger() {
        assert!(Policy::parse("version: STSv1\nmode: none\nmax_age: 0").is_valid());
        assert!(!Policy::parse("version: STSv1\nmode: testing\nmax_age: 0").is_valid());
    }

    #[test]
    fn faults_of_a_policy_name_their_lines() {
        let text =
            "version: STSv2\nmode: on\nmax_age: 31557601\nmx: a b\nmode: none\nfoo: bar\nnothing\n\nmx: mx.example\n";
        let expected = [
            PolicyFault::Version(1, "STSv2".into()),
            PolicyFault::Mode(2, "on".into()),
            PolicyFault::MaxAge(3, "31557601".into()),
            PolicyFault::Mx(4, "a b".into()),
            PolicyFault::Duplicate(5, "mode".into()),
            PolicyFault::Unknown(6, "foo".into()),
            PolicyFault::Line(7, "\"nothing\" has no colon".into()),
            PolicyFault::Line(8, "it is empty".into()),
        ];
        assert_eq!(Policy::parse(text).faults, expected);
    }

    #[test]
    fn white_space_stands_behind_the_colon_alone() {
        // RFC 8461 §3.2: sts-policy-field-delim = ":" *WSP.
        assert!(Policy::parse(&EXAMPLE.replace(": ", ":\t ").replace('\n', "  \n")).is_valid());
        for (text, why) in [
            ("mode : enforce", "\"mode : enforce\" has white space in front of the colon"),
            (" mode: enforce", "\" mode: enforce\" has white space in front of the key"),
            ("foo:", "\"foo:\" is not a key with a value"),
            ("foo: a\tb", "\"foo: a\tb\" is not a key with a value"),
        ] {
            let policy = Policy::parse(&EXAMPLE.replace("mode: enforce", text));
            assert_eq!(policy.faults, [PolicyFault::Line(2, why.into())]);
            assert!(!policy.is_valid());
        }
    }
}
