//! One file a format. A renderer knows reports, and nothing of checks; [`Collector`] brings them to it.

mod collect;
mod csv;
mod escape;
pub mod explain;
mod github;
mod gitlab;
mod grid;
mod html;
mod json;
mod junit;
pub mod lists;
mod markdown;
mod nagios;
mod ndjson;
mod page;
mod parts;
mod prometheus;
mod sarif;
mod single;
mod table;
mod whole;
mod words;

use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use clap::ValueEnum as _;
use jiff::Timestamp;

use crate::catalogue;
use crate::report::document::Tool;
use crate::report::{CheckReport, Facts, FailOn, ResolverFacts, Summary};

use whole::whole;

pub use collect::{Collector, Sink, TargetReport};

/// Makes the formats: one line each, with its help and its renderer.
macro_rules! formats {
    ($($(#[$help:meta])* $format:ident => $renderer:expr,)*) => {
        /// The forms of a result.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
        pub enum Format {
            $($(#[$help])* $format,)*
        }

        /// The renderer of a format.
        fn renderer(format: Format, style: Style) -> Box<dyn Renderer> {
            match format {
                $(Format::$format => {
                    let open: fn(Style) -> Box<dyn Renderer> = $renderer;
                    open(style)
                })*
            }
        }
    };
}

formats! {
    /// For people.
    #[default]
    Table => |style| Box::new(table::Table::new(style)),
    /// One document.
    Json => |_| Box::new(json::Json::default()),
    /// One line a check, as it finishes.
    Ndjson => |_| Box::new(ndjson::Ndjson::default()),
    /// One row a finding.
    Csv => |_| Box::new(csv::Csv),
    /// For a ticket, a wiki or a summary of a CI job.
    Markdown => |_| whole(markdown::write),
    /// One page to read, print or send on.
    Html => |_| whole(html::write),
    /// Test results: one case per check.
    Junit => |_| whole(junit::write),
    /// Results of an analysis, as code scanning reads them (SARIF 2.1.0).
    Sarif => |_| whole(sarif::write),
    /// Annotations of a GitHub Actions job.
    Github => |_| whole(github::write),
    /// GitLab's Code Quality report.
    Gitlab => |_| whole(gitlab::write),
    /// Metrics, as node_exporter's textfile collector reads them.
    Prometheus => |_| whole(prometheus::write),
    /// The output and exit code of a Nagios or Icinga plugin.
    Nagios => |_| whole(nagios::write),
}

impl Format {
    /// Its name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Whether the result is one document, which is useless unless it is whole.
    pub fn is_document(self) -> bool {
        renderer(self, Style { width: 80, color: false, verbose: false }).is_document()
    }
}

/// How a result is to look.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Columns of the terminal.
    pub width: u16,
    /// Whether verdicts and severities are in colour.
    pub color: bool,
    /// Whether what is clean is shown too.
    pub verbose: bool,
}

/// What is known when the first result comes.
#[derive(Debug, Clone)]
pub struct Head {
    /// When the run started.
    pub started: Timestamp,
    /// The program that ran.
    pub tool: Tool<'static>,
    /// What counts as failed, for formats whose readers know no warnings.
    pub fail_on: FailOn,
}

impl Head {
    /// The head of a run of this program.
    pub fn of(started: Timestamp, fail_on: FailOn) -> Self {
        let (name, version) = ("spamcheck".into(), env!("CARGO_PKG_VERSION").into());
        Head { started, tool: Tool { name, version, catalogue: catalogue::VERSION.into() }, fail_on }
    }
}

/// The target a check belongs to.
#[derive(Debug)]
pub struct TargetInfo<'a> {
    /// Its place in the input, from 1.
    pub number: u64,
    /// How many subjects it has, each with a result of its own.
    pub subjects: u64,
    /// Its text, as given.
    pub input: &'a str,
    /// Its kind in one word.
    pub kind: &'a str,
    /// Whether its results belong on one page, with a line each.
    pub page: bool,
    /// What it shows of itself, for a page; with its first result alone.
    pub surface: Option<Box<dyn Facts>>,
    /// The time since work on it began.
    pub elapsed: Duration,
    /// The resolver, if this result is unclear because no resolver answers anything.
    pub resolver: Option<ResolverFacts>,
}

/// What is known at the end.
#[derive(Debug)]
pub struct End {
    /// Whether the run ended before everything was tested, because the user or the system wanted it.
    pub interrupted: bool,
    /// Verdicts by count.
    pub summary: Summary,
    /// The time of the whole run.
    pub duration: Duration,
    /// What the resolver told of itself.
    pub resolver: ResolverFacts,
}

/// A format. A format of lines takes each result as it comes; a document takes whole targets, or both.
trait Renderer {
    /// Whether the result is one document, useless unless it is whole. Then results come in input order, those of one
    /// target together; else each as it finishes.
    fn is_document(&self) -> bool;

    /// Writes what comes before the results.
    ///
    /// # Errors
    /// Those of the output.
    fn begin(&mut self, _: &mut dyn Write, _: &Head) -> io::Result<()> {
        Ok(())
    }

    /// Takes one result.
    ///
    /// # Errors
    /// Those of the output.
    fn check(&mut self, _: &mut dyn Write, _: &TargetInfo<'_>, _: &CheckReport) -> io::Result<()> {
        Ok(())
    }

    /// Takes a target with all its results; documents alone are given it.
    ///
    /// # Errors
    /// Those of the output.
    fn target(&mut self, _: &mut dyn Write, _: &Rc<TargetReport>) -> io::Result<()> {
        Ok(())
    }

    /// Writes what comes after the results.
    ///
    /// # Errors
    /// Those of the output.
    fn end(&mut self, _: &mut dyn Write, _: &End) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
