//! What was seen of a target's hosts, and what it means.

mod offer;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rustls::RootCertStore;
use rustls::pki_types::UnixTime;

use self::offer::TlsResult;
use super::cells::{cells, cert_cell};
use super::certificates::{self, Look, Shown};
use super::confidence::{self, Protection, Qualities, Validity};
use super::facts::{DaneRow, Delivery, Facts, HostRow, OtherChain, Senders};
use super::inspect::Inspection;
use super::senders::{self, Dane, View};
use super::{Beside, Options, rules, table};
use crate::checks::dialogue::{Judgement, Standing, broken_off};
use crate::mail::mta_sts::{Mode, Policy};
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dane::Tlsas;
use crate::net::mail_hosts::MailHosts;
use crate::net::smtp::Peer;
use crate::net::tls::certificate::Certificate;
use crate::net::tls::client_hello::Version;
use crate::net::tls::pkix::FaultKind;
use crate::net::tls::suites;
use crate::report::table::count;
use crate::report::{Evidence, Finding, Outcome, Proof, Reason, Rule, Unclear};

/// The judgement as it grows.
pub(super) struct Judge<'a> {
    /// The TLSA records of each host.
    pub(super) tlsas: BTreeMap<String, Tlsas>,
    /// The domain's names, if its MX records are signed.
    pub(super) next_hops: Vec<String>,
    /// The domain's policy.
    pub(super) policy: Option<Policy>,
    /// What stays open.
    pub(super) unclear: Vec<Unclear>,
    options: &'a Options,
    look: Look<'a>,
    net: &'a Net,
    facts: Facts,
    findings: Vec<Finding>,
    tellings: Vec<Telling>,
}

/// A finding that may be the same at several addresses of a host.
struct Telling {
    finding: Finding,
    host: String,
    peers: Vec<Peer>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(options: &'a Options, roots: &'a RootCertStore, now: UnixTime, net: &'a Net) -> Self {
        Judge {
            tlsas: BTreeMap::new(),
            next_hops: Vec::new(),
            policy: None,
            unclear: Vec::new(),
            options,
            look: Look { roots, now, expect_days: options.expect_days },
            net,
            facts: Facts::default(),
            findings: Vec::new(),
            tellings: Vec::new(),
        }
    }

    /// What could not be told on the way to the hosts.
    pub(super) fn hosts(&mut self, hosts: &MailHosts) {
        for host in &hosts.hosts {
            for error in &host.failed {
                let decisive = host.peers.is_empty();
                self.unclear.push(Unclear { decisive, ..error.unclear(&host.name) });
            }
        }
    }

    /// Whether there is neither an address nor a question open about one.
    pub(super) fn is_about_nothing(&self) -> bool {
        self.facts.hosts.is_empty() && !self.unclear.iter().any(|unclear| unclear.decisive)
    }

    pub(super) fn inspections(&mut self, inspections: &[Inspection]) {
        for inspection in inspections {
            let heard = inspections.iter().filter(|other| other.was_heard()).map(|other| &other.peer);
            let standing = Standing::of(&inspection.peer, heard);
            let siblings = inspections.iter().filter(|other| other.peer.host == inspection.peer.host);
            let siblings: Vec<&Inspection> = siblings.filter(|other| other.peer != inspection.peer).collect();
            self.inspection(inspection, standing, &siblings);
        }
        self.differences();
        self.facts.addresses = inspections.len();
        self.facts.tested = self.facts.hosts.iter().filter(|row| row.confidence.is_some()).count();
        self.facts.mta_sts = self.policy.as_ref().and_then(|policy| policy.mode);
    }

