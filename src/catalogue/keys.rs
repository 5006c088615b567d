//! Keys that stand in a list's zone: `KEY.zen.dq.spamhaus.net`, as operators give them out and mail servers are
//! configured with them.

use super::{List, Status, lists};
use crate::names::domain::Domain;

/// Where the key belongs in a zone that is shown.
pub const PLACEHOLDER: &str = "{key}";

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret value.
    pub fn new(value: String) -> Self {
        Secret(value)
    }

    /// The value, for the wire alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret")
    }
}

/// Takes the key out of a zone: the zone with [`PLACEHOLDER`], and the key. None if the zone holds no key.
///
/// A key is the label in front of a zone of the catalogue that wants one, or a label in front of any other zone
/// that looks like nothing else.
pub fn take(zone: &str) -> Option<(String, Secret)> {
    let (label, rest) = zone.split_once('.')?;
    let fits = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !fits || !rest.contains('.') || lists().iter().any(|list| list.zone == zone) {
        return None;
    }
    let holds_key = find(rest).is_some() || looks_like_key(label) && rest.parse::<Domain>().is_ok();
    holds_key.then(|| (format!("{PLACEHOLDER}.{rest}"), Secret::new(label.to_owned())))
}

/// The list whose zone, behind the key, is this one: it has the placeholder, or it is for customers, who are given
/// names of their own in front of it.
pub(super) fn find(rest: &str) -> Option<&'static List> {
    let behind_key =
        |list: &&List| list.zone.strip_prefix(PLACEHOLDER).and_then(|zone| zone.strip_prefix('.')) == Some(rest);
    let of_customers = |list: &&List| list.zone == rest && matches!(list.status, Status::Paid | Status::Registration);
    lists().iter().find(behind_key).or_else(|| lists().iter().find(of_customers))
}

/// A text of the user's, a zone in the usual case, as it may be shown.
pub fn hidden(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let is_label = |character: char| character.is_ascii_alphanumeric() || character == '-';
    let mut shown = String::with_capacity(text.len());
    let mut rest = 0;
    while let Some(start) = lower[rest..].find(is_label).map(|start| rest + start) {
        let end = lower[start..].find(|character| !is_label(character)).map_or(lower.len(), |end| start + end);
        shown.push_str(&text[rest..start]);
        let behind = lower[end..].strip_prefix('.').unwrap_or_default();
        let zone_end = behind.find(|character: char| !is_label(character) && character != '.');
        let zone = behind[..zone_end.unwrap_or(behind.len())].trim_end_matches('.');
        let whole = format!("{}.{zone}", &lower[start..end]);
        let is_key = looks_like_key(&lower[start..end]) || take(&whole).is_some();
        shown.push_str(if is_key { PLACEHOLDER } else { &text[start..end] });
        rest = end;
    }
    shown.push_str(&text[rest..]);
    shown
}

/// Operators give out 20 letters and digits or more; names that people choose have neither that length nor both.
fn looks_like_key(label: &str) -> bool {
    let has = |wanted: fn(&u8) -> bool| label.as_bytes().iter().any(wanted);
    label.len() >= 20
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_known_operators_are_taken_out() {
        for (zone, shown, id) in [
            ("k.zen.dq.spamhaus.net", "{key}.zen.dq.spamhaus.net", "spamhaus-dqs-zen"),
            ("abc1.combined.mail.abusix.zone", "{key}.combined.mail.abusix.zone", "abusix-combined"),
            ("mine.spam.spamrats.com", "{key}.spam.spamrats.com", "spamrats-key-spam"),
            ("mine.sip.invaluement.com", "{key}.sip.invaluement.com", "invaluement-sip"),
        ] {
            assert_eq!(take(zone).expect(zone).0, shown);
            let list = List::named(zone);
            assert_eq!((list.zone.as_str(), list.id.as_str(), list.keyed), (shown, id, true));
            assert_eq!(list.secret.expect("a key").expose(), zone.split('.').next().unwrap_or_default());
            assert!(!list.codes.is_empty(), "{zone}");
        }
    }

    #[test]
    fn names_without_a_key_stay_as_they_are() {
        for zone in ["zen.spamhaus.org", "all.spamrats.com", "sip.invaluement.com", "bl.example", "a.bl.example"] {
            assert!(take(zone).is_none(), "{zone}");
            assert_eq!(hidden(zone), zone);
        }
    }

    #[test]
    fn key_is_hidden_wherever_it_stands_in_a_text() {
        let key = "abcdefghij0123456789klmnop";
        for (text, shown) in [
            (format!("{key}.zen.dq.spamhaus.org"), "{key}.zen.dq.spamhaus.org"),
            (format!("%4.%3.%2.%1.{key}.bl.example"), "%4.%3.%2.%1.{key}.bl.example"),
            ("K.ZEN.dq.spamhaus.net=127.0.0.x".to_owned(), "{key}.ZEN.dq.spamhaus.net=127.0.0.x"),
        ] {
            assert_eq!(hidden(&text), shown);
        }
    }
}
