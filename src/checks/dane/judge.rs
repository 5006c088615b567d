//! What records and certificates mean together.

use std::collections::BTreeSet;

use rustls::pki_types::{CertificateDer, UnixTime};

use super::dial::{Seen, SeenPeer};
use super::facts::{DialogueRow, HostRow, Key, RecordRow, short, words};
use super::next::certificate_row;
use super::rules;
use crate::checks::advice::{Obstacle, Place};
use crate::checks::dialogue::{Judgement, Standing, broken_off, last_words};
use crate::mail::tlsa::{self, Tlsa};
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dane::{Matching, Status, Tlsas};
use crate::net::smtp::{Peer, Survey};
use crate::net::tls::HandshakeError;
use crate::report::{Evidence, Finding, Reason, Rule, Unclear, clean};

/// What is known before a host is judged.
pub(super) struct Judge<'a> {
    pub(super) net: &'a Net,
    /// The domain that is tested.
    pub(super) reader: &'a Domain,
    /// How far the MX records can be believed.
    pub(super) mx: Option<Status>,
    /// The names that certificates may be for, too: of the domain whose signed MX records lead here.
    pub(super) next_hops: Vec<String>,
    /// The addresses of the domain that answer.
    pub(super) answering: &'a [Peer],
    pub(super) now: UnixTime,
    pub(super) rows: Vec<HostRow>,
    pub(super) findings: Vec<Finding>,
    pub(super) unclear: Vec<Unclear>,
}

/// What the certificates of a host make of its records.
#[derive(Default)]
struct Tally {
    /// The places of records that fit something.
    fitting: BTreeSet<usize>,
    /// Whether a record fits an issuer that lasts beyond one certificate.
    fits_an_issuer: bool,
    /// Whether every certificate that was shown is fitted.
    all_fit: bool,
    /// How many were shown.
    shown: usize,
    /// The record of an issuer that is sent.
    of_issuer: Option<Tlsa>,
    /// The record to publish for the certificate.
    of_own: Option<Tlsa>,
}

