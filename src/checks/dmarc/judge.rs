//! From what the walk brought to findings.

use super::facts::{Applies, Facts};
use super::{Seen, Walked, rules};
use crate::checks::advice::Place;
use crate::mail::dmarc_record::{self, DmarcRecord, Policy, Psd, REMOVED, Value};
use crate::mail::tag_list::FaultKind;
use crate::names::domain::Domain;
use crate::net::lookup::texts::Text;
use crate::report::{Finding, Proof, Unclear};

/// What stands where, and what does not.
pub(super) fn place(
    domain: &Domain,
    seen: &Seen,
    governing: Option<(&Walked, &DmarcRecord)>,
    mailbox: Option<&str>,
    findings: &mut Vec<Finding>,
    unclear: &mut Vec<Unclear>,
) {
    let own = &seen.steps[0];
    let mut holed = false;
    for hole in seen.holes() {
        holed |= hole.decisive;
        unclear.push(hole);
    }
    for step in &seen.steps[..seen.walk] {
        if step.level.count > 1 {
            let detail = format!("{} records at {}", step.level.count, step.name);
            let records = step.records().take(MAX_EVIDENCE).map(|text| text.evidence(&step.name));
            let proof = Proof::some(records).unwrap_or_else(|| step.proof());
            findings.push(Finding::new(&rules::SEVERAL, &step.name, proof).detail(detail));
        }
    }
    let own_texts = own.texts();
    let several = seen.steps[..seen.walk].iter().any(|step| step.level.count > 1);
    let near: Vec<_> = own_texts.iter().filter(|text| dmarc_record::is_near_miss(&text.text)).collect();
    for text in near.iter().take(MAX_EVIDENCE) {
        let detail = format!("\"{}\"", text.shown());
        let finding = Finding::new(&rules::NEAR_MISS, &own.name, text.evidence(&own.name));
        findings.push(finding.about(text.shown()).detail(detail));
    }
    let unrelated = own_texts.len() - own.level.count - near.len();
    if unrelated > 0 {
        let is_other = |text: &&Text| !dmarc_record::is_record(&text.text) && !dmarc_record::is_near_miss(&text.text);
        let first = own_texts.iter().find(is_other);
        let detail = first.map(|text| format!("{unrelated} at {}: \"{}\"", own.name, text.shown())).unwrap_or_default();
        let finding = Finding::new(&rules::UNRELATED, &own.name, own.proof()).detail(detail);
        findings.push(match own.alias() {
            // They are at home where the alias leads.
            Some(end) => finding.remedy(format!(
                "Remove the alias at {}, a CNAME of {end}, and leave the texts of {end} as they are.",
                own.name
            )),
            None => finding,
        });
    }
    if governing.is_some() {
        return;
    }
    let apex = seen.apex.as_ref().map(|texts| texts.records.as_slice()).unwrap_or_default();
    if let Some(text) = apex.iter().find(|text| dmarc_record::is_record(&text.text)) {
        let mut moved = text.shown();
        if let Some(mailbox) = mailbox.filter(|_| DmarcRecord::parse(&text.text).rua.is_empty()) {
            moved = format!("{}; rua=mailto:{mailbox}", moved.trim_end_matches([';', ' ']));
        }
        let remedy = format!("{}, and remove it here.", place_of(domain, own).publish_text(&moved));
        let finding = Finding::new(&rules::MISPLACED, domain, text.evidence(domain.as_str()));
        findings.push(finding.detail(format!("at {domain}: \"{}\"", text.shown())).remedy(remedy));
    }
    if !several && !holed {
        let asked: Vec<&str> = seen.steps[..seen.walk].iter().map(|step| step.name.as_str()).collect();
        let place = place_of(domain, own);
        let remedy = match mailbox {
            Some(mailbox) => format!(
                "{}, read the reports until your own mail passes, then ask for p=quarantine and later p=reject.",
                place.publish_text(&format!("v=DMARC1; p=none; rua=mailto:{mailbox}"))
            ),
            // Nothing can be reported to a domain without a mailbox; most such domains send nothing either.
            None => format!(
                "If {domain} sends no mail: {}. If it does, ask for p=none first, with reports to a mailbox at another \
                 domain that permits them (RFC 9990 §4).",
                place.publish_text("v=DMARC1; p=reject")
            ),
        };
        let detail = format!("none at {}", asked.join(", "));
        let above = seen.steps[1..seen.walk].iter().flat_map(Walked::proof);
        let finding = Finding::new(&rules::MISSING, domain, own.proof()).evidence_all(above);
        findings.push(finding.detail(detail).remedy(remedy));
    }
}

/// Where the domain's own record stands.
fn place_of<'a>(domain: &'a Domain, own: &'a Walked) -> Place<'a> {
    Place { reader: domain, name: &own.name, alias: own.alias() }
}

/// Records quoted at most.
const MAX_EVIDENCE: usize = 4;

