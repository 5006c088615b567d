//! What a run makes of checks that go well, fail, hang and break, with a plan that does each.

use std::path::Path;
use std::sync::LazyLock;

use clap::Parser;
use serde::Serialize;
use tokio::sync::{Notify, Semaphore};

use super::*;
use crate::names::target::Target;
use crate::names::target::TargetError;
use crate::plans::{Done, Job, Jobs};
use crate::render::Style;
use crate::report::Unclear;
use crate::report::table::{Headline, Section, Tabulate};
use crate::report::{Cite, Evidence, Finding, Outcome, Reason, Remedy, Rule, Severity};

/// Does with a target what its name says.
struct Acts {
    /// What reviews wait for.
    is_closed: Semaphore,
}

#[derive(Serialize)]
struct Nothing;

impl Tabulate for Nothing {
    fn headline(&self, subject: &str) -> Headline {
        Headline { who: subject.to_owned(), remark: String::new() }
    }

    fn reason(&self) -> String {
        String::new()
    }

    fn sections(&self, _: bool) -> Vec<Section> {
        Vec::new()
    }
}

#[derive(Debug, Default, clap::Args)]
struct NoFlags {}

static WARNING: Rule = Rule {
    id: "test-warning",
    title: "It is odd",
    severity: Severity::Warning,
    cites: &[Cite::rfc(5321, "1")],
    why: "",
    remedy: Remedy::Act("Mend it."),
};

/// What `first.example` waits for and `second.example` gives.
static SECOND_IS_DONE: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(0));

/// What `interrupts.example` gives.
static INTERRUPT: Notify = Notify::const_new();

async fn act(plan: &Acts, subject: String) -> Done<'_> {
    let mut findings = Vec::new();
    match subject.as_str() {
        "panics.example" => panic!("as asked"),
        "hangs.example" => std::future::pending().await,
        "warns.example" => findings.push(Finding::new(&WARNING, &subject, Evidence::given("name", &subject))),
        "untold.example" => return Done::nothing(Unclear::decisive(Reason::Servfail, &subject, "SERVFAIL")),
        "forbidden.example" => return Done::nothing(Unclear::decisive(Reason::NotAuthorized, &subject, "no consent")),
        "first.example" => SECOND_IS_DONE.acquire().await.expect("never closed").forget(),
        "second.example" => SECOND_IS_DONE.add_permits(1),
        "interrupts.example" => {
            INTERRUPT.notify_one();
            std::future::pending::<()>().await;
        }
        _ => {}
    }
    let outcome = Outcome { facts: Nothing, findings, unclear: Vec::new() };
    let result = async move {
        match subject.as_str() {
            "held.example" => plan.is_closed.acquire().await.expect("never closed").forget(),
            "unreviewed.example" => std::future::pending().await,
            _ => {}
        }
        Ok(outcome.boxed())
    };
    Done { result: Box::pin(result), open: Vec::new(), took: Duration::ZERO }
}

impl Plan for Acts {
    type Options = NoFlags;

    const NAME: &'static str = "acts";
    const IS_PAGE: bool = false;

    fn new(_: NoFlags, _: &Context) -> Result<Self, ConfigError> {
        Ok(Acts { is_closed: Semaphore::new(0) })
    }

    fn target_reader(_: &NoFlags) -> fn(&str) -> Result<Target, TargetError> {
        str::parse
    }

    fn implied_target(_: &NoFlags) -> Option<Target> {
        None
    }

    fn consent(_: &NoFlags, _: &Settings, _: Asked<'_>) -> Result<(), ConfigError> {
        Ok(())
    }

    async fn jobs<'a>(&'a self, target: &Target, _: &'a Net) -> Result<Jobs<'a>, Unclear> {
        let subject = target.input.clone();
        if subject == "unfound.example" {
            return Err(Unclear::decisive(Reason::Timeout, &subject, "no answer"));
        }
        let work = Box::pin(act(self, subject.clone()));
        Ok(vec![Job { check: Acts::NAME, subject, work }].into())
    }

    fn close(&self) {
        self.is_closed.add_permits(Semaphore::MAX_PERMITS);
    }
}

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    args: CheckArgs<NoFlags>,
}

/// What a run over these arguments writes as CSV, and its exit code.
fn run(argv: &[&str]) -> (Vec<String>, u8) {
    let (text, code, _) = run_until(Format::Csv, argv, || Ok(Interrupt::when(stream::pending())));
    (text.lines().skip(1).map(str::to_owned).collect(), code)
}

/// What a run writes until it is interrupted, its exit code, and what it remarks.
fn run_until(
    format: Format,
    argv: &[&str],
    listen: impl FnOnce() -> io::Result<Interrupt>,
) -> (String, u8, Vec<String>) {
    let nobody = ["acts", "--no-config", "--resolver", "127.0.0.1:1"];
    let Flags { global, args } = Flags::parse_from([&nobody, argv].concat());
    let mut output = Vec::new();
    let mut run = Run {
        global: &global,
        settings: Arc::new(global.settings().expect("the settings make sense")),
        renderer: Collector::new(format, Style { width: 80, color: false, verbose: false }),
        output: Some(&mut output),
        progress: false,
        exit: Exit::default(),
        remarks: Vec::new(),
    };
    run.plan_until::<Acts>(args, listen).expect("it runs");
    let (code, remarks) = (run.exit.code(global.unclear), run.remarks);
    (String::from_utf8(output).expect("UTF-8"), code, remarks)
}

