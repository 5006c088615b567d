//! JUnit XML: a suite per target, a case per check and subject.

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::Duration;

use chrono::DateTime;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::whole::WholeRun;
use super::{Head, TargetReport, words};
use crate::report::{CheckReport, FailOn, Verdict, clean, millis};

/// Writes the run.
pub(super) fn write(output: &mut dyn Write, run: &WholeRun<'_>) -> io::Result<()> {
    let mut report = Report::new("spamcheck");
    report.set_time(whole_millis(run.end.duration));
    if let Some(started) = started(run.head) {
        report.set_timestamp(started);
    }
    let mut names = HashMap::new();
    report.add_test_suites(run.targets.iter().map(|target| suite(target, run.head, &mut names)));
    report.serialize(&mut *output).map_err(io::Error::other)?;
    writeln!(output)
}

fn started(head: &Head) -> Option<DateTime<chrono::FixedOffset>> {
    DateTime::from_timestamp_millis(head.started.as_millisecond()).map(|started| started.fixed_offset())
}

/// The time as every format has it.
fn whole_millis(time: Duration) -> Duration {
    Duration::from_millis(millis(time))
}

fn suite(target: &TargetReport, head: &Head, names: &mut HashMap<(&'static str, String), u32>) -> TestSuite {
    let mut suite = TestSuite::new(clean(&target.input));
    suite.set_time(target.checks.iter().map(|report| whole_millis(report.duration)).sum());
    if let Some(started) = started(head) {
        suite.set_timestamp(started);
    }
    suite.add_test_cases(target.checks.iter().map(|report| {
        let mut name = clean(&report.subject);
        if name != clean(&target.input) {
            name = format!("{name} ({})", clean(&target.input));
        }
        // GitLab takes cases of one name for one case.
        let times = names.entry((report.check, name.clone())).and_modify(|times| *times += 1).or_insert(1);
        if *times > 1 {
            name = format!("{name} #{times}");
        }
        case(name, report, head.fail_on)
    }));
    suite
}

fn case(name: String, report: &CheckReport, fail_on: FailOn) -> TestCase {
    let failing = report.findings.iter().find(|finding| fail_on.reached_by(finding.severity));
    let text = words::result(report);
    let (mut status, kind) = match (report.verdict(), failing) {
        (_, Some(finding)) => (TestCaseStatus::non_success(NonSuccessKind::Failure), Some(finding.rule.id)),
        (Verdict::Unclear, None) => {
            let open = report.unclear.iter().find(|open| open.decisive);
            (TestCaseStatus::non_success(NonSuccessKind::Error), open.map(|open| open.reason.as_str()))
        }
        (Verdict::Skipped, None) => (TestCaseStatus::skipped(), None),
        (Verdict::Pass | Verdict::Warn | Verdict::Fail, None) => (TestCaseStatus::success(), None),
    };
    let is_success = matches!(status, TestCaseStatus::Success { .. });
    if !is_success {
        status.set_message(report.reason());
        if let Some(kind) = kind {
            status.set_type(kind);
            status.set_description(text.as_str());
        }
    }
    let mut case = TestCase::new(name, status);
    case.set_classname(report.check).set_time(whole_millis(report.duration));
    if is_success && !report.findings.is_empty() {
        case.set_system_out(text);
    }
    case
}
