//! What a list's answer means, one A record at a time.

use std::net::Ipv4Addr;

use crate::catalogue::{Code, Effect, List, Matcher, Purpose, Scoring};

/// The meaning of one A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning<'a> {
    /// Outside 127.0.0.0/8: from a parked domain or a rewriting resolver, never from a list.
    Foreign,
    /// The list would not answer.
    Refused(&'a str),
    /// The list answered.
    Listed(Vec<Judgement<'a>>),
}

/// One code of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judgement<'a> {
    pub(super) meaning: &'a str,
    pub(super) effect: Effect,
    pub(super) points: i32,
    /// The place of the code in the list's table; none if the table does not have it.
    pub(super) place: Option<usize>,
    pub(super) documented: bool,
    pub(super) message: Option<&'a str>,
    pub(super) header: Option<&'a str>,
}

const UNDOCUMENTED: &str = "code not documented";
const LISTED: &str = "listed";
const ALLOWED: &str = "allowed";

/// Judges one A record in the order that keeps a refusal from being read as a listing: address space,
/// refusals, documented codes, and only then "listed, code not documented".
pub(super) fn judge(list: &List, answer: Ipv4Addr, scoring: Scoring) -> Meaning<'_> {
    if !answer.is_loopback() {
        return Meaning::Foreign;
    }
    if let Some(refusal) = list.refusals.iter().find(|refusal| refusal.matcher.matches(answer)) {
        return Meaning::Refused(&refusal.meaning);
    }
    // Every operator that refuses does so in this network, so it is a refusal in every zone (Spamhaus,
    // Validity and others since 2019); as a set of bits it would read as all categories at once.
    if answer.octets()[..3] == [127, 255, 255] {
        return Meaning::Refused(general_refusal(answer));
    }
    let codes = match scoring {
        Scoring::Highest => documented(list, answer),
        Scoring::Sum => first_rule(list, answer).into_iter().collect(),
        Scoring::Postscreen if list.own => covering(list, answer).collect(),
        Scoring::Postscreen => documented(list, answer),
    };
    if !codes.is_empty() {
        return Meaning::Listed(codes);
    }
    // What the user's own codes leave out is worth nothing to them, and means what the list says.
    let left_out = list.known.map(|known| documented(known, answer)).unwrap_or_default();
    if !left_out.is_empty() {
        let worthless = left_out.into_iter().map(|code| Judgement { points: 0, place: None, ..code });
        return Meaning::Listed(worthless.collect());
    }
    // RFC 5782 §2.3 and §5: 127.0.0.1 must never be listed, and as an answer it is how URIBL and SURBL refuse.
    if answer == Ipv4Addr::LOCALHOST {
        return Meaning::Refused("127.0.0.1 is no listing unless the list documents it");
    }
    let effect = match list.purpose {
        Purpose::Block => Effect::Listed,
        Purpose::Allow => Effect::Allow,
        Purpose::Info => Effect::Info,
    };
    let points = if effect == Effect::Listed { list.weight.try_into().unwrap_or(i32::MAX) } else { 0 };
    // Where nothing is documented, nothing is missing.
    let meaning = if list.codes.is_empty() { LISTED } else { UNDOCUMENTED };
    let unknown = Judgement { meaning, effect, points, place: None, documented: false, message: None, header: None };
    Meaning::Listed(vec![unknown])
}

/// The first rule that covers an answer, in the order they are written: so an exception may stand in front of
/// a catch-all. The catalogue's own tables are not written in such an order.
fn first_rule(list: &List, answer: Ipv4Addr) -> Option<Judgement<'_>> {
    if !list.own {
        return documented(list, answer).into_iter().next();
    }
    covering(list, answer).next()
}

/// Everything that covers an answer, in the order it is written.
fn covering(list: &List, answer: Ipv4Addr) -> impl Iterator<Item = Judgement<'_>> {
    let codes = list.codes.iter().enumerate().filter(move |(_, code)| code.matcher.matches(answer));
    codes.map(move |(place, code)| judgement(list, place, code, answer))
}

