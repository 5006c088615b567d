//! What a message says about mail that did not arrive: delivery reports, plain bounces, complaints. Told by content.

mod feedback;
mod fields;
mod mime;
mod plain;
mod received;
mod reply;
mod status;

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::fields::{Fields, bare_mailbox, message_id};
use self::mime::{Content, MAX_OCTETS, Mail};
pub use self::received::Hop;
pub use self::reply::{MAX_TEXT, Said};
use self::status::Status;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A delivery status notification (RFC 3464).
    Dsn,
    /// A bounce in words alone.
    Bounce,
    /// A feedback report (RFC 5965).
    Arf,
    /// A disposition notification (RFC 8098), which is no failure.
    Mdn,
    /// The answer of a robot (RFC 3834), which is no failure.
    AutoReply,
    /// A message as it was received.
    Message,
}

/// What became of a message (RFC 3464 §2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Given up.
    Failed,
    /// Still being tried.
    Delayed,
    /// Delivered.
    Delivered,
    /// Handed to a server that tells no more.
    Relayed,
    /// Handed to several recipients.
    Expanded,
}

/// What a report of a person or filter is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feedback {
    /// A person called it spam.
    Complaint,
    /// A person took that back, or left a list.
    NoComplaint,
    /// Authentication failed, and by which method.
    AuthFailure(String),
}

/// What is reported of one recipient. What is not known is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The recipient that failed.
    pub recipient: Option<String>,
    /// What became of the message.
    pub action: Option<Action>,
    /// The report's status.
    pub status: Option<String>,
    /// The code of the server's reply.
    pub reply_code: Option<u16>,
    /// The enhanced code written in that reply.
    pub enhanced_code: Option<String>,
    /// Its words in one line.
    pub text: Option<String>,
    /// The same with its codes, as it was said.
    pub reply: Option<String>,
    /// The host that answered, or was tried last.
    pub remote_mta: Option<String>,
    /// Its address, if the text names it.
    pub remote_address: Option<IpAddr>,
    /// Who reports.
    pub reporting_mta: Option<String>,
    /// The client's address as the refuser saw it.
    pub sending_address: Option<IpAddr>,
    /// Whether that is taken from the way of the message, and not from the refuser's words.
    pub sending_is_guessed: bool,
    /// The reverse-path.
    pub envelope_from: Option<String>,
    /// The name behind HELO.
    pub helo: Option<String>,
    /// The Message-ID of the message.
    pub message_id: Option<String>,
    /// When the message arrived where it got stuck, as RFC 3339 has it.
    pub arrival: Option<String>,
    /// Whether the words are those of the reporting side.
    pub is_own: bool,
    /// What a feedback report is about.
    pub feedback: Option<Feedback>,
}

/// A message that was read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// What it is.
    pub kind: Kind,
    /// What it reports.
    pub reports: Vec<Report>,
    /// The hop by which a received message came into the receiving organisation.
    pub delivery: Option<Hop>,
    /// The message that was not delivered, or the received one.
    pub original: Option<Original>,
}

/// The message that a report is about, as far as it is attached.
#[derive(Debug, Clone, Default)]
pub struct Original {
    /// All of it, octet for octet; none if only its header, or a part of it, is there.
    pub octets: Option<Vec<u8>>,
    /// The domain of its From field.
    pub from_domain: Option<String>,
    /// The way it took, the last hop first.
    pub hops: Vec<Hop>,
    /// Addresses of inside networks that it shows to everybody.
    pub inside: Vec<IpAddr>,
    /// The selectors and domains of its signatures.
    pub signatures: Vec<(String, String)>,
}

impl Action {
    /// The action in the words of RFC 3464, and in those of programs that have their own.
    fn read(value: &str) -> Option<Self> {
        let word = value.split(|next: char| !next.is_ascii_alphabetic()).find(|word| !word.is_empty())?;
        Some(match word.to_ascii_lowercase().as_str() {
            "failed" | "failure" | "error" | "expired" => Action::Failed,
            "delayed" => Action::Delayed,
            "delivered" => Action::Delivered,
            "relayed" => Action::Relayed,
            "expanded" => Action::Expanded,
            _ => return None,
        })
    }

    /// Whether mail did not arrive.
    pub fn is_failure(self) -> bool {
        matches!(self, Action::Failed | Action::Delayed)
    }
}

