//! Lists in the forms of other programs: Mailtraq's expressions and rules, postscreen's sites, plain zones.

use std::fmt::Write as _;

use super::{Code, Effect, List, Matcher, find};
use crate::names::domain::Domain;

/// What a file held.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The lists, in the file's order.
    pub lists: Vec<List>,
    /// Points that refuse mail, if the file's program has its own idea of them.
    pub threshold: Option<u32>,
    /// Whether every match counts, as that program counts.
    pub sums: bool,
    /// What the user should know, with line numbers.
    pub remarks: Vec<String>,
}

/// A line that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {why}")]
pub struct ImportError {
    /// The file's name, as given.
    pub file: String,
    /// The line's number, from 1.
    pub line: usize,
    /// What is wrong.
    pub why: String,
}

/// Mailtraq acts when the sum is greater than 100.
const MAILTRAQ_THRESHOLD: u32 = 101;

/// Reads a file's text; `file` appears in errors.
///
/// # Errors
/// [`ImportError`] with file and line.
pub fn read(text: &str, file: &str) -> Result<Imported, ImportError> {
    let mut reader = Reader::default();
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        reader.line(line, line_number).map_err(|why| ImportError { file: file.to_owned(), line: line_number, why })?;
    }
    let last = text.lines().count().max(1);
    reader.end_rule().map_err(|why| ImportError { file: file.to_owned(), line: last, why })?;
    if reader.imported.lists.is_empty() {
        return Err(ImportError { file: file.to_owned(), line: last, why: "no list was found".to_owned() });
    }
    Ok(reader.imported)
}

#[derive(Default)]
struct Reader {
    imported: Imported,
    rule: Option<Rule>,
    in_sites: bool,
}

/// A Mailtraq rule whose fields are still coming.
struct Rule {
    line: usize,
    matcher: Matcher,
    points: Option<u32>,
    message: Option<String>,
    header: Option<String>,
    /// The field that a text without a name belongs to.
    last: Field,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Response,
    Points,
    Message,
    Header,
}

