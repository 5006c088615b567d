//! From what the lists said to findings, open questions and remedies.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use super::facts::{Facts, ListRow, Outcome};
use super::rules;
use crate::catalogue::{Effect, List, Purpose};
use crate::checks;
use crate::report::{Evidence, Finding, Proof, Reason, Unclear};

/// Judges the facts. With `all_rows` unset, rows that are clean are dropped after they are counted.
pub(super) fn judge(mut facts: Facts, resolver_rewrites: bool, all_rows: bool) -> checks::Outcome<Facts> {
    let mut findings = Vec::new();
    let failed = facts.points >= facts.threshold;
    if failed {
        findings.push(threshold_finding(&facts));
    }
    let suspicion =
        if resolver_rewrites { "; suspect, because the resolver answers for names that do not exist" } else { "" };
    for row in &facts.lists {
        findings.extend(row_findings(row, &facts.query, suspicion, failed));
    }
    findings.extend(refused_finding(&facts));
    // The remark about the /64 belongs to addresses somebody has something against.
    if facts.kind == crate::catalogue::Kind::Ipv6 && facts.asked > 0 && (facts.listed > 0 || all_rows) {
        let judged = prefix_of(&facts.query);
        let given = Evidence::given("address", &facts.query);
        findings.push(Finding::new(&rules::IPV6_PREFIX, &facts.query, given).detail(judged));
    }
    let unclear = open_questions(&facts, failed);
    if !all_rows {
        facts.lists.retain(|row| !row.outcome.is_clean());
    }
    checks::Outcome { facts, findings, unclear }
}

fn threshold_finding(facts: &Facts) -> Finding {
    let mut counted: Vec<&ListRow> = facts.lists.iter().filter(|row| row.points > 0).collect();
    counted.sort_by_key(|row| std::cmp::Reverse(row.points));
    let lists: Vec<String> = counted.iter().map(|row| format!("{} {}", row.zone().list.name, row.points)).collect();
    let detail = format!("{} points, {} refuse mail: {}", facts.points, facts.threshold, lists.join(", "));
    let measure = Evidence::limit("points", f64::from(facts.points), f64::from(facts.threshold), "points");
    let answers = counted.iter().flat_map(|row| row.received.clone());
    let finding = Finding::new(&rules::THRESHOLD, &facts.query, measure).evidence_all(answers).detail(detail);
    match counted.first() {
        Some(heaviest) => finding.remedy(cause_remedy(heaviest, &facts.query)),
        None => finding,
    }
}

/// What to look for first, by what the heaviest list is about.
fn cause_remedy(row: &ListRow, query: &str) -> String {
    let groups = &row.zone().list.groups;
    let in_group = |name: &str| groups.iter().any(|group| group == name);
    // ZEN is several lists in one; its codes tell them apart: CSS answers .3, XBL .4 to .7.
    let is_zen = row.zone().list.family.as_deref() == Some("spamhaus");
    let part = |octets: RangeInclusive<u8>| {
        let is_it = |answer: &Ipv4Addr| matches!(answer.octets(), [127, 0, 0, last] if octets.contains(&last));
        is_zen && row.answers.iter().any(is_it)
    };
    let cause = if part(4..=7) || in_group("botnet") && !in_group("major") || in_group("proxy") {
        "lists hosts that are infected or relay for others"
    } else if part(3..=3) || in_group("spamtrap") {
        "lists what sends to addresses that never asked for mail"
    } else if in_group("attack") {
        "lists hosts that attack others"
    } else {
        "lists what its operators see sending spam"
    };
    format!(
        "Find what sends from {query}, and stop it. {} {cause}; removal before the cause is gone does not last.",
        row.zone().list.name
    )
}

