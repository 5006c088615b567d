//! Properties that hold for any input, not only for the one somebody thought of.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, TXT};
use hickory_proto::rr::{Name as HickoryName, RData, Record, RecordType};
use proptest::prelude::*;
use spamcheck::catalogue::Matcher;
use spamcheck::cli::Global;
use spamcheck::config::{self, File, Given};
use spamcheck::input::{Input, Lines};
use spamcheck::mail::spf;
use spamcheck::names::domain::Domain;
use spamcheck::names::target::Target;
use spamcheck::net::dns::upstream::Spec;
use spamcheck::net::dns::{Name, Reply};
use spamcheck::report::{clean, clean_bytes};

use crate::support::{Home, Up, finish};

fn matcher() -> impl Strategy<Value = Matcher> {
    let range = (any::<u8>(), any::<u8>()).prop_map(|(one, other)| (one.min(other), one.max(other)));
    prop_oneof![
        any::<[u8; 4]>().prop_map(|octets| Matcher::Exact(octets.into())),
        (1..=255_u8).prop_map(Matcher::Mask),
        (any::<[u8; 4]>(), 0..=32_u8)
            .prop_map(|(octets, length)| ipnet::Ipv4Net::new(octets.into(), length).expect("a length"))
            .prop_map(Matcher::Network),
        proptest::array::uniform4(proptest::collection::vec(range, 1..4)).prop_map(Matcher::Octets),
    ]
}

/// Texts that look like the real thing, and texts that do not.
fn nearly(real: &'static [&'static str]) -> impl Strategy<Value = String> {
    let edited = (proptest::sample::select(real), any::<prop::sample::Index>(), any::<char>(), 0..3_u8);
    let edited = edited.prop_map(|(text, place, character, way)| {
        let mut characters: Vec<char> = text.chars().collect();
        let place = place.index(characters.len().max(1));
        match way {
            0 => characters.insert(place, character),
            1 if !characters.is_empty() => drop(characters.remove(place)),
            _ if !characters.is_empty() => characters[place] = character,
            _ => {}
        }
        characters.into_iter().collect()
    });
    prop_oneof![edited, any::<String>(), "[0-9a-fA-F:.\\[\\]/@-]{0,40}"]
}

fn message() -> impl Strategy<Value = Vec<u8>> {
    let data = prop_oneof![
        any::<[u8; 4]>().prop_map(|octets| RData::A(A(octets.into()))),
        any::<[u8; 16]>().prop_map(|octets| RData::AAAA(AAAA(octets.into()))),
        ".{0,80}".prop_map(|text| RData::TXT(TXT::new(vec![text.chars().take(60).collect()]))),
        "[a-z]{1,8}".prop_map(|label| RData::CNAME(CNAME(format!("{label}.example.").parse().expect("a name")))),
    ];
    let records = proptest::collection::vec((data, any::<bool>()), 0..6);
    (any::<u16>(), records, 0..6_u16).prop_map(|(id, records, code)| {
        let owner: HickoryName = "9.113.0.203.bl.example.".parse().expect("a name");
        let mut message = Message::response(id, hickory_proto::op::OpCode::Query);
        message.metadata.response_code = ResponseCode::from(0, u8::try_from(code).expect("small"));
        message.add_query(hickory_proto::op::Query::query(owner.clone(), RecordType::A));
        message.add_answers(records.into_iter().map(|(data, at_owner)| {
            let name = if at_owner { owner.clone() } else { "other.example.".parse().expect("a name") };
            Record::from_rdata(name, 60, data)
        }));
        message.to_vec().expect("a small message can be written")
    })
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edits = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8);
    (message(), edits, any::<prop::sample::Index>()).prop_map(|(mut bytes, edits, end)| {
        for (place, byte) in edits {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let end = end.index(bytes.len() * 4);
        bytes.truncate(end.max(1));
        bytes
    })
}

