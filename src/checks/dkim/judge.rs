//! From a selector's texts to its row and its findings.

use super::Source;
use super::facts::{KeyOutcome, KeyRow};
use super::rules;
use crate::mail::dkim_key::{Key, KeyError, KeyRecord, KeyType, RsaKey, Version};
use crate::mail::tag_list::FaultKind;
use crate::names::domain::Domain;
use crate::net::lookup::texts::{Text, Texts};
use crate::report::{Finding, Rule, Severity};

/// Bits below which no signature is accepted. RFC 8301 §3.2.
const MIN_BITS: usize = 1024;
/// Bits a signer should use at least. RFC 8301 §3.2.
const GOOD_BITS: usize = 2048;
/// Bits beyond which a verifier may refuse. RFC 8301 §3.2.
const MAX_BITS: usize = 4096;

/// Judges the texts at a selector; a guess that hit something else than a key is no hit.
pub(super) fn selector(
    selector: &str,
    name: &str,
    source: Source,
    texts: &Texts,
    findings: &mut Vec<Finding>,
) -> KeyRow {
    let mut row = KeyRow {
        selector: selector.to_owned(),
        name: name.to_owned(),
        outcome: KeyOutcome::Absent,
        key_type: None,
        bits: None,
        record: None,
        alias: texts.alias.clone(),
    };
    let of_keys = |text: &&Text| KeyRecord::parse(&text.text).is_key_record();
    let is_named = source == Source::Named;
    let candidates: Vec<&Text> = texts.records.iter().filter(|text| is_named || of_keys(text)).collect();
    let Some(first) = candidates.first() else {
        if let Some(alias) = &texts.alias {
            let detail = format!("{name} is an alias for {alias}, which has no key");
            findings.push(Finding::new(&rules::DANGLING_ALIAS, name, texts.proof(name)).detail(detail));
        }
        if is_named {
            let detail = format!("no TXT record at {name}");
            let remedy = match &texts.alias {
                // Nothing stands beside an alias (RFC 1034 §3.6.2).
                Some(end) => format!(
                    "Have the key published at {end}, to which the alias at {name} leads, or let the signer use a selector \
                     that is published."
                ),
                None => format!(
                    "Publish at {name}: TXT \"v=DKIM1; k=rsa; p=…\" with the public key of the signer, or let the signer use a \
                     selector that is published."
                ),
            };
            findings.push(Finding::new(&rules::ABSENT, name, texts.proof(name)).detail(detail).remedy(remedy));
        }
        return row;
    };
    row.record = Some(first.shown());
    if candidates.len() > 1 {
        row.outcome = KeyOutcome::Several;
        let others = candidates[1..].iter().take(3).map(|text| text.evidence(name));
        let finding = Finding::new(&rules::SEVERAL, name, first.evidence(name)).evidence_all(others);
        findings.push(finding.detail(format!("{} records at {name}", candidates.len())));
        return row;
    }
    let record = KeyRecord::parse(&first.text);
    row.key_type = Some(match &record.key_type {
        KeyType::Rsa => "rsa".to_owned(),
        KeyType::Ed25519 => "ed25519".to_owned(),
        KeyType::Unknown(other) => crate::report::clean(other),
    });
    row.bits = match &record.key {
        Key::Rsa(key) => Some(key.bits),
        Key::Ed25519(_) => Some(256),
        _ => None,
    };
    let mut found = Vec::new();
    let mut add = |rule: &'static Rule, about: Option<String>, detail: String| {
        let mut finding = Finding::new(rule, name, first.evidence(name)).detail(detail);
        finding.about = about.map(|about| crate::report::clean(&about));
        found.push(finding);
    };
    key(&record, is_named, &mut add);
    if record.is_key_record() {
        tags(&record, &mut add);
    }
    row.outcome = outcome(&record, &found);
    findings.extend(found);
    row
}

/// Takes back what was said of aliases that a provider keeps for its next key: while one alias into its zone has the
/// key in use, another may lead nowhere until the keys are changed, and has to stay.
pub(super) fn spare_selectors(keys: &[KeyRow], findings: &mut Vec<Finding>) {
    let provider = |key: &KeyRow| Some(key.alias.as_ref()?.parse::<Domain>().ok()?.organisation());
    let in_use: Vec<Domain> = keys.iter().filter(|key| key.outcome.is_found()).filter_map(provider).collect();
    let is_spare = |name: &str| {
        let key = keys.iter().find(|key| key.name == name);
        key.and_then(provider).is_some_and(|provider| in_use.contains(&provider))
    };
    findings.retain(|finding| finding.rule != &rules::DANGLING_ALIAS || !is_spare(&finding.subject));
}

