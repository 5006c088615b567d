//! Replies and header fields as the server would write them.

use std::time::Duration;

use super::see::shown;
use super::{Seen, Stand};
use crate::report::clean;

impl Stand<'_> {
    /// A text with what is known of the sender.
    pub(super) fn filled(&self, text: &str) -> String {
        self.fill(text, &Seen::default(), Duration::ZERO, Duration::ZERO, jiff::Timestamp::UNIX_EPOCH)
    }

    pub(super) fn fill(
        &self,
        text: &str,
        seen: &Seen,
        left: Duration,
        waited: Duration,
        now: jiff::Timestamp,
    ) -> String {
        let facts = self.facts;
        let to_domain = facts.to.rsplit_once('@').map_or("", |(_, domain)| domain);
        let policy = facts.dmarc_policy.map_or("none", shown);
        let codes = seen.codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let txt = seen.txt.clone().unwrap_or_default();
        let date = now.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
        let values: [(&str, String); 18] = [
            ("{ptr}", facts.ptr_name.clone().unwrap_or_default()),
            ("{ip}", facts.ip.to_string()),
            ("{helo}", facts.helo.clone()),
            ("{from}", facts.from.clone()),
            ("{from.domain}", facts.sender_domain().unwrap_or_default().to_owned()),
            ("{to}", facts.to.clone()),
            ("{to.domain}", to_domain.to_owned()),
            ("{header_from.domain}", facts.header_from.clone().unwrap_or_default()),
            ("{value}", seen.value.clone().unwrap_or_else(|| facts.ip.to_string())),
            ("{; txt}", if txt.is_empty() { String::new() } else { format!("; {txt}") }),
            ("{txt}", txt),
            ("{codes}", codes),
            ("{dmarc_policy}", policy.to_owned()),
            ("{top}", self.top.as_ref().map(|(_, zone)| zone.clone()).unwrap_or_default()),
            ("{seconds}", left.as_secs().to_string()),
            ("{waited}", waited.as_secs().to_string()),
            ("{mx}", to_domain.to_owned()),
            ("{date}", date),
        ];
        // One pass, so that what a sender says is never taken for a template.
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        'text: while let Some(at) = rest.find('{') {
            filled.push_str(&rest[..at]);
            rest = &rest[at..];
            for (name, value) in &values {
                if let Some(tail) = rest.strip_prefix(name) {
                    filled.push_str(value);
                    rest = tail;
                    continue 'text;
                }
            }
            filled.push('{');
            rest = &rest[1..];
        }
        filled.push_str(rest);
        clean(&filled)
    }
}
