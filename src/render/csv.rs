//! One CSV row a finding or open question, and one for a result that has neither.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{Head, Renderer, TargetInfo};
use crate::report::{CheckReport, clean};

/// The renderer.
#[derive(Default)]
pub(super) struct Csv;

const HEAD: [&str; 8] = ["input", "kind", "check", "subject", "verdict", "severity", "finding", "detail"];

impl Renderer for Csv {
    fn is_document(&self) -> bool {
        false
    }

    fn begin(&mut self, output: &mut dyn Write, _: &Head) -> io::Result<()> {
        record(output, &HEAD)
    }

    fn check(&mut self, output: &mut dyn Write, target: &TargetInfo<'_>, report: &CheckReport) -> io::Result<()> {
        let verdict = report.verdict().as_str();
        let mut row = |severity: &str, finding: &str, detail: &str| {
            let fields = [target.input, target.kind, report.check, &report.subject, verdict, severity, finding, detail];
            record(output, &fields)
        };
        for finding in &report.findings {
            row(finding.severity.as_str(), finding.rule.id, &finding.detail)?;
        }
        for unclear in &report.unclear {
            let detail = format!("{}: {}", unclear.subject, unclear.detail);
            row("unclear", unclear.reason.as_str(), &detail)?;
        }
        if report.findings.is_empty() && report.unclear.is_empty() {
            row("", "", "")?;
        }
        Ok(())
    }
}

fn record(output: &mut dyn Write, fields: &[&str]) -> io::Result<()> {
    let mut writer = ::csv::WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(fields.iter().map(|field| defused(&clean(field)).into_owned())).map_err(io::Error::other)?;
    let bytes = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    output.write_all(&bytes)
}

/// A spreadsheet takes a field that begins like this for a formula.
fn defused(field: &str) -> Cow<'_, str> {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return format!("'{field}").into();
    }
    field.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_deceptive_reaches_a_spreadsheet() {
        let mut output = Vec::new();
        record(&mut output, &["mail\x1b]0;x\x07.example", "\u{202e}moc\u{200b}", "\u{feff}=1"]).expect("written");
        assert_eq!(String::from_utf8_lossy(&output), "mail]0;x.example,moc,'=1\n");
    }

    #[test]
    fn fields_are_quoted_and_formulas_defused() {
        let mut output = Vec::new();
        record(&mut output, &["=1+1", "a,b", "say \"x\"", "plain"]).expect("written");
        assert_eq!(String::from_utf8_lossy(&output), "'=1+1,\"a,b\",\"say \"\"x\"\"\",plain\n");
    }
}
