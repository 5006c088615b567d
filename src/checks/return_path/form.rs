//! Bounce addresses that carry another address inside: VERP, SRS and BATV.

use schemars::JsonSchema;
use serde::Serialize;

use crate::names::domain::Domain;

/// A local part with another address inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BounceForm {
    /// How it is made.
    pub kind: FormKind,
    /// The address inside.
    pub original: String,
    /// The forwarder that rewrote it first (SRS1).
    pub forwarder: Option<String>,
}

/// The ways to make a bounce address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FormKind {
    /// The recipient inside, so that a bounce tells who it was: `list+jane=example.org@example.com`.
    Verp,
    /// The sender inside, written by a forwarder: `SRS0=hash=day=example.org=jane@example.com`.
    Srs0,
    /// Written by a second forwarder: `SRS1=hash=first.example==hash=day=example.org=jane@example.com`.
    Srs1,
    /// The own address with a signature, so that forged bounces are seen: `prvs=0123abcdef=jane@example.com`.
    Batv,
}

impl FormKind {
    /// The name as administrators know it.
    pub(super) fn name(self) -> &'static str {
        match self {
            FormKind::Verp => "VERP",
            FormKind::Srs0 => "SRS0",
            FormKind::Srs1 => "SRS1",
            FormKind::Batv => "BATV",
        }
    }
}

/// Recognises the form of a bounce address.
pub(super) fn form(local_part: &str, domain: &Domain) -> Option<BounceForm> {
    srs0(local_part).or_else(|| srs1(local_part)).or_else(|| batv(local_part, domain)).or_else(|| verp(local_part))
}

/// `SRS0` in any case, one of `=`, `+` and `-`, then hash, day, domain and local part.
fn srs0(local_part: &str) -> Option<BounceForm> {
    let original = srs_body(after_tag(local_part, "srs0")?)?;
    Some(BounceForm { kind: FormKind::Srs0, original, forwarder: None })
}

/// `SRS1`, a hash and the first forwarder in front of what that one wrote behind its `SRS0`.
fn srs1(local_part: &str) -> Option<BounceForm> {
    let (_hash, rest) = after_tag(local_part, "srs1")?.split_once('=')?;
    let (forwarder, body) = rest.split_once('=')?;
    let body = body.strip_prefix(['=', '+', '-'])?;
    forwarder.parse::<Domain>().ok()?;
    let original = srs_body(body)?;
    Some(BounceForm { kind: FormKind::Srs1, original, forwarder: Some(forwarder.to_owned()) })
}

fn after_tag<'a>(local_part: &'a str, tag: &str) -> Option<&'a str> {
    let head = local_part.get(..tag.len())?;
    let rest = local_part[tag.len()..].strip_prefix(['=', '+', '-'])?;
    head.eq_ignore_ascii_case(tag).then_some(rest)
}

fn srs_body(body: &str) -> Option<String> {
    let mut parts = body.splitn(4, '=');
    let (_hash, _day, domain, local_part) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    domain.parse::<Domain>().ok()?;
    (!local_part.is_empty()).then(|| format!("{local_part}@{domain}"))
}

/// `prvs=` with a key digit, three digits of the day and six of the signature, before or behind the local part;
/// or `btv1==` with a signature of its own.
fn batv(local_part: &str, domain: &Domain) -> Option<BounceForm> {
    let own = if let Some(rest) = strip_prefix_of_any_case(local_part, "prvs=") {
        match rest.split_once('=') {
            Some((tag, own)) if is_prvs_tag(tag) => own,
            _ => rest.rsplit_once('/').filter(|(_, tag)| is_prvs_tag(tag))?.0,
        }
    } else {
        strip_prefix_of_any_case(local_part, "btv1==")?.split_once("==")?.1
    };
    let original = format!("{own}@{domain}");
    (!own.is_empty()).then_some(BounceForm { kind: FormKind::Batv, original, forwarder: None })
}

