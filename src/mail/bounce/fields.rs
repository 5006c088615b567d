//! Fields as headers and delivery reports have them (RFC 5322 §2.2, RFC 3464 §2.1.1), read as lenient as they are written.

use std::net::IpAddr;
use std::sync::LazyLock;

use regex::Regex;

/// Fields in their order: the name in lower case, the value unfolded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The fields of a text up to its first empty line; what is no field is passed over.
    pub(super) fn read(text: &str) -> Self {
        let mut fields = Fields::default();
        for line in text.lines() {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.trim().is_empty() {
                if fields.0.is_empty() {
                    continue;
                }
                break;
            }
            fields.push_line(line);
        }
        fields
    }

    /// Adds a field, or the rest of the last one.
    pub(super) fn push_line(&mut self, line: &str) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = self.0.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
            return;
        }
        if let Some((name, value)) = field(line) {
            self.0.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All of a name, from the top.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// A line's name and value, if it is a field.
pub(super) fn field(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim_end();
    (!name.is_empty() && name.len() < 80 && name.bytes().all(|byte| byte.is_ascii_graphic())).then_some((name, value))
}

/// The value behind a type, such as `rfc822; a@b`; the type in lower case. A value without one has none.
pub(super) fn typed(value: &str) -> (Option<String>, &str) {
    match value.split_once(';') {
        Some((kind, rest)) if !kind.contains(['@', ' ', '<']) || kind.trim().len() < 10 && !kind.contains('@') => {
            (Some(kind.trim().to_ascii_lowercase()), rest.trim())
        }
        _ => (None, value.trim()),
    }
}

/// The address of a recipient field: without its type, comments and brackets; xtext and escapes decoded (RFC 3461 §4,
/// RFC 6533 §3).
pub(super) fn mailbox(value: &str) -> Option<String> {
    let (_, value) = typed(value);
    bare_mailbox(value)
}

/// An address without brackets, comments and escapes.
pub(super) fn bare_mailbox(value: &str) -> Option<String> {
    let value = match (value.find('<'), value.rfind('>')) {
        (Some(open), Some(close)) if open < close => &value[open + 1..close],
        _ => without_comment(value),
    };
    let value = value.trim().trim_matches(['<', '>', '"', '\'']).trim();
    let value = value.strip_prefix("mailto:").unwrap_or(value);
    let value = unescape(value);
    (!value.is_empty() && !value.contains(char::is_whitespace)).then_some(value)
}

fn without_comment(value: &str) -> &str {
    match value.split_once(" (") {
        Some((before, _)) => before,
        None => value,
    }
}

/// `+40` of xtext and `\x{E9}` of utf-8 address types as characters. A plus that is part of an address stays.
fn unescape(value: &str) -> String {
    static ESCAPE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\\x\{([0-9A-Fa-f]{1,6})\}").expect("the pattern is fixed and valid"));
    let text = ESCAPE.replace_all(value, |found: &regex::Captures<'_>| {
        u32::from_str_radix(&found[1], 16).ok().and_then(char::from_u32).map(String::from).unwrap_or_default()
    });
    // A plus is common in addresses: only an encoded @ or plus tells that this is xtext.
    if text.contains('@') && !text.contains("+2B") && !text.contains("+3D") || !text.contains('+') {
        return text.into_owned();
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'+').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.filter(|hex| hex.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())) {
            Some(hex) => {
                let Ok(octet) = u8::from_str_radix(hex, 16) else { return text.into_owned() };
                decoded.push(octet);
                rest = &tail[2..];
            }
            None => {
                decoded.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.into_owned())
}

/// The host of a field such as `dns; mx.example.net (192.0.2.1)`: lower case, without type, final dot and port; the
/// address only if there is no name.
pub(super) fn host(value: &str) -> Option<String> {
    let (_, value) = typed(value);
    host_in(value)
}

/// The host a text begins with.
pub(super) fn host_in(value: &str) -> Option<String> {
    let first = value.split([' ', '\t', '(', ',', ';']).find(|word| !word.is_empty())?;
    if let Ok(address) = first.parse::<IpAddr>() {
        return Some(address.to_canonical().to_string());
    }
    let name = first.split('[').next().unwrap_or_default();
    if name.is_empty() {
        return address_in(first).map(|address| address.to_string());
    }
    let name = name.trim_matches(['<', '>', '"', '\'', '.', ':']).trim();
    if let Ok(address) = name.parse::<IpAddr>() {
        return Some(address.to_string());
    }
    let name = match name.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    };
    let name = name.trim_end_matches('.').to_lowercase();
    (!name.is_empty() && !name.contains(['@', '/', '='])).then_some(name)
}

