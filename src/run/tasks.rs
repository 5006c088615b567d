//! One check of one subject on its way: found, done, reviewed.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{self, Either};

use super::resume::Finished;
use crate::input::Input;
use crate::names::target::{Target, TargetKind};
use crate::net::{Net, clock};
use crate::plans::{Done, Job, Jobs, Plan};
use crate::report::{CheckReport, Facts, Reason, Unclear};

/// One check of one subject on its way, with the target it belongs to.
pub(super) struct Task<'a> {
    target: Arc<Target>,
    number: u64,
    subjects: u64,
    /// What the target shows of itself; the first of its tasks has it.
    surface: Option<Box<dyn Facts>>,
    /// When work on the target began.
    began: Instant,
    step: Step<'a>,
}

enum Step<'a> {
    Do(Job<'a>),
    Failed(Unclear),
}

/// One check that is done but for its review.
pub(super) struct Tested<'a> {
    target: Arc<Target>,
    number: u64,
    subjects: u64,
    surface: Option<Box<dyn Facts>>,
    elapsed: Duration,
    check: &'static str,
    subject: String,
    done: Done<'a>,
}

/// One finished check.
pub(super) struct Ended {
    pub(super) target: Arc<Target>,
    pub(super) number: u64,
    pub(super) subjects: u64,
    pub(super) surface: Option<Box<dyn Facts>>,
    pub(super) elapsed: Duration,
    pub(super) report: CheckReport,
}

pub(super) async fn expand<'a, P: Plan>(
    plan: &'a P,
    net: &'a Net,
    number: u64,
    input: Input,
    deadline: Option<tokio::time::Instant>,
    earlier: &Finished,
) -> Vec<Task<'a>> {
    let began = clock::now();
    let failed = |target: Arc<Target>, why: Unclear| {
        vec![Task { target, number, subjects: 1, surface: None, began, step: Step::Failed(why) }]
    };
    let target = match input {
        Input::Target(target) => Arc::new(target),
        Input::Malformed { line, text, why } => {
            let target = Arc::new(Target { input: text, kind: TargetKind::Malformed });
            return failed(target, Unclear::decisive(Reason::Input, format!("line {line}"), why));
        }
    };
    let Jobs { mut surface, jobs } = match within(deadline, plan.jobs(&target, net)).await {
        Ok(Ok(jobs)) => jobs,
        Ok(Err(why)) => return failed(target, why),
        Err(late) => return failed(target, late.into()),
    };
    let subjects = jobs.len() as u64;
    // Two subjects of one target may bear one name, so each finished one counts once.
    let mut finished = earlier.subjects(number);
    let open = jobs.into_iter().filter(|job| !finished.take(job.check, &job.subject));
    let task = |job| Task {
        target: Arc::clone(&target),
        number,
        subjects,
        surface: surface.take(),
        began,
        step: Step::Do(job),
    };
    open.map(task).collect()
}

pub(super) async fn perform<'a, P: Plan>(task: Task<'a>, deadline: Option<tokio::time::Instant>) -> Tested<'a> {
    let Task { target, number, subjects, surface, began, step } = task;
    let (check, subject, done) = match step {
        Step::Failed(why) => (P::NAME, target.input.clone(), Done::nothing(why)),
        Step::Do(Job { check, subject, work }) => {
            let started = clock::now();
            let done = match within(deadline, AssertUnwindSafe(work).catch_unwind()).await {
                Ok(Ok(done)) => done,
                Ok(Err(_)) => Done::nothing(bug(&subject)),
                Err(late) => Done { took: clock::elapsed(started), ..Done::nothing(late.into()) },
            };
            (check, subject, done)
        }
    };
    Tested { target, number, subjects, surface, elapsed: clock::elapsed(began), check, subject, done }
}

impl Tested<'_> {
    pub(super) async fn review(self, deadline: Option<tokio::time::Instant>) -> Ended {
        let Tested { target, number, subjects, surface, elapsed, check, subject, done } = self;
        let result = match within(deadline, AssertUnwindSafe(done.result).catch_unwind()).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(bug(&subject)),
            Err(late) => Err(late.into()),
        };
        let mut report = CheckReport::new(check, subject, done.took, result);
        report.unclear.extend(done.open);
        Ended { target, number, subjects, surface, elapsed, report }
    }
}

fn bug(subject: &str) -> Unclear {
    Unclear::decisive(Reason::Bug, subject, "this program failed while testing; please report it")
}

/// The run's time was over.
pub(super) struct Late;

impl From<Late> for Unclear {
    fn from(_: Late) -> Self {
        Unclear::decisive(Reason::Deadline, "the run", "not finished when the run's time was over")
    }
}

pub(super) async fn within<T>(
    deadline: Option<tokio::time::Instant>,
    future: impl Future<Output = T>,
) -> Result<T, Late> {
    match deadline {
        None => Ok(future.await),
        Some(deadline) => tokio::time::timeout_at(deadline, future).await.map_err(|_| Late),
    }
}

/// What comes of a future, unless the run is interrupted before.
pub(super) async fn unless<T>(stopped: impl Future<Output = ()>, future: impl Future<Output = T>) -> Option<T> {
    match future::select(pin!(future), pin!(stopped)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}
