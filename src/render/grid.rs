//! Tables as text: columns that fit the terminal, each row with its notes right under it.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Color, ColumnConstraint, ContentArrangement, Width};

use super::Style;
use crate::report::table::{Align, Cell, Table};
use crate::report::{Severity, clean};

/// Draws a table. Long words wrap inside their cell; nothing is cut.
pub(super) fn draw(content: &Table, style: Style) -> String {
    let mut text = String::new();
    if let Some(title) = content.title {
        push_line(&mut text, title);
    }
    // One column is kept free at the left.
    let width = usize::from(style.width).saturating_sub(1).max(20);
    let widths = widths(content, width);
    if content.columns.iter().any(|column| !column.head.is_empty()) {
        let heads: Vec<Cell> = content.columns.iter().map(|column| column.head.into()).collect();
        push_row(&mut text, content, &heads, &widths, style.color);
    }
    for row in &content.rows {
        push_row(&mut text, content, &row.cells, &widths, style.color);
        for note in &row.notes {
            for line in wrap(&clean(note), width.saturating_sub(3)) {
                push_line(&mut text, &format!("   {line}"));
            }
        }
    }
    text
}

/// Draws one row, which may take several lines.
fn push_row(text: &mut String, content: &Table, cells: &[Cell], widths: &[u16], color: bool) {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.force_no_tty();
    if color {
        table.enforce_styling();
    }
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(widths.iter().fold(0, |sum: u16, width| sum.saturating_add(*width)));
    table.add_row(cells.iter().map(|cell| {
        let drawn = comfy_table::Cell::new(clean(&cell.text));
        match cell.severity {
            Some(Severity::Error) => drawn.fg(Color::Red),
            Some(Severity::Warning) => drawn.fg(Color::Yellow),
            Some(Severity::Note) => drawn.fg(Color::Blue),
            None => drawn,
        }
    }));
    for ((column, drawn), width) in content.columns.iter().zip(table.column_iter_mut()).zip(widths) {
        drawn.set_padding((1, 1));
        if column.align == Align::Right {
            drawn.set_cell_alignment(CellAlignment::Right);
        }
        drawn.set_constraint(ColumnConstraint::Absolute(Width::Fixed(*width)));
    }
    table.lines().for_each(|line| push_line(text, &line));
}

/// How wide each column is, with its padding. The shortest ones keep their full width as long as enough is left for
/// each of the others to wrap in; those share the rest.
fn widths(content: &Table, width: usize) -> Vec<u16> {
    let needed: Vec<usize> = content
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let cells = content.rows.iter().filter_map(|row| row.cells.get(index));
            let cells = cells.map(|cell| clean(&cell.text).chars().count());
            cells.chain([column.head.chars().count()]).max().unwrap_or(0) + 2
        })
        .collect();
    let mut by_need: Vec<usize> = (0..needed.len()).collect();
    by_need.sort_by_key(|index| needed[*index]);
    let mut widths = vec![0; needed.len()];
    let mut left = width;
    for (position, index) in by_need.iter().enumerate() {
        let others = needed.len() - position - 1;
        let is_whole = needed[*index] + others * ROOM_TO_WRAP <= left;
        let share = if is_whole { needed[*index] } else { wrapped(content, *index, left / (others + 1)) };
        // A column of a character and its padding is the least that can be drawn.
        let share = share.max(3);
        left = left.saturating_sub(share);
        widths[*index] = u16::try_from(share).unwrap_or(u16::MAX);
    }
    widths
}

/// What a column takes of its share when its cells wrap at words.
fn wrapped(content: &Table, index: usize, share: usize) -> usize {
    let cells = content.rows.iter().filter_map(|row| row.cells.get(index));
    let lines = cells.flat_map(|cell| wrap(&clean(&cell.text), share.saturating_sub(2)));
    let longest = lines.map(|line| line.chars().count()).chain([content.columns[index].head.len()]).max().unwrap_or(0);
    share.min(longest + 2)
}

/// Columns of the terminal that a wrapping column gets at least.
const ROOM_TO_WRAP: usize = 14;

/// Breaks a text into lines of at most `width` characters; a longer word stands alone.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

pub(super) fn push_line(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", line.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::table::{Column, Row};

    const PLAIN: Style = Style { width: 40, color: false, verbose: false };

    fn content(rows: Vec<Row>) -> Table {
        let columns = vec![Column::words("List"), Column::words("Meaning"), Column::numbers("Points")];
        Table { title: None, columns, rows }
    }

    #[test]
    fn notes_stand_under_their_row_and_nothing_is_cut() {
        let rows = vec![
            Row::of(["Alpha", "a meaning that is so long that it has to wrap", "100"])
                .with_notes(["\"because\"".into()]),
            Row::of(["Beta", "short", "5"]),
        ];
        let drawn = draw(&content(rows), PLAIN);
        let expected = [
            " List   Meaning               Points",
            " Alpha  a meaning that is so     100",
            "        long that it has to",
            "        wrap",
            "   \"because\"",
            " Beta   short                      5",
        ];
        assert_eq!(drawn.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn rows_that_begin_alike_keep_their_notes_apart() {
        let rows = vec![
            Row::of(["Alpha", "Alpha and Alpha again, so that a line of it begins like a row", "1"])
                .with_notes(["first".into()]),
            Row::of(["Alpha", "", "2"]).with_notes(["second".into()]),
            Row::of(["", "nameless", "3"]).with_notes(["third".into()]),
        ];
        let drawn = draw(&content(rows), PLAIN);
        let lines: Vec<&str> = drawn.lines().map(str::trim_start).collect();
        let at = |text: &str| lines.iter().position(|line| line.starts_with(text)).expect("it is there");
        assert!(lines[at("first") - 1].contains("row"), "{drawn}");
        assert!(lines[at("second") - 1].ends_with('2') && at("second") == at("first") + 2, "{drawn}");
        assert!(lines[at("third") - 1].starts_with("nameless"), "{drawn}");
    }

    #[test]
    fn columns_that_do_not_fit_share_the_terminal() {
        let long = "x".repeat(90);
        let drawn = draw(&content(vec![Row::of([long.as_str(), long.as_str(), "100"])]), PLAIN);
        assert!(drawn.lines().all(|line| line.chars().count() <= 40), "{drawn}");
        assert_eq!(drawn.matches('x').count(), 180, "{drawn}");
    }

    #[test]
    fn a_cell_is_in_the_colour_of_its_severity_and_of_nothing_else() {
        let rows = vec![Row::of([Cell::from("FAIL"), "error".into(), Cell::marked("9", Some(Severity::Error))])];
        let drawn = draw(&content(rows), Style { color: true, ..PLAIN });
        assert_eq!(drawn.matches("\x1b[38;5;9m").count(), 1, "{drawn:?}");
        assert!(drawn.contains(" FAIL ") && drawn.contains(" error "), "{drawn:?}");
    }

    #[test]
    fn controls_in_a_cell_never_reach_the_terminal() {
        let row = Row::of(["a\x1b]0;x\x07b"]).with_notes(["\x1b[2J".into()]);
        let content = Table { title: None, columns: vec![Column::words("List")], rows: vec![row] };
        assert!(!draw(&content, PLAIN).contains('\x1b'));
    }
}
