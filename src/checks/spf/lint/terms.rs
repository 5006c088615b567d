//! What is to be said of single records and terms of the tree, and of what all of them cost.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use hickory_proto::rr::RecordType;

use super::fixes::By;
use super::{Lint, record_evidence, several};
use crate::checks::spf::facts::Marked;
use crate::checks::spf::rules;
use crate::checks::spf::trial::Trial;
use crate::checks::spf::walk::{Branch, State};
use crate::mail::spf::{MAX_LOOKUPS, MAX_MX, MAX_VOIDS, Mechanism, Qualifier, Record};
use crate::names::domain::Domain;
use crate::net::lookup::texts::Text;
use crate::report::table::count;
use crate::report::{Evidence, Finding, Proof, Remedy, Severity, clean};
use ipnet::IpNet;

/// Faults of a record that are told one by one.
const MAX_FAULTS: usize = 20;
/// What a term may ask a name for.
const ASKED: [RecordType; 4] = [RecordType::TXT, RecordType::A, RecordType::AAAA, RecordType::MX];
/// Records of the tree that are quoted at most.
const MAX_QUOTED: usize = 32;
/// Terms that the remedy of a record with too many look-ups names.
const MAX_SHOWN: usize = 5;

impl Lint<'_> {
    /// Everything that is to be said of single records and terms.
    pub(super) fn tree(&mut self, tree: &Branch) {
        let mut judged = HashSet::new();
        self.branch(tree, None, true, &mut judged);
    }

    /// Judges a branch and what is below; `own` as long as the administrator can change the record.
    fn branch<'b>(
        &mut self,
        branch: &'b Branch,
        above: Option<(&str, &Record)>,
        own: bool,
        judged: &mut HashSet<&'b str>,
    ) {
        if let Some(failure) = &branch.inner.failure {
            let subject = branch.domain.as_deref().unwrap_or(self.name);
            self.unclear.push(failure.unclear(subject));
        }
        if let Some(above) = above {
            self.term(branch, above);
        }
        let Some(domain) = branch.domain.as_deref() else { return };
        let first = self.findings.len();
        self.below(branch, domain, above.is_some(), own, judged);
        // The reader cannot mend somebody else's record.
        if let (false, Some((record_of, _)), Some(term)) = (self.is_own(domain), above, &branch.term)
            && self.is_own(record_of)
        {
            for finding in &mut self.findings[first..] {
                foreign(finding, (record_of, term));
            }
        }
    }

    /// Judges the record of a branch and what it leads to.
    fn below<'b>(
        &mut self,
        branch: &'b Branch,
        domain: &'b str,
        is_led_to: bool,
        own: bool,
        judged: &mut HashSet<&'b str>,
    ) {
        if branch.state == State::SeveralRecords && is_led_to {
            let (detail, proof) = several(domain, &branch.inner.texts);
            self.find(&rules::SEVERAL, domain, proof.unwrap_or_else(|| self.texts(domain)), &detail);
        }
        let Some(record) = &branch.inner.record else { return };
        // A record that several terms lead to is judged once.
        if judged.insert(domain) {
            self.syntax(domain, record, &branch.inner.texts);
            self.open_to_all(domain, record, branch);
            if own {
                self.own(domain, record, branch);
            }
        }
        for below in &branch.branches {
            self.branch(below, Some((domain, record)), own && below.inner.is_redirect, judged);
        }
    }

    /// What a term that asks DNS came to.
    fn term(&mut self, branch: &Branch, (domain, record): (&str, &Record)) {
        let term = branch.term.clone().unwrap_or_default();
        let target = branch.domain.as_deref().unwrap_or_default();
        let leads = branch.inner.is_leading;
        let asked = self.ledger.of(target, &ASKED);
        let span = &branch.inner.span;
        let is_open = branch.inner.unregistered.is_some();
        if let Some(unregistered) = &branch.inner.unregistered {
            self.mark(domain, record, span, "anyone may register this domain");
            let absent = self.ledger.of(unregistered.as_str(), &[RecordType::NS]);
            self.fix(
                &rules::UNREGISTERED,
                (domain, record),
                span,
                By::Nothing,
                &format!("{term}: {unregistered} is not registered"),
            )
            .evidence
            .extend(absent);
        }
        match branch.state {
            State::NoRecord | State::NoSuchName if leads => {
                let why = if branch.state == State::NoRecord { "has no SPF record" } else { "does not exist" };
                if !is_open {
                    self.mark(domain, record, span, &format!("the domain {why}"));
                }
                let detail = format!("{term}: {target} {why}");
                self.fix(&rules::INCLUDE_NONE, (domain, record), span, By::Nothing, &detail)
                    .evidence
                    .extend(asked.clone());
            }
            State::NoAddress | State::NoSuchName => {
                let why = if branch.state == State::NoAddress { "has no such record" } else { "does not exist" };
                if !is_open {
                    self.mark(domain, record, span, &format!("void: the name {why}"));
                }
                let detail = format!("{term}: {target} {why}");
                self.fix(&rules::VOID, (domain, record), span, By::Nothing, &detail).evidence.extend(asked.clone());
            }
            State::Loop => {
                self.mark(domain, record, span, "leads back");
                let detail = format!("{term} leads back to {target}");
                self.fix(&rules::LOOP, (domain, record), span, By::Nothing, &detail).evidence.extend(asked.clone());
            }
            // Of ptr it is said already that it should not be there.
            State::Dynamic if !is_ptr(record, &branch.inner.span) => {
                self.find(&rules::DYNAMIC, domain, self.record(domain, record), &term).about = Some(term.clone());
            }
            _ => {}
        }
        if branch.inner.exchangers > MAX_MX {
            let detail = format!("{term}: {target} has {} mail exchangers, limit {MAX_MX}", branch.inner.exchangers);
            self.mark(domain, record, &branch.inner.span, "too many mail exchangers");
            let exchangers = branch.inner.exchangers as f64;
            let measure = Evidence::limit("mail exchangers", exchangers, MAX_MX as f64, "hosts");
            let proof = self.record(domain, record).and([measure]).and(asked);
            self.find(&rules::MX_LIMIT, domain, proof, &detail).about = Some(term.clone());
        }
        for host in &branch.inner.dangling {
            let detail = format!("{term}: the mail exchanger {host} has no address");
            let proof = self.record(domain, record).and(self.ledger.of(host, &ASKED));
            self.find(&rules::VOID, domain, proof, &detail).about = Some(format!("{term} {host}"));
        }
    }

    fn syntax(&mut self, domain: &str, record: &Record, texts: &[Text]) {
        let Some(text) = texts.iter().find(|text| text.octets == record.text) else { return };
        for (index, fault) in record.faults.iter().take(MAX_FAULTS).enumerate() {
            let marked = Marked::new(domain, record, &fault.span, fault.what.as_ref());
            let place = format!("octet {}", fault.span.start + 1);
            let mut detail = match marked.text.is_empty() {
                true => format!("{place}: {}", fault.what),
                false => format!("\"{}\" at {place}: {}", marked.text, fault.what),
            };
            // Strings are joined without a space (RFC 7208 §3.3).
            let term = term_around(&record.text, &fault.span);
            if text.seams.iter().any(|seam| term.start < *seam && *seam < term.end) {
                detail.push_str("; two strings of the record meet here without a space");
            }
            if index + 1 == MAX_FAULTS && record.faults.len() > MAX_FAULTS {
                detail.push_str(&format!("; and {} more", count(record.faults.len() - MAX_FAULTS, "fault")));
            }
            self.find(&rules::SYNTAX, domain, record_evidence(domain, text), &detail).about = Some(place);
            self.faults.push(marked);
        }
    }

    fn open_to_all(&mut self, domain: &str, record: &Record, branch: &Branch) {
        let all = record.all().filter(|(_, directive)| directive.qualifier == Qualifier::Pass);
        let is_whole = |branch: &Branch| branch.ipv4_addresses == 1 << 32 || branch.ipv6_networks == u64::MAX;
        // It is told of the record where it comes from.
        let below = branch.branches.iter().any(|below| below.state == State::Record && is_whole(below));
        if all.is_none() && (below || !is_whole(branch)) {
            return;
        }
        let detail = match all {
            Some((term, _)) => {
                let text = record.text_of(&term.span);
                self.mark(domain, record, &term.span, "everyone may send");
                format!("{text} in the record of {domain}")
            }
            None => format!("the terms in the record of {domain} cover every address of a family"),
        };
        self.find(&rules::ALLOWS_ALL, domain, self.record(domain, record), &detail);
    }

    pub(super) async fn limits(&mut self, tree: &Branch, trial: Option<&Trial<'_>>) {
        let name = self.name;
        if tree.lookups > MAX_LOOKUPS {
            let mut branches: Vec<&Branch> = tree.branches.iter().collect();
            branches.sort_by_key(|branch| std::cmp::Reverse(branch.lookups));
            let saved = branches.iter().take(MAX_SHOWN).map(|branch| {
                let vendor = branch.vendor.as_ref().map(|vendor| format!(" ({vendor})")).unwrap_or_default();
                format!("removing {}{vendor} saves {}", branch.term.as_deref().unwrap_or_default(), branch.lookups)
            });
            let saved = saved.collect::<Vec<_>>().join(", ");
            let remedy = format!(
                "Remove terms, or write addresses in their place, until {MAX_LOOKUPS} look-ups are left: {saved}."
            );
            let measure = Evidence::limit("look-ups", tree.lookups as f64, MAX_LOOKUPS as f64, "look-ups");
            let detail = format!("{} look-ups, limit {MAX_LOOKUPS}", tree.lookups);
            let proof = Proof::from(measure).and(self.tree_texts(tree));
            self.find(&rules::LOOKUP_LIMIT, name, proof, &detail).remedy = Some(remedy);
        }
        let over = tree.inner.voids.map(|voids| voids > MAX_VOIDS);
        if tree.voids <= MAX_VOIDS {
            return;
        }
        let measure = Evidence::limit("empty look-ups", tree.voids as f64, MAX_VOIDS as f64, "look-ups");
        let proof = Proof::from(measure).and(self.tree_texts(tree));
        let mut detail = format!("{} look-ups come back empty, limit {MAX_VOIDS}", tree.voids);
        if over == [true, true] {
            self.find(&rules::VOID_LIMIT, name, proof, &detail);
            return;
        }
        // Nobody gets that far in a record that is a permerror for all.
        if self.findings.iter().any(|finding| finding.rule.severity == Severity::Error) {
            return;
        }
        // RFC 7208 §4.6.4: a client's own family alone is asked for, so that a host without an address in it is void.
        let family = if over[0] { "IPv4" } else { "IPv6" };
        detail.push_str(&format!(" for clients over {family}"));
        let of_family = tree.inner.networks.iter().filter(|net| matches!(net, IpNet::V4(_)) == over[0]).copied();
        let lost = match trial {
            Some(trial) => trial.lost(&of_family.collect::<Vec<_>>()).await,
            None => None,
        };
        let rule = if lost.is_some() { &rules::VOID_LIMIT } else { &rules::VOID_FAMILY };
        if let Some(lost) = lost {
            detail.push_str(&format!("; {lost}, which the record names, is one of them"));
        }
        let remedy = format!(
            "Write the addresses of these hosts as ip4: and ip6: terms, or let at most {MAX_VOIDS} terms and mail \
             exchangers be without an {family} address."
        );
        self.find(rule, name, proof, &detail).remedy = Some(remedy);
    }

    /// The records of the whole tree, each once.
    fn tree_texts(&self, tree: &Branch) -> Vec<Evidence> {
        let names: BTreeSet<&str> = tree.all().into_iter().filter_map(|branch| branch.domain.as_deref()).collect();
        let texts = names.into_iter().flat_map(|name| self.ledger.of(name, &[RecordType::TXT]));
        texts.take(MAX_QUOTED).collect()
    }
}

