//! The diagnosis in words: who refused what, why and how certain that is, and what to do in which order.

use super::facts::{Facts, Kind, Report, Shows, Test, Told};
use super::live::Tested;
use crate::catalogue;
use crate::catalogue::refusals::{Cause, Certainty, Side, provider};
use crate::mail::bounce::Action;
use crate::mail::logs::Direction;
use crate::report::table::{Cell, Column, Headline, Row, Section, Table, Tabulate, count};
use crate::report::{Severity, Verdict};

/// Who refused what, in a line.
pub(super) fn head(report: &Report) -> String {
    let who = report.remote_mta.as_deref().or(report.reporting_mta.as_deref()).unwrap_or("a server");
    let did = match (report.action, report.reply_code) {
        (Some(Action::Delayed), _) | (None, Some(400..500)) => "put off",
        (Some(Action::Delivered | Action::Relayed | Action::Expanded), _) => "took",
        _ => "refused",
    };
    let of =
        report.envelope_from.as_ref().map_or_else(|| "a message".to_owned(), |from| format!("the message of {from}"));
    let to = report.recipient.as_ref().map(|recipient| format!(" to {recipient}")).unwrap_or_default();
    let on = report.arrival.as_ref().map(|arrival| format!(" ({arrival})")).unwrap_or_default();
    match report.cause {
        Cause::Complaint => format!("a recipient complained about {of}{on}"),
        _ => format!("{who} {did} {of}{to}{on}"),
    }
}

/// The words as they were received.
pub(super) fn quote(report: &Report) -> Option<String> {
    let text = report.text.as_deref()?;
    let code = report.reply_code.map(|code| format!("{code} ")).unwrap_or_default();
    let enhanced = report.enhanced_code.as_ref().map(|code| format!("{code} ")).unwrap_or_default();
    Some(format!("{code}{enhanced}{text}"))
}

/// The cause with its certainty.
pub(super) fn cause(report: &Report, tested: &Tested) -> String {
    let certainty = match report.certainty {
        Certainty::Named => "as the text says",
        Certainty::Likely => "likely, by a code or a weak word",
        Certainty::Guess => "a guess",
        Certainty::Proven => "proven now",
        Certainty::Gone => "over now",
    };
    let rule = super::rules::of(report.cause);
    let case = case(report, tested);
    let fault = match report.side {
        _ if report.cause == Cause::Delivered => "",
        Side::SenderAddress => "It is for whoever runs the sending address.",
        Side::SenderDomain => "It is for whoever runs the sender's domain.",
        Side::SenderAccount => "It is for whoever holds the sending account.",
        Side::Message => "It is the message.",
        Side::Recipient => "It lies with the recipient.",
        Side::Receiver => "It lies with the receiver.",
        Side::Path => "It lies between the two.",
        Side::Unknown => "Whose part it is, is not said.",
    };
    format!("Cause ({certainty}): {}{case}. {} {fault}", rule.title, rule.why).trim_end().to_owned()
}

/// The case at hand, behind the title.
fn case(report: &Report, tested: &Tested) -> String {
    let subject = report.sending_address.map(|address| address.to_string()).or_else(|| report.envelope_from.clone());
    let about = match report.cause {
        Cause::Listed | Cause::ReceiverFault | Cause::Dynamic if !report.lists.is_empty() => {
            let names: Vec<String> = report.lists.iter().map(|list| list_name(list)).collect();
            let subject = subject.map(|subject| format!("{subject}, ")).unwrap_or_default();
            format!(": {subject}{}", names.join(", "))
        }
        Cause::Helo => report.helo.as_ref().map(|helo| format!(": {helo}")).unwrap_or_default(),
        Cause::NoPtr | Cause::PtrUnconfirmed | Cause::Dynamic | Cause::Reputation => {
            subject.map(|subject| format!(": {subject}")).unwrap_or_default()
        }
        Cause::UserUnknown | Cause::MailboxFull | Cause::Suspended | Cause::Moved | Cause::NullMx | Cause::Dns => {
            report.recipient.as_ref().map(|recipient| format!(": {recipient}")).unwrap_or_default()
        }
        _ => String::new(),
    };
    let shown = tested.tests.iter().find(|test| test.shows != Shows::Untold).or(tested.tests.first());
    let shown = shown.map(|test| match test.shows {
        Shows::Untold => format!("; whether that holds now could not be told ({}: {})", test.check, test.reason),
        Shows::Holds | Shows::Gone => format!("; now: {}", test.reason),
    });
    let shown = shown.unwrap_or_default();
    format!("{about}{shown}")
}

