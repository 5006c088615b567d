//! One page for people who do not use this program: self-contained, without script and without network.

mod draw;
mod pictures;

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::TargetReport;
use super::whole::WholeRun;
use super::words;
use crate::report::table::count;
use crate::report::{CheckReport, Finding, Severity, Verdict, clean};

/// How the page looks; it has nothing from the network in it.
const STYLE: &str = include_str!("html/style.css");

/// What the page may load: nothing.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// Writes the run.
pub(super) fn write(output: &mut dyn Write, run: &WholeRun<'_>) -> io::Result<()> {
    output.write_all(page(run).into_string().as_bytes())?;
    writeln!(output)
}

fn page(run: &WholeRun<'_>) -> Markup {
    let title = match run.targets {
        [only] => format!("Mail of {}", clean(&only.input)),
        targets => format!("Mail of {}", count(targets.len(), "target")),
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                title { (title) " – spamcheck" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    p { "Tested on " time datetime=(format!("{:.0}", run.head.started)) { (run.head.started.strftime("%-d %B %Y at %H:%M UTC")) }
                        " from outside, as other mail servers see it." }
                    (tiles(run))
                }
                main {
                    @if run.targets.len() > 1 { (contents(run)) }
                    @for (index, target) in run.targets.iter().enumerate() { (article(index + 1, target)) }
                }
                footer {
                    p { "spamcheck " (run.head.tool.version) ", catalogue of " (run.head.tool.catalogue) ". "
                        (resolvers(run)) }
                }
            }
        }
    }
}

fn resolvers(run: &WholeRun<'_>) -> String {
    let resolver = &run.end.resolver;
    if resolver.servers.is_empty() {
        return String::new();
    }
    let validating = match resolver.validating {
        Some(true) => ", which validates DNSSEC",
        Some(false) => ", which does not validate DNSSEC",
        None => "",
    };
    format!("Asked {}{validating}.", clean(&resolver.servers.join(", ")))
}

/// From the worst on, with what each means.
const VERDICTS: [(Verdict, &str); 5] = [
    (Verdict::Fail, "mail is refused or lost"),
    (Verdict::Unclear, "could not be tested"),
    (Verdict::Warn, "some receivers mind"),
    (Verdict::Pass, "nothing to do"),
    (Verdict::Skipped, "nothing to test"),
];

fn badge(verdict: Verdict) -> Markup {
    html! { span class={"badge " (verdict.as_str())} { (verdict.as_str().to_uppercase()) } }
}

/// How many results there are of which kind: checks of one target, or targets.
fn tiles(run: &WholeRun<'_>) -> Markup {
    let verdicts: Vec<Verdict> = match run.targets {
        [only] => only.checks.iter().map(CheckReport::verdict).collect(),
        targets => targets.iter().map(|target| target.verdict()).collect(),
    };
    html! {
        ul.tiles {
            @for (verdict, meaning) in VERDICTS {
                @let number = verdicts.iter().filter(|other| **other == verdict).count();
                @if number > 0 {
                    li class={"tile " (verdict.as_str())} {
                        strong { (number) } " " span.word { (verdict.as_str().to_uppercase()) } span.meaning { (meaning) }
                    }
                }
            }
        }
    }
}

/// Something wide, which scrolls by itself on a small screen; by keyboard too.
fn wide(label: &str, content: Markup) -> Markup {
    html! { div.wide role="group" aria-label=(label) tabindex="0" { (content) } }
}

fn contents(run: &WholeRun<'_>) -> Markup {
    html! {
        section aria-labelledby="targets" {
            h2 #targets { "Targets" }
            (wide("Targets", html! {
                table {
                    caption { "Each target with its verdict and what counts against it" }
                    thead { tr { th scope="col" { "Target" } th scope="col" { "Verdict" } th scope="col" { "Findings" } } }
                    tbody { @for (index, target) in run.targets.iter().enumerate() {
                        tr {
                            th scope="row" { a href={"#t" (index + 1)} { (clean(&target.input)) } }
                            td { (badge(target.verdict())) }
                            td { (ids(target)) }
                        }
                    } }
                }
            }))
        }
    }
}

