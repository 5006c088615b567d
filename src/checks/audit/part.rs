//! A part of an audit: one check of one subject, under way from the moment on that it can begin.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;

use super::{Audit, Surface, judge};
use crate::checks::{Check, Context, Facts, On, Outcome, Subject, Work};
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetKind};
use crate::net::{Net, clock};
use crate::report::{Reason, Unclear};

/// One check of one subject, as a part of an audit.
pub enum Part {
    /// What the domain shows, and what the audit itself says of it.
    Surface(Box<Surface>),
    /// A check that could not tell what to test.
    Failed(&'static str, Box<Unclear>),
    /// A check that is under way.
    Begun(Box<Begun>),
}

/// A check that is under way, whether or not anybody waits for it; it ends when this is dropped.
pub struct Begun {
    check: &'static str,
    subject: String,
    work: Mutex<JoinSet<Result<Outcome<Facts>, Unclear>>>,
    took: Arc<OnceLock<Duration>>,
}

/// Begins with what a check tests: each subject is a part of its own.
pub(in crate::checks) async fn begun<C: Check>(
    check: &Arc<C>,
    work: Vec<Work<C>>,
    domain: &Domain,
    context: &Context,
    net: &Net,
) -> Vec<Part>
where
    Facts: From<C::Facts>,
{
    let mut parts = Vec::new();
    for Work { options, on } in work {
        let own = options.map(|options| C::new(options, context).map(Arc::new));
        let check = match own.transpose() {
            Ok(own) => own.unwrap_or_else(|| Arc::clone(check)),
            // Options that a check made for itself make sense to it.
            Err(_) => continue,
        };
        let subjects = match on {
            On::These(subjects) => Ok(subjects),
            On::Domain => {
                let target = Target { input: domain.to_string(), kind: TargetKind::Domain(domain.clone()) };
                check.subjects(&target, net).await
            }
        };
        match subjects {
            Ok(subjects) => parts.extend(subjects.into_iter().map(|subject| Part::begin(&check, subject, net))),
            Err(unclear) => parts.push(Part::Failed(C::NAME, Box::new(unclear))),
        }
    }
    parts
}

impl Part {
    fn begin<C: Check>(check: &Arc<C>, subject: Subject<C::Query>, net: &Net) -> Self
    where
        Facts: From<C::Facts>,
    {
        let name = C::subject_name(&subject.query);
        let took = Arc::new(OnceLock::new());
        let (check, net, clock) = (Arc::clone(check), net.clone(), Arc::clone(&took));
        let mut work = JoinSet::new();
        work.spawn(async move {
            let began = clock::now();
            let result = check.run(&subject, &net).await;
            // Nobody else sets it.
            let _ = clock.set(clock::elapsed(began));
            let Outcome { facts, findings, mut unclear } = result?;
            unclear.extend(subject.unclear);
            Ok(Outcome { facts: facts.into(), findings, unclear })
        });
        Part::Begun(Box::new(Begun { check: C::NAME, subject: name, work: Mutex::new(work), took }))
    }

    /// The name of its check.
    pub fn check_name(&self) -> &'static str {
        match self {
            Part::Surface(_) => Audit::NAME,
            Part::Failed(name, _) => name,
            Part::Begun(begun) => begun.check,
        }
    }

    /// The subject as every format names it.
    pub fn subject_name(&self) -> String {
        match self {
            Part::Surface(surface) => surface.domain.to_string(),
            Part::Failed(_, unclear) => unclear.subject.clone(),
            Part::Begun(begun) => begun.subject.clone(),
        }
    }

    /// How long the check took, once it is through.
    pub(super) fn took(&self) -> Option<Duration> {
        match self {
            Part::Begun(begun) => begun.took.get().copied(),
            Part::Surface(_) | Part::Failed(..) => None,
        }
    }

    /// Waits for the check's end.
    ///
    /// # Errors
    /// [`Unclear`] if nothing at all could be learned.
    pub(super) async fn end(&self, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        match self {
            Part::Surface(surface) => judge(surface, net).await,
            Part::Failed(_, unclear) => Err((**unclear).clone()),
            Part::Begun(begun) => {
                let mut work = std::mem::take(&mut *begun.work.lock().unwrap_or_else(PoisonError::into_inner));
                match work.join_next().await {
                    Some(Ok(result)) => result,
                    // The fence around every check tells of it.
                    Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                    _ => Err(Unclear::decisive(Reason::Bug, &begun.subject, "this program waited twice for one check")),
                }
            }
        }
    }
}
