//! How people read what was learned of a target's TLS.

use std::fmt::Write as _;

use super::cells::SECOND_TRY;
use super::certificates::word;
use super::facts::{Cell, Cells, Delivery, Facts, HostRow, Order, Senders, State};
use crate::checks::smtp::with_arrow;
use crate::net::dane::Status;
use crate::net::tls::certificate::Certificate;
use crate::net::tls::suites::Grade;
use crate::report::table::{self, Column, Headline, Row, Section, Table, Tabulate, count};
use crate::report::{Finding, Severity};

/// The verdict's reason in one line: the confidence, the worst finding, and what was not tested.
pub(super) fn reason(facts: &Facts, findings: &[Finding]) -> String {
    let mut text = match facts.confidence {
        Some(confidence) => format!("confidence {confidence} of 100"),
        None => "TLS could not be tested".to_owned(),
    };
    let worst = findings.iter().filter(|finding| finding.rule.severity != Severity::Note);
    let mut worst: Vec<&Finding> = worst.collect();
    worst.sort_by_key(|finding| (finding.rule.severity, finding.rule.id));
    if let Some(first) = worst.first() {
        let title = first.rule.title;
        let mut letters = title.chars();
        let lower = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
        let title = if title.starts_with("TLS") { title.to_owned() } else { format!("{lower}{}", letters.as_str()) };
        let _ = write!(text, ": {title} ({})", first.subject);
        if worst.len() > 1 {
            let _ = write!(text, " and {} more", worst.len() - 1);
        }
    }
    if facts.tested < facts.addresses {
        let _ = write!(text, "; {} of {} tested", facts.tested, addresses(facts.addresses));
    }
    text
}

fn addresses(number: usize) -> String {
    if number == 1 { "1 address".to_owned() } else { format!("{number} addresses") }
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        let mut hosts: Vec<&str> = self.hosts.iter().map(|row| row.host.as_str()).collect();
        hosts.dedup();
        let remark = format!("{}, {}", count(hosts.len(), "mail host"), addresses(self.addresses));
        Headline { who: subject.to_owned(), remark }
    }

    fn reason(&self) -> String {
        self.reason.clone()
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let mut sections = vec![Section::Table(self.hosts_table())];
        let mut shown: Vec<&Certificate> = Vec::new();
        for row in &self.hosts {
            // A certificate that several addresses show is shown once.
            let own = row.chain.first();
            let is_new = own.is_some_and(|own| !shown.iter().any(|one| one.sha256 == own.sha256));
            let is_clean = matches!(row.cells.cert.state, State::Ok | State::NotTested) && row.pkix.is_empty();
            if (verbose || !is_clean) && is_new {
                sections.push(certificate(row, verbose));
            }
            shown.extend(own);
            if let Some(deep) = deep_lines(row) {
                sections.push(Section::Lines(deep));
            }
            if verbose {
                let said = row.transcript.iter().map(|entry| format!("{:>7} ms {}", entry.at_ms, with_arrow(entry)));
                sections.push(Section::Lines(said.collect()));
            }
        }
        sections.extend(self.deductions());
        sections.extend(self.senders());
        sections
    }
}

impl Facts {
    /// A line a host, and under it one an address.
    fn hosts_table(&self) -> Table {
        let has_sender = self.hosts.iter().any(|row| row.cells.sender.state != State::NotTested);
        let mut columns = vec![
            Column::words("MX"),
            Column::numbers("Answer"),
            Column::numbers("Connect"),
            Column::words("HELO"),
            Column::words("TLS"),
            Column::words("Cert"),
            Column::words("Secure"),
        ];
        columns.extend(has_sender.then_some(Column::words("Sender")));
        columns.push(Column::numbers("Score"));
        let mut last = None;
        let mut rows = Vec::new();
        for row in &self.hosts {
            let is_first = last.replace(&row.host) != Some(&row.host);
            let address = row.address.map(|address| address.to_string()).unwrap_or_default();
            let is_named = row.host != address;
            if is_first && is_named {
                let preference = row.preference.map(|preference| format!("{preference:>3} ")).unwrap_or_default();
                let mut cells = vec![String::new(); columns.len()];
                cells[0] = format!("{preference}{}", row.host);
                rows.push(Row::of(cells));
            }
            let Cells { answer, connect, helo, tls, cert, secure, sender } = &row.cells;
            let version = row.version.as_deref().map(|version| version.trim_start_matches("TLSv").to_owned());
            let other = row.other.iter().flat_map(|other| &other.pkix);
            let cert = match (row.pkix.iter().chain(other).next(), cert.state) {
                (Some(fault), State::Fail | State::Warn) => shown(cert, word(fault.kind)),
                (None, State::Warn) => shown(cert, cert.detail.clone()),
                _ => plain(cert),
            };
            let indent = if !is_named {
                ""
            } else if row.preference.is_some() {
                "    "
            } else {
                "  "
            };
            let mut cells = vec![
                format!("{indent}{address}").into(),
                timed(answer),
                timed(connect),
                plain(helo),
                version.map_or_else(|| plain(tls), |version| shown(tls, version)),
                cert,
                plain(secure),
            ];
            cells.extend(has_sender.then(|| of_envelope(sender)));
            cells.push(row.confidence.map_or_else(|| "-".into(), |confidence| confidence.to_string().into()));
            rows.push(Row::of(cells).with_notes(notes(row)));
        }
        Table { title: None, columns, rows }
    }

