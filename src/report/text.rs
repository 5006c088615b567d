//! Text from the network, made fit to be shown.

/// Strips what a terminal or a reader could be deceived with: C0, DEL and C1 controls, the bidirectional controls,
/// and what is not seen at all. Line ends and tabs become spaces.
pub fn clean(text: &str) -> String {
    text.chars().filter_map(shown).collect()
}

/// As [`clean`], of a text of several lines, which stay lines.
pub fn clean_lines(text: &str) -> String {
    text.chars().filter_map(|character| if character == '\n' { Some('\n') } else { shown(character) }).collect()
}

/// Whether [`clean`] would change this character.
pub fn is_deceptive(character: char) -> bool {
    shown(character) != Some(character)
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
        // What Unicode calls ignorable and shows as nothing, tags and a byte order mark too; variation selectors,
        // which choose the look of the character before them, stay.
        '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' => None,
        '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' => None,
        '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}'
        | '\u{FFFE}'..='\u{FFFF}'
        | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' => None,
        '\u{E0000}'..='\u{E00FF}' | '\u{E01F0}'..='\u{E0FFF}' => None,
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
        assert_eq!(clean_lines("a\x1b[2J\r\nb\tc"), "a[2J \nb c");
    }

    #[test]
    fn what_is_not_seen_is_stripped_and_what_is_seen_stays() {
        assert_eq!(clean("p\u{200b}a\u{2060}y\u{feff}p\u{ad}a\u{e0041}l\u{200d}\u{180e}"), "paypal");
        let seen = "Grüße, 例え \u{2764}\u{fe0f} שלום";
        assert_eq!(clean(seen), seen);
    }

    #[test]
    fn bytes_that_are_not_utf8_are_shown_in_hex() {
        assert_eq!(clean_bytes(b"caf\xe9 \xc3\xa9"), "caf\\xe9 é");
    }
}
