//! One signature of a message, judged with its key.

use std::collections::BTreeMap;

use super::facts::{KeyOutcome, SignatureResult, SignatureRow};
use super::message::Asked;
use super::{rules, signature_rules};
use crate::mail::dkim_key::{KeyRecord, Version};
use crate::mail::dkim_signature::{Algorithm, Signature, SignatureFault, SignatureField};
use crate::mail::dkim_verify::{self, Body, Change, VerifyError};
use crate::mail::message::{Field, Message};
use crate::mail::tag_list::FaultKind;
use crate::names::domain::Domain;
use crate::net::lookup::texts::Texts;
use crate::report::{Evidence, Finding, Reason, Rule, Unclear, clean, clean_bytes};

/// Records at one selector that are tried (RFC 6376 §6.1.2).
const MAX_RECORDS: usize = 4;
/// Seconds that a signer's clock may be ahead.
const MAX_SKEW_S: i64 = 3600;
/// Characters of a field that are shown.
const MAX_SHOWN: usize = 4096;

/// One signature on its way through the verdict.
pub(super) struct Case {
    pub(super) place: usize,
    pub(super) signature: Result<Signature, Vec<SignatureFault>>,
    pub(super) row: SignatureRow,
    pub(super) subject: String,
    /// Which of the message's signatures it is.
    pub(super) about: String,
    pub(super) evidence: Evidence,
    pub(super) findings: Vec<Finding>,
    pub(super) open: Option<Unclear>,
}

/// The time by which signatures are judged, in seconds since 1970.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    /// When the message was received, if it says so.
    pub(super) received_s: Option<i64>,
    pub(super) now_s: i64,
}

impl Clock {
    /// The time that counts.
    pub(super) fn judged_s(self) -> i64 {
        self.received_s.unwrap_or(self.now_s)
    }
}

impl Case {
    pub(super) fn read(message: &Message, place: usize, number: usize) -> Case {
        let field = message.field(place);
        let value = field.map(|field| field.value).unwrap_or_default();
        let SignatureField { list, signature } = SignatureField::parse(value);
        let tag = |name: &str| list.value(name).map(clean);
        let domain: Option<Domain> = list.value("d").and_then(|domain| domain.parse().ok());
        let selector = list.value("s").and_then(|selector| selector.parse::<Domain>().ok());
        let sound = signature.as_ref().ok();
        let name = domain.as_ref().zip(selector).and_then(|(domain, selector)| {
            domain.prefixed(&format!("{selector}._domainkey")).ok().map(|name| name.to_string())
        });
        let date = |time: Option<u64>| time.and_then(|time| i64::try_from(time).ok()).and_then(date);
        let row = SignatureRow {
            aligned: None,
            domain: domain.map(|domain| domain.to_string()).or_else(|| tag("d")),
            selector: tag("s"),
            algorithm: tag("a"),
            canonicalization: sound.map(Signature::forms).or_else(|| tag("c")),
            identity: sound.map(|sound| clean(&sound.identity)).or_else(|| tag("i")),
            signed_headers: sound.map(|sound| sound.signed.clone()).unwrap_or_default(),
            body_length: sound.and_then(|sound| sound.length),
            signed_at: date(sound.and_then(|sound| sound.signed_at_s)),
            expires_at: date(sound.and_then(|sound| sound.expires_s)),
            key: name.clone(),
            result: SignatureResult::Neutral,
            why: String::new(),
        };
        let subject = name.unwrap_or_else(|| format!("signature {number}"));
        Case {
            place,
            signature,
            row,
            subject,
            about: format!("signature {number}"),
            evidence: shown(field),
            findings: Vec::new(),
            open: None,
        }
    }

    pub(super) fn is_wanted(&self, wanted: Option<&Domain>) -> bool {
        let Some(wanted) = wanted else { return true };
        self.domain().is_some_and(|domain| is_of_one_registration(&domain, wanted))
    }

    /// The domain of the signer.
    pub(super) fn domain(&self) -> Option<Domain> {
        self.row.domain.as_ref().and_then(|domain| domain.parse().ok())
    }

    pub(super) fn is_aligned(&self) -> bool {
        self.row.aligned == Some(true)
    }

    pub(super) fn is_good(&self) -> bool {
        self.row.result == SignatureResult::Pass
    }

    fn ends(&mut self, result: SignatureResult, why: impl Into<String>) {
        self.row.result = result;
        self.row.why = why.into();
    }

    fn add(&mut self, rule: &'static Rule, detail: impl AsRef<str>) {
        let same = self.findings.iter().filter(|finding| finding.rule == rule).count();
        let about = match same {
            0 => self.about.clone(),
            more => format!("{}, {}", self.about, more + 1),
        };
        let finding = Finding::new(rule, &self.subject, self.evidence.clone()).about(about).detail(detail);
        self.findings.push(finding);
    }

