//! For people. One result is shown in full; of several, first a line each, then those that are not clean.

use std::io::{self, Write};
use std::rc::Rc;

use super::grid::{push_line, wrap};
use super::page::Page;
use super::parts::{push_remedies, resolver_remedy, verdict_word};
use super::single::{full, line, who};
use super::{End, Renderer, Style, TargetInfo, TargetReport};
use crate::report::table::count;
use crate::report::{CheckReport, ResolverFacts, Summary, Verdict};

/// The renderer.
pub(super) struct Table {
    style: Style,
    /// What the results beside pages came to.
    summary: Summary,
    /// The first of them: whether there will be a second is not known yet, so it waits.
    first: Option<Shown>,
    /// Those that are shown in full below the lines.
    details: Vec<String>,
    /// What the pages came to.
    pages: Summary,
    /// What nobody could tell, since no resolver answers.
    unanswered: Unanswered,
    /// A rule that was shown, to be explained.
    rule: Option<&'static str>,
    /// Whether that has been said.
    explained: bool,
    /// Whether something stands above.
    wrote: bool,
}

/// A result as it is shown.
struct Shown {
    line: String,
    full: String,
    /// Whether it has more to say than its line.
    has_more: bool,
    rule: Option<&'static str>,
    /// Who was tested, if no resolver answered.
    unanswered: Option<(String, ResolverFacts)>,
}

/// Targets of which nothing is known but that no resolver answers anything.
#[derive(Default)]
struct Unanswered {
    resolver: Option<ResolverFacts>,
    targets: Vec<String>,
    pages: Vec<Page>,
}

impl Table {
    pub(super) fn new(style: Style) -> Self {
        Table {
            style,
            summary: Summary::default(),
            first: None,
            details: Vec::new(),
            pages: Summary::default(),
            unanswered: Unanswered::default(),
            rule: None,
            explained: false,
            wrote: false,
        }
    }
}

impl Renderer for Table {
    fn is_document(&self) -> bool {
        true
    }

    fn check(&mut self, output: &mut dyn Write, target: &TargetInfo<'_>, report: &CheckReport) -> io::Result<()> {
        if target.page {
            return Ok(());
        }
        let style = self.style;
        let verdict = report.verdict();
        self.summary.add(verdict);
        let is_told = report.facts.is_some() || report.unclear.len() > 1;
        let is_clean = matches!(verdict, Verdict::Pass | Verdict::Skipped);
        let has_more = style.verbose || (is_told && !is_clean);
        let is_first = self.summary.total() == 1;
        let (text, rule) = if is_first || has_more { full(style, target, report) } else { (String::new(), None) };
        let resolver = target.resolver.as_ref().filter(|_| !style.verbose);
        let unanswered = resolver.map(|resolver| (who(target, report), resolver.clone()));
        let shown = Shown { line: line(style, target, report), full: text, has_more, rule, unanswered };
        if is_first {
            self.first = Some(shown);
            return Ok(());
        }
        if let Some(first) = self.first.take() {
            self.among_others(output, first)?;
        }
        self.among_others(output, shown)
    }

    fn target(&mut self, output: &mut dyn Write, target: &Rc<TargetReport>) -> io::Result<()> {
        if !target.page {
            return Ok(());
        }
        self.finish_results(output)?;
        let page = Page::of(target, self.style.verbose);
        self.pages.add(page.verdict());
        match &target.resolver {
            Some(resolver) if page.is_unanswered() => {
                self.unanswered.resolver = Some(resolver.clone());
                self.unanswered.pages.push(page);
                Ok(())
            }
            _ => self.write_page(output, page),
        }
    }

    fn end(&mut self, output: &mut dyn Write, end: &End) -> io::Result<()> {
        self.finish_results(output)?;
        let Unanswered { resolver, mut pages, .. } = std::mem::take(&mut self.unanswered);
        match (pages.pop(), resolver) {
            (Some(only), _) if pages.is_empty() => self.write_page(output, only)?,
            (Some(last), Some(resolver)) => {
                pages.push(last);
                let names: Vec<String> = pages.iter().map(|page| page.input().to_owned()).collect();
                let text = unanswered(self.style, &names, "domain", &resolver);
                output.write_all(self.gap().as_bytes())?;
                output.write_all(text.as_bytes())?;
                output.write_all(remedy(self.style, &resolver).as_bytes())?;
            }
            _ => {}
        }
        self.explain(output)?;
        if self.pages.total() > 1 {
            writeln!(output, "\n{} domains: {}", self.pages.total(), counts(&self.pages))?;
        }
        if end.interrupted {
            writeln!(output, "{}Interrupted: what is not shown was not tested.", self.gap())?;
        }
        Ok(())
    }
}

