//! Mailtraq's look-up expressions and rules.

use super::{Fault, Imported, lines};
use crate::catalogue::{Code, Effect, List, Matcher, MatcherError, Scoring};

/// Mailtraq acts when the sum is greater than 100.
const THRESHOLD: u32 = 101;

/// Whether the text is Mailtraq's: it has an expression, or a rule without one.
pub(super) fn is_meant(text: &str) -> bool {
    lines(text).any(|(_, line)| is_expression(line) || has_field(line, "response"))
}

pub(super) fn read(text: &str) -> Result<Imported, Fault> {
    let mut reader = Reader::default();
    let mut last = 1;
    for (number, line) in lines(text) {
        last = number;
        let read = match is_expression(line) {
            true => reader.expression(line, number),
            false if reader.rule.is_some() || has_field(line, "response") => reader.fields(line, number),
            false => Err(format!("\"{line}\" is neither an expression nor a rule")),
        };
        read.map_err(Fault::at(number))?;
    }
    reader.end_rule().map_err(Fault::at(last))?;
    Ok(reader.imported)
}

fn is_expression(line: &str) -> bool {
    line.contains("%1") || line.contains("%2")
}

fn has_field(line: &str, name: &str) -> bool {
    line.split(',').any(|part| part.split_once('=').is_some_and(|(key, _)| key.trim().eq_ignore_ascii_case(name)))
}

#[derive(Default)]
struct Reader {
    imported: Imported,
    rule: Option<Rule>,
}

/// A rule whose fields are still coming.
struct Rule {
    line: usize,
    matcher: Matcher,
    points: Option<i32>,
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
    /// A look-up expression, with or without a name in front of it and rules behind it.
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
        self.imported.threshold = Some(THRESHOLD);
        self.imported.scoring = Scoring::Sum;
        self.imported.remark_on(&list, number);
        self.imported.lists.push(list);
        if rules.is_empty() { Ok(()) } else { self.fields(rules, number) }
    }

    /// Fields of rules: they part at commas and line ends, and a rule runs to the next `Response=`.
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
                    let points: u16 = value.parse().map_err(|_| format!("\"{value}\" is no number of points"))?;
                    rule.points = Some(points.into());
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
        let matcher = value.parse().map_err(|error: MatcherError| error.to_string())?;
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
}