    /// Ends with a finding.
    fn fails(&mut self, result: SignatureResult, rule: &'static Rule, detail: &str) {
        self.add(rule, detail);
        self.ends(result, format!("{}: {}", rule.title, clean(detail)));
    }

    pub(super) fn judge(&mut self, message: &Message, clock: Clock, asked: &BTreeMap<Domain, Asked>) {
        match self.signature.clone() {
            Err(faults) => self.malformed(&faults),
            Ok(signature) => self.sound(message, &signature, clock, asked),
        }
    }

    fn malformed(&mut self, faults: &[SignatureFault]) {
        let is_unknown = |fault: &&SignatureFault| matches!(fault, SignatureFault::Unknown { .. });
        let (unknown, broken): (Vec<_>, Vec<_>) = faults.iter().partition(is_unknown);
        for (rule, faults) in
            [(&signature_rules::SIGNATURE_UNKNOWN, unknown), (&signature_rules::SIGNATURE_SYNTAX, broken)]
        {
            let detail: Vec<String> = faults.iter().take(6).map(ToString::to_string).collect();
            if !detail.is_empty() {
                // RFC 8601 §2.7.1: a signature that cannot be processed is neutral.
                self.fails(SignatureResult::Neutral, rule, &detail.join("; "));
            }
        }
    }

    fn sound(&mut self, message: &Message, signature: &Signature, clock: Clock, asked: &BTreeMap<Domain, Asked>) {
        use SignatureResult::{Permerror, Policy, Temperror};
        if !signature.signs_from() {
            let detail = format!("h={}", signature.signed.join(":"));
            return self.fails(Permerror, &signature_rules::FROM_UNSIGNED, &detail);
        }
        if !signature.identity_fits() {
            let detail = format!("i={}, d={}", signature.identity, signature.domain);
            return self.fails(Permerror, &signature_rules::IDENTITY, &detail);
        }
        if let (Some(signed), Some(expires)) = (signature.signed_at_s, signature.expires_s)
            && expires <= signed
        {
            return self.fails(Permerror, &signature_rules::EXPIRY_ORDER, &format!("t={signed}, x={expires}"));
        }
        if signature.algorithm == Algorithm::RsaSha1 {
            return self.fails(Policy, &signature_rules::SIGNATURE_SHA1, "a=rsa-sha1");
        }
        let Some(key) = key_name(signature).and_then(|name| asked.get(&name)) else {
            return self.fails(Permerror, &signature_rules::SIGNATURE_SYNTAX, "the name of its key is too long");
        };
        match &key.result {
            Err(error) => {
                self.open = Some(error.unclear(&self.subject));
                self.ends(Temperror, error.to_string());
            }
            Ok(texts) => self.with_key(message, signature, clock, texts, key),
        }
    }

    fn with_key(&mut self, message: &Message, signature: &Signature, clock: Clock, texts: &Texts, key: &Asked) {
        use SignatureResult::{Fail, Neutral, Pass, Permerror, Policy};
        let has = |rule: &Rule| key.findings.iter().any(|finding| finding.rule.id == rule.id);
        if matches!(key.row.outcome, KeyOutcome::Absent | KeyOutcome::Revoked | KeyOutcome::Unusable) {
            let result = if has(&rules::SHORT_KEY) { Policy } else { Permerror };
            let worst = key.findings.iter().min_by_key(|finding| finding.rule.severity);
            return self.ends(
                result,
                worst.map(|finding| format!("{}: {}", finding.rule.title, finding.detail)).unwrap_or_default(),
            );
        }
        let records: Vec<KeyRecord> =
            texts.records.iter().map(|text| KeyRecord::parse(&text.text)).filter(is_usable).take(MAX_RECORDS).collect();
        let verified: Vec<_> = records
            .iter()
            .map(|record| (record, dkim_verify::header(message, self.place, signature, &record.key)))
            .collect();
        // RFC 6376 §6.1.2: of several records each may be tried.
        let good = verified.iter().find(|(_, result)| result.is_ok());
        let Some((record, result)) = good.or_else(|| verified.first()) else {
            return self.ends(Permerror, "no record at the selector can be used");
        };
        let is_strict = record.has_flag("s") && signature.identity_domain != signature.domain;
        let body = dkim_verify::body(message, signature);
        match result {
            _ if is_strict => {
                let detail = format!("i={}, d={}, and the key has t=s", signature.identity, signature.domain);
                self.fails(Permerror, &signature_rules::IDENTITY, &detail);
            }
            Err(VerifyError::KeyType(_)) => {
                let key_type = key.row.key_type.as_deref().unwrap_or_default();
                let detail = format!("a={}, and the key has k={key_type}", signature.algorithm.as_str());
                self.fails(Permerror, &signature_rules::KEY_MISMATCH, &detail);
            }
            Err(VerifyError::Refused(what)) => self.ends(Policy, format!("{what} must not be accepted")),
            Err(error @ VerifyError::Unsupported(_)) => {
                self.open = Some(Unclear::decisive(Reason::Unsupported, &self.subject, error.to_string()));
                self.ends(Neutral, error.to_string());
            }
            Ok(()) | Err(VerifyError::Mismatch) => {
                let is_intact = matches!(body, Body::Intact(_));
                if !is_intact {
                    self.body_changed(body, signature, result.is_ok());
                }
                if result.is_err() {
                    let also = if is_intact { "the body is intact; " } else { "" };
                    let detail = format!("{also}signed are {}", signature.signed.join(", "));
                    self.add(&signature_rules::HEADER_CHANGED, detail);
                }
                match self.findings.first() {
                    Some(finding) => {
                        let why = format!("{}: {}", finding.rule.title, finding.detail);
                        self.ends(Fail, why);
                    }
                    None => {
                        self.ends(Pass, "it verifies");
                        self.limits(signature, body, clock);
                    }
                }
            }
        }
    }

