//! Macro strings (RFC 7208 §7): their grammar and their expansion.

use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::Range;

/// A string with macros, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacroString {
    /// Its parts in order.
    pub parts: Vec<Part>,
}

/// A part of a macro string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text that stands for itself.
    Literal(String),
    /// `%%`, `%_` or `%-`, as the text it stands for.
    Escape(&'static str),
    /// `%{…}`.
    Expand(Expand),
}

/// `%{letter digits r delimiters}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expand {
    /// The letter, lower case.
    pub letter: char,
    /// Whether the value is URL-escaped, because the letter was upper case.
    pub escaped: bool,
    /// How many labels from the right are kept.
    pub keep: Option<usize>,
    /// Whether the labels are reversed.
    pub reversed: bool,
    /// What the value is split at; a dot if nothing is said.
    pub delimiters: String,
}

/// What is wrong with a macro string; the span is relative to its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacroError {
    /// The octets at fault.
    pub span: Range<usize>,
    /// What is wrong with them.
    pub what: Cow<'static, str>,
}

/// The letters that stand only in an explanation's text (RFC 7208 §7.2).
const EXPLANATION_ONLY: &str = "crt";
const LETTERS: &str = "slodiphcrtv";
const DELIMITERS: &[u8] = b".-+,/_=";

/// Where a macro string stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a domain-spec: no spaces, and no letters of an explanation.
    Domain,
    /// In a modifier that is not known: no spaces.
    Modifier,
    /// In the text of an explanation.
    Explanation,
}

impl MacroString {
    /// Parses a macro string, to its end whatever is wrong with it.
    ///
    /// # Errors
    /// All faults, in order.
    pub fn parse(text: &[u8], place: Place) -> Result<Self, Vec<MacroError>> {
        let mut parts: Vec<Part> = Vec::new();
        let mut errors = Vec::new();
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            if byte == b'%' {
                match expand(&text[at..], place) {
                    Ok((part, length)) => {
                        parts.push(part);
                        at += length;
                    }
                    Err((length, what)) => {
                        errors.push(MacroError { span: at..at + length, what });
                        at += length;
                    }
                }
                continue;
            }
            if !(byte.is_ascii_graphic() || (byte == b' ' && place == Place::Explanation)) {
                errors.push(MacroError { span: at..at + 1, what: forbidden(byte).into() });
            }
            match parts.last_mut() {
                Some(Part::Literal(literal)) => literal.push(char::from(byte)),
                _ => parts.push(Part::Literal(char::from(byte).to_string())),
            }
            at += 1;
        }
        if errors.is_empty() { Ok(MacroString { parts }) } else { Err(errors) }
    }

    /// Whether it says the same to everyone: without `%{…}` but for `%{d}` alone, which is the domain itself.
    pub fn is_static(&self) -> bool {
        self.parts.iter().all(|part| match part {
            Part::Literal(_) | Part::Escape(_) => true,
            Part::Expand(expand) => expand.letter == 'd',
        })
    }

    /// Whether it asks for this letter.
    pub fn has(&self, letter: char) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Expand(expand) if expand.letter == letter))
    }

    /// The text with every macro replaced (RFC 7208 §7.3).
    pub fn expand(&self, values: &Values<'_>) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Escape(escape) => text.push_str(escape),
                Part::Expand(expand) => text.push_str(&expand.apply(&values.of(expand.letter))),
            }
        }
        text
    }
}

fn forbidden(byte: u8) -> &'static str {
    match byte {
        b' ' => "a space cannot stand here",
        0x80.. => "only ASCII characters may stand in a record",
        _ => "a control character cannot stand here",
    }
}

/// The macro at the beginning of `text`, with its length; or the length of what is wrong, and why.
fn expand(text: &[u8], place: Place) -> Result<(Part, usize), (usize, Cow<'static, str>)> {
    let escape = match text.get(1) {
        Some(b'%') => "%",
        Some(b'_') => " ",
        Some(b'-') => "%20",
        Some(b'{') => return braces(text, place),
        _ => return Err((1, "a percent sign is followed by {, %, _ or -".into())),
    };
    Ok((Part::Escape(escape), 2))
}

