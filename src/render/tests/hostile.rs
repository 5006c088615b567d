//! Texts from the network mean nothing in any format, whatever they hold.

use clap::ValueEnum;
use proptest::prelude::*;

use super::*;
use crate::report::is_deceptive;

/// Texts in which everything that means something to a format is frequent.
fn hostile() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "<script>alert(1)</script>",
        "]]>",
        "<!--",
        "-->",
        "&lt;",
        "&",
        "<",
        ">",
        "\"",
        "'",
        "|",
        "::error::",
        "::",
        "\n::warning::x",
        "\n",
        "\r\n",
        "\r",
        "%0A",
        "%",
        "`",
        "```",
        "``",
        "\\",
        "\\n",
        "{",
        "}",
        "=",
        ",",
        "#",
        "- ",
        "> ",
        "[a](javascript:x)",
        "![x](y)",
        "\u{0}",
        "\u{1b}[31m",
        "\u{7f}",
        "\u{9b}",
        "\u{fffe}",
        "\u{ffff}",
        "\u{202e}",
        "\u{200f}",
        "\u{feff}",
        "\u{2028}",
        "é",
        "a",
        " ",
        "</title>",
        "</svg>",
        "<b onload=x>",
        "\t",
        ";",
        "$(x)",
        "| a=1",
        "\u{e0041}",
    ];
    let pieces = proptest::collection::vec(proptest::sample::select(PIECES), 0..8).prop_map(|pieces| pieces.concat());
    prop_oneof![8 => pieces, 1 => any::<String>()]
}

/// Results with this text wherever the network has a say.
fn results(text: &str) -> Vec<(u64, CheckReport)> {
    // A text of nothing would be told apart from one of something.
    let text = format!("x{text}x");
    let finding = |rule, about: &str| {
        let proof = Evidence::record(&text, "TXT", 60, &text);
        Finding::new(rule, &text, proof).evidence(Evidence::reply(&text, &text)).about(about).detail(format!("d{text}"))
    };
    let open = || {
        let harmless = Unclear { decisive: false, ..Unclear::decisive(Reason::Timeout, &text, &text) };
        vec![Unclear::decisive(Reason::Rejected, &text, &text), harmless]
    };
    let json = serde_json::json!({
        "threshold": 100, "points": 140, "lookups": 3, "confidence": 50, "policy": text, "applies": text, "found_at": "a",
        "lists": [{ "id": text, "name": text, "outcome": "listed", "points": 100 }],
        "tree": { "term": null, "domain": text, "state": text, "lookups": 3, "branches": [{ "term": text, "lookups": 1 }] },
        "walk": [{ "name": text, "outcome": text }],
        "hosts": [{
            "host": text, "address": text, "preference": 10, "version": text, "confidence": 50, "usable": true,
            "addresses": [text], "cells": {}, "deductions": [{ "points": 5, "why": text }],
            "chain": [{ "days_left": 5, "not_after": "2026-12-01T00:00:00Z" }],
        }],
    });
    let one = |check| {
        let facts = crate::report::StoredFacts { facts: json.clone(), reason: text.clone() };
        let outcome = Outcome { facts, findings: vec![finding(&ERROR, "1"), finding(&NOTE, "2")], unclear: open() };
        (1, CheckReport::new(check, text.clone(), Duration::ZERO, Ok(outcome.boxed())))
    };
    let mut results: Vec<_> = ["dnsbl", "spf", "dmarc", "mx", "tls"].map(one).into();
    results.push((2, untold("ptr", &text, Unclear::decisive(Reason::Timeout, &text, &text))));
    results
}

/// What has no text: the tags of a page, with what stands in none of their values.
fn tags(page: &str) -> Vec<String> {
    page.split('<')
        .skip(1)
        .map(|part| part.chars().take_while(|next| next.is_ascii_alphanumeric() || *next == '/').collect())
        .collect()
}

/// Markdown without its spans of code (CommonMark 0.31 §6.1).
fn without_code(text: &str) -> String {
    let mut rest = text;
    let mut outside = String::new();
    while let Some(start) = rest.find('`') {
        outside.push_str(&rest[..start]);
        let fence = rest[start..].chars().take_while(|next| *next == '`').count();
        rest = &rest[start + fence..];
        let mut at = 0;
        let end = loop {
            let Some(next) = rest[at..].find('`') else { break None };
            let run = rest[at + next..].chars().take_while(|next| *next == '`').count();
            if run == fence {
                break Some(at + next + run);
            }
            at += next + run;
        };
        rest = end.map_or(rest, |end| &rest[end..]);
    }
    outside + rest
}

fn is_sample(line: &str) -> bool {
    let pattern = r#"^[a-z_]+(\{[a-z]+="([^"\\\n]|\\[\\"n])*"(,[a-z]+="([^"\\\n]|\\[\\"n])*")*\})? [0-9.e-]+$"#;
    line.starts_with("# ") || regex::Regex::new(pattern).expect("a pattern").is_match(line)
}

fn check(format: Format, text: &str) -> Result<(), TestCaseError> {
    let of = |text: &str| shown(format, STYLE, false, results(text), &ResolverFacts::default());
    let (output, harmless) = (of(text), of("harmless"));
    let lines = output.lines().count();
    prop_assert!(!output.chars().any(|other| other != '\n' && is_deceptive(other)), "{format:?}: {output:?}");
    match format {
        Format::Table => {}
        Format::Json | Format::Sarif | Format::Gitlab => {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&output).is_ok(), "{output}");
        }
        Format::Ndjson => {
            let sound = output.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok());
            prop_assert!(sound && lines == 6, "{output}");
        }
        Format::Csv => {
            let mut reader = ::csv::Reader::from_reader(output.as_bytes());
            prop_assert!(reader.records().all(|record| record.is_ok_and(|fields| fields.len() == 8)), "{output}");
        }
        Format::Junit => {
            let document = roxmltree::Document::parse(&output);
            let document = document.map_err(|error| TestCaseError::fail(format!("{error}: {output}")))?;
            let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
            prop_assert_eq!(cases.count(), 6);
        }
        Format::Html => prop_assert_eq!(tags(&output), tags(&harmless), "{}", output),
        Format::Github => {
            let commands = ["::error title=", "::warning title=", "::notice title="];
            let sound = output.lines().all(|line| commands.iter().any(|command| line.starts_with(command)));
            prop_assert!(sound && lines == harmless.lines().count() && !output.contains('\r'), "{output}");
        }
        Format::Prometheus => prop_assert!(output.lines().all(is_sample) && output.ends_with('\n'), "{output}"),
        Format::Nagios => {
            prop_assert_eq!(output.matches('|').count(), 1, "{}", output);
            prop_assert!(output.len() <= 4096 && output.starts_with("SPAMCHECK CRITICAL - "), "{output}");
        }
        Format::Markdown => {
            let outside = without_code(&output);
            prop_assert_eq!(&outside, &without_code(&harmless), "{}", output);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn texts_mean_nothing_in_any_format(text in hostile()) {
        for format in Format::value_variants() {
            check(*format, &text)?;
        }
    }
}

#[test]
fn a_span_of_code_holds_what_is_inside() {
    assert_eq!(without_code("a `b` c"), "a  c");
    assert_eq!(without_code("a `` b ` c `` d"), "a  d");
    assert_eq!(without_code("a ` b"), "a  b");
}
