//! What a run does with each of its targets: one check alone, or checks put together. Checks know nothing of plans.

pub mod audit;
pub mod diagnose;
pub mod simulate;

use std::collections::BTreeMap;
use std::future::Future;
use std::ops::Deref;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::checks::{Asked, Check, Context, Subject};
use crate::config::{ConfigError, Settings};
use crate::names::address;
use crate::names::target::{Target, TargetError, TargetKind};
use crate::net::{Net, clock};
use crate::report::{Facts, Outcome, Reason, Unclear};

/// Turns targets into jobs. Every check is a plan: the one that runs it alone.
pub trait Plan: Sized + Send + Sync + 'static {
    /// Its flags.
    type Options: clap::Args + Default;
    /// The subcommand's name.
    const NAME: &'static str;
    /// Whether the results about a target are one page: checks that share their answers, a line each.
    const IS_PAGE: bool;

    /// Makes the plan ready, before any packet is sent.
    ///
    /// # Errors
    /// [`ConfigError`] if the options or settings do not make sense.
    fn new(options: Self::Options, context: &Context) -> Result<Self, ConfigError>;

    /// How targets are read when these options are given.
    fn target_reader(options: &Self::Options) -> fn(&str) -> Result<Target, TargetError>;

    /// The target if none is given.
    fn implied_target(options: &Self::Options) -> Option<Target>;

    /// Whether the user's consent covers what would be done to what is asked about.
    ///
    /// # Errors
    /// [`ConfigError`] that names the flag by which the user can consent.
    fn consent(options: &Self::Options, settings: &Settings, asked: Asked<'_>) -> Result<(), ConfigError>;

    /// What is to be done about a target.
    ///
    /// # Errors
    /// [`Unclear`] if a question on the way to that got no answer.
    fn jobs<'a>(&'a self, target: &Target, net: &'a Net) -> impl Future<Output = Result<Jobs<'a>, Unclear>> + Send;

    /// Hears that all jobs of the run are done but for their reviews.
    fn close(&self);
}

/// What is to be done about one target.
pub struct Jobs<'a> {
    /// What the target shows of itself, for a page.
    pub surface: Option<Box<dyn Facts>>,
    /// How many checks there are, one a subject.
    pub count: u64,
    /// The checks; those of a network come into being as they are come to.
    pub jobs: Box<dyn Iterator<Item = Job<'a>> + Send + 'a>,
}

impl<'a> From<Vec<Job<'a>>> for Jobs<'a> {
    fn from(jobs: Vec<Job<'a>>) -> Self {
        Jobs { surface: None, count: jobs.len() as u64, jobs: Box::new(jobs.into_iter()) }
    }
}

/// One check of one subject, still to be done.
pub struct Job<'a> {
    /// The check's name.
    pub check: &'static str,
    /// The subject as every format names it.
    pub subject: String,
    /// The work.
    pub work: BoxFuture<'a, Done<'a>>,
}

/// What came of a job.
pub struct Done<'a> {
    /// What was learned, or why nothing was. It may wait for what the run learns later; the next job need not.
    pub result: BoxFuture<'a, Learned>,
    /// What could not be told on the way to the subject.
    pub open: Vec<Unclear>,
    /// How long it took.
    pub took: Duration,
}

/// What was learned, or why nothing was.
pub type Learned = Result<Outcome<Box<dyn Facts>>, Unclear>;

impl<'a> Done<'a> {
    /// The same where it must not weigh. A job that learned nothing at all is no better for that.
    #[must_use]
    pub fn as_notes(self) -> Self {
        let result = self.result;
        Done { result: Box::pin(async { result.await.map(Outcome::as_notes) }), ..self }
    }

    /// A job that came to nothing, and took no time.
    pub fn nothing(why: Unclear) -> Self {
        Done { result: Box::pin(std::future::ready(Err(why))), open: Vec::new(), took: Duration::ZERO }
    }
}

