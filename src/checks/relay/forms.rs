//! The forms in which a relay may be asked to pass mail on, as data.
//!
//! 1 to 16 are those of nmap's smtp-open-relay, in its order. The others try senders a careless server trusts, and
//! the same detours again with an honest sender and by way of the domain that the server receives for, since many
//! servers refuse the sender of 4 to 16.

use std::net::IpAddr;

use super::token::Path;

/// One form: an envelope with names to be filled in.
#[derive(Debug)]
pub(super) struct Form {
    /// Its number, which reports and tokens name it by.
    pub(super) number: u8,
    /// The reverse-path.
    pub(super) from: &'static str,
    /// The forward-path.
    pub(super) to: &'static str,
}

const fn form(number: u8, from: &'static str, to: &'static str) -> Form {
    Form { number, from, to }
}

/// All of them. `{f}@{F}` is our own address, `{u}@{D}` the recipient elsewhere, `{S}` the server's own name, `{L}`
/// a domain it receives for, `{I}` its address as a literal.
pub(super) const FORMS: &[Form] = &[
    form(1, "", "{u}@{D}"),
    form(2, "{f}@{D}", "{u}@{D}"),
    form(3, "{f}@{S}", "{u}@{D}"),
    form(4, "{f}@{I}", "{u}@{D}"),
    form(5, "{f}@{I}", "{u}%{D}@{I}"),
    form(6, "{f}@{I}", "{u}%{D}@{S}"),
    form(7, "{f}@{I}", "\"{u}@{D}\""),
    form(8, "{f}@{I}", "\"{u}%{D}\""),
    form(9, "{f}@{I}", "{u}@{D}@{I}"),
    form(10, "{f}@{I}", "\"{u}@{D}\"@{I}"),
    form(11, "{f}@{I}", "{u}@{D}@{S}"),
    form(12, "{f}@{I}", "@{I}:{u}@{D}"),
    form(13, "{f}@{I}", "@{S}:{u}@{D}"),
    form(14, "{f}@{I}", "{D}!{u}"),
    form(15, "{f}@{I}", "{D}!{u}@{I}"),
    form(16, "{f}@{I}", "{D}!{u}@{S}"),
    form(17, "{f}@{F}", "{u}@{D}"),
    form(18, "{f}@localhost", "{u}@{D}"),
    form(19, "{f}", "{u}@{D}"),
    form(20, "postmaster@{L}", "{u}@{D}"),
    form(21, "{f}@{F}", "{u}@{D}."),
    form(22, "{f}@{F}", "{u}%{D}"),
    form(23, "{f}@{F}", "{u}%{D}@{S}"),
    form(24, "{f}@{F}", "{u}%{D}@{L}"),
    form(25, "{f}@{F}", "\"{u}\"%{D}@{L}"),
    form(26, "{f}@{F}", "\"{u}@{D}\""),
    form(27, "{f}@{F}", "\"{u}@{D}\"@{L}"),
    form(28, "{f}@{F}", "{u}@{D}@{L}"),
    form(29, "{f}@{F}", "@{L}:{u}@{D}"),
    form(30, "{f}@{F}", "@{S},@{L}:{u}@{D}"),
    form(31, "{f}@{F}", "{D}!{u}@{L}"),
    form(32, "{f}@{F}", "{L}!{D}!{u}"),
];

/// The forms that any mail has: who takes these for strangers is open and not only partly so.
pub(super) const ORDINARY: &[u8] = &[2, 17];

/// What is filled in.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) from_local: String,
    pub(super) from_domain: String,
    pub(super) to_local: String,
    pub(super) to_domain: String,
    /// A domain that the server receives for; the server's own name if none is known.
    pub(super) local_domain: String,
    pub(super) server: String,
    pub(super) address: IpAddr,
}

