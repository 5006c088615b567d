//! Records of fields such as `v=STSv1; id=…`, which MTA-STS (RFC 8461 §3.1) and TLS-RPT (RFC 8460 §3) share.
//!
//! Unlike a tag list of RFC 6376 such a record has white space around its semicolons only, and a name may stand
//! twice. It is read to its end whatever is wrong with it: each fault is noted with its column.

/// A record, as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FieldList {
    /// The fields behind the version, in the order of the text, those of one name too.
    pub(super) fields: Vec<Field>,
    /// What is wrong with the text, in its order.
    pub(super) faults: Vec<Fault>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// The name as written; names are case-sensitive.
    pub(super) name: String,
    /// The value as written.
    pub(super) value: String,
}

/// A place where the text is not a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The column, counted in characters from 1.
    pub(super) column: usize,
    /// What is wrong there.
    pub(super) kind: FaultKind,
}

/// What can be wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum FaultKind {
    /// Nothing between two semicolons.
    #[error("nothing stands between two semicolons")]
    Empty,
    /// A part without an equals sign.
    #[error("\"{0}\" has no equals sign")]
    NoEquals(String),
    /// A name that is none.
    #[error("\"{0}\" is not a field name")]
    Name(String),
    /// White space in front of an equals sign or behind it.
    #[error("white space stands beside the equals sign of {0}")]
    Blank(String),
    /// White space behind the last field.
    #[error("white space stands at the end, without a semicolon")]
    End,
    /// The text is too long, or has too many fields, to be read to its end.
    #[error("the rest is too long to be read")]
    TooLong,
}

/// A text longer than this is not read to its end: no record in the DNS has more octets.
const MAX_TEXT: usize = 65_535;
/// A record with more fields than this is not read to its end.
const MAX_FIELDS: usize = 128;
/// A faulty part is quoted up to this many characters.
const MAX_QUOTE: usize = 40;

/// How a text begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// With the version and its semicolon.
    Exact,
    /// With white space between them, which only the grammar allows (`*WSP ";" *WSP`).
    Spaced,
    /// In another way.
    Other,
}

/// How a text begins, compared with a version such as `v=STSv1`.
pub(super) fn start(text: &str, version: &str) -> Start {
    let Some(rest) = text.strip_prefix(version) else { return Start::Other };
    match rest.trim_start_matches(WHITE) {
        spaced if !spaced.starts_with(';') => Start::Other,
        spaced if spaced.len() < rest.len() => Start::Spaced,
        _ => Start::Exact,
    }
}

/// The records of a version among the texts of a name. A text that stands alone need only keep the grammar; of
/// several those are discarded that do not begin with the version and a semicolon (RFC 8461 §3.1, RFC 8460 §3).
pub(super) fn records<'a, T>(texts: &'a [T], text: impl Fn(&T) -> &str, version: &str) -> Vec<&'a T> {
    let is_alone = texts.len() == 1;
    let is_record = |one: &&T| match start(text(one), version) {
        Start::Exact => true,
        Start::Spaced => is_alone,
        Start::Other => false,
    };
    texts.iter().filter(is_record).collect()
}

/// A text without the white space between its version and its first semicolon.
pub(super) fn unspaced(text: &str, version: &str) -> String {
    let rest = text.strip_prefix(version).unwrap_or_default();
    format!("{version}{}", rest.trim_start_matches(WHITE))
}

impl FieldList {
    /// Reads the fields of a text behind its version.
    pub(super) fn parse(text: &str, version: &str) -> FieldList {
        let mut list = FieldList::default();
        let mut end = text.len().min(MAX_TEXT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let rest = text[..end].strip_prefix(version).unwrap_or(&text[..end]);
        let rest = rest.trim_start_matches(WHITE);
        let mut column = text[..end].chars().count() - rest.chars().count() + 1;
        let parts: Vec<&str> = rest.strip_prefix(';').unwrap_or(rest).split(';').collect();
        column += usize::from(rest.starts_with(';'));
        let last = parts.len() - 1;
        for (index, part) in parts.into_iter().enumerate() {
            let inner = part.trim_start_matches(WHITE);
            let start = column + part.chars().count() - inner.chars().count();
            column += part.chars().count() + 1;
            if inner.is_empty() {
                // One semicolon may end the record.
                if index != last {
                    list.fault(start, FaultKind::Empty);
                }
                continue;
            }
            if list.fields.len() == MAX_FIELDS {
                list.fault(start, FaultKind::TooLong);
                return list;
            }
            let field = inner.trim_end_matches(WHITE);
            if index == last && field.len() < inner.len() {
                list.fault(start + field.chars().count(), FaultKind::End);
            }
            list.read(field, start);
        }
        if end < text.len() {
            list.fault(column, FaultKind::TooLong);
        }
        list
    }

    /// The values of all fields of this name.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |field| field.name == name).map(|field| field.value.as_str())
    }

