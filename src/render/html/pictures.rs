//! Pictures of what people would rather look at than read, from the facts by the names of the JSON.

use maud::Markup;
use serde_json::Value;

use super::draw::{Bar, Picture, Stop, bars, ways};
use crate::render::TargetReport;
use crate::render::whole::{by_name, expiry};
use crate::report::{CheckReport, clean};

/// All pictures of the results about one target.
pub(super) fn of(number: usize, target: &TargetReport) -> Vec<Markup> {
    let has_tls = target.checks.iter().any(|report| report.check == "tls" && report.facts.is_some());
    let mut pictures = Vec::new();
    for (index, report) in target.checks.iter().enumerate() {
        let facts = by_name(report.facts.as_deref());
        let mut of = |name: &str, title: &'static str, draw: &dyn Fn(&Picture<'_>) -> Option<Markup>| {
            let id = format!("t{number}-{index}-{name}");
            pictures.extend(draw(&Picture { id, title, of: clean(&report.subject) }));
        };
        match report.check {
            "mx" if !has_tls => of("way", "Where mail goes", &|picture| mx(picture, report, &facts)),
            "tls" => {
                of("way", "Where mail goes", &|picture| tls(picture, report, &facts));
                of("dates", "Days until certificates expire", &|picture| dates(picture, &facts));
                of("trust", "Confidence in TLS", &|picture| confidence(picture, &facts));
            }
            "spf" => of("tree", "What the SPF record costs", &|picture| spf(picture, &facts)),
            "dmarc" => of("policy", "Where the DMARC policy comes from", &|picture| dmarc(picture, &facts)),
            "dnsbl" => of("points", "Points by list", &|picture| points(picture, &facts)),
            _ => {}
        }
    }
    pictures
}

fn rows<'a>(facts: &'a Value, key: &str) -> &'a [Value] {
    facts[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> String {
    clean(value.as_str().unwrap_or_default())
}

fn stop(text: String, class: &'static str) -> Stop {
    Stop { text, class }
}

/// The colour of a state of the facts of `tls`.
fn class_of(state: &Value) -> &'static str {
    match state.as_str() {
        Some("ok") => "pass",
        Some("warn") => "warn",
        Some("fail") => "fail",
        Some("unclear") => "unclear",
        _ => "skipped",
    }
}

fn mx(picture: &Picture<'_>, report: &CheckReport, facts: &Value) -> Option<Markup> {
    let domain = stop(clean(&report.subject), "skipped");
    let mut found = Vec::new();
    for host in rows(facts, "hosts") {
        let usable = match (&host["usable"], &host["words"]) {
            (Value::Bool(true), _) => "pass",
            (_, Value::String(_)) => "unclear",
            _ => "fail",
        };
        let name = stop(format!("{} {}", host["preference"], text(&host["host"])), usable);
        let addresses = rows(host, "addresses");
        if addresses.is_empty() {
            found.push(vec![domain.clone(), name.clone()]);
        }
        for address in addresses {
            found.push(vec![domain.clone(), name.clone(), stop(text(address), usable)]);
        }
    }
    (!found.is_empty()).then(|| ways(picture, &found))
}

fn tls(picture: &Picture<'_>, report: &CheckReport, facts: &Value) -> Option<Markup> {
    let domain = stop(clean(&report.subject), "skipped");
    let way = |host: &Value| {
        let cells = &host["cells"];
        let name = stop(format!("{} {}", host["preference"], text(&host["host"])), "skipped");
        let address = stop(text(&host["address"]), class_of(&cells["connect"]["state"]));
        let version = match (host["version"].as_str(), cells["tls"]["state"].as_str()) {
            (Some(version), _) => format!("STARTTLS, {version}"),
            (None, Some("fail")) => "no TLS".to_owned(),
            (None, Some("unclear")) => "could not tell".to_owned(),
            (None, _) => "not tested".to_owned(),
        };
        vec![domain.clone(), name, address, stop(clean(&version), class_of(&cells["tls"]["state"]))]
    };
    let found: Vec<Vec<Stop>> = rows(facts, "hosts").iter().map(way).collect();
    (!found.is_empty()).then(|| ways(picture, &found))
}

/// Days of a certificate below which somebody should look.
const SOON: i64 = 21;