fn list_name(list: &str) -> String {
    match catalogue::find(list) {
        Some(known) => format!("{} ({list})", known.name),
        None => format!("{list} (not in the catalogue)"),
    }
}

/// What to do, in the order that works.
pub(super) fn steps(report: &Report, tested: &Tested) -> Vec<String> {
    let mut steps = Vec::new();
    if report.certainty == Certainty::Gone {
        steps.push(match report.cause {
            Cause::Listed => "Nothing to delist: the list does not hold the address any more. Send again; a receiver's cache may refuse for as long as the list's TTL says, mostly under an hour.".to_owned(),
            _ => "What the text says does not hold any more. Send again; a receiver may still know it from its cache for some hours.".to_owned(),
        });
        return steps;
    }
    let rule = super::rules::of(report.cause);
    let address = report.sending_address.map(|address| address.to_string());
    match report.cause {
        Cause::Listed | Cause::Dynamic => {
            if report.cause == Cause::Listed {
                steps.push("Find what brought the sender on the list and end it: a hacked account or form, a virus behind the same address, mail to old lists.".to_owned());
            } else {
                steps.push(rule.remedy.text().to_owned());
            }
            steps.extend(report.lists.iter().filter_map(|list| delisting(list, address.as_deref())));
            let ends =
                report.lists.iter().filter_map(|list| catalogue::find(list)).filter(|list| list.delist_url.is_none());
            steps.extend(ends.map(|list| {
                format!("{}: entries end by themselves when nothing more comes; do not pay for a removal.", list.name)
            }));
        }
        Cause::ReceiverFault => {
            let to = report
                .recipient
                .as_deref()
                .and_then(|to| to.rsplit_once('@'))
                .map(|(_, domain)| format!("postmaster@{domain}"));
            let to = to.unwrap_or_else(|| "the receiver's postmaster".to_owned());
            steps.push(format!(
                "Send this line to {to}, by another way or from another address: \"{}\".",
                quote(report).unwrap_or_default()
            ));
            steps.push("There is nothing to delist and nothing to pay: the list answers the receiver's resolver with a refusal, or is dead, and the receiver takes that for a hit.".to_owned());
        }
        Cause::NoPtr | Cause::PtrUnconfirmed => {
            if let Some(address) = &address {
                steps.push(format!("Ask whoever gave you {address} for a PTR record with the name your server greets with, and publish an address record of that name with {address}."));
            } else {
                steps.push(rule.remedy.text().to_owned());
            }
        }
        Cause::AuthSpf => match (&address, report.envelope_from.as_deref().and_then(|from| from.rsplit_once('@'))) {
            (Some(address), Some((_, domain))) => {
                let term = if address.contains(':') { "ip6" } else { "ip4" };
                steps.push(format!("If {address} is yours, add {term}:{address} to the SPF record of {domain}, before its \"all\"; if it is not, send through a server that the record names."));
            }
            _ => steps.push(rule.remedy.text().to_owned()),
        },
        _ => steps.push(rule.remedy.text().to_owned()),
    }
    steps.extend(tested.remedies.iter().take(4).cloned());
    match report.action {
        Some(Action::Delayed) if report.cause != Cause::Greylisted => {
            steps.push("The message is still in the queue: mended within the time the server keeps it (mostly five days), it needs not be sent again.".to_owned());
        }
        Some(Action::Failed) if report.side != Side::Recipient => {
            steps.push("Then send the message again: this copy is given up.".to_owned());
        }
        _ => {}
    }
    steps.dedup();
    steps
}

