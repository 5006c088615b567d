//! What people see of results, for facts of every shape.

mod hostile;

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{Collector, End, Format, Head, Style, TargetInfo};
use crate::report::table::{Cell, Column, Headline, Row, Section, Table, Tabulate};
use crate::report::{
    CheckReport, Cite, Evidence, FailOn, Finding, Outcome, Reason, Remedy, ResolverFacts, Rule, Severity, Summary,
    Unclear,
};

static ERROR: Rule = Rule {
    id: "test-error",
    title: "It is wrong",
    severity: Severity::Error,
    cites: &[Cite::rfc(5321, "5.1"), Cite::rfc(5321, "4.2"), Cite::rfc(1912, "2.1")],
    why: "",
    remedy: Remedy::Act("Mend it."),
};

static NOTE: Rule = Rule { id: "test-note", title: "It is odd", severity: Severity::Note, ..ERROR };

/// Facts with a reason and sections.
#[derive(Serialize)]
struct Facts {
    reason: &'static str,
    #[serde(skip)]
    sections: Vec<Section>,
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        Headline { who: subject.to_owned(), remark: String::new() }
    }

    fn reason(&self) -> String {
        self.reason.to_owned()
    }

    fn sections(&self, _: bool) -> Vec<Section> {
        self.sections.clone()
    }
}

const STYLE: Style = Style { width: 80, color: false, verbose: false };
const VERBOSE: Style = Style { verbose: true, ..STYLE };

fn told(subject: &str, reason: &'static str, findings: Vec<Finding>, unclear: Vec<Unclear>) -> CheckReport {
    with(subject, Facts { reason, sections: Vec::new() }, findings, unclear)
}

fn with(subject: &str, facts: Facts, findings: Vec<Finding>, unclear: Vec<Unclear>) -> CheckReport {
    let outcome = Outcome { facts, findings, unclear };
    CheckReport::new("mx", subject.to_owned(), Duration::ZERO, Ok(outcome.boxed()))
}

fn untold(check: &'static str, subject: &str, why: Unclear) -> CheckReport {
    CheckReport::new(check, subject.to_owned(), Duration::ZERO, Err(why))
}

fn finding(rule: &'static Rule, subject: &str, detail: &str) -> Finding {
    Finding::new(rule, subject, Evidence::given("name", subject)).detail(detail)
}

/// A resolver that answers nothing.
fn dead() -> ResolverFacts {
    let silence = Some("192.0.2.53 did not answer".to_owned());
    ResolverFacts { servers: vec!["192.0.2.53".to_owned()], silence, ..ResolverFacts::default() }
}

fn silence(subject: &str) -> Unclear {
    let words = format!("192.0.2.53 did not answer 3 tries for {subject} MX");
    Unclear::decisive(Reason::Timeout, subject, words).by("192.0.2.53")
}

/// What is shown of results, each with its target; the same number is the same target.
fn shown(
    format: Format,
    style: Style,
    page: bool,
    results: Vec<(u64, CheckReport)>,
    resolver: &ResolverFacts,
) -> String {
    interrupted(format, style, page, results, resolver, 0)
}

/// The same, where as many results of each target are missing.
fn interrupted(
    format: Format,
    style: Style,
    page: bool,
    results: Vec<(u64, CheckReport)>,
    resolver: &ResolverFacts,
    missing: u64,
) -> String {
    let mut output = Vec::new();
    let mut collector = Collector::new(format, style);
    collector.begin(&mut output, &Head::of(Timestamp::UNIX_EPOCH, FailOn::Error)).expect("written");
    let mut summary = Summary::default();
    let numbers: Vec<u64> = results.iter().map(|(number, _)| *number).collect();
    for (number, report) in results {
        let came = numbers.iter().filter(|other| **other == number).count() as u64;
        summary.add(report.verdict());
        let lacking = Some(resolver.clone()).filter(|resolver| report.lacks_resolver(resolver));
        let input = format!("target{number}.example");
        let elapsed = Duration::from_millis(100);
        let target = TargetInfo {
            number,
            subjects: came + missing,
            input: &input,
            kind: "domain",
            page,
            surface: None,
            elapsed,
            resolver: lacking,
        };
        collector.check(&mut output, target, report).expect("written");
    }
    let end = End { interrupted: missing > 0, summary, duration: Duration::ZERO, resolver: resolver.clone() };
    collector.end(&mut output, &end).expect("written");
    String::from_utf8(output).expect("UTF-8")
}