/// Everything a reader of an answer can be asked.
fn read_all(bytes: &[u8]) {
    let reply = Reply::from_bytes(bytes);
    let _ = (reply.rcode(), reply.is_nxdomain(), reply.is_authentic(), reply.is_empty(), reply.message().is_ok());
    for rtype in [RecordType::A, RecordType::AAAA, RecordType::TXT, RecordType::MX, RecordType::SOA] {
        let _ = reply.answer(rtype);
    }
    let _ = reply.ipv4();
    for text in reply.texts().unwrap_or_default().into_iter().chain(reply.extended_error()) {
        assert!(!text.chars().any(is_deceptive), "{text:?}");
    }
}

fn is_deceptive(character: char) -> bool {
    let direction = ['\u{200E}', '\u{200F}', '\u{061C}', '\u{2028}', '\u{2029}'];
    character.is_control()
        || ('\u{202A}'..='\u{202E}').contains(&character)
        || ('\u{2066}'..='\u{2069}').contains(&character)
        || direction.contains(&character)
}

/// Characters that deceive are rare among all; here they are not.
fn deceptive_text() -> impl Strategy<Value = String> {
    let evil =
        "[\\x00-\\x1f\\x7f-\\x9f\u{200E}\u{200F}\u{061C}\u{2028}\u{2029}\u{202A}-\u{202E}\u{2066}-\u{2069}a-z]{0,40}";
    prop_oneof![evil, any::<String>()]
}