/// Tests one subject, and takes the time.
async fn perform<'a, C: Check>(
    check: impl Deref<Target = C> + Send + 'a,
    subject: Subject<C::Query>,
    net: &Net,
) -> Done<'a> {
    let began = clock::now();
    let name = C::subject_name(&subject.query);
    let net = match C::QUESTIONS {
        Some(most) => net.clone().within(most, &name),
        None => net.clone().unlimited(),
    };
    let result = check.run(&subject, &net).await;
    let took = clock::elapsed(began);
    let result = async move {
        match result {
            Ok(outcome) => {
                let mut outcome = check.review(outcome).await.boxed();
                unite_unasked(&mut outcome.unclear);
                // What the user alone decides is told whole.
                if C::QUESTIONS.is_some() {
                    tell_enough(&mut outcome, &name);
                }
                Ok(outcome)
            }
            Err(why) => Err(why),
        }
    };
    let mut open = subject.unclear;
    unite_unasked(&mut open);
    Done { result: Box::pin(result), open, took }
}

/// Questions to the DNS that may lead from a target to its subjects.
const QUESTIONS_OF_A_TARGET: u32 = 1_000;

/// Says once what was not asked because there was too much to ask.
fn unite_unasked(unclear: &mut Vec<Unclear>) {
    let is_unasked = |unclear: &Unclear| unclear.reason == Reason::Budget;
    let count = unclear.iter().filter(|unclear| is_unasked(unclear)).count();
    let Some(first) = unclear.iter().position(is_unasked).filter(|_| count > FEW) else { return };
    let decisive = unclear.iter().any(|unclear| is_unasked(unclear) && unclear.decisive);
    let mut one = unclear[first].clone();
    one.detail = format!("{}; and {} others", one.detail, count - 1);
    one.decisive = decisive;
    unclear.retain(|unclear| !is_unasked(unclear));
    unclear.insert(first, one);
}

/// So many are told one by one.
const FEW: usize = 3;

/// Leaves out what is found more often than anybody reads, and says so.
fn tell_enough(outcome: &mut Outcome<Box<dyn Facts>>, subject: &str) {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    outcome.findings.retain(|finding| {
        let count = found.entry(finding.rule.id).or_default();
        *count += 1;
        *count <= MAX_FINDINGS
    });
    for (rule, count) in found.into_iter().filter(|(_, count)| *count > MAX_FINDINGS) {
        let why = format!("{rule} was found {count} times, and is told {MAX_FINDINGS} times");
        outcome.unclear.push(Unclear::harmless(Reason::Budget, subject, why));
    }
}

/// Findings of one rule that are told of one subject.
const MAX_FINDINGS: usize = 100;

impl<C: Check> Plan for C {
    type Options = C::Options;

    const NAME: &'static str = C::NAME;
    const IS_PAGE: bool = false;

    fn new(options: C::Options, context: &Context) -> Result<Self, ConfigError> {
        C::new(options, context)
    }

    fn target_reader(options: &C::Options) -> fn(&str) -> Result<Target, TargetError> {
        C::target_reader(options)
    }

    fn implied_target(options: &C::Options) -> Option<Target> {
        C::implied_target(options)
    }

    fn consent(options: &C::Options, settings: &Settings, asked: Asked<'_>) -> Result<(), ConfigError> {
        C::consent(options, settings, asked)
    }

    async fn jobs<'a>(&'a self, target: &Target, net: &'a Net) -> Result<Jobs<'a>, Unclear> {
        let job = move |subject: Subject<C::Query>| Job {
            check: C::NAME,
            subject: C::subject_name(&subject.query),
            work: Box::pin(perform(self, subject, net)),
        };
        if let TargetKind::Network(network) = &target.kind
            && let Some(query) = self.network(network)?
        {
            let jobs = address::of_network(network).map(move |address| job(Subject::of(query(address))));
            return Ok(Jobs { surface: None, count: address::count(network), jobs: Box::new(jobs) });
        }
        let asking = net.clone().within(QUESTIONS_OF_A_TARGET, &target.input);
        let subjects = self.subjects(target, &asking).await?;
        Ok(subjects.into_iter().map(job).collect::<Vec<_>>().into())
    }

    fn close(&self) {
        C::close(self);
    }
}