impl Table {
    /// Shows one of several results.
    fn among_others(&mut self, output: &mut dyn Write, shown: Shown) -> io::Result<()> {
        if let Some((who, resolver)) = shown.unanswered {
            self.unanswered.resolver = Some(resolver);
            self.unanswered.targets.push(who);
            return Ok(());
        }
        output.write_all(shown.line.as_bytes())?;
        if shown.has_more {
            self.rule = self.rule.or(shown.rule);
            self.details.push(shown.full);
        }
        Ok(())
    }

    /// Ends the results that are no pages.
    fn finish_results(&mut self, output: &mut dyn Write) -> io::Result<()> {
        let (summary, details) = (std::mem::take(&mut self.summary), std::mem::take(&mut self.details));
        if summary.total() == 0 {
            return Ok(());
        }
        self.wrote = true;
        if let Some(only) = self.first.take() {
            self.rule = self.rule.or(only.rule);
            return output.write_all(only.full.as_bytes());
        }
        let Unanswered { resolver, targets, .. } = std::mem::take(&mut self.unanswered);
        if let Some(resolver) = &resolver {
            output.write_all(unanswered(self.style, &targets, "target", resolver).as_bytes())?;
        }
        for detail in &details {
            write!(output, "\n{detail}")?;
        }
        let remedy = resolver.map(|resolver| remedy(self.style, &resolver)).unwrap_or_default();
        output.write_all(remedy.as_bytes())?;
        self.explain(output)?;
        writeln!(output, "\n{} results: {}", summary.total(), counts(&summary))
    }

    fn write_page(&mut self, output: &mut dyn Write, page: Page) -> io::Result<()> {
        let mut text = self.gap().to_owned();
        let rule = page.draw(self.style, &mut text);
        self.rule = self.rule.or(rule);
        output.write_all(text.as_bytes())
    }

    /// Says once how to learn more of a rule.
    fn explain(&mut self, output: &mut dyn Write) -> io::Result<()> {
        match self.rule {
            Some(rule) if !std::mem::replace(&mut self.explained, true) => {
                writeln!(output, "\nWhy it matters: spamcheck explain {rule}")
            }
            _ => Ok(()),
        }
    }

    /// What separates from what stands above.
    fn gap(&mut self) -> &'static str {
        if std::mem::replace(&mut self.wrote, true) { "\n" } else { "" }
    }
}

/// One line for all of which nothing is known but that no resolver answers, and some of their names.
fn unanswered(style: Style, names: &[String], noun: &str, resolver: &ResolverFacts) -> String {
    let mut text = String::new();
    let why = resolver.silence.as_deref().unwrap_or_default();
    let word = verdict_word(style, Verdict::Unclear, 7);
    let room = usize::from(style.width).saturating_sub(8);
    for (index, line) in wrap(&format!("{}: {why}", count(names.len(), noun)), room).iter().enumerate() {
        push_line(&mut text, &format!("{} {line}", if index == 0 { word.as_str() } else { "       " }));
    }
    let (named, more) = names.split_at(names.len().min(MAX_NAMED));
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    for line in wrap(&format!("{}{more}", named.join(", ")), room) {
        push_line(&mut text, &format!("        {line}"));
    }
    text
}

/// Names that stand for all of which the same is to be said.
pub(super) const MAX_NAMED: usize = 6;

/// What to do when no resolver answers.
fn remedy(style: Style, resolver: &ResolverFacts) -> String {
    let mut text = String::new();
    push_remedies(&mut text, style, [resolver_remedy(resolver).as_str()].into_iter());
    text
}

/// How often which verdict came out, the worst first.
fn counts(summary: &Summary) -> String {
    let counts = [
        (summary.fail, "fail"),
        (summary.unclear, "unclear"),
        (summary.warn, "warn"),
        (summary.pass, "pass"),
        (summary.skipped, "skipped"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    counts.collect::<Vec<_>>().join(", ")
}