fn table(style: Style, results: Vec<(u64, CheckReport)>) -> String {
    shown(Format::Table, style, false, results, &ResolverFacts::default())
}

fn page(style: Style, results: Vec<(u64, CheckReport)>) -> String {
    shown(Format::Table, style, true, results, &ResolverFacts::default())
}

#[test]
fn what_is_unclear_is_told_with_its_reason_and_its_words() {
    let open = || {
        vec![
            Unclear::decisive(Reason::Servfail, "mx.example", "192.0.2.53 answered SERVFAIL for mx.example A"),
            Unclear::harmless(Reason::Timeout, "ns.example", "ns.example did not answer"),
            Unclear::decisive(Reason::NotApplicable, "other.example", "does not apply"),
        ]
    };
    let plain = table(STYLE, vec![(1, told("a.example", "half is known", Vec::new(), open()))]);
    let expected = "a.example\n\
        UNCLEAR  half is known\n\
        \n\
        Could not tell\n \
        mx.example  servfail  192.0.2.53 answered SERVFAIL for mx.example A\n";
    assert_eq!(plain, expected);
    let verbose = table(VERBOSE, vec![(1, told("a.example", "half is known", Vec::new(), open()))]);
    assert!(verbose.contains(" ns.example  timeout   ns.example did not answer\n"), "{verbose}");
    let of_page = page(STYLE, vec![(1, told("a.example", "half is known", Vec::new(), open()))]);
    assert!(of_page.contains(" mx.example  servfail  192.0.2.53 answered SERVFAIL for mx.example A\n"), "{of_page}");
    assert!(!of_page.contains("ns.example") && !of_page.contains("does not apply"), "{of_page}");
}

#[test]
fn words_beside_a_long_name_stand_below_it() {
    let name = "a-selector-of-some-length._domainkey.mail.example.net";
    let open = Unclear::decisive(Reason::Timeout, name, "192.0.2.53 did not answer 3 tries for it");
    let plain = table(STYLE, vec![(1, told("a.example", "half is known", Vec::new(), vec![open]))]);
    assert!(plain.contains(&format!(" {name}  timeout\n   192.0.2.53 did not answer 3 tries for it\n")), "{plain}");
}

#[test]
fn an_open_question_is_not_told_twice_and_not_left_out() {
    let open = |subject| Unclear::decisive(Reason::Rejected, subject, "421 come back later");
    let rows = || vec![Row::of(["192.0.2.1"]).with_notes(["said 421 come back later".to_owned()])];
    let facts = || {
        let content = Table { title: None, columns: vec![Column::words("")], rows: rows() };
        Facts { reason: "half is known", sections: vec![Section::Table(content)] }
    };
    let once = table(STYLE, vec![(1, with("a.example", facts(), Vec::new(), vec![open("192.0.2.1")]))]);
    assert!(!once.contains("Could not tell"), "{once}");
    let open = vec![open("192.0.2.1"), open("192.0.2.2")];
    let twice = table(STYLE, vec![(1, with("a.example", facts(), Vec::new(), open))]);
    assert!(twice.contains(" 192.0.2.1, 192.0.2.2  rejected  421 come back later\n"), "{twice}");
}

#[test]
fn open_questions_stand_where_the_check_puts_them() {
    let harmless = Unclear::harmless(Reason::Refused, "List", "127.255.255.254");
    let sections = vec![Section::Open(vec![harmless.clone()]), Section::Line("1 list: not listed".to_owned())];
    let report = with("192.0.2.1", Facts { reason: "not listed", sections }, Vec::new(), vec![harmless]);
    let plain = table(STYLE, vec![(1, report)]);
    assert!(plain.contains("Could not tell\n List  refused  127.255.255.254\n\n1 list: not listed\n"), "{plain}");
}