    /// What was deducted, each reason once.
    fn deductions(&self) -> Option<Section> {
        let mut found: Vec<(u8, &str, Vec<String>)> = Vec::new();
        let scored = self.hosts.iter().filter(|row| row.confidence.is_some()).count();
        for row in &self.hosts {
            for deduction in &row.deductions {
                let address = row.address.map(|address| address.to_string()).unwrap_or_default();
                let place = format!("{} {address}", row.host);
                match found.iter_mut().find(|(points, why, _)| (*points, *why) == (deduction.points, &deduction.why)) {
                    Some((.., places)) => places.push(place),
                    None => found.push((deduction.points, &deduction.why, vec![place])),
                }
            }
        }
        let columns = vec![Column::numbers(""), Column::words("")];
        let rows: Vec<Row> = found
            .into_iter()
            .map(|(points, why, places)| {
                let whose = if places.len() == scored { String::new() } else { format!(" ({})", places.join(", ")) };
                Row::of([format!("-{points}"), format!("{why}{whose}")])
            })
            .collect();
        (!rows.is_empty()).then_some(Section::Table(Table { title: Some("Deducted"), columns, rows }))
    }

    /// Why senders that know DANE have nothing to follow.
    fn without_dane(&self) -> &'static str {
        let mut statuses = self.hosts.iter().filter_map(|row| row.dane.as_ref()).map(|dane| dane.status);
        match statuses.find(|status| *status != Status::Secure) {
            None | Some(Status::Absent | Status::Secure | Status::Bogus) => "no TLSA records: as opportunistic",
            Some(Status::Insecure) => "no signed TLSA records: as opportunistic",
            Some(Status::Unreachable) => "not known: no answer about TLSA records",
            Some(Status::Unvalidated) => "not known: nobody has validated the answers",
        }
    }

    fn senders(&self) -> Option<Section> {
        let told: Vec<(&HostRow, Senders)> =
            self.hosts.iter().filter_map(|row| row.senders.map(|senders| (row, senders))).collect();
        if told.is_empty() {
            return None;
        }
        type Of = fn(&Senders) -> Option<Delivery>;
        let kinds: [(&str, Of, &str); 3] = [
            ("opportunistic", |senders| Some(senders.opportunistic), ""),
            ("MTA-STS", |senders| senders.mta_sts, "no policy: as opportunistic"),
            ("DANE", |senders| senders.dane, self.without_dane()),
        ];
        let rows = kinds.into_iter().map(|(kind, of, none)| {
            let mut groups: Vec<(Option<Delivery>, Vec<String>)> = Vec::new();
            for (row, senders) in &told {
                let delivery = of(senders);
                let place = row.address.map(|address| address.to_string()).unwrap_or_default();
                match groups.iter_mut().find(|(found, _)| *found == delivery) {
                    Some((_, places)) => places.push(place),
                    None => groups.push((delivery, vec![place])),
                }
            }
            let word = |delivery: Option<Delivery>| delivery.map_or(none, Delivery::as_str);
            let text = match &groups[..] {
                [(delivery, _)] => word(*delivery).to_owned(),
                several => {
                    let parts =
                        several.iter().map(|(found, places)| format!("{} ({})", word(*found), places.join(", ")));
                    parts.collect::<Vec<_>>().join(" · ")
                }
            };
            Row::of([kind.to_owned(), text])
        });
        let columns = vec![Column::words(""), Column::words("")];
        Some(Section::Table(Table { title: Some("Senders"), columns, rows: rows.collect() }))
    }
}

/// What a row has to say beside its cells.
fn notes(row: &HostRow) -> Vec<String> {
    let Cells { answer, connect, helo, tls, secure, sender, .. } = &row.cells;
    let told = [answer, connect, helo, tls, secure].into_iter();
    let mut notes: Vec<String> = told
        .filter(|cell| matches!(cell.state, State::Fail | State::Unclear))
        .map(|cell| cell.detail.clone())
        .collect();
    notes.dedup();
    if sender.state == State::Warn {
        notes.push(format!("the envelope, which says nothing of TLS: {}", sender.detail));
    }
    notes
}

fn timed(cell: &Cell) -> table::Cell {
    match (cell.state, cell.elapsed_ms) {
        (State::Ok | State::Warn, Some(elapsed)) => shown(cell, format!("{elapsed}ms")),
        _ => plain(cell),
    }
}

/// Refusal and deferral of an envelope are no failure of TLS.
fn of_envelope(cell: &Cell) -> table::Cell {
    let is_deferred = cell.detail.trim_start_matches(SECOND_TRY).starts_with('4');
    match cell.state {
        State::Warn if is_deferred => shown(cell, "later"),
        State::Warn => shown(cell, "refused"),
        _ => plain(cell),
    }
}