/// The documented codes that cover an answer: the exact one, else all its bits, else the first pattern.
fn documented(list: &List, answer: Ipv4Addr) -> Vec<Judgement<'_>> {
    let of = |wanted: fn(&Matcher) -> bool| {
        let fits = move |(_, code): &(usize, &Code)| wanted(&code.matcher) && code.matcher.matches(answer);
        list.codes.iter().enumerate().filter(fits).map(|(place, code)| judgement(list, place, code, answer))
    };
    if let Some(exact) = of(|matcher| matches!(matcher, Matcher::Exact(_))).next() {
        return vec![exact];
    }
    let bits: Vec<_> = of(|matcher| matches!(matcher, Matcher::Mask(_))).collect();
    // Catch-all patterns of lists that document nothing finer do not make 127.0.0.1 a listing.
    if !bits.is_empty() && answer != Ipv4Addr::LOCALHOST {
        return bits;
    }
    if answer == Ipv4Addr::LOCALHOST && !list.own {
        return Vec::new();
    }
    of(|_| true).take(1).collect()
}

fn judgement<'a>(list: &'a List, place: usize, code: &'a Code, answer: Ipv4Addr) -> Judgement<'a> {
    let known = list.known.and_then(|known| documented(known, answer).into_iter().next());
    let effect = match (list.purpose, code.effect) {
        // Space that sends no mail directly is no sign of spam, whatever points a user gives it.
        (Purpose::Block, Effect::Listed) if known.as_ref().is_some_and(|known| known.effect == Effect::Policy) => {
            Effect::Policy
        }
        (Purpose::Block, effect) => effect,
        // An allowlist or information zone earns nothing, however its codes are marked.
        (Purpose::Allow, Effect::Listed) => Effect::Allow,
        (Purpose::Info, Effect::Listed) => Effect::Info,
        (_, effect) => effect,
    };
    let points = match effect {
        Effect::Listed => code.points,
        Effect::Policy if code.effect == Effect::Listed => code.points,
        Effect::Allow => code.points.min(0),
        Effect::Policy | Effect::Info => 0,
    };
    // A user's code without words of its own has the list's.
    let meaning = match (code.meaning.as_str(), known) {
        ("", Some(known)) => known.meaning,
        ("", None) if effect == Effect::Allow => ALLOWED,
        ("", None) => LISTED,
        (meaning, _) => meaning,
    };
    Judgement {
        meaning,
        effect,
        points,
        place: Some(place),
        documented: true,
        message: code.message.as_deref(),
        header: code.header.as_deref(),
    }
}

