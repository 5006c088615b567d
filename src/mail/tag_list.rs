//! Tag lists such as `v=DKIM1; k=rsa; p=…` (RFC 6376 §3.2), which DKIM and DMARC share.
//!
//! The list is read to its end whatever is wrong with it: each fault is noted with its column.

/// A tag list, as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagList {
    /// The tags, in the order of the text, duplicates too.
    pub tags: Vec<Tag>,
    /// What is wrong with the text, in its order.
    pub faults: Vec<Fault>,
}

/// One tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The name as written; names are case-sensitive (RFC 6376 §3.2).
    pub name: String,
    /// The value without the white space around it.
    pub value: String,
    /// The column of the name, counted in characters from 1.
    pub column: usize,
}

/// A place where the text is not a tag list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The column, counted in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub kind: FaultKind,
}

/// What can be wrong with a tag list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// Nothing between two semicolons.
    #[error("nothing stands between two semicolons")]
    Empty,
    /// A part without an equals sign.
    #[error("\"{0}\" has no equals sign")]
    NoEquals(String),
    /// A name that is none.
    #[error("\"{0}\" is no tag name")]
    Name(String),
    /// A character that no value may hold.
    #[error("the character {0:?} cannot stand in a value")]
    Character(char),
    /// A name that stood before.
    #[error("the tag {0} is there twice")]
    Duplicate(String),
    /// The text is too long, or has too many tags, to be read to its end.
    #[error("the rest is too long to be read")]
    TooLong,
}

/// A text longer than this is not read to its end: no record in the DNS has more octets.
const MAX_TEXT: usize = 65_535;
/// A list with more tags than this is not read to its end.
const MAX_TAGS: usize = 128;
/// A faulty part is quoted up to this many characters.
const MAX_QUOTE: usize = 40;

impl TagList {
    /// Reads a text.
    pub fn parse(text: &str) -> TagList {
        let mut list = TagList::default();
        let mut column = 1;
        let mut end = text.len().min(MAX_TEXT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let parts: Vec<&str> = text[..end].split(';').collect();
        let last = parts.len() - 1;
        for (index, part) in parts.into_iter().enumerate() {
            let start = column + part.chars().take_while(|character| is_white(*character)).count();
            column += part.chars().count() + 1;
            let part = part.trim_matches(is_white);
            if part.is_empty() {
                // One semicolon may end the list.
                if index != last {
                    list.fault(start, FaultKind::Empty);
                }
                continue;
            }
            if list.tags.len() == MAX_TAGS {
                list.fault(start, FaultKind::TooLong);
                return list;
            }
            list.read(part, start);
        }
        if end < text.len() {
            list.fault(column, FaultKind::TooLong);
        }
        list
    }

    /// The first tag of this name.
    pub fn tag(&self, name: &str) -> Option<&Tag> {
        self.tags.iter().find(|tag| tag.name == name)
    }

    /// The value of the first tag of this name.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.tag(name).map(|tag| tag.value.as_str())
    }

    fn read(&mut self, part: &str, column: usize) {
        let Some((name, value)) = part.split_once('=') else {
            return self.fault(column, FaultKind::NoEquals(quote(part)));
        };
        let value_column = column + name.chars().count() + 1;
        let name = name.trim_end_matches(is_white);
        if !is_name(name) {
            return self.fault(column, FaultKind::Name(quote(name)));
        }
        // RFC 6376 §3.2: VALCHAR is every printing ASCII character but the semicolon; white space folds.
        let odd = value.chars().enumerate().find(|(_, next)| !(next.is_ascii_graphic() || is_white(*next)));
        if let Some((offset, character)) = odd {
            self.fault(value_column + offset, FaultKind::Character(character));
        }
        if self.tag(name).is_some() {
            self.fault(column, FaultKind::Duplicate(name.to_owned()));
        }
        let value = value.trim_matches(is_white).to_owned();
        self.tags.push(Tag { name: name.to_owned(), value, column });
    }

    fn fault(&mut self, column: usize, kind: FaultKind) {
        self.faults.push(Fault { column, kind });
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "column {}: {}", self.column, self.kind)
    }
}

/// RFC 6376 §3.2: a letter, then letters, digits and underscores.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_white(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

fn quote(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        TagList::parse(text).tags.into_iter().map(|tag| (tag.name, tag.value)).collect()
    }

    fn faults(text: &str) -> Vec<(usize, FaultKind)> {
        TagList::parse(text).faults.into_iter().map(|fault| (fault.column, fault.kind)).collect()
    }

    #[test]
    fn key_record_of_rfc_6376_is_read() {
        // RFC 6376 §3.6.1 and appendix C.
        let expected = [("v", "DKIM1"), ("p", "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQ")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs("v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQ"), expected);
        assert_eq!(pairs("\tv = DKIM1 ;\r\n p\t=\tMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQ;  "), expected);
        assert_eq!(faults("v=DKIM1; p=MIGf;"), []);
    }

    #[test]
    fn value_keeps_its_inner_white_space_and_its_equals_signs() {
        assert_eq!(pairs("p=AB CD==; n="), [("p".into(), "AB CD==".into()), ("n".into(), String::new())]);
    }

    #[test]
    fn faults_are_noted_with_their_columns() {
        assert_eq!(faults("v=1;; x"), [(5, FaultKind::Empty), (7, FaultKind::NoEquals("x".into()))]);
        assert_eq!(faults("1a=b"), [(1, FaultKind::Name("1a".into()))]);
        assert_eq!(faults("=b"), [(1, FaultKind::Name(String::new()))]);
        assert_eq!(faults("é=1; v=ü"), [(1, FaultKind::Name("é".into())), (8, FaultKind::Character('ü'))]);
        assert_eq!(faults("v=1; V=2; v=3"), [(11, FaultKind::Duplicate("v".into()))]);
    }

    #[test]
    fn first_of_two_equal_tags_is_found() {
        let list = TagList::parse("p=1;p=2");
        assert_eq!((list.value("p"), list.tags.len()), (Some("1"), 2));
    }

    #[test]
    fn hostile_text_is_read_within_bounds() {
        let many = TagList::parse(&"a=1;".repeat(100_000));
        assert_eq!(many.tags.len(), MAX_TAGS);
        assert_eq!(many.faults.last().map(|fault| &fault.kind), Some(&FaultKind::TooLong));
        assert!(TagList::parse(&"ü".repeat(70_000)).faults.len() <= 2);
    }
}
