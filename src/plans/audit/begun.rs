//! A check of an audit that is under way from the moment on that it can begin, whether or not anybody waits for it.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::parts::{Audited, On, Work};
use crate::checks::{Context, Subject};
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetKind};
use crate::net::Net;
use crate::plans::{Done, Job, perform};
use crate::report::{Reason, Unclear};

/// A check of one subject that is under way; it ends when this is dropped.
pub(super) struct Begun {
    check: &'static str,
    subject: String,
    state: State,
}

enum State {
    Running(JoinSet<Done<'static>>),
    /// It could not even be told what to test, or there was nothing.
    Ended(Unclear),
}

impl Begun {
    /// Begins with what a check tests, each subject by itself.
    pub(super) async fn all<C: Audited>(
        check: &Arc<C>,
        work: Vec<Work<C>>,
        domain: &Domain,
        context: &Context,
        net: &Net,
    ) -> Vec<Self> {
        let mut begun = Vec::new();
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
                Ok(subjects) => begun.extend(subjects.into_iter().map(|subject| Begun::of(&check, subject, net))),
                Err(unclear) => begun.push(Begun::ended(C::NAME, unclear)),
            }
        }
        begun
    }

    fn of<C: Audited>(check: &Arc<C>, subject: Subject<C::Query>, net: &Net) -> Self {
        let name = C::subject_name(&subject.query);
        let (check, net) = (Arc::clone(check), net.clone());
        let mut work = JoinSet::new();
        work.spawn(async move {
            let done = perform(check, subject, &net).await;
            if C::IS_ASIDE { done.as_notes() } else { done }
        });
        Begun { check: C::NAME, subject: name, state: State::Running(work) }
    }

    /// A check that has come to nothing.
    pub(super) fn ended(check: &'static str, why: Unclear) -> Self {
        Begun { check, subject: why.subject.clone(), state: State::Ended(why) }
    }

    /// The check's name.
    pub(super) fn check(&self) -> &'static str {
        self.check
    }

    /// The same as a job, which waits for the check's end.
    pub(super) fn into_job<'a>(self) -> Job<'a> {
        let (check, subject) = (self.check, self.subject.clone());
        Job { check, subject, work: Box::pin(self.end()) }
    }

    async fn end<'a>(self) -> Done<'a> {
        let mut work = match self.state {
            State::Running(work) => work,
            State::Ended(why) => return Done::nothing(why),
        };
        match work.join_next().await {
            Some(Ok(done)) => done,
            // The fence around every job tells of it.
            Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            _ => {
                let why = "this program ended a check before its end";
                Done::nothing(Unclear::decisive(Reason::Bug, &self.subject, why))
            }
        }
    }
}
