//! Mechanisms and their arguments (RFC 7208 §5, §12).

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use super::macros::{MacroString, Part, Place};
use super::record::Faults;

/// What a directive tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mechanism {
    /// Everything (§5.1).
    All,
    /// Another domain's record (§5.2).
    Include(DomainSpec),
    /// A name's addresses (§5.3).
    A(Option<DomainSpec>, Lengths),
    /// The addresses of a domain's mail exchangers (§5.4).
    Mx(Option<DomainSpec>, Lengths),
    /// The client's validated names (§5.5).
    Ptr(Option<DomainSpec>),
    /// An IPv4 network (§5.6), as written.
    Ip4(Ipv4Addr, u8),
    /// An IPv6 network (§5.6), as written.
    Ip6(Ipv6Addr, u8),
    /// Whether a name has an A record (§5.7).
    Exists(DomainSpec),
}

impl Mechanism {
    /// Whether it counts against the limit of ten (§4.6.4).
    pub fn costs_lookup(&self) -> bool {
        !matches!(self, Mechanism::All | Mechanism::Ip4(..) | Mechanism::Ip6(..))
    }

    /// The IPv4 network of an `ip4` mechanism.
    pub fn ipv4_network(&self) -> Option<Ipv4Net> {
        match self {
            Mechanism::Ip4(address, length) => Ipv4Net::new(*address, *length).ok(),
            _ => None,
        }
    }

    /// The IPv6 network of an `ip6` mechanism.
    pub fn ipv6_network(&self) -> Option<Ipv6Net> {
        match self {
            Mechanism::Ip6(address, length) => Ipv6Net::new(*address, *length).ok(),
            _ => None,
        }
    }

    /// The name it asks about, if it asks about another than the current domain.
    pub fn domain_spec(&self) -> Option<&DomainSpec> {
        match self {
            Mechanism::Include(spec) | Mechanism::Exists(spec) => Some(spec),
            Mechanism::A(spec, _) | Mechanism::Mx(spec, _) | Mechanism::Ptr(spec) => spec.as_ref(),
            Mechanism::All | Mechanism::Ip4(..) | Mechanism::Ip6(..) => None,
        }
    }
}

/// A name, made with macros or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainSpec {
    /// The name before expansion.
    pub text: MacroString,
}

/// The prefix lengths of `a` and `mx`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lengths {
    /// For IPv4 clients.
    pub v4: u8,
    /// For IPv6 clients.
    pub v6: u8,
}

impl Default for Lengths {
    fn default() -> Self {
        Lengths { v4: 32, v6: 128 }
    }
}

const NAMES: [&str; 8] = ["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"];

/// Whether this is a mechanism's name, in any case.
pub(super) fn is_mechanism(name: &str) -> bool {
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Parses a mechanism that stands at `at` in the record; none if it is not one.
pub(super) fn parse(text: &[u8], at: usize, faults: &mut Faults) -> Option<Mechanism> {
    let end = text.iter().position(|byte| matches!(byte, b':' | b'/' | b'=')).unwrap_or(text.len());
    let (name, argument) = text.split_at(end);
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    let behind = at + end;
    let whole = at..at + text.len();
    if !is_mechanism(&name) {
        faults.add(whole, unknown(&name, argument));
        return None;
    }
    let value = argument.strip_prefix(b":");
    match (name.as_str(), value) {
        ("all", _) => {
            if !argument.is_empty() {
                faults.add(whole, "\"all\" stands alone");
                return None;
            }
            Some(Mechanism::All)
        }
        ("include", Some(value)) => domain_spec(value, behind + 1, faults).map(Mechanism::Include),
        ("exists", Some(value)) => domain_spec(value, behind + 1, faults).map(Mechanism::Exists),
        ("include" | "exists", None) => {
            faults.add(whole, format!("\"{name}\" needs a colon and a domain name"));
            None
        }
        ("ptr", Some(value)) => Some(Mechanism::Ptr(Some(domain_spec(value, behind + 1, faults)?))),
        ("ptr", None) if argument.is_empty() => Some(Mechanism::Ptr(None)),
        ("ptr", None) => {
            faults.add(behind..whole.end, "\"ptr\" takes a domain name only");
            None
        }
        ("a" | "mx", _) => {
            let (spec, lengths) = name_and_lengths(argument, behind, faults)?;
            Some(if name == "a" { Mechanism::A(spec, lengths) } else { Mechanism::Mx(spec, lengths) })
        }
        ("ip4", Some(value)) => ip4(value, behind + 1, faults),
        ("ip6", Some(value)) => ip6(value, behind + 1, faults),
        _ => {
            faults.add(whole, format!("\"{name}\" needs a colon and an address"));
            None
        }
    }
}

fn unknown(name: &str, argument: &[u8]) -> String {
    let instead = match name {
        "redirect" | "exp" if argument.starts_with(b":") => {
            return format!("\"{name}\" is a modifier and takes an equals sign");
        }
        "ip" | "ipv4" => "ip4",
        "ipv6" => "ip6",
        "incl" | "includes" | "inlcude" | "inclue" => "include",
        "exist" => "exists",
        "a4" | "aaaa" => "a",
        _ if name.parse::<Ipv4Addr>().is_ok() => "ip4:",
        _ => return "there is no mechanism of this name".to_owned(),
    };
    format!("there is no mechanism of this name; \"{instead}\" is meant")
}

/// `[":" domain-spec] [dual-cidr-length]`
fn name_and_lengths(argument: &[u8], at: usize, faults: &mut Faults) -> Option<(Option<DomainSpec>, Lengths)> {
    // A domain-spec ends with a top-level label or a macro, so a slash behind both begins the lengths.
    let last = argument.iter().rposition(|byte| matches!(byte, b'.' | b'}')).map_or(0, |last| last + 1);
    let slash = argument[last..].iter().position(|byte| *byte == b'/').map_or(argument.len(), |slash| last + slash);
    let (name, lengths) = argument.split_at(slash);
    let spec = match name.split_first() {
        None => None,
        Some((b':', name)) => Some(domain_spec(name, at + 1, faults)),
        Some(_) => {
            faults.add(at..at + name.len(), "a colon and a domain name are expected here");
            return None;
        }
    };
    let lengths = dual_lengths(lengths, at + slash, faults);
    match spec {
        Some(spec) => Some((Some(spec?), lengths?)),
        None => Some((None, lengths?)),
    }
}

/// `["/" ip4-length] ["//" ip6-length]`
fn dual_lengths(text: &[u8], at: usize, faults: &mut Faults) -> Option<Lengths> {
    let mut lengths = Lengths::default();
    if text.is_empty() {
        return Some(lengths);
    }
    let double = text.windows(2).position(|pair| pair == b"//");
    let (v4, v6) = text.split_at(double.unwrap_or(text.len()));
    if !v4.is_empty() {
        lengths.v4 = length(&v4[1..], 32, at, faults)?;
    }
    if !v6.is_empty() {
        lengths.v6 = length(&v6[2..], 128, at + v4.len(), faults)?;
    }
    Some(lengths)
}

/// A prefix length without leading zeros (§12); `at` is where its slash stands.
fn length(digits: &[u8], most: u8, at: usize, faults: &mut Faults) -> Option<u8> {
    let span = at..at + 1 + digits.len();
    let text = std::str::from_utf8(digits).unwrap_or_default();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        faults.add(span, "a slash is followed by a prefix length");
        return None;
    }
    if text.len() > 1 && text.starts_with('0') {
        faults.add(span, "a prefix length has no leading zero");
        return None;
    }
    let length = text.parse::<u8>().ok().filter(|length| *length <= most);
    if length.is_none() {
        faults.add(span, format!("a prefix length is at most {most} here"));
    }
    length
}

