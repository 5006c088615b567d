//! Runs a check over all targets: concurrently, within the deadline, behind a panic fence.

mod inputs;
mod progress;
mod resume;
mod tasks;

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::oneshot;

use self::inputs::{arriving, count_targets, no_targets};
use self::progress::{Progress, Tally};
use self::resume::Finished;
use self::tasks::{Ended, Late, Tested, expand, perform, unless, within};
use crate::checks::{Asked, Context};
use crate::cli::{CheckArgs, Global};
use crate::config::{ConfigError, Settings};
use crate::input::{self, Input, Lines};
use crate::interrupt::Interrupt;
use crate::names::target::TargetKind;
use crate::net::waits::Waits;
use crate::net::{Net, clock};
use crate::plans::Plan;
use crate::render::{Collector, End, Format, Head, TargetInfo};
use crate::report::{Exit, Reason, Summary, Unclear};

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

/// How a run goes.
struct Course {
    /// Whether results come in input order.
    ordered: bool,
    /// How many targets there are, as far as it is known.
    known: Option<u64>,
    /// What an earlier run has finished.
    finished: Finished,
    /// The file of the targets, if there is one.
    input: Option<PathBuf>,
}

/// What has been shown.
struct Told {
    started: jiff::Timestamp,
    /// Whether anything has.
    began: bool,
    /// Checks, those of an earlier run too.
    tally: Tally,
    summary: Summary,
}