impl Report {
    /// Takes over what a server said.
    pub fn hear(&mut self, said: Said) {
        let client = said.client();
        self.reply_code = said.code;
        self.enhanced_code = said.enhanced;
        self.text = (!said.text.is_empty()).then_some(said.text);
        self.reply = (!said.reply.is_empty()).then_some(said.reply);
        let is_name = |host: &String| host.parse::<IpAddr>().is_err();
        if self.remote_mta.is_none()
            || said.host.as_ref().is_some_and(is_name) && !self.remote_mta.as_ref().is_some_and(is_name)
        {
            self.remote_mta = said.host.or(self.remote_mta.take());
        }
        self.remote_address = said.address;
        self.helo = said.helo;
        // Words of our own side name no client as a refuser sees it.
        self.sending_address = client.filter(|_| self.reply_code.is_some() || self.enhanced_code.is_some());
    }
}

impl Reading {
    /// Reads a message; none if the octets are none.
    pub fn of(octets: &[u8]) -> Option<Self> {
        let mut reading = Self::of_beginning(octets)?;
        // Of a message that was cut no signature can be tested.
        if let Some(original) = reading.original.as_mut().filter(|_| octets.len() > MAX_OCTETS) {
            original.octets = None;
        }
        Some(reading)
    }

    fn of_beginning(octets: &[u8]) -> Option<Self> {
        let octets = unframed(octets);
        if !begins_with_field(&octets) {
            return None;
        }
        let mail = Mail::read(&octets)?;
        if let Some(reading) = read_report(&mail) {
            return Some(reading);
        }
        // A forwarded bounce.
        if let Some(reading) = mail.messages().find_map(|(inner, _)| read_report(inner)) {
            return Some(reading);
        }
        let fields = &mail.fields;
        let robot = |name: &str, word: &str| fields.get(name).is_some_and(|value| value.to_lowercase().contains(word));
        let is_robot = robot("auto-submitted", "auto-replied")
            || robot("auto-submitted", "auto-generated") && is_from_nobody(fields)
            || fields.has("x-autoreply")
            || fields.has("x-autorespond")
            || robot("precedence", "auto_reply");
        if is_robot {
            return Some(Reading { kind: Kind::AutoReply, reports: Vec::new(), delivery: None, original: None });
        }
        if !fields.has("received") && !fields.has("from") {
            return None;
        }
        let original = Original::of(fields, Some(octets.clone()));
        let delivery = received::delivery(&original.hops).cloned().map(|mut hop| {
            hop.envelope_from = hop.envelope_from.or_else(|| fields.get("return-path").and_then(bare_mailbox));
            hop
        });
        Some(Reading { kind: Kind::Message, reports: Vec::new(), delivery, original: Some(original) })
    }
}

/// The octets without what mailboxes, editors and quoting put around them.
fn unframed(octets: &[u8]) -> Vec<u8> {
    let octets = &octets[..octets.len().min(MAX_OCTETS)];
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets).trim_ascii_start();
    let is_mbox = octets.starts_with(b"From ") || octets.starts_with(b">From ");
    let start = if is_mbox { octets.iter().position(|octet| *octet == b'\n').map_or(0, |at| at + 1) } else { 0 };
    let octets = &octets[start..];
    let quoted = octets.split(|octet| *octet == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(20);
    if quoted.clone().count() > 0 && quoted.clone().all(|line| line.starts_with(b">")) {
        let lines = octets.split_inclusive(|octet| *octet == b'\n');
        return lines
            .flat_map(|line| {
                let line = line.strip_prefix(b">").unwrap_or(line);
                line.strip_prefix(b" ").unwrap_or(line)
            })
            .copied()
            .collect();
    }
    octets.to_vec()
}

