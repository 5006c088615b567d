//! What a client may say behind HELO or EHLO, read as RFC 5321 §4.1.1.1 and §4.1.3 have it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::names::domain::Domain;

/// The argument of a greeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Argument {
    /// Nothing.
    Empty,
    /// A name that the DNS can be asked about, as far as its characters go.
    Name(Domain),
    /// `[192.0.2.1]` or `[IPv6:2001:db8::1]`.
    Literal(IpAddr),
    /// An address without brackets; none if it only looks like one.
    Bare(Option<IpAddr>),
    /// Brackets around something that is no address literal; an address if it can be guessed.
    BrokenLiteral(Option<IpAddr>),
    /// No name, and what is wrong with it.
    Malformed(String),
}

impl Argument {
    /// Reads an argument; every text is one.
    pub(super) fn of(text: &str) -> Self {
        if text.is_empty() {
            return Argument::Empty;
        }
        if text.starts_with('[') || text.ends_with(']') {
            return literal(text);
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Argument::Bare(Some(address.to_canonical()));
        }
        let last = text.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
        // No top-level domain is numeric (RFC 3696 §2).
        if text.contains('.') && !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()) {
            return Argument::Bare(None);
        }
        if text.ends_with('.') {
            // RFC 5321 §4.1.2: a Domain has no dot at its end.
            return Argument::Malformed("it ends in a dot".to_owned());
        }
        match text.parse::<Domain>() {
            // RFC 6531 §3.7.1: internationalised names are said as A-labels.
            Ok(name) if !text.is_ascii() => Argument::Malformed(format!("it is not ASCII; {name} would be")),
            Ok(name) if !is_host_name_with_underscores(&name) => {
                Argument::Malformed("a label begins or ends with a hyphen".to_owned())
            }
            Ok(name) => Argument::Name(name),
            Err(error) => Argument::Malformed(error.to_string()),
        }
    }

    /// The address it holds, in brackets or not.
    pub(super) fn address(&self) -> Option<IpAddr> {
        match self {
            Argument::Literal(address) => Some(*address),
            Argument::Bare(address) | Argument::BrokenLiteral(address) => *address,
            _ => None,
        }
    }
}

fn literal(text: &str) -> Argument {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let Some(inner) = inner else {
        return Argument::BrokenLiteral(text.trim_matches(['[', ']']).parse().ok());
    };
    if let Ok(address) = inner.parse::<Ipv4Addr>() {
        return Argument::Literal(address.into());
    }
    let tagged = inner.get(..5).filter(|tag| tag.eq_ignore_ascii_case("ipv6:")).map(|_| &inner[5..]);
    match tagged.map(str::parse::<Ipv6Addr>) {
        Some(Ok(address)) => Argument::Literal(IpAddr::V6(address).to_canonical()),
        Some(Err(_)) => Argument::BrokenLiteral(None),
        None => Argument::BrokenLiteral(inner.parse().ok()),
    }
}

fn is_host_name_with_underscores(name: &Domain) -> bool {
    name.labels().all(|label| !label.starts_with('-') && !label.ends_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_those_of_rfc_5321_section_4_1_3() {
        let six: IpAddr = "2001:db8::1".parse().expect("an address");
        let four: IpAddr = [192, 0, 2, 1].into();
        assert_eq!(Argument::of("[192.0.2.1]"), Argument::Literal(four));
        assert_eq!(Argument::of("[IPv6:2001:db8::1]"), Argument::Literal(six));
        assert_eq!(Argument::of("[ipv6:2001:db8::1]"), Argument::Literal(six));
        assert_eq!(Argument::of("[2001:db8::1]"), Argument::BrokenLiteral(Some(six)));
        assert_eq!(Argument::of("[192.0.2.1"), Argument::BrokenLiteral(Some(four)));
        assert_eq!(Argument::of("192.0.2.1]"), Argument::BrokenLiteral(Some(four)));
        for text in ["[192.0.2.300]", "[IPv6:xyz]", "[]", "[mail.example.com]", "[IPv6:é]", "[éé"] {
            assert_eq!(Argument::of(text), Argument::BrokenLiteral(None), "{text}");
        }
    }

    #[test]
    fn addresses_without_brackets_are_no_names() {
        assert_eq!(Argument::of("192.0.2.1"), Argument::Bare(Some([192, 0, 2, 1].into())));
        assert_eq!(Argument::of("2001:db8::1"), Argument::Bare("2001:db8::1".parse().ok()));
        assert_eq!(Argument::of("192.0.2.300"), Argument::Bare(None));
        assert_eq!(Argument::of("1.2.3.4."), Argument::Bare(None));
    }

    #[test]
    fn names_are_told_from_what_is_none() {
        for text in ["mail.example.com", "ylmf-pc", "MAIL_OUT.example.com", "localhost"] {
            assert!(matches!(Argument::of(text), Argument::Name(_)), "{text}");
        }
        for text in ["mail.example.com.", "two words", "a..b", "-a.example.com", "a@b", ".", "bücher.example", "\u{7}"]
        {
            assert!(matches!(Argument::of(text), Argument::Malformed(_)), "{text}");
        }
        assert_eq!(Argument::of(""), Argument::Empty);
    }

    proptest::proptest! {
        #[test]
        fn every_text_is_an_argument(text in "[\\[\\]0-9a-fé:.iIpPvV6_ -]{0,24}|.{0,40}") {
            let _ = Argument::of(&text);
        }

        #[test]
        fn every_address_is_read_as_a_literal(bits: u128, four: u32) {
            let (six, four) = (Ipv6Addr::from(bits), Ipv4Addr::from(four));
            proptest::prop_assert_eq!(Argument::of(&format!("[{four}]")), Argument::Literal(four.into()));
            let address = IpAddr::V6(six).to_canonical();
            proptest::prop_assert_eq!(Argument::of(&format!("[IPv6:{six}]")), Argument::Literal(address));
        }
    }
}