/// The first address in a text, in brackets or not.
pub(super) fn address_in(text: &str) -> Option<IpAddr> {
    addresses_in(text).next().map(|(_, address)| address)
}

/// The addresses of a text with the places where they begin.
pub(super) fn addresses_in(text: &str) -> impl Iterator<Item = (usize, IpAddr)> {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:IPv6:)?([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:\.\d+){0,3})|(\d{1,3}(?:\.\d{1,3}){3})")
            .expect("the pattern is fixed and valid")
    });
    ADDRESS.captures_iter(text).filter_map(|found| {
        let whole = found.get(1).or(found.get(2))?;
        let is_word = |octet: u8| octet.is_ascii_alphanumeric();
        let bytes = text.as_bytes();
        let before = whole.start().checked_sub(1).map(|at| bytes[at]);
        let after = bytes.get(whole.end()).copied();
        // Part of a longer number, a version, a name or a queue id is none.
        let apart = before.is_none_or(|octet| {
            !is_word(octet) && octet != b'.' && octet != b'-'
                || found.get(0).is_some_and(|all| all.start() < whole.start())
        }) && after.is_none_or(|octet| !(is_word(octet) || octet == b'-' && found.get(2).is_some()));
        let more = after == Some(b'.') && bytes.get(whole.end() + 1).is_some_and(|octet| is_word(*octet));
        let address: IpAddr = whole.as_str().parse().ok()?;
        (apart && !more).then_some((whole.start(), address.to_canonical()))
    })
}

/// A status code such as `5.1.1` in a field (RFC 3463 §2).
pub(super) fn status(value: &str) -> Option<String> {
    static STATUS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b([245]\.\d{1,3}\.\d{1,3})\b").expect("the pattern is fixed and valid"));
    STATUS.captures(value).map(|found| found[1].to_owned())
}

/// A date of a header as RFC 3339 has it, with its own zone.
pub(super) fn date(value: &str) -> Option<String> {
    let value = value.split('(').next().unwrap_or_default().trim();
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let zoned = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_zoned(&value).ok()?;
    Some(rfc3339(&zoned))
}

/// A time with its offset, to the second.
fn rfc3339(zoned: &jiff::Zoned) -> String {
    zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A Message-ID without brackets.
pub(super) fn message_id(value: &str) -> Option<String> {
    let value = match (value.find('<'), value.find('>')) {
        (Some(open), Some(close)) if open < close => &value[open + 1..close],
        _ => value.split_whitespace().next().unwrap_or_default(),
    };
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_lose_their_types_brackets_comments_and_escapes() {
        let all = [
            ("rfc822; a@example.net", "a@example.net"),
            ("RFC822;<a@example.net> (Jane)", "a@example.net"),
            ("a@example.net", "a@example.net"),
            ("rfc822; a+40example.net", "a@example.net"),
            ("rfc822; a+tag@example.net", "a+tag@example.net"),
            ("utf-8; gr\\x{FC}n@example.net", "grün@example.net"),
            ("LOCAL; jane", "jane"),
        ];
        for (value, expected) in all {
            assert_eq!(mailbox(value).as_deref(), Some(expected), "{value}");
        }
        assert_eq!(mailbox("rfc822;"), None);
    }

    #[test]
    fn hosts_are_names_before_addresses() {
        let all = [
            ("dns; MX.Example.NET.", "mx.example.net"),
            ("dns; mx.example.net. (192.0.2.25, the server for the domain example.net.)", "mx.example.net"),
            ("dns; [192.0.2.25]", "192.0.2.25"),
            ("DNS;192.0.2.25", "192.0.2.25"),
            ("mx.example.net", "mx.example.net"),
            ("dns; mx.example.net [192.0.2.25]", "mx.example.net"),
            ("dns;mx.example.net:25", "mx.example.net"),
        ];
        for (value, expected) in all {
            assert_eq!(host(value).as_deref(), Some(expected), "{value}");
        }
    }

    #[test]
    fn addresses_are_told_from_versions_and_times() {
        let all: Vec<String> =
            addresses_in("a [192.0.2.1] 1.2.3.4.5 IPv6:2001:db8::1, 09:14:03 v10.0.0.1x 4.7.1 (2001:db8::2)")
                .map(|(_, address)| address.to_string())
                .collect();
        assert_eq!(all, ["192.0.2.1", "2001:db8::1", "2001:db8::2"]);
    }

    #[test]
    fn dates_keep_their_zone() {
        assert_eq!(date("Tue, 4 Mar 2025 09:14:02 +0100 (CET)").as_deref(), Some("2025-03-04T09:14:02+01:00"));
        assert_eq!(date("soon"), None);
    }
}
