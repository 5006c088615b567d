//! From what the lists said to findings, open questions and remedies.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use super::facts::{CodeRow, Facts, ListRow, RowOutcome};
use super::row::CHECK_KEY;
use super::rules;
use super::zone::Query;
use crate::catalogue::{Effect, List, Purpose, Status};
use crate::checks;
use crate::report::table::count;
use crate::report::{Evidence, Finding, Proof, Reason, Rule, Unclear};
/// Judges the facts. With `all_rows` unset, rows that are clean are dropped after they are counted.
pub(super) fn judge(mut facts: Facts, resolver_rewrites: bool, all_rows: bool) -> checks::Outcome<Facts> {
    let mut findings = Vec::new();
    let failed = facts.points >= facts.threshold;
    if failed {
        findings.push(threshold_finding(&facts));
    }
    let suspicion =
        if resolver_rewrites { "; suspect, because the resolver answers for names that do not exist" } else { "" };
    // What hurts most is to be mended first.
    let mut rows: Vec<&ListRow> = facts.lists.iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.points, row.zone().list.greatest_points())));
    for row in &rows {
        findings.extend(row_findings(row, &facts.query, suspicion, failed));
    }
    findings.extend(refused_findings(&rows, &facts.query));
    findings.extend(filtered_finding(&rows, &facts.query));
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
    if row.codes.iter().all(|code| code.severity == Effect::Policy || code.points == 0) {
        return policy_remedy(row);
    }
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
    match row.outcome {
        RowOutcome::Allowed => {
            let codes: Vec<&CodeRow> = row.codes.iter().collect();
            findings.push(said(&rules::ALLOWED, row, query, &codes, suspicion));
        }
        RowOutcome::Listed => {
            let (policy, others): (Vec<&CodeRow>, Vec<&CodeRow>) =
                row.codes.iter().partition(|code| code.severity == Effect::Policy);
            if !others.is_empty() {
                let rule = if others.iter().any(|code| code.points > 0) { &rules::LISTED } else { &rules::MINOR };
                let finding = said(rule, row, query, &others, suspicion);
                findings.push(match removal_remedy(row, failed) {
                    _ if rule.id == rules::MINOR.id => finding,
                    Some(remedy) => finding.remedy(remedy),
                    // What to stop has been said, and nobody is known to ask.
                    None if failed => finding.nothing_to_do("Nothing besides."),
                    None => finding,
                });
            }
            if !policy.is_empty() {
                let finding = said(policy_rule(row), row, query, &policy, suspicion);
                findings.push(finding.remedy(policy_remedy(row)));
            }
            if row.codes.iter().any(|code| !code.documented) && has_documentation(row) {
                let detail = format!("{} answers {}", list.name, row.answer_text());
                findings.push(find(&rules::UNDOCUMENTED).detail(detail));
            }
        }
        RowOutcome::Dead | RowOutcome::Wildcard | RowOutcome::Unproven
            if list.own && !list.status.is_retired() && Obstacle::of(row).is_none() =>
        {
            let words = row.words.as_deref().unwrap_or_default();
            let detail = format!("{}: {words}", list.zone);
            let remedy = match list.keyed {
                true => format!("Check the key of {}, [keys] {} in the configuration.", list.zone, list.id),
                false => format!("Check {}: {words}. {}", list.zone, rules::BROKEN_LIST.remedy.text()),
            };
            findings.push(
                Finding::new(&rules::BROKEN_LIST, &list.zone, proof(row)).about(&list.id).detail(detail).remedy(remedy),
            );
        }
        _ => {}
    }
    if list.status.is_retired() && row.outcome != RowOutcome::NotApplicable {
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

/// A finding about these codes of a row.
fn said(rule: &'static Rule, row: &ListRow, query: &str, codes: &[&CodeRow], suspicion: &str) -> Finding {
    let mut answers: Vec<String> = codes.iter().map(|code| code.code.to_string()).collect();
    answers.dedup();
    let meanings: Vec<&str> = codes.iter().map(|code| code.meaning.as_str()).collect();
    let (name, answers) = (&row.zone().list.name, answers.join(" "));
    let detail = format!("{name} answers {answers}: {}{suspicion}", meanings.join("; "));
    let about_them = |piece: &&Evidence| match piece {
        Evidence::Record { rtype, data, .. } if rtype == "A" => codes.iter().any(|code| code.code.to_string() == *data),
        _ => true,
    };
    let proof = Proof::of(row.received.iter().filter(about_them).cloned(), || reply(row));
    Finding::new(rule, query, proof).about(&row.zone().list.id).weighing(row.points).detail(detail)
}

/// Receivers refuse by the policy lists of the large operators; that matters where mail is known to come from.
fn policy_rule(row: &ListRow) -> &'static Rule {
    let major = row.zone().list.groups.iter().any(|group| group == "major");
    let refuses = major || row.codes.iter().any(|code| code.severity == Effect::Policy && code.points > 0);
    match *row.query {
        Query::Sender(_) if refuses => &rules::POLICY_SENDER,
        _ => &rules::POLICY,
    }
}

