//! A server's reply inside the frames that mail programs put around it, in any language: the quoted code is the anchor.

use std::net::IpAddr;
use std::sync::LazyLock;

use regex::Regex;

use super::fields::{addresses_in, host_in};
use crate::report::clean;

/// Characters of a reply that are kept.
pub const MAX_TEXT: usize = 1_000;

/// What a server said, as far as a text tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The host that answered, or was tried: its name, or its address if it has none.
    pub host: Option<String>,
    /// The host's address.
    pub address: Option<IpAddr>,
    /// The reply code.
    pub code: Option<u16>,
    /// The enhanced code written in the reply.
    pub enhanced: Option<String>,
    /// The words behind the codes, in one line.
    pub text: String,
    /// The same with the codes, as they were said.
    pub reply: String,
    /// The name behind HELO that the words are about.
    pub helo: Option<String>,
}

fn fixed(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed and valid")
}

/// Frames behind which a reply begins, the inmost last. What follows is the server's own.
static FRAMES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // Postfix, qmail, SmarterMail, Yahoo, and everybody who quotes them.
        r"(?i)\bsaid: ",
        r"(?i)refused to talk to me: ",
        // Exim, newer and older.
        r"(?i)SMTP error from remote (?:mail server|mailer) after [^:]*(?::<[^>]*>)?[^:]*: (?:host \S+ \[[^\]]*\](?::\d+)?: )?",
        r"(?i)\bhost \S+ \[[^\]]*\](?::\d+)?: ",
        // Sendmail.
        r"<<< ",
        r"(?i)\(reason: ",
        // Domino, MailEnable, Zoho, Gmail.
        r"(?i)Returned a (?:Permanent|Transient|Temporary) Error ",
        r"(?i)Returned: ",
        r"(?i)ERROR CODE ?:",
        r"(?i)response (?:from the remote server )?was:\s+",
        // Exchange's tracking and its reports, in every language: a quoted code.
        r"LED=",
        r"[#<]<(?:[^<>]*? )??(?:smtp;)?",
        r"<[a-z0-9.-]+ #[245]\.\d{1,3}\.\d{1,3} smtp;",
        r#"(?:\(?['"‘“«„]\s?)"#,
        r"(?:^|\s)#",
    ]
    .iter()
    .map(|frame| fixed(&format!(r"{frame}(?P<reply>[245]\d\d(?:[ #-]|$)|[245]\.\d{{1,3}}\.\d{{1,3}} )")))
    .collect()
});

