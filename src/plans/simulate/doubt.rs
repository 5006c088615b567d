//! Look-ups whose answer could not be had, or is chance: what a receiver may see instead.

use std::net::Ipv4Addr;

use super::profile::Word;
use super::sender::Facts;
use crate::report::Unclear;

/// Answers of lists that receivers tell apart, of every kind one.
const LISTINGS: [[u8; 4]; 8] = [
    [127, 0, 0, 2],
    [127, 0, 0, 3],
    [127, 0, 0, 4],
    [127, 0, 0, 9],
    [127, 0, 0, 10],
    [127, 0, 1, 2],
    [127, 0, 5, 1],
    [127, 0, 5, 3],
];

/// A look-up in doubt.
#[derive(Debug)]
pub(super) struct Doubt {
    /// Why.
    pub(super) why: Unclear,
    /// The sender as it would be with other answers.
    pub(super) instead: Vec<Facts>,
}

impl Facts {
    /// Every look-up in doubt.
    pub(super) fn doubts(&self) -> Vec<Doubt> {
        let mut all: Vec<Doubt> = self
            .failed
            .iter()
            .map(|(name, why)| Doubt { why: why.clone(), instead: self.instead(name) })
            .filter(|doubt| !doubt.instead.is_empty())
            .collect();
        for (key, answer) in &self.lists {
            let is_refusal = answer.addresses.iter().any(|address| address.octets()[..3] == [127, 255, 255]);
            let why = match &answer.failed {
                Some(why) => why.clone(),
                None if is_refusal => answer.refused(&key.0),
                None => continue,
            };
            let with = |addresses: Vec<Ipv4Addr>| {
                let mut facts = self.clone();
                let answer = facts.lists.get_mut(key).expect("the key is of this map");
                (answer.addresses, answer.failed) = (addresses, None);
                answer.texts.clear();
                facts
            };
            let listed = LISTINGS.into_iter().map(|octets| vec![Ipv4Addr::from(octets)]);
            all.push(Doubt { why, instead: std::iter::once(Vec::new()).chain(listed).map(with).collect() });
        }
        all
    }

    /// The sender with each other answer to what `name` stands for.
    fn instead(&self, name: &str) -> Vec<Facts> {
        let with = |change: &dyn Fn(&mut Facts)| {
            let mut facts = self.clone();
            change(&mut facts);
            facts.dmarc = facts.dmarc();
            facts
        };
        let words = |words: &[Word], set: &dyn Fn(&mut Facts, Word)| {
            words.iter().map(|word| with(&|facts: &mut Facts| set(facts, *word))).collect()
        };
        match name {
            "ptr" => {
                let some = self.ptr_first.clone().or_else(|| Some(self.helo.clone()));
                vec![
                    with(&|facts| (facts.ptr, facts.ptr_name, facts.ptr_first) = (Word::None, None, None)),
                    with(&|facts| {
                        (facts.ptr, facts.ptr_name, facts.ptr_first) = (Word::Unconfirmed, None, some.clone());
                    }),
                    with(&|facts| {
                        (facts.ptr, facts.ptr_name, facts.ptr_first) = (Word::Confirmed, some.clone(), some.clone());
                    }),
                ]
            }
            "helo_dns" => words(&[Word::Address, Word::None], &|facts, word| facts.helo_dns = word),
            "from_dns" => words(&[Word::Mx, Word::None], &|facts, word| facts.from_dns = word),
            "spf" => words(&[Word::Pass, Word::Fail, Word::Softfail, Word::None], &|facts, word| facts.spf = word),
            "spf_helo" => words(&[Word::Pass, Word::Fail, Word::None], &|facts, word| facts.spf_helo = word),
            "dmarc" => words(&[Word::Absent, Word::None, Word::Quarantine, Word::Reject], &|facts, word| {
                facts.dmarc_policy = Some(word);
            }),
            _ => Vec::new(),
        }
    }
}
