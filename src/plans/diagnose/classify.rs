//! From what a report says to what it means.

use std::net::IpAddr;
use std::sync::LazyLock;

use regex::Regex;

use super::facts::Report;
use crate::catalogue;
use crate::catalogue::refusals::{Cause, Certainty, Meaning, Refusal, provider_of_host};
use crate::mail::bounce::{self, Action, Feedback};

/// A zone in the words of a refusal, behind words that tell it is one.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:using|listed (?:at|in|on|by|as)|found (?:in|on|at)|block(?:ed|list(?:ed)?)? (?:by|using|at|via|in|on|with)|blacklisted (?:by|at|in|on)|rejected by|present in|appears (?:in|on)|according to|dnsbl|rbl|in (?:rbl|dnsbl|blacklist|blocklist))\b[:= \[(]*([a-z0-9_-]+(?:\.[a-z0-9_-]+)+)",
    )
    .expect("the pattern is fixed and valid")
});
static LINKS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:https?|ftp)://\S*|\bwww\.\S+|\S+@\S+").expect("the pattern is fixed and valid")
});
static NAMES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)[a-z0-9_-]+(?:\.[a-z0-9_-]+)+").expect("the pattern is fixed and valid"));

/// What a report means.
pub(super) fn classify(raw: bounce::Report) -> Report {
    let meaning = meaning(&raw);
    report(raw, meaning)
}

/// The same where the meaning is known.
pub(super) fn report(raw: bounce::Report, meaning: Meaning) -> Report {
    let lists = lists(&raw, &meaning);
    let bounce::Report {
        recipient,
        action,
        status,
        reply_code,
        enhanced_code,
        text,
        remote_mta,
        reporting_mta,
        sending_address,
        envelope_from,
        helo,
        message_id,
        arrival,
        ..
    } = raw;
    Report {
        recipient,
        action,
        status,
        reply_code,
        enhanced_code,
        text,
        remote_mta,
        reporting_mta,
        sending_address,
        envelope_from,
        helo,
        message_id,
        arrival,
        cause: meaning.cause,
        side: meaning.side,
        provider: meaning.provider,
        lists,
        certainty: meaning.certainty,
        pattern: meaning.pattern,
        direction: None,
        count: None,
        delivered_later: None,
    }
}

/// Why it was refused, by its own words.
pub(super) fn meaning(raw: &bounce::Report) -> Meaning {
    if let Some(feedback) = &raw.feedback {
        return of_feedback(feedback);
    }
    if raw.action.is_some_and(|action| !action.is_failure()) {
        return plain(Cause::Delivered, Certainty::Named);
    }
    // Where nobody else is named the reporter refused by itself; a sending service reports what others say.
    let refuses = |host: &&str| provider_of_host(host).is_some_and(|provider| !provider.kind.starts_with("sender"));
    let host = raw.remote_mta.as_deref().or(raw.reporting_mta.as_deref().filter(refuses));
    let refusal = Refusal {
        text: raw.reply.as_deref().or(raw.text.as_deref()).unwrap_or_default(),
        reply_code: raw.reply_code,
        status: raw.status.as_deref().filter(|_| raw.enhanced_code.is_none()),
        host,
    };
    let mut meaning = refusal.classify();
    // Given up without a word: time alone speaks.
    if meaning.cause == Cause::Unknown && raw.action == Some(Action::Failed) && raw.text.is_none() {
        let status = raw.status.as_deref().unwrap_or_default();
        if status.ends_with(".4.7") {
            meaning = plain(Cause::Expired, Certainty::Likely);
        }
    }
    meaning
}

fn of_feedback(feedback: &Feedback) -> Meaning {
    match feedback {
        Feedback::Complaint => plain(Cause::Complaint, Certainty::Named),
        Feedback::NoComplaint => plain(Cause::Delivered, Certainty::Named),
        Feedback::AuthFailure(method) => {
            let cause = match method.as_str() {
                "spf" => Cause::AuthSpf,
                "dmarc" => Cause::AuthDmarc,
                "dkim" | "signature" | "bodyhash" | "revoked" => Cause::AuthDkim,
                _ => Cause::Auth,
            };
            plain(cause, Certainty::Named)
        }
    }
}

/// A meaning that no words give.
pub(super) fn plain(cause: Cause, certainty: Certainty) -> Meaning {
    Meaning { cause, side: cause.side(), provider: None, list: None, certainty, pattern: None }
}

