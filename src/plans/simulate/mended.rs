//! The same sender with one fault less: what a change would be worth.

use std::collections::BTreeSet;

use super::profile::Word;
use super::sender::Facts;
use crate::names::domain::Domain;

impl Facts {
    /// The same sender with one fault mended at a time, the cheapest first: what would be done, and what would then be
    /// known.
    pub(super) fn mended(&self) -> Vec<(String, Facts)> {
        let mut all = Vec::new();
        let mut add = |what: String, change: &dyn Fn(&mut Facts)| {
            let mut facts = self.clone();
            change(&mut facts);
            all.push((what, facts));
        };
        if self.helo_form != Word::Name || !matches!(self.helo_dns, Word::Address | Word::Mx) || self.helo_local {
            let name = self.ptr_name.clone().unwrap_or_else(|| "mail.example.net".to_owned());
            add(format!("with the name of the address behind HELO ({name})"), &|facts| {
                facts.helo.clone_from(&name);
                (facts.helo_form, facts.helo_value, facts.helo_dns) = (Word::Name, Some(Word::Name), Word::Address);
                facts.helo_local = false;
            });
        }
        if self.ptr != Word::Confirmed {
            add(format!("with a PTR record of {} that leads back ({})", self.ip, self.helo), &|facts| {
                facts.ptr = Word::Confirmed;
                facts.ptr_name = Some(facts.helo.clone());
                facts.ptr_first.clone_from(&facts.ptr_name);
            });
        }
        if !matches!(self.spf, Word::Pass) && !self.from.is_empty() {
            let term = if self.ip.is_ipv4() { "ip4" } else { "ip6" };
            let domain = self.sender_domain().unwrap_or_default();
            add(format!("with {term}:{} in the SPF record of {domain}", self.ip), &|facts| {
                (facts.spf, facts.spf_plus_all) = (Word::Pass, false);
                facts.dmarc = facts.dmarc();
            });
        }
        if self.dkim.is_some()
            && self.best_signature() != Some(Word::Pass)
            && let Some(author) = self.header_from.clone()
        {
            add(format!("with a valid DKIM signature of {author}"), &|facts| {
                facts.dkim = Some(vec![(Word::Pass, author.clone())]);
                facts.dmarc = facts.dmarc();
            });
        }
        if !matches!(self.from_dns, Word::Mx | Word::Address) && self.from_form == Word::Fqdn {
            add(format!("with a mail host for {}", self.sender_domain().unwrap_or_default()), &|facts| {
                facts.from_dns = Word::Mx;
            });
        }
        let listed: BTreeSet<&Domain> =
            self.lists.iter().filter(|(_, answer)| !answer.addresses.is_empty()).map(|((zone, _), _)| zone).collect();
        for zone in &listed {
            add(format!("off {zone}"), &|facts| {
                facts
                    .lists
                    .iter_mut()
                    .filter(|((of, _), _)| of == *zone)
                    .for_each(|(_, answer)| answer.addresses.clear());
            });
        }
        if listed.len() > 1 {
            add("off all lists".to_owned(), &|facts| {
                facts.lists.values_mut().for_each(|answer| answer.addresses.clear());
            });
        }
        all
    }
}