fn braces(text: &[u8], place: Place) -> Result<(Part, usize), (usize, Cow<'static, str>)> {
    let Some(close) = text.iter().position(|byte| *byte == b'}') else {
        return Err((text.len(), "the macro has no closing brace".into()));
    };
    let length = close + 1;
    let inner = &text[2..close];
    let Some((&letter, rest)) = inner.split_first() else { return Err((length, "the macro has no letter".into())) };
    let escaped = letter.is_ascii_uppercase();
    let letter = char::from(letter.to_ascii_lowercase());
    if !LETTERS.contains(letter) {
        return Err((length, "there is no macro of this letter".into()));
    }
    if place == Place::Domain && EXPLANATION_ONLY.contains(letter) {
        return Err((length, format!("%{{{letter}}} may stand in the text of an explanation only").into()));
    }
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = rest.split_at(digits);
    let keep = digits
        .iter()
        .fold(0_usize, |number, digit| number.saturating_mul(10).saturating_add(usize::from(digit - b'0')));
    // RFC 7208 §7.3: the number of labels must not be zero.
    if !digits.is_empty() && keep == 0 {
        return Err((length, "the number of labels must not be 0".into()));
    }
    let (reversed, rest) = match rest.split_first() {
        Some((b'r' | b'R', rest)) => (true, rest),
        _ => (false, rest),
    };
    if let Some(wrong) = rest.iter().find(|byte| !DELIMITERS.contains(byte)) {
        let what = if wrong.is_ascii_graphic() {
            format!("{:?} is no delimiter of a macro", char::from(*wrong)).into()
        } else {
            forbidden(*wrong).into()
        };
        return Err((length, what));
    }
    let delimiters = rest.iter().copied().map(char::from).collect();
    let keep = (!digits.is_empty()).then_some(keep);
    Ok((Part::Expand(Expand { letter, escaped, keep, reversed, delimiters }), length))
}

impl Expand {
    fn apply(&self, value: &str) -> String {
        let is_delimiter = |character: char| match self.delimiters.is_empty() {
            true => character == '.',
            false => self.delimiters.contains(character),
        };
        // Without a transformer or a delimiter the value stays as it is; split and joined at dots it does, too.
        let mut labels: Vec<&str> = value.split(is_delimiter).collect();
        if self.reversed {
            labels.reverse();
        }
        let kept = self.keep.unwrap_or(labels.len()).min(labels.len());
        let text = labels[labels.len() - kept..].join(".");
        if self.escaped { url_escape(&text) } else { text }
    }
}

/// Escapes what is not unreserved (RFC 3986 §2.3), octet by octet.
fn url_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// What the letters stand for.
#[derive(Debug, Clone)]
pub struct Values<'a> {
    /// `l`: the sender's local part.
    pub local_part: &'a str,
    /// `o`: the sender's domain.
    pub sender_domain: &'a str,
    /// `d`: the domain whose record is evaluated.
    pub domain: &'a str,
    /// `i`, `c` and `v`: the client.
    pub ip: IpAddr,
    /// `p`: the validated name of the client.
    pub validated: &'a str,
    /// `h`: the HELO name.
    pub helo: &'a str,
    /// `r`: who receives.
    pub receiver: &'a str,
    /// `t`: seconds since 1970.
    pub time: u64,
}

impl Values<'_> {
    fn of(&self, letter: char) -> Cow<'_, str> {
        match letter {
            's' => format!("{}@{}", self.local_part, self.sender_domain).into(),
            'l' => self.local_part.into(),
            'o' => self.sender_domain.into(),
            'd' => self.domain.into(),
            'i' => dotted(self.ip).into(),
            'c' => self.ip.to_string().into(),
            'p' => self.validated.into(),
            'v' => if self.ip.is_ipv4() { "in-addr" } else { "ip6" }.into(),
            'h' => self.helo.into(),
            'r' => self.receiver.into(),
            't' => self.time.to_string().into(),
            _ => "".into(),
        }
    }
}

