//! Which of a domain's TXT records is its SPF record (RFC 7208 §4.5).

/// What the TXT records of a domain hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection<'a> {
    /// No SPF record.
    None,
    /// Exactly one.
    One(&'a [u8]),
    /// More than one, which is a permerror.
    Several(Vec<&'a [u8]>),
}

/// Picks the SPF records out of TXT records, whose strings are joined without a space (RFC 7208 §3.3).
pub fn select(texts: &[Vec<u8>]) -> Selection<'_> {
    let mut found: Vec<&[u8]> = texts.iter().map(Vec::as_slice).filter(|text| is_record(text)).collect();
    match found.len() {
        0 => Selection::None,
        1 => Selection::One(found.remove(0)),
        _ => Selection::Several(found),
    }
}

/// Whether a text begins with `v=spf1`, in any case, followed by a space or nothing (RFC 7208 §4.5).
pub fn is_record(text: &[u8]) -> bool {
    let Some((version, rest)) = text.split_at_checked(VERSION.len()) else { return false };
    version.eq_ignore_ascii_case(VERSION) && rest.first().is_none_or(|next| *next == b' ')
}

/// What every record begins with.
pub(super) const VERSION: &[u8] = b"v=spf1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_ends_with_a_space_or_with_the_record() {
        for text in ["v=spf1", "v=spf1 ", "V=sPf1 -all"] {
            assert!(is_record(text.as_bytes()), "{text}");
        }
        for text in ["v=spf10", "v=spf1mx", " v=spf1 -all", "v=spf1\t-all", "v=spf", "", "v=spf1-all"] {
            assert!(!is_record(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn several_records_are_told_from_one_and_none() {
        let texts = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
        assert_eq!(select(&texts(&["other", "v=spf10"])), Selection::None);
        assert_eq!(select(&texts(&["v=spf10", "v=spf1 mx"])), Selection::One(b"v=spf1 mx"));
        assert!(
            matches!(select(&texts(&["v=spf1 -all", "V=SPF1 -all"])), Selection::Several(found) if found.len() == 2)
        );
    }
}