fn row_findings(row: &ListRow, query: &str, suspicion: &str, failed: bool) -> Vec<Finding> {
    let list = &row.zone().list;
    let mut findings = Vec::new();
    let find = |rule| Finding::new(rule, query, proof(row)).about(&list.id);
    let said = format!("{} answers {}: {}{suspicion}", list.name, row.answer_text(), row.meaning());
    match row.outcome {
        Outcome::Allowed => {
            findings.push(find(&rules::ALLOWED).detail(said));
        }
        Outcome::Listed => {
            let policy = row.codes.iter().any(|code| code.severity == Effect::Policy);
            let rule = match (row.points, policy) {
                (1.., _) => &rules::LISTED,
                (0, true) => &rules::POLICY,
                (0, false) => &rules::MINOR,
            };
            let finding = find(rule).detail(said);
            findings.push(match removal_remedy(row, failed) {
                Some(remedy) if row.points > 0 || policy => finding.remedy(remedy),
                // What to stop has been said, and nobody is known to ask.
                None if failed && row.points > 0 => finding.nothing_to_do("Nothing besides."),
                _ => finding,
            });
            if row.codes.iter().any(|code| !code.documented) && has_documentation(row) {
                let detail = format!("{} answers {}", list.name, row.answer_text());
                findings.push(find(&rules::UNDOCUMENTED).detail(detail));
            }
        }
        Outcome::Dead | Outcome::Wildcard | Outcome::Unproven if list.own && !list.status.is_retired() => {
            let words = row.words.as_deref().unwrap_or_default();
            let detail = format!("{}: {words}", list.zone);
            let remedy = format!("Check {}: {words}. {}", list.zone, rules::BROKEN_LIST.remedy.text());
            findings.push(
                Finding::new(&rules::BROKEN_LIST, &list.zone, proof(row)).about(&list.id).detail(detail).remedy(remedy),
            );
        }
        _ => {}
    }
    if list.status.is_retired() && row.outcome != Outcome::NotApplicable {
        let since = list.since.as_ref().map(|since| format!(" on {since}")).unwrap_or_default();
        let note = list.note.as_deref().unwrap_or_default();
        let detail = format!("{} was retired{since}. {note}", list.name);
        let remedy = format!("Remove {} from the configuration of your mail server.", list.zone);
        findings.push(
            Finding::new(&rules::RETIRED, &list.zone, entry(list)).about(&list.id).detail(detail.trim()).remedy(remedy),
        );
    }
    findings
}

/// Only a list with a code table can answer a code that is missing in it.
fn has_documentation(row: &ListRow) -> bool {
    !row.zone().list.codes.is_empty()
}

/// What to ask the list for. Where the sum refuses mail, the cause has been spoken of already.
fn removal_remedy(row: &ListRow, failed: bool) -> Option<String> {
    let list = &row.zone().list;
    let expires = list.expires.as_deref().map(|expires| expires.trim_end_matches('.'));
    let first = if failed { "Then" } else { "Find and stop what caused it, then" };
    match (row.delist_url(), expires) {
        // The link stands at the end or before a bracket, where it can be taken over whole.
        (Some(url), Some(expires)) => Some(format!("{first} ask {} for removal: {url} ({expires})", list.name)),
        (Some(url), None) => Some(format!("{first} ask {} for removal: {url}", list.name)),
        (None, Some(expires)) => Some(format!("{} ends by itself: {expires}.", list.name)),
        (None, None) => None,
    }
}

/// What the catalogue says of a list's end.
fn entry(list: &List) -> Evidence {
    let since = list.since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
    Evidence::Entry {
        id: list.id.clone(),
        name: "status".to_owned(),
        value: format!("{}{since}", list.status.as_str()),
    }
}

/// What came of the question to a list: its answers, or its words.
fn proof(row: &ListRow) -> Proof {
    Proof::of(row.received.clone(), || Evidence::reply(&row.server, row.words.as_deref().unwrap_or_default()))
}

fn refused_finding(facts: &Facts) -> Option<Finding> {
    let refused: Vec<&ListRow> = facts.lists.iter().filter(|row| row.outcome == Outcome::Refused).collect();
    let first = refused.first()?;
    let names: Vec<&str> = refused.iter().map(|row| row.zone().list.name.as_str()).collect();
    let words = first.words.as_deref().unwrap_or_default();
    let replies =
        refused.iter().map(|row| Evidence::reply(&row.zone().list.name, row.words.as_deref().unwrap_or_default()));
    let finding = Finding::new(&rules::REFUSED, &facts.query, Proof::some(replies)?);
    Some(finding.detail(format!("{} ({words})", names.join(", "))))
}

/// What stayed open. An open question matters when the answer could have changed the verdict.
fn open_questions(facts: &Facts, failed: bool) -> Vec<Unclear> {
    let mut open = Vec::new();
    for row in &facts.lists {
        let Some(reason) = row.outcome.reason() else { continue };
        let list = &row.zone().list;
        let words = row.words.as_deref().unwrap_or_default();
        // A retired list, an allowlist or a light one could not have reached the threshold alone.
        let could_refuse = list.purpose == Purpose::Block && list.greatest_points() >= facts.threshold;
        let entry = if could_refuse && !failed { Unclear::decisive } else { Unclear::harmless };
        open.push(entry(reason, &list.name, words));
    }
    if facts.asked == 0 {
        let why = "none of the lists serves this kind of query";
        open.push(Unclear::decisive(Reason::NotApplicable, &facts.query, why));
    }
    if !failed && facts.answered * 2 < facts.asked {
        let detail = format!("{} of {} lists answered", facts.answered, facts.asked);
        open.push(Unclear::decisive(Reason::TooFewAnswers, &facts.query, detail));
    }
    open
}

fn prefix_of(address: &str) -> String {
    let prefix = address
        .parse::<std::net::Ipv6Addr>()
        .ok()
        .and_then(|address| ipnet::Ipv6Net::new(address, 64).ok())
        .map(|network| network.trunc().to_string());
    prefix.map(|prefix| format!("receivers judge {prefix}")).unwrap_or_default()
}