fn dates(picture: &Picture<'_>, facts: &Value) -> Option<Markup> {
    let mut found = Vec::new();
    for host in rows(facts, "hosts") {
        let (Some(days), Some(expiry)) = (host["chain"][0]["days_left"].as_i64(), expiry(host)) else { continue };
        let class = match days {
            ..0 => "fail",
            0..=SOON => "warn",
            _ => "pass",
        };
        let day = expiry.strftime("%Y-%m-%d");
        let note = if days < 0 { format!("expired on {day}") } else { format!("{days} days, {day}") };
        let label = format!("{} {}", text(&host["host"]), text(&host["address"]));
        found.push(Bar { label, depth: 0, value: f64::from(i32::try_from(days).unwrap_or(0)), note, class });
    }
    (!found.is_empty()).then(|| bars(picture, &found, Some((21.0, "21 days"))))
}

fn confidence(picture: &Picture<'_>, facts: &Value) -> Option<Markup> {
    let mut found = Vec::new();
    for host in rows(facts, "hosts") {
        let Some(points) = host["confidence"].as_f64() else { continue };
        let class = if points >= 90.0 {
            "pass"
        } else if points > 0.0 {
            "warn"
        } else {
            "fail"
        };
        let label = format!("{} {}", text(&host["host"]), text(&host["address"]));
        found.push(Bar { label, depth: 0, value: points, note: format!("{points} of 100"), class });
        for deduction in rows(host, "deductions") {
            let points = deduction["points"].as_f64().unwrap_or_default();
            let (label, note) = (text(&deduction["why"]), format!("-{points}"));
            found.push(Bar { label, depth: 1, value: points, note, class: "skipped" });
        }
    }
    (!found.is_empty()).then(|| bars(picture, &found, Some((100.0, "100"))))
}

/// Terms that are drawn at most.
const TERMS: usize = 60;

fn spf(picture: &Picture<'_>, facts: &Value) -> Option<Markup> {
    let mut found = Vec::new();
    branch(&facts["tree"], 0, &mut found);
    let more = found.len().saturating_sub(TERMS);
    found.truncate(TERMS);
    if more > 0 {
        let label = format!("and {more} more");
        found.push(Bar { label, depth: 0, value: 0.0, note: String::new(), class: "skipped" });
    }
    (!found.is_empty()).then(|| bars(picture, &found, Some((10.0, "10 lookups"))))
}

fn branch(tree: &Value, depth: usize, found: &mut Vec<Bar>) {
    let Some(lookups) = tree["lookups"].as_f64() else { return };
    let label = if tree["term"].is_null() { text(&tree["domain"]) } else { text(&tree["term"]) };
    let class = match tree["state"].as_str() {
        _ if lookups > 10.0 => "fail",
        Some("no-such-name" | "no-record" | "no-address" | "several-records" | "loop") => "fail",
        Some("unanswered" | "not-read") => "unclear",
        _ => "pass",
    };
    found.push(Bar { label, depth, value: lookups, note: format!("{lookups} of 10"), class });
    rows(tree, "branches").iter().for_each(|next| branch(next, depth + 1, found));
}

fn dmarc(picture: &Picture<'_>, facts: &Value) -> Option<Markup> {
    let mut way: Vec<Stop> = Vec::new();
    for step in rows(facts, "walk") {
        let is_there = step["outcome"] == "record";
        let class = if is_there { "pass" } else { "skipped" };
        way.push(stop(format!("{}: {}", text(&step["name"]), text(&step["outcome"])), class));
        if is_there && step["name"] == facts["found_at"] {
            break;
        }
    }
    let policy = facts["policy"].as_str()?;
    let class = if policy == "none" { "warn" } else { "pass" };
    let applies = facts["applies"].as_str().unwrap_or("p");
    way.push(stop(clean(&format!("{applies}={policy}")), class));
    Some(ways(picture, &[way]))
}

fn points(picture: &Picture<'_>, facts: &Value) -> Option<Markup> {
    let threshold = facts["threshold"].as_f64()?;
    let listed = rows(facts, "lists").iter().filter(|row| row["points"].as_f64().is_some_and(|points| points > 0.0));
    let bar = |row: &Value| {
        let value = row["points"].as_f64().unwrap_or_default();
        let class = if value >= threshold { "fail" } else { "warn" };
        Bar { label: text(&row["name"]), depth: 0, value, note: format!("{value} points"), class }
    };
    let found: Vec<Bar> = listed.map(bar).collect();
    let name = format!("refused at {threshold}");
    (!found.is_empty()).then(|| bars(picture, &found, Some((threshold, &name))))
}
