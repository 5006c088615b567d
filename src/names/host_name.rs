//! Host names as receivers read them: does this look like somebody's mail server?

use std::net::IpAddr;

use crate::names::domain::Domain;

/// The suffix of a name that means nothing on the Internet, if it has one. `in-addr.arpa` and `ip6.arpa` are
/// public, but no host lives there.
pub fn private_suffix(name: &Domain) -> Option<&'static str> {
    let name = name.as_str();
    PRIVATE_SUFFIXES
        .iter()
        .copied()
        .find(|suffix| name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// RFC 6762 §3 and appendix G, RFC 6761 §6, RFC 8375 §3, and what routers and installers make up.
const PRIVATE_SUFFIXES: &[&str] = &[
    "local",
    "localdomain",
    "localhost",
    "lan",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
    "invalid",
    "test",
    "onion",
];

/// How much a name looks like one of many in a provider's pool, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generic {
    /// From 1, hardly, to 5, certainly.
    pub grade: u8,
    /// What it was told by: `octets 203-0-113-9`, `dsl`.
    pub because: Vec<String>,
}

/// Grades a name: 5 the address and a word for dial-up lines, 4 the address, 3 half the address, such a word
/// beside a number, or the address and a word for servers, 2 such a word alone, 1 a numbered machine. None if
/// nothing about it is generic. Only the labels below the registrable domain are looked at: a provider may call
/// itself what it likes.
pub fn generic(name: &Domain, address: Option<IpAddr>) -> Option<Generic> {
    if name.registrable().is_some_and(|registrable| SENDING_SERVICES.contains(&registrable.as_str())) {
        return None;
    }
    let host = host_part(name);
    let embedded = match address {
        Some(address) => embedded_address(host, address),
        None => four_octets(host).map(|text| (Embedded::Whole, text)),
    };
    let line = fragment(host, LINE_WORDS);
    let server = fragment(host, SERVER_WORDS);
    let mut because = Vec::new();
    if let Some((_, text)) = &embedded {
        because.push(format!("octets {text}"));
    }
    because.extend([&line, &server].into_iter().flatten().map(|found| found.word.to_owned()));
    let numbered = |found: &Option<Fragment>| found.as_ref().is_some_and(|found| found.numbered);
    let grade = match embedded.map(|(how, _)| how) {
        Some(Embedded::Whole) if line.is_some() => 5,
        Some(Embedded::Whole) if host.split('.').any(|label| label.contains("static")) => 3,
        Some(Embedded::Whole) => 4,
        Some(Embedded::Half) if line.is_some() => 4,
        // Large senders number their machines so: half an address beside a word for mail is no customer's line.
        Some(Embedded::Half) if is_about_mail(host) => return None,
        Some(Embedded::Half) => 3,
        None if numbered(&line) => 3,
        None if line.is_some() => 2,
        None if numbered(&server) => 1,
        None => return None,
    };
    Some(Generic { grade, because })
}

/// From this grade on receivers treat a name as that of a dial-up line.
pub const DYNAMIC_GRADE: u8 = 3;

/// Words for lines of customers.
const LINE_WORDS: &[&str] = &[
    "adsl",
    "broadband",
    "cable",
    "cablemodem",
    "catv",
    "cpe",
    "cust",
    "customer",
    "customers",
    "dhcp",
    "dial",
    "dialin",
    "dialup",
    "dip",
    "dsl",
    "dyn",
    "dynamic",
    "dynip",
    "fiber",
    "ftth",
    "gprs",
    "home",
    "lte",
    "mobile",
    "modem",
    "nat",
    "pool",
    "pools",
    "ppp",
    "pppoe",
    "residential",
    "sdsl",
    "umts",
    "unassigned",
    "unknown",
    "unused",
    "user",
    "vdsl",
    "wifi",
    "wireless",
    "wlan",
    "xdsl",
];

/// Words for machines of which a provider has thousands.
const SERVER_WORDS: &[&str] =
    &["client", "clients", "cloud", "compute", "ec", "host", "instance", "ip", "node", "server", "static", "vm", "vps"];

/// Domains of services that send for others, and name their machines by address.
const SENDING_SERVICES: &[&str] = &[
    "amazonses.com",
    "mailgun.net",
    "mailgun.org",
    "mailjet.com",
    "mandrillapp.com",
    "mcdlv.net",
    "mcsv.net",
    "mtasv.net",
    "rsgsv.net",
    "sendgrid.net",
    "sparkpostmail.com",
];

/// Words for machines that send or receive mail.
const MAIL_WORDS: &[&str] = &["email", "mail", "mailer", "mailout", "mta", "mx", "out", "outbound", "relay", "smtp"];

/// Whether a label says that the machine is about mail, a number behind the word or not: `smtp-out`, `mail136-12`.
fn is_about_mail(host: &str) -> bool {
    let words = host.split(|character: char| !character.is_ascii_alphabetic());
    words.into_iter().any(|word| MAIL_WORDS.contains(&word))
}

