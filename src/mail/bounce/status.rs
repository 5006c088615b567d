//! Delivery status notifications (RFC 3464, RFC 6533): their fields, as the many programs that write them do.

use super::fields::{self, Fields};
use super::reply::Said;
use super::{Action, Report};

/// A report about recipients: what holds for all of them, and a group each.
#[derive(Debug, Default)]
pub(super) struct Status {
    pub(super) message: Fields,
    pub(super) recipients: Vec<Fields>,
}

/// Fields that only a recipient's group has.
const OF_RECIPIENT: [&str; 9] = [
    "original-recipient",
    "final-recipient",
    "action",
    "status",
    "remote-mta",
    "diagnostic-code",
    "last-attempt-date",
    "final-log-id",
    "will-retry-until",
];
/// Those of them of which a group has one.
const ONCE: [&str; 4] = ["original-recipient", "final-recipient", "action", "status"];
/// Recipients of one report that are read.
const MAX_RECIPIENTS: usize = 1_000;

impl Status {
    /// Reads the groups of all the parts of a report. The empty line between two groups may be missing.
    pub(super) fn read<'a>(parts: impl Iterator<Item = &'a str>) -> Self {
        let mut status = Status::default();
        for part in parts {
            let mut group = Fields::default();
            for line in part.lines() {
                if line.trim().is_empty() {
                    status.take(std::mem::take(&mut group));
                    continue;
                }
                if let Some((name, _)) = fields::field(line).filter(|_| !line.starts_with([' ', '\t'])) {
                    let name = name.to_ascii_lowercase();
                    let is_of_recipient = OF_RECIPIENT.contains(&name.as_str());
                    let begins = is_of_recipient && (group.has("reporting-mta") || group.has("arrival-date"))
                        || ONCE.contains(&name.as_str()) && group.has(&name);
                    if begins && (!is_about_recipient(&group) || group.has(&name)) {
                        status.take(std::mem::take(&mut group));
                    }
                }
                group.push_line(line);
            }
            status.take(group);
        }
        status
    }

    fn take(&mut self, group: Fields) {
        if group.is_empty() {
            return;
        }
        if is_about_recipient(&group) {
            if self.recipients.len() < MAX_RECIPIENTS {
                self.recipients.push(group);
            }
        } else if self.message.is_empty() || group.has("reporting-mta") {
            self.message = group;
        }
    }

    /// What the report says of each recipient.
    pub(super) fn reports(&self) -> Vec<Report> {
        self.recipients.iter().map(|group| self.report(group)).collect()
    }

    fn report(&self, group: &Fields) -> Report {
        let final_recipient = group.get("final-recipient").and_then(fields::mailbox);
        let original = || group.get("original-recipient").and_then(fields::mailbox);
        let recipient = match final_recipient {
            Some(mailbox) if mailbox.contains('@') => Some(mailbox),
            other => original().or(other).or_else(|| group.get("x-actual-recipient").and_then(fields::mailbox)),
        };
        let remote = group
            .all("remote-mta")
            .filter(|value| fields::typed(value).0.is_none_or(|kind| kind != "x-ip"))
            .find_map(fields::host);
        let diagnostic = diagnostic(group);
        let said = diagnostic.as_ref().map(|(_, text)| Said::read(text));
        let mut report = Report {
            recipient,
            action: group.get("action").and_then(Action::read),
            status: group.get("status").and_then(fields::status),
            remote_mta: remote,
            reporting_mta: self.message.get("reporting-mta").and_then(fields::host),
            arrival: self
                .message
                .get("arrival-date")
                .and_then(fields::date)
                .or_else(|| group.get("last-attempt-date").and_then(fields::date)),
            is_own: diagnostic.is_some_and(|(kind, _)| kind.as_deref().is_some_and(|kind| kind.starts_with("x-"))),
            ..Report::default()
        };
        if let Some(said) = said {
            report.hear(said);
        }
        report
    }
}

fn is_about_recipient(group: &Fields) -> bool {
    ["final-recipient", "original-recipient", "action", "x-actual-recipient"].iter().any(|name| group.has(name))
}

/// What was said: the server's words before our own side's.
fn diagnostic(group: &Fields) -> Option<(Option<String>, &str)> {
    let all: Vec<(Option<String>, &str)> = group
        .all("diagnostic-code")
        .chain(group.all("x-supplementary-info"))
        .chain(group.all("x-exim-diagnostic"))
        .map(fields::typed)
        .filter(|(_, text)| !text.is_empty())
        .collect();
    let smtp = all.iter().find(|(kind, _)| kind.as_deref() == Some("smtp"));
    smtp.or_else(|| all.first()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_told_apart_without_the_empty_line_too() {
        let text = "Reporting-MTA: dns; a.example\nFinal-Recipient: rfc822; a@example.net\nAction: failed\nStatus: 5.1.1\n\
                    Final-Recipient: rfc822; b@example.net\nAction: delayed\nStatus: 4.0.0\n";
        let reports = Status::read([text].into_iter()).reports();
        let of = |report: &Report| (report.recipient.clone(), report.action, report.reporting_mta.clone());
        assert_eq!(
            reports.iter().map(of).collect::<Vec<_>>(),
            [
                (Some("a@example.net".to_owned()), Some(Action::Failed), Some("a.example".to_owned())),
                (Some("b@example.net".to_owned()), Some(Action::Delayed), Some("a.example".to_owned())),
            ]
        );
    }

    #[test]
    fn groups_may_begin_with_any_of_their_fields() {
        let ses = "Reporting-MTA: dns; a.amazonses.com\n\nAction: failed\nFinal-Recipient: rfc822; a@example.net\n\
                   Diagnostic-Code: smtp; 550 5.1.1 user unknown\nStatus: 5.1.1\n";
        let reports = Status::read([ses].into_iter()).reports();
        assert_eq!(reports.len(), 1);
        assert_eq!((reports[0].reply_code, reports[0].text.as_deref()), (Some(550), Some("user unknown")));
    }
}