    fn inspection(&mut self, seen: &Inspection, standing: Standing, siblings: &[&Inspection]) {
        let Inspection { peer, survey, .. } = seen;
        let mut row = HostRow {
            host: peer.host.clone(),
            preference: seen.preference,
            address: Some(peer.address),
            port: peer.port,
            name: seen.asked_name().map(str::to_owned),
            cells: cells(seen),
            old_versions: seen.old_versions.iter().map(|version| version.as_str().to_owned()).collect(),
            deep: seen.deep.clone(),
            transcript: survey.transcript.entries().to_vec(),
            ..HostRow::default()
        };
        self.unclear.extend(seen.open.iter().cloned());
        self.broken_off(seen, standing);
        self.clear_part(peer, survey);
        let came = self.tls(seen, siblings);
        let shown = match (&survey.opening.handshake, &seen.old) {
            (Some(handshake), _) => {
                row.version = Some(handshake.version.to_owned());
                row.suite = Some(handshake.suite.clone());
                row.group.clone_from(&handshake.group);
                row.signature_scheme.clone_from(&handshake.scheme);
                row.stapled = !handshake.ocsp.is_empty();
                Some(self.look.at_handshake(handshake, seen.asked_name()))
            }
            (None, Some(old)) => {
                row.version = Some(old.version.as_str().to_owned());
                row.suite = Some(suites::name(old.suite));
                row.group = old.group.map(suites::group);
                let is_shown = !(old.chain.is_empty() && seen.beyond().is_some());
                is_shown.then(|| self.look.at_chain(&old.chain, seen.asked_name()))
            }
            (None, None) => None,
        };
        match (shown, came) {
            (Some(shown), _) => self.certificates(seen, &shown, siblings, &mut row),
            (None, TlsResult::Tested) => {
                let dane = self.dane(seen);
                let senders = self.senders(&row, false, false, dane);
                self.defers(peer, senders, "no TLS");
                row.dane = dane.map(|dane| DaneRow { status: dane.status, matched: dane.is_usable.then_some(false) });
                row.senders = Some(senders);
                let why = row.cells.tls.detail.clone();
                let (left, deductions) = confidence::nothing(&format!("no TLS: {why}"));
                (row.confidence, row.deductions) = (Some(left), deductions);
            }
            (None, TlsResult::Untested) => {}
        }
        self.facts.hosts.push(row);
    }

    /// What it means that a dialogue broke off.
    fn broken_off(&mut self, seen: &Inspection, standing: Standing) {
        let Some(failure) = &seen.survey.failure else { return };
        match broken_off(failure, &seen.peer, standing, &seen.survey.transcript, self.net) {
            Judgement::Finding(finding) => self.findings.push(finding),
            Judgement::Unclear(mut unclear) => {
                // Who turns us away before EHLO inside TLS is answered has taken no mail over TLS.
                unclear.decisive &= seen.survey.opening.hello_inside.is_none();
                self.unclear.push(unclear);
            }
        }
    }

