//! Which record governs a domain: the tree walk of RFC 9989, and the public suffix list of RFC 7489.

use crate::mail::dmarc_record::{self, DmarcRecord, Policy, Psd};
use crate::names::domain::Domain;

/// Questions of one tree walk at most. RFC 9989 §4.10.
const MAX_QUERIES: usize = 8;

/// What one name of the walk holds.
#[derive(Debug, Clone)]
pub(super) struct Level {
    /// The domain; its record stands at `_dmarc` below it.
    pub(super) domain: Domain,
    /// How many DMARC records stand there.
    pub(super) count: usize,
    /// The record, if there is exactly one.
    pub(super) record: Option<DmarcRecord>,
}

impl Level {
    /// Reads the texts of `_dmarc` below a domain. Several records are none (RFC 9989 §4.10 step 2).
    pub(super) fn new<'a>(domain: &Domain, texts: impl Iterator<Item = &'a str>) -> Level {
        let records: Vec<&str> = texts.filter(|text| dmarc_record::is_record(text)).collect();
        let record = match records[..] {
            [text] => Some(DmarcRecord::parse(text)),
            _ => None,
        };
        Level { domain: domain.clone(), count: records.len(), record }
    }

    fn psd(&self) -> Psd {
        self.record.as_ref().map_or(Psd::Unsaid, |record| record.psd)
    }
}

/// Who governs a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Discovery {
    /// The domain whose record governs it.
    pub(super) governing: Option<Domain>,
    /// Its organisational domain.
    pub(super) organizational: Domain,
}

/// The domains a walk from `domain` asks, in its order: the domain, then its parents, of a name with more
/// than eight labels only the last seven labels (RFC 9989 §4.10).
pub(super) fn targets(domain: &Domain) -> Vec<Domain> {
    let mut targets = vec![domain.clone()];
    let mut next = domain.parent();
    while let Some(parent) = next {
        if parent.labels().count() < MAX_QUERIES {
            targets.push(parent.clone());
        }
        next = parent.parent();
    }
    targets
}

/// What the walk over these levels finds (RFC 9989 §4.10.1, §4.10.2).
pub(super) fn walk(levels: &[Level]) -> Discovery {
    let start = &levels[0];
    let mut organizational = None;
    let mut suffix = None;
    let mut highest = None;
    for level in levels {
        if level.record.is_none() {
            continue;
        }
        match level.psd() {
            Psd::No => {
                organizational = Some(level.domain.clone());
                break;
            }
            Psd::Yes => {
                if level.domain != start.domain {
                    organizational = Some(one_label_below(&start.domain, &level.domain));
                    suffix = Some(level.domain.clone());
                } else {
                    highest = Some(level.domain.clone());
                }
                break;
            }
            Psd::Unsaid => highest = Some(level.domain.clone()),
        }
    }
    let organizational = organizational.or(highest).unwrap_or_else(|| start.domain.clone());
    let holds = |domain: &Domain| levels.iter().any(|level| level.domain == *domain && level.record.is_some());
    let candidates = [Some(start.domain.clone()), Some(organizational.clone()), suffix];
    let governing = candidates.into_iter().flatten().find(holds);
    Discovery { governing, organizational }
}

/// How many of the levels a walk asks before a `psd` tag ends it.
pub(super) fn steps(levels: &[Level]) -> usize {
    levels.iter().position(|level| level.psd() != Psd::Unsaid).map_or(levels.len(), |last| last + 1)
}

/// What RFC 7489 §6.6.3 finds: the domain's own record, else that of the domain below the public suffix;
/// several records end the search.
pub(super) fn classic(levels: &[Level]) -> Discovery {
    let start = &levels[0];
    let organizational = start.domain.registrable().unwrap_or_else(|| start.domain.clone());
    let own = (start.count > 0).then_some(start);
    let found = own.or_else(|| levels.iter().find(|level| level.domain == organizational));
    let governing = found.filter(|level| level.record.is_some()).map(|level| level.domain.clone());
    Discovery { governing, organizational }
}

