//! What only the owner of a record can change.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use hickory_proto::rr::RecordType;
use ipnet::{IpNet, Ipv4Net};

use super::Lint;
use super::fixes::By;
use crate::checks::spf::facts::grouped;
use crate::checks::spf::rules;
use crate::checks::spf::walk::{Branch, State, target};
use crate::mail::spf::{DomainSpec, Mechanism, Qualifier, Record, TermKind, is_reporting};
use crate::names::address::special_purpose;
use crate::report::table::count;

/// An IPv4 network of more addresses than a /16 is wide: even the largest senders name smaller ones.
const WIDE_V4: u8 = 16;
/// An IPv6 network of more than a /32, which is what a whole provider gets, is wide.
const WIDE_V6: u8 = 32;

/// What may stand for a ptr: nothing if nobody passes by it alone, else the domain's own hosts.
const INSTEAD_OF_PTR: [&str; 4] = ["", "mx", "a", "mx a"];
/// What every record begins with.
const VERSION: &str = "v=spf1";

impl Lint<'_> {
    /// What only the owner of the record can change.
    pub(super) fn own(&mut self, domain: &str, record: &Record, branch: &Branch) {
        self.end(domain, record);
        self.reach(domain, record);
        self.duplicates(domain, record, branch);
        for term in &record.terms {
            let text = record.text_of(&term.span);
            match &term.kind {
                TermKind::Directive(directive) => {
                    if matches!(directive.mechanism, Mechanism::Ptr(_)) || uses_validated_name(&directive.mechanism) {
                        self.mark(domain, record, &term.span, "should not be published");
                        self.fix(&rules::PTR, (domain, record), &term.span, By::OneOf(&INSTEAD_OF_PTR), &text);
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
                    let softly = By::Term("~all".to_owned());
                    self.fix(&rules::NEUTRAL, (domain, record), &term.span, softly, "the record ends with ?all");
                }
                Qualifier::SoftFail => {
                    self.find(&rules::SOFTFAIL, domain, self.record(domain, record), "the record ends with ~all");
                }
                Qualifier::Pass | Qualifier::Fail => {}
            },
            None if record.redirect().is_none() && record.faults.is_empty() => {
                let proof = self.record(domain, record);
                let detail = "the record has neither \"all\" nor a redirect";
                let finding = self.findings.len();
                self.find(&rules::NEUTRAL, domain, proof, detail).remedy =
                    Some(format!("End the record of {domain} with ~all."));
                // Every corrected record gets an end; the version stays as it is.
                let version = By::Term("v=spf1".to_owned());
                self.fixed(finding, (domain, record), &(0..VERSION.len()), version);
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
        // RFC 7208 §6.1: a redirect beside "all" is never followed, wherever it stands; an include is.
        let instead: Vec<String> = texts
            .iter()
            .map(|text| match text.split_once('=') {
                Some((name, target)) if name.eq_ignore_ascii_case("redirect") => format!("include:{target}"),
                _ => text.clone(),
            })
            .collect();
        let finding = self.findings.len();
        self.find(&rules::UNREACHABLE, domain, self.record(domain, record), &detail).remedy = Some(format!(
            "Remove {}: no receiver gets there. If its senders are yours, write {} ahead of {all}.",
            texts.join(", "),
            instead.join(" ")
        ));
        for span in behind {
            self.fixed(finding, (domain, record), &span, By::Nothing);
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
            self.fix(&rules::DUPLICATE, (domain, record), span, By::Nothing, &record.text_of(span));
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
                let terms = branches.iter().filter_map(|way| way.term.clone()).collect::<Vec<_>>();
                let proof = self.record(domain, record).and(self.ledger.of(&name, &[RecordType::TXT]));
                let finding = self.find(&rules::DUPLICATE, domain, proof, &detail);
                finding.about = Some(format!("{} in the tree", terms.first().unwrap_or(&name)));
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
            let proof = self.record(domain, record);
            self.find(&rules::WIDE, domain, proof, &format!("{text}: {size}")).about = Some(text.clone());
            return;
        }
        if let Some(purpose) = special_purpose(network.network()) {
            self.mark(domain, record, span, purpose);
            let by = unmapped(&text, network).map_or(By::Nothing, By::Term);
            self.fix(&rules::SPECIAL, (domain, record), span, by, &format!("{text}: {purpose}"));
        }
        if network.addr() != network.network() {
            let written = format!("{}/{}", network.network(), network.prefix_len());
            let detail = format!("{text} stands for {written}");
            self.find(&rules::HOST_BITS, domain, self.record(domain, record), &detail).about = Some(text.clone());
        }
    }

    fn unknown(&mut self, domain: &str, record: &Record, span: &Range<usize>, name: &str) {
        let text = record.text_of(span);
        let mechanism = ["include", "a", "mx", "ptr", "ip4", "ip6", "exists", "all"];
        if mechanism.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            self.mark(domain, record, span, "ignored: a mechanism takes a colon");
            self.fix(&rules::EQUALS, (domain, record), span, By::Term(text.replacen('=', ":", 1)), &text);
            return;
        }
        if is_reporting(name) {
            return;
        }
        self.find(&rules::UNKNOWN_MODIFIER, domain, self.record(domain, record), &text).about = Some(text.clone());
    }
}

/// The term that a network of mapped addresses was meant as. A client with such an address is an IPv4 client
/// (RFC 7208 §5), which no `ip6` matches.
fn unmapped(term: &str, network: IpNet) -> Option<String> {
    let IpNet::V6(mapped) = network else { return None };
    let length = mapped.prefix_len().checked_sub(96)?;
    let network = Ipv4Net::new(mapped.network().to_ipv4_mapped()?, length).ok()?;
    if length < WIDE_V4 || special_purpose(network.network().into()).is_some() {
        return None;
    }
    let sign = term.split(|next: char| next.is_ascii_alphanumeric()).next().unwrap_or_default();
    let length = if length == network.max_prefix_len() { String::new() } else { format!("/{length}") };
    Some(format!("{sign}ip4:{}{length}", network.network()))
}

fn cost(branch: &Branch) -> String {
    count(branch.lookups, "look-up")
}

fn uses_validated_name(mechanism: &Mechanism) -> bool {
    mechanism.domain_spec().is_some_and(|spec: &DomainSpec| spec.text.has('p'))
}
