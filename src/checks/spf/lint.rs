//! `spf` without a client: what is wrong with the record and with all it leads to.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use futures_util::future::join3;
use ipnet::IpNet;

use super::dns::{Resolver, Text};
use super::facts::{Facts, Marked, grouped};
use super::rules;
use super::walk::{Branch, State, Walk, near_misses, target};
use crate::address::special_purpose;
use crate::checks::Outcome;
use crate::domain::Domain;
use crate::mail::spf::{
    Answer, DomainSpec, Lookup, MAX_LOOKUPS, MAX_MX, MAX_VOIDS, MacroString, Mechanism, Place, Qualifier, Record,
    TermKind, is_record, shown,
};
use crate::net::Net;
use crate::report::table::count;
use crate::report::{Evidence, Finding, Rule, Unclear};

/// Octets of all TXT records and their name that still fit a datagram (RFC 7208 §3.4).
const MAX_OCTETS: usize = 450;
/// An IPv4 network of more addresses than a /16 is wide: even the largest senders name smaller ones.
const WIDE_V4: u8 = 16;
/// An IPv6 network of more than a /32, which is what a whole provider gets, is wide.
const WIDE_V6: u8 = 32;
/// Terms that the remedy of a record with too many look-ups names.
const MAX_SHOWN: usize = 5;
/// Names where records are found that belong to the domain itself.
const WRONG_PLACES: [&str; 4] = ["_spf", "spf", "_dmarc", "_domainkey"];

/// Tests a domain's record.
///
/// # Errors
/// [`Unclear`] if nobody said whether there is a record.
pub(super) async fn run(domain: &Domain, net: &Net) -> Result<Outcome<Facts>, Unclear> {
    let resolver = Resolver(net);
    let walk = Walk::new(resolver);
    let name = domain.to_string();
    let (tree, type99, misplaced) =
        join3(walk.record(name.clone(), Vec::new()), resolver.type99(&name), misplaced(&resolver, &name)).await;
    if let Some(failure) = tree.inner.failure.as_ref().filter(|_| tree.state == State::Unanswered) {
        return Err(Unclear::decisive(failure.reason, &name, &failure.words));
    }
    let mut lint =
        Lint { name: &name, findings: Vec::new(), unclear: Vec::new(), faults: Vec::new(), fixes: Vec::new() };
    lint.presence(&tree, &misplaced);
    lint.leftovers(&tree, type99);
    lint.tree(&tree);
    lint.limits(&tree);
    lint.explanation(&tree, &resolver).await;
    lint.corrected();
    let texts = &tree.inner.texts;
    let octets = name.len() + texts.iter().map(|text| text.octets.len()).sum::<usize>();
    let records = texts.iter().filter(|text| is_record(&text.octets)).count();
    if records > 0 && octets > MAX_OCTETS {
        let detail = format!("{octets} octets of name and TXT records, at most {MAX_OCTETS} fit everywhere");
        lint.find(&rules::SIZE, &name, &detail);
    }
    let Lint { findings, unclear, faults, .. } = lint;
    let reason = reason(&tree, &findings);
    let facts = Facts {
        domain: name.clone(),
        record: tree.record.clone(),
        records: Some(records),
        octets: Some(octets),
        lookups: tree.lookups,
        voids: tree.voids,
        faults,
        tree: Some(Box::new(tree)),
        evaluation: None,
        reason,
    };
    Ok(Outcome { facts, findings, unclear })
}

/// Records at names below the domain, where nobody asks for them.
async fn misplaced(resolver: &Resolver<'_>, name: &str) -> Vec<(String, Text)> {
    let names = WRONG_PLACES.map(|label| format!("{label}.{name}"));
    let answers = futures_util::future::join_all(names.iter().map(|name| resolver.records(name))).await;
    let mut found = Vec::new();
    for (name, answer) in names.iter().zip(answers) {
        // Silence there says nothing of the record.
        let Ok(Answer::Records(texts)) = answer else { continue };
        found.extend(texts.into_iter().filter(|text| is_record(&text.octets)).map(|text| (name.clone(), text)));
    }
    found
}

