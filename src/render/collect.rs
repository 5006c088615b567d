//! Brings the results of a run to its format: each as it comes, and for documents each target when it is whole.

use std::io::{self, Write};
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
    pub kind: &'static str,
    /// Whether its results belong on one page, with a line each.
    pub page: bool,
    /// What it shows of itself, if that was looked for.
    pub surface: Option<Box<dyn Facts>>,
    /// The time from the beginning of work on it to its last result.
    pub elapsed: Duration,
    /// The resolver, if something is unclear because no resolver answers anything.
    pub resolver: Option<ResolverFacts>,
    /// Its results, one a subject.
    pub checks: Vec<CheckReport>,
}

impl TargetReport {
    fn of(target: TargetInfo<'_>) -> Self {
        let TargetInfo { number, subjects: _, input, kind, page, surface, elapsed, resolver } = target;
        TargetReport { number, input: input.to_owned(), kind, page, surface, elapsed, resolver, checks: Vec::new() }
    }

    /// The worst verdict of its checks.
    pub fn verdict(&self) -> Verdict {
        Verdict::worst(self.checks.iter().map(|report| report.weight(self.page)))
    }
}

/// A format at work.
pub struct Collector {
    renderer: Box<dyn Renderer>,
    /// The target whose results are still coming.
    open: Option<TargetReport>,
}

impl Collector {
    /// Puts a format to work.
    pub fn new(format: Format, style: Style) -> Self {
        Collector { renderer: renderer(format, style), open: None }
    }

    /// Whether results must come in input order, those of one target together.
    pub fn is_ordered(&self) -> bool {
        self.renderer.is_document()
    }

    /// Writes what comes before the results.
    ///
    /// # Errors
    /// Those of the output.
    pub fn begin(&mut self, output: &mut dyn Write, head: &Head) -> io::Result<()> {
        self.renderer.begin(output, head)
    }

    /// Takes one result.
    ///
    /// # Errors
    /// Those of the output.
    pub fn check(&mut self, output: &mut dyn Write, mut target: TargetInfo<'_>, report: CheckReport) -> io::Result<()> {
        if !self.renderer.is_document() {
            return self.renderer.check(output, &target, &report);
        }
        if self.open.as_ref().is_some_and(|open| open.number != target.number) {
            self.close(output)?;
        }
        self.renderer.check(output, &target, &report)?;
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
    /// Those of the output.
    pub fn end(&mut self, output: &mut dyn Write, end: &End) -> io::Result<()> {
        self.close(output)?;
        self.renderer.end(output, end)
    }

    fn close(&mut self, output: &mut dyn Write) -> io::Result<()> {
        match self.open.take() {
            Some(whole) => self.renderer.target(output, whole),
            None => Ok(()),
        }
    }
}
