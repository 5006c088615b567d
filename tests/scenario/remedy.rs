//! Carries out what a remedy asks for: the records that it spells out are put into the world.

use std::net::IpAddr;

use spamcheck::demo::{Description, Text};

/// A record that a remedy spells out.
#[derive(Debug, PartialEq, Eq)]
pub enum Record {
    /// `the TXT record "…" at NAME`, in the place of what is of its kind there.
    Text { name: String, text: String },
    /// `publish: NAME. A ADDRESS`, beside what is there.
    Address { name: String, address: IpAddr },
    /// `publish: NAME. MX 10 HOST.`, in the place of all, or of the record behind `instead of`.
    Exchanger { name: String, record: String, instead: Option<String> },
}

/// The record that a remedy spells out first, if it does so.
pub fn record_in(remedy: &str) -> Option<Record> {
    text_in(remedy).or_else(|| line_in(remedy))
}

fn text_in(remedy: &str) -> Option<Record> {
    let (_, rest) = remedy.split_once("TXT record \"")?;
    let (text, rest) = rest.split_once("\" at ")?;
    let name = rest.split([' ', ',', ';', ':']).next()?.trim_end_matches('.');
    Some(Record::Text { name: name.to_owned(), text: text.to_owned() })
}

fn line_in(remedy: &str) -> Option<Record> {
    let (_, rest) = remedy.split_once("ublish: ")?;
    let words: Vec<&str> = rest.split(' ').collect();
    let name = words.first()?.strip_suffix('.')?.to_owned();
    let bare = |word: &str| word.trim_end_matches([';', ',']).to_owned();
    match words[1..] {
        ["A" | "AAAA", address, ..] => {
            let address = bare(address).trim_end_matches('.').parse().ok()?;
            Some(Record::Address { name, address })
        }
        ["MX", preference, host, ..] => {
            let exchanger = |host: &str| {
                let host = bare(host);
                if host == "." { host } else { host.trim_end_matches('.').to_owned() }
            };
            let instead = rest.split_once("instead of ").map(|(_, old)| old.rsplit(' ').next().unwrap_or_default());
            let instead = instead.map(|host| host.trim_end_matches('.').to_owned());
            Some(Record::Exchanger { name, record: format!("{preference} {}", exchanger(host)), instead })
        }
        _ => None,
    }
}

impl Record {
    /// Publishes the record in a world.
    pub fn publish(self, world: &mut Description) {
        match self {
            Record::Text { name, text } => {
                // Nothing stands beside an alias: whoever publishes has removed it.
                world.cname.remove(&name);
                let version = plain(text.split([';', ' ']).next().unwrap_or_default());
                let texts = world.txt.entry(name).or_default();
                texts.retain(|there| !plain(&whole(there)).starts_with(&version));
                texts.push(Text::Whole(text));
            }
            Record::Address { name, address } => world.hosts.entry(name).or_default().push(address),
            Record::Exchanger { name, record, instead } => {
                let records = world.mx.entry(name).or_default();
                records.retain(|there| {
                    let host = there.rsplit(' ').next().unwrap_or_default().trim_end_matches('.');
                    instead.as_ref().is_some_and(|instead| host != instead)
                });
                records.push(record);
            }
        }
    }
}

/// A text without what stands around a record that is meant as one.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

fn whole(text: &Text) -> String {
    match text {
        Text::Whole(text) => text.clone(),
        Text::Strings(strings) => strings.concat(),
    }
}

pub fn records_are_found_in_remedies() {
    let text = |name: &str, text: &str| Record::Text { name: name.to_owned(), text: text.to_owned() };
    let found = record_in("Write mx instead of ptr. Publish the TXT record \"v=spf1 mx -all\" at firm.example.");
    assert_eq!(found, Some(text("firm.example", "v=spf1 mx -all")));
    let found = record_in(
        "Replace the alias at _dmarc.a.example, a CNAME of b.example, with the TXT record \"x; y\" at _dmarc.a.example, and wait.",
    );
    assert_eq!(found, Some(text("_dmarc.a.example", "x; y")));
    let found = record_in("If a.example is the mail server's name, publish: a.example. A 9.9.9.9; otherwise not.");
    assert_eq!(found, Some(Record::Address { name: "a.example".to_owned(), address: [9, 9, 9, 9].into() }));
    let found = record_in("Publish: a.example. MX 10 b.example. instead of a.example. MX 10 c.example.");
    let instead = Some("c.example".to_owned());
    assert_eq!(
        found,
        Some(Record::Exchanger { name: "a.example".to_owned(), record: "10 b.example".to_owned(), instead })
    );
    assert_eq!(record_in("Publish an MX record that names your mail server."), None);
}