/// What to do about a policy listing: nothing has been sent, so there is nothing to stop.
fn policy_remedy(row: &ListRow) -> String {
    let link = row.delist_url().map(|url| format!(": {url}")).unwrap_or_default();
    format!(
        "If {} is a mail server with a static address, ask {} for its removal; otherwise send through your provider's \
         relay{link}",
        row.query,
        row.zone().list.name
    )
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
        (None, Some(expires)) if failed => Some(format!("The entry of {} ends by itself: {expires}.", list.name)),
        (None, Some(expires)) => {
            Some(format!("Find and stop what caused it; the entry of {} ends by itself: {expires}.", list.name))
        }
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
    Proof::of(row.received.clone(), || reply(row))
}

/// The words of whoever answered for a list.
fn reply(row: &ListRow) -> Evidence {
    Evidence::reply(&row.server, row.words.as_deref().unwrap_or_default())
}

/// What can be done about lists that would not answer, by what stands in their way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Obstacle {
    /// The zone's name.
    Name,
    /// The key.
    Key,
    /// The resolver is not registered.
    Registration,
    /// The resolver, in some other way.
    Resolver,
}

impl Obstacle {
    fn of(row: &ListRow) -> Option<Self> {
        let list = &row.zone().list;
        let registered = matches!(list.status, Status::Registration | Status::Paid);
        match row.outcome {
            RowOutcome::Refused if row.is_mistyped() => Some(Obstacle::Name),
            RowOutcome::Refused if list.keyed => Some(Obstacle::Key),
            RowOutcome::Refused if registered => Some(Obstacle::Registration),
            RowOutcome::Refused => Some(Obstacle::Resolver),
            RowOutcome::Unproven if registered && !list.keyed => Some(Obstacle::Registration),
            _ => None,
        }
    }

    fn remedy(self, rows: &[&ListRow]) -> String {
        let list = &rows[0].zone().list;
        match self {
            Obstacle::Name if list.zone.ends_with(".dq.spamhaus.org") => {
                format!("Correct the name {}: the zones of DQS end in .dq.spamhaus.net.", list.zone)
            }
            Obstacle::Name => format!("Correct the name {}: its operator has no such zone.", list.zone),
            Obstacle::Key => format!("For {}, {CHECK_KEY}.", list.zone),
            Obstacle::Registration => {
                let page = list.lookup_url.as_deref().map(|url| format!(", or look it up there: {url}"));
                let operator = list.operator.as_deref().unwrap_or(&list.name);
                format!("Register the address of your resolver with {operator}{}", page.unwrap_or_default())
            }
            Obstacle::Resolver => rules::REFUSED.remedy.text().to_owned(),
        }
    }
}

/// The one finding about all lists whose answers do not come through.
fn filtered_finding(rows: &[&ListRow], query: &str) -> Option<Finding> {
    let filtered: Vec<&&ListRow> = rows.iter().filter(|row| row.outcome == RowOutcome::Filtered).collect();
    let first = filtered.first()?;
    let names: Vec<&str> = filtered.iter().map(|row| row.zone().list.name.as_str()).collect();
    let words = first.words.as_deref().unwrap_or_default();
    let words_of = |row: &&&ListRow| Evidence::reply(&row.zone().list.name, row.words.as_deref().unwrap_or_default());
    let proof = Proof::of(filtered.iter().map(words_of), || reply(first));
    Some(Finding::new(&rules::FILTERED, query, proof).detail(format!("{} ({words})", names.join(", "))))
}

/// Findings about the lists that would not answer. What has one remedy for all is told once.
fn refused_findings(rows: &[&ListRow], query: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut tell = |obstacle: Obstacle, rows: &[&ListRow]| {
        let Some(first) = rows.first() else { return };
        let names: Vec<&str> = rows.iter().map(|row| row.zone().list.name.as_str()).collect();
        let words = first.words.as_deref().unwrap_or_default();
        let rule = if first.outcome == RowOutcome::Refused { &rules::REFUSED } else { &rules::REGISTRATION };
        let words_of =
            |row: &&ListRow| Evidence::reply(&row.zone().list.name, row.words.as_deref().unwrap_or_default());
        let proof = Proof::of(rows.iter().map(words_of), || reply(first));
        let finding = Finding::new(rule, query, proof).detail(format!("{} ({words})", names.join(", ")));
        findings.push(finding.about(&first.zone().list.id).remedy(obstacle.remedy(rows)));
    };
    let with = |wanted: Obstacle| rows.iter().copied().filter(move |row| Obstacle::of(row) == Some(wanted));
    tell(Obstacle::Resolver, &with(Obstacle::Resolver).collect::<Vec<_>>());
    for obstacle in [Obstacle::Name, Obstacle::Key, Obstacle::Registration] {
        for row in with(obstacle) {
            tell(obstacle, &[row]);
        }
    }
    findings
}

/// What stayed open. An open question matters when the answer could have changed the verdict.
fn open_questions(facts: &Facts, failed: bool) -> Vec<Unclear> {
    let mut open = Vec::new();
    for row in &facts.lists {
        let Some(question) = row.open() else { continue };
        let list = &row.zone().list;
        // A retired list, an allowlist or a light one could not have reached the threshold alone.
        let could_refuse = list.purpose == Purpose::Block && list.greatest_points() >= facts.threshold;
        open.push(Unclear { decisive: could_refuse && !failed, ..question });
    }
    if facts.asked == 0 {
        let why = "none of the lists serves this kind of query";
        open.push(Unclear::decisive(Reason::NotApplicable, &facts.query, why));
    }
    if !failed && facts.answered * 2 < facts.asked {
        let detail = format!("{} of {} answered", facts.answered, count(facts.asked, "list"));
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