    /// The certificates, and what senders make of them.
    fn certificates(&mut self, seen: &Inspection, shown: &Shown, siblings: &[&Inspection], row: &mut HostRow) {
        let peer = &seen.peer;
        let name = seen.asked_name();
        let other = seen.other.as_ref().map(|handshake| self.look.at_handshake(handshake, name));
        let other = other.filter(|other| other.sha256() != shown.sha256());
        let all: Vec<&Shown> = std::iter::once(shown).chain(&other).collect();
        let dane = self.dane(seen);
        let authenticated = dane.is_some_and(|dane| dane.is_usable && dane.matches);
        // Where nobody but us is at a loss, nothing is said of the server.
        let unsupported = all.iter().flat_map(|one| &one.unsupported);
        self.unclear.extend(unsupported.map(|why| Unclear::decisive(Reason::Unsupported, peer, why)));
        for one in &all {
            self.faults(peer, name, one, all.len() > 1, authenticated);
        }
        let excused: Vec<String> = all
            .iter()
            .flat_map(|one| &one.faults)
            .filter(|fault| authenticated && is_excusable(fault.kind))
            .map(|fault| fault.detail.clone())
            .collect();
        if !excused.is_empty() {
            let own = Proof::of(shown.evidence(peer, 0), || Evidence::connection(peer, excused.join("; ")));
            let records = self.tlsas.get(&peer.host).map(|tlsas| tlsas.proof());
            let proof = own.and(records.into_iter().flatten());
            self.tell(&rules::EXCUSED, peer, excused.join("; "), None, proof);
        }
        if shown.certificates.first().is_some_and(|own| own.must_staple) && seen.handshake().is_some() && !row.stapled {
            let detail = "must-staple, and no response";
            let proof = Proof::of(shown.evidence(peer, 0), || Evidence::connection(peer, detail));
            self.tell(&rules::NO_STAPLE, peer, detail, None, proof);
        }
        let is_proven = !all.iter().any(|one| one.has(&[FaultKind::HandshakeSignature]));
        let has_tls = is_proven
            && (seen.handshake().is_some() || seen.old.as_ref().is_some_and(|old| old.version >= Version::Tls12));
        let is_valid = all.iter().all(|one| one.is_valid());
        let senders = self.senders(row, has_tls, is_valid, dane);
        let faults: Vec<&str> =
            all.iter().flat_map(|one| &one.faults).map(|fault| certificates::word(fault.kind)).collect();
        self.defers(peer, senders, &faults.join(", "));
        let protection = match (senders.dane, senders.mta_sts, self.policy.as_ref().and_then(|policy| policy.mode)) {
            (Some(Delivery::Defer), ..) => Protection::DaneDefers,
            (_, Some(Delivery::Defer), _) => Protection::PolicyDefers,
            _ if authenticated => Protection::Dane,
            (_, Some(_), Some(Mode::Enforce)) => Protection::Enforced,
            (_, Some(_), Some(Mode::Testing)) => Protection::Testing,
            _ => Protection::Nothing,
        };
        let validity = all.iter().map(|one| one.validity);
        let validity = validity.min_by_key(|validity| match validity {
            Validity::Invalid => (0, 0),
            Validity::ExpiresIn(days) => (1, *days),
            Validity::Valid => (2, 0),
        });
        let has_none = |one: &&Inspection| {
            let no_offer = one.survey.opening.hello.as_ref().is_some_and(|hello| !hello.offers_starttls());
            let broken = one.survey.opening.handshake_error.is_some() && one.old.is_none();
            one.survey.opening.handshake.is_none() && (no_offer || one.survey.opening.declined.is_some() || broken)
        };
        let qualities = Qualities {
            version: row.version.as_deref().unwrap_or_default(),
            suite: row.suite.as_deref().unwrap_or_default(),
            is_trusted: all.iter().all(|one| one.is_trusted()),
            is_named: all.iter().all(|one| one.is_named()),
            validity: validity.unwrap_or(Validity::Invalid),
            is_strong: all.iter().all(|one| one.is_strong()),
            is_everywhere: !siblings.iter().any(has_none),
            protection,
        };
        let (left, deductions) = confidence::score(&qualities);
        (row.confidence, row.deductions) = (Some(left), deductions);
        row.cells.cert = cert_cell(&all, authenticated);
        row.dane = dane.map(|dane| DaneRow { status: dane.status, matched: dane.is_usable.then_some(dane.matches) });
        row.senders = Some(senders);
        row.trusted = shown.trusted;
        row.chain.clone_from(&shown.certificates);
        row.pkix.clone_from(&shown.faults);
        row.other = other.map(|other| OtherChain { chain: other.certificates, pkix: other.faults });
        let unnamed = seen.unnamed.as_ref().map(|handshake| self.look.at_handshake(handshake, name));
        let unnamed = unnamed.filter(|unnamed| !all_have(&row.chain, &row.other, unnamed));
        row.unnamed = unnamed.map(|other| OtherChain { chain: other.certificates, pkix: other.faults });
    }