/// What the governing record says and fails to say.
pub(super) fn record(
    at: &Walked,
    record: &DmarcRecord,
    seen: &Seen,
    mailbox: Option<&str>,
    facts: &mut Facts,
    findings: &mut Vec<Finding>,
) {
    let name = &at.name;
    let proof = &at.proof();
    let mut add = |rule, about: &str, detail: String| {
        let finding = Finding::new(rule, name, proof);
        let finding = if about.is_empty() { finding } else { finding.about(about) };
        findings.push(finding.detail(detail));
    };
    for fault in &record.list.faults {
        match &fault.kind {
            FaultKind::Duplicate(tag) => {
                let column = fault.column;
                add(&rules::DUPLICATE_TAG, &format!("{tag} {column}"), format!("{tag} again at column {column}"));
            }
            _ => add(&rules::SYNTAX_FAULT, &fault.to_string(), fault.to_string()),
        }
    }
    for tag in record.unknown_tags() {
        add(&rules::UNKNOWN_TAG, &tag.name, format!("{} at column {}", tag.name, tag.column));
    }
    for tag in &record.bad_values {
        add(&rules::TAG_VALUE, &tag.name, format!("{}={}", tag.name, tag.value));
    }
    removed(record, &mut add);
    let is_organizational = at.level.domain == seen.found.organizational;
    let governs_below = is_organizational || record.psd == Psd::Yes;
    policy_tags(record, facts, governs_below, &mut add);
    if record.tag("fo").is_some() && record.ruf.is_empty() {
        add(&rules::FO, "", "there is no ruf".to_owned());
    }
    let second = record.list.tags.get(1).is_some_and(|tag| tag.name.eq_ignore_ascii_case("p"));
    if record.tag("p").is_some() && !second {
        add(&rules::P_NOT_SECOND, "", format!("p is at column {}", record.tag("p").map_or(0, |tag| tag.column)));
    }
    if !governs_below && (record.sp != Value::Absent || record.np != Value::Absent) {
        add(&rules::SP_IGNORED, "", format!("the organisational domain is {}", seen.found.organizational));
    }
    if record.psd == Psd::Yes && at.level.domain.registrable().is_some() {
        add(&rules::PSD_CLAIM, "", format!("psd=y at {}", at.level.domain));
    }
    if record.rua.is_empty() {
        let remedy = match mailbox {
            Some(mailbox) => format!("Add to the record at {name}: rua=mailto:{mailbox}"),
            None => format!(
                "Add rua with a mailbox at a domain that takes mail, and have that domain permit the reports (RFC 9990 \
                 §4): the domain of {name} takes none."
            ),
        };
        findings.push(Finding::new(&rules::NO_REPORTS, name, proof).detail("there is no rua").remedy(remedy));
    }
}

fn removed(record: &DmarcRecord, add: &mut impl FnMut(&'static crate::report::Rule, &str, String)) {
    for tag in REMOVED.iter().filter_map(|name| record.tag(name)) {
        let part = tag.name.eq_ignore_ascii_case("pct") && tag.value != "100";
        let rule = if part { &rules::PCT } else { &rules::REMOVED_TAG };
        add(rule, &tag.name, format!("{}={}", tag.name, tag.value));
    }
}

fn policy_tags(
    record: &DmarcRecord,
    facts: &Facts,
    governs_below: bool,
    add: &mut impl FnMut(&'static crate::report::Rule, &str, String),
) {
    if !record.has_valid_policy() {
        let faulty = [("p", record.p), ("sp", record.sp), ("np", record.np)];
        let absent = || "there is no p".to_owned();
        let first = faulty.iter().find(|(_, value)| *value == Value::Invalid);
        let detail = first.map_or_else(absent, |(name, _)| {
            format!("{name}={}", record.tag(name).map(|tag| tag.value.as_str()).unwrap_or_default())
        });
        add(if record.policies().is_some() { &rules::POLICY_INVALID } else { &rules::UNUSABLE }, "", detail);
        return;
    }
    let Some(policies) = record.policies() else { return };
    if record.testing && policies.domain != Policy::None {
        let lowered = policies.domain.lowered();
        add(&rules::TESTING, "", format!("p={} counts as {}", policies.domain.as_str(), lowered.as_str()));
    }
    let asked = match facts.applies {
        Some(Applies::Sp) => policies.subdomains,
        Some(Applies::Np) => policies.non_existent,
        _ => policies.domain,
    };
    if asked == Policy::None {
        add(&rules::NONE, "", format!("{} applies", facts.applies.map_or("p", Applies::as_str)));
    }
    if !governs_below {
        return;
    }
    if policies.subdomains < policies.domain {
        let (sub, own) = (policies.subdomains.as_str(), policies.domain.as_str());
        add(&rules::SUBDOMAIN_WEAKER, "", format!("sp={sub}, p={own}"));
    }
    if record.np.valid().is_some() && policies.non_existent < policies.subdomains {
        let (np, sub) = (policies.non_existent.as_str(), policies.subdomains.as_str());
        add(&rules::NON_EXISTENT_WEAKER, "", format!("np={np}, existing subdomains {sub}"));
    }
}

/// Where the old way of discovery leads elsewhere.
pub(super) fn compare(seen: &Seen, facts: &Facts, findings: &mut Vec<Finding>) {
    let old = &facts.rfc7489;
    if (old.policy, &old.found_at) == (facts.policy, &facts.found_at) {
        return;
    }
    let word = |policy: Option<Policy>| policy.map_or("no DMARC", Policy::as_str);
    let at = |name: &Option<String>| name.as_ref().map(|name| format!(" at {name}")).unwrap_or_default();
    let new = format!("RFC 9989: {}{}", word(facts.policy), at(&facts.found_at));
    let detail = format!("{new}; RFC 7489: {}{}", word(old.policy), at(&old.found_at));
    let above = seen.steps[1..].iter().flat_map(Walked::proof);
    let finding = Finding::new(&rules::DIFFERS, &seen.steps[0].level.domain, seen.steps[0].proof()).evidence_all(above);
    let finding = finding.detail(detail);
    findings.push(finding);
}

/// The reason of a clean verdict.
pub(super) fn summary(facts: &Facts) -> String {
    match (facts.policy, facts.applies) {
        (Some(policy), Some(applies)) => {
            format!(
                "{} in force, by {} at {}",
                policy.as_str(),
                applies.as_str(),
                facts.found_at.as_deref().unwrap_or("")
            )
        }
        _ => "could not be told".to_owned(),
    }
}
