//! A reply's text as it is compared: in one line, and without what only looks like words.

use std::sync::LazyLock;

use regex::Regex;

/// Characters of a text that are read; refusals are shorter.
pub const MAX_TEXT: usize = 1_000;

/// Codes of the further lines of one reply, which some reports leave in the middle of the text: `550-5.7.1 `.
static CONTINUATION: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"[ \t]*\r?\n[ \t]*(?:[245]\d\d[- ])?(?:[245]\.\d{1,3}\.\d{1,3}[ \t]+)?"));
/// The same where the lines were joined before: only a code that is repeated with a dash is one.
static JOINED: LazyLock<Regex> = LazyLock::new(|| fixed(r" [245]\d\d-(?:[245]\.\d{1,3}\.\d{1,3} )?"));
static BLANKS: LazyLock<Regex> = LazyLock::new(|| fixed(r"\s+"));
/// What is no word: a link, a mail address, a host name or an address with a dot and letters behind the last one.
static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)\b(?:https?|ftp)://[^\s<>]*|\bwww\.[^\s<>]+|<?[^\s<>@]+@[^\s<>@]+>?|\b(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*\b",
    )
});

fn fixed(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed and valid")
}

/// A reply in one line, blanks folded, cut at [`MAX_TEXT`] characters.
pub fn in_one_line(text: &str) -> String {
    let end = text.char_indices().nth(4 * MAX_TEXT).map_or(text.len(), |(end, _)| end);
    let text = CONTINUATION.replace_all(text[..end].trim(), " ");
    let text = BLANKS.replace_all(&text, " ");
    let text = JOINED.replace_all(&text, " ");
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => text[..end].to_owned(),
        None => text.into_owned(),
    }
}

/// The text without links, mail addresses and host names: a recipient `spam@…` decides nothing.
pub fn without_names(text: &str) -> String {
    NAMES.replace_all(text, " ").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_without_their_codes() {
        assert_eq!(
            in_one_line("550-5.7.1 Our system\r\n550-5.7.1 has\r\n550 5.7.1 seen"),
            "550-5.7.1 Our system has seen"
        );
        assert_eq!(in_one_line("unsolicited 550-5.7.1 mail  x"), "unsolicited mail x");
        assert_eq!(in_one_line(&"é".repeat(5_000)).chars().count(), MAX_TEXT);
    }

    #[test]
    fn names_are_no_words() {
        let text = "<spam@virus.example.com> https://x.example/policy virus.example.com refused 192.0.2.1";
        assert_eq!(without_names(text).split_whitespace().collect::<Vec<_>>(), ["refused", "192.0.2.1"]);
    }
}