    fn faults(&mut self, peer: &Peer, name: Option<&str>, shown: &Shown, is_one_of_two: bool, authenticated: bool) {
        let own = shown.certificates.first();
        let about = |detail: &str| match shown.algorithm().filter(|_| is_one_of_two) {
            Some(algorithm) => format!("{detail} ({algorithm} certificate)"),
            None => detail.to_owned(),
        };
        let evidence =
            |index: usize, detail: &str| Proof::of(shown.evidence(peer, index), || Evidence::connection(peer, detail));
        for fault in shown.faults.iter().filter(|fault| !(authenticated && is_excusable(fault.kind))) {
            let remedy = certificates::remedy(fault, name, &shown.certificates);
            let rule = certificates::rule(fault.kind);
            self.tell(rule, peer, about(&fault.detail), remedy, evidence(fault.certificate, &fault.detail));
        }
        if let Validity::ExpiresIn(days) = shown.validity
            && !authenticated
        {
            let until = own.and_then(|own| own.not_after.as_deref()).unwrap_or_default();
            let days = count(usize::try_from(days).unwrap_or_default(), "day");
            let detail = format!("in {days}, on {until}");
            self.tell(&rules::EXPIRES, peer, about(&detail), None, evidence(0, &detail));
        }
    }

    /// What DANE says of an address; none of one that is no name's.
    fn dane(&self, seen: &Inspection) -> Option<Dane> {
        let tlsas = self.tlsas.get(&seen.peer.host)?;
        let chains = [seen.handshake().map(|one| &one.chain), seen.other.as_ref().map(|one| &one.chain)];
        let old = seen.old.as_ref().map(|old| &old.chain);
        let mut chains = chains.into_iter().chain([old]).flatten().peekable();
        let matches = chains.peek().is_some()
            && chains.all(|chain| tlsas.are_satisfied_by(chain, &self.next_hops, self.look.now));
        Some(Dane {
            status: tlsas.status,
            has_records: !tlsas.records.is_empty(),
            is_usable: tlsas.is_usable(),
            matches,
        })
    }

    fn senders(&self, row: &HostRow, has_tls: bool, is_valid: bool, dane: Option<Dane>) -> Senders {
        let policy = self.policy.as_ref().and_then(|policy| {
            let host: Option<Domain> = row.host.parse().ok();
            let is_covered = host.is_some_and(|host| policy.mx.iter().any(|pattern| pattern.matches(&host)));
            policy.mode.map(|mode| (mode, is_covered))
        });
        senders::verdict(&View { has_tls, is_valid, policy, dane })
    }

    /// Tells of senders that stay away, unless the checks of records and policy do.
    fn defers(&mut self, peer: &Peer, senders: Senders, why: &str) {
        let Beside { dane, mta_sts, .. } = self.options.beside;
        if senders.dane == Some(Delivery::Defer) && !dane {
            let words = self.tlsas.get(&peer.host).map(|tlsas| match tlsas.why.as_str() {
                "" => format!("TLSA records: {}, no match", tlsas.status.as_str()),
                words => format!("TLSA records: {}, {words}", tlsas.status.as_str()),
            });
            let words = words.unwrap_or_default();
            let records = self.tlsas.get(&peer.host).map(|tlsas| tlsas.proof());
            let proof = Proof::of(records.into_iter().flatten(), || Evidence::connection(peer, &words));
            self.tell(&rules::DANE_DEFERS, peer, words, None, proof);
        }
        if senders.mta_sts == Some(Delivery::Defer) && !mta_sts {
            let host: Option<Domain> = peer.host.parse().ok();
            let patterns = self.policy.iter().flat_map(|policy| &policy.mx);
            let is_covered = host.is_some_and(|host| patterns.clone().any(|pattern| pattern.matches(&host)));
            let mut detail = String::from("mode enforce");
            if !is_covered {
                detail.push_str(", and no mx line covers the host");
            }
            if !why.is_empty() {
                let _ = write!(detail, "; certificate or TLS: {why}");
            }
            let lines = self.policy.iter().flat_map(|policy| {
                let mode = policy.mode.map(|mode| Evidence::field("mode", mode.as_str()));
                let patterns = policy.mx.iter().map(|pattern| Evidence::field("mx", pattern.to_string()));
                mode.into_iter().chain(patterns).collect::<Vec<_>>()
            });
            let proof = Proof::from(Evidence::connection(
                peer,
                if why.is_empty() { "TLS and certificate are in order" } else { why },
            ))
            .and(lines);
            self.tell(&rules::POLICY_DEFERS, peer, detail, None, proof);
        }
    }

