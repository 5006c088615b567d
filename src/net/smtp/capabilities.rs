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

    /// The SASL mechanisms of all lines that offer some (RFC 4954 §3): servers repeat them in the old form `AUTH=`,
    /// and some have others there.
    pub fn mechanisms(&self) -> Vec<String> {
        let lines = self.capabilities().filter(|offered| offered.keyword == "AUTH");
        let mut mechanisms: Vec<String> = Vec::new();
        for line in lines {
            let words = line.parameters.split_whitespace().map(str::to_ascii_uppercase);
            for word in words {
                if !mechanisms.contains(&word) {
                    mechanisms.push(word);
                }
            }
        }
        mechanisms
    }

    /// The mechanisms on offer if one of them sends the password as it is (RFC 4954 §4, RFC 4616 §4).
    pub fn asks_for_passwords(&self) -> Option<String> {
        let mechanisms = self.mechanisms();
        let is_plain = |name: &String| name == "PLAIN" || name == "LOGIN";
        mechanisms.iter().any(is_plain).then(|| mechanisms.join(" "))
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
    fn mechanisms_are_gathered_from_both_forms() {
        for text in
            ["250-mx\r\n250-AUTH CRAM-MD5\r\n250 AUTH=LOGIN PLAIN\r\n", "250-mx\r\n250 AUTH=CRAM-MD5 login plain\r\n"]
        {
            assert_eq!(hello(text).asks_for_passwords().as_deref(), Some("CRAM-MD5 LOGIN PLAIN"), "{text}");
        }
        assert_eq!(hello("250-mx\r\n250 AUTH CRAM-MD5\r\n").asks_for_passwords(), None);
    }

    #[test]
    fn overwritten_starttls_is_recognised() {
        let hello = hello("250-mx.example\r\n250 XXXXXXXA\r\n");
        assert!(!hello.offers_starttls());
        assert_eq!(hello.overwritten_starttls().as_deref(), Some("XXXXXXXA"));
    }
}
