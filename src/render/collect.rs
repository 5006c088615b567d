//! Brings the results of a run to its format: each as it comes, and for documents each target when it is whole.

use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use super::{End, Format, Head, Renderer, Style, TargetInfo, renderer};
use crate::report::{CheckReport, Facts, ResolverFacts, Verdict};

/// A target with all its results.
#[derive(Debug)]
pub struct TargetReport {
    /// Its place in the input, from 1.
    pub number: u64,
    /// Its text, as given.
    pub input: String,
    /// Its kind in one word.
    pub kind: String,
    /// Whether its results belong on one page, with a line each.
    pub page: bool,
    /// What it shows of itself, if that was looked for.
    pub surface: Option<Box<dyn Facts>>,
    /// The time from the beginning of work on it to its last result.
    pub elapsed: Duration,
    /// The resolver, if something is unclear because no resolver answers anything.
    pub resolver: Option<ResolverFacts>,
    /// How many results it should have.
    pub subjects: u64,
    /// Its results, one a subject.
    pub checks: Vec<CheckReport>,
}

impl TargetReport {
    fn of(target: TargetInfo<'_>) -> Self {
        let TargetInfo { number, subjects, input, kind, page, surface, elapsed, resolver } = target;
        let (input, kind, checks) = (input.to_owned(), kind.to_owned(), Vec::new());
        TargetReport { number, input, kind, page, surface, elapsed, resolver, subjects, checks }
    }

    /// The worst verdict of its checks; without some of them it is no better than unclear.
    pub fn verdict(&self) -> Verdict {
        let missing = (self.missing() > 0).then_some(Verdict::Unclear);
        Verdict::worst(self.checks.iter().map(|report| report.weight(self.page)).chain(missing))
    }

    /// How many results did not come, because the run was interrupted.
    pub fn missing(&self) -> u64 {
        self.subjects.saturating_sub(self.checks.len() as u64)
    }
}

/// Where a format is written that stands beside the one asked for.
pub trait Sink: Write {
    /// Brings everything to its place.
    ///
    /// # Errors
    /// Those of the output.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Formats at work: the one asked for, and those that are written beside it.
pub struct Collector {
    renderer: Box<dyn Renderer>,
    beside: Vec<(Box<dyn Renderer>, Box<dyn Sink>)>,
    /// The target whose results are still coming.
    open: Option<TargetReport>,
}

impl Collector {
    /// Puts a format to work.
    pub fn new(format: Format, style: Style) -> Self {
        Collector { renderer: renderer(format, style), beside: Vec::new(), open: None }
    }

    /// Puts another format to work beside it, with an output of its own.
    #[must_use]
    pub fn beside(mut self, format: Format, style: Style, output: Box<dyn Sink>) -> Self {
        self.beside.push((renderer(format, style), output));
        self
    }

    /// Whether results must come in input order, those of one target together.
    pub fn is_ordered(&self) -> bool {
        self.renderer.is_document() || self.beside.iter().any(|(renderer, _)| renderer.is_document())
    }

    /// Writes what comes before the results.
    ///
    /// # Errors
    /// Those of the outputs.
    pub fn begin(&mut self, output: &mut dyn Write, head: &Head) -> io::Result<()> {
        self.each(output, |renderer, output| renderer.begin(output, head))
    }

    /// Takes one result.
    ///
    /// # Errors
    /// Those of the outputs.
    pub fn check(&mut self, output: &mut dyn Write, mut target: TargetInfo<'_>, report: CheckReport) -> io::Result<()> {
        if self.open.as_ref().is_some_and(|open| open.number != target.number) {
            self.close(output)?;
        }
        self.each(output, |renderer, output| renderer.check(output, &target, &report))?;
        if !self.is_ordered() {
            return Ok(());
        }
        let (elapsed, resolver) = (target.elapsed, target.resolver.take());
        let open = self.open.get_or_insert_with(|| TargetReport::of(target));
        open.elapsed = open.elapsed.max(elapsed);
        open.resolver = open.resolver.take().or(resolver);
        open.checks.push(report);
        Ok(())
    }

    /// Writes what comes after the results.
    ///
    /// # Errors
    /// Those of the outputs.
    pub fn end(&mut self, output: &mut dyn Write, end: &End) -> io::Result<()> {
        self.close(output)?;
        self.each(output, |renderer, output| renderer.end(output, end))?;
        self.beside.drain(..).try_for_each(|(_, output)| output.finish())
    }

    fn close(&mut self, output: &mut dyn Write) -> io::Result<()> {
        match self.open.take().map(Rc::new) {
            Some(whole) => self.each(output, |renderer, output| renderer.target(output, &whole)),
            None => Ok(()),
        }
    }

    /// Has every format do its part.
    fn each(
        &mut self,
        output: &mut dyn Write,
        mut part: impl FnMut(&mut dyn Renderer, &mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        part(&mut *self.renderer, output)?;
        self.beside.iter_mut().try_for_each(|(renderer, output)| part(&mut **renderer, output))
    }
}