/// The policy RFC 7489 asks for, which knows neither `np` nor `t`.
pub(super) fn classic_policy(record: &DmarcRecord, is_own: bool) -> Option<Policy> {
    let policies = record.policies()?;
    let sub = record.sp.valid().filter(|_| record.p.valid().is_some());
    Some(if is_own { policies.domain } else { sub.unwrap_or(policies.domain) })
}

fn one_label_below(domain: &Domain, above: &Domain) -> Domain {
    let mut name = domain.clone();
    while let Some(parent) = name.parent() {
        if parent == *above {
            return name;
        }
        name = parent;
    }
    domain.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(text: &str) -> Domain {
        text.parse().expect("a name")
    }

    fn walked(start: &str, records: &[(&str, &str)]) -> (Option<String>, String) {
        let levels: Vec<Level> = targets(&domain(start))
            .iter()
            .map(|name| {
                let texts = records.iter().filter(|(at, _)| *at == name.as_str()).map(|(_, text)| *text);
                Level::new(name, texts)
            })
            .collect();
        let found = walk(&levels);
        (found.governing.map(|name| name.to_string()), found.organizational.to_string())
    }

    fn found(governing: &str, organizational: &str) -> (Option<String>, String) {
        (Some(governing.to_owned()), organizational.to_owned())
    }

    #[test]
    fn long_name_takes_the_eight_questions_of_rfc_9989() {
        let names = targets(&domain("a.b.c.d.e.f.g.h.i.j.mail.example.com"));
        let names: Vec<&str> = names.iter().map(Domain::as_str).collect();
        let expected = [
            "a.b.c.d.e.f.g.h.i.j.mail.example.com",
            "g.h.i.j.mail.example.com",
            "h.i.j.mail.example.com",
            "i.j.mail.example.com",
            "j.mail.example.com",
            "mail.example.com",
            "example.com",
            "com",
        ];
        assert_eq!(names, expected);
        assert_eq!(targets(&domain("1.2.3.4.5.6.7.8")).len(), 8);
        assert_eq!(targets(&domain("com")).len(), 1);
    }

    #[test]
    fn organizational_domain_is_found_as_in_the_examples_of_rfc_9989() {
        // RFC 9989 §4.10.2.
        let plain = "v=DMARC1; p=none";
        let both = [("mail.example.com", plain), ("example.com", plain)];
        assert_eq!(walked("a.mail.example.com", &both), found("example.com", "example.com"));
        let own = [("mail.example.com", "v=DMARC1; p=none; psd=n"), ("example.com", plain)];
        assert_eq!(walked("a.mail.example.com", &own), found("mail.example.com", "mail.example.com"));
        let suffix = [("com", "v=DMARC1; p=none; psd=y")];
        assert_eq!(walked("a.mail.example.com", &suffix), found("com", "example.com"));
    }

    #[test]
    fn own_record_governs_whatever_stands_above() {
        let records = [("a.example.com", "v=DMARC1; p=none"), ("example.com", "v=DMARC1; p=reject")];
        assert_eq!(walked("a.example.com", &records), found("a.example.com", "example.com"));
        let suffix = [("gov", "v=DMARC1; p=reject; psd=y")];
        assert_eq!(walked("gov", &suffix), found("gov", "gov"));
        assert_eq!(walked("a.example.com", &[]), (None, "a.example.com".into()));
    }

    #[test]
    fn several_records_are_none_for_the_walk_and_the_end_for_rfc_7489() {
        let several = [("a.example.com", "v=DMARC1; p=none"), ("a.example.com", "v=DMARC1; p=none; t=y")];
        let above = [several[0], several[1], ("example.com", "v=DMARC1; p=reject")];
        assert_eq!(walked("a.example.com", &above), found("example.com", "example.com"));
        let level = |name: &str, count| Level {
            domain: domain(name),
            count,
            record: (count == 1).then(|| DmarcRecord::parse("v=DMARC1; p=none")),
        };
        assert_eq!(classic(&[level("a.example.com", 2), level("example.com", 1)]).governing, None);
        assert_eq!(classic(&[level("a.b.example.com", 0), level("b.example.com", 1)]).governing, None);
        let up = classic(&[level("a.example.com", 0), level("example.com", 1)]);
        assert_eq!(up.governing, Some(domain("example.com")));
    }
}
