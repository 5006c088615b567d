//! What a server offers behind EHLO (RFC 5321 §4.1.1.1).

use super::reply::Reply;
use crate::report::clean_bytes;

/// The answer to EHLO or HELO.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// The reply.
    pub reply: Reply,
    /// Whether EHLO was understood; HELO offers nothing.
    pub extended: bool,
}

/// One line of the offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    /// The keyword in upper case.
    pub keyword: String,
    /// What stands behind it, as it was sent.
    pub parameters: String,
}

impl Hello {
    /// The name the server gives itself: the first word of the first line.
    pub fn name(&self) -> String {
        let first = self.reply.lines.first().map(|line| clean_bytes(line)).unwrap_or_default();
        first.split_whitespace().next().unwrap_or_default().to_owned()
    }

    /// What it offers, in its order.
    pub fn capabilities(&self) -> impl Iterator<Item = Capability> {
        let offered = if self.extended { self.reply.lines.get(1..).unwrap_or_default() } else { &[] };
        offered.iter().filter_map(|line| {
            let line = clean_bytes(line);
            // Old servers write AUTH=LOGIN beside the keyword's own line.
            let at = line.find([' ', '=']).unwrap_or(line.len());
            let keyword = line[..at].to_ascii_uppercase();
            let parameters = line.get(at + 1..).unwrap_or_default().trim().to_owned();
            (!keyword.is_empty()).then_some(Capability { keyword, parameters })
        })
    }

    /// The parameters of a keyword, if it is offered.
    pub fn offer(&self, keyword: &str) -> Option<String> {
        self.capabilities().find(|offered| offered.keyword == keyword).map(|offered| offered.parameters)
    }

    /// Whether STARTTLS is offered (RFC 3207 §4).
    pub fn offers_starttls(&self) -> bool {
        self.offer("STARTTLS").is_some()
    }

    /// The keyword that a middlebox has written over STARTTLS, if one has: the same length, X for most of it.
    pub fn overwritten_starttls(&self) -> Option<String> {
        let overwritten = |keyword: &str| {
            keyword.len() == "STARTTLS".len()
                && keyword.bytes().filter(|octet| *octet == b'X').count() >= 6
                && keyword != "STARTTLS"
        };
        self.capabilities().map(|offered| offered.keyword).find(|keyword| overwritten(keyword))
    }
}

#[cfg(test)]
mod tests {
    use super::super::reply::Assembly;
    use super::*;

    fn hello(text: &str) -> Hello {
        let reply = Assembly::default().push(text.as_bytes()).expect("readable").expect("complete");
        Hello { reply, extended: true }
    }

    #[test]
    fn offer_is_read_whatever_its_case() {
        let hello = hello("250-mx.example hello\r\n250-size 1000\r\n250-AUTH=LOGIN\r\n250 StartTLS\r\n");
        assert_eq!(hello.name(), "mx.example");
        assert_eq!(hello.offer("SIZE").as_deref(), Some("1000"));
        assert_eq!(hello.offer("AUTH").as_deref(), Some("LOGIN"));
        assert!(hello.offers_starttls());
        assert_eq!(hello.overwritten_starttls(), None);
    }

    #[test]
    fn overwritten_starttls_is_recognised() {
        let hello = hello("250-mx.example\r\n250 XXXXXXXA\r\n");
        assert!(!hello.offers_starttls());
        assert_eq!(hello.overwritten_starttls().as_deref(), Some("XXXXXXXA"));
    }
}