fn general_refusal(answer: Ipv4Addr) -> &'static str {
    match answer.octets()[3] {
        252 => "the zone's name is mistyped",
        254 => "asked through a public resolver",
        255 => "over the query limit, or not registered",
        _ => "the list refuses to answer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::find;

    fn list(id: &str) -> &'static List {
        find(id).expect(id)
    }

    fn meanings(id: &str, answer: [u8; 4]) -> Meaning<'static> {
        judge(list(id), answer.into(), Scoring::Highest)
    }

    fn points(id: &str, answer: [u8; 4]) -> Vec<i32> {
        match meanings(id, answer) {
            Meaning::Listed(codes) => codes.iter().map(|code| code.points).collect(),
            other => panic!("{id} {answer:?}: {other:?}"),
        }
    }

    #[test]
    fn answer_outside_127_is_foreign_for_every_list() {
        for list in crate::catalogue::lists() {
            assert_eq!(judge(list, [203, 0, 113, 9].into(), Scoring::Highest), Meaning::Foreign, "{}", list.id);
        }
    }

    #[test]
    fn refusal_network_is_a_refusal_for_every_list() {
        for list in crate::catalogue::lists() {
            for last in [0, 2, 252, 254, 255] {
                let meaning = judge(list, [127, 255, 255, last].into(), Scoring::Highest);
                assert!(matches!(meaning, Meaning::Refused(_)), "{} {last}: {meaning:?}", list.id);
            }
        }
    }

    #[test]
    fn bit_one_refuses_even_together_with_others() {
        assert!(matches!(meanings("uribl-multi", [127, 0, 0, 1]), Meaning::Refused(_)));
        assert!(matches!(meanings("surbl-multi", [127, 0, 0, 9]), Meaning::Refused(_)));
    }

    #[test]
    fn every_set_bit_is_a_code() {
        assert_eq!(points("surbl-multi", [127, 0, 0, 72]).len(), 2);
    }

    #[test]
    fn mask_says_nothing_outside_127_0_0() {
        let Meaning::Listed(codes) = meanings("uribl-multi", [127, 0, 1, 2]) else { panic!("a listing") };
        assert!(!codes[0].documented);
    }

    #[test]
    fn undocumented_code_is_a_listing_with_the_lists_weight() {
        let Meaning::Listed(codes) = meanings("spamhaus-zen", [127, 0, 0, 99]) else { panic!("a listing") };
        assert!(!codes[0].documented);
        assert_eq!(u32::try_from(codes[0].points), Ok(list("spamhaus-zen").weight));
    }

    #[test]
    fn loopback_one_counts_only_where_it_is_documented() {
        assert!(matches!(meanings("psbl", [127, 0, 0, 1]), Meaning::Refused(_)));
        let documented = crate::catalogue::lists()
            .iter()
            .filter(|list| list.codes.iter().any(|code| code.matcher == Matcher::Exact(Ipv4Addr::LOCALHOST)));
        for list in documented {
            let refused = list.refusals.iter().any(|refusal| refusal.matcher.matches(Ipv4Addr::LOCALHOST));
            assert!(
                refused || matches!(judge(list, Ipv4Addr::LOCALHOST, Scoring::Highest), Meaning::Listed(_)),
                "{}",
                list.id
            );
        }
        for list in crate::catalogue::lists().iter().filter(|list| !list.codes.is_empty()) {
            let exact = list.codes.iter().any(|code| code.matcher == Matcher::Exact(Ipv4Addr::LOCALHOST));
            let listed = matches!(judge(list, Ipv4Addr::LOCALHOST, Scoring::Highest), Meaning::Listed(_));
            assert!(exact || !listed, "{} takes 127.0.0.1 for a listing", list.id);
        }
    }

    #[test]
    fn what_a_list_documents_of_loopback_one_is_a_code() {
        assert_eq!(points("senderscore-rpbl", [127, 0, 0, 1]), [45]);
        let Meaning::Listed(codes) = meanings("hostkarma", [127, 0, 0, 1]) else { panic!("a code") };
        assert_eq!(codes[0].effect, Effect::Allow);
    }

    #[test]
    fn only_its_own_codes_are_hits_on_spamrats() {
        for id in ["spamrats-all", "spamrats-spam", "spamrats-key-all"] {
            assert_eq!(points(id, [127, 0, 0, 38]), [30], "{id}");
            for answer in [[127, 0, 0, 2], [127, 0, 0, 39], [127, 0, 1, 38], [127, 1, 0, 38]] {
                assert!(matches!(meanings(id, answer), Meaning::Refused(_)), "{id} {answer:?}");
            }
        }
    }

    #[test]
    fn remarks_on_behaviour_are_information() {
        for answer in [[127, 0, 1, 1], [127, 0, 1, 2], [127, 0, 1, 3]] {
            let Meaning::Listed(codes) = meanings("hostkarma", answer) else { panic!("a code") };
            assert_eq!((codes[0].effect, codes[0].documented), (Effect::Info, true), "{answer:?}");
        }
    }

    /// A list as a configuration makes it of a known zone: with codes of the user's own.
    fn own(zone: &str, codes: &[(&str, Effect, i32)]) -> List {
        let code = |(pattern, effect, points): &(&str, Effect, i32)| Code {
            matcher: pattern.parse().expect("a pattern"),
            meaning: String::new(),
            effect: *effect,
            points: *points,
            message: None,
            header: None,
        };
        List { weight: 0, codes: codes.iter().map(code).collect(), known: find(zone), ..List::named(zone) }
    }

    #[test]
    fn every_filter_of_postscreen_counts() {
        let filters = [("127.0.0.[2..11]", Effect::Listed, 3), ("127.0.0.4", Effect::Listed, 2)];
        let list = own("zen.spamhaus.org", &filters);
        let Meaning::Listed(codes) = judge(&list, [127, 0, 0, 4].into(), Scoring::Postscreen) else { panic!("listed") };
        let earned: Vec<_> = codes.iter().map(|code| (code.place, code.points)).collect();
        assert_eq!(earned, [(Some(0), 3), (Some(1), 2)]);
        assert!(codes[0].meaning.starts_with("XBL"), "{}", codes[0].meaning);
    }

    #[test]
    fn what_no_filter_covers_means_what_the_list_says_and_earns_nothing() {
        let list = own("rep.mailspike.net", &[("127.0.0.[10..12]", Effect::Listed, 4)]);
        let Meaning::Listed(codes) = judge(&list, [127, 0, 0, 19].into(), Scoring::Postscreen) else {
            panic!("a code")
        };
        assert_eq!((codes[0].effect, codes[0].points), (Effect::Allow, 0));
    }

    #[test]
    fn allowlist_earns_nothing_and_its_abuse_answer_is_a_refusal() {
        assert_eq!(points("dnswl", [127, 0, 5, 3]), [0]);
        assert!(matches!(meanings("dnswl", [127, 0, 10, 3]), Meaning::Refused(_)));
    }
}