fn ip4(value: &[u8], at: usize, faults: &mut Faults) -> Option<Mechanism> {
    let (address, prefix) = split_at_slash(value);
    let text = std::str::from_utf8(address).unwrap_or_default();
    let Ok(parsed) = text.parse::<Ipv4Addr>() else {
        let why = match text.parse::<Ipv6Addr>() {
            Ok(_) => "an IPv6 address stands behind \"ip6:\"",
            Err(_) if text.is_empty() => "an IPv4 address is missing here",
            Err(_) => "this is no IPv4 address",
        };
        faults.add(at..at + address.len(), why);
        return None;
    };
    let length = match prefix {
        Some(digits) => length(digits, 32, at + address.len(), faults)?,
        None => 32,
    };
    Some(Mechanism::Ip4(parsed, length))
}

fn ip6(value: &[u8], at: usize, faults: &mut Faults) -> Option<Mechanism> {
    let (address, prefix) = split_at_slash(value);
    let text = std::str::from_utf8(address).unwrap_or_default();
    let Ok(parsed) = text.parse::<Ipv6Addr>() else {
        let why = match text.parse::<Ipv4Addr>() {
            Ok(_) => "an IPv4 address stands behind \"ip4:\"",
            Err(_) if text.is_empty() => "an IPv6 address is missing here",
            Err(_) => "this is no IPv6 address",
        };
        faults.add(at..at + address.len(), why);
        return None;
    };
    let length = match prefix {
        Some(digits) => length(digits, 128, at + address.len(), faults)?,
        None => 128,
    };
    Some(Mechanism::Ip6(parsed, length))
}

fn split_at_slash(value: &[u8]) -> (&[u8], Option<&[u8]>) {
    match value.iter().position(|byte| *byte == b'/') {
        Some(slash) => (&value[..slash], Some(&value[slash + 1..])),
        None => (value, None),
    }
}

/// `macro-string domain-end` (§7.1).
pub(super) fn domain_spec(text: &[u8], at: usize, faults: &mut Faults) -> Option<DomainSpec> {
    let span = at..at + text.len();
    if text.is_empty() {
        faults.add(at..at, "a domain name is missing here");
        return None;
    }
    let parsed = match MacroString::parse(text, Place::Domain) {
        Ok(parsed) => parsed,
        Err(errors) => {
            for error in errors {
                faults.add(at + error.span.start..at + error.span.end, error.what);
            }
            return None;
        }
    };
    if let Some(Part::Literal(end)) = parsed.parts.last()
        && let Err(why) = domain_end(end)
    {
        faults.add(span, why);
        return None;
    }
    Some(DomainSpec { text: parsed })
}

/// `"." toplabel ["."]`, at the end of a literal.
fn domain_end(literal: &str) -> Result<(), &'static str> {
    if literal.contains("://") {
        return Err("a URL stands where a domain name belongs");
    }
    let literal_end = literal.strip_suffix('.').unwrap_or(literal);
    let Some((before, top)) = literal_end.rsplit_once('.') else {
        return Err("a domain name of one label can never match");
    };
    let digits = top.bytes().all(|byte| byte.is_ascii_digit());
    if digits && !top.is_empty() {
        let is_address = format!("{before}.{top}").parse::<Ipv4Addr>().is_ok();
        return Err(if is_address { "an address stands behind \"ip4:\"" } else { "no top-level domain is a number" });
    }
    let inner = top.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if top.is_empty() || !inner || top.starts_with('-') || top.ends_with('-') {
        return Err("this does not end in a top-level domain");
    }
    Ok(())
}
