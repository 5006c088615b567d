//! One file a format. A renderer knows reports, and nothing of checks.

mod csv;
mod escape;
pub mod explain;
mod json;
pub mod lists;
mod ndjson;
mod page;
mod table;

use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;

use crate::report::{CheckReport, Facts, ResolverFacts, Summary};

pub use json::Document;
pub use ndjson::Line;

/// The version of the JSON documents.
pub const SCHEMA: u32 = 1;

/// The forms of a result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// One document.
    Json,
    /// One line a check, as it finishes.
    Ndjson,
    /// One row a finding.
    Csv,
}

impl Format {
    /// Whether the result is one document, which is useless unless it is whole.
    pub fn is_document(self) -> bool {
        matches!(self, Format::Table | Format::Json)
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
#[derive(Debug)]
pub struct Head {
    /// When the run started.
    pub started: Timestamp,
}

/// The target a check belongs to.
#[derive(Debug, Clone, Copy)]
pub struct TargetInfo<'a> {
    /// Its place in the input, from 1.
    pub number: u64,
    /// How many subjects it has, each with a result of its own.
    pub subjects: u64,
    /// Its text, as given.
    pub input: &'a str,
    /// Its kind in one word.
    pub kind: &'static str,
    /// Whether its results belong on one page, with a line each.
    pub page: bool,
    /// What it shows of itself, for a page; with its first result alone.
    pub surface: Option<&'a (dyn Facts + 'static)>,
    /// The time since work on it began.
    pub elapsed: Duration,
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

/// A form of the result.
pub trait Renderer {
    /// Whether results must come in input order, those of one target together.
    fn is_ordered(&self) -> bool;

    /// Writes what comes before the results.
    ///
    /// # Errors
    /// Those of the output.
    fn start(&mut self, output: &mut dyn Write, head: &Head) -> io::Result<()>;

    /// Takes one result.
    ///
    /// # Errors
    /// Those of the output.
    fn check(&mut self, output: &mut dyn Write, target: &TargetInfo<'_>, report: &CheckReport) -> io::Result<()>;

    /// Writes what comes behind the results.
    ///
    /// # Errors
    /// Those of the output.
    fn finish(&mut self, output: &mut dyn Write, end: &End) -> io::Result<()>;
}

/// The renderer of a format.
pub fn renderer(format: Format, style: Style) -> Box<dyn Renderer> {
    match format {
        Format::Table => Box::new(table::Table::new(style)),
        Format::Json => Box::new(json::Json::default()),
        Format::Ndjson => Box::new(ndjson::Ndjson::default()),
        Format::Csv => Box::new(csv::Csv),
    }
}