impl Names {
    /// A form's path with the names in it.
    pub(super) fn fill(&self, template: &str) -> String {
        let literal = match self.address.to_canonical() {
            IpAddr::V4(address) => format!("[{address}]"),
            IpAddr::V6(address) => format!("[IPv6:{address}]"),
        };
        template
            .replace("{f}", &self.from_local)
            .replace("{F}", &self.from_domain)
            .replace("{u}", &self.to_local)
            .replace("{D}", &self.to_domain)
            .replace("{L}", &self.local_domain)
            .replace("{S}", &self.server)
            .replace("{I}", &literal)
    }

    /// The envelopes to try, each once, whatever names coincide.
    pub(super) fn envelopes(&self) -> Vec<Envelope> {
        let mut envelopes: Vec<Envelope> = Vec::with_capacity(FORMS.len());
        for form in FORMS {
            let (from, to) = (self.fill(form.from), self.fill(form.to));
            if !envelopes.iter().any(|envelope| envelope.from == from && envelope.to == to) {
                envelopes.push(Envelope { form: form.number, from, to });
            }
        }
        envelopes
    }
}

/// A form with its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Envelope {
    pub(super) form: u8,
    pub(super) from: String,
    pub(super) to: String,
}

/// The form of a number.
pub(super) fn by_number(number: u8) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.number == number)
}

/// Forms by number, in clear and inside TLS: `1-3, 17 in clear and inside TLS`, `2 in clear; 4 inside TLS`.
pub(super) fn listed(forms: &[(u8, Path)]) -> String {
    let numbers = |path: Path| -> Vec<u8> { forms.iter().filter(|form| form.1 == path).map(|form| form.0).collect() };
    let (clear, tls) = (numbers(Path::Clear), numbers(Path::Tls));
    if clear == tls {
        return format!("{} {} and {}", ranges(&clear), Path::Clear.as_words(), Path::Tls.as_words());
    }
    let parts = [(clear, Path::Clear), (tls, Path::Tls)];
    let parts = parts.iter().filter(|(numbers, _)| !numbers.is_empty());
    let parts: Vec<String> = parts.map(|(numbers, path)| format!("{} {}", ranges(numbers), path.as_words())).collect();
    parts.join("; ")
}

/// Rising numbers, three and more in a row as a range.
fn ranges(numbers: &[u8]) -> String {
    let rows = numbers.chunk_by(|number, next| number.checked_add(1) == Some(*next));
    let rows = rows.flat_map(|row| match row {
        [first, _, .., last] => vec![format!("{first}-{last}")],
        row => row.iter().map(u8::to_string).collect(),
    });
    rows.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_numbered_in_order_and_filled_completely() {
        let names = Names {
            from_local: "f".to_owned(),
            from_domain: "from.example".to_owned(),
            to_local: "u".to_owned(),
            to_domain: "to.example".to_owned(),
            local_domain: "local.example".to_owned(),
            server: "mx.example".to_owned(),
            address: [192, 0, 2, 1].into(),
        };
        assert!(FORMS.iter().zip(1..).all(|(form, number)| form.number == number));
        let envelopes = names.envelopes();
        assert_eq!(envelopes.len(), FORMS.len());
        assert!(envelopes.iter().all(|envelope| !format!("{}{}", envelope.from, envelope.to).contains(['{', '}'])));
        assert_eq!(envelopes[9].to, "\"u@to.example\"@[192.0.2.1]");
        assert_eq!(envelopes[29].to, "@mx.example,@local.example:u@to.example");
        let same = Names { from_domain: "to.example".to_owned(), local_domain: "mx.example".to_owned(), ..names };
        let envelopes = same.envelopes();
        assert!(envelopes.len() < FORMS.len() && !envelopes.iter().any(|envelope| envelope.form == 17));
    }

    #[test]
    fn forms_are_listed_in_few_words() {
        use Path::{Clear, Tls};
        assert_eq!(listed(&[(1, Clear), (2, Clear), (3, Clear), (17, Clear)]), "1-3, 17 in clear");
        assert_eq!(listed(&[(2, Clear), (3, Clear), (2, Tls), (3, Tls)]), "2, 3 in clear and inside TLS");
        assert_eq!(listed(&[(2, Clear), (4, Tls)]), "2 in clear; 4 inside TLS");
    }
}
