//! What a run makes of checks that go well, fail, hang and break, with a plan that does each.

use std::sync::LazyLock;

use clap::Parser;
use serde::Serialize;
use tokio::sync::Semaphore;

use super::*;
use crate::names::target::TargetError;
use crate::render::Style;
use crate::report::table::{Headline, Section, Tabulate};
use crate::report::{Cite, Evidence, Finding, Outcome, Remedy, Rule, Severity};

/// Does with a target what its name says.
struct Acts;

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

async fn act<'a>(subject: String) -> Done<'a> {
    let mut findings = Vec::new();
    match subject.as_str() {
        "panics.example" => panic!("as asked"),
        "hangs.example" => std::future::pending().await,
        "warns.example" => findings.push(Finding::new(&WARNING, &subject, Evidence::given("name", &subject))),
        "untold.example" => return Done::nothing(Unclear::decisive(Reason::Servfail, &subject, "SERVFAIL")),
        "forbidden.example" => return Done::nothing(Unclear::decisive(Reason::NotAuthorized, &subject, "no consent")),
        "first.example" => SECOND_IS_DONE.acquire().await.expect("never closed").forget(),
        "second.example" => SECOND_IS_DONE.add_permits(1),
        _ => {}
    }
    let outcome = Outcome { facts: Nothing, findings, unclear: Vec::new() };
    let result = Box::pin(std::future::ready(Ok(outcome.boxed())));
    Done { result, open: Vec::new(), took: Duration::ZERO }
}

impl Plan for Acts {
    type Options = NoFlags;

    const NAME: &'static str = "acts";
    const IS_PAGE: bool = false;

    fn new(_: NoFlags, _: &Context) -> Result<Self, ConfigError> {
        Ok(Acts)
    }

    fn target_reader(_: &NoFlags) -> fn(&str) -> Result<Target, TargetError> {
        str::parse
    }

    fn implied_target(_: &NoFlags) -> Option<Target> {
        None
    }

    fn consent(_: &NoFlags, _: &Settings, _: Option<&Target>) -> Result<(), ConfigError> {
        Ok(())
    }

    async fn jobs<'a>(&'a self, target: &Target, _: &'a Net) -> Result<Jobs<'a>, Unclear> {
        let subject = target.input.clone();
        if subject == "unfound.example" {
            return Err(Unclear::decisive(Reason::Timeout, &subject, "no answer"));
        }
        let work = Box::pin(act(subject.clone()));
        Ok(Jobs { surface: None, jobs: vec![Job { check: Acts::NAME, subject, work }] })
    }

    fn close(&self) {}
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
    let nobody = ["acts", "--no-config", "--resolver", "127.0.0.1:1", "--format", "csv"];
    let Flags { global, args } = Flags::parse_from([&nobody, argv].concat());
    let mut output = Vec::new();
    let mut run = Run {
        global: &global,
        settings: Arc::new(global.settings().expect("the settings make sense")),
        renderer: Collector::new(Format::Csv, Style { width: 80, color: false, verbose: false }),
        output: Some(&mut output),
        progress: false,
        exit: Exit::default(),
        remarks: Vec::new(),
    };
    run.plan::<Acts>(args).expect("it runs");
    let code = run.exit.code(global.unclear);
    let text = String::from_utf8(output).expect("UTF-8");
    (text.lines().skip(1).map(str::to_owned).collect(), code)
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
    assert_eq!(count_targets(&targets, None).ok().flatten(), Some(5));
    assert_eq!(count_targets(&targets, Some(Path::new("/dev/null"))).ok().flatten(), None);
}