/// Where to ask for removal, with the address filled in.
fn delisting(list: &str, address: Option<&str>) -> Option<String> {
    let list = catalogue::find(list)?;
    let page = list.delist_url.as_ref()?;
    let page = page.replace("{ip}", address.unwrap_or_default()).replace("{query}", address.unwrap_or_default());
    Some(format!("{}: when that is done, ask for removal at {page}.", list.name))
}

/// Sentences about a sender by itself: what its listings mean together.
pub(super) fn together(tests: &[Test]) -> Vec<String> {
    let mut remarks = Vec::new();
    let failed = |check: &str| tests.iter().any(|test| test.check == check && test.shows == Shows::Holds);
    let reason = |check: &str| {
        tests.iter().find(|test| test.check == check).map(|test| test.reason.to_lowercase()).unwrap_or_default()
    };
    let lists = reason("dnsbl");
    if failed("dnsbl") && failed("ptr") {
        remarks.push(
            "Listed, and without a name that leads back: receivers take the address for a bot or a home line."
                .to_owned(),
        );
    } else if failed("dnsbl") && lists.contains("pbl") {
        remarks.push("A policy listing says what kind of line the address is, and not that it sent spam.".to_owned());
    }
    remarks
}

impl Facts {
    /// The verdict's reason: the gravest cause, and how many others.
    pub(super) fn summed_up(&self) -> String {
        match self.kind {
            Kind::Mdn => {
                return "a disposition notification: the reader's program tells what became of the message; no failure"
                    .to_owned();
            }
            Kind::AutoReply => return "an automatic reply: no failure".to_owned(),
            Kind::Message if self.reports.is_empty() => {
                let hop = self
                    .delivery
                    .as_ref()
                    .and_then(|hop| Some(format!("came from {} into {}", hop.address?, hop.by.as_deref()?)));
                return hop.unwrap_or_else(|| "a message that was received".to_owned());
            }
            Kind::Address | Kind::Domain => {
                let holds: Vec<&str> =
                    self.tests.iter().filter(|test| test.shows == Shows::Holds).map(|test| test.check).collect();
                let is_told = self.tests.iter().any(|test| test.shows == Shows::Gone);
                return match holds.as_slice() {
                    [] if !is_told => "nothing could be tested".to_owned(),
                    [] => "what could be tested shows nothing that receivers refuse for".to_owned(),
                    checks => format!("receivers may refuse: {}", checks.join(", ")),
                };
            }
            Kind::DmarcReport | Kind::TlsReport => return count(self.sources.len(), "source"),
            _ => {}
        }
        if self.kind == Kind::Log {
            let events: u64 = self.reports.iter().filter_map(|report| report.count).sum();
            return format!("{events} refusals and delays in {}", count(self.reports.len(), "group"));
        }
        let Some(first) = self.reports.first() else { return "no report in it".to_owned() };
        let more = self.reports.iter().filter(|report| report.cause != first.cause).count();
        let more = if more > 0 { format!(", and {more} of other causes") } else { String::new() };
        format!("{}: {}{more}", first.cause, super::rules::of(first.cause).title.to_lowercase())
    }
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        let kind = match self.kind {
            Kind::Dsn => "delivery report",
            Kind::Bounce => "bounce",
            Kind::Arf => "feedback report",
            Kind::Mdn => "disposition notification",
            Kind::AutoReply => "automatic reply",
            Kind::Message => "received message",
            Kind::Reply => "SMTP reply",
            Kind::Log => "log",
            Kind::DmarcReport => "DMARC aggregate report",
            Kind::TlsReport => "TLS report",
            Kind::Address => "sending address",
            Kind::Domain => "sending domain",
        };
        Headline { who: subject.to_owned(), remark: kind.to_owned() }
    }

    fn reason(&self) -> String {
        self.reason.clone()
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let mut sections = Vec::new();
        if let Some(log) = &self.log {
            let dropped = if log.dropped > 0 {
                format!("; {} entries were too many and dropped", log.dropped)
            } else {
                String::new()
            };
            sections.push(Section::Line(format!("{} lines read, {} of known programs{dropped}", log.lines, log.known)));
        }
        if self.kind == Kind::Log && !self.reports.is_empty() {
            sections.push(Section::Table(self.groups()));
        }
        for told in &self.told {
            let head = [told.head.clone()].into_iter().chain(told.quote.clone());
            sections.push(Section::Prose(head.collect()));
            sections.push(Section::Prose(vec![told.cause.clone()]));
        }
        if !self.sources.is_empty() {
            sections.push(Section::Table(self.source_table()));
        }
        if !self.tests.is_empty() {
            let mut table = Table {
                title: Some("Tested now"),
                columns: vec![Column::words("Check"), Column::words("Of"), Column::words("Now")],
                rows: Vec::new(),
            };
            let shown = self.tests.iter().filter(|test| verbose || test.verdict != Verdict::Skipped);
            table.rows.extend(shown.map(|test| {
                let severity = match test.verdict {
                    Verdict::Fail => Some(Severity::Error),
                    Verdict::Warn => Some(Severity::Warning),
                    _ => None,
                };
                let cells: Vec<Cell> =
                    vec![test.check.into(), test.subject.clone().into(), Cell::marked(test.reason.clone(), severity)];
                Row::of(cells)
            }));
            sections.push(Section::Table(table));
        }
        if !self.never_returned.is_empty() {
            let shown = self.never_returned.iter().take(self.top).map(|absent| {
                let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
                let address = absent.sending_address.map_or_else(|| "-".to_owned(), |address| address.to_string());
                Row::of([address, text(&absent.envelope_from), text(&absent.recipient)])
            });
            sections.push(Section::Table(Table {
                title: Some("Put off and never came back"),
                columns: vec![Column::words("Client"), Column::words("From"), Column::words("To")],
                rows: shown.collect(),
            }));
        }
        if !self.remarks.is_empty() {
            sections.push(Section::Prose(self.remarks.clone()));
        }
        sections
    }
}

