//! Lists in the forms of other programs: Mailtraq's expressions and rules, Postfix's main.cf, plain zones.

mod mailtraq;
mod postfix;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::keys::{self, PLACEHOLDER, Secret};
use super::{Effect, List, Scoring, find};
use crate::names::domain::Domain;

/// What a file held.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The lists, in the file's order.
    pub lists: Vec<List>,
    /// Points that refuse mail, if the file's program has its own idea of them.
    pub threshold: Option<u32>,
    /// How that program counts.
    pub scoring: Scoring,
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

/// What is wrong with a line, before the file's name is put to it.
struct Fault {
    line: usize,
    why: String,
}

impl Fault {
    fn at(line: usize) -> impl Fn(String) -> Fault {
        move |why| Fault { line, why }
    }
}

/// Reads a file's text; `file` appears in errors.
///
/// # Errors
/// [`ImportError`] with file and line.
pub fn read(text: &str, file: &str) -> Result<Imported, ImportError> {
    let imported = if mailtraq::is_meant(text) {
        mailtraq::read(text)
    } else if postfix::is_meant(text) {
        postfix::read(text)
    } else {
        zones(text)
    };
    let last = text.lines().count().max(1);
    imported
        .and_then(|imported| match imported.lists.is_empty() {
            true => Err(Fault { line: last, why: "no list was found".to_owned() }),
            false => Ok(imported),
        })
        .map_err(|Fault { line, why }| ImportError { file: file.to_owned(), line, why })
}

/// Lines that say something, with their numbers. Mailtraq and plain lists have two marks of a comment.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', ';']))
}

/// One zone or postscreen site a line.
fn zones(text: &str) -> Result<Imported, Fault> {
    let mut imported = Imported::default();
    for (number, line) in lines(text) {
        let line = line.split_once(" #").map_or(line, |(zone, _)| zone).trim().trim_end_matches([',', ';']);
        if line.contains(['=', '*']) {
            postfix::site(&mut imported, line, number)?;
            continue;
        }
        let list = imported.list(line, number)?;
        // A single word is a heading or a keyword of another program's file.
        if list.zone.split('.').count() < 2 {
            let why = format!("\"{}\" is neither a zone nor anything else that is understood", keys::hidden(line));
            return Err(Fault { line: number, why });
        }
    }
    Ok(imported)
}

impl Imported {
    /// The list with this zone, which is added if it is not there yet.
    fn list(&mut self, zone: &str, line: usize) -> Result<&mut List, Fault> {
        let shown = keys::hidden(zone);
        let name: Domain =
            zone.parse().map_err(|error| Fault { line, why: format!("\"{shown}\" is no zone: {error}") })?;
        let named = List::named(name.as_str());
        let place = self.lists.iter().position(|list| list.zone == named.zone);
        if let Some(place) = place {
            if self.lists[place].secret != named.secret {
                let why = format!("{} stands there with another key than before", named.zone);
                return Err(Fault { line, why });
            }
            return Ok(&mut self.lists[place]);
        }
        self.remark_on(&named, line);
        let id = if named.keyed { named.id } else { named.zone.clone() };
        self.lists.push(List { id, keyed: named.keyed, secret: named.secret, ..List::of_user(&named.zone) });
        let last = self.lists.len() - 1;
        Ok(&mut self.lists[last])
    }

    fn remark_on(&mut self, list: &List, line: usize) {
        if let Some(known) = find(&list.zone).filter(|known| known.status.is_retired()) {
            let since = known.since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
            let note = known.note.as_deref().unwrap_or_default();
            let remark = format!("line {line}: {} is out of service{since}. {note}", list.zone);
            self.remarks.push(remark.trim_end().to_owned());
        }
    }

    /// The keys that stood in zones, by the id under which a configuration has them.
    pub fn keys(&self) -> BTreeMap<&str, &Secret> {
        self.lists.iter().filter_map(|list| Some((list.id.as_str(), list.secret.as_ref()?))).collect()
    }

    /// The variables of the environment that a configuration without keys reads them from, by list id.
    pub fn key_variables(&self) -> BTreeMap<&str, String> {
        self.keys().into_keys().map(|id| (id, variable(id))).collect()
    }

    /// The lists as a configuration file of this program. Keys are written in it only where nobody else reads
    /// them; elsewhere they are named as variables of the environment.
    pub fn to_config(&self, with_keys: bool) -> String {
        let mut text = String::new();
        for remark in &self.remarks {
            push(&mut text, format_args!("# {}", remark.replace('\n', " ")));
        }
        if let Some(threshold) = self.threshold {
            push(&mut text, format_args!("threshold = {threshold}"));
        }
        match self.scoring {
            Scoring::Highest => {}
            Scoring::Sum => push(&mut text, format_args!("scoring = \"sum\"")),
            Scoring::Postscreen => push(&mut text, format_args!("scoring = \"postscreen\"")),
        }
        let keys = self.keys();
        if !keys.is_empty() {
            push(&mut text, format_args!("\n[keys]"));
        }
        for (id, secret) in keys {
            let value = if with_keys { secret.expose().to_owned() } else { format!("env:{}", variable(id)) };
            let bare = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let id = if bare { id.to_owned() } else { quoted(id) };
            push(&mut text, format_args!("{id} = {}", quoted(&value)));
        }
        for list in &self.lists {
            push_list(&mut text, list);
        }
        text
    }
}

