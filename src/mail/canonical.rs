//! The canonical forms of header fields and bodies that DKIM signs (RFC 6376 §3.4).

/// What a change on the way may do without breaking a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Canonicalization {
    /// Next to nothing.
    Simple,
    /// Change white space.
    Relaxed,
}

impl Canonicalization {
    /// The word in `c`.
    pub fn as_str(self) -> &'static str {
        match self {
            Canonicalization::Simple => "simple",
            Canonicalization::Relaxed => "relaxed",
        }
    }

    /// The algorithm of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Canonicalization::Simple, Canonicalization::Relaxed].into_iter().find(|one| one.as_str() == name)
    }

    /// Appends a field, which ends in CRLF or in nothing (RFC 6376 §3.4.1 and §3.4.2).
    pub fn field(self, field: &[u8], into: &mut Vec<u8>) {
        let colon = field.iter().position(|octet| *octet == b':');
        let Some((colon, Canonicalization::Relaxed)) = colon.map(|colon| (colon, self)) else {
            into.extend_from_slice(field);
            return;
        };
        let (text, end) = match field.strip_suffix(b"\r\n") {
            Some(text) => (text, &b"\r\n"[..]),
            None => (field, &b""[..]),
        };
        into.extend(text[..colon].trim_ascii_end().iter().map(u8::to_ascii_lowercase));
        into.push(b':');
        let start = into.len();
        let mut is_pending = false;
        let mut rest = &text[colon + 1..];
        while let Some((&octet, tail)) = rest.split_first() {
            if let Some(unfolded) = rest.strip_prefix(b"\r\n") {
                rest = unfolded;
                continue;
            }
            rest = tail;
            if is_white(octet) {
                is_pending = true;
                continue;
            }
            if is_pending && into.len() > start {
                into.push(b' ');
            }
            is_pending = false;
            into.push(octet);
        }
        into.extend_from_slice(end);
    }

    /// Hands out a body piece by piece (RFC 6376 §3.4.3 and §3.4.4). Its lines end in CRLF.
    pub fn body(self, body: &[u8], mut each: impl FnMut(&[u8])) {
        let mut content = body;
        if self == Canonicalization::Simple {
            while let Some(shorter) = content.strip_suffix(b"\r\n") {
                content = shorter;
            }
            each(content);
            each(b"\r\n");
            return;
        }
        let mut empty_lines = 0_usize;
        let mut piece = Vec::with_capacity(2 * PIECE);
        for line in body.split_inclusive(|octet| *octet == b'\n') {
            let text = line.strip_suffix(b"\r\n").unwrap_or(line);
            let is_empty = text.iter().all(|octet| is_white(*octet));
            if is_empty {
                empty_lines += 1;
                continue;
            }
            for _ in 0..std::mem::take(&mut empty_lines) {
                piece.extend_from_slice(b"\r\n");
                flush(&mut piece, &mut each);
            }
            let mut is_pending = false;
            for octet in text {
                if is_white(*octet) {
                    is_pending = true;
                    continue;
                }
                if std::mem::take(&mut is_pending) {
                    piece.push(b' ');
                }
                piece.push(*octet);
            }
            piece.extend_from_slice(b"\r\n");
            flush(&mut piece, &mut each);
        }
        each(&piece);
    }
}

/// Octets that are collected before they are handed out.
const PIECE: usize = 1 << 14;

fn flush(piece: &mut Vec<u8>, each: &mut impl FnMut(&[u8])) {
    if piece.len() >= PIECE {
        each(piece);
        piece.clear();
    }
}

/// WSP of RFC 5234 appendix B.1.
fn is_white(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::Canonicalization::{Relaxed, Simple};
    use super::*;

    fn body(form: Canonicalization, text: &str) -> String {
        let mut all = Vec::new();
        form.body(text.as_bytes(), |piece| all.extend_from_slice(piece));
        String::from_utf8(all).expect("ASCII")
    }

    fn field(form: Canonicalization, text: &str) -> String {
        let mut all = Vec::new();
        form.field(text.as_bytes(), &mut all);
        String::from_utf8(all).expect("ASCII")
    }

    #[test]
    fn example_of_rfc_6376_comes_out_in_both_forms() {
        // RFC 6376 §3.4.5.
        assert_eq!(field(Relaxed, "A: X\r\n"), "a:X\r\n");
        assert_eq!(field(Relaxed, "B : Y\t\r\n\tZ  \r\n"), "b:Y Z\r\n");
        assert_eq!(field(Simple, "B : Y\t\r\n\tZ  \r\n"), "B : Y\t\r\n\tZ  \r\n");
        let text = " C \r\nD \t E\r\n\r\n\r\n";
        assert_eq!(body(Relaxed, text), " C\r\nD E\r\n");
        assert_eq!(body(Simple, text), " C \r\nD \t E\r\n");
    }

    #[test]
    fn empty_body_is_one_line_end_or_nothing() {
        // RFC 6376 §3.4.3 and §3.4.4.
        for text in ["", "\r\n", "\r\n\r\n"] {
            assert_eq!((body(Simple, text).as_str(), body(Relaxed, text).as_str()), ("\r\n", ""));
        }
        assert_eq!((body(Simple, " \t\r\n").as_str(), body(Relaxed, " \t\r\n").as_str()), (" \t\r\n", ""));
    }

    #[test]
    fn missing_line_end_is_added() {
        assert_eq!((body(Simple, "a").as_str(), body(Relaxed, "a ").as_str()), ("a\r\n", "a\r\n"));
        assert_eq!(field(Relaxed, "A: b "), "a:b");
        assert_eq!(field(Relaxed, "A:\r\n"), "a:\r\n");
    }

    #[test]
    fn bare_cr_is_no_white_space_and_no_line_end() {
        assert_eq!(body(Relaxed, "a\r \rb\r\r\n"), "a\r \rb\r\r\n");
        assert_eq!(field(Relaxed, "A: \rb\r \r\n"), "a:\rb\r\r\n");
    }

    #[test]
    fn long_body_is_handed_out_whole() {
        let text = "x  y\r\n".repeat(10_000);
        assert_eq!(body(Relaxed, &text), "x y\r\n".repeat(10_000));
        assert_eq!(body(Relaxed, &format!("{}x", "\r\n".repeat(20_000))), format!("{}x\r\n", "\r\n".repeat(20_000)));
    }
}
