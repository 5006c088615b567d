//! DMARC policy records (RFC 9989 §4.7), with what RFC 7489 would have made of them.

use schemars::JsonSchema;
use serde::Serialize;

use super::report_uri::{self, ReportUri};
use super::tag_list::{FaultKind, Tag, TagList};

/// A DMARC policy record, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DmarcRecord {
    /// All tags in their order.
    pub list: TagList,
    /// `p`: the policy of the domain.
    pub p: Value<Policy>,
    /// `sp`: the policy of existing subdomains.
    pub sp: Value<Policy>,
    /// `np`: the policy of names that do not exist.
    pub np: Value<Policy>,
    /// `psd`: whether the domain is a public suffix.
    pub psd: Psd,
    /// `t=y`: whether the policy is only being tested.
    pub testing: bool,
    /// `rua`: where aggregate reports go.
    pub rua: Vec<ReportUri>,
    /// `ruf`: where failure reports go.
    pub ruf: Vec<ReportUri>,
    /// Tags of optional meaning whose value is none; receivers take the default.
    pub bad_values: Vec<Tag>,
}

/// A tag that may be absent, and may hold what it must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<T> {
    /// The tag is not there.
    Absent,
    /// It holds nothing that is known.
    Invalid,
    /// It holds this.
    Valid(T),
}

impl<T: Copy> Value<T> {
    /// The value, if it is one.
    pub fn valid(&self) -> Option<T> {
        match self {
            Value::Valid(value) => Some(*value),
            _ => None,
        }
    }
}

/// What the domain's owner asks to be done with mail that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Nothing.
    None,
    /// To treat it as suspicious.
    Quarantine,
    /// To refuse it.
    Reject,
}

impl Policy {
    /// The word of the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Policy::None => "none",
            Policy::Quarantine => "quarantine",
            Policy::Reject => "reject",
        }
    }

    /// One level below, as `t=y` asks (RFC 9989 §4.7).
    #[must_use]
    pub fn lowered(self) -> Policy {
        match self {
            Policy::Reject => Policy::Quarantine,
            Policy::Quarantine | Policy::None => Policy::None,
        }
    }
}

/// What a record says of its domain's place in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Psd {
    /// `y`: a public suffix.
    Yes,
    /// `n`: an organisational domain.
    No,
    /// `u`: not said.
    Unsaid,
}

/// The tags of RFC 9989 §9.3.
const KNOWN: &[&str] = &["v", "p", "sp", "np", "psd", "t", "adkim", "aspf", "fo", "rua", "ruf"];
/// Tags of RFC 7489 that RFC 9989 appendix C.5.2 removed.
pub const REMOVED: &[&str] = &["pct", "rf", "ri"];

/// Whether a text begins as a DMARC record does: `v`, an equals sign and `DMARC1` in exactly this case
/// (RFC 9989 §4.8). Blanks before it make it another text.
pub fn is_record(text: &str) -> bool {
    let white = [' ', '\t'];
    let Some(rest) = text.strip_prefix(['v', 'V']) else { return false };
    let Some(rest) = rest.trim_start_matches(white).strip_prefix('=') else { return false };
    let Some(rest) = rest.trim_start_matches(white).strip_prefix("DMARC1") else { return false };
    let rest = rest.trim_start_matches(white);
    rest.is_empty() || rest.starts_with(';')
}

/// Whether a text that is no record was meant as one.
pub fn is_near_miss(text: &str) -> bool {
    let squeezed: String = text.chars().filter(|next| next.is_ascii_alphanumeric() || *next == '=').collect();
    let squeezed = squeezed.to_ascii_lowercase();
    !is_record(text)
        && (squeezed.starts_with("v=dmarc") || squeezed.starts_with("dmarc1") || squeezed.contains("v=dmarc1"))
}