/// Says whose record a finding is about, and what the reader can do in his own.
fn foreign(finding: &mut Finding, (own, term): (&str, &str)) {
    if matches!(finding.rule.remedy, Remedy::Nothing(_)) {
        return;
    }
    let record = finding.subject.as_str();
    let holder =
        |name: &str| name.parse().map_or_else(|_| name.to_owned(), |name: Domain| name.organisation().to_string());
    let ask = format!("Ask whoever runs {} to correct the record of {record}", holder(record));
    let remedy = match finding.rule.severity {
        Severity::Error => format!("{ask}; until then remove {term} from the record of {own}."),
        _ => format!("{ask}."),
    };
    finding.remedy = Some(clean(&remedy));
}

fn is_ptr(record: &Record, span: &Range<usize>) -> bool {
    record.directives().any(|(term, directive)| term.span == *span && matches!(directive.mechanism, Mechanism::Ptr(_)))
}

/// The octets between the spaces around a place.
fn term_around(text: &[u8], span: &Range<usize>) -> Range<usize> {
    let at = span.start.min(text.len());
    let start = text[..at].iter().rposition(|byte| *byte == b' ').map_or(0, |space| space + 1);
    let end = text[at..].iter().position(|byte| *byte == b' ').map_or(text.len(), |space| at + space);
    start..end
}
