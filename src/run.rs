//! Runs a check over all targets: concurrently, within the deadline, behind a panic fence.

use std::io::{self, BufWriter, Write};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::checks::Context;
use crate::cli::{CheckArgs, Global};
use crate::config::{ConfigError, Settings};
use crate::input::{self, Input, Lines};
use crate::names::target::Target;
use crate::net::waits::{Wait, Waits};
use crate::net::{Net, clock};
use crate::plans::{Done, Job, Jobs, Plan};
use crate::render::{Collector, End, Format, Head, TargetInfo};
use crate::report::{CheckReport, Exit, Facts, Reason, Summary, Unclear, clean, millis};
use crate::resume::Finished;

/// What a run needs besides its targets.
pub struct Run<'a> {
    /// The flags.
    pub global: &'a Global,
    /// The settings.
    pub settings: Arc<Settings>,
    /// The form of the result.
    pub renderer: Collector,
    /// Where the result goes, until a check takes it.
    pub output: Option<&'a mut dyn Write>,
    /// Whether progress may be shown on standard error.
    pub progress: bool,
    /// What the run came to, for the exit code.
    pub exit: Exit,
    /// Remarks for standard error.
    pub remarks: Vec<String>,
}

/// Why a run ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Wrong usage or configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The result cannot be written.
    #[error("the result cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// One check of one subject on its way, with the target it belongs to.
struct Task<'a> {
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

/// How a run goes.
struct Course {
    /// Whether results come in input order.
    ordered: bool,
    /// How many targets there are, as far as it is known.
    known: Option<u64>,
    /// What an earlier run has finished.
    finished: Finished,
}

/// One check that is done but for its review.
struct Tested<'a> {
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
struct Ended {
    target: Arc<Target>,
    number: u64,
    subjects: u64,
    surface: Option<Box<dyn Facts>>,
    elapsed: Duration,
    report: CheckReport,
}

