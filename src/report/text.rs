//! Text from the network, made fit to be shown.

/// Strips what a terminal or a reader could be deceived with: C0, DEL and C1 controls and the
/// bidirectional controls. Line ends and tabs become spaces.
pub fn clean(text: &str) -> String {
    text.chars().filter_map(shown).collect()
}

/// Reads bytes from the network as text: UTF-8 where it is, `\xHH` where it is not; then as [`clean`].
pub fn clean_bytes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.extend(chunk.valid().chars().filter_map(shown));
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

fn shown(character: char) -> Option<char> {
    match character {
        '\n' | '\r' | '\t' => Some(' '),
        // U+202A-202E and U+2066-2069 reorder, U+200E, U+200F and U+061C mark direction; U+2028 and U+2029 end lines.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}' => None,
        '\u{2028}' | '\u{2029}' => Some(' '),
        other if other.is_control() => None,
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_and_direction_marks_are_stripped() {
        assert_eq!(clean("a\x1b[31mb\u{9b}c\u{202e}d\x7f\ne"), "a[31mbcd e");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_shown_in_hex() {
        assert_eq!(clean_bytes(b"caf\xe9 \xc3\xa9"), "caf\\xe9 é");
    }
}