/// The verdict's reason in one line: the worst that was found, else what the record costs.
fn reason(tree: &Branch, findings: &[Finding]) -> String {
    let worst = findings.iter().min_by_key(|finding| finding.rule.severity);
    match worst {
        Some(finding) if finding.rule.severity != crate::report::Severity::Note => {
            let detail = if finding.detail.is_empty() { String::new() } else { format!(": {}", finding.detail) };
            format!("{}{detail}", finding.rule.title)
        }
        _ => format!("{} of {MAX_LOOKUPS} look-ups, {} of {MAX_VOIDS} empty", tree.lookups, tree.voids),
    }
}

struct Lint<'a> {
    name: &'a str,
    findings: Vec<Finding>,
    unclear: Vec<Unclear>,
    faults: Vec<Marked>,
    fixes: Vec<Fix>,
}

/// A change of one term.
struct Fix {
    /// The domain of the record.
    domain: String,
    /// The record.
    record: Vec<u8>,
    /// The term.
    span: Range<usize>,
    /// What takes its place; nothing if it is removed.
    by: String,
    /// The finding it answers.
    finding: usize,
}

impl Lint<'_> {
    fn find(&mut self, rule: &'static Rule, subject: &str, detail: &str) -> &mut Finding {
        self.findings.push(Finding::new(rule, subject).detail(detail));
        self.findings.last_mut().expect("one was pushed")
    }

    /// As [`Lint::find`], with the term that is to go, or what is to stand in its place.
    fn fix(
        &mut self,
        rule: &'static Rule,
        (domain, record): (&str, &Record),
        span: &Range<usize>,
        by: &str,
        detail: &str,
    ) {
        let text = record.text_of(span);
        let remedy = if by.is_empty() { format!("Remove {text}.") } else { format!("Write {by} instead of {text}.") };
        let finding = self.findings.len();
        self.find(rule, domain, detail).remedy = Some(remedy);
        let (domain, record) = (domain.to_owned(), record.text.clone());
        self.fixes.push(Fix { domain, record, span: span.clone(), by: by.to_owned(), finding });
    }

    /// Shows each record as it reads with all its corrections, where the first of them is told.
    fn corrected(&mut self) {
        let mut records: BTreeMap<&str, Vec<&Fix>> = BTreeMap::new();
        for fix in &self.fixes {
            records.entry(&fix.domain).or_default().push(fix);
        }
        for (domain, fixes) in records {
            let text = corrected(&fixes);
            let first = fixes.iter().min_by_key(|fix| self.findings[fix.finding].rule.severity);
            let Some(finding) = first.map(|fix| &mut self.findings[fix.finding]) else { continue };
            let with = if fixes.len() > 1 { "With all corrections the" } else { "The" };
            let remedy = finding.remedy_text().to_owned();
            finding.remedy = Some(format!("{remedy} {with} record of {domain} reads: {text}"));
        }
    }

    /// Whether there is a record, and if not, what was meant as one.
    fn presence(&mut self, tree: &Branch, misplaced: &[(String, Text)]) {
        let name = self.name;
        let near = near_misses(&tree.inner.texts);
        let found = records_evidence(name, &tree.inner.texts);
        match tree.state {
            State::SeveralRecords => {
                let detail = format!("{}, only one is allowed", count(found.len(), "record"));
                let merged = merge(&tree.inner.texts);
                let finding = self.find(&rules::SEVERAL, name, &detail);
                finding.evidence = found;
                finding.remedy = Some(format!("Publish one TXT record at {name} instead: {merged}"));
            }
            State::NoRecord | State::NoSuchName => {
                let detail = match tree.state {
                    State::NoSuchName => "the name does not exist",
                    _ => "the name has no TXT record that begins with v=spf1",
                };
                let remedy = match misplaced.first() {
                    Some((at, text)) => format!("Publish the record of {at} at {name}: \"{}\".", shown(&text.octets)),
                    None => format!(
                        "Publish a TXT record at {name}: \"v=spf1 mx ~all\" if its mail exchangers send its mail, \
                         \"v=spf1 -all\" if it sends none."
                    ),
                };
                self.find(&rules::NONE, name, detail).remedy = Some(remedy);
            }
            _ => {}
        }
        for (text, ttl_s) in near.iter().filter(|(text, _)| !is_sender_id(text)) {
            let evidence =
                Evidence::Record { name: name.to_owned(), rtype: "TXT".into(), ttl_s: *ttl_s, data: text.clone() };
            self.find(&rules::NEAR_MISS, name, &format!("the text begins with {:?}", start_of(text))).evidence =
                vec![evidence];
        }
        // A provider's own _spf name is what includes are for; it is a mistake where the domain has none.
        if matches!(tree.state, State::NoRecord | State::NoSuchName) {
            for (at, text) in misplaced {
                self.find(&rules::MISPLACED, at, "nobody asks for SPF at this name").evidence =
                    vec![record_evidence(at, text)];
            }
        }
    }

    fn leftovers(&mut self, tree: &Branch, type99: Result<Answer<Vec<u8>>, crate::mail::spf::Failure>) {
        let name = self.name;
        // Silence about a type nobody uses changes nothing.
        if let Ok(Answer::Records(records)) = type99 {
            let data = records.first().map(|octets| shown(octets)).unwrap_or_default();
            self.find(&rules::TYPE99, name, &data);
        }
        let ids = tree.inner.texts.iter().filter(|text| is_sender_id(&shown(&text.octets)));
        let ids: Vec<Evidence> = ids.map(|text| record_evidence(name, text)).collect();
        if !ids.is_empty() {
            let detail = count(ids.len(), "record");
            self.find(&rules::SENDER_ID, name, &detail).evidence = ids;
        }
    }

    /// Everything that is to be said of single records and terms.
    fn tree(&mut self, tree: &Branch) {
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
            self.unclear.push(Unclear::decisive(failure.reason, subject, &failure.words));
        }
        if let Some(above) = above {
            self.term(branch, above);
        }
        let Some(domain) = branch.domain.as_deref() else { return };
        if branch.state == State::SeveralRecords && above.is_some() {
            let found = records_evidence(domain, &branch.inner.texts);
            let detail = format!("{}, only one is allowed", count(found.len(), "record"));
            self.find(&rules::SEVERAL, domain, &detail).evidence = found;
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
        let leads = is_leading(record, &branch.inner.span);
        let span = &branch.inner.span;
        let is_open = branch.inner.unregistered.is_some();
        if let Some(unregistered) = &branch.inner.unregistered {
            self.mark(domain, record, span, "anyone may register this domain");
            self.fix(
                &rules::UNREGISTERED,
                (domain, record),
                span,
                "",
                &format!("{term}: {unregistered} is not registered"),
            );
        }
        match branch.state {
            State::NoRecord | State::NoSuchName if leads => {
                let why = if branch.state == State::NoRecord { "has no SPF record" } else { "does not exist" };
                if !is_open {
                    self.mark(domain, record, span, &format!("the domain {why}"));
                }
                self.fix(&rules::INCLUDE_NONE, (domain, record), span, "", &format!("{term}: {target} {why}"));
            }
            State::NoAddress | State::NoSuchName => {
                let why = if branch.state == State::NoAddress { "has no such record" } else { "does not exist" };
                if !is_open {
                    self.mark(domain, record, span, &format!("void: the name {why}"));
                }
                self.fix(&rules::VOID, (domain, record), span, "", &format!("{term}: {target} {why}"));
            }
            State::Loop => {
                self.mark(domain, record, span, "leads back");
                self.fix(&rules::LOOP, (domain, record), span, "", &format!("{term} leads back to {target}"));
            }
            // Of ptr it is said already that it should not be there.
            State::Dynamic if !is_ptr(record, &branch.inner.span) => {
                self.find(&rules::DYNAMIC, domain, &term);
            }
            _ => {}
        }
        if branch.inner.exchangers > MAX_MX {
            let detail = format!("{term}: {target} has {} mail exchangers, limit {MAX_MX}", branch.inner.exchangers);
            self.mark(domain, record, &branch.inner.span, "too many mail exchangers");
            self.find(&rules::MX_LIMIT, domain, &detail);
        }
        for host in &branch.inner.dangling {
            self.find(&rules::VOID, domain, &format!("{term}: the mail exchanger {host} has no address"));
        }
    }

    fn syntax(&mut self, domain: &str, record: &Record, texts: &[Text]) {
        let Some(text) = texts.iter().find(|text| text.octets == record.text) else { return };
        for fault in &record.faults {
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
            self.find(&rules::SYNTAX, domain, &detail).evidence = vec![record_evidence(domain, text)];
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
        self.find(&rules::ALLOWS_ALL, domain, &detail);
    }

    /// What only the owner of the record can change.
    fn own(&mut self, domain: &str, record: &Record, branch: &Branch) {
        self.end(domain, record);
        self.reach(domain, record);
        self.duplicates(domain, record, branch);
        for term in &record.terms {
            let text = record.text_of(&term.span);
            match &term.kind {
                TermKind::Directive(directive) => {
                    if matches!(directive.mechanism, Mechanism::Ptr(_)) || uses_validated_name(&directive.mechanism) {
                        self.mark(domain, record, &term.span, "should not be published");
                        self.fix(&rules::PTR, (domain, record), &term.span, "", &text);
                    }
                    self.network(domain, record, &term.span, &directive.mechanism);
                }
                TermKind::Unknown(name) => self.unknown(domain, record, &term.span, name),
                TermKind::Redirect(_) | TermKind::Explanation(_) => {}
            }
        }
    }

    fn end(&mut self, domain: &str, record: &Record) {
        match record.all() {
            Some((term, directive)) => match directive.qualifier {
                Qualifier::Neutral => {
                    self.mark(domain, record, &term.span, "rejects nobody");
                    self.fix(&rules::NEUTRAL, (domain, record), &term.span, "~all", "the record ends with ?all");
                }
                Qualifier::SoftFail => {
                    self.find(&rules::SOFTFAIL, domain, "the record ends with ~all");
                }
                Qualifier::Pass | Qualifier::Fail => {}
            },
            None if record.redirect().is_none() && record.faults.is_empty() => {
                let better = format!("{} ~all", record.shown().trim_end());
                self.find(&rules::NEUTRAL, domain, "the record has neither \"all\" nor a redirect").remedy =
                    Some(format!("End the record of {domain} with ~all: \"{better}\"."));
            }
            None => {}
        }
    }

    fn reach(&mut self, domain: &str, record: &Record) {
        let Some((all, _)) = record.all() else { return };
        let behind = record.terms.iter().filter(|term| match term.kind {
            TermKind::Directive(_) => term.span.start > all.span.start,
            TermKind::Redirect(_) => true,
            TermKind::Explanation(_) | TermKind::Unknown(_) => false,
        });
        let behind: Vec<Range<usize>> = behind.map(|term| term.span.clone()).collect();
        if behind.is_empty() {
            return;
        }
        for span in &behind {
            self.mark(domain, record, span, "never reached");
        }
        let texts: Vec<String> = behind.iter().map(|span| record.text_of(span)).collect();
        let all = record.text_of(&all.span);
        let detail = format!("{} besides {all}", texts.join(", "));
        let finding = self.findings.len();
        self.find(&rules::UNREACHABLE, domain, &detail).remedy =
            Some(format!("If no sender is missing, remove {}; otherwise move it in front of {all}.", texts.join(", ")));
        for span in behind {
            let (domain, record) = (domain.to_owned(), record.text.clone());
            self.fixes.push(Fix { domain, record, span, by: String::new(), finding });
        }
    }

    fn duplicates(&mut self, domain: &str, record: &Record, branch: &Branch) {
        let mut seen = HashSet::new();
        let mut twice = Vec::new();
        for (term, directive) in record.directives() {
            let name = directive.mechanism.domain_spec().and_then(|spec| target(Some(spec), domain));
            let key = match (&directive.mechanism, name) {
                (Mechanism::Include(_), Some(name)) => format!("include:{}", name.to_ascii_lowercase()),
                _ => record.text_of(&term.span).trim_start_matches('+').to_ascii_lowercase(),
            };
            if directive.mechanism != Mechanism::All && !seen.insert(key) {
                twice.push(term.span.clone());
            }
        }
        for span in &twice {
            self.mark(domain, record, span, "there already");
            self.fix(&rules::DUPLICATE, (domain, record), span, "", &record.text_of(span));
        }
        // The same record by two ways costs twice.
        let mut ways: BTreeMap<String, Vec<&Branch>> = BTreeMap::new();
        for below in branch.all().into_iter().skip(1).filter(|below| below.state == State::Record) {
            ways.entry(below.domain.clone().unwrap_or_default().to_ascii_lowercase()).or_default().push(below);
        }
        for (name, branches) in ways.into_iter().filter(|(_, branches)| branches.len() > 1) {
            let own = branch.branches.iter().filter(|below| branches.iter().any(|way| std::ptr::eq(*way, *below)));
            if own.count() < branches.len() {
                let detail =
                    format!("{name} is included {} times in the tree, at {} each", branches.len(), cost(branches[0]));
                self.find(&rules::DUPLICATE, domain, &detail);
            }
        }
    }

    fn network(&mut self, domain: &str, record: &Record, span: &Range<usize>, mechanism: &Mechanism) {
        let (network, wide) = match (mechanism.ipv4_network(), mechanism.ipv6_network()) {
            (Some(network), _) => (IpNet::V4(network), WIDE_V4),
            (_, Some(network)) => (IpNet::V6(network), WIDE_V6),
            _ => return,
        };
        let text = record.text_of(span);
        if network.prefix_len() < wide {
            self.mark(domain, record, span, "very wide");
            let size = match network {
                IpNet::V4(net) => format!("{} addresses", grouped(1 << (32 - net.prefix_len()))),
                IpNet::V6(net) => format!("2^{} addresses", 128 - net.prefix_len()),
            };
            self.find(&rules::WIDE, domain, &format!("{text}: {size}"));
            return;
        }
        if let Some(purpose) = special_purpose(network.network()) {
            self.mark(domain, record, span, purpose);
            self.fix(&rules::SPECIAL, (domain, record), span, "", &format!("{text}: {purpose}"));
        }
        if network.addr() != network.network() {
            let written = format!("{}/{}", network.network(), network.prefix_len());
            self.find(&rules::HOST_BITS, domain, &format!("{text} stands for {written}"));
        }
    }

    fn unknown(&mut self, domain: &str, record: &Record, span: &Range<usize>, name: &str) {
        let text = record.text_of(span);
        let mechanism = ["include", "a", "mx", "ptr", "ip4", "ip6", "exists", "all"];
        if mechanism.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            self.mark(domain, record, span, "ignored: a mechanism takes a colon");
            self.fix(&rules::EQUALS, (domain, record), span, &text.replacen('=', ":", 1), &text);
            return;
        }
        self.find(&rules::UNKNOWN_MODIFIER, domain, &text);
    }

    fn limits(&mut self, tree: &Branch) {
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
            self.find(&rules::LOOKUP_LIMIT, name, &format!("{} look-ups, limit {MAX_LOOKUPS}", tree.lookups)).remedy =
                Some(remedy);
        }
        if tree.voids > MAX_VOIDS {
            self.find(&rules::VOID_LIMIT, name, &format!("{} look-ups come back empty, limit {MAX_VOIDS}", tree.voids));
        }
    }

    async fn explanation(&mut self, tree: &Branch, resolver: &Resolver<'_>) {
        let Some(record) = &tree.inner.record else { return };
        let Some((term, spec)) = record.explanation() else { return };
        let Some(target) = target(Some(spec), self.name) else { return };
        let why = match resolver.texts(&target).await {
            Err(failure) => {
                self.unclear.push(Unclear::harmless(failure.reason, &target, &failure.words));
                return;
            }
            Ok(answer) => match &answer.into_records()[..] {
                [] => Some("there is no TXT record".to_owned()),
                [text] => match MacroString::parse(text, Place::Explanation) {
                    Ok(_) => None,
                    Err(errors) => {
                        errors.first().map(|error| format!("{} at octet {}", error.what, error.span.start + 1))
                    }
                },
                several => Some(format!("there are {} TXT records, only one is allowed", several.len())),
            },
        };
        if let Some(why) = why {
            self.mark(self.name, record, &term.span, "cannot be used");
            self.find(&rules::EXPLANATION, &target, &why);
        }
    }

    fn mark(&mut self, domain: &str, record: &Record, span: &Range<usize>, what: &str) {
        let marked = Marked::new(domain, record, span, what);
        if !self.faults.contains(&marked) {
            self.faults.push(marked);
        }
    }
}