    fn body_changed(&mut self, body: Body, signature: &Signature, header_is_good: bool) {
        let what = match body {
            Body::Intact(_) => return,
            Body::Short { present, signed } => format!("l={signed} octets were signed, {present} are there"),
            Body::Changed(Some(Change::WhiteSpace)) => {
                "only its white space was changed, which c=relaxed/relaxed would have allowed".to_owned()
            }
            Body::Changed(Some(Change::Appended(1))) => "its last line was appended".to_owned(),
            Body::Changed(Some(Change::Appended(lines))) => format!("its last {lines} lines were appended"),
            Body::Changed(None) => {
                format!("bh={} is of another body", data_encoding::BASE64.encode(&signature.body_hash))
            }
        };
        let header = if header_is_good { "; the header is intact" } else { "" };
        self.add(&signature_rules::BODY_CHANGED, format!("{what}{header}"));
    }

    /// What a good signature leaves open.
    fn limits(&mut self, signature: &Signature, body: Body, clock: Clock) {
        let seconds = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
        let day = |time: u64| date(seconds(time)).unwrap_or_else(|| time.to_string());
        if let Some(expires) = signature.expires_s {
            if seconds(expires) < clock.judged_s() {
                let received = match clock.received_s.and_then(date) {
                    Some(at) => format!("the message was received {at}"),
                    None => "and the message does not say that it was received before".to_owned(),
                };
                let detail = format!("it ended {}, {received}", day(expires));
                return self.fails(SignatureResult::Policy, &signature_rules::EXPIRED, &detail);
            }
            if seconds(expires) < clock.now_s {
                self.row.why = format!("it verifies; it ended {}, after the message was received", day(expires));
            }
        }
        if let Some(signed) = signature.signed_at_s.filter(|signed| seconds(*signed) > clock.judged_s() + MAX_SKEW_S) {
            self.add(&signature_rules::FUTURE, format!("it is dated {}", day(signed)));
        }
        if let (Some(length), Body::Intact(present)) = (signature.length, body) {
            self.add(&signature_rules::BODY_LENGTH, format!("l={length} of {present} octets"));
        }
    }
}

/// Whether verifiers may use a record at all (RFC 6376 §6.1.2).
fn is_usable(record: &KeyRecord) -> bool {
    let is_whole = !record.list.faults.iter().any(|fault| matches!(fault.kind, FaultKind::Duplicate(_)));
    let version = matches!(record.version, Version::Absent | Version::Dkim1);
    is_whole && version && record.is_key_record() && record.allows_sha256() && record.is_for_mail()
}

pub(super) fn shown(field: Option<Field<'_>>) -> Evidence {
    let text = |octets: &[u8]| {
        let text = clean_bytes(octets).split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(MAX_SHOWN) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    };
    let (name, value) = field.map(|field| (text(field.name), text(field.value))).unwrap_or_default();
    Evidence::Field { name, value }
}

/// Whether two domains are below the same public suffix, and so the user's when one of them is.
pub(super) fn is_of_one_registration(one: &Domain, other: &Domain) -> bool {
    one == other || one.registrable().is_some_and(|own| other.registrable() == Some(own))
}

/// The name of the key.
pub(super) fn key_name(signature: &Signature) -> Option<Domain> {
    signature.domain.prefixed(&format!("{}._domainkey", signature.selector)).ok()
}

/// A time as RFC 3339 writes it.
pub(super) fn date(seconds: i64) -> Option<String> {
    jiff::Timestamp::from_second(seconds).ok().map(|time| time.to_string())
}
