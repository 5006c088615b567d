//! From what the lists said to findings, open questions and remedies.

use super::facts::{Facts, ListRow, Outcome};
use super::rules;
use crate::catalogue::{Effect, Purpose};
use crate::checks;
use crate::report::{Evidence, Finding, Reason, Rule, Unclear};

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
    findings.extend(unanswered_finding(&facts, Outcome::Refused, &rules::REFUSED));
    findings.extend(unanswered_finding(&facts, Outcome::Filtered, &rules::FILTERED));
    // The remark about the /64 belongs to addresses somebody has something against.
    if facts.kind == crate::catalogue::Kind::Ipv6 && facts.asked > 0 && (facts.listed > 0 || all_rows) {
        let judged = prefix_of(&facts.query);
        let remedy = match facts.listed {
            0 => format!("Nothing, as long as no neighbour sends spam: {judged}."),
            _ => format!("Give the mail server a /64 of its own: {judged}."),
        };
        findings.push(Finding::new(&rules::IPV6_PREFIX, &facts.query).detail(judged).remedy(remedy));
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
    let measure = Evidence::Measure { name: "points".into(), value: f64::from(facts.points), unit: "points".into() };
    let finding = Finding::new(&rules::THRESHOLD, &facts.query).detail(detail).evidence(measure);
    match counted.first() {
        Some(heaviest) => finding.remedy(cause_remedy(heaviest, &facts.query)),
        None => finding,
    }
}

/// What to look for first, by what the heaviest list is about.
fn cause_remedy(row: &ListRow, query: &str) -> String {
    let groups = &row.zone().list.groups;
    let in_group = |name: &str| groups.iter().any(|group| group == name);
    let meaning = row.meaning();
    let cause = if meaning.starts_with("XBL") || in_group("botnet") && !in_group("major") || in_group("proxy") {
        "lists hosts that are infected or relay for others"
    } else if meaning.starts_with("CSS") || in_group("spamtrap") {
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
    let said = format!("{} answers {}: {}{suspicion}", list.name, row.answer_text(), row.meaning());
    match row.outcome {
        Outcome::Allowed => {
            findings.push(with_evidence(Finding::new(&rules::ALLOWED, query).detail(said), row));
        }
        Outcome::Listed => {
            let policy = row.codes.iter().any(|code| code.severity == Effect::Policy);
            let rule = match (row.points, policy) {
                (1.., _) => &rules::LISTED,
                (0, true) => &rules::POLICY,
                (0, false) => &rules::MINOR,
            };
            let finding = with_evidence(Finding::new(rule, query).detail(said), row);
            findings.push(match removal_remedy(row, failed) {
                Some(remedy) if row.points > 0 || policy => finding.remedy(remedy),
                // What to stop has been said, and nobody is known to ask.
                None if failed && row.points > 0 => finding.remedy("Nothing besides."),
                _ => finding,
            });
            if row.codes.iter().any(|code| !code.documented) && has_documentation(row) {
                let detail = format!("{} answers {}", list.name, row.answer_text());
                findings.push(Finding::new(&rules::UNDOCUMENTED, query).detail(detail));
            }
        }
        Outcome::Dead | Outcome::Wildcard | Outcome::Unproven if list.own && !list.status.is_retired() => {
            let words = row.words.as_deref().unwrap_or_default();
            let detail = format!("{}: {words}", list.zone);
            let remedy = format!("Check {}: {words}. {}", list.zone, rules::BROKEN_LIST.remedy);
            findings.push(Finding::new(&rules::BROKEN_LIST, &list.zone).detail(detail).remedy(remedy));
        }
        _ => {}
    }
    if list.status.is_retired() && row.outcome != Outcome::NotApplicable {
        let since = list.since.as_ref().map(|since| format!(" on {since}")).unwrap_or_default();
        let note = list.note.as_deref().unwrap_or_default();
        let detail = format!("{} was retired{since}. {note}", list.name);
        let remedy = format!("Remove {} from the configuration of your mail server.", list.zone);
        findings.push(Finding::new(&rules::RETIRED, &list.zone).detail(detail.trim()).remedy(remedy));
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

fn with_evidence(mut finding: Finding, row: &ListRow) -> Finding {
    let zone = row.zone();
    let owner = zone.question(&row.query, hickory_proto::rr::RecordType::A);
    let name = owner.map(|question| zone.hide(question.name.to_string())).unwrap_or_default();
    let ttl_s = row.ttl_s.unwrap_or_default();
    for code in &row.answers {
        let data = code.to_string();
        finding = finding.evidence(Evidence::Record { name: name.clone(), rtype: "A".into(), ttl_s, data });
    }
    for reason in &row.reasons {
        let data = reason.clone();
        finding = finding.evidence(Evidence::Record { name: name.clone(), rtype: "TXT".into(), ttl_s, data });
    }
    finding
}

/// The one finding about all lists with this outcome.
fn unanswered_finding(facts: &Facts, outcome: Outcome, rule: &'static Rule) -> Option<Finding> {
    let refused: Vec<&ListRow> = facts.lists.iter().filter(|row| row.outcome == outcome).collect();
    let first = refused.first()?;
    let names: Vec<&str> = refused.iter().map(|row| row.zone().list.name.as_str()).collect();
    let words = first.words.as_deref().unwrap_or_default();
    let finding = Finding::new(rule, &facts.query).detail(format!("{} ({words})", names.join(", ")));
    let evidence = refused.iter().map(|row| Evidence::Reply {
        server: row.zone().list.name.clone(),
        text: row.words.clone().unwrap_or_default(),
    });
    Some(evidence.fold(finding, Finding::evidence))
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