fn cost(branch: &Branch) -> String {
    count(branch.lookups, "look-up")
}

/// Whether the term at `span` leads to another record.
fn is_leading(record: &Record, span: &Range<usize>) -> bool {
    record.terms.iter().filter(|term| term.span == *span).any(|term| match &term.kind {
        TermKind::Redirect(_) => true,
        TermKind::Directive(directive) => matches!(directive.mechanism, Mechanism::Include(_)),
        TermKind::Explanation(_) | TermKind::Unknown(_) => false,
    })
}

fn is_ptr(record: &Record, span: &Range<usize>) -> bool {
    record.directives().any(|(term, directive)| term.span == *span && matches!(directive.mechanism, Mechanism::Ptr(_)))
}

fn uses_validated_name(mechanism: &Mechanism) -> bool {
    mechanism.domain_spec().is_some_and(|spec: &DomainSpec| spec.text.has('p'))
}

/// The octets between the spaces around a place.
fn term_around(text: &[u8], span: &Range<usize>) -> Range<usize> {
    let at = span.start.min(text.len());
    let start = text[..at].iter().rposition(|byte| *byte == b' ').map_or(0, |space| space + 1);
    let end = text[at..].iter().position(|byte| *byte == b' ').map_or(text.len(), |space| at + space);
    start..end
}