    fn read(&mut self, part: &str, column: usize) {
        let Some((name, value)) = part.split_once('=') else {
            return self.fault(column, FaultKind::NoEquals(quote(part)));
        };
        let bare = name.trim_end_matches(WHITE);
        if !is_name(bare) {
            return self.fault(column, FaultKind::Name(quote(name)));
        }
        if bare.len() < name.len() || value.starts_with(WHITE) {
            return self.fault(column, FaultKind::Blank(bare.to_owned()));
        }
        self.fields.push(Field { name: name.to_owned(), value: value.to_owned() });
    }

    fn fault(&mut self, column: usize, kind: FaultKind) {
        self.faults.push(Fault { column, kind });
    }
}

impl Field {
    /// What is wrong with the value of a field that only a later version knows (`1*(%x21-3A / %x3C / %x3E-7E)`).
    pub(super) fn fault(&self) -> Option<String> {
        if self.value.is_empty() {
            return Some(format!("{} has no value", self.name));
        }
        let odd = self.value.chars().find(|next| !next.is_ascii_graphic() || *next == '=')?;
        Some(format!("{}={}: the character {odd:?} cannot stand in a value", self.name, quote(&self.value)))
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "column {}: {}", self.column, self.kind)
    }
}

/// A letter or digit, then also underscores, hyphens and dots, 32 in all. The fields of a policy have such names too.
pub(super) fn is_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

/// WSP of RFC 5234.
const WHITE: [char; 2] = [' ', '\t'];

fn quote(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let list = FieldList::parse(text, "v=1");
        assert_eq!(list.faults, [], "{text}");
        list.fields.into_iter().map(|field| (field.name, field.value)).collect()
    }

    fn faults(text: &str) -> Vec<(usize, FaultKind)> {
        FieldList::parse(text, "v=1").faults.into_iter().map(|fault| (fault.column, fault.kind)).collect()
    }

    #[test]
    fn white_space_stands_around_semicolons() {
        let expected = [("a".to_owned(), "1".to_owned()), ("b-c.d_e".to_owned(), "2=3".to_owned())];
        for text in ["v=1;a=1;b-c.d_e=2=3", "v=1 \t; \ta=1\t ; b-c.d_e=2=3 ; ", "v=1; a=1; b-c.d_e=2=3;"] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn white_space_elsewhere_is_a_fault() {
        assert_eq!(faults("v=1; id = 12"), [(6, FaultKind::Blank("id".into()))]);
        assert_eq!(faults("v=1; id= 12"), [(6, FaultKind::Blank("id".into()))]);
        assert_eq!(faults("v=1; id=12 "), [(11, FaultKind::End)]);
    }

    #[test]
    fn faults_are_noted_with_their_columns() {
        assert_eq!(faults("v=1;; x"), [(5, FaultKind::Empty), (7, FaultKind::NoEquals("x".into()))]);
        assert_eq!(faults("v=1; =2; é=3"), [(6, FaultKind::Name(String::new())), (10, FaultKind::Name("é".into()))]);
    }

    #[test]
    fn text_that_stands_alone_may_have_white_space_before_its_first_semicolon() {
        let found =
            |texts: &[&'static str]| records(texts, |text| *text, "v=1").into_iter().copied().collect::<Vec<_>>();
        assert_eq!(found(&["v=1 ; a=1"]), ["v=1 ; a=1"]);
        assert_eq!(found(&["v=1 ; a=1", "v=1; a=2", "other"]), ["v=1; a=2"]);
        assert_eq!(found(&["v=1 ; a=1", "other"]), [""; 0]);
        assert_eq!(found(&["v=10; a=1"]), [""; 0]);
        assert_eq!(found(&[" v=1; a=1"]), [""; 0]);
    }

    proptest::proptest! {
        #[test]
        fn what_the_grammar_makes_is_read_without_a_fault(
            fields in proptest::collection::vec(("[A-Za-z0-9][A-Za-z0-9_.-]{0,31}", "[!-:<>-~]{1,20}"), 1..8),
            delimiters in proptest::collection::vec("[ \t]{0,2};[ \t]{0,2}", 9),
            ends in proptest::bool::ANY,
        ) {
            let mut text = "v=1".to_owned();
            for ((name, value), delimiter) in fields.iter().zip(&delimiters) {
                text.push_str(&format!("{delimiter}{name}={value}"));
            }
            if ends {
                text.push_str(&delimiters[8]);
            }
            proptest::prop_assert_eq!(read(&text), fields);
        }

        #[test]
        fn any_text_is_read_within_bounds(text in "(v=1)?[; =\ta-cé]{0,400}") {
            let list = FieldList::parse(&text, "v=1");
            proptest::prop_assert!(list.fields.len() <= MAX_FIELDS);
        }
    }
}