fn plain(cell: &Cell) -> table::Cell {
    let word = match cell.state {
        State::Ok => "ok",
        State::Warn => "(ok)",
        State::Fail => "no",
        State::Unclear => "?",
        State::NotTested => "-",
    };
    shown(cell, word)
}

/// A word for what became of something.
fn shown(cell: &Cell, word: impl Into<String>) -> table::Cell {
    let severity = match cell.state {
        State::Fail => Some(Severity::Error),
        State::Warn => Some(Severity::Warning),
        State::Ok | State::Unclear | State::NotTested => None,
    };
    table::Cell::marked(word, severity)
}

/// The handshake and the certificates as they are.
fn certificate(row: &HostRow, verbose: bool) -> Section {
    let address = row.address.map(|address| address.to_string()).unwrap_or_default();
    let place = if row.host == address { address } else { format!("{} {address}", row.host) };
    let mut lines = vec![("host", place)];
    let handshake = [&row.version, &row.suite, &row.group].into_iter().flatten().map(String::as_str);
    lines.push(("TLS", handshake.collect::<Vec<_>>().join("  ")));
    if let Some(own) = row.chain.first() {
        describe(own, &mut lines);
    }
    lines.extend(row.pkix.iter().map(|fault| ("fault", fault.detail.clone())));
    if let Some(other) = &row.other {
        if let Some(own) = other.chain.first() {
            lines.push(("other", "to clients that take the other kind of key alone".to_owned()));
            describe(own, &mut lines);
        }
        lines.extend(other.pkix.iter().map(|fault| ("fault", fault.detail.clone())));
    }
    if let Some(own) = row.unnamed.as_ref().and_then(|unnamed| unnamed.chain.first()) {
        lines.push(("other", "to clients that ask for no name".to_owned()));
        describe(own, &mut lines);
    }
    if verbose {
        let above = row.chain.iter().skip(1);
        lines.extend(above.map(|above| ("sent too", format!("{}, from {}", above.subject, above.issuer))));
    }
    let rows = lines.into_iter().map(|(key, text)| Row::of([key.to_owned(), text]));
    let columns = vec![Column::words(""), Column::words("")];
    Section::Table(Table { title: None, columns, rows: rows.collect() })
}

fn describe(own: &Certificate, lines: &mut Vec<(&str, String)>) {
    const NAMES: usize = 8;
    if let Some(fault) = &own.fault {
        lines.push(("unread", fault.clone()));
        lines.push(("SHA-256", own.sha256.clone()));
        return;
    }
    lines.push(("subject", own.subject.clone()));
    let mut names: Vec<String> = own.names.iter().take(NAMES).cloned().collect();
    names.extend(own.addresses.iter().map(ToString::to_string));
    let more = own.names.len().saturating_sub(NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    lines.push(("names", format!("{names}{more}")));
    lines.push(("issuer", own.issuer.clone()));
    let day = |moment: &Option<String>| moment.as_deref().and_then(|text| text.get(..10)).unwrap_or("?").to_owned();
    let left = match own.days_left {
        Some(days @ 0..) => format!(", {} left", count(usize::try_from(days).unwrap_or_default(), "day")),
        Some(_) => ", which is over".to_owned(),
        None => String::new(),
    };
    lines.push(("valid", format!("{} to {}{left}", day(&own.not_before), day(&own.not_after))));
    lines.extend(own.key.as_ref().map(|key| ("key", format!("{} {}", key.algorithm, key.bits))));
    lines.extend(own.signature.as_ref().map(|signature| ("signed", signature.clone())));
    lines.extend(own.serial.as_ref().map(|serial| ("serial", serial.clone())));
    lines.push(("SHA-256", own.sha256.clone()));
    lines.extend(own.spki_sha256.as_ref().map(|spki| ("SPKI", spki.clone())));
}

fn deep_lines(row: &HostRow) -> Option<Vec<String>> {
    let deep = row.deep.as_ref()?;
    let address = row.address.map(|address| address.to_string()).unwrap_or_default();
    let mut lines = vec![format!("{} {address} accepts", row.host)];
    lines.push(format!("  {}", deep.versions.join(", ")));
    for grade in [Grade::Good, Grade::Sufficient, Grade::PhaseOut, Grade::Insufficient] {
        let names = deep.suites.iter().filter(|suite| suite.grade == grade).map(|suite| suite.name.as_str());
        let names: Vec<&str> = names.collect();
        for (index, name) in names.iter().enumerate() {
            lines.push(format!("  {:12}  {name}", if index == 0 { grade.as_str() } else { "" }));
        }
    }
    if let Some(order) = deep.order {
        let whose = match order {
            Order::Server => "server's",
            Order::Client => "client's",
        };
        lines.push(format!("  the {whose} order counts"));
    }
    if !deep.groups.is_empty() {
        lines.push(format!("  groups        {}", deep.groups.join(", ")));
    }
    if let Some(why) = &deep.ended {
        lines.push(format!("  not complete: {why}"));
    }
    Some(lines)
}
