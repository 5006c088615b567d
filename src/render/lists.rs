//! The lists of the catalogue, for people and as JSON.

use std::io::{self, Write};

use super::Style;
use super::escape::escaped;
use super::grid::{draw, wrap};
use crate::catalogue::List;
use crate::report::clean;
use crate::report::table::{Column, Row, Table, count};

/// Shows lists, one a line.
///
/// # Errors
/// Those of the output.
pub fn list(output: &mut dyn Write, lists: &[&List], json: bool, width: u16) -> io::Result<()> {
    if json {
        let json = serde_json::to_vec_pretty(lists)?;
        output.write_all(&escaped(&json))?;
        return writeln!(output);
    }
    let mut columns = vec![Column::words("Id"), Column::words("Zone"), Column::words("Status")];
    if width >= WIDE {
        columns.extend([Column::words("Kinds"), Column::numbers("Points")]);
    }
    if width >= WIDEST {
        columns.push(Column::words("Groups"));
    }
    let row = |list: &&List| {
        let kinds: Vec<&str> = list.kinds.iter().map(|kind| kind.as_str()).collect();
        let status = if list.default { "default" } else { list.status.as_str() };
        let mut cells = vec![list.id.clone(), list.zone.clone(), status.to_owned()];
        if width >= WIDE {
            cells.extend([kinds.join(" "), list.greatest_points().to_string()]);
        }
        if width >= WIDEST {
            cells.push(list.groups.join(" "));
        }
        Row::of(cells)
    };
    let table = Table { title: None, columns, rows: lists.iter().map(row).collect() };
    output.write_all(draw(&table, plain(width)).as_bytes())?;
    writeln!(output, "\n{}", count(lists.len(), "list"))
}

fn plain(width: u16) -> Style {
    Style { width, color: false, verbose: false }
}

/// Columns of a terminal that has room for kinds and points too.
const WIDE: u16 = 105;
/// Columns of a terminal that has room for the groups too.
const WIDEST: u16 = 130;

/// Shows everything known of one list.
///
/// # Errors
/// Those of the output.
pub fn show(output: &mut dyn Write, list: &List, json: bool, width: u16) -> io::Result<()> {
    if json {
        let json = serde_json::to_vec_pretty(list)?;
        output.write_all(&escaped(&json))?;
        return writeln!(output);
    }
    let since = list.since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
    writeln!(output, "{} ({})", clean(&list.name), clean(&list.id))?;
    let kinds: Vec<&str> = list.kinds.iter().map(|kind| kind.as_str()).collect();
    let mut line = |head: &str, value: Option<&str>| -> io::Result<()> {
        let Some(value) = value else { return Ok(()) };
        for (index, text) in wrap(&clean(value), usize::from(width).saturating_sub(12)).into_iter().enumerate() {
            writeln!(output, "{:<12}{text}", if index == 0 { head } else { "" })?;
        }
        Ok(())
    };
    line("Zone", Some(&list.zone))?;
    line("Operator", list.operator.as_deref())?;
    line("Status", Some(&format!("{}{since}", list.status.as_str())))?;
    line("Serves", Some(&kinds.join(", ")))?;
    line("Groups", Some(&list.groups.join(", ")))?;
    line("Family", list.family.as_deref())?;
    let pace = if list.own { "not paced".to_owned() } else { format!("at most {} questions a second", list.max_qps) };
    line("Pace", Some(&pace))?;
    let entries = (list.test_listed.as_deref(), list.test_clean.as_deref());
    let tests = match entries {
        (None, None) => "no test entries are known".to_owned(),
        (listed, clean) => format!("{} is listed, {} is not", listed.unwrap_or("?"), clean.unwrap_or("?")),
    };
    line("Tests", Some(&tests))?;
    line("Look-up", list.lookup_url.as_deref())?;
    line("Removal", list.delist_url.as_deref())?;
    line("Ends", list.expires.as_deref())?;
    line("Note", list.note.as_deref())?;
    line("Evidence", list.evidence.as_deref())?;
    let columns = vec![Column::words("Code"), Column::words("Meaning"), Column::numbers("Points")];
    let codes = list
        .codes
        .iter()
        .map(|code| Row::of([code.matcher.to_string(), code.meaning.clone(), code.points.to_string()]));
    let refusals = list
        .refusals
        .iter()
        .map(|refusal| Row::of([refusal.matcher.to_string(), format!("refused: {}", refusal.meaning), "0".to_owned()]));
    let table = Table { title: None, columns, rows: codes.chain(refusals).collect() };
    if table.rows.is_empty() {
        return Ok(());
    }
    writeln!(output)?;
    output.write_all(draw(&table, plain(width)).as_bytes())
}