/// A reply's codes at its beginning.
static CODES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"^(?:(?P<code>[245]\d\d)(?:[ -]+|$))?(?:#?(?P<enhanced>[245]\.\d{1,3}\.\d{1,3})(?:[ :-]+|$))?")
});
static ENHANCED_INSIDE: LazyLock<Regex> = LazyLock::new(|| fixed(r"\(#([245]\.\d{1,3}\.\d{1,3})\)"));
/// The code of a further line of one reply.
static FURTHER: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"^(?:[245]\d\d(?:[- ]|$))(?:[245]\.\d{1,3}\.\d{1,3}(?:\s+|$))?"));
/// A line in which a reply begins.
static CODE: LazyLock<Regex> = LazyLock::new(|| fixed(r#"(?:^|[\s'"<>:=#(])[245]\d\d(?:[ #-]|$)"#));
static JOINED: LazyLock<Regex> = LazyLock::new(|| fixed(r" [245]\d\d-(?:[245]\.\d{1,3}\.\d{1,3} )?"));
static BLANKS: LazyLock<Regex> = LazyLock::new(|| fixed(r"\s+"));
/// What programs append to a reply.
static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)(?:\s*\(in reply to [^)]*\)\s*$|\s*Giving up on [0-9a-f.:]+\.?\s*$|\s*\[truncated\]\s*$|\s*>\s*#SMTP#\s*$|\s*##\s*$|\s*\}.*$|\s*#SMTP#\s*$)",
    )
});
static HOST: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)(?:\b(?:host|with|to|of server|by host|from|server) )(?P<name>[a-z0-9_-]+(?:\.[a-z0-9_-]+)+\.?) ?[\[(](?P<address>[0-9a-f.:]+)[\])]",
    )
});
static MICROSOFT_HOST: LazyLock<Regex> = LazyLock::new(|| fixed(r"\[?LastAttemptedServerName=([^\]\s,;]+)"));
static MICROSOFT_ADDRESS: LazyLock<Regex> = LazyLock::new(|| fixed(r"\[?LastAttemptedIP=\[?([0-9a-fA-F.:]+?)\]?:\d+"));
static QMAIL_HOST: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)(?:^|[.\s])(?:Connected to )?\[?([0-9a-f.:]+[0-9a-f])\]? (?:does not like|failed after|but|said|sender was)",
    )
});
static TALKING_TO: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?i)(?:while talking to|transferring to|deferred by|conversation with) ([a-z0-9_.-]+\.[a-z0-9_-]+)")
});
static HELO: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?i)<([^<>\s]+)>: Helo command rejected|\bhelo=<?([a-z0-9._\[\]:-]+)>?"));
static CLIENT: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)\b(?:client(?: host| address)?|sending (?:ip|mta|host)|your (?:ip|host|server|mail server)(?: address)?|ip(?: address)?|connect(?:ion|ing)?(?: from)?|(?:mail|messages?|email|e-mail|received|sent) from|host|server|sender ip|remote)\b[^0-9a-f\[]{0,24}[\[(<'`]?(?:IPv6:)?([0-9a-f:.]{3,45})",
    )
});

impl Said {
    /// Reads what a server said out of a text that may frame it.
    pub fn read(raw: &str) -> Said {
        let text = one_line(raw);
        let (frame, reply) = taken_apart(&text);
        let (code, enhanced, words) = codes(reply);
        let is_long = code.is_some() && reply.as_bytes().get(3) == Some(&b'-');
        let joined = is_long.then(|| without_codes(words, code.unwrap_or_default(), enhanced.as_deref()));
        let words = joined.as_deref().unwrap_or(words);
        let reply_text = cut(without_tail(reply));
        let mut said = Said { code, enhanced, reply: reply_text, ..Said::default() };
        said.read_host(frame, &text);
        let words = if code.is_none() && said.enhanced.is_none() { text.trim() } else { words };
        said.text = cut(&clean(without_tail(words)));
        if said.enhanced.is_none() && said.text.contains("(#") {
            said.enhanced = ENHANCED_INSIDE.captures(&said.text).map(|found| found[1].to_owned());
        }
        if said.text.contains("elo") || said.text.contains("ELO") {
            let helo = HELO.captures(&said.text).and_then(|found| found.get(1).or(found.get(2)));
            said.helo = helo.map(|name| name.as_str().trim_end_matches(['.', ':', ';']).to_owned());
        }
        said
    }

    /// The client's address, as the words name it.
    pub fn client(&self) -> Option<IpAddr> {
        client(&self.text, self.address)
    }

    fn read_host(&mut self, frame: &str, whole: &str) {
        let framed = HOST.captures_iter(frame).last().or_else(|| {
            // Words of our own side, such as `connect to h[a]:25: Connection timed out`.
            (self.code.is_none()).then(|| HOST.captures(whole)).flatten()
        });
        if let Some(found) = framed {
            self.host = host_in(&found["name"]);
            self.address = found["address"].parse().ok();
        }
        if self.host.is_none() {
            let found = MICROSOFT_HOST.captures(whole).or_else(|| TALKING_TO.captures(frame));
            self.host = found.and_then(|found| host_in(&found[1]));
        }
        if self.address.is_none() {
            let found = MICROSOFT_ADDRESS.captures(whole).or_else(|| QMAIL_HOST.captures(frame));
            self.address = found.and_then(|found| found[1].parse().ok());
        }
        if self.host.is_none() {
            self.host = self.address.map(|address| address.to_string());
        }
    }
}

/// The frame and the reply in it; all is reply where there is no frame.
fn taken_apart(text: &str) -> (&str, &str) {
    let begins = text.trim_start();
    if begins.as_bytes().first().is_some_and(|octet| matches!(octet, b'2' | b'4' | b'5'))
        && CODES.find(begins).is_some_and(|found| !found.is_empty())
    {
        return ("", begins);
    }
    let inmost = FRAMES.iter().find_map(|frame| frame.captures(text).and_then(|found| found.name("reply")));
    match inmost {
        Some(reply) => {
            let (frame, reply) = text.split_at(reply.start());
            (frame, within_quotes(frame, reply))
        }
        None => (text, text),
    }
}

/// A reply up to the quote that ends it, if its frame ends with one.
fn within_quotes<'a>(frame: &str, reply: &'a str) -> &'a str {
    let close = match frame.trim_end().chars().next_back() {
        Some(quote @ ('\'' | '"')) => quote,
        Some('‘') => '’',
        Some('“' | '„') => '”',
        Some('«') => '»',
        _ => return reply,
    };
    reply.rfind(close).map_or(reply, |end| &reply[..end])
}