/// The labels below the registrable domain, or all of them.
fn host_part(name: &Domain) -> &str {
    let registrable = name.registrable().map_or(0, |registrable| registrable.as_str().len());
    let end = name.as_str().len() - registrable;
    name.as_str()[..end].trim_end_matches('.')
}

struct Fragment {
    word: &'static str,
    numbered: bool,
}

/// The first of the words that stands alone in the name, and whether a number is beside it: in its label, or at
/// the start of the label that follows.
fn fragment(host: &str, words: &'static [&'static str]) -> Option<Fragment> {
    let labels: Vec<&str> = host.split('.').collect();
    let found = |index: usize, label: &str| {
        let word = label
            .split(|character: char| !character.is_ascii_alphabetic())
            .find_map(|part| words.iter().find(|word| **word == part))?;
        let digits = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
        let beside = [index.checked_sub(1), Some(index + 1)].into_iter().flatten();
        let beside = beside.filter_map(|index| labels.get(index)).any(|label| {
            // A numbered name of its own, such as `mx2`, is no customer's number.
            label.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        });
        Some(Fragment { word, numbered: digits(label) || beside })
    };
    let mut fragments = labels.iter().enumerate().filter_map(|(index, label)| found(index, label));
    let first = fragments.next()?;
    if first.numbered { Some(first) } else { fragments.find(|next| next.numbered).or(Some(first)) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Embedded {
    Whole,
    Half,
}

/// The address inside the name, in order or reversed: decimal octets, octets of three digits run together, or
/// hexadecimal; half of it are the last two octets, or the last 64 bits.
fn embedded_address(host: &str, address: IpAddr) -> Option<(Embedded, String)> {
    match address {
        IpAddr::V4(address) => {
            let octets = address.octets();
            let numbers = numbers(host);
            let same = |window: &[(u32, &str)], octets: &[u8]| {
                window.iter().map(|(number, _)| *number).eq(octets.iter().map(|octet| u32::from(*octet)))
            };
            let mut reversed = octets;
            reversed.reverse();
            let shown = |window: &[(u32, &str)]| window.iter().map(|(_, text)| *text).collect::<Vec<_>>().join("-");
            for order in [octets, reversed] {
                if let Some(window) = numbers.windows(4).find(|window| same(window, &order)) {
                    return Some((Embedded::Whole, shown(window)));
                }
                let padded: String = order.iter().map(|octet| format!("{octet:03}")).collect();
                let hexadecimal: String = order.iter().map(|octet| format!("{octet:02x}")).collect();
                if let Some(text) = [padded, hexadecimal].into_iter().find(|text| host.contains(text.as_str())) {
                    return Some((Embedded::Whole, text));
                }
            }
            let tails = [[octets[2], octets[3]], [octets[3], octets[2]]];
            let window = numbers.windows(2).find(|window| tails.iter().any(|tail| same(window, tail)))?;
            Some((Embedded::Half, shown(window)))
        }
        IpAddr::V6(address) => {
            let digits: String = host.chars().filter(char::is_ascii_hexdigit).collect();
            let forward: String = address.segments().iter().map(|segment| format!("{segment:04x}")).collect();
            let backward: String = forward.chars().rev().collect();
            for whole in [&forward, &backward] {
                if digits.contains(whole.as_str()) {
                    return Some((Embedded::Whole, whole.clone()));
                }
            }
            // Written with its zeros left out, as in `2001-db8--9`.
            let short = address.to_string().replace(':', "-");
            if short.matches('-').count() >= 3 && host.contains(&short) {
                return Some((Embedded::Whole, short));
            }
            let half = forward[16..].to_owned();
            (half.trim_start_matches('0').len() > 8 && digits.contains(&half)).then_some((Embedded::Half, half))
        }
    }
}

/// Four numbers in a row that could be the octets of an address nobody named.
fn four_octets(host: &str) -> Option<String> {
    let numbers = numbers(host);
    let window = numbers.windows(4).find(|window| window.iter().all(|(number, _)| *number <= 255))?;
    Some(window.iter().map(|(_, text)| *text).collect::<Vec<_>>().join("-"))
}

/// The decimal numbers of at most three digits in a name, from left to right.
fn numbers(host: &str) -> Vec<(u32, &str)> {
    let runs = host.split(|character: char| !character.is_ascii_digit());
    runs.filter(|run| (1..=3).contains(&run.len())).filter_map(|run| Some((run.parse().ok()?, run))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grade(name: &str, address: &str) -> u8 {
        let name: Domain = name.parse().expect("a name");
        let address = (!address.is_empty()).then(|| address.parse().expect("an address"));
        generic(&name, address).map_or(0, |generic| generic.grade)
    }

    #[test]
    fn private_suffixes_are_whole_labels() {
        let suffix = |name: &str| private_suffix(&name.parse().expect("a name"));
        assert_eq!(suffix("mail.example.lan"), Some("lan"));
        assert_eq!(suffix("localhost"), Some("localhost"));
        assert_eq!(suffix("localhost.localdomain"), Some("localdomain"));
        assert_eq!(suffix("router.home.arpa"), Some("home.arpa"));
        assert_eq!(suffix("mail.example.com.9.113.0.203.in-addr.arpa"), Some("in-addr.arpa"));
        assert_eq!(suffix("mail.atlan"), None);
        assert_eq!(suffix("local.example.com"), None);
    }

    #[test]
    fn names_of_mail_servers_are_not_generic() {
        for name in [
            "mail.example.com",
            "mx2.example.com",
            "mx2.provider.example.net",
            "smtp-out-9.example.com",
            "mail9.dsl-provider.com",
            "o113.outbound.example.com",
            "mail-ej1-f65.google.com",
            "example.com",
        ] {
            assert_eq!(grade(name, "203.0.113.9"), 0, "{name}");
        }
    }

    #[test]
    fn octets_in_the_name_are_found_in_every_spelling() {
        for name in [
            "203-0-113-9.isp.com",
            "203.0.113.9.isp.com",
            "9.113.0.203.isp.com",
            "h203x0x113x9.isp.com",
            "203000113009.isp.com",
            "cb007109.isp.com",
            "a203-000-113-009.isp.com",
        ] {
            assert_eq!(grade(name, "203.0.113.9"), 4, "{name}");
        }
        for name in ["dsl-203-0-113-9.isp.com", "203-0-113-9.dyn.isp.com", "p203-0-113-9.dip0.isp.com"] {
            assert_eq!(grade(name, "203.0.113.9"), 5, "{name}");
        }
        assert_eq!(grade("static-203-0-113-9.isp.com", "203.0.113.9"), 3);
        assert_eq!(grade("x-113-9.isp.com", "203.0.113.9"), 3);
        assert_eq!(grade("pool-113-9.isp.com", "203.0.113.9"), 4);
        assert_eq!(grade("203-0-113-10.isp.com", "203.0.113.9"), 0, "another address is none of its own");
    }

    #[test]
    fn machines_of_sending_services_are_no_lines_of_customers() {
        assert_eq!(grade("a8-80.smtp-out.amazonses.com", "54.240.8.80"), 0);
        assert_eq!(grade("mail136-12.atl41.mandrillapp.com", "198.2.136.12"), 0);
        assert_eq!(grade("m42-7.mailgun.net", "69.72.42.7"), 0);
        assert_eq!(grade("mta-113-9.example.com", "203.0.113.9"), 0);
        assert_eq!(grade("mail-113-9.dyn.example.com", "203.0.113.9"), 4);
    }

    #[test]
    fn nibbles_of_an_ipv6_address_are_found() {
        let address = "2001:db8:1:2:3:4:567:89ab";
        assert_eq!(grade("2001-0db8-0001-0002-0003-0004-0567-89ab.isp.com", address), 4);
        assert_eq!(grade("2001-db8-1-2-3-4-567-89ab.dyn.isp.com", address), 5);
        assert_eq!(grade("x000300040567-89ab.isp.com", address), 3);
        assert_eq!(grade("mail.isp.com", address), 0);
    }

    #[test]
    fn words_count_more_beside_a_number() {
        assert_eq!(grade("dsl4711.isp.com", "203.0.113.9"), 3);
        assert_eq!(grade("4711.pool.isp.com", "203.0.113.9"), 3);
        assert_eq!(grade("a.dynamic.isp.com", "203.0.113.9"), 2);
        assert_eq!(grade("vps1234.isp.com", "203.0.113.9"), 1);
        assert_eq!(grade("server.isp.com", "203.0.113.9"), 0);
        assert_eq!(grade("poolside.isp.com", "203.0.113.9"), 0);
    }

    #[test]
    fn any_four_octets_count_when_no_address_is_known() {
        assert_eq!(grade("198-51-100-7.isp.com", ""), 4);
        assert_eq!(grade("dsl-198-51-100-7.isp.com", ""), 5);
        assert_eq!(grade("mail-2024-11-20-1.isp.com", ""), 0, "2024 is no octet");
    }

    proptest::proptest! {
        #[test]
        fn grade_is_between_1_and_5(name in "[a-z0-9_-]{1,12}(\\.[a-z0-9-]{1,12}){0,4}", bits: u128, four: u32) {
            let Ok(name) = name.parse::<Domain>() else { return Ok(()) };
            let addresses = [None, Some(IpAddr::from(bits.to_be_bytes())), Some(IpAddr::from(four.to_be_bytes()))];
            for generic in addresses.into_iter().filter_map(|address| generic(&name, address)) {
                proptest::prop_assert!((1..=5).contains(&generic.grade) && !generic.because.is_empty());
            }
        }

        #[test]
        fn octets_between_hyphens_are_always_found(four: u32) {
            let [a, b, c, d] = four.to_be_bytes();
            let address = format!("{a}.{b}.{c}.{d}");
            proptest::prop_assert_eq!(grade(&format!("x-{a}-{b}-{c}-{d}.isp.com"), &address), 4);
            proptest::prop_assert_eq!(grade(&format!("dyn-{d}-{c}-{b}-{a}.isp.com"), &address), 5);
        }
    }
}
