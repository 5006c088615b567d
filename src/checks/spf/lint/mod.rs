//! `spf` without a client: what is wrong with the record and with all it leads to.

mod absent;
mod fixes;
mod record;
mod terms;

use std::ops::Range;

use futures_util::future::join3;
use hickory_proto::rr::RecordType;
use ipnet::IpNet;

use self::fixes::Fix;
use super::facts::{Facts, Marked};
use super::rules;
use super::trial::Trial;
use super::walk::{Branch, MAX_SPENT, State, Walk, target};
use crate::checks::Outcome;
use crate::mail::spf::{Lookup, LookupAnswer, MAX_LOOKUPS, MAX_VOIDS, MacroString, Place, Record, is_record, shown};
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::lookup::sender_policy::{Ledger, Resolver, TYPE99};
use crate::net::lookup::texts::Text;
use crate::report::table::count;
use crate::report::{Evidence, Finding, Proof, Reason, Rule, Unclear, clean_bytes};

/// Octets of all TXT records and their name that still fit a datagram (RFC 7208 §3.4).
const MAX_OCTETS: usize = 450;
/// Records of one domain that are read, each for itself, at most.
const MAX_MERGED: usize = 8;
/// Names where records are found that belong to the domain itself.
const WRONG_PLACES: [&str; 4] = ["_spf", "spf", "_dmarc", "_domainkey"];

