//! Rules, explained as prose or JSON.

use std::io::{self, Write};

use serde::Serialize;

use crate::report::{Rule, Severity};

#[derive(Serialize)]
struct RuleView<'a> {
    id: &'a str,
    title: &'a str,
    severity: Severity,
    cites: Vec<CiteView>,
    why: &'a str,
    remedy: &'a str,
}

#[derive(Serialize)]
struct CiteView {
    text: String,
    url: String,
}

impl<'a> From<&'a Rule> for RuleView<'a> {
    fn from(rule: &'a Rule) -> Self {
        let cites = rule.cites.iter().map(|cite| CiteView { text: cite.to_string(), url: cite.url() }).collect();
        let Rule { id, title, severity, why, remedy, .. } = *rule;
        RuleView { id, title, severity, cites, why, remedy: remedy.text() }
    }
}

/// Explains one rule.
///
/// # Errors
/// Those of the output.
pub fn rule(output: &mut dyn Write, rule: &Rule, json: bool) -> io::Result<()> {
    if json {
        serde_json::to_writer_pretty(&mut *output, &RuleView::from(rule))?;
        return writeln!(output);
    }
    writeln!(output, "{} ({})", rule.id, rule.severity.as_str())?;
    writeln!(output, "{}\n", rule.title)?;
    writeln!(output, "Why it matters\n  {}\n", rule.why)?;
    writeln!(output, "What to do\n  {}\n", rule.remedy.text())?;
    writeln!(output, "Where it is written")?;
    for cite in rule.cites {
        writeln!(output, "  {cite}  {}", cite.url())?;
    }
    Ok(())
}

/// Lists rules, one a line.
///
/// # Errors
/// Those of the output.
pub fn list(output: &mut dyn Write, rules: &[&Rule], json: bool) -> io::Result<()> {
    if json {
        let views: Vec<RuleView<'_>> = rules.iter().map(|rule| RuleView::from(*rule)).collect();
        serde_json::to_writer_pretty(&mut *output, &views)?;
        return writeln!(output);
    }
    let longest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in rules {
        writeln!(output, "{:longest$}  {:7}  {}", rule.id, rule.severity.as_str(), rule.title)?;
    }
    Ok(())
}