fn outcome(record: &KeyRecord, found: &[Finding]) -> KeyOutcome {
    if record.key == Key::Revoked {
        return KeyOutcome::Revoked;
    }
    let has = |id: &str| found.iter().any(|finding| finding.rule.id == id);
    if found.iter().any(|finding| finding.rule.severity == Severity::Error) {
        KeyOutcome::Unusable
    } else if has(rules::WEAK_KEY.id) {
        KeyOutcome::Weak
    } else if record.has_flag("y") {
        KeyOutcome::Testing
    } else {
        KeyOutcome::Usable
    }
}

fn key(record: &KeyRecord, is_named: bool, add: &mut impl FnMut(&'static Rule, Option<String>, String)) {
    match &record.key {
        Key::Missing => {
            let start: String =
                record.list.tags.iter().map(|tag| tag.name.as_str()).take(4).collect::<Vec<_>>().join(", ");
            add(
                &rules::NOT_A_KEY,
                None,
                if start.is_empty() { "no tags at all".into() } else { format!("tags {start}, no p") },
            );
        }
        Key::Revoked => add(if is_named { &rules::REVOKED } else { &rules::RETIRED }, None, "p is empty".to_owned()),
        Key::Unknown => {}
        Key::Ed25519(_) => {}
        Key::Rsa(key) => rsa(key, add),
        Key::Unusable(error) => {
            let is_text = matches!(error, KeyError::Base64 { .. });
            add(if is_text { &rules::BASE64 } else { &rules::KEY_MALFORMED }, None, error.to_string());
        }
    }
    if record.lacks_padding && !matches!(record.key, Key::Unusable(_)) {
        add(&rules::PADDING, None, "the length of p is no multiple of four".to_owned());
    }
}

fn rsa(key: &RsaKey, add: &mut impl FnMut(&'static Rule, Option<String>, String)) {
    let bits = key.bits;
    match bits {
        0..MIN_BITS => add(&rules::SHORT_KEY, None, format!("{bits} bits, at least {MIN_BITS} are accepted")),
        MIN_BITS..GOOD_BITS => add(&rules::WEAK_KEY, None, format!("{bits} bits, {GOOD_BITS} are good")),
        GOOD_BITS..MAX_BITS => {}
        MAX_BITS => add(&rules::LARGE_KEY, None, format!("{bits} bits")),
        _ => add(&rules::OVERSIZED_KEY, None, format!("{bits} bits, at most {MAX_BITS} must be accepted")),
    }
    if key.is_bare {
        add(&rules::BARE_KEY, None, "an RSAPublicKey without its SubjectPublicKeyInfo".to_owned());
    }
}

fn tags(record: &KeyRecord, add: &mut impl FnMut(&'static Rule, Option<String>, String)) {
    match &record.version {
        Version::Absent | Version::Dkim1 => {}
        Version::NotFirst => add(&rules::VERSION, None, "v is not the first tag".to_owned()),
        Version::Other(other) => add(&rules::VERSION, None, format!("v={other}")),
    }
    if let KeyType::Unknown(other) = &record.key_type {
        add(&rules::KEY_TYPE, None, format!("k={other}"));
    }
    if let Some(hashes) = &record.hashes {
        if !record.allows_sha256() {
            add(&rules::HASH, None, format!("h={}", hashes.join(":")));
        } else if hashes.iter().any(|hash| hash == "sha1") {
            add(&rules::SHA1, None, format!("h={}", hashes.join(":")));
        }
    }
    if !record.is_for_mail() {
        add(&rules::SERVICE, None, format!("s={}", record.services.as_deref().unwrap_or_default().join(":")));
    }
    if record.has_flag("y") {
        add(&rules::TESTING, None, format!("t={}", record.flags.join(":")));
    }
    if record.has_flag("s") {
        add(&rules::STRICT, None, format!("t={}", record.flags.join(":")));
    }
    if let Some(value) = record.list.value("g") {
        add(&rules::GRANULARITY, None, format!("g={value}"));
    }
    for name in record.unknown_tags() {
        add(&rules::UNKNOWN_TAG, Some(name.to_string()), format!("tag {name}"));
    }
    for fault in &record.list.faults {
        match &fault.kind {
            FaultKind::Duplicate(tag) => add(
                &rules::DUPLICATE_TAG,
                Some(format!("{tag} {}", fault.column)),
                format!("{tag} again at column {}", fault.column),
            ),
            _ => add(&rules::SYNTAX_FAULT, Some(fault.to_string()), fault.to_string()),
        }
    }
}
