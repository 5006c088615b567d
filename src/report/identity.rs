//! What tells a finding from every other, in this run and in the next.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

/// The identity of a finding. Wording, numbers and order have no part in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// The check's name.
    pub check: String,
    /// The rule's id.
    pub rule: String,
    /// The address, name or list it is about.
    pub subject: String,
    /// What tells it from another finding of this rule on this subject.
    pub about: Option<String>,
}

impl Identity {
    /// The same in 64 hexadecimal digits, for programs that keep fingerprints.
    pub fn fingerprint(&self) -> String {
        let about = self.about.as_deref().unwrap_or_default();
        let parts = [self.check.as_str(), &self.rule, &self.subject, about];
        HEXLOWER.encode(digest(&SHA256, parts.join("\0").as_bytes()).as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_tells_findings_apart() {
        let one = |check: &str, rule: &str, subject: &str, about: Option<&str>| {
            let (check, rule, subject) = (check.to_owned(), rule.to_owned(), subject.to_owned());
            Identity { check, rule, subject, about: about.map(str::to_owned) }.fingerprint()
        };
        let parts = [
            one("mx", "a", "b", None),
            one("ptr", "a", "b", None),
            one("mx", "c", "b", None),
            one("mx", "a", "c", None),
            one("mx", "a", "b", Some("c")),
        ];
        let different: std::collections::HashSet<&String> = parts.iter().collect();
        assert_eq!(different.len(), parts.len());
        assert_eq!(parts[0], one("mx", "a", "b", None));
    }
}
