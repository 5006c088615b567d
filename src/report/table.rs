//! The shape of a result for people: every check describes itself in it, one renderer draws it.

use super::{Severity, Unclear};

/// What a check shows of its facts.
pub trait Tabulate {
    /// Who was tested, and what stands beside the name.
    fn headline(&self, subject: &str) -> Headline;
    /// The verdict's reason in one line.
    fn reason(&self) -> String;
    /// The tables and lines between the verdict and the remedies. With `verbose` also what is clean.
    fn sections(&self, verbose: bool) -> Vec<Section>;
}

/// The first line of a result.
#[derive(Debug, Clone, Default)]
pub struct Headline {
    /// The subject as people know it.
    pub who: String,
    /// A remark for the right-hand side, empty if there is none.
    pub remark: String,
}

/// A part of a result.
#[derive(Debug, Clone)]
pub enum Section {
    /// A table.
    Table(Table),
    /// One line of text.
    Line(String),
    /// Paragraphs of prose, which are wrapped.
    Prose(Vec<String>),
    /// Lines that belong together and keep their columns.
    Lines(Vec<String>),
    /// Open questions that are to be told here, those that change no verdict too.
    Open(Vec<Unclear>),
}

/// A table with typed columns.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// A heading of its own, for example `Could not tell`.
    pub title: Option<&'static str>,
    /// The columns; without heads when every head is empty.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The head, with its unit where there is one.
    pub head: &'static str,
    /// Left for words, right for numbers.
    pub align: Align,
}

/// Where a cell's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

impl Column {
    /// A column of words.
    pub const fn words(head: &'static str) -> Self {
        Column { head, align: Align::Left }
    }

    /// A column of numbers.
    pub const fn numbers(head: &'static str) -> Self {
        Column { head, align: Align::Right }
    }
}

/// A row, and what stands indented under it.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// One cell a column.
    pub cells: Vec<Cell>,
    /// Evidence, quoted as received.
    pub notes: Vec<String>,
}

impl Row {
    /// A row of these cells.
    pub fn of<C: Into<Cell>>(cells: impl IntoIterator<Item = C>) -> Self {
        Row { cells: cells.into_iter().map(Into::into).collect(), notes: Vec::new() }
    }

    /// The row with these lines under it.
    #[must_use]
    pub fn with_notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }
}

/// What stands in one place of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// The text.
    pub text: String,
    /// How bad it is, if it is bad; a renderer may show that in colour.
    pub severity: Option<Severity>,
}

impl Cell {
    /// A text of which is known whether it is bad.
    pub fn marked(text: impl Into<String>, severity: Option<Severity>) -> Self {
        Cell { text: text.into(), severity }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell { text, severity: None }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// Seconds as people read them: `45s`, `35m`, `6h`, `2d`.
pub fn short_seconds(seconds: u32) -> String {
    match seconds {
        0..=119 => format!("{seconds}s"),
        120..=7_199 => format!("{}m", seconds / 60),
        7_200..=172_799 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// A count with its noun, in the singular where it is one.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