proptest! {
    #[test]
    fn matcher_is_read_back_as_it_is_shown(matcher in matcher()) {
        let shown = matcher.to_string();
        let back: Matcher = shown.parse().expect(&shown);
        prop_assert_eq!(back, matcher, "{}", shown);
    }

    #[test]
    fn matcher_read_back_covers_the_same_answers(matcher in matcher(), answer in any::<[u8; 4]>()) {
        let back: Matcher = matcher.to_string().parse().expect("what is shown can be read");
        prop_assert_eq!(back.matches(answer.into()), matcher.matches(answer.into()));
    }

    #[test]
    fn mask_matches_nothing_outside_127_0_0(mask in 1..=255_u8, answer in any::<[u8; 4]>()) {
        let matches = Matcher::Mask(mask).matches(answer.into());
        prop_assert!(!matches || answer[..3] == [127, 0, 0]);
    }

    #[test]
    fn pattern_never_panics(text in nearly(&["127.0.0.[4..7]", "&8", "127.0.0.0/24", "127.0.*.3"])) {
        let _ = text.parse::<Matcher>();
    }

    #[test]
    fn target_never_panics_and_says_what_is_wrong(
        text in nearly(&["192.0.2.1", "[IPv6:2001:db8::1]", "user@example.com", "example.com:25", "192.0.2.0/24", "bücher.example"])
    ) {
        match text.parse::<Target>() {
            Ok(target) => {
                prop_assert_eq!(target.to_string(), text.trim());
                prop_assert!(!target.kind_name().is_empty());
                // What is shown means the same again.
                prop_assert_eq!(target.to_string().parse::<Target>().expect("as before"), target);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn domain_is_the_same_when_it_is_read_again(text in nearly(&["Mail.Example.COM.", "bücher.example", "xn--bcher-kva.example", "_dmarc.例え.テスト"])) {
        if let Ok(domain) = text.parse::<Domain>() {
            prop_assert_eq!(&domain.as_str().parse::<Domain>().expect("as before"), &domain, "{:?}", text);
            prop_assert!(domain.as_str().len() <= 253 && domain.as_str().is_ascii());
            prop_assert!(domain.labels().all(|label| (1..=63).contains(&label.len())));
            prop_assert!(!domain.as_str().contains(char::is_uppercase));
            let _ = (domain.unicode(), domain.parent(), domain.registrable(), domain.is_host_name());
        }
    }

    #[test]
    fn reversed_address_is_the_one_that_hickory_makes(bits in any::<u128>(), v4 in any::<bool>()) {
        let address = if v4 { IpAddr::V4(Ipv4Addr::from((bits >> 96) as u32)) } else { IpAddr::V6(bits.into()) };
        let zone = Name::from(&"bl.example".parse::<Domain>().expect("a name"));
        let ours = Name::reversed(address, &zone).expect("it fits");
        // Hickory puts in-addr.arpa or ip6.arpa behind: the same labels stand in front.
        let theirs = HickoryName::from(address);
        let labels = theirs.num_labels() - 2;
        let front = theirs.iter().take(usize::from(labels)).map(<[u8]>::to_vec);
        let bl = [b"bl".to_vec(), b"example".to_vec()];
        let expected = HickoryName::from_labels(front.chain(bl)).expect("it fits");
        prop_assert_eq!(ours, Name::from(&expected));
    }

    #[test]
    fn name_on_the_wire_is_the_one_that_hickory_writes(text in "[a-z0-9]([a-z0-9_-]{0,20}[a-z0-9])?(\\.[a-z0-9]{1,20}){0,6}") {
        let domain: Domain = text.parse().expect("a name");
        let theirs: HickoryName = format!("{domain}.").parse().expect("a name");
        prop_assert_eq!(Name::from(&domain), Name::from(&theirs));
        prop_assert_eq!(Name::from(&domain).to_string(), domain.as_str());
    }

    #[test]
    fn answer_of_any_octets_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        read_all(&bytes);
    }

    #[test]
    fn damaged_answer_never_panics(bytes in mutated()) {
        read_all(&bytes);
    }

    #[test]
    fn addresses_of_an_answer_are_those_that_hickory_reads(bytes in message()) {
        let message = Message::from_vec(&bytes).expect("it was written so");
        let owner = message.queries[0].name().clone();
        let aliased = message.answers.iter().any(|record| record.record_type() == RecordType::CNAME);
        let expected: Vec<Ipv4Addr> = message.answers.iter().filter(|record| record.name == owner).filter_map(|record| match &record.data {
            RData::A(address) => Some(address.0),
            _ => None,
        }).collect();
        let foreign = message.answers.iter().any(|record| record.name != owner);
        let Ok(ours) = Reply::from_bytes(&bytes).ipv4() else {
            prop_assert!(foreign, "an answer about the name alone can be read");
            return Ok(());
        };
        if !aliased {
            prop_assert_eq!(ours.into_iter().map(|(address, _)| address).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn configuration_never_panics_and_faults_are_placed(text in nearly(&[
        "threshold = 5\ntimeout = \"5s\"\n[[list]]\nzone = \"bl.example\"\ncodes = [{ match = \"127.0.0.2\" }]\n",
        "[keys]\nspamhaus-dqs-zen = \"abc\"\n[groups]\nmine = [\"psbl\"]\n[weights]\npsbl = 3\n",
        "[[list]]\nexpression = \"%4.%3.%2.%1.bl.example\"\nkinds = [\"ipv4\"]\n",
    ])) {
        let fault = match File::parse(&text, "config.toml") {
            Err(error) => Some(error),
            Ok(file) => file.apply(&text, "config.toml", &mut Global::default_settings(), &Given::default()).err(),
        };
        if let Some(fault) = fault {
            prop_assert!(fault.to_string().starts_with("config.toml:"), "{}", fault);
        }
    }

    #[test]
    fn durations_expressions_and_resolvers_never_panic(text in nearly(&["500ms", "36d", "%4.%3.%2.%1.bl.example", "tls://192.0.2.1:853#dns.example", "https://[2001:db8::1]/q"])) {
        let _ = config::duration(&text);
        let _ = spamcheck::catalogue::List::of_expression(&text);
        let _ = text.parse::<Spec>();
    }

    #[test]
    fn shown_text_never_deceives(text in deceptive_text()) {
        let shown = clean(&text);
        prop_assert!(!shown.chars().any(is_deceptive), "{:?}", shown);
        prop_assert_eq!(clean(&shown), shown.clone(), "what is clean stays as it is");
    }

    #[test]
    fn shown_octets_never_deceive(octets in proptest::collection::vec(any::<u8>(), 0..80)) {
        prop_assert!(!clean_bytes(&octets).chars().any(is_deceptive));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn input_of_any_octets_never_panics_and_names_no_line_beyond_its_end(octets in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let home = Home::new();
        let path = home.write("targets", &octets);
        let lines = octets.split(|octet| *octet == b'\n').count() as u64;
        for input in Lines::open(&path, 16).expect("the file is there") {
            if let Input::Malformed { line, text, why } = input {
                prop_assert!((1..=lines).contains(&line) && !why.is_empty());
                prop_assert!(!text.chars().any(is_deceptive), "{:?}", text);
            }
        }
    }
}

proptest! {
    // Each case is a world and two runs of the program.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn counts_add_up_in_any_world(
        manners in proptest::collection::vec(0..7_usize, 1..6),
        hits in proptest::collection::vec(any::<bool>(), 6),
        code in prop_oneof![Just("127.0.0.2"), Just("127.0.0.1"), Just("127.255.255.254"), Just("203.0.113.80"), Just("127.3.4.5")],
        target in prop_oneof![Just("203.0.113.9"), Just("2001:db8::9"), Just("name.example")],
    ) {
        let words = ["ordinary", "unproven", "wildcard", "dead", "servfail", "refused", "once"];
        let mut description = String::new();
        let mut flags = Vec::new();
        for (index, manner) in manners.iter().enumerate() {
            let entries = if hits[index] { format!("entries = {{ \"{target}\" = [\"{code}\"] }}\n") } else { String::new() };
            description += &format!("[[list]]\nzone = \"l{index}.example\"\nmanner = \"{}\"\n{entries}", words[*manner]);
            flags.extend(["--list".to_owned(), format!("l{index}.example")]);
        }
        let world = Up::new(&description);
        let home = Home::new();
        let mut seen = Vec::new();
        for rows in ["all", "hits"] {
            let mut command = home.command(["dnsbl", target, "--timeout", "2s", "--json", "--rows", rows, "--resolver", &world.address()]);
            let run = finish(command.args(&flags), "");
            let document = run.json();
            prop_assert!(crate::support::schema::document_faults(&document).is_empty());
            let check = document["targets"][0]["checks"][0].clone();
            let facts = &check["facts"];
            let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
            for row in facts["lists"].as_array().expect("rows") {
                *outcomes.entry(row["outcome"].as_str().expect("text").to_owned()).or_default() += 1;
            }
            let of = |names: &[&str]| names.iter().filter_map(|name| outcomes.get(*name)).sum::<u64>();
            let all: u64 = outcomes.values().sum();
            let count = |key: &str| facts[key].as_u64().expect("a count");
            prop_assert!(count("answered") <= count("asked"));
            prop_assert_eq!(count("listed"), of(&["listed", "allowed"]));
            if rows == "all" {
                prop_assert_eq!(all, manners.len() as u64, "every list has a row");
                prop_assert_eq!(count("asked"), all - of(&["not-applicable"]));
                prop_assert_eq!(count("answered"), of(&["listed", "allowed", "not-listed"]));
            } else {
                prop_assert_eq!(of(&["not-listed", "not-applicable"]), 0);
            }
            let points: u64 = facts["lists"].as_array().expect("rows").iter().filter(|row| row["outcome"] == "listed").map(|row| row["points"].as_u64().expect("points")).sum();
            prop_assert_eq!(count("points"), points, "no families here");
            prop_assert_eq!(check["verdict"] == "fail", points >= 100);
            if !manners.contains(&6) {
                seen.push((count("asked"), count("answered"), count("listed"), points, check["verdict"].clone()));
            }
        }
        // A world that answers once changes between the runs; any other is the same for both.
        prop_assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{:?}", seen);
    }
}

/// Terms as they are published, and what they become when somebody mistypes them.
fn spf_record() -> impl Strategy<Value = Vec<u8>> {
    const TERMS: &[&str] = &[
        "-all",
        "~all",
        "mx",
        "a",
        "a:mail.example.com/24//64",
        "mx//128",
        "ip4:192.0.2.0/24",
        "ip6:2001:db8::/32",
        "include:_spf.example.com",
        "exists:%{ir}.%{v}._spf.%{d2}",
        "redirect=_spf.example.com",
        "exp=%{l1r-+=}.%{o}.example.com",
        "ptr:%{p}",
        "moo.cow-far_out=man:dog/cat%%%_%-",
        "?exists:%{S}.example.com.",
    ];
    let sound = proptest::sample::select(TERMS).prop_map(str::to_owned);
    let terms = proptest::collection::vec(prop_oneof![4 => sound, 1 => nearly(TERMS)], 0..6);
    let joined = terms.prop_map(|terms| format!("v=spf1 {}", terms.join(" ")).into_bytes());
    prop_oneof![4 => joined, 1 => any::<Vec<u8>>()]
}

proptest! {
    #[test]
    fn spf_records_are_read_to_their_end(text in spf_record()) {
        let record = spf::Record::parse(&text);
        let mut end = 0;
        for term in &record.terms {
            prop_assert!(end <= term.span.start && term.span.start < term.span.end && term.span.end <= text.len());
            prop_assert!(!text[term.span.clone()].contains(&b' '));
            end = term.span.end;
        }
        for fault in &record.faults {
            prop_assert!(fault.span.start <= fault.span.end && fault.span.end <= text.len(), "{fault:?}");
            prop_assert!(!fault.what.is_empty());
        }
        // Every term is read or at fault; what is shown is plain ASCII of one line.
        let words = text.split(|byte| *byte == b' ').skip(1).filter(|word| !word.is_empty()).count();
        if spf::is_record(&text) {
            prop_assert!(record.terms.len() + record.faults.len() >= words);
            prop_assert!(record.faults.is_empty() || record.terms.len() <= words);
        }
        prop_assert!(record.shown().bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()));
    }

    #[test]
    fn spf_record_without_fault_reads_the_same_again(text in spf_record()) {
        let record = spf::Record::parse(&text);
        if !record.faults.is_empty() {
            return Ok(());
        }
        let terms: Vec<String> = record.terms.iter().map(|term| record.text_of(&term.span)).collect();
        let again = spf::Record::parse(format!("v=spf1 {}", terms.join(" ")).as_bytes());
        prop_assert!(again.faults.is_empty(), "{:?}", again.faults);
        let kinds = |record: &spf::Record| record.terms.iter().map(|term| term.kind.clone()).collect::<Vec<_>>();
        prop_assert_eq!(kinds(&again), kinds(&record));
    }

    #[test]
    fn names_made_by_macros_fit(text in "[a-z.%{}1-9r+-]{0,300}", local_part in any::<String>()) {
        let Ok(parsed) = spf::MacroString::parse(text.as_bytes(), spf::Place::Explanation) else { return Ok(()) };
        let values = spf::Values {
            local_part: &local_part,
            sender_domain: "example.com",
            domain: "example.com",
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            validated: "unknown",
            helo: &local_part,
            receiver: "unknown",
            time: 0,
        };
        let expanded = parsed.expand(&values);
        let fitting = spf::truncate_left(&expanded);
        prop_assert!(fitting.len() <= 253 || !fitting.contains('.'));
        prop_assert!(expanded.strip_suffix('.').unwrap_or(&expanded).ends_with(fitting));
    }
}
