//! What a run does with each of its targets: one check alone, or checks put together. Checks know nothing of plans.

pub mod audit;

use std::future::Future;
use std::ops::Deref;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::checks::{Check, Context, Subject};
use crate::config::{ConfigError, Settings};
use crate::names::target::{Target, TargetError};
use crate::net::{Net, clock};
use crate::report::{Facts, Outcome, Unclear};

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

    /// Whether the user's consent covers what would be done to this target, or to any target of an input file.
    ///
    /// # Errors
    /// [`ConfigError`] that names the flag by which the user can consent.
    fn consent(options: &Self::Options, settings: &Settings, target: Option<&Target>) -> Result<(), ConfigError>;

    /// What is to be done about a target.
    ///
    /// # Errors
    /// [`Unclear`] if a question on the way to that got no answer.
    fn jobs<'a>(&'a self, target: &Target, net: &'a Net) -> impl Future<Output = Result<Jobs<'a>, Unclear>> + Send;

    /// Hears that all jobs of the run are done but for their reviews.
    fn close(&self);
}

/// What is to be done about one target.
#[derive(Default)]
pub struct Jobs<'a> {
    /// What the target shows of itself, for a page.
    pub surface: Option<Box<dyn Facts>>,
    /// The checks, one a subject.
    pub jobs: Vec<Job<'a>>,
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
    let result = check.run(&subject, net).await;
    let took = clock::elapsed(began);
    let result = async move {
        match result {
            Ok(outcome) => Ok(check.review(outcome).await.boxed()),
            Err(why) => Err(why),
        }
    };
    Done { result: Box::pin(result), open: subject.unclear, took }
}

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

    fn consent(options: &C::Options, settings: &Settings, target: Option<&Target>) -> Result<(), ConfigError> {
        C::consent(options, settings, target)
    }

    async fn jobs<'a>(&'a self, target: &Target, net: &'a Net) -> Result<Jobs<'a>, Unclear> {
        let jobs = self.subjects(target, net).await?.into_iter().map(|subject| Job {
            check: C::NAME,
            subject: C::subject_name(&subject.query),
            work: Box::pin(perform(self, subject, net)),
        });
        Ok(Jobs { surface: None, jobs: jobs.collect() })
    }

    fn close(&self) {
        C::close(self);
    }
}