fn begins_with_field(octets: &[u8]) -> bool {
    let line = octets.split(|octet| *octet == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    fields::field(line.trim_end())
        .is_some_and(|(name, _)| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'))
}

/// Whether a message comes from a mail program.
fn is_from_nobody(fields: &Fields) -> bool {
    let is_null = fields.get("return-path").is_some_and(|path| path.replace(' ', "").starts_with("<>"));
    let from = fields.get("from").unwrap_or_default().to_lowercase();
    let names = [
        "mailer-daemon",
        "postmaster",
        "mail delivery s",
        "maildelivery",
        "mail administrator",
        "microsoftexchange",
        "mdaemon",
    ];
    is_null || names.iter().any(|name| from.contains(name))
}

/// A report of a machine or of a mail program; none if it is neither.
fn read_report(mail: &Mail) -> Option<Reading> {
    const STATUS: [&str; 2] = ["message/delivery-status", "message/global-delivery-status"];
    const FEEDBACK: [&str; 1] = ["message/feedback-report"];
    const DISPOSITION: [&str; 2] = ["message/disposition-notification", "message/global-disposition-notification"];
    let original = original(mail);
    let header = original_header(mail);
    let words = mail.words();
    let feedback: Vec<&str> = mail.texts(&FEEDBACK).collect();
    if !feedback.is_empty() {
        let reports = vec![feedback::report(&feedback, header.as_ref())];
        return Some(Reading { kind: Kind::Arf, reports, delivery: None, original });
    }
    if mail.texts(&DISPOSITION).next().is_some() || mail.report_type.as_deref() == Some("disposition-notification") {
        return Some(Reading { kind: Kind::Mdn, reports: Vec::new(), delivery: None, original: None });
    }
    let mut status = Status::read(mail.texts(&STATUS));
    if status.recipients.is_empty() {
        // A report that lost its parts on the way still has its fields.
        status = Status::read(inline_status(&words).into_iter());
    }
    let said: Vec<plain::Reason> = plain::reasons(&words);
    let is_dsn = !status.recipients.is_empty();
    let is_machine = is_from_nobody(&mail.fields) || mail.fields.has("x-failed-recipients");
    // In whatever language: a recipient, and a server's code behind it.
    let has_reply = || said.iter().any(|reason| Said::read(&reason.words).code.is_some());
    let is_plain = !is_dsn && is_machine && (plain::is_bounce(&words) || has_reply());
    if !is_dsn && !is_plain {
        return None;
    }
    let mut reports = status.reports();
    let action = if plain::is_delay(&words) || plain::is_delay(mail.fields.get("subject").unwrap_or_default()) {
        Action::Delayed
    } else {
        Action::Failed
    };
    supplement(&mut reports, &said, action, is_dsn);
    if is_plain && reports.is_empty() {
        let failed = mail.fields.get("x-failed-recipients").unwrap_or_default();
        let recipients = failed.split(',').filter_map(bare_mailbox).map(Some).collect::<Vec<_>>();
        for recipient in if recipients.is_empty() { vec![None] } else { recipients } {
            let mut report = Report { recipient, action: Some(action), ..Report::default() };
            report.hear(Said::read(plain::before_copy(&words)));
            reports.push(report);
        }
    }
    let sender = sender(mail, &status, header.as_ref());
    let id = original_id(mail, &status, header.as_ref());
    let generating = plain::generating_server(&words);
    let hops = header.as_ref().map(received::hops).unwrap_or_default();
    for report in &mut reports {
        report.envelope_from.clone_from(&sender);
        report.message_id.clone_from(&id);
        report.reporting_mta = report.reporting_mta.take().or_else(|| generating.clone());
        if report.arrival.is_none() {
            report.arrival = plain::arrival(&words);
        }
        if report.sending_address.is_none() {
            report.trace(&hops);
        }
    }
    Some(Reading { kind: if is_dsn { Kind::Dsn } else { Kind::Bounce }, reports, delivery: None, original })
}

impl Report {
    /// Finds the client's address in the way of the message: in the field that the refuser wrote; else the last public
    /// address that somebody else noted, which is a guess.
    fn trace(&mut self, hops: &[Hop]) {
        let refuser = self.remote_mta.as_deref();
        let written = hops.iter().find(|hop| hop.by.is_some() && hop.by.as_deref() == refuser);
        let public = |hop: &&Hop| hop.address.is_some_and(|address| !reply::is_inside(address));
        if let Some(hop) = written.filter(public) {
            self.sending_address = hop.address;
        }
    }
}

/// Adds from the words of a report what its fields leave out.
fn supplement(reports: &mut Vec<Report>, reasons: &[plain::Reason], action: Action, is_dsn: bool) {
    for reason in reasons {
        let said = Said::read(&reason.words);
        let same = |report: &&mut Report| {
            report.recipient.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(&reason.recipient))
        };
        match reports.iter_mut().find(same) {
            Some(report) if report.text.is_none() && !said.text.is_empty() => report.hear(said),
            Some(report) => {
                // The same words with their frame: only there the host is named.
                let agrees = said.code.is_some() && said.code == report.reply_code;
                if report.remote_mta.is_none() && agrees && !report.is_own {
                    report.remote_mta = said.host;
                    report.remote_address = said.address;
                }
            }
            // A recipient that only the text names, and a reason with it.
            None if !is_dsn || said.code.is_some() => {
                let mut report =
                    Report { recipient: Some(reason.recipient.clone()), action: Some(action), ..Report::default() };
                report.hear(said);
                reports.push(report);
            }
            None => {}
        }
    }
}

/// The fields of a report that stand in a text.
fn inline_status(words: &str) -> Option<&str> {
    let lines = || words.lines().map(|line| line.trim_start_matches(['>', ' ']));
    let begins =
        |name: &str| lines().any(|line| line.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name)));
    if !(begins("final-recipient:") && begins("action:") && begins("status:")) {
        return None;
    }
    let at = words
        .to_ascii_lowercase()
        .find("reporting-mta:")
        .or_else(|| words.to_ascii_lowercase().find("final-recipient:"))?;
    words.get(at..)
}