impl DmarcRecord {
    /// Reads a text for which [`is_record`] holds.
    pub fn parse(text: &str) -> DmarcRecord {
        let list = TagList::parse(text);
        let value = |name: &str| find(&list, name).map(|tag| tag.value.as_str());
        let addresses = |name| value(name).map(report_uri::parse_list).unwrap_or_default();
        let word = |name| value(name).map(str::to_ascii_lowercase);
        let mut bad_values = Vec::new();
        for (name, is_valid) in CHECKED {
            bad_values.extend(find(&list, name).filter(|tag| !is_valid(&tag.value.to_ascii_lowercase())).cloned());
        }
        DmarcRecord {
            p: policy(value("p")),
            sp: policy(value("sp")),
            np: policy(value("np")),
            psd: match word("psd").as_deref() {
                Some("y") => Psd::Yes,
                Some("n") => Psd::No,
                _ => Psd::Unsaid,
            },
            testing: word("t").as_deref() == Some("y"),
            rua: addresses("rua"),
            ruf: addresses("ruf"),
            bad_values,
            list,
        }
    }

    /// The first tag of this name, in whatever case: RFC 9989 §4.8 gives names in ABNF.
    pub fn tag(&self, name: &str) -> Option<&Tag> {
        find(&self.list, name)
    }

    /// Whether an alignment tag, `adkim` or `aspf`, asks for the same domain (RFC 9989 §4.7).
    pub fn is_strict(&self, name: &str) -> bool {
        self.tag(name).is_some_and(|tag| tag.value.eq_ignore_ascii_case("s"))
    }

    /// Whether the policy tags can be followed: a valid `p` and no invalid `sp` or `np` (RFC 9989 §4.10.1).
    pub fn has_valid_policy(&self) -> bool {
        self.p.valid().is_some() && self.sp != Value::Invalid && self.np != Value::Invalid
    }

    /// Whether reports are asked for at an address that is a URI.
    pub fn has_report_address(&self) -> bool {
        self.rua.iter().any(ReportUri::is_uri)
    }

    /// The three policies a receiver follows, before `t`; none if it must not apply DMARC at all. Without a
    /// valid policy but with a report address it acts as if `p=none` stood there (RFC 9989 §4.10.1).
    pub fn policies(&self) -> Option<Policies> {
        match self.p.valid().filter(|_| self.has_valid_policy()) {
            Some(domain) => {
                let subdomains = self.sp.valid().unwrap_or(domain);
                Some(Policies { domain, subdomains, non_existent: self.np.valid().unwrap_or(subdomains) })
            }
            None if self.has_report_address() => {
                Some(Policies { domain: Policy::None, subdomains: Policy::None, non_existent: Policy::None })
            }
            None => None,
        }
    }

    /// Tags that no version of DMARC knows.
    pub fn unknown_tags(&self) -> impl Iterator<Item = &Tag> {
        let known = |tag: &Tag| KNOWN.iter().chain(REMOVED).any(|name| tag.name.eq_ignore_ascii_case(name));
        self.list.tags.iter().filter(move |tag| !known(tag))
    }

    /// Names that stand more than once.
    pub fn duplicates(&self) -> impl Iterator<Item = &str> {
        self.list.faults.iter().filter_map(|fault| match &fault.kind {
            FaultKind::Duplicate(name) => Some(name.as_str()),
            _ => None,
        })
    }
}

/// The policies of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Policies {
    /// Of the domain itself.
    pub domain: Policy,
    /// Of its subdomains that exist.
    pub subdomains: Policy,
    /// Of names below it that do not exist.
    pub non_existent: Policy,
}

type IsValid = fn(&str) -> bool;

/// What the values of tags with a default may be (RFC 9989 §4.8).
const CHECKED: [(&str, IsValid); 5] = [
    ("adkim", |value| matches!(value, "r" | "s")),
    ("aspf", |value| matches!(value, "r" | "s")),
    ("psd", |value| matches!(value, "y" | "n" | "u")),
    ("t", |value| matches!(value, "y" | "n")),
    ("fo", is_failure_options),
];

fn is_failure_options(value: &str) -> bool {
    let options: Vec<&str> = value.split(':').map(str::trim).collect();
    let known = options.iter().all(|option| matches!(*option, "0" | "1" | "d" | "s"));
    // "0" and "1" exclude each other (RFC 9989 §4.7).
    known && !(options.contains(&"0") && options.contains(&"1"))
}

fn find<'a>(list: &'a TagList, name: &str) -> Option<&'a Tag> {
    list.tags.iter().find(|tag| tag.name.eq_ignore_ascii_case(name))
}