#[test]
fn what_is_wrong_is_named_with_its_rule_and_where_it_is_written() {
    let findings = || vec![finding(&ERROR, "a.example", "3 of 2"), finding(&NOTE, "a.example", "a note")];
    let plain = table(STYLE, vec![(1, told("a.example", "too many", findings(), Vec::new()))]);
    let expected = "a.example\n\
        FAIL  too many\n\
        \n\
        Errors\n \
        test-error  It is wrong (RFC 5321 §5.1, §4.2, RFC 1912 §2.1)\n   \
        3 of 2\n\
        \n\
        What to do\n \
        1. Mend it.\n\
        \n\
        Why it matters: spamcheck explain test-error\n";
    assert_eq!(plain, expected);
    let verbose = table(VERBOSE, vec![(1, told("a.example", "too many", findings(), Vec::new()))]);
    assert!(verbose.contains("\nNotes\n test-note  It is odd (RFC 5321"), "{verbose}");
    let of_page = page(STYLE, vec![(1, told("a.example", "too many", findings(), Vec::new()))]);
    assert!(of_page.contains(" test-error  It is wrong (RFC 5321 §5.1, §4.2, RFC 1912 §2.1)\n"), "{of_page}");
    assert!(of_page.ends_with("   > Mend it.\n\nWhy it matters: spamcheck explain test-error\n"), "{of_page}");
    assert!(!of_page.contains("test-note"), "{of_page}");
}

#[test]
fn a_rule_is_explained_once_however_many_results_it_stands_in() {
    let result = |number| (number, told("a.example", "too many", vec![finding(&ERROR, "b", "3 of 2")], Vec::new()));
    let several = table(STYLE, vec![result(1), result(2)]);
    assert_eq!(several.matches("spamcheck explain").count(), 1, "{several}");
    assert!(several.ends_with("Why it matters: spamcheck explain test-error\n\n2 results: 2 fail\n"), "{several}");
    let note = vec![finding(&NOTE, "a.example", "a note")];
    let clean = table(STYLE, vec![(1, told("a.example", "fine", note, Vec::new()))]);
    assert!(!clean.contains("explain"), "nothing is wrong: {clean}");
}

#[test]
fn of_several_results_those_that_are_clean_take_a_line() {
    let clean = |number| (number, told("PASS", "fine", Vec::new(), Vec::new()));
    let wrong = (2, told("b.example", "PASS", vec![finding(&ERROR, "b.example", "3 of 2")], Vec::new()));
    let several = table(STYLE, vec![clean(1), wrong, clean(3)]);
    assert!(several.starts_with("PASS    PASS: fine\nFAIL    b.example: PASS\nPASS    PASS: fine\n\n"), "{several}");
    assert_eq!(several.matches("fine").count(), 2, "{several}");
    assert_eq!(several.matches("3 of 2").count(), 1, "{several}");
    let only = table(STYLE, vec![clean(1)]);
    assert_eq!(only, "PASS\nPASS  fine\n");
}

#[test]
fn a_dead_resolver_takes_one_line_of_a_page() {
    let checks = ["mx", "spf", "dmarc"].map(|check| (1, untold(check, "target1.example", silence("target1.example"))));
    let plain = shown(Format::Table, STYLE, true, checks.into(), &dead());
    let expected = "target1.example\n\
        UNCLEAR  3 unclear · 3 checks in 0.1 s\n\
        \n \
        3 checks  UNCLEAR 192.0.2.53 did not answer: mx, spf, dmarc\n\
        \n\
        What to do\n \
        1. Start the resolver 192.0.2.53, or see what keeps it from answering; or name\n    \
        another one with --resolver.\n";
    assert_eq!(plain, expected);
}

#[test]
fn a_resolver_that_answers_others_is_not_called_dead() {
    let checks = ["mx", "spf"].map(|check| (1, untold(check, "target1.example", silence("target1.example"))));
    let alive = ResolverFacts { silence: None, ..dead() };
    let plain = shown(Format::Table, STYLE, true, checks.into(), &alive);
    assert_eq!(plain.matches("did not answer 3 tries for target1.example MX").count(), 2, "{plain}");
    assert!(!plain.contains("Start the resolver"), "{plain}");
}

#[test]
fn a_dead_resolver_takes_one_line_of_a_run_over_many_targets() {
    let result = |number| (number, untold("mx", "x", silence(&format!("target{number}.example"))));
    let plain = shown(Format::Table, STYLE, false, (1..=9).map(result).collect(), &dead());
    assert!(plain.starts_with("UNCLEAR 9 targets: 192.0.2.53 did not answer\n        target1.example, "), "{plain}");
    assert!(plain.contains(" and 3 more\n"), "{plain}");
    assert_eq!(plain.matches("did not answer").count(), 1, "{plain}");
    assert_eq!(plain.matches("Start the resolver 192.0.2.53").count(), 1, "{plain}");
    let pages = shown(Format::Table, STYLE, true, (1..=3).map(result).collect(), &dead());
    assert!(pages.starts_with("UNCLEAR 3 domains: 192.0.2.53 did not answer\n"), "{pages}");
    // The formats for programs keep telling all.
    for format in [Format::Json, Format::Ndjson, Format::Csv] {
        let all = shown(format, STYLE, false, (1..=9).map(result).collect(), &dead());
        assert_eq!(all.matches("did not answer 3 tries").count(), 9, "{all}");
    }
}

