//! Whether the condition of a test holds for a sender, and what it saw.

use std::net::Ipv4Addr;

use super::{Seen, Stand};
use crate::names::domain::Domain;
use crate::plans::simulate::helo::{weight_of_helo, weight_of_host};
use crate::plans::simulate::profile::{Condition, Listing, Of, Pattern, Word};
use crate::plans::simulate::sender::{Answer, Way};
use crate::report::clean;

impl Stand<'_> {
    /// Whether a condition holds, and what it saw.
    pub(super) fn see(&self, condition: &Condition) -> Seen {
        let facts = self.facts;
        let mut seen = Seen { holds: true, ..Seen::default() };
        let mut need = |holds: bool| seen.holds &= holds;
        if let Some(wanted) = &condition.ptr {
            need(wanted.holds(&facts.ptr));
        }
        let matches = |pattern: &Option<Pattern>, text: Option<&str>| {
            pattern.as_ref().is_none_or(|pattern| text.is_some_and(|text| pattern.0.is_match(text)))
        };
        need(matches(&condition.ptr_name, facts.ptr_name.as_deref()));
        need(matches(&condition.ptr_first, facts.ptr_first.as_deref()));
        need(matches(&condition.helo, Some(&facts.helo)));
        if let Some(wanted) = &condition.ptr_weight {
            // HELO and host name share one slot: the heavier counts, HELO on a tie.
            let of_ptr = facts.ptr_name.as_deref().map_or(0, weight_of_host);
            need(wanted.holds(&of_ptr) && of_ptr > self.helo_weight());
        }
        if let Some(wanted) = &condition.helo_weight {
            let of_ptr = facts.ptr_name.as_deref().map_or(0, weight_of_host);
            let of_helo = self.helo_weight();
            need(wanted.holds(&of_helo) && (of_helo == 0 || of_helo >= of_ptr));
        }
        if let Some(wanted) = &condition.address {
            let kind = if crate::names::address::is_global(facts.ip) { Word::Public } else { Word::Private };
            need(wanted.holds(&kind));
        }
        if let Some(version) = condition.version {
            need((version == 4) == facts.ip.is_ipv4());
        }
        if let Some(tls) = condition.tls {
            need(tls == self.tls);
        }
        if let Some(wanted) = &condition.helo_form {
            need(wanted.holds(&facts.helo_form));
        }
        if let Some(wanted) = &condition.helo_value {
            need(facts.helo_value.is_some_and(|value| wanted.holds(&value)));
        }
        if let Some(wanted) = &condition.helo_equals {
            need(wanted.values().iter().any(|value| self.filled(value).eq_ignore_ascii_case(&facts.helo)));
        }
        if let Some(local) = condition.helo_local {
            need(local == facts.helo_local);
        }
        if let Some(local) = condition.from_local {
            need(local == facts.from_local);
        }
        if let Some(local) = condition.to_local {
            need(local == facts.to_local);
        }
        if let Some(literal) = condition.from_mx_literal {
            need(literal == facts.from_mx_literal);
        }
        if let Some(wanted) = &condition.from_form {
            need(wanted.holds(&facts.from_form));
        }
        if let Some(all) = condition.spf_plus_all {
            need(all == facts.spf_plus_all);
        }
        // What was looked up may have failed, which is a word of its own.
        for (name, wanted, found) in [
            ("helo_dns", &condition.helo_dns, facts.helo_dns),
            ("from_dns", &condition.from_dns, facts.from_dns),
            ("spf", &condition.spf, facts.spf),
            ("spf_helo", &condition.spf_helo, facts.spf_helo),
        ] {
            let Some(wanted) = wanted else { continue };
            let applies = match name {
                "helo_dns" => facts.helo_form == Word::Name,
                "from_dns" => matches!(facts.from_form, Word::Fqdn | Word::Short),
                _ => true,
            };
            let holds = applies && wanted.holds(&found);
            if !holds && matches!(found, Word::Failed | Word::Temperror) {
                seen.open = facts.failed.get(name).cloned();
            }
            seen.holds &= holds;
        }
        if condition.ptr.is_some() && !seen.holds && matches!(facts.ptr, Word::Failed | Word::ForwardFailed) {
            seen.open = facts.failed.get("ptr").cloned();
        }
        self.see_message(condition, &mut seen);
        self.see_hits(condition, &mut seen);
        if let Some(list) = &condition.list {
            self.see_list(list, condition, &mut seen);
        }
        if let Some(inner) = &condition.not {
            let inner = self.see(inner);
            seen.holds &= !inner.holds;
            seen.lacks_message |= inner.lacks_message && !inner.holds && needs_message(condition);
            if inner.lacks_message && !inner.holds {
                // It might hold, and then this would not.
                seen.holds = false;
                seen.lacks_message = true;
            }
        }
        if !condition.any.is_empty() {
            let all: Vec<Seen> = condition.any.iter().map(|inner| self.see(inner)).collect();
            let holds = all.iter().any(|inner| inner.holds);
            seen.holds &= holds;
            seen.lacks_message |= !holds && all.iter().any(|inner| inner.lacks_message);
        }
        seen
    }

    fn helo_weight(&self) -> u8 {
        match self.facts.helo_value {
            Some(Word::Name) => weight_of_helo(&self.facts.helo),
            _ => 0,
        }
    }

    /// Conditions that only a message can meet.
    fn see_message(&self, condition: &Condition, seen: &mut Seen) {
        let facts = self.facts;
        let mut told = |value: Option<bool>| match value {
            Some(holds) => seen.holds &= holds,
            None => {
                seen.holds = false;
                seen.lacks_message = true;
            }
        };
        if let Some(wanted) = &condition.dkim {
            told(facts.best_signature().map(|best| wanted.holds(&best)));
        }
        if let Some(wanted) = &condition.dkim_any {
            told(facts.dkim.as_ref().map(|all| all.iter().any(|(result, _)| wanted.holds(result))));
        }
        if let Some(wanted) = &condition.dkim_domain {
            let kin = |one: &str, other: Option<&str>| match (
                one.parse::<Domain>(),
                other.and_then(|other| other.parse::<Domain>().ok()),
            ) {
                (Ok(one), Some(other)) => one == other,
                _ => false,
            };
            let is = |word: &Word| match word {
                Word::HeaderFrom => facts.signers().any(|signer| kin(signer, facts.header_from.as_deref())),
                _ => facts.signers().any(|signer| kin(signer, facts.sender_domain())),
            };
            told(facts.dkim.as_ref().map(|_| wanted.values().iter().any(is)));
        }
        if let Some(wanted) = &condition.dmarc {
            told(facts.dmarc.map(|dmarc| wanted.holds(&dmarc)));
        }
        if let Some(wanted) = &condition.dmarc_policy {
            let policy = facts.dmarc_policy.unwrap_or(Word::Absent);
            seen.holds &= wanted.holds(&policy);
        }
        let mut told = |value: Option<bool>| match value {
            Some(holds) => seen.holds &= holds,
            None => {
                seen.holds = false;
                seen.lacks_message = true;
            }
        };
        if let Some(wanted) = &condition.header_from {
            let parsed = |text: Option<&str>| text.and_then(|text| text.parse::<Domain>().ok());
            let relation = match (parsed(facts.header_from.as_deref()), parsed(facts.sender_domain())) {
                (Some(author), Some(from)) if author == from => Word::Same,
                (Some(author), Some(from)) if author.is_kin_of(&from) => Word::Other,
                (Some(_), Some(_)) => Word::OtherOrganization,
                _ => Word::Same,
            };
            // Another organization is another domain as well.
            let holds = wanted.holds(&relation) || relation == Word::OtherOrganization && wanted.holds(&Word::Other);
            told(facts.has_message.then_some(holds));
        }
        if let Some(wanted) = &condition.header_from_dns {
            let word = if facts.header_from_exists == Some(false) { Word::Nxdomain } else { Word::Exists };
            told(Some(wanted.holds(&word)));
        }
        if let Some(wanted) = condition.direct {
            let is_direct = |way: &Way| way.count == 0 || !way.last_by_tls.unwrap_or(self.tls);
            told(facts.way.as_ref().map(|way| wanted == is_direct(way)));
        }
        if let Some(wanted) = &condition.received {
            let holds = |way: &Way| match way.count {
                0 => wanted.holds(&Word::None),
                1 => wanted.holds(&Word::One) || wanted.holds(&Word::Some),
                _ => wanted.holds(&Word::Some),
            };
            told(facts.way.as_ref().map(holds));
        }
        if let Some(wanted) = condition.marketing {
            told(facts.marketing.map(|marketing| marketing == wanted));
        }
        if let Some(wanted) = condition.list_unsubscribe_post {
            told(facts.list_unsubscribe_post.map(|post| post == wanted));
        }
    }

    /// Conditions over tests above.
    fn see_hits(&self, condition: &Condition, seen: &mut Seen) {
        let is_hit = |id: &String| self.hits.contains(id.as_str());
        let mut need = |holds: bool| seen.holds &= holds;
        need(condition.hit.as_ref().is_none_or(is_hit));
        need(condition.not_hit.as_ref().is_none_or(|id| !is_hit(id)));
        need(condition.all_hit.iter().all(is_hit));
        need(condition.any_hit.is_empty() || condition.any_hit.iter().any(is_hit));
        if let Some(wanted) = condition.listed_with_points {
            need(wanted == (self.listed > 0.0));
        }
        if let Some(wanted) = condition.good_policies {
            need(wanted == (self.groups.get("policies").copied().unwrap_or(0.0) < 0.0));
        }
    }

    fn see_list(&self, list: &Listing, condition: &Condition, seen: &mut Seen) {
        let of = condition.of.as_ref().map(|of| of.values()).unwrap_or_default();
        let mut any = false;
        for of in of {
            if *of == Of::Received && self.facts.way.is_none() || *of == Of::Dkim && self.facts.dkim.is_none() {
                seen.lacks_message = true;
                continue;
            }
            // An address that an allowlist vouches for is asked of no other list.
            if *of == Of::Ip && self.skips_lists {
                continue;
            }
            for about in self.facts.of(*of) {
                let Some(Answer { addresses, texts, failed }) =
                    self.facts.lists.get(&(list.zone.clone(), about.clone()))
                else {
                    continue;
                };
                if let Some(why) = failed {
                    seen.open = Some(why.clone());
                    continue;
                }
                let fits = |address: &&Ipv4Addr| list.answers.as_ref().is_none_or(|answers| answers.matches(**address));
                let codes: Vec<Ipv4Addr> = addresses.iter().filter(fits).copied().collect();
                let text = texts.join(" / ").chars().take(500).collect::<String>();
                let by_text = condition.txt.as_ref().is_none_or(|pattern| pattern.0.is_match(&text));
                if !codes.is_empty() && by_text && !any {
                    any = true;
                    seen.value = Some(about);
                    seen.txt = (!text.is_empty()).then_some(text);
                    seen.codes = codes;
                }
            }
        }
        if any {
            (seen.open, seen.lacks_message) = (None, false);
        }
        seen.holds &= any;
    }

    /// What a hit saw, in a line.
    pub(super) fn evidence(&self, condition: &Condition, seen: &Seen) -> Option<String> {
        let facts = self.facts;
        if let (Some(list), Some(value)) = (&condition.list, &seen.value) {
            let codes: Vec<String> = seen.codes.iter().map(ToString::to_string).collect();
            let errs = seen.codes.iter().any(|code| code.octets()[..3] == [127, 255, 255]);
            let errs = if errs { "; that is a refusal, which this server takes for a listing" } else { "" };
            return Some(format!("{value}: {} answers {}{errs}", list.zone, codes.join(", ")));
        }
        let mut all = Vec::new();
        if condition.ptr.is_some() {
            all.push(match facts.ptr {
                Word::None => format!("no PTR record for {}", facts.ip),
                Word::Failed => format!("the look-up of the PTR record of {} failed", facts.ip),
                Word::Confirmed => format!("{} leads back", facts.ptr_name.as_deref().unwrap_or_default()),
                _ => format!("{} does not lead back to {}", facts.ptr_first.as_deref().unwrap_or_default(), facts.ip),
            });
        }
        let helo = condition.helo.is_some()
            || condition.helo_form.is_some()
            || condition.helo_dns.is_some()
            || condition.helo_weight.is_some()
            || condition.helo_value.is_some()
            || condition.helo_local.is_some();
        if helo {
            all.push(format!("HELO {}", facts.helo));
        }
        if condition.from_dns.is_some() || condition.from_form.is_some() || condition.from_local.is_some() {
            all.push(format!("MAIL FROM <{}>", facts.from));
        }
        if condition.spf.is_some() || condition.spf_helo.is_some() {
            all.push(format!("SPF {}", shown(if condition.spf.is_some() { facts.spf } else { facts.spf_helo })));
        }
        if condition.dkim.is_some() || condition.dkim_any.is_some() {
            all.push(format!("DKIM {}", facts.best_signature().map_or("none", shown)));
        }
        if let Some(dmarc) = facts.dmarc.filter(|_| condition.dmarc.is_some()) {
            all.push(format!("DMARC {} of {}", shown(dmarc), facts.header_from.as_deref().unwrap_or("-")));
        }
        (!all.is_empty()).then(|| clean(&all.join("; ")))
    }
}

fn needs_message(condition: &Condition) -> bool {
    condition.dkim.is_some() || condition.dmarc.is_some()
}

/// The word of a result.
pub(super) fn shown(word: Word) -> &'static str {
    match word {
        Word::Pass => "pass",
        Word::Fail => "fail",
        Word::Softfail => "softfail",
        Word::Neutral => "neutral",
        Word::Permerror => "permerror",
        Word::Temperror => "temperror",
        Word::Reject => "reject",
        Word::Quarantine => "quarantine",
        _ => "none",
    }
}