impl Reader {
    fn line(&mut self, line: &str, number: usize) -> Result<(), String> {
        let continued = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            return Ok(());
        }
        // Postfix continues a value on lines that begin with a blank.
        if self.in_sites && continued {
            return self.sites(line, number);
        }
        self.in_sites = false;
        if let Some(value) = setting(line, "postscreen_dnsbl_sites") {
            self.in_sites = true;
            self.imported.sums = true;
            self.imported.threshold.get_or_insert(1);
            return self.sites(value, number);
        }
        if let Some(value) = setting(line, "postscreen_dnsbl_threshold") {
            let threshold = value.parse().map_err(|_| format!("\"{value}\" is no threshold"))?;
            self.imported.threshold = Some(threshold);
            return Ok(());
        }
        if line.contains("%1") || line.contains("%2") {
            return self.expression(line, number);
        }
        if self.rule.is_some() || has_field(line, "response") {
            return self.fields(line, number);
        }
        if line.contains('=') || line.contains('*') {
            self.imported.sums = true;
            self.imported.threshold.get_or_insert(1);
            return self.sites(line, number);
        }
        self.zone(line, number)
    }

    /// Mailtraq's look-up expression, with or without a name in front of it and rules behind it.
    fn expression(&mut self, line: &str, number: usize) -> Result<(), String> {
        self.end_rule()?;
        let start = line.find('%').unwrap_or(0);
        let expression = line.get(start..).unwrap_or(line);
        let (expression, rules) = match expression.find([',', ' ', '\t']) {
            Some(end) => (&expression[..end], expression[end + 1..].trim()),
            None => (expression, ""),
        };
        // What no rule covers has no points there.
        let list = List { weight: 0, codes: Vec::new(), ..List::of_expression(expression)? };
        self.imported.threshold = Some(MAILTRAQ_THRESHOLD);
        self.imported.sums = true;
        self.add(list, number);
        if rules.is_empty() { Ok(()) } else { self.fields(rules, number) }
    }

    /// Fields of Mailtraq rules: they part at commas and line ends, and a rule runs to the next `Response=`.
    fn fields(&mut self, line: &str, number: usize) -> Result<(), String> {
        for part in line.split(',') {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            let named = part.split_once('=').map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim()));
            match named.as_ref().map(|(name, value)| (name.as_str(), *value)) {
                Some(("response", value)) => self.begin_rule(value, number)?,
                Some(("points" | "%", value)) => {
                    let rule = self.open_rule()?;
                    let points = value.parse().map_err(|_| format!("\"{value}\" is no number of points"))?;
                    rule.points = Some(points);
                    rule.last = Field::Points;
                }
                Some(("message", value)) => {
                    let rule = self.open_rule()?;
                    rule.message = Some(value.to_owned());
                    rule.last = Field::Message;
                }
                Some(("header", value)) => {
                    let rule = self.open_rule()?;
                    rule.header = Some(value.to_owned());
                    rule.last = Field::Header;
                }
                // A text with a comma in it: the rest belongs to the text.
                _ => match self.open_rule()? {
                    Rule { last: Field::Message, message: Some(text), .. }
                    | Rule { last: Field::Header, header: Some(text), .. } => {
                        text.push_str(", ");
                        text.push_str(part);
                    }
                    _ => return Err(format!("\"{part}\" is no field: Response, Points, %, Message and Header are")),
                },
            }
        }
        Ok(())
    }

    fn begin_rule(&mut self, value: &str, line: usize) -> Result<(), String> {
        self.end_rule()?;
        if self.imported.lists.is_empty() {
            return Err("a Response stands before any look-up expression".to_owned());
        }
        let matcher = value.parse().map_err(|error: super::MatcherError| error.to_string())?;
        self.rule = Some(Rule { line, matcher, points: None, message: None, header: None, last: Field::Response });
        Ok(())
    }

    fn open_rule(&mut self) -> Result<&mut Rule, String> {
        self.rule.as_mut().ok_or_else(|| "a field stands before any Response".to_owned())
    }

    fn end_rule(&mut self) -> Result<(), String> {
        let Some(rule) = self.rule.take() else { return Ok(()) };
        if rule.points.is_none() {
            self.imported.remarks.push(format!("line {}: the rule has no points and counts 0", rule.line));
        }
        let list = self.imported.lists.last_mut().ok_or("a rule stands before any look-up expression")?;
        list.codes.push(Code {
            matcher: rule.matcher,
            meaning: rule.message.clone().unwrap_or_default(),
            effect: Effect::Listed,
            points: rule.points.unwrap_or(0),
            message: rule.message,
            header: rule.header,
        });
        Ok(())
    }

    /// postscreen's sites: `zone[=pattern][*weight]`, parted by commas or blanks.
    fn sites(&mut self, value: &str, number: usize) -> Result<(), String> {
        for site in value.split([',', ' ', '\t']).filter(|site| !site.is_empty()) {
            let (place, weight) = match site.rsplit_once('*') {
                // A star in a pattern is no weight.
                Some((place, weight)) if weight.parse::<i64>().is_ok() => (place, weight),
                _ => (site, "1"),
            };
            let weight: i64 = weight.parse().map_err(|_| format!("\"{weight}\" is no weight"))?;
            let (zone, pattern) = place.split_once('=').map_or((place, None), |(zone, pattern)| (zone, Some(pattern)));
            let zone: Domain = zone.parse().map_err(|error| format!("\"{zone}\" is no zone: {error}"))?;
            let points = u32::try_from(weight.max(0)).map_err(|_| format!("\"{weight}\" is too large"))?;
            // A good mark never pays for a bad one here, whatever it is worth there.
            let effect = if weight < 0 { Effect::Allow } else { Effect::Listed };
            let existing = self.imported.lists.iter().position(|list| list.zone == zone.as_str());
            let index = match existing {
                Some(index) => index,
                None => {
                    self.add(List { weight: 0, ..List::of_user(zone.as_str()) }, number);
                    self.imported.lists.len() - 1
                }
            };
            let pattern = pattern.unwrap_or("127.*.*.*").replace(';', "..");
            let matcher = pattern.parse().map_err(|error: super::MatcherError| error.to_string())?;
            let meaning = format!("postscreen weight {weight}");
            self.imported.lists[index].codes.push(Code {
                matcher,
                meaning,
                effect,
                points,
                message: None,
                header: None,
            });
        }
        Ok(())
    }

    fn zone(&mut self, line: &str, number: usize) -> Result<(), String> {
        let zone = line.split_whitespace().next().unwrap_or_default().trim_end_matches([',', ';']);
        let name: Domain = zone.parse().map_err(|error| format!("\"{zone}\" is no zone: {error}"))?;
        self.add(List::of_user(name.as_str()), number);
        Ok(())
    }

    fn add(&mut self, list: List, line: usize) {
        if let Some(known) = find(&list.zone).filter(|known| known.status.is_retired()) {
            let since = known.since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
            let note = known.note.as_deref().unwrap_or_default();
            let remark = format!("line {line}: {} is out of service{since}. {note}", list.zone);
            self.imported.remarks.push(remark.trim_end().to_owned());
        }
        self.imported.lists.push(list);
    }
}

/// The value of a main.cf setting.
fn setting<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.strip_prefix(name)?.trim_start().strip_prefix('=').map(str::trim)
}

fn has_field(line: &str, name: &str) -> bool {
    line.split(',').any(|part| part.split_once('=').is_some_and(|(key, _)| key.trim().eq_ignore_ascii_case(name)))
}