impl Run<'_> {
    /// Carries out a plan over its targets.
    ///
    /// # Errors
    /// [`Error`] if the options make no sense or the result cannot be written.
    pub fn plan<P: Plan>(&mut self, args: CheckArgs<P::Options>) -> Result<(), Error> {
        let read_target = P::target_reader(&args.options);
        let mut targets = Vec::with_capacity(args.targets.len());
        if args.targets.is_empty() && args.input.is_none() {
            targets.extend(P::implied_target(&args.options));
        }
        for text in &args.targets {
            let target = read_target(text).map_err(|error| ConfigError(error.to_string()))?;
            input::check_size(&target, args.max_hosts).map_err(ConfigError)?;
            P::consent(&args.options, &self.settings, Some(&target))?;
            targets.push(target);
        }
        if args.input.is_some() {
            P::consent(&args.options, &self.settings, None)?;
        }
        let known = count_targets(&targets, args.input.as_deref())?;
        let single = known.is_none_or(|known| known == 1) && args.input.is_none();
        let (settings, all_rows) = (Arc::clone(&self.settings), self.global.all_rows());
        let ends = self.global.deadline.map(|deadline| clock::now() + deadline);
        let context = Context { settings, single, targets: known, all_rows, ends };
        let plan = P::new(args.options, &context)?;
        let lines = match &args.input {
            None => None,
            Some(path) => {
                let lines = Lines::open(path, args.max_hosts)
                    .map_err(|error| ConfigError(format!("--input {}: {error}", path.display())))?;
                Some(lines.reading(read_target))
            }
        };
        let ordered = args.ordered || self.renderer.is_ordered();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut earlier = None;
        let finished = match &args.resume {
            None => Finished::default(),
            Some(path) => {
                if self.global.format() != Format::Ndjson {
                    return Err(ConfigError("--resume needs --format ndjson".to_owned()).into());
                }
                let (finished, file) = Finished::open(path, self.global.fail_on, P::IS_PAGE).map_err(ConfigError)?;
                if let Some(input) = args.input.as_deref().filter(|input| input.is_file()) {
                    let lines = Lines::open(input, args.max_hosts).map_err(|error| ConfigError(error.to_string()))?;
                    let lines = lines.reading(read_target);
                    let positional = targets.iter().map(|target| target.input.clone());
                    finished.compare(positional.chain(lines.map(Input::into_text))).map_err(ConfigError)?;
                }
                self.exit = finished.exit;
                earlier = Some(BufWriter::with_capacity(1 << 16, file));
                finished
            }
        };
        let positional = targets.into_iter().map(Input::Target);
        let inputs: Box<dyn Iterator<Item = Input> + Send> = Box::new(positional.chain(lines.into_iter().flatten()));
        let inputs = if known.is_some() { stream::iter(inputs).boxed() } else { arriving(inputs) };
        let output: &mut dyn Write = match (&mut earlier, self.output.take()) {
            (Some(file), _) => file,
            (None, Some(output)) => output,
            (None, None) => return Err(Error::Output(io::Error::other("the output is taken"))),
        };
        let outcome = runtime.block_on(self.drive(&plan, inputs, output, &Course { ordered, known, finished }));
        // Questions nobody waits for any more must not hold the process.
        runtime.shutdown_background();
        outcome
    }

    async fn drive<P: Plan>(
        &mut self,
        plan: &P,
        inputs: BoxStream<'static, Input>,
        output: &mut dyn Write,
        course: &Course,
    ) -> Result<(), Error> {
        let started = clock::now();
        let started_at = self.settings.net.clock.time();
        let deadline = self.global.deadline.map(|deadline| tokio::time::Instant::from(clock::now()) + deadline);
        // Polled once now, so that an interruption is noticed from here on.
        let mut interrupt = Box::pin(tokio::signal::ctrl_c());
        self.exit.interrupted = (&mut interrupt).now_or_never().is_some();
        let net = Net::open(&self.settings.net).await.map_err(ConfigError)?;
        let net = if P::IS_PAGE { net.remembering() } else { net };
        let net = &net;
        let concurrency = self.settings.concurrency;
        let Course { ordered, known, finished: earlier } = course;
        let (ordered, known) = (*ordered, *known);
        let numbered = inputs.enumerate().map(|(index, input)| (index as u64 + 1, input));
        let tasks = numbered
            .filter(|(number, _)| std::future::ready(!earlier.has_target(*number)))
            .map(|(number, input)| expand(plan, net, number, input, deadline, earlier))
            .buffered(concurrency)
            .flat_map(stream::iter);
        let running = tasks.map(|task| perform::<P>(task, deadline));
        let tested: BoxStream<'_, Tested<'_>> =
            if ordered { running.buffered(concurrency).boxed() } else { running.buffer_unordered(concurrency).boxed() };
        let closing = stream::poll_fn(|_| {
            plan.close();
            std::task::Poll::Ready(None)
        });
        let reviews = tested.chain(closing).map(|tested| tested.review(deadline));
        let mut results: BoxStream<'_, Ended> =
            if ordered { reviews.buffered(REVIEWS).boxed() } else { reviews.buffer_unordered(REVIEWS).boxed() };
        let mut progress = self.progress.then(|| Progress::new(known));
        let mut summary = Summary::default();
        let mut finished = earlier.checks;
        let mut began = false;
        loop {
            let done = match results.next().now_or_never() {
                Some(done) => done,
                None => {
                    if began {
                        output.flush()?;
                    }
                    match wait(&mut results, &mut interrupt, &mut progress, finished, &net.waits).await {
                        Some(done) => done,
                        None => {
                            self.exit.interrupted = true;
                            break;
                        }
                    }
                }
            };
            let Some(done) = done else { break };
            if !began {
                began = true;
                let head = Head::of(started_at, self.global.fail_on);
                self.renderer.begin(output, &head)?;
            }
            let mut resolver = None;
            if done.report.unclear.iter().any(|open| open.decisive && open.is_silence()) {
                resolver = Some(net.self_test.settled().await).filter(|facts| done.report.lacks_resolver(facts));
            }
            summary.add(done.report.verdict());
            self.exit.add(&done.report, P::IS_PAGE, self.global.fail_on);
            finished += 1;
            let target = TargetInfo {
                number: done.number,
                subjects: done.subjects,
                input: &done.target.input,
                kind: done.target.kind_name(),
                page: P::IS_PAGE,
                surface: done.surface,
                elapsed: done.elapsed,
                resolver,
            };
            self.renderer.check(output, target, done.report)?;
        }
        drop(results);
        if let Some(progress) = progress {
            progress.clear();
        }
        if !began {
            let head = Head::of(started_at, self.global.fail_on);
            self.renderer.begin(output, &head)?;
        }
        let end = End { summary, duration: clock::elapsed(started), resolver: net.self_test.facts() };
        self.renderer.end(output, &end)?;
        output.flush()?;
        if self.exit.interrupted {
            let of = known.map(|known| format!(" of {known}")).unwrap_or_default();
            self.remarks.push(format!("interrupted: {finished}{of} checks are finished, the rest is not tested"));
        }
        Ok(())
    }
}