/// The ids of what is wrong, notes aside, each once.
fn ids(target: &TargetReport) -> String {
    let mut ids: Vec<&str> = Vec::new();
    for finding in target.checks.iter().flat_map(|report| &report.findings) {
        if finding.severity != Severity::Note && !ids.contains(&finding.rule.id) {
            ids.push(finding.rule.id);
        }
    }
    ids.join(", ")
}

fn article(number: usize, target: &TargetReport) -> Markup {
    let name = clean(&target.input);
    let pictures = pictures::of(number, target);
    html! {
        article #{"t" (number)} aria-labelledby={"t" (number) "-name"} {
            h2 #{"t" (number) "-name"} { (name) " " (badge(target.verdict())) }
            (wide(&format!("Checks of {name}"), checks(target)))
            @for (severity, title) in [(Severity::Error, "What must be mended"), (Severity::Warning, "What some receivers mind")] {
                (findings(target, severity, title))
            }
            (open_questions(target))
            @if !pictures.is_empty() {
                h3 { "Pictures" }
                @for picture in pictures { (picture) }
            }
            (findings(target, Severity::Note, "Worth knowing"))
        }
    }
}

fn checks(target: &TargetReport) -> Markup {
    html! {
        table {
            caption { "Every check with its verdict and the reason" }
            thead { tr {
                th scope="col" { "Check" } th scope="col" { "Subject" } th scope="col" { "Verdict" } th scope="col" { "Reason" }
            } }
            tbody { @for report in &target.checks {
                tr {
                    th scope="row" { (report.check) }
                    td.name { (clean(&report.subject)) }
                    td { (badge(report.verdict())) }
                    td { (report.reason()) }
                }
            } }
        }
    }
}

/// The findings of a severity by rule: what it is, why it matters, each case with what proves it, what to do.
fn findings(target: &TargetReport, severity: Severity, title: &str) -> Markup {
    let findings = target.checks.iter().flat_map(|report| &report.findings);
    let mut by_rule: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for finding in findings.filter(|finding| finding.severity == severity) {
        match by_rule.iter_mut().find(|(id, _)| *id == finding.rule.id) {
            Some((_, cases)) => cases.push(finding),
            None => by_rule.push((finding.rule.id, vec![finding])),
        }
    }
    html! {
        @if !by_rule.is_empty() {
            h3 { (title) }
            @for (_, cases) in &by_rule { (rule(cases)) }
        }
    }
}

fn rule(cases: &[&Finding]) -> Markup {
    let Some(rule) = cases.first().map(|first| first.rule) else { return html! {} };
    let mut remedies: Vec<String> = Vec::new();
    for finding in cases.iter().filter(|finding| finding.wants_action()) {
        let remedy = clean(finding.remedy_text());
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    html! {
        section class={"finding " (rule.severity.as_str())} {
            h4 { (rule.title) " " code { (rule.id) } }
            p { (rule.why) }
            ul.cases { @for finding in cases {
                li {
                    (words::case(finding))
                }
            } }
            @for remedy in &remedies { p.remedy { strong { "What to do: " } (remedy) } }
            details {
                summary { "What this rests on" }
                ul { @for piece in cases.iter().flat_map(|finding| &finding.evidence) {
                    li { code { (words::evidence(piece)) } }
                } }
                p { "Written in " @for (index, cite) in rule.cites.iter().enumerate() {
                    @if index > 0 { ", " }
                    a href=(cite.url()) rel="noreferrer" { (cite.to_string()) }
                } "." }
            }
        }
    }
}

fn open_questions(target: &TargetReport) -> Markup {
    let open: Vec<_> = target
        .checks
        .iter()
        .flat_map(|report| words::open_questions(report).map(move |open| (report.check, open)))
        .collect();
    html! {
        @if !open.is_empty() {
            h3 { "What could not be tested" }
            (wide("What could not be tested", html! {
                table {
                    caption { "Questions without an answer, in the words of whoever would not say" }
                    thead { tr {
                        th scope="col" { "Check" } th scope="col" { "About" } th scope="col" { "Why" } th scope="col" { "In whose words" }
                    } }
                    tbody { @for (check, open) in &open {
                        tr {
                            th scope="row" { (check) }
                            td.name { (clean(&open.subject)) }
                            td { (open.reason.as_str()) @if open.decisive { " (could change the verdict)" } }
                            td { (clean(&open.detail)) }
                        }
                    } }
                }
            }))
        }
    }
}