impl Run<'_> {
    /// Carries out a plan over its targets.
    ///
    /// # Errors
    /// [`Error`] if the options make no sense or the result cannot be written.
    pub fn plan<P: Plan>(&mut self, args: CheckArgs<P::Options>) -> Result<(), Error> {
        self.plan_until::<P>(args, Interrupt::listen)
    }

    /// Writes a text that needs no test.
    ///
    /// # Errors
    /// [`Error`] if it cannot be written.
    pub fn print(&mut self, text: &str) -> Result<(), Error> {
        let output = self.output.take().ok_or_else(|| Error::Output(io::Error::other("the output is taken")))?;
        output.write_all(text.as_bytes())?;
        Ok(output.flush()?)
    }

    /// The same, until an interruption that somebody else listens for.
    fn plan_until<P: Plan>(
        &mut self,
        args: CheckArgs<P::Options>,
        listen: impl FnOnce() -> io::Result<Interrupt>,
    ) -> Result<(), Error> {
        let read_target = P::target_reader(&args.options);
        let mut targets = Vec::with_capacity(args.targets.len());
        if args.targets.is_empty() && args.input.is_none() {
            targets.extend(P::implied_target(&args.options));
        }
        for text in &args.targets {
            let target = read_target(text).map_err(|error| ConfigError(error.to_string()))?;
            input::check_size(&target, args.max_hosts).map_err(ConfigError)?;
            targets.push(target);
        }
        let is_single = targets.len() == 1 && args.input.is_none();
        for target in &targets[..] {
            let asked = if is_single { Asked::One(target) } else { Asked::OneOfMany(target) };
            P::consent(&args.options, &self.settings, asked)?;
        }
        if args.input.is_some() {
            P::consent(&args.options, &self.settings, Asked::Input)?;
        }
        let known = count_targets(&targets, args.input.as_deref())?;
        let addresses = known.map(|known| known.addresses);
        let single = addresses.is_none_or(|addresses| addresses == 1) && args.input.is_none();
        let (settings, all_rows) = (Arc::clone(&self.settings), self.global.all_rows());
        let ends = self.global.deadline.map(|deadline| clock::now() + deadline);
        let context = Context { settings, single, targets: addresses, all_rows, ends, max_hosts: args.max_hosts };
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
                earlier = Some(BufWriter::with_capacity(1 << 16, file.go_on().map_err(ConfigError)?));
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
        let known = known.map(|known| known.inputs);
        let course = Course { ordered, known, finished, input: args.input };
        let outcome = runtime.block_on(async { self.drive(&plan, inputs, output, course, listen()?).await });
        // Questions nobody waits for any more must not hold the process.
        runtime.shutdown_background();
        outcome
    }

    async fn drive<P: Plan>(
        &mut self,
        plan: &P,
        inputs: BoxStream<'static, Input>,
        output: &mut dyn Write,
        course: Course,
        mut interrupt: Interrupt,
    ) -> Result<(), Error> {
        let started = clock::now();
        let started_at = self.settings.net.clock.time();
        let deadline = self.global.deadline.map(|deadline| tokio::time::Instant::from(clock::now()) + deadline);
        let net = Net::open(&self.settings.net).await.map_err(ConfigError)?;
        let net = if P::IS_PAGE { net.remembering() } else { net };
        let net = &net;
        let concurrency = self.settings.concurrency;
        let Course { ordered, known, finished: earlier, input } = course;
        let earlier = &earlier;
        let seen = AtomicU64::new(0);
        let numbered = inputs.map(|input| (seen.fetch_add(1, Ordering::Relaxed) + 1, input));
        let tasks = numbered
            .filter(|(number, _)| std::future::ready(!earlier.has_target(*number)))
            .map(|(number, input)| expand(plan, net, number, input, deadline, earlier))
            .buffered(concurrency)
            .flat_map(stream::iter);
        // Once the run is interrupted, what is under way is left alone, and what is done gets its review at once.
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = stopped.map(drop).shared();
        let tasks = tasks.take_until(stopped.clone());
        let running = tasks.map(|task| unless(stopped.clone(), perform::<P>(task, deadline)));
        let tested: BoxStream<'_, Option<Tested<'_>>> =
            if ordered { running.buffered(concurrency).boxed() } else { running.buffer_unordered(concurrency).boxed() };
        let closing = stream::poll_fn(|_| {
            plan.close();
            std::task::Poll::Ready(None)
        });
        let tested = tested.filter_map(std::future::ready);
        let reviews = tested.chain(closing).map(|tested| tested.review(deadline));
        let mut results: BoxStream<'_, Ended> =
            if ordered { reviews.buffered(REVIEWS).boxed() } else { reviews.buffer_unordered(REVIEWS).boxed() };
        let mut progress = self.progress.then(Progress::new);
        let tally = Tally { finished: earlier.checks, expected: known, open: HashMap::new() };
        let mut told = Told { started: started_at, began: false, tally, summary: Summary::default() };
        let mut stop = Some(stop);
        let mut patience = None;
        loop {
            let ended = match results.next().now_or_never() {
                Some(ended) => ended,
                None => {
                    if told.began {
                        output.flush()?;
                    }
                    match wait(&mut results, &mut interrupt, patience, &mut progress, &told.tally, &net.waits).await {
                        Some(ended) => ended,
                        None if stop.take().is_some() => {
                            self.exit.interrupted = true;
                            patience = Some(tokio::time::Instant::from(clock::now()) + LAST_REVIEWS);
                            continue;
                        }
                        // Interrupted again, or for too long.
                        None => break,
                    }
                }
            };
            let Some(ended) = ended else { break };
            self.tell::<P>(output, &mut told, ended, net).await?;
        }
        drop(results);
        if let Some(progress) = progress {
            progress.clear();
        }
        if let Some(input) = input.as_deref().filter(|_| seen.into_inner() == 0 && !self.exit.interrupted) {
            return Err(no_targets(input).into());
        }
        if !told.began {
            self.renderer.begin(output, &Head::of(started_at, self.global.fail_on))?;
        }
        let (interrupted, resolver) = (self.exit.interrupted, net.self_test.facts());
        let end = End { interrupted, summary: told.summary, duration: clock::elapsed(started), resolver };
        self.renderer.end(output, &end)?;
        output.flush()?;
        if interrupted {
            let of = told.tally.whole().map(|whole| format!(" of {whole}")).unwrap_or_default();
            let finished = told.tally.finished;
            self.remarks.push(format!("interrupted: {finished}{of} checks are finished, the rest is not tested"));
        }
        Ok(())
    }

    /// Shows one finished check.
    async fn tell<P: Plan>(
        &mut self,
        output: &mut dyn Write,
        told: &mut Told,
        ended: Ended,
        net: &Net,
    ) -> io::Result<()> {
        if !std::mem::replace(&mut told.began, true) {
            self.renderer.begin(output, &Head::of(told.started, self.global.fail_on))?;
        }
        let mut resolver = None;
        if ended.report.unclear.iter().any(|open| open.decisive && open.is_silence()) {
            resolver = Some(net.self_test.settled().await).filter(|facts| ended.report.lacks_resolver(facts));
        }
        let malformed = ended.target.kind == TargetKind::Malformed;
        // A file that is not what was asked for is wrong usage, like a target that is none.
        let says_input = |open: &Unclear| open.reason == Reason::Input;
        self.exit.forbidden |= ended.target.kind == TargetKind::Message
            && ended.report.facts.is_none()
            && ended.report.unclear.first().is_some_and(says_input);
        self.exit.malformed |= malformed;
        self.exit.tested |= !malformed;
        self.exit.add(&ended.report, P::IS_PAGE, self.global.fail_on);
        told.summary.add(ended.report.verdict());
        told.tally.take(ended.number, ended.subjects);
        let target = TargetInfo {
            number: ended.number,
            subjects: ended.subjects,
            input: &ended.target.input,
            kind: ended.target.kind_name(),
            page: P::IS_PAGE,
            surface: ended.surface,
            elapsed: ended.elapsed,
            resolver,
        };
        self.renderer.check(output, target, ended.report)
    }
}

/// Results under review at a time, while others are tested.
const REVIEWS: usize = 4096;
/// How long the reviews of an interrupted run may take: whoever sends SIGTERM kills soon after.
const LAST_REVIEWS: Duration = Duration::from_secs(5);

/// Waits for the next result; none if the run is interrupted, or the patience is over.
async fn wait(
    results: &mut BoxStream<'_, Ended>,
    interrupt: &mut Interrupt,
    patience: Option<tokio::time::Instant>,
    progress: &mut Option<Progress>,
    tally: &Tally,
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
            ended = results.next() => return Some(ended),
            () = interrupt.wait() => return None,
            Err(Late) = within(patience, std::future::pending::<()>()) => return None,
            () = tick => {}
        }
        if let Some(progress) = progress {
            match (waits.next(), waits.reading()) {
                (Some((on, _)), _) => progress.show_wait(&on),
                (None, Some(read)) => progress.show_read(&read),
                (None, None) => progress.show(tally, waits.slowest()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