fn codes(reply: &str) -> (Option<u16>, Option<String>, &str) {
    let Some(found) = CODES.captures(reply) else { return (None, None, reply) };
    let code = found.name("code").and_then(|code| code.as_str().parse().ok());
    let enhanced = found.name("enhanced").map(|code| code.as_str().to_owned());
    (code, enhanced, &reply[found.get(0).map_or(0, |all| all.end())..])
}

/// The words of a reply of several lines that were joined, without the code that each of them began with.
fn without_codes(words: &str, code: u16, enhanced: Option<&str>) -> String {
    let code = code.to_string();
    let mut kept: Vec<&str> = Vec::new();
    let mut was_code = false;
    for word in words.split(' ') {
        let behind = word.strip_prefix(code.as_str());
        let rest = match behind {
            Some("") => "",
            Some(rest) => rest.strip_prefix('-').unwrap_or(word),
            None => word,
        };
        let is_code = behind.is_some() && rest.len() < word.len();
        if (was_code || is_code) && enhanced == Some(rest) || rest.is_empty() {
            was_code = is_code && rest.is_empty();
            continue;
        }
        was_code = false;
        kept.push(rest);
    }
    kept.join(" ")
}

fn without_tail(words: &str) -> &str {
    let mut words = words.trim();
    // Most replies have none, and a log has many replies.
    let signs = ["(in reply to", "iving up", "truncated]", "#", "}"];
    if signs.iter().any(|sign| words.contains(sign)) {
        while let Some(tail) = TAIL.find(words).filter(|tail| tail.start() > 0) {
            words = &words[..tail.start()];
        }
    }
    let closes = [('\'', '\''), ('"', '"'), ('’', '‘'), ('”', '“'), ('»', '«')];
    for (close, open) in closes {
        if words.ends_with(close) && words.chars().filter(|next| *next == close || *next == open).count() == 1 {
            words = words.trim_end_matches(close);
        }
    }
    if words.ends_with(')') && !words.contains('(') || words.ends_with('>') && !words.contains('<') {
        words = &words[..words.len() - 1];
    }
    words.trim()
}

/// A text in one line, without the codes of the further lines of a reply.
pub(super) fn one_line(text: &str) -> String {
    let text = text.trim();
    if !text.contains(['\n', '\r', '\t', '-']) && !text.contains("  ") {
        return text.to_owned();
    }
    let mut joined = String::with_capacity(text.len());
    let mut has_code = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let rest = if has_code { FURTHER.find(line).map_or(line, |code| &line[code.end()..]) } else { line };
        has_code = has_code || CODE.is_match(line);
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(rest);
    }
    let text = BLANKS.replace_all(&joined, " ");
    // The first code begins the reply; only those behind it are of its further lines.
    let begins = CODE.find(&text).map_or(0, |code| code.end());
    format!("{}{}", &text[..begins], JOINED.replace_all(&text[begins..], " "))
}

/// The first of a text's characters that are kept.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect::<String>().trim_end().to_owned()
}

/// The client's address in the words of whoever refused it.
fn client(text: &str, server: Option<IpAddr>) -> Option<IpAddr> {
    let usable = |address: &IpAddr| Some(*address) != server && !is_inside(*address);
    // The resolver that a list refuses is nobody who sends.
    let is_resolver =
        |at: usize| text[..at].trim_end_matches([' ', ':', '[', '(']).to_ascii_lowercase().ends_with("dns ip");
    let named = CLIENT.captures_iter(text).find_map(|found| {
        let word = found.get(1)?;
        let address = word.as_str().trim_end_matches(['.', ':']).parse().ok()?;
        (usable(&address) && !is_resolver(word.start())).then_some(address)
    });
    named.or_else(|| addresses_in(text).filter(|(at, _)| !is_resolver(*at)).map(|(_, address)| address).find(usable))
}

