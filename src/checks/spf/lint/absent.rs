//! A domain without one record: what stands there instead, and which record is to be published.

use hickory_proto::rr::RecordType;

use super::fixes::merge;
use super::{Lint, Missing, is_sender_id, record_evidence, several, start_of};
use crate::checks::advice::{self, Place};
use crate::checks::spf::rules;
use crate::checks::spf::trial::Trial;
use crate::checks::spf::walk::{Branch, State, belongs, near_misses};
use crate::mail::spf::{Qualifier, Record, is_record, shown};
use crate::names::domain::Domain;
use crate::net::Net;
use crate::report::{Evidence, clean};

impl Lint<'_> {
    /// Whether there is a record, and if not, what was meant as one.
    pub(super) async fn presence(&mut self, tree: &Branch, missing: &Missing, trial: Option<&Trial<'_>>, net: &Net) {
        let name = self.name;
        let near: Vec<(String, u32)> =
            near_misses(&tree.inner.texts).into_iter().filter(|(text, _)| !is_sender_id(text)).collect();
        let mut correction = None;
        match (tree.state, trial) {
            (State::SeveralRecords, Some(trial)) => {
                let found = several(name, &tree.inner.texts);
                let (detail, proof) = (found.0, found.1.unwrap_or_else(|| self.texts(name)));
                let merged = merge(&tree.inner.texts);
                let serves = trial.serves(name, &merged).await;
                let publish = self.publish(name, &merged);
                let finding = self.find(&rules::SEVERAL, name, proof, &detail);
                if serves {
                    finding.remedy = Some(clean(&format!("{publish}, and remove the records that are there.")));
                }
            }
            (State::NoRecord | State::NoSuchName, Some(trial)) => {
                let end = self.alias(name);
                let detail = match (tree.state, &end) {
                    (State::NoSuchName, Some(end)) => format!("{name} is an alias of {end}, which does not exist"),
                    (State::NoSuchName, None) => "the name does not exist".to_owned(),
                    (_, Some(end)) => format!("{name} is an alias of {end}, which has no SPF record"),
                    _ => "the name has no TXT record that begins with v=spf1".to_owned(),
                };
                let remedy = self.instead(missing, &near, trial, net).await;
                self.find(&rules::NONE, name, self.texts(name), &detail).remedy = Some(clean(&remedy));
                correction = Some(remedy);
            }
            _ => {}
        }
        for (text, ttl_s) in &near {
            let evidence = Evidence::record(name, "TXT", *ttl_s, format!("\"{text}\""));
            let detail = format!("the text begins with {:?}", start_of(text));
            let finding = self.find(&rules::NEAR_MISS, name, evidence, &detail);
            finding.about = Some(clean(text));
            finding.remedy = Some(match &correction {
                Some(correction) => clean(correction),
                None => "Remove the text: the record beside it is the one that counts.".to_owned(),
            });
        }
        // A provider's own _spf name is what includes are for; it is a mistake where the domain has none.
        if correction.is_some() {
            for (at, text) in &missing.misplaced {
                let detail = "nobody asks for SPF at this name";
                self.find(&rules::MISPLACED, at, record_evidence(at, text), detail).about = Some(shown(&text.octets));
            }
        }
    }

    /// The one way to a record: the text that was meant as one, else one for the domain's own hosts.
    async fn instead(&self, missing: &Missing, near: &[(String, u32)], trial: &Trial<'_>, net: &Net) -> String {
        let name = self.name;
        if let Some(end) = self.alias(name)
            && !self.is_own(&end)
        {
            return format!("{}.", advice::beside_alias(name, &end));
        }
        if let [(text, _)] = near {
            let text = unwrapped(text);
            if trial.serves(name, &text).await {
                return format!("{} in place of the text that is meant as one.", self.publish(name, &text));
            }
        }
        if !near.is_empty() {
            return "Correct the text that is meant as the record: it begins with exactly \"v=spf1\" and a space."
                .to_owned();
        }
        let elsewhere = missing.type99.iter().map(|text| ("a record of the abandoned type SPF", text));
        let elsewhere = elsewhere.chain(missing.misplaced.iter().map(|(at, text)| (at.as_str(), &text.octets)));
        for (at, text) in elsewhere {
            let text = shown(text);
            if trial.serves(name, &text).await {
                return format!("{}, as it stands in {at}.", self.publish(name, &text));
            }
        }
        if let Some(text) = missing.type99.first() {
            let record = Record::parse(text);
            let is_open = record.all().is_some_and(|(_, directive)| directive.qualifier == Qualifier::Pass);
            let fault = record.faults.first().map(|fault| fault.what.to_string());
            if let Some(fault) = fault.or_else(|| is_open.then(|| "it lets everyone send".to_owned())) {
                return format!(
                    "Correct the text of the record of type SPF ({fault}) and publish it as TXT at {name}."
                );
            }
            return format!(
                "Publish as TXT at {name} what stands in the record of the abandoned type SPF, \"{}\", when what it leads \
                 to is mended: no receiver could evaluate it as it is.",
                shown(text)
            );
        }
        self.of_hosts(trial, net).await
    }

    /// A record for a domain of which nothing is known but its mail hosts.
    async fn of_hosts(&self, trial: &Trial<'_>, net: &Net) -> String {
        const OWN_HOSTS: &str = "v=spf1 mx ~all";
        let name = self.name;
        let nobody = self.publish(name, "v=spf1 -all");
        let in_words = || rules::NONE.remedy.text().to_owned();
        let Ok(domain) = name.parse::<Domain>() else { return in_words() };
        let Ok(route) = net.mail_route(&domain).await else { return in_words() };
        if route.is_null() {
            return format!("{nobody}: the domain says that it takes no mail. If it sends, name its senders instead.");
        }
        if route.exchangers.is_empty() {
            return format!("If {name} sends no mail: {nobody}. If it does, name its senders ahead of -all.");
        }
        let hosts = route.hosts(&domain);
        if hosts.iter().any(|host| host.is_kin_of(&domain)) && trial.serves(name, OWN_HOSTS).await {
            let publish = self.publish(name, OWN_HOSTS);
            return format!("{publish}, with an include: for every service that sends for {name} as well.");
        }
        let whose = hosts.first().map(|host| host.organisation().to_string()).unwrap_or_default();
        format!(
            "Publish a TXT record at {name} that begins with v=spf1, names what sends its mail, and ends with ~all: the \
             instructions of {whose}, whose hosts receive it, give the include: for mail sent there."
        )
    }

    /// The act that publishes a record at a name of the reader's.
    pub(super) fn publish(&self, at: &str, text: &str) -> String {
        match self.name.parse::<Domain>() {
            Ok(reader) => Place { reader: &reader, name: at, alias: self.alias(at).as_deref() }.publish_text(text),
            Err(_) => format!("Publish the TXT record \"{text}\" at {at}"),
        }
    }

    /// What a name is an alias of at last.
    pub(super) fn alias(&self, name: &str) -> Option<String> {
        let asked = self.ledger.of(name, &[RecordType::TXT]);
        let mut aliases = asked.into_iter().filter_map(|piece| match piece {
            Evidence::Record { rtype, data, .. } if rtype == "CNAME" => {
                Some(data.trim_end_matches('.').to_ascii_lowercase())
            }
            _ => None,
        });
        aliases.next_back()
    }

    /// Whether a name belongs to the organisation that reads the report.
    pub(super) fn is_own(&self, name: &str) -> bool {
        self.name.parse().map_or(true, |own: Domain| belongs(name, &own))
    }
}

/// A text without what stands around a record, blanks and quotation marks; empty if no record is left.
fn unwrapped(text: &str) -> String {
    let around = |character: char| character.is_whitespace() || matches!(character, '"' | '\'' | '\\');
    let bare = text.trim_matches(around);
    let parsed = Record::parse(bare.as_bytes());
    if is_record(bare.as_bytes()) && parsed.faults.is_empty() { bare.to_owned() } else { String::new() }
}