/// A record with its corrections, in quotes; terms that cannot be read stay as they are.
fn corrected(fixes: &[&Fix]) -> String {
    let record = fixes.first().map(|fix| fix.record.as_slice()).unwrap_or_default();
    let mut terms = Vec::new();
    let mut at = 0;
    for term in record.split(|byte| *byte == b' ') {
        let span = at..at + term.len();
        at = span.end + 1;
        match fixes.iter().find(|fix| fix.span == span) {
            Some(fix) if fix.by.is_empty() => {}
            Some(fix) => terms.push(fix.by.clone()),
            None if term.is_empty() => {}
            None => terms.push(guarded(shown(term))),
        }
    }
    format!("\"{}\".", terms.join(" "))
}

/// A term for a record to publish: none that is proposed here lets everyone send.
fn guarded(term: String) -> String {
    let everyone = ["all", "+all"].iter().any(|all| term.eq_ignore_ascii_case(all));
    if everyone { "~all".to_owned() } else { term }
}

/// One record with the terms of several, each once, and the gentlest end that shuts somebody out.
fn merge(texts: &[Text]) -> String {
    let mut terms: Vec<String> = Vec::new();
    let mut end: Option<String> = None;
    for text in texts.iter().filter(|text| is_record(&text.octets)) {
        let record = Record::parse(&text.octets);
        for term in &record.terms {
            let text = record.text_of(&term.span);
            let is_all = matches!(&term.kind, TermKind::Directive(directive) if directive.mechanism == Mechanism::All);
            if is_all {
                // The gentler of two ends loses nobody's mail.
                let gentler = end.as_deref().is_none_or(|end| end == "-all");
                if gentler {
                    end = Some(guarded(text));
                }
            } else if !terms.contains(&text) {
                terms.push(text);
            }
        }
    }
    let end = end.unwrap_or_else(|| "~all".to_owned());
    format!("\"{}\".", ["v=spf1".to_owned()].into_iter().chain(terms).chain([end]).collect::<Vec<_>>().join(" "))
}

fn is_sender_id(text: &str) -> bool {
    text.to_ascii_lowercase().starts_with("spf2.0/")
}

fn start_of(text: &str) -> String {
    text.chars().take(12).collect()
}

fn record_evidence(name: &str, text: &Text) -> Evidence {
    Evidence::Record { name: name.to_owned(), rtype: "TXT".to_owned(), ttl_s: text.ttl_s, data: shown(&text.octets) }
}

fn records_evidence(name: &str, texts: &[Text]) -> Vec<Evidence> {
    texts.iter().filter(|text| is_record(&text.octets)).map(|text| record_evidence(name, text)).collect()
}