/// Whether an address cannot be that of a client on the Internet. Those of documentation can: examples use them.
pub(super) fn is_inside(address: IpAddr) -> bool {
    let kind = crate::names::address::special_purpose(address);
    kind.is_some_and(|kind| kind != "documentation" && kind != "benchmarking")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<String>, Option<u16>, Option<String>, String) {
        let said = Said::read(text);
        (said.host, said.code, said.enhanced, said.text)
    }

    fn parts(
        host: Option<&str>,
        code: Option<u16>,
        enhanced: Option<&str>,
        text: &str,
    ) -> (Option<String>, Option<u16>, Option<String>, String) {
        (host.map(str::to_owned), code, enhanced.map(str::to_owned), text.to_owned())
    }

    #[test]
    fn replies_come_out_of_their_frames() {
        let mx = Some("mx.example.net");
        let unknown = parts(mx, Some(550), Some("5.1.1"), "<a@example.net>: User unknown");
        let frames = [
            "host mx.example.net[192.0.2.25] said: 550 5.1.1 <a@example.net>: User unknown (in reply to RCPT TO command)",
            "host mx.example.net [192.0.2.25]: 550 5.1.1 <a@example.net>: User unknown",
            "SMTP error from remote mailer after RCPT TO:<a@example.net>: host mx.example.net [192.0.2.25]: 550 5.1.1 <a@example.net>: User unknown",
            "host mx.example.net [192.0.2.25]\n SMTP error from remote mail server after RCPT TO:<a@example.net>:\n 550 5.1.1 <a@example.net>: User unknown",
        ];
        for frame in frames {
            assert_eq!(read(frame), unknown, "{frame}");
        }
        assert_eq!(
            read(
                "192.0.2.25 does not like recipient.\nRemote host said: 550 5.1.1 No such user\nGiving up on 192.0.2.25."
            ),
            parts(Some("192.0.2.25"), Some(550), Some("5.1.1"), "No such user")
        );
        assert_eq!(
            read("Remote Server returned '550 5.7.1 Refused [x]'"),
            parts(None, Some(550), Some("5.7.1"), "Refused [x]")
        );
        assert_eq!(
            read("mx.example.net #<mx.example.net #5.1.1 smtp;550 5.1.1 No such user> #SMTP#"),
            parts(None, Some(550), Some("5.1.1"), "No such user")
        );
        assert_eq!(
            read("550-5.7.1 one\n550-5.7.1 two\n550 5.7.1 three"),
            parts(None, Some(550), Some("5.7.1"), "one two three")
        );
        assert_eq!(read("550 No such user (#5.1.1)").2.as_deref(), Some("5.1.1"));
    }

    #[test]
    fn lines_that_were_joined_lose_their_codes_wherever_they_stand() {
        let text = "host mx.example.net[192.0.2.25] said: 550-5.7.26 Your mail has been blocked. 550-5.7.26 Authenticate. 550 5.7.26 x - gsmtp (in reply to end of DATA command)";
        let said = Said::read(text);
        assert_eq!((said.code, said.enhanced.as_deref()), (Some(550), Some("5.7.26")));
        assert_eq!(said.text, "Your mail has been blocked. Authenticate. x - gsmtp");
        assert_eq!(Said::read("550-one\n550-two\n550 three 550 octets").text, "one two three octets");
    }

    #[test]
    fn no_code_is_made_of_a_number() {
        assert_eq!(read("Sorry, 511 days have passed").1, None);
        assert_eq!(
            read("connect to mx.example.net[192.0.2.25]:25: Connection timed out"),
            parts(Some("mx.example.net"), None, None, "connect to mx.example.net[192.0.2.25]:25: Connection timed out")
        );
    }

    #[test]
    fn client_is_who_the_words_name() {
        let client = |text| Said::read(text).client().map(|address| address.to_string());
        let listed = "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org";
        assert_eq!(client(listed).as_deref(), Some("192.0.2.1"));
        assert_eq!(client("550 5.7.1 Messages from 192.0.2.1 were not sent").as_deref(), Some("192.0.2.1"));
        assert_eq!(client("550 10.0.0.1 is not allowed"), None);
        assert_eq!(client("550-5.7.1 [2001:db8::1      18] Our system").as_deref(), Some("2001:db8::1"));
        assert_eq!(client("host mx.example.net[192.0.2.25] said: 550 no"), None);
    }

    #[test]
    fn name_behind_helo_is_read_where_it_is_named() {
        let text = "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname";
        assert_eq!(Said::read(text).helo.as_deref(), Some("localhost"));
    }
}