/// Waits for the next result; none if the user interrupts.
async fn wait(
    results: &mut BoxStream<'_, Ended>,
    mut interrupt: impl Future + Unpin,
    progress: &mut Option<Progress>,
    finished: u64,
    waits: &Waits,
) -> Option<Option<Ended>> {
    loop {
        let tick = async {
            match progress {
                Some(_) => tokio::time::sleep(Progress::INTERVAL).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            done = results.next() => return Some(done),
            _ = &mut interrupt => return None,
            () = tick => {}
        }
        if let Some(progress) = progress {
            match waits.next() {
                Some((on, _)) => progress.show_wait(&on),
                None => progress.show(finished),
            }
        }
    }
}

/// Targets from a pipe, which may be slow: a thread reads it, so that what has come is tested while the rest
/// is waited for, and so that the user can interrupt.
fn arriving(inputs: Box<dyn Iterator<Item = Input> + Send>) -> BoxStream<'static, Input> {
    let (sender, receiver) = tokio::sync::mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        for input in inputs {
            if sender.blocking_send(input).is_err() {
                return;
            }
        }
    });
    stream::unfold(receiver, async |mut receiver| receiver.recv().await.map(|input| (input, receiver))).boxed()
}

/// Lines read ahead of those that are tested.
const AHEAD: usize = 1024;

/// How many targets there are, as far as it can be told without reading a stream.
fn count_targets(targets: &[Target], input: Option<&Path>) -> Result<Option<u64>, ConfigError> {
    let mut known = 0;
    for target in targets {
        known += match &target.kind {
            crate::names::target::TargetKind::Network(network) => {
                1_u64 << (network.max_prefix_len() - network.prefix_len()).min(63)
            }
            _ => 1,
        };
    }
    let Some(path) = input else { return Ok(Some(known)) };
    if !path.is_file() {
        // A pipe can be read only once; it may hold any number.
        return Ok(None);
    }
    let lines = input::count(path).map_err(|error| ConfigError(format!("--input {}: {error}", path.display())))?;
    Ok(Some(known + lines))
}

async fn expand<'a, P: Plan>(
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
            let kind = crate::names::target::TargetKind::Malformed;
            let target = Arc::new(Target { input: text, kind });
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

/// Results under review at a time, while others are tested.
const REVIEWS: usize = 4096;

async fn perform<'a, P: Plan>(task: Task<'a>, deadline: Option<tokio::time::Instant>) -> Tested<'a> {
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
    async fn review(self, deadline: Option<tokio::time::Instant>) -> Ended {
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
struct Late;

impl From<Late> for Unclear {
    fn from(_: Late) -> Self {
        Unclear::decisive(Reason::Deadline, "the run", "not finished when the run's time was over")
    }
}

async fn within<T>(deadline: Option<tokio::time::Instant>, future: impl Future<Output = T>) -> Result<T, Late> {
    match deadline {
        None => Ok(future.await),
        Some(deadline) => tokio::time::timeout_at(deadline, future).await.map_err(|_| Late),
    }
}

/// The progress bar on standard error, for what takes longer than half a second.
struct Progress {
    bar: ProgressBar,
    known: Option<u64>,
    shown: Shown,
    started: Instant,
}

/// What a progress bar shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    Results,
    Wait,
}

impl Progress {
    const INTERVAL: Duration = Duration::from_millis(100);
    const PATIENCE: Duration = Duration::from_millis(500);

    fn new(known: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(known, ProgressDrawTarget::hidden());
        Progress { bar, known, shown: Shown::Nothing, started: clock::now() }
    }

    /// Shows how many results there are.
    fn show(&mut self, finished: u64) {
        if clock::elapsed(self.started) < Self::PATIENCE {
            return;
        }
        let template = match self.known {
            Some(_) => "{elapsed} [{bar:30}] {pos} of {len}, {per_sec}, {eta} left",
            None => "{elapsed} {pos} done, {per_sec}",
        };
        if self.turn_to(Shown::Results, template)
            && let Some(known) = self.known
        {
            self.bar.set_length(known);
        }
        self.bar.set_position(finished);
        self.bar.tick();
    }

    /// Shows what a check waits for on purpose: `waiting 3:12 of 4:00 [=====>   ] why`.
    fn show_wait(&mut self, wait: &Wait) {
        let over = clock::elapsed(wait.since).min(wait.takes);
        self.bar.set_length(millis(wait.takes));
        self.bar.set_prefix(format!("{} of {}", clock(over), clock(wait.takes)));
        self.bar.set_message(clean(&wait.why));
        self.bar.set_position(millis(over));
        self.turn_to(Shown::Wait, "waiting {prefix} [{bar:12}] {wide_msg}");
        self.bar.tick();
    }

    /// Sets the bar up for what it shows from now on; whether it showed something else before.
    fn turn_to(&mut self, shown: Shown, template: &str) -> bool {
        if self.shown == shown {
            return false;
        }
        if self.shown == Shown::Nothing {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("=> "));
        }
        self.shown = shown;
        true
    }

    fn clear(self) {
        self.bar.finish_and_clear();
    }
}

/// Minutes and seconds.
fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

#[cfg(test)]
mod tests;