/// An address as `%{i}` shows it: IPv6 as 32 nibbles with dots between them (RFC 7208 §7.3). The case is open;
/// explanations show it, and other implementations write it in upper case.
fn dotted(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let nibbles = ip.octets().into_iter().flat_map(|octet| [octet >> 4, octet & 0xf]);
            nibbles.map(|nibble| format!("{nibble:X}")).collect::<Vec<_>>().join(".")
        }
    }
}

/// A name made by macros, shortened from the left to 253 octets label by label (RFC 7208 §7.3).
pub fn truncate_left(mut name: &str) -> &str {
    name = name.strip_suffix('.').unwrap_or(name);
    while name.len() > 253 {
        match name.split_once('.') {
            Some((_, rest)) => name = rest,
            None => return name,
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 7208 §7.4.
    fn rfc(ip: &str) -> Values<'static> {
        Values {
            local_part: "strong-bad",
            sender_domain: "email.example.com",
            domain: "email.example.com",
            ip: ip.parse().expect("an address"),
            validated: "mx.example.org",
            helo: "mx.example.org",
            receiver: "mx.example.net",
            time: 1_400_000_000,
        }
    }

    fn expanded(text: &str) -> String {
        MacroString::parse(text.as_bytes(), Place::Domain).expect(text).expand(&rfc("192.0.2.3"))
    }

    #[test]
    fn examples_of_rfc_7208() {
        for (text, expected) in [
            ("%{s}", "strong-bad@email.example.com"),
            ("%{o}", "email.example.com"),
            ("%{d}", "email.example.com"),
            ("%{d4}", "email.example.com"),
            ("%{d3}", "email.example.com"),
            ("%{d2}", "example.com"),
            ("%{d1}", "com"),
            ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"),
            ("%{l}", "strong-bad"),
            ("%{l-}", "strong.bad"),
            ("%{lr}", "strong-bad"),
            ("%{lr-}", "bad.strong"),
            ("%{l1r-}", "strong"),
            ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
            ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
            ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
            ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
            ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ] {
            assert_eq!(expanded(text), expected, "{text}");
        }
        let six = MacroString::parse(b"%{ir}.%{v}._spf.%{d2}", Place::Domain).expect("a macro string");
        assert_eq!(
            six.expand(&rfc("2001:db8::cb01")).to_ascii_lowercase(),
            "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"
        );
    }

    #[test]
    fn escapes_upper_case_and_other_delimiters() {
        assert_eq!(expanded("%%%_%-"), "% %20");
        assert_eq!(expanded("%{S}"), "strong-bad%40email.example.com");
    }

    #[test]
    fn names_are_shortened_from_the_left() {
        let long = format!("{}.{}.example.com", "a".repeat(63), vec!["b".repeat(60); 4].join("."));
        assert!(truncate_left(&long).len() <= 253);
        assert!(truncate_left(&long).ends_with(".example.com"));
        assert_eq!(truncate_left("example.com."), "example.com");
    }

    #[test]
    fn every_fault_is_found_where_it_is() {
        let errors = |text: &str, place| match MacroString::parse(text.as_bytes(), place) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.into_iter().map(|error| error.span).collect::<Vec<_>>(),
        };
        assert_eq!(errors("a%b%{x}%{d0}%{d", Place::Domain), [1..2, 3..7, 7..12, 12..15]);
        assert_eq!(errors("%{c}%{R}%{t2r.}", Place::Domain), [0..4, 4..8, 8..15]);
        assert!(errors("%{c}%{R}%{t2r.} and more", Place::Explanation).is_empty());
        assert_eq!(errors("%{dr2}%{d.2}%{}%", Place::Domain), [0..6, 6..12, 12..15, 15..16]);
        assert_eq!(errors("a b%", Place::Modifier), [1..2, 3..4]);
    }
}
