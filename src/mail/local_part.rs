//! The local part of a mailbox: a dot-string or a quoted string (RFC 5321 §4.1.2).

/// Octets that every server takes. RFC 5321 §4.5.3.1.1.
pub const MAX_OCTETS: usize = 64;

/// Why a text is not the local part of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing at all.
    #[error("nothing stands before the @")]
    Empty,
    /// A route in front of the mailbox (RFC 5321 appendix C).
    #[error("a source route stands in front of the mailbox")]
    SourceRoute,
    /// A dot before the first atom.
    #[error("it begins with a dot")]
    LeadingDot,
    /// A dot behind the last atom.
    #[error("it ends with a dot")]
    TrailingDot,
    /// Two dots together.
    #[error("two dots stand together")]
    Dots,
    /// An `@` outside quotes.
    #[error("it has an @, which stands in quotes only")]
    At,
    /// A character that no atom has.
    #[error("{0:?} stands in quotes only")]
    Unquoted(char),
    /// A control character, which stands nowhere.
    #[error("it has the control character {0:?}")]
    Control(char),
    /// A quotation mark that neither begins nor ends it.
    #[error("quotation marks enclose the whole local part or nothing")]
    Quotes,
    /// A quoted string without its end.
    #[error("the closing quotation mark is missing")]
    Unclosed,
}

/// Everything that is wrong with a local part, each kind once; nothing if it is one. Letters beyond ASCII are taken,
/// as RFC 6531 §3.3 allows.
pub fn faults(text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut add = |fault: Fault| {
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    };
    if text.is_empty() {
        add(Fault::Empty);
    } else if let Some(rest) = text.strip_prefix('"') {
        quoted(rest, &mut add);
    } else if text.starts_with('@') && text.contains(':') {
        add(Fault::SourceRoute);
    } else {
        dotted(text, &mut add);
    }
    faults
}

/// A local part as a quoted string, which may hold any printable text.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for next in text.chars() {
        if matches!(next, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(next);
    }
    quoted.push('"');
    quoted
}

/// What stands behind the opening quotation mark.
fn quoted(rest: &str, add: &mut impl FnMut(Fault)) {
    let mut characters = rest.chars();
    while let Some(next) = characters.next() {
        match next {
            '"' if characters.as_str().is_empty() => return,
            '"' => return add(Fault::Quotes),
            '\\' => match characters.next() {
                None => return add(Fault::Unclosed),
                Some(escaped) if escaped.is_control() => add(Fault::Control(escaped)),
                Some(_) => {}
            },
            _ if next.is_control() => add(Fault::Control(next)),
            _ => {}
        }
    }
    add(Fault::Unclosed);
}

/// `Atom *("." Atom)`
fn dotted(text: &str, add: &mut impl FnMut(Fault)) {
    if text.starts_with('.') {
        add(Fault::LeadingDot);
    }
    if text.ends_with('.') {
        add(Fault::TrailingDot);
    }
    if text.contains("..") {
        add(Fault::Dots);
    }
    for next in text.chars().filter(|next| *next != '.' && !is_atext(*next)) {
        add(match next {
            '@' => Fault::At,
            '"' => Fault::Quotes,
            _ if next.is_control() => Fault::Control(next),
            _ => Fault::Unquoted(next),
        });
    }
}

/// RFC 5322 §3.2.3, with what RFC 6531 §3.3 adds.
fn is_atext(next: char) -> bool {
    next.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(next) || !next.is_ascii() && !next.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_strings_and_quoted_strings_are_local_parts() {
        for text in [
            "jane",
            "jane.doe",
            "o'brien",
            "a+b=c",
            "SRS0=HHH=TT=example.org=jane",
            "\"user..name\"",
            "\".x.\"",
            "\" \"",
            "\"\"",
            "\"a@b\"",
            r#""a\"b\\""#,
            "jörg",
        ] {
            assert_eq!(faults(text), [], "{text}");
        }
    }

    #[test]
    fn faults_are_told_apart() {
        for (text, fault) in [
            ("", Fault::Empty),
            (".user", Fault::LeadingDot),
            ("xxx.yyy.", Fault::TrailingDot),
            ("user..name", Fault::Dots),
            ("a@b", Fault::At),
            ("@relay.example:jane", Fault::SourceRoute),
            ("jane doe", Fault::Unquoted(' ')),
            ("jane,doe", Fault::Unquoted(',')),
            ("a\rb", Fault::Control('\r')),
            ("\"a\nb\"", Fault::Control('\n')),
            ("\"a\"b", Fault::Quotes),
            ("a\"b\"", Fault::Quotes),
            ("\"a", Fault::Unclosed),
            ("\"a\\\"", Fault::Unclosed),
        ] {
            assert_eq!(faults(text), [fault], "{text:?}");
        }
        assert_eq!(faults("."), [Fault::LeadingDot, Fault::TrailingDot]);
    }

    proptest::proptest! {
        #[test]
        fn every_printable_text_can_be_quoted(text in "[ -~é]{0,40}") {
            proptest::prop_assert_eq!(faults(&quote(&text)), []);
        }

        #[test]
        fn atoms_with_single_dots_are_a_local_part(atoms in proptest::collection::vec("[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,8}", 1..6)) {
            proptest::prop_assert_eq!(faults(&atoms.join(".")), []);
        }

        #[test]
        fn no_local_part_without_faults_breaks_a_line(text in "\\PC{0,20}|[\u{0}-\u{9f}]{0,20}") {
            proptest::prop_assert!(!faults(&text).is_empty() || !text.contains(['\r', '\n', '\0']));
        }
    }
}
