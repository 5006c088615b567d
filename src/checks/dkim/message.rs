//! The signatures of a message: each is judged, then what they come to together.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join, join_all};

use super::facts::{Facts, KeyRow, MessageFacts, SignatureResult, SignatureRow};
use super::signature::{Case, Clock, date, is_of_one_registration, key_name};
use super::{Source, judge, signature_rules, unknown};
use crate::checks::Outcome;
use crate::checks::dmarc::{Alignment, AlignmentMode};
use crate::checks::reason;
use crate::mail::mailbox_list;
use crate::mail::message::Message;
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dns;
use crate::net::lookup::texts::{self, Texts};
use crate::report::{Evidence, Finding, Proof, Reason, Unclear};

/// Signatures of one message that are judged; a verifier may set a limit (RFC 6376 §6.1).
const MAX_SIGNATURES: usize = 16;

/// A selector that was asked.
pub(super) struct Asked {
    pub(super) result: Result<Texts, Box<dns::Error>>,
    pub(super) row: KeyRow,
    pub(super) findings: Vec<Finding>,
}

/// Who wrote the message: the domain of the mailboxes in From, if it is one domain (RFC 9989 §4.4 asks for one).
pub(super) fn author(message: &Message) -> Option<Domain> {
    let mut domains = message.fields("from").flat_map(|field| mailbox_list::domains(field.value));
    let first = domains.next()??;
    domains.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

/// Judges the signatures of a message, or those in the name of one domain.
pub(super) async fn run(message: &Message, wanted: Option<&Domain>, net: &Net) -> Outcome<Facts> {
    let author = author(message);
    let now_s = net.clock.time().as_second();
    let received_s = message.received().filter(|received| *received <= now_s);
    let clock = Clock { received_s, now_s };
    let places = message.places("dkim-signature");
    let judged = places.iter().take(MAX_SIGNATURES).enumerate();
    let all: Vec<Case> = judged.map(|(index, place)| Case::read(message, *place, index + 1)).collect();
    let signers: BTreeSet<String> = all.iter().filter_map(|case| case.row.domain.clone()).collect();
    let mut cases: Vec<Case> = all.into_iter().filter(|case| case.is_wanted(wanted)).collect();
    let (asked, (alignment, aligned)) = join(ask(&cases, net), align(author.as_ref(), &cases, net)).await;
    for case in &mut cases {
        case.judge(message, clock, &asked);
        case.row.aligned = author.as_ref().and_then(|_| match case.domain() {
            Some(domain) => aligned.get(&domain)?.as_ref().ok().copied(),
            None => Some(false),
        });
    }
    let too_many = places.len().saturating_sub(MAX_SIGNATURES);
    let mut findings: Vec<Finding> = from_fields(message, author.as_ref()).into_iter().collect();
    let mut unclear = Vec::new();
    if cases.is_empty() && too_many == 0 {
        findings.push(unsigned(message, author.as_ref(), wanted, &signers));
    }
    conclude(&cases, &asked, too_many > 0, &mut findings, &mut unclear);
    let aligned_is_wanted =
        wanted.is_none_or(|wanted| author.as_ref().is_none_or(|author| is_of_one_registration(wanted, author)));
    if aligned_is_wanted && too_many == 0 {
        findings.extend(unaligned(message, &cases, author.as_ref(), alignment.as_ref()));
        unclear.extend(unknown_alignment(&cases, &aligned));
    }
    if too_many > 0 {
        let detail = format!("{} signatures, the first {MAX_SIGNATURES} are judged", places.len());
        let settled = cases.iter().any(|case| case.row.result == SignatureResult::Pass);
        unclear
            .push(Unclear { decisive: !settled, ..Unclear::decisive(Reason::TooFewAnswers, "DKIM-Signature", detail) });
    }
    let signatures: Vec<SignatureRow> = cases.into_iter().map(|case| case.row).collect();
    let reason = reason::of(&findings, summary(&signatures, &unclear));
    let keys: Vec<KeyRow> = asked.into_values().map(|asked| asked.row).collect();
    let found = keys.iter().filter(|key| key.outcome.is_found()).count();
    let message = MessageFacts {
        from: author.map(|author| author.to_string()),
        octets: message.size(),
        judged_at: date(clock.judged_s()),
        alignment: alignment.as_ref().and_then(Alignment::mode),
        signatures: places.len(),
    };
    let facts = Facts {
        keys,
        guessed: 0,
        found,
        providers: Vec::new(),
        wildcard: None,
        message: Some(message),
        signatures,
        reason,
    };
    Outcome { facts, findings, unclear }
}

/// Whether a signature of each signer counts as the author's.
type Aligned = BTreeMap<Domain, Result<bool, Unclear>>;

/// Asks the author's DMARC record whose signatures count, each signer once.
async fn align(author: Option<&Domain>, cases: &[Case], net: &Net) -> (Option<Alignment>, Aligned) {
    let Some(author) = author.filter(|_| !cases.is_empty()) else { return (None, Aligned::new()) };
    let alignment = Alignment::of(author, net).await;
    let signers: BTreeSet<Domain> = cases.iter().filter_map(Case::domain).collect();
    let counted = signers.into_iter().map(async |signer| {
        let counts = alignment.counts(&signer, net).await;
        (signer, counts)
    });
    let aligned = join_all(counted).await.into_iter().collect();
    (Some(alignment), aligned)
}

/// What could not be told of a good signature, unless another one counts.
fn unknown_alignment(cases: &[Case], aligned: &Aligned) -> Option<Unclear> {
    if cases.iter().any(|case| case.is_good() && case.is_aligned()) {
        return None;
    }
    let open = |case: &Case| aligned.get(&case.domain()?)?.as_ref().err().cloned();
    cases.iter().filter(|case| case.is_good()).find_map(open)
}

/// Asks for every key that a sound signature names, each once.
async fn ask(cases: &[Case], net: &Net) -> BTreeMap<Domain, Asked> {
    let mut names: BTreeMap<Domain, String> = BTreeMap::new();
    for signature in cases.iter().filter_map(|case| case.signature.as_ref().ok()) {
        if let Some(name) = key_name(signature) {
            names.insert(name, signature.selector.to_string());
        }
    }
    let questions = names.keys().map(texts::question).collect();
    let exchanges = net.dns.submit(questions).await;
    let read = |((name, selector), exchange): ((Domain, String), dns::Exchange)| {
        let result = texts::read(exchange, &name);
        let mut findings = Vec::new();
        let row = match &result {
            Ok(texts) => judge::selector(&selector, name.as_str(), Source::Named, texts, &mut findings),
            Err(_) => unknown(&selector, &name),
        };
        (name, Asked { result, row, findings })
    };
    names.into_iter().zip(exchanges).map(read).collect()
}

/// What the signatures come to together. One that is not good counts for nothing as long as another one is good, or
/// may be (RFC 6376 §6.1); one of the author's domain is outweighed only by its like.
fn conclude(
    cases: &[Case],
    asked: &BTreeMap<Domain, Asked>,
    too_many: bool,
    findings: &mut Vec<Finding>,
    unclear: &mut Vec<Unclear>,
) {
    let outweighs = |one: &Case, other: &Case| one.place != other.place && (one.is_aligned() || !other.is_aligned());
    let mut keys: BTreeSet<&str> = BTreeSet::new();
    for case in cases {
        let by_good = cases.iter().any(|other| other.is_good() && outweighs(other, case));
        let by_open = too_many || cases.iter().any(|other| other.open.is_some() && outweighs(other, case));
        if let Some(open) = &case.open {
            unclear.push(Unclear { decisive: !by_good, ..open.clone() });
            continue;
        }
        if !case.is_good() && (by_good || by_open) {
            let finding = Finding::new(&signature_rules::OTHER_SIGNATURE, &case.subject, case.evidence.clone());
            findings.push(finding.about(&case.about).detail(&case.row.why));
            continue;
        }
        let better = |other: &Case| other.is_good() && other.is_aligned();
        if case.is_good() && !case.is_aligned() && cases.iter().any(better) {
            continue;
        }
        findings.extend(case.findings.iter().cloned());
        let name = case.row.key.as_deref().and_then(|name| Some((name, asked.get(&name.parse::<Domain>().ok()?)?)));
        if let Some((name, key)) = name.filter(|(name, _)| !keys.contains(name)) {
            keys.insert(name);
            findings.extend(key.findings.iter().cloned());
        }
    }
}

/// RFC 5322 §3.6: there is one From field.
fn from_fields(message: &Message, author: Option<&Domain>) -> Option<Finding> {
    let count = message.places("from").len();
    let subject = author.map_or_else(|| "From".to_owned(), ToString::to_string);
    let fields = message.fields("from").take(4).map(|field| super::signature::shown(Some(field)));
    let proof = Proof::of(fields, || Evidence::measure("From fields", 0.0, "fields"));
    let finding = || Finding::new(&signature_rules::FROM_FIELD, subject, proof).detail(format!("{count} From fields"));
    (count != 1).then(finding)
}

fn unsigned(
    message: &Message,
    author: Option<&Domain>,
    wanted: Option<&Domain>,
    signers: &BTreeSet<String>,
) -> Finding {
    let subject = wanted.or(author).map_or_else(|| "the message".to_owned(), ToString::to_string);
    let fields = message.fields("dkim-signature").take(4).map(|field| super::signature::shown(Some(field)));
    let proof = Proof::of(fields, || Evidence::measure("DKIM-Signature fields", 0.0, "fields"));
    let finding = Finding::new(&signature_rules::UNSIGNED, subject, proof);
    match wanted.filter(|_| !signers.is_empty()) {
        None => finding.detail("it has no DKIM-Signature field"),
        Some(wanted) => {
            let signers: Vec<&str> = signers.iter().map(String::as_str).collect();
            finding
                .detail(format!("no signature of {wanted}; it is signed by {}", signers.join(", ")))
                .remedy(format!("Let the server or service that sends sign with d={wanted} as well."))
        }
    }
}

/// RFC 9989 §4.4.1. A signature of the author's domain that is bad or open has its own words.
fn unaligned(
    message: &Message,
    cases: &[Case],
    author: Option<&Domain>,
    alignment: Option<&Alignment>,
) -> Option<Finding> {
    let author = author?;
    let may_count = |case: &Case| case.is_aligned() || case.is_good() && case.row.aligned.is_none();
    if cases.iter().any(may_count) {
        return None;
    }
    let good = cases.iter().filter(|case| case.is_good()).filter_map(|case| case.row.domain.as_deref());
    let good: BTreeSet<&str> = good.collect();
    if good.is_empty() {
        return None;
    }
    let detail = format!("From is {author}, signed by {}", good.into_iter().collect::<Vec<_>>().join(", "));
    let record = alignment.and_then(Alignment::record);
    let strict = record.filter(|_| alignment.and_then(Alignment::mode) == Some(AlignmentMode::Strict));
    let from = message.fields("from").take(1).map(|field| super::signature::shown(Some(field)));
    let signatures = cases.iter().filter(|case| case.is_good()).map(|case| case.evidence.clone());
    let proof = Proof::some(from.chain(signatures))?.and(record.into_iter().flat_map(|(_, proof)| proof.clone()));
    let finding = Finding::new(&signature_rules::UNALIGNED, author, proof);
    Some(match strict {
        None => finding.detail(detail),
        Some((at, _)) => finding.detail(format!("{detail}, and adkim=s at {at} counts d={author} alone")).remedy(
            format!("Let the service that sends sign with d={author}, or remove adkim=s from the record at {at}."),
        ),
    })
}

/// The reason of a verdict without faults.
fn summary(signatures: &[SignatureRow], unclear: &[Unclear]) -> String {
    let good = signatures.iter().filter(|row| row.result == SignatureResult::Pass);
    let Some(best) = good.min_by_key(|row| row.aligned != Some(true)) else {
        return unclear.first().map(|unclear| unclear.detail.clone()).unwrap_or_default();
    };
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let aligned = if best.aligned == Some(true) { ", aligned with From" } else { "" };
    format!("signed by {} ({}, {}){aligned}", text(&best.domain), text(&best.selector), text(&best.algorithm))
}
