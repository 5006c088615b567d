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
    pub(super) points: u32,
    pub(super) documented: bool,
    pub(super) message: Option<&'a str>,
    pub(super) header: Option<&'a str>,
}

const UNDOCUMENTED: &str = "code not documented";

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
    };
    if !codes.is_empty() {
        return Meaning::Listed(codes);
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
    let points = if effect == Effect::Listed { list.weight } else { 0 };
    // Where nothing is documented, nothing is missing.
    let meaning = if list.codes.is_empty() { "listed" } else { UNDOCUMENTED };
    let unknown = Judgement { meaning, effect, points, documented: false, message: None, header: None };
    Meaning::Listed(vec![unknown])
}

/// The first rule that covers an answer, in the order they are written: so an exception may stand in front of
/// a catch-all. The catalogue's own tables are not written in such an order.
fn first_rule(list: &List, answer: Ipv4Addr) -> Option<Judgement<'_>> {
    if !list.own {
        return documented(list, answer).into_iter().next();
    }
    list.codes.iter().find(|code| code.matcher.matches(answer)).map(|code| judgement(list, code))
}

/// The documented codes that cover an answer: the exact one, else all its bits, else the first pattern.
fn documented(list: &List, answer: Ipv4Addr) -> Vec<Judgement<'_>> {
    let exact = list.codes.iter().find(|code| code.matcher == Matcher::Exact(answer));
    if let Some(code) = exact {
        return vec![judgement(list, code)];
    }
    let covering = || list.codes.iter().filter(|code| code.matcher.matches(answer));
    let bits: Vec<_> =
        covering().filter(|code| matches!(code.matcher, Matcher::Mask(_))).map(|code| judgement(list, code)).collect();
    // Catch-all patterns of lists that document nothing finer do not make 127.0.0.1 a listing.
    if !bits.is_empty() && answer != Ipv4Addr::LOCALHOST {
        return bits;
    }
    if answer == Ipv4Addr::LOCALHOST && !list.own {
        return Vec::new();
    }
    covering().take(1).map(|code| judgement(list, code)).collect()
}

fn judgement<'a>(list: &List, code: &'a Code) -> Judgement<'a> {
    // An allowlist or information zone earns nothing, however its codes are marked.
    let effect = match (list.purpose, code.effect) {
        (Purpose::Block, effect) => effect,
        (Purpose::Allow, Effect::Listed) => Effect::Allow,
        (Purpose::Info, Effect::Listed) => Effect::Info,
        (_, effect) => effect,
    };
    let points = if effect == Effect::Listed { code.points } else { 0 };
    Judgement {
        meaning: &code.meaning,
        effect,
        points,
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

    fn points(id: &str, answer: [u8; 4]) -> Vec<u32> {
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
        assert_eq!(codes[0].points, list("spamhaus-zen").weight);
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
    fn allowlist_earns_nothing_and_its_abuse_answer_is_a_refusal() {
        assert_eq!(points("dnswl", [127, 0, 5, 3]), [0]);
        assert!(matches!(meanings("dnswl", [127, 0, 10, 3]), Meaning::Refused(_)));
    }
}