impl Facts {
    fn groups(&self) -> Table {
        let row = |report: &Report| {
            let way = match report.direction {
                Some(Direction::In) => "in",
                _ => "out",
            };
            let peer = match report.direction {
                Some(Direction::In) => report.sending_address.map(|address| address.to_string()),
                _ => report.remote_mta.clone(),
            };
            let later = report.delivered_later.filter(|later| *later > 0).map(|later| later.to_string());
            let cells: Vec<Cell> = vec![
                report.count.unwrap_or_default().to_string().into(),
                way.into(),
                report.cause.as_str().into(),
                peer.unwrap_or_else(|| "-".to_owned()).into(),
                later.unwrap_or_default().into(),
            ];
            Row::of(cells).with_notes(quote(report))
        };
        Table {
            title: None,
            columns: vec![
                Column::numbers("Count"),
                Column::words("Way"),
                Column::words("Cause"),
                Column::words("Peer"),
                Column::numbers("Later"),
            ],
            rows: self.reports.iter().take(self.top).map(row).collect(),
        }
    }

    fn source_table(&self) -> Table {
        Table {
            title: None,
            columns: vec![
                Column::words("Source"),
                Column::numbers("Count"),
                Column::words("Result"),
                Column::words("SPF"),
                Column::words("DKIM"),
            ],
            rows: self
                .sources
                .iter()
                .take(self.top.max(50))
                .map(|source| {
                    let text = |text: &Option<String>| text.clone().unwrap_or_default();
                    Row::of([
                        source.source.clone(),
                        source.count.to_string(),
                        source.result.clone(),
                        text(&source.spf),
                        text(&source.dkim),
                    ])
                })
                .collect(),
        }
    }
}

/// A report as people read it.
pub(super) fn told(report: &Report, tested: &Tested) -> Told {
    let provider = report.provider.and_then(provider).map(|provider| format!(" [{}]", provider.name));
    Told {
        head: format!("{}{}", head(report), provider.unwrap_or_default()),
        quote: quote(report),
        cause: cause(report, tested),
    }
}