/// The lists that a refusal names.
fn lists(raw: &bounce::Report, meaning: &Meaning) -> Vec<String> {
    let Some(text) = &raw.text else { return Vec::new() };
    let about_lists = matches!(
        meaning.cause,
        Cause::Listed
            | Cause::ReceiverFault
            | Cause::Dynamic
            | Cause::Reputation
            | Cause::Content
            | Cause::SpamUnspecified
            | Cause::Policy
    );
    if !about_lists {
        return Vec::new();
    }
    let words = LINKS.replace_all(text, " ");
    let mut found: Vec<String> = Vec::new();
    let mut add = |zone: String| {
        if !found.contains(&zone) {
            found.push(zone);
        }
    };
    for name in NAMES.find_iter(&words) {
        if let Some(zone) = known_zone(name.as_str()) {
            add(zone);
        }
    }
    if matches!(meaning.cause, Cause::Listed | Cause::ReceiverFault | Cause::Dynamic) {
        for named in NAMED.captures_iter(&words) {
            let zone = named[1].trim_end_matches(['.', '_', '-']).to_ascii_lowercase();
            let is_own =
                [&raw.remote_mta, &raw.reporting_mta].iter().any(|host| host.as_deref() == Some(zone.as_str()));
            let is_host = |mailbox: &Option<String>| {
                mailbox
                    .as_deref()
                    .and_then(|mailbox| mailbox.rsplit_once('@'))
                    .is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(&zone))
            };
            let is_party =
                is_host(&raw.recipient) || is_host(&raw.envelope_from) || raw.helo.as_deref() == Some(zone.as_str());
            // An operator's own domain is its brand, and the catalogue knows what list that means.
            let behind = format!(".{zone}");
            let is_brand = catalogue::lists().iter().any(|list| list.zone.ends_with(&behind));
            let is_zone = !(is_brand && zone.split('.').count() == 2 && meaning.list.is_some())
                && zone.parse::<IpAddr>().is_err();
            let ends_well = zone
                .rsplit('.')
                .next()
                .is_some_and(|last| last.len() > 1 && last.bytes().all(|byte| byte.is_ascii_alphabetic()));
            if is_zone && ends_well && !is_own && !is_party {
                add(without_key(&zone));
            }
        }
    }
    if found.is_empty()
        && let Some(list) = meaning.list
    {
        found.push(list.to_owned());
    }
    found
}

/// A zone of the catalogue as it is written in a text, without a key in front of it.
fn known_zone(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    if catalogue::lists().iter().any(|list| list.zone == name) {
        return Some(name);
    }
    let (_, rest) = name.split_once('.')?;
    let keyed = |list: &catalogue::List| list.zone.strip_prefix("{key}.") == Some(rest);
    catalogue::lists().iter().any(keyed).then(|| rest.to_owned())
}

/// A zone without the key that stands in front of a data feed's.
fn without_key(zone: &str) -> String {
    match catalogue::keys::take(zone) {
        Some((shown, _)) => shown.trim_start_matches("{key}.").to_owned(),
        None => zone.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Report {
        let mut raw = bounce::Report { action: Some(Action::Failed), ..bounce::Report::default() };
        raw.hear(bounce::Said::read(text));
        classify(raw)
    }

    #[test]
    fn lists_are_named_by_zone_without_key_or_by_the_catalogue() {
        let lists = |text: &str| of(text).lists;
        let using = "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using ";
        assert_eq!(
            lists(&format!("{using}zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1")),
            ["zen.spamhaus.org"]
        );
        assert_eq!(lists(&format!("{using}abcdefghijklmnopqrstuvwxyz.zen.dq.spamhaus.net")), ["zen.dq.spamhaus.net"]);
        assert_eq!(lists(&format!("{using}bl.nobody.example")), ["bl.nobody.example"]);
        assert_eq!(lists("550 5.1.1 user not found in mail.example.com"), Vec::<String>::new());
    }

    #[test]
    fn reports_of_success_and_of_people_need_no_words() {
        let raw = bounce::Report { action: Some(Action::Relayed), ..bounce::Report::default() };
        assert_eq!(classify(raw).cause, Cause::Delivered);
        let raw = bounce::Report { feedback: Some(Feedback::AuthFailure("dmarc".into())), ..bounce::Report::default() };
        assert_eq!(classify(raw).cause, Cause::AuthDmarc);
    }
}
