//! Feedback reports (RFC 5965) and reports of failed authentication (RFC 6591).

use super::fields::{self, Fields, address_in};
use super::{Feedback, Report};

/// What a report of a person or of a filter says.
pub(super) fn report(parts: &[&str], original: Option<&Fields>) -> Report {
    let mut all = Fields::default();
    for line in parts.iter().flat_map(|part| part.lines()) {
        all.push_line(line);
    }
    let kind = all.get("feedback-type").unwrap_or_default().trim().to_ascii_lowercase();
    let feedback = match kind.as_str() {
        "auth-failure" => {
            Feedback::AuthFailure(all.get("auth-failure").unwrap_or_default().trim().to_ascii_lowercase())
        }
        "not-spam" | "opt-out" | "opt-out-list" => Feedback::NoComplaint,
        _ => Feedback::Complaint,
    };
    let arrival = all.get("arrival-date").or_else(|| all.get("received-date"));
    let reporter = all.get("reporting-mta").and_then(fields::host);
    let from = all.get("original-mail-from").and_then(fields::bare_mailbox);
    Report {
        recipient: all.all("original-rcpt-to").find_map(fields::bare_mailbox),
        reporting_mta: reporter,
        sending_address: all.get("source-ip").and_then(address_in),
        envelope_from: from.or_else(|| original?.get("return-path").and_then(fields::bare_mailbox)),
        message_id: original.and_then(|original| original.get("message-id")).and_then(fields::message_id),
        arrival: arrival.and_then(fields::date),
        feedback: Some(feedback),
        ..Report::default()
    }
}
