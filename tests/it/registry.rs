//! The rules' ids are a promise to scripts.

use std::collections::BTreeSet;

use spamcheck::registry;

use crate::support::committed;

/// Every id there ever was. Lines are added, by `UPDATE=1`, and never removed.
const LEDGER: &str = include_str!("rule-ids.txt");

fn ledger() -> BTreeSet<&'static str> {
    LEDGER.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

#[test]
fn generated_ledger_of_rule_ids_is_committed_and_none_has_vanished() {
    let ids: BTreeSet<&str> = registry::rules().map(|rule| rule.id).collect();
    let vanished: Vec<_> = ledger().difference(&ids).copied().collect::<Vec<_>>();
    assert!(vanished.is_empty(), "scripts rely on these ids: {vanished:?}");
    let all: BTreeSet<&str> = ledger().union(&ids).copied().collect();
    let text: String = all.iter().map(|id| format!("{id}\n")).collect();
    committed("tests/it/rule-ids.txt", text.as_bytes());
}

#[test]
fn rule_ids_are_unique() {
    let ids: Vec<&str> = registry::rules().map(|rule| rule.id).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "{ids:?}");
}

#[test]
fn titles_and_details_of_a_rule_are_fit_for_one_line() {
    for rule in registry::rules() {
        assert!(rule.title.len() <= 72 && !rule.title.ends_with('.'), "{}: {:?}", rule.id, rule.title);
        for text in [rule.title, rule.why, rule.remedy.text()] {
            assert!(!text.contains("  ") && !text.contains('\n'), "{}: {text:?}", rule.id);
        }
    }
}