#[test]
fn a_single_result_without_resolver_says_what_to_do() {
    let plain = shown(Format::Table, STYLE, false, vec![(1, untold("mx", "x", silence("x")))], &dead());
    assert!(plain.contains("UNCLEAR  192.0.2.53 did not answer 3 tries for x MX\n"), "{plain}");
    assert!(plain.contains("1. Start the resolver 192.0.2.53"), "{plain}");
}

#[test]
fn clean_subjects_of_a_check_share_a_line_of_the_page() {
    let clean = |subject: &str| (1, told(subject, "fine", Vec::new(), Vec::new()));
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let plain = page(STYLE, names.map(clean).into());
    assert!(plain.contains(" mx        PASS    8 clean: a, b, c, d, e, f and 2 more\n"), "{plain}");
    assert!(plain.contains("PASS  nothing to do · 8 checks in 0.1 s\n"), "{plain}");
}

#[test]
fn colour_goes_by_what_a_cell_is_and_not_by_its_text() {
    let cells = [Cell::from("FAIL"), Cell::marked("no", Some(Severity::Error))];
    let content = Table { title: None, columns: vec![Column::words(""); 2], rows: vec![Row::of(cells)] };
    let facts = Facts { reason: "FAIL error", sections: vec![Section::Table(content)] };
    let report = with("PASS", facts, Vec::new(), Vec::new());
    let colored = table(Style { color: true, ..STYLE }, vec![(1, report)]);
    let painted: Vec<&str> =
        colored.split("\x1b[").skip(1).map(|part| part.split_once('m').map_or("", |(_, text)| text)).collect();
    let painted: Vec<&str> = painted.into_iter().map(str::trim).filter(|text| !text.is_empty()).collect();
    assert!(painted.contains(&"PASS") && painted.contains(&"no"), "{colored:?}");
    assert_eq!(colored.matches("FAIL").count(), 2, "{colored:?}");
    assert!(painted.iter().all(|text| *text != "FAIL"), "{colored:?}");
}

#[test]
fn documents_get_the_results_of_a_target_together() {
    let report = |subject: &str| told(subject, "fine", Vec::new(), Vec::new());
    let results = vec![(1, report("a")), (1, report("b")), (2, report("c"))];
    let json = shown(Format::Json, STYLE, false, results, &ResolverFacts::default());
    let document: serde_json::Value = serde_json::from_str(&json).expect("a document");
    let subjects = |target: &serde_json::Value| -> Vec<String> {
        target["checks"].as_array().into_iter().flatten().map(|check| check["subject"].to_string()).collect()
    };
    assert_eq!(subjects(&document["targets"][0]), ["\"a\"", "\"b\""]);
    assert_eq!(subjects(&document["targets"][1]), ["\"c\""]);
    assert_eq!(document["targets"].as_array().map(Vec::len), Some(2));
}

#[test]
fn target_of_which_an_interruption_left_something_untested_is_not_clean() {
    let clean = || vec![(1, told("a.example", "all is well", Vec::new(), Vec::new()))];
    let resolver = ResolverFacts::default();
    let page = interrupted(Format::Table, STYLE, true, clean(), &resolver, 2);
    assert!(page.contains("UNCLEAR") && page.contains("interrupted, 2 not finished"), "{page}");
    assert!(!page.contains("nothing to do"), "{page}");
    assert!(page.ends_with("\nInterrupted: what is not shown was not tested.\n"), "{page}");
    let json = interrupted(Format::Json, STYLE, true, clean(), &resolver, 2);
    assert!(json.contains("\"verdict\":\"unclear\",\"surface\"") && json.contains("\"interrupted\":true"), "{json}");
    let json = interrupted(Format::Json, STYLE, true, clean(), &resolver, 0);
    assert!(json.contains("\"verdict\":\"pass\",\"surface\"") && json.contains("\"interrupted\":false"), "{json}");
}