/// The verdict on each target, and the severity and name of what was found.
fn told(lines: &[String]) -> Vec<(&str, &str, &str, &str)> {
    lines
        .iter()
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            (fields[0], fields[4], fields[5], fields[6])
        })
        .collect()
}

#[test]
fn a_check_that_breaks_is_told_as_a_bug_and_the_others_go_on() {
    let (lines, code) = run(&["panics.example", "fine.example", "--ordered"]);
    assert_eq!(told(&lines), [("panics.example", "unclear", "unclear", "bug"), ("fine.example", "pass", "", "")]);
    assert_eq!(code, 70);
}

#[test]
fn what_is_not_finished_in_time_is_unclear_and_what_is_finished_counts() {
    let (lines, code) = run(&["hangs.example", "fine.example", "--deadline", "50ms", "--ordered"]);
    assert_eq!(told(&lines), [("hangs.example", "unclear", "unclear", "deadline"), ("fine.example", "pass", "", "")]);
    assert_eq!(code, 3);
}

#[test]
fn targets_that_cannot_be_found_out_about_are_unclear_in_the_words_of_whoever_did_not_say() {
    let (lines, code) = run(&["unfound.example"]);
    assert_eq!(told(&lines), [("unfound.example", "unclear", "unclear", "timeout")]);
    assert!(lines[0].ends_with("unfound.example: no answer"), "{lines:?}");
    assert_eq!(code, 3);
}

#[test]
fn results_come_as_they_finish_unless_their_order_is_asked_for() {
    let inputs =
        |argv: &[&str]| -> Vec<String> { told(&run(argv).0).iter().map(|(input, ..)| (*input).to_owned()).collect() };
    assert_eq!(inputs(&["first.example", "second.example"]), ["second.example", "first.example"]);
    assert_eq!(inputs(&["first.example", "second.example", "--ordered"]), ["first.example", "second.example"]);
}

#[test]
fn interruption_shows_what_is_done_wherever_it_stands_and_reviews_it() {
    let argv = ["hangs.example", "fine.example", "held.example", "interrupts.example", "late.example", "-j", "4"];
    let once = || Ok(Interrupt::when(stream::once(INTERRUPT.notified()).chain(stream::pending())));
    let (text, code, remarks) = run_until(Format::Json, &argv, once);
    let document: serde_json::Value = serde_json::from_str(&text).expect("the document is whole");
    let inputs: Vec<&serde_json::Value> =
        document["targets"].as_array().expect("targets").iter().map(|target| &target["input"]).collect();
    assert_eq!(inputs, ["fine.example", "held.example"]);
    assert_eq!((&document["interrupted"], code), (&true.into(), 130));
    assert_eq!(remarks, ["interrupted: 2 of 5 checks are finished, the rest is not tested"]);
}

#[test]
fn second_interruption_does_not_wait_for_reviews() {
    let argv = ["fine.example", "unreviewed.example", "hangs.example"];
    let (text, code, remarks) = run_until(Format::Json, &argv, || Ok(Interrupt::when(stream::repeat(()))));
    let document: serde_json::Value = serde_json::from_str(&text).expect("the document is whole");
    assert_eq!((&document["interrupted"], code), (&true.into(), 130));
    assert!(remarks[0].starts_with("interrupted: 1 of 3 checks"), "{remarks:?}");
}

#[test]
fn the_exit_code_follows_the_worst_result_and_the_policy() {
    let code = |argv: &[&str]| run(argv).1;
    assert_eq!(code(&["fine.example", "warns.example"]), 0);
    assert_eq!(code(&["fine.example", "warns.example", "--fail-on", "warning"]), 1);
    assert_eq!(code(&["fine.example", "untold.example"]), 3);
    assert_eq!(code(&["untold.example", "--unclear", "ok"]), 0);
    assert_eq!(code(&["untold.example", "--unclear", "fail"]), 1);
    assert_eq!(code(&["untold.example", "forbidden.example"]), 2);
}

#[test]
fn the_number_of_targets_is_known_unless_they_come_from_a_pipe() {
    let target = |text: &str| -> Target { text.parse().expect("a target") };
    let targets = [target("a.example"), target("192.0.2.0/30")];
    let extent = count_targets(&targets, None).ok().flatten().expect("what is asked");
    assert_eq!((extent.inputs, extent.addresses), (2, 5));
    assert_eq!(count_targets(&targets, Some(Path::new("/dev/null"))).ok().flatten(), None);
}

#[test]
fn progress_never_exceeds_its_whole_however_many_checks_a_target_has() {
    let mut tally = Tally { finished: 0, expected: Some(2), open: HashMap::new() };
    let mut seen = Vec::new();
    for (target, checks) in [(1, 3), (2, 1), (1, 3), (1, 3)] {
        tally.take(target, checks);
        seen.push((tally.finished, tally.whole()));
    }
    assert_eq!(seen, [(1, Some(4)), (2, Some(4)), (3, Some(4)), (4, Some(4))]);
    assert!(tally.open.is_empty());
    let resumed = Tally { finished: 9, expected: Some(1), open: HashMap::new() };
    assert_eq!(resumed.whole(), Some(9));
}
