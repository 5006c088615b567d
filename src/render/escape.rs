//! JSON that can be looked at: texts stay what they are, and show nothing a reader could be deceived with.

use std::borrow::Cow;

use crate::report::is_deceptive;

/// JSON text with every deceptive character as `\uHHHH`. Such characters stand in strings alone, and mean the same
/// there.
pub(super) fn escaped(json: &[u8]) -> Cow<'_, [u8]> {
    // serde_json escapes the controls of ASCII but for DEL.
    if json.is_ascii() && !json.contains(&0x7f) {
        return json.into();
    }
    let mut shown = Vec::with_capacity(json.len());
    let mut units = [0; 2];
    for character in String::from_utf8_lossy(json).chars() {
        if character != '\n' && is_deceptive(character) {
            for unit in character.encode_utf16(&mut units) {
                shown.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            }
        } else {
            shown.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    shown.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deceptive_text_is_escaped_and_means_the_same() {
        let text = "é\u{202e}\u{7f}\u{9b}\u{200b}\u{e0041}\x1b";
        let json = serde_json::to_vec(text).expect("a text is JSON");
        let shown = String::from_utf8(escaped(&json).into_owned()).expect("UTF-8");
        assert_eq!(shown, "\"é\\u202e\\u007f\\u009b\\u200b\\udb40\\udc41\\u001b\"");
        assert_eq!(serde_json::from_str::<String>(&shown).expect("JSON"), text);
    }
}