    /// Different certificates at the addresses of one host.
    fn differences(&mut self) {
        let mut by_host: BTreeMap<&str, Vec<(&HostRow, &Certificate)>> = BTreeMap::new();
        for row in &self.facts.hosts {
            if let Some(own) = row.chain.first() {
                by_host.entry(&row.host).or_default().push((row, own));
            }
        }
        let mut found = Vec::new();
        for (host, rows) in by_host {
            let Some((_, first)) = rows.first() else { continue };
            let algorithm = |one: &Certificate| one.key.as_ref().map(|key| key.algorithm.clone());
            // With a certificate of each kind, which one is shown may be chance.
            if rows.iter().any(|(_, one)| one.sha256 != first.sha256 && algorithm(one) == algorithm(first)) {
                let shown = rows.iter().filter_map(|(row, one)| {
                    let start = one.sha256.get(..12).unwrap_or(&one.sha256);
                    row.address.map(|address| format!("{address} shows {start}"))
                });
                let certificates = rows.iter().map(|(row, one)| {
                    let server = row.address.map_or_else(|| host.to_owned(), |address| format!("{host} [{address}]"));
                    Evidence::Certificate { server, subject: one.subject.clone(), sha256: one.sha256.clone() }
                });
                let proof = Proof::of(certificates, || Evidence::given("host", host));
                let detail = shown.collect::<Vec<_>>().join(", ");
                found.push(Finding::new(&rules::DIFFERENT, host, proof).detail(detail));
            }
        }
        self.findings.extend(found);
    }

    fn tell(
        &mut self,
        rule: &'static Rule,
        peer: &Peer,
        detail: impl AsRef<str>,
        remedy: Option<String>,
        proof: impl Into<Proof>,
    ) {
        let mut finding = Finding::new(rule, peer, proof).detail(detail);
        if let Some(remedy) = remedy {
            finding = finding.remedy(remedy);
        }
        let same = |telling: &&mut Telling| {
            telling.host == peer.host && telling.finding.rule.id == rule.id && telling.finding.detail == finding.detail
        };
        match self.tellings.iter_mut().find(same) {
            Some(telling) if telling.peers.contains(peer) => {}
            Some(telling) => {
                telling.peers.push(peer.clone());
                telling.finding.evidence.extend(finding.evidence);
            }
            None => {
                self.tellings.push(Telling { finding, host: peer.host.clone(), peers: vec![peer.clone()] });
            }
        }
    }

    pub(super) fn end(self) -> Outcome<Facts> {
        let Judge { mut facts, mut findings, unclear, tellings, .. } = self;
        for Telling { mut finding, host, peers } in tellings {
            let all = facts.hosts.iter().filter(|row| row.host == host).count();
            if peers.len() > 1 {
                let some: Vec<String> = peers.iter().map(|peer| peer.address.to_string()).collect();
                finding.subject = if peers.len() == all { host } else { format!("{host} [{}]", some.join(", ")) };
            }
            findings.push(finding);
        }
        let mut hosts: Vec<(&str, confidence::Scored)> = Vec::new();
        for row in &facts.hosts {
            match hosts.iter_mut().find(|(name, _)| *name == row.host) {
                Some((_, (_, score))) => *score = [*score, row.confidence].into_iter().flatten().min(),
                None => hosts.push((&row.host, (row.preference, row.confidence))),
            }
        }
        let scored: Vec<confidence::Scored> = hosts.into_iter().map(|(_, scored)| scored).collect();
        facts.confidence = confidence::of_domain(&scored);
        facts.reason = table::reason(&facts, &findings);
        Outcome { facts, findings, unclear }
    }
}

/// Faults that TLSA records make up for.
fn is_excusable(kind: FaultKind) -> bool {
    !matches!(kind, FaultKind::SmallKey | FaultKind::HandshakeSignature)
}

fn all_have(chain: &[Certificate], other: &Option<OtherChain>, one: &Shown) -> bool {
    let own = chain.first().into_iter().chain(other.iter().filter_map(|other| other.chain.first()));
    own.map(|own| own.sha256.as_str()).any(|sha256| Some(sha256) == one.sha256())
}
