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

/// So many subjects of one target are told one by one although the time is over.
const MANY: u64 = 1_000;

/// The checks of a target, which come into being as they are come to.
type Tasks<'a> = Box<dyn Iterator<Item = Task<'a>> + Send + 'a>;

pub(super) async fn expand<'a, P: Plan>(
    plan: &'a P,
    net: &'a Net,
    number: u64,
    input: Input,
    deadline: Option<tokio::time::Instant>,
    earlier: &Finished,
) -> Tasks<'a> {
    let began = clock::now();
    let failed = |target: Arc<Target>, why: Unclear| -> Tasks<'a> {
        let task = Task { target, number, subjects: 1, surface: None, began, step: Step::Failed(why) };
        Box::new(std::iter::once(task))
    };
    let target = match input {
        Input::Target(target) => Arc::new(target),
        Input::Malformed { line, text, why } => {
            let target = Arc::new(Target { input: text, kind: TargetKind::Malformed });
            return failed(target, Unclear::decisive(Reason::Input, format!("line {line}"), why));
        }
    };
    let Jobs { mut surface, count: subjects, jobs } = match begun_within(deadline, plan.jobs(&target, net)).await {
        Ok(Ok(jobs)) => jobs,
        Ok(Err(why)) => return failed(target, why),
        Err(late) => return failed(target, late.into()),
    };
    // Two subjects of one target may bear one name, so each finished one counts once.
    let mut finished = earlier.subjects(number);
    let mut open = jobs.filter(move |job| !finished.take(job.check, &job.subject));
    let input = target.input.clone();
    let mut task =
        move |step| Task { target: Arc::clone(&target), number, subjects, surface: surface.take(), began, step };
    let (mut begun, mut ended) = (0, false);
    Box::new(std::iter::from_fn(move || {
        let job = open.next().filter(|_| !ended)?;
        let left = subjects - begun;
        begun += 1;
        // Nobody reads a line for each address of a network that was not come to.
        ended = left > MANY && deadline.is_some_and(is_over);
        if ended {
            let why = format!("{left} of {subjects} were not begun when the run's time was over");
            return Some(task(Step::Failed(Unclear::decisive(Reason::Deadline, &input, why))));
        }
        Some(task(Step::Do(job)))
    }))
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

/// The same, but what has not begun in time is not begun: its questions would leave for nothing.
async fn begun_within<T>(deadline: Option<tokio::time::Instant>, future: impl Future<Output = T>) -> Result<T, Late> {
    if deadline.is_some_and(is_over) { Err(Late) } else { within(deadline, future).await }
}

fn is_over(deadline: tokio::time::Instant) -> bool {
    tokio::time::Instant::from(clock::now()) >= deadline
}

/// What comes of a future, unless the run is interrupted before.
pub(super) async fn unless<T>(stopped: impl Future<Output = ()>, future: impl Future<Output = T>) -> Option<T> {
    match future::select(pin!(future), pin!(stopped)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}