/// Tests a domain's record.
///
/// # Errors
/// [`Unclear`] if nobody said whether there is a record.
pub(super) async fn run(domain: &Domain, net: &Net) -> Result<Outcome<Facts>, Unclear> {
    let ledger = Ledger::default();
    let resolver = Resolver(net, &ledger);
    let walk = Walk::new(resolver);
    let name = domain.to_string();
    let (tree, type99, misplaced) =
        join3(walk.record(name.clone(), Vec::new()), resolver.type99(&name), misplaced(&resolver, &name)).await;
    if let Some(failure) = tree.inner.failure.as_ref().filter(|_| tree.state == State::Unanswered) {
        return Err(failure.unclear(&name));
    }
    let mut lint = Lint {
        name: &name,
        ledger: &ledger,
        findings: Vec::new(),
        unclear: Vec::new(),
        faults: Vec::new(),
        fixes: Vec::new(),
    };
    lint.tree(&tree);
    lint.left_out(&tree);
    // Whoever has nothing to mend asks nothing more.
    let one_family = tree.inner.voids.iter().filter(|voids| **voids > MAX_VOIDS).count() == 1;
    let wants_trial = tree.state != State::Record || !lint.fixes.is_empty() || one_family;
    let trial =
        if wants_trial { Some(Trial::of(&name, &meant(&tree, &walk, &name).await, resolver).await) } else { None };
    let type99 = match type99 {
        Ok(LookupAnswer::Records(records)) => records,
        // Silence about a type nobody uses changes nothing.
        _ => Vec::new(),
    };
    let missing = Missing { misplaced, type99 };
    lint.presence(&tree, &missing, trial.as_ref(), net).await;
    lint.leftovers(&tree, &missing.type99);
    lint.limits(&tree, trial.as_ref()).await;
    lint.explanation(&tree, &resolver).await;
    if let Some(trial) = &trial {
        lint.corrected(trial).await;
    }
    let texts = &tree.inner.texts;
    let octets = name.len() + texts.iter().map(|text| text.octets.len()).sum::<usize>();
    let records = texts.iter().filter(|text| is_record(&text.octets)).count();
    if records > 0 && octets > MAX_OCTETS {
        let detail = format!("{octets} octets of name and TXT records, at most {MAX_OCTETS} fit everywhere");
        let size = Evidence::limit("octets", octets as f64, MAX_OCTETS as f64, "octets");
        lint.find(&rules::SIZE, &name, Proof::from(size).and(ledger.of(&name, &[RecordType::TXT])), &detail);
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
        let Ok(LookupAnswer::Records(texts)) = answer else { continue };
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

/// What stands elsewhere than receivers ask.
struct Missing {
    /// Records at names below the domain.
    misplaced: Vec<(String, Text)>,
    /// Records of the abandoned type SPF.
    type99: Vec<Vec<u8>>,
}

/// The networks that the record means to authorise, or each of several.
async fn meant(tree: &Branch, walk: &Walk<'_>, name: &str) -> Vec<IpNet> {
    let mut networks = tree.inner.networks.clone();
    if tree.state == State::SeveralRecords {
        for text in tree.inner.texts.iter().filter(|text| is_record(&text.octets)).take(MAX_MERGED) {
            networks.extend(walk.alone(&text.octets, name).await.inner.networks);
        }
    }
    networks
}

struct Lint<'a> {
    name: &'a str,
    ledger: &'a Ledger,
    findings: Vec<Finding>,
    unclear: Vec<Unclear>,
    faults: Vec<Marked>,
    fixes: Vec<Fix>,
}

impl Lint<'_> {
    fn find(&mut self, rule: &'static Rule, subject: &str, proof: impl Into<Proof>, detail: &str) -> &mut Finding {
        self.findings.push(Finding::new(rule, subject, proof).detail(detail));
        self.findings.last_mut().expect("one was pushed")
    }

    /// The TXT records of a domain as received, or that it has none.
    fn texts(&self, domain: &str) -> Proof {
        Proof::of(self.ledger.of(domain, &[RecordType::TXT]), || Evidence::given("domain", domain))
    }

    /// The SPF record of a domain as received.
    fn record(&self, domain: &str, record: &Record) -> Proof {
        let data = format!("\"{}\"", clean_bytes(&record.text));
        let all = self.texts(domain);
        let is_it = |piece: &Evidence| match piece {
            Evidence::Record { rtype, data: found, .. } => rtype == "CNAME" || *found == data,
            _ => false,
        };
        Proof::some(all.clone().into_iter().filter(is_it)).unwrap_or(all)
    }

    fn leftovers(&mut self, tree: &Branch, type99: &[Vec<u8>]) {
        let name = self.name;
        if let Some(octets) = type99.first() {
            let proof = Proof::of(self.ledger.of(name, &[TYPE99]), || Evidence::given("domain", name));
            let finding = self.find(&rules::TYPE99, name, proof, &shown(octets));
            if tree.state != State::Record {
                finding.remedy = Some("When there is a TXT record, remove the record of type SPF.".to_owned());
            }
        }
        let ids = tree.inner.texts.iter().filter(|text| is_sender_id(&shown(&text.octets)));
        let ids: Vec<Evidence> = ids.map(|text| record_evidence(name, text)).collect();
        let detail = count(ids.len(), "record");
        if let Some(ids) = Proof::some(ids) {
            self.find(&rules::SENDER_ID, name, ids, &detail);
        }
    }

    /// Says that the tree is larger than what is looked at. Nearly always it is far beyond what receivers look at, too.
    fn left_out(&mut self, tree: &Branch) {
        let left_out = tree.left_out();
        if left_out > 0 {
            let detail = format!(
                "{} of the tree were not looked up: {MAX_SPENT} questions are enough for a record that may take \
                 {MAX_LOOKUPS} look-ups",
                count(left_out, "term")
            );
            self.unclear.push(Unclear::decisive(Reason::Budget, self.name, detail));
        }
    }

    async fn explanation(&mut self, tree: &Branch, resolver: &Resolver<'_>) {
        let Some(record) = &tree.inner.record else { return };
        let Some((term, spec)) = record.explanation() else { return };
        let Some(target) = target(Some(spec), self.name) else { return };
        let why = match resolver.texts(&target).await {
            Err(failure) => {
                self.unclear.push(Unclear { decisive: false, ..failure.unclear(&target) });
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
            let proof = self.record(self.name, record).and(self.ledger.of(&target, &[RecordType::TXT]));
            self.find(&rules::EXPLANATION, &target, proof, &why);
        }
    }

    fn mark(&mut self, domain: &str, record: &Record, span: &Range<usize>, what: &str) {
        let marked = Marked::new(domain, record, span, what);
        if !self.faults.contains(&marked) {
            self.faults.push(marked);
        }
    }
}

fn is_sender_id(text: &str) -> bool {
    text.to_ascii_lowercase().starts_with("spf2.0/")
}

fn start_of(text: &str) -> String {
    text.chars().take(12).collect()
}

fn record_evidence(name: &str, text: &Text) -> Evidence {
    Evidence::record(name, "TXT", text.ttl_s, format!("\"{}\"", clean_bytes(&text.octets)))
}

/// How many SPF records a name has, and these.
fn several(name: &str, texts: &[Text]) -> (String, Option<Proof>) {
    let records: Vec<&Text> = texts.iter().filter(|text| is_record(&text.octets)).collect();
    let detail = format!("{}, only one is allowed", count(records.len(), "record"));
    (detail, Proof::some(records.into_iter().map(|text| record_evidence(name, text))))
}
