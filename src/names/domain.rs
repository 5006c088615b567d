//! Domain names, parsed once: A-labels, lower case, without the trailing dot.

use std::fmt;
use std::str::FromStr;

/// A domain name in its A-label form, lower case, without the trailing dot.
///
/// Labels may hold underscores, since names such as `_dmarc.example.com` are asked about too;
/// [`Domain::is_host_name`] tells whether the name obeys the stricter rule for hosts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(Box<str>);

/// The longest name in its dotted form (RFC 1035 §2.3.4: 255 octets on the wire).
const MAX_NAME: usize = 253;
/// The longest label (RFC 1035 §2.3.4).
const MAX_LABEL: usize = 63;

/// Why a text is not a domain name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    /// Nothing was given.
    #[error("the name is empty")]
    Empty,
    /// Two dots in a row, or a leading dot; the column counts characters from 1.
    #[error("the label at column {column} is empty")]
    EmptyLabel {
        /// Position of the missing label.
        column: usize,
    },
    /// A label of more than 63 octets.
    #[error("the label \"{label}\" has {length} octets, at most 63 are allowed")]
    LongLabel {
        /// The label, shortened.
        label: String,
        /// Its length in octets.
        length: usize,
    },
    /// A name of more than 253 octets.
    #[error("the name has {length} octets, at most 253 are allowed")]
    LongName {
        /// Its length in octets.
        length: usize,
    },
    /// A character that no domain name may hold; the column counts characters from 1.
    #[error("the character {character:?} at column {column} cannot stand in a domain name")]
    Character {
        /// The character.
        character: char,
        /// Its position.
        column: usize,
    },
    /// A name that IDNA (RFC 5891) refuses.
    #[error("the internationalised name is not valid under IDNA")]
    Idna,
}

impl Domain {
    /// The A-label form, as it is asked in the DNS.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The U-label form, as people read it.
    pub fn unicode(&self) -> String {
        idna::domain_to_unicode(&self.0).0
    }

    /// The labels from left to right.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('.')
    }

    /// The name without its leftmost label, or `None` for a top-level domain.
    pub fn parent(&self) -> Option<Domain> {
        self.0.split_once('.').map(|(_, rest)| Domain(rest.into()))
    }

    /// The domain directly below the public suffix (the "registrable" or organisational domain), or
    /// `None` if the name is itself a public suffix.
    pub fn registrable(&self) -> Option<Domain> {
        psl::domain_str(&self.0).map(|name| Domain(name.into()))
    }

    /// The domain that somebody registered, or the name itself if it is a public suffix: one organisation holds what
    /// stands below it.
    pub fn organisation(&self) -> Domain {
        self.registrable().unwrap_or_else(|| self.clone())
    }

    /// Whether both names belong to one organisation.
    pub fn is_kin_of(&self, other: &Domain) -> bool {
        self.organisation() == other.organisation()
    }

    /// Whether every label is letters, digits and inner hyphens (RFC 1123 §2.1).
    pub fn is_host_name(&self) -> bool {
        self.labels().all(|label| {
            label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
    }

    /// This name with another one in front of it.
    ///
    /// # Errors
    /// [`DomainError`] if the result is too long or `prefix` is not made of labels.
    pub fn prefixed(&self, prefix: &str) -> Result<Domain, DomainError> {
        format!("{prefix}.{self}").parse()
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Domain {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Err(DomainError::Empty);
        }
        let mut in_label = false;
        for (index, character) in text.chars().enumerate() {
            let column = index + 1;
            if is_dot(character) {
                if !in_label {
                    return Err(DomainError::EmptyLabel { column });
                }
                in_label = false;
                continue;
            }
            in_label = true;
            let allowed = if character.is_ascii() {
                character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
            } else {
                !character.is_control() && !character.is_whitespace()
            };
            if !allowed {
                return Err(DomainError::Character { character, column });
            }
        }
        if !in_label {
            return Err(DomainError::EmptyLabel { column: text.chars().count() });
        }
        let ascii = if text.is_ascii() {
            text.to_ascii_lowercase()
        } else {
            idna::domain_to_ascii(text).map_err(|_| DomainError::Idna)?
        };
        // The mapping turns some characters into ones that are refused above: a full-width solidus into a solidus.
        if ascii.bytes().any(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))) {
            return Err(DomainError::Idna);
        }
        for label in ascii.split('.') {
            if label.is_empty() {
                return Err(DomainError::Idna);
            }
            if label.len() > MAX_LABEL {
                let label_start = label.chars().take(20).collect::<String>() + "…";
                return Err(DomainError::LongLabel { label: label_start, length: label.len() });
            }
        }
        if ascii.len() > MAX_NAME {
            return Err(DomainError::LongName { length: ascii.len() });
        }
        Ok(Domain(ascii.into_boxed_str()))
    }
}

/// The full stops that IDNA takes for a dot (UTS 46).
fn is_dot(character: char) -> bool {
    matches!(character, '.' | '\u{3002}' | '\u{FF0E}' | '\u{FF61}')
}

impl serde::Serialize for Domain {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(text: &str) -> Domain {
        text.parse().expect("a valid name")
    }

    #[test]
    fn trailing_dot_and_case_are_folded() {
        assert_eq!(domain("Mail.Example.COM.").as_str(), "mail.example.com");
    }

    #[test]
    fn internationalised_name_becomes_a_labels() {
        assert_eq!(domain("bücher.example").as_str(), "xn--bcher-kva.example");
        assert_eq!(domain("xn--bcher-kva.example").unicode(), "bücher.example");
        assert_eq!("example.com／24".parse::<Domain>(), Err(DomainError::Idna));
    }

    #[test]
    fn fault_is_named_with_its_column() {
        assert_eq!("a..b".parse::<Domain>(), Err(DomainError::EmptyLabel { column: 3 }));
        assert_eq!("ex ample.com".parse::<Domain>(), Err(DomainError::Character { character: ' ', column: 3 }));
        assert_eq!("".parse::<Domain>(), Err(DomainError::Empty));
        assert!(matches!("x".repeat(64).parse::<Domain>(), Err(DomainError::LongLabel { length: 64, .. })));
    }

    #[test]
    fn registrable_domain_follows_the_public_suffix_list() {
        assert_eq!(domain("a.b.example.co.uk").registrable(), Some(domain("example.co.uk")));
        assert_eq!(domain("co.uk").registrable(), None);
    }
}