fn policy(value: Option<&str>) -> Value<Policy> {
    let Some(value) = value else { return Value::Absent };
    match value.to_ascii_lowercase().as_str() {
        "none" => Value::Valid(Policy::None),
        "quarantine" => Value::Valid(Policy::Quarantine),
        "reject" => Value::Valid(Policy::Reject),
        _ => Value::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_begins_with_its_version_in_exactly_this_case() {
        // RFC 9989 §4.8.
        for text in ["v=DMARC1", "v=DMARC1;p=none", "v = DMARC1 ; p=none", "V=DMARC1; p=none"] {
            assert!(is_record(text), "{text}");
        }
        for text in ["v=dmarc1; p=none", " v=DMARC1", "v=DMARC10; p=none", "p=none; v=DMARC1", "v=DMARC1, p=none"] {
            assert!(!is_record(text) && (is_near_miss(text) || text.starts_with('p')), "{text}");
        }
        assert!(is_near_miss("\"v=DMARC1; p=none\"") && is_near_miss("v=DMARC;p=none"));
        assert!(!is_near_miss("v=spf1 -all") && !is_near_miss("v=DMARC1; p=none"));
    }

    #[test]
    fn examples_of_rfc_9989_are_read() {
        // RFC 9989 appendix B.2.
        let record = DmarcRecord::parse(
            "v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com; ruf=mailto:auth-reports@example.com",
        );
        assert_eq!((record.p, record.rua.len(), record.ruf.len()), (Value::Valid(Policy::None), 1, 1));
        let record = DmarcRecord::parse(
            "v=DMARC1; p=quarantine; rua=mailto:dmarc-feedback@example.com, mailto:customer-data@thirdparty.example.net; t=y",
        );
        assert!(record.testing && record.rua.len() == 2);
        let record = DmarcRecord::parse("v=DMARC1; psd=y; np=reject; p=none");
        assert_eq!((record.psd, record.np), (Psd::Yes, Value::Valid(Policy::Reject)));
    }

    #[test]
    fn alignment_is_strict_if_its_tag_says_so() {
        let strict = |text: &str| DmarcRecord::parse(text).is_strict("adkim");
        assert!(strict("v=DMARC1; p=none; adkim=s") && strict("v=DMARC1; ADKIM=S; p=none"));
        assert!(!strict("v=DMARC1; p=none; aspf=s") && !strict("v=DMARC1; p=none; adkim=x"));
    }

    #[test]
    fn policy_falls_from_np_over_sp_to_p() {
        let policies = |text: &str| DmarcRecord::parse(text).policies().expect("a policy");
        let all = policies("v=DMARC1; p=reject; sp=quarantine");
        assert_eq!(
            (all.domain, all.subdomains, all.non_existent),
            (Policy::Reject, Policy::Quarantine, Policy::Quarantine)
        );
        assert_eq!(policies("v=DMARC1; p=none; np=reject").non_existent, Policy::Reject);
    }

    #[test]
    fn invalid_policy_counts_as_none_only_with_a_report_address() {
        // RFC 9989 §4.10.1.
        for tags in ["", "; p=no", "; p=reject; sp=x", "; p=reject; np="] {
            assert_eq!(DmarcRecord::parse(&format!("v=DMARC1{tags}")).policies(), None, "{tags}");
            let with = DmarcRecord::parse(&format!("v=DMARC1{tags}; rua=mailto:a@example.com"));
            assert_eq!(with.policies().map(|all| all.domain), Some(Policy::None), "{tags}");
            assert_eq!(DmarcRecord::parse(&format!("v=DMARC1{tags}; rua=a@example.com")).policies(), None, "{tags}");
        }
    }

    #[test]
    fn values_without_meaning_and_unknown_tags_are_told() {
        let record = DmarcRecord::parse("v=DMARC1; p=none; adkim=x; fo=0:1; t=maybe; pct=5; foo=1; p=reject");
        let bad: Vec<&str> = record.bad_values.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(bad, ["adkim", "t", "fo"]);
        assert_eq!(record.unknown_tags().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["foo"]);
        assert_eq!(record.duplicates().collect::<Vec<_>>(), ["p"]);
        assert!(is_failure_options("1:d:s") && !is_failure_options("") && !is_failure_options("2"));
    }
}