/// The header of the message that a report is about.
fn original_header(mail: &Mail) -> Option<Fields> {
    let headers =
        mail.texts(&["text/rfc822-headers", "message/global-headers", "text/rfc822-header"]).map(Fields::read);
    let attached = mail.messages().map(|(inner, _)| inner.fields.clone());
    if let Some(found) = attached.chain(headers).find(|fields| !fields.is_empty()) {
        return Some(found);
    }
    // A copy in the text.
    let words = mail.words();
    let before = plain::before_copy(&words).len();
    let copy = words.get(before..)?;
    let start = copy.lines().position(|line| fields::field(line).is_some_and(|(name, _)| is_header_name(name)))?;
    let fields = Fields::read(&copy.lines().skip(start).collect::<Vec<_>>().join("\n"));
    (!fields.is_empty()).then_some(fields)
}

fn is_header_name(name: &str) -> bool {
    let known =
        ["return-path", "received", "from", "to", "subject", "date", "message-id", "dkim-signature", "mime-version"];
    known.iter().any(|known| name.eq_ignore_ascii_case(known)) || name.len() > 2 && name[..2].eq_ignore_ascii_case("x-")
}

fn original(mail: &Mail) -> Option<Original> {
    let attached = mail.parts.iter().find_map(|part| match &part.content {
        // Only what claims to be a whole message, and has a body, can be one.
        Content::Message { mail, octets } => {
            let is_whole = mail.parts.iter().any(|part| match &part.content {
                Content::Text(text) => !text.trim().is_empty() && !text.contains("message body was"),
                Content::Message { .. } | Content::Other => true,
            });
            Some((mail.fields.clone(), is_whole.then(|| octets.clone())))
        }
        _ => None,
    });
    match attached {
        Some((fields, octets)) => Some(Original::of(&fields, octets)),
        None => original_header(mail).map(|fields| Original::of(&fields, None)),
    }
}

impl Original {
    fn of(fields: &Fields, octets: Option<Vec<u8>>) -> Self {
        let hops = received::hops(fields);
        let domain = |mailbox: String| mailbox.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        let mut inside: Vec<IpAddr> = Vec::new();
        for address in hops.iter().filter_map(|hop| hop.address) {
            if reply::is_inside(address) && !address.is_loopback() && !inside.contains(&address) {
                inside.push(address);
            }
        }
        let tag = |value: &str, name: &str| {
            value.split(';').find_map(|tag| {
                let (key, value) = tag.split_once('=')?;
                (key.trim() == name).then(|| value.split_whitespace().collect::<String>().to_lowercase())
            })
        };
        let signature = |value: &str| Some((tag(value, "s")?, tag(value, "d")?));
        Original {
            octets,
            from_domain: fields.get("from").and_then(bare_mailbox).and_then(domain),
            hops,
            inside,
            signatures: fields.all("dkim-signature").take(20).filter_map(signature).collect(),
        }
    }
}

/// The reverse-path of the message that a report is about.
fn sender(mail: &Mail, status: &Status, header: Option<&Fields>) -> Option<String> {
    if let Some(sender) = status.message.get("x-postfix-sender") {
        return fields::mailbox(sender).filter(|mailbox| mailbox.contains('@'));
    }
    if let Some(path) = header.and_then(|header| header.get("return-path")) {
        return bare_mailbox(path).filter(|mailbox| mailbox.contains('@'));
    }
    let to = mail.fields.get("x-original-to").filter(|_| !mail.fields.has("to")).or_else(|| mail.fields.get("to"))?;
    // A report about a report goes to whoever looks after them, and that one had no sender.
    bare_mailbox(to.split(',').next().unwrap_or_default()).filter(|mailbox| mailbox.contains('@'))
}

fn original_id(mail: &Mail, status: &Status, header: Option<&Fields>) -> Option<String> {
    let attached = header.and_then(|header| header.get("message-id"));
    let told = status.message.get("x-original-message-id");
    let envelope = status.message.get("original-envelope-id").filter(|id| id.contains('@'));
    let named = attached.or(told).or(envelope).or_else(|| mail.fields.get("in-reply-to"));
    let named = named.or_else(|| mail.fields.get("references").and_then(|all| all.split_whitespace().last()));
    named.and_then(message_id)
}