fn strip_prefix_of_any_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.get(..prefix.len()).filter(|head| head.eq_ignore_ascii_case(prefix)).map(|_| &text[prefix.len()..])
}

fn is_prvs_tag(tag: &str) -> bool {
    tag.len() == 10
        && tag.bytes().take(4).all(|byte| byte.is_ascii_digit())
        && tag.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The recipient with `=` for its `@`, behind the last `+`, or else behind the last `-`.
fn verp(local_part: &str) -> Option<BounceForm> {
    let (left, domain) = local_part.rsplit_once('=')?;
    let parsed: Domain = domain.parse().ok()?;
    let (_list, recipient) = left.rsplit_once('+').or_else(|| left.rsplit_once('-'))?;
    let whole = parsed.labels().count() > 1 && !recipient.is_empty();
    let original = format!("{recipient}@{domain}");
    whole.then_some(BounceForm { kind: FormKind::Verp, original, forwarder: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(local_part: &str) -> Option<(FormKind, String)> {
        let domain: Domain = "example.com".parse().expect("a name");
        form(local_part, &domain).map(|form| (form.kind, form.original))
    }

    fn found(kind: FormKind, original: &str) -> Option<(FormKind, String)> {
        Some((kind, original.to_owned()))
    }

    #[test]
    fn sender_inside_a_rewritten_address_is_read() {
        assert_eq!(read("SRS0=HHH=TT=example.org=jane"), found(FormKind::Srs0, "jane@example.org"));
        assert_eq!(read("srs0+HHH=TT=example.org=jane=doe"), found(FormKind::Srs0, "jane=doe@example.org"));
        let twice = "SRS1=HHH=first.example==HHH=TT=example.org=jane";
        assert_eq!(read(twice), found(FormKind::Srs1, "jane@example.org"));
        let domain = "example.com".parse().expect("a name");
        let forwarder = form(twice, &domain).and_then(|form| form.forwarder);
        assert_eq!(forwarder.as_deref(), Some("first.example"));
    }

    #[test]
    fn signature_around_the_own_address_is_read() {
        assert_eq!(read("prvs=0123abcdef=jane"), found(FormKind::Batv, "jane@example.com"));
        assert_eq!(read("prvs=jane/0123abcdef"), found(FormKind::Batv, "jane@example.com"));
        assert_eq!(read("btv1==0123abcdef01==jane"), found(FormKind::Batv, "jane@example.com"));
    }

    #[test]
    fn recipient_inside_a_list_address_is_read() {
        assert_eq!(read("bounces+jane=example.org"), found(FormKind::Verp, "jane@example.org"));
        assert_eq!(read("bounces+jane-doe=example.org"), found(FormKind::Verp, "jane-doe@example.org"));
        assert_eq!(read("list-return-42-jane=example.org"), found(FormKind::Verp, "jane@example.org"));
    }

    #[test]
    fn other_addresses_are_left_alone() {
        for text in
            ["jane", "jane+tag", "a=b", "SRS0=x", "SRS0", "prvs=short=jane", "SRS1=a=b", "é=é", "=", "+=a.b", ""]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_local_part_can_be_looked_at(text in "(SRS[01]|prvs|btv1|bounce)?[=+/é0-9a-f.-]{0,40}|.{0,40}") {
            let _ = read(&text);
        }

        #[test]
        fn sender_comes_out_of_srs_as_it_went_in(user in "[a-z0-9.=+-]{1,20}", domain in "[a-z]{1,10}\\.(com|org)") {
            let original = format!("{user}@{domain}");
            let rewritten = format!("SRS0=HaSh=TT={domain}={user}");
            proptest::prop_assert_eq!(read(&rewritten), found(FormKind::Srs0, &original));
            let again = format!("SRS1=HaSh=first.example=={}", &rewritten[5..]);
            proptest::prop_assert_eq!(read(&again), found(FormKind::Srs1, &original));
        }
    }
}