impl Judge<'_> {
    /// Judges one host: its records by themselves, then against each certificate it shows.
    pub(super) fn host(&mut self, seen: &Seen) {
        self.standing_of(seen);
        if !seen.tlsas.binds_senders() {
            self.rows.push(empty_row(seen));
            return;
        }
        // What the records are worth to other domains is not this one's business.
        if self.applies() {
            self.records(seen);
        }
        if seen.peers.is_empty() {
            self.rows.push(empty_row(seen));
            let told = "no address is known to look at its certificate";
            let open = seen.host.failed.first().map(|error| error.unclear(&seen.host.name));
            self.open(open.unwrap_or_else(|| Unclear::decisive(Reason::Unreachable, &seen.host.name, told)));
            return;
        }
        let mut tally = Tally { all_fit: true, ..Tally::default() };
        let first = self.rows.len();
        for peer in &seen.peers {
            let row = self.peer(seen, peer, &mut tally);
            self.rows.push(row);
        }
        if tally.shown > 0 && tally.all_fit && seen.tlsas.is_usable() {
            let is_ready = self.rollover(&seen.tlsas, &tally);
            self.rows[first..].iter_mut().for_each(|row| row.rollover = Some(is_ready));
        }
    }

    /// Whether DANE applies to the domain.
    fn applies(&self) -> bool {
        self.mx != Some(Status::Insecure)
    }

    /// Keeps an open question; without signed MX records none decides anything.
    fn open(&mut self, unclear: Unclear) {
        self.unclear.push(Unclear { decisive: unclear.decisive && self.applies(), ..unclear });
    }

    /// What it means how far the records can be believed.
    fn standing_of(&mut self, seen: &Seen) {
        let tlsas = &seen.tlsas;
        match tlsas.status {
            Status::Bogus => {
                self.findings.push(Finding::new(&rules::BOGUS, tlsas.owner(), tlsas.proof()).detail(&tlsas.why));
            }
            Status::Unreachable => {
                let detail = format!("{}; senders that know DANE do not deliver until it is answered", tlsas.why);
                let reason = tlsas.failed.as_ref().map_or(Reason::Unreachable, |error| error.reason());
                self.open(Unclear::decisive(reason, tlsas.owner(), detail));
            }
            Status::Unvalidated if !tlsas.records.is_empty() => {
                let detail = format!("{}: {HOW_TO_VALIDATE}", tlsas.why);
                self.open(Unclear::decisive(Reason::Unproven, tlsas.owner(), detail));
            }
            Status::Insecure if !tlsas.records.is_empty() => {
                self.findings.push(Finding::new(&rules::UNSIGNED, tlsas.owner(), tlsas.proof()).detail(&tlsas.why));
            }
            Status::Secure | Status::Absent | Status::Unvalidated | Status::Insecure => {}
        }
    }

    /// The records by themselves.
    fn records(&mut self, seen: &Seen) {
        let tlsas = &seen.tlsas;
        let owner = tlsas.owner();
        let shown = seen.peers.iter().flat_map(SeenPeer::handshakes).next();
        let advised = shown.and_then(|(_, handshake)| Tlsa::advised(handshake.chain.first()?));
        let remedy = advised.map(|advised| match tlsas.records.iter().any(|record| record.tlsa == advised) {
            true => "Remove it: the record 3 1 1 of the certificate in use is there.".to_owned(),
            false => format!("Replace it by the record of the certificate in use: {owner}. IN TLSA {advised}"),
        });
        let mut known = BTreeSet::new();
        let mut doubled = BTreeSet::new();
        let mut full = Vec::new();
        let none_left =
            if tlsas.is_usable() { "" } else { "; no other record is left, so that nobody is authenticated" };
        for record in &tlsas.records {
            let tlsa = &record.tlsa;
            if !known.insert(tlsa) {
                if doubled.insert(tlsa) {
                    let finding = Finding::new(&rules::DUPLICATE, &owner, evidence(&owner, tlsa, record.ttl_s));
                    self.findings.push(finding.about(tlsa).detail(short(tlsa)));
                }
                continue;
            }
            if let Some(fault) = tlsa.fault() {
                let detail = format!("{}: {fault}{none_left}", short(tlsa));
                let quoted = evidence(&owner, tlsa, record.ttl_s);
                let mut finding = Finding::new(&rules::UNUSABLE, &owner, quoted).about(tlsa).detail(detail);
                if let Some(remedy) = &remedy {
                    finding = finding.remedy(remedy);
                }
                self.findings.push(finding);
            } else if tlsa.matching == tlsa::FULL {
                full.push(format!("{} with {} octets", tlsa.kind(), tlsa.data.len()));
            }
        }
        if !full.is_empty() {
            self.findings.push(Finding::new(&rules::FULL, &owner, tlsas.proof()).detail(full.join(", ")));
        }
    }

    fn peer(&mut self, seen: &Seen, at: &SeenPeer, tally: &mut Tally) -> HostRow {
        let tlsas = &seen.tlsas;
        let mut row = HostRow { address: Some(at.peer.address), ..empty_row(seen) };
        let shown = at.handshakes().count();
        for (key, survey) in &at.surveys {
            let mut dialogue = DialogueRow {
                key: *key,
                certificate: None,
                outcomes: Vec::new(),
                error: None,
                transcript: survey.transcript.entries().to_vec(),
            };
            if let Some(handshake) = &survey.opening.handshake {
                let outcomes = tlsas.judge(&handshake.chain, &self.next_hops, self.now);
                dialogue.certificate = Some(certificate_row(&handshake.chain, self.now));
                dialogue.outcomes = outcomes.iter().map(words).collect();
                for (record, outcome) in row.records.iter_mut().zip(&outcomes) {
                    record.matched = Some(record.matched.unwrap_or_default() || outcome.is_match());
                }
                tally.take(&outcomes, &handshake.chain);
                let fits = outcomes.iter().any(Matching::is_match);
                if tlsas.is_usable() {
                    let untold = outcomes.iter().any(|outcome| matches!(outcome, Matching::Indeterminate(_)));
                    if fits || !untold {
                        row.matched = Some(row.matched.unwrap_or(true) && fits);
                    }
                    match (fits, untold) {
                        (true, _) => {}
                        (false, true) => {
                            let detail = told(tlsas, &outcomes);
                            self.open(Unclear::decisive(Reason::Malformed, &at.peer, detail));
                        }
                        (false, false) => self.mismatch(tlsas, at, *key, &handshake.chain, &outcomes),
                    }
                }
            } else if let Some(error) = &survey.opening.handshake_error {
                dialogue.error = Some(error.to_string());
                // A server need not have a certificate of each kind, and says so by an alert.
                let is_told = shown > 0 && !matches!(error, HandshakeError::Silent(_));
                if !is_told && (shown > 0 || *key == Key::Rsa) {
                    tally.all_fit = false;
                    self.no_handshake(at, survey, error);
                }
            } else {
                tally.all_fit = false;
                dialogue.error = self.no_tls(at, survey);
            }
            row.dialogues.push(dialogue);
        }
        row
    }

    /// Who is to publish a record at a name: whoever reads the remedy, or who holds the name.
    fn publish(&self, owner: &str) -> String {
        match (Place { reader: self.reader, name: owner, alias: None }).obstacle() {
            Some(Obstacle::Foreign(holder)) => format!("Ask whoever runs {holder} to publish"),
            _ => "Publish".to_owned(),
        }
    }

    /// Nothing fits a certificate.
    fn mismatch(
        &mut self,
        tlsas: &Tlsas,
        at: &SeenPeer,
        key: Key,
        chain: &[CertificateDer<'_>],
        outcomes: &[Matching],
    ) {
        let has = |wanted: fn(&Matching) -> bool| outcomes.iter().any(wanted);
        let rule = if !self.applies() {
            &rules::INSECURE_MX_MISMATCH
        } else if has(|outcome| matches!(outcome, Matching::Name(_))) {
            &rules::NAME
        } else if has(|outcome| matches!(outcome, Matching::Chain(_))) {
            &rules::CHAIN
        } else {
            &rules::MISMATCH
        };
        let detail = format!("{} certificate: {}", key.as_str(), told(tlsas, outcomes));
        let mut finding = Finding::new(rule, &at.peer, tlsas.proof()).about(key.as_str()).detail(detail);
        if let Some(record) = chain.first().and_then(|own| Tlsa::advised(own)) {
            let is_there = tlsas.records.iter().any(|published| published.tlsa == record);
            finding = finding.remedy(match is_there {
                // It is there, and left aside for a stronger digest of another key.
                true => format!("Remove the records 3 1 2 at {}, which count instead of 3 1 1.", tlsas.owner()),
                false => format!("{}: {}. IN TLSA {record}", self.publish(&tlsas.owner()), tlsas.owner()),
            });
        }
        let certificate = certificate_row(chain, self.now);
        let server = at.peer.to_string();
        let (subject, sha256) = (certificate.subject, certificate.sha256);
        self.findings.push(finding.evidence(Evidence::Certificate { server, subject, sha256 }));
    }

    /// Neither kind of certificate brought a handshake to its end.
    fn no_handshake(&mut self, at: &SeenPeer, survey: &Survey, error: &HandshakeError) {
        let reason = match error {
            HandshakeError::Silent(_) => Reason::Timeout,
            HandshakeError::Limit(_) => Reason::Unsupported,
            HandshakeError::Unanswered if at.agrees_to_more => Reason::Unsupported,
            // A sender with older versions or other suites may come to terms with it.
            HandshakeError::Alert(_) | HandshakeError::Incompatible(_) => Reason::Rejected,
            HandshakeError::LateAlert(_)
            | HandshakeError::ClientCertificate(_)
            | HandshakeError::Closed(_)
            | HandshakeError::Unanswered
            | HandshakeError::InClear(_)
            | HandshakeError::Protocol(_) => {
                let rule = self.promise(&rules::HANDSHAKE);
                let finding = Finding::new(rule, &at.peer, Evidence::connection(&at.peer, error.to_string()));
                let finding = finding.evidence_all(last_words(&at.peer, &survey.transcript));
                self.findings.push(finding.detail(error.to_string()));
                return;
            }
        };
        self.open(Unclear::decisive(reason, &at.peer, error.to_string()));
    }

    /// The dialogue ended before TLS; why, in words.
    fn no_tls(&mut self, at: &SeenPeer, survey: &Survey) -> Option<String> {
        let detail = match (&survey.failure, &survey.opening.declined) {
            (Some(failure), _) => {
                let standing = Standing::of(&at.peer, self.answering);
                match broken_off(failure, &at.peer, standing, &survey.transcript, self.net) {
                    Judgement::Finding(finding) if self.applies() => self.findings.push(finding),
                    Judgement::Finding(_) => self.open(failure.unclear(&at.peer)),
                    Judgement::Unclear(unclear) => self.open(unclear),
                }
                return Some(failure.to_string());
            }
            (None, Some(reply)) => format!("STARTTLS is refused: {reply}"),
            (None, None) => "STARTTLS is not offered".to_owned(),
        };
        let said = survey.opening.declined.as_ref().or(survey.opening.hello.as_ref().map(|hello| &hello.reply));
        let proof = match said {
            Some(reply) => Evidence::reply(&at.peer, reply.to_string()),
            None => Evidence::connection(&at.peer, &detail),
        };
        self.findings.push(Finding::new(self.promise(&rules::NO_STARTTLS), &at.peer, proof).detail(&detail));
        Some(clean(&detail))
    }

    /// The rule for a host that breaks what its records promise: without signed MX records not every sender minds.
    fn promise(&self, rule: &'static Rule) -> &'static Rule {
        if self.applies() { rule } else { &rules::INSECURE_MX_MISMATCH }
    }

    /// Whether the next key is provided for, where the current ones are.
    fn rollover(&mut self, tlsas: &Tlsas, tally: &Tally) -> bool {
        let owner = tlsas.owner();
        let usable = |at: &usize| tlsas.records[*at].tlsa.fault().is_none();
        let fits = |at: &usize| tally.fitting.contains(at);
        let own = |at: &usize| tlsas.records[*at].tlsa.usage == tlsa::DANE_EE;
        let all = || 0..tlsas.records.len();
        // RFC 7671 §8.1: the record of the next key stands beside the current one's.
        let has_spare = all().any(|at| usable(&at) && own(&at) && !fits(&at));
        let is_ready = has_spare || tally.fits_an_issuer;
        if !self.applies() {
            return is_ready;
        }
        let publish = self.publish(&owner);
        if !is_ready {
            let count = tally.fitting.len();
            let kinds: BTreeSet<String> = tally.fitting.iter().map(|at| tlsas.records[*at].tlsa.kind()).collect();
            let kinds: Vec<String> = kinds.into_iter().collect();
            let noun = if count == 1 { "record" } else { "records" };
            let detail = format!("{count} {noun} ({}), for what is in use now alone", kinds.join(", "));
            let mut finding = Finding::new(&rules::NO_ROLLOVER, &owner, tlsas.proof()).detail(detail);
            if let Some(issuer) = &tally.of_issuer {
                finding = finding.remedy(format!(
                    "{publish} a second record: 3 1 1 for the next key, made in advance, or for the issuer, if its \
                     certificates are for this host's name: {owner}. IN TLSA {issuer}"
                ));
            }
            self.findings.push(finding);
        }
        let by_key = |at: &usize| tlsas.records[*at].tlsa.selector == tlsa::SPKI || !own(at);
        if all().any(|at| fits(&at)) && !all().any(|at| fits(&at) && by_key(&at)) {
            let kinds: BTreeSet<String> = tally.fitting.iter().map(|at| tlsas.records[*at].tlsa.kind()).collect();
            let detail = kinds.into_iter().collect::<Vec<_>>().join(", ");
            let mut finding = Finding::new(&rules::WHOLE_CERTIFICATE, &owner, tlsas.proof()).detail(detail);
            if let Some(own) = &tally.of_own {
                finding = finding.remedy(format!(
                    "{publish} the record of the key, and keep the key when the certificate is renewed: {owner}. IN TLSA \
                     {own}"
                ));
            }
            self.findings.push(finding);
        }
        is_ready
    }
}

impl Tally {
    fn take(&mut self, outcomes: &[Matching], chain: &[CertificateDer<'_>]) {
        self.shown += 1;
        self.all_fit &= outcomes.iter().any(Matching::is_match);
        self.of_own = chain.first().and_then(|own| Tlsa::advised(own));
        let issuer = chain.get(1).filter(|issuer| Some(*issuer) != chain.first());
        self.of_issuer = issuer.and_then(|issuer| Tlsa::of(tlsa::DANE_TA, tlsa::SPKI, tlsa::SHA256, issuer));
        for (at, outcome) in outcomes.iter().enumerate() {
            let Matching::Match(place) = outcome else { continue };
            self.fitting.insert(at);
            // A record for the server's own certificate, sent twice, provides for nothing.
            self.fits_an_issuer |= *place > 0 && chain.get(*place) != chain.first();
        }
    }
}

fn empty_row(seen: &Seen) -> HostRow {
    let tlsas = &seen.tlsas;
    let records = tlsas.records.iter().map(|record| RecordRow {
        record: record.tlsa.to_string(),
        ttl_s: record.ttl_s,
        fault: record.tlsa.fault().map(|fault| fault.to_string()),
        matched: None,
    });
    HostRow {
        host: seen.host.name.clone(),
        preference: seen.host.preference,
        address: None,
        owner: tlsas.owner(),
        status: tlsas.status,
        why: (!tlsas.why.is_empty()).then(|| tlsas.why.clone()),
        records: records.collect(),
        matched: None,
        rollover: None,
        dialogues: Vec::new(),
    }
}

/// What each record makes of a certificate, in one line.
pub(super) fn told(tlsas: &Tlsas, outcomes: &[Matching]) -> String {
    let each = tlsas.records.iter().zip(outcomes).take(MAX_EVIDENCE);
    let each = each.map(|(record, outcome)| format!("{} {}", short(&record.tlsa), words(outcome)));
    let mut told = each.collect::<Vec<_>>().join("; ");
    if let Some(more @ 1..) = outcomes.len().checked_sub(MAX_EVIDENCE) {
        told.push_str(&format!("; {more} more"));
    }
    told
}

/// Records that are shown as evidence.
const MAX_EVIDENCE: usize = 8;

fn evidence(owner: &str, tlsa: &Tlsa, ttl_s: u32) -> Evidence {
    Evidence::Record { name: owner.to_owned(), rtype: "TLSA".into(), ttl_s, data: tlsa.to_string() }
}

/// How to have answers validated by somebody who can be believed.
pub(super) const HOW_TO_VALIDATE: &str = "ask a validating resolver that can be trusted: one on this machine \
    (--resolver 127.0.0.1), one over TLS (--resolver tls://ADDR), another one with --trust-ad if nobody can tamper \
    on the way to it, or validate here with --trust-anchor FILE";