impl Imported {
    /// The lists as a configuration file of this program.
    pub fn to_config(&self) -> String {
        let mut text = String::new();
        for remark in &self.remarks {
            push(&mut text, format_args!("# {}", remark.replace('\n', " ")));
        }
        if let Some(threshold) = self.threshold {
            push(&mut text, format_args!("threshold = {threshold}"));
        }
        if self.sums {
            push(&mut text, format_args!("scoring = \"sum\""));
        }
        for list in &self.lists {
            let key = if list.zone.contains('%') { "expression" } else { "zone" };
            push(&mut text, format_args!("\n[[list]]\n{key} = {}", quoted(&list.zone)));
            if !list.kinds.is_empty() {
                let kinds: Vec<String> = list.kinds.iter().map(|kind| quoted(kind.as_str())).collect();
                push(&mut text, format_args!("kinds = [{}]", kinds.join(", ")));
            }
            push(&mut text, format_args!("points = {}", list.weight));
            for code in &list.codes {
                push(&mut text, format_args!("\n[[list.codes]]\nmatch = {}", quoted(&code.matcher.to_string())));
                push(&mut text, format_args!("points = {}", code.points));
                if code.effect == Effect::Allow {
                    push(&mut text, format_args!("effect = \"allow\""));
                }
                match &code.message {
                    Some(message) => push(&mut text, format_args!("message = {}", quoted(message))),
                    None => push(&mut text, format_args!("meaning = {}", quoted(&code.meaning))),
                }
                if let Some(header) = &code.header {
                    push(&mut text, format_args!("header = {}", quoted(header)));
                }
            }
        }
        text
    }
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAILTRAQ: &str = "\
%4.%3.%2.%1.bl.example.net
Response=127.0.0.2,Points=101,Message=Blocked as Relay,Header= 127.0.0.2 Blocked as Relay
Response=127.0.0.3
  %=0
  Message=Dial-up, accepted
Response=127.*.*.*,%=51
";

    #[test]
    fn mailtraq_rules_run_to_the_next_response() {
        let imported = read(MAILTRAQ, "rules.txt").expect("an import");
        assert_eq!((imported.threshold, imported.sums), (Some(101), true));
        let list = &imported.lists[0];
        assert_eq!(list.zone, "bl.example.net");
        let points: Vec<u32> = list.codes.iter().map(|code| code.points).collect();
        assert_eq!(points, [101, 0, 51]);
        assert_eq!(list.codes[0].header.as_deref(), Some("127.0.0.2 Blocked as Relay"));
        assert_eq!(list.codes[1].message.as_deref(), Some("Dial-up, accepted"));
    }

    #[test]
    fn postscreen_sites_keep_their_patterns_and_weights() {
        let text = "postscreen_dnsbl_threshold = 3\npostscreen_dnsbl_sites =\n  zen.spamhaus.org=127.0.0.[4..7]*6,\n  \
                    psbl.surriel.com*2\n  list.dnswl.org=127.0.[0..255].1*-2\n";
        let imported = read(text, "main.cf").expect("an import");
        assert_eq!(imported.threshold, Some(3));
        assert_eq!(imported.lists.len(), 3);
        assert_eq!(imported.lists[0].codes[0].matcher.to_string(), "127.0.0.[4..7]");
        assert_eq!(imported.lists[0].codes[0].points, 6);
        assert_eq!(imported.lists[2].codes[0].effect, Effect::Allow);
    }

    #[test]
    fn plain_zones_are_read_one_a_line() {
        let imported = read("# mine\nbl.example.net\nbl.example.org  # second\n", "zones").expect("an import");
        assert_eq!(imported.lists.len(), 2);
        assert_eq!(imported.lists[0].weight, 100);
    }

    #[test]
    fn error_names_file_and_line() {
        let error = |text: &str| read(text, "f").expect_err("a fault").to_string();
        assert_eq!(error("\nResponse=127.0.0.2\n"), "f:2: a Response stands before any look-up expression");
        assert!(error("%4.%3.%2.%1.bl.example\nResponse=1.2\n").starts_with("f:2: \"1.2\" is no answer pattern"));
        assert!(error("%4.%3.%2.%1.bl.example\nResponse=127.0.0.2,Points=x\n").starts_with("f:2: \"x\" is no number"));
        assert!(error("bl..example\n").starts_with("f:1: \"bl..example\" is no zone"));
        assert_eq!(error(""), "f:1: no list was found");
    }

    #[test]
    fn retired_lists_are_pointed_out() {
        for zone in ["relays.osirusoft.com", "dnsbl.sorbs.net"] {
            let imported = read(zone, "f").expect("an import");
            assert_eq!(imported.remarks.len(), 1, "{zone} {:?}", imported.remarks);
        }
    }

    #[test]
    fn import_becomes_a_configuration_that_is_read_back() {
        let imported = read(MAILTRAQ, "rules.txt").expect("an import");
        let text = imported.to_config();
        let file = crate::config::File::parse(&text, "f").expect("a file");
        let mut settings = crate::cli::Global::default_settings();
        file.apply(&text, "f", &mut settings, &Default::default()).expect("applies");
        assert_eq!(settings.threshold, 101);
        assert_eq!(settings.lists[0].codes, imported.lists[0].codes);
    }
}