/// The variable of the environment that holds the key of a list.
fn variable(id: &str) -> String {
    let name = id.replace(PLACEHOLDER, "").to_ascii_uppercase();
    let name: String = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    format!("{}_KEY", name.trim_matches('_'))
}

fn push_list(text: &mut String, list: &List) {
    let key = if list.zone.contains('%') { "expression" } else { "zone" };
    push(text, format_args!("\n[[list]]\n{key} = {}", quoted(&list.zone)));
    if !list.kinds.is_empty() {
        let kinds: Vec<String> = list.kinds.iter().map(|kind| quoted(kind.as_str())).collect();
        push(text, format_args!("kinds = [{}]", kinds.join(", ")));
    }
    push(text, format_args!("points = {}", list.weight));
    for code in &list.codes {
        push(text, format_args!("\n[[list.codes]]\nmatch = {}", quoted(&code.matcher.to_string())));
        push(text, format_args!("points = {}", code.points));
        if code.effect == Effect::Allow {
            push(text, format_args!("effect = \"allow\""));
        }
        match &code.message {
            Some(message) => push(text, format_args!("message = {}", quoted(message))),
            None if code.meaning.is_empty() => {}
            None => push(text, format_args!("meaning = {}", quoted(&code.meaning))),
        }
        if let Some(header) = &code.header {
            push(text, format_args!("header = {}", quoted(header)));
        }
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
        assert_eq!((imported.threshold, imported.scoring), (Some(101), Scoring::Sum));
        let list = &imported.lists[0];
        assert_eq!(list.zone, "bl.example.net");
        let points: Vec<i32> = list.codes.iter().map(|code| code.points).collect();
        assert_eq!(points, [101, 0, 51]);
        assert_eq!(list.codes[0].header.as_deref(), Some("127.0.0.2 Blocked as Relay"));
        assert_eq!(list.codes[1].message.as_deref(), Some("Dial-up, accepted"));
    }

    #[test]
    fn sites_without_a_main_cf_are_read_one_a_line() {
        let imported =
            read("zen.spamhaus.org=127.0.0.[4..7]*6\nlist.dnswl.org=127.0.[0..255].1*-2\n", "f").expect("an import");
        assert_eq!((imported.threshold, imported.scoring), (Some(1), Scoring::Postscreen));
        assert_eq!((imported.lists[1].codes[0].effect, imported.lists[1].codes[0].points), (Effect::Allow, -2));
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
        assert!(error("header RCVD_IN_X eval:check_rbl\n").starts_with("f:1: \"header RCVD"));
        assert!(error("rbls\n").starts_with("f:1: \"rbls\" is neither a zone"));
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
        let text = imported.to_config(true);
        let file = crate::config::File::parse(&text, "f").expect("a file");
        let mut settings = crate::cli::Global::default_settings();
        file.apply(&text, "f", &mut settings, &Default::default()).expect("applies");
        assert_eq!(settings.threshold, 101);
        assert_eq!(settings.lists[0].codes, imported.lists[0].codes);
    }

    #[test]
    fn key_of_a_zone_stands_by_itself_and_is_shown_nowhere_else() {
        let key = "abcdefghijklmnop12345678";
        let text = format!("postscreen_dnsbl_sites = {key}.zen.dq.spamhaus.net=127.0.0.[4..7]*6 {key}.bl.example*2\n");
        let imported = read(&text, "main.cf").expect("an import");
        assert!(!format!("{imported:?}").contains(key));
        let shown = imported.to_config(false);
        assert!(!shown.contains(key), "{shown}");
        assert!(shown.contains("spamhaus-dqs-zen = \"env:SPAMHAUS_DQS_ZEN_KEY\""), "{shown}");
        let text = imported.to_config(true);
        let file = crate::config::File::parse(&text, "f").expect("a file");
        let mut settings = crate::cli::Global::default_settings();
        file.apply(&text, "f", &mut settings, &Default::default()).expect("applies");
        assert_eq!(settings.keys["spamhaus-dqs-zen"].expose(), key);
        assert_eq!(settings.keys["{key}.bl.example"].expose(), key);
        assert!(settings.lists.iter().all(|list| list.keyed));
        let error =
            read(&format!("postscreen_dnsbl_sites = {key}.zen.dq.spamhaus.net=1*x\n"), "f").expect_err("a fault");
        assert!(!error.to_string().contains(key), "{error}");
    }

    #[test]
    fn two_keys_for_one_list_are_a_fault() {
        let error = read("a.zen.dq.spamhaus.net*1\nb.zen.dq.spamhaus.net*1\n", "f").expect_err("a fault");
        assert_eq!(error.to_string(), "f:2: {key}.zen.dq.spamhaus.net stands there with another key than before");
    }
}
