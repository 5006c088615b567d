//! Messages octet for octet (RFC 5322 §2.1): the fields of the header and the body, as signatures cover them.

use std::collections::HashMap;
use std::ops::Range;

/// The longest message that is read, in octets.
pub const MAX_MESSAGE: usize = 50 << 20;
/// The longest header that is read, in octets.
pub const MAX_HEADER: usize = 1 << 20;

/// A message with CRLF at the end of each line.
#[derive(Debug, Clone)]
pub struct Message {
    octets: Vec<u8>,
    fields: Vec<Span>,
    by_name: HashMap<String, Vec<usize>>,
    body: usize,
    is_mbox: bool,
}

/// Where a field stands.
#[derive(Debug, Clone)]
struct Span {
    whole: Range<usize>,
    /// The length of its name.
    name: usize,
    /// Where its value begins, behind the colon.
    value: usize,
}

/// A field of the header.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// All of it, with the CRLF at its end.
    pub octets: &'a [u8],
    /// The name as written.
    pub name: &'a [u8],
    /// What follows the colon, folded as it is, with the CRLF at its end.
    pub value: &'a [u8],
}

/// Why octets are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// More octets than [`MAX_MESSAGE`].
    #[error("the message has more than {} MiB", MAX_MESSAGE >> 20)]
    TooLong,
    /// A header of more octets than [`MAX_HEADER`].
    #[error("its header has more than {} MiB", MAX_HEADER >> 20)]
    LongHeader,
    /// No field stands at the front.
    #[error("it does not begin with a header")]
    NoHeader,
    /// A second message follows in a mailbox file.
    #[error("it is a mailbox of several messages; give one of them")]
    Several,
    /// A line of the header is neither a field nor the rest of one.
    #[error("line {0} of its header is neither a field nor the rest of one")]
    Line(usize),
}

impl Message {
    /// Reads a message. Lines may end in LF alone, as servers store them; they travel with CRLF (RFC 5321 §2.3.8). A
    /// first line "From " is an mbox's and dropped (RFC 4155). A CR without LF is an octet like any other.
    ///
    /// # Errors
    /// [`MessageError`] if this is no message.
    pub fn parse(octets: &[u8]) -> Result<Message, MessageError> {
        if octets.len() > MAX_MESSAGE {
            return Err(MessageError::TooLong);
        }
        let is_mbox = octets.starts_with(b"From ");
        let (start, mut line) = if is_mbox { (end_of_line(octets, 0), 1) } else { (0, 0) };
        let mut octets = with_crlf(&octets[start..]);
        let mut fields: Vec<Span> = Vec::new();
        let mut at = 0;
        while at < octets.len() {
            line += 1;
            let mut end = end_of_line(&octets, at);
            if end > MAX_HEADER {
                return Err(MessageError::LongHeader);
            }
            if !octets[at..end].ends_with(b"\n") {
                octets.extend_from_slice(b"\r\n");
                end = octets.len();
            }
            let text = &octets[at..end];
            if text == b"\r\n" {
                at = end;
                break;
            }
            match fields.last_mut() {
                Some(field) if matches!(text[0], b' ' | b'\t') => field.whole.end = end,
                _ => {
                    let Some((name, colon)) = field_name(text) else {
                        return Err(if fields.is_empty() { MessageError::NoHeader } else { MessageError::Line(line) });
                    };
                    fields.push(Span { whole: at..end, name, value: at + colon + 1 });
                }
            }
            at = end;
        }
        if fields.is_empty() {
            return Err(MessageError::NoHeader);
        }
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, field) in fields.iter().enumerate() {
            let name = &octets[field.whole.start..field.whole.start + field.name];
            by_name.entry(lower(name)).or_default().push(index);
        }
        // RFC 4155 appendix A: the next message begins behind an empty line; such lines of a body are quoted.
        if is_mbox && (octets[at..].starts_with(b"From ") || find(&octets[at..], b"\n\r\nFrom ").is_some()) {
            return Err(MessageError::Several);
        }
        Ok(Message { octets, fields, by_name, body: at, is_mbox })
    }

    /// How many octets it has on its way.
    pub fn size(&self) -> usize {
        self.octets.len()
    }

    /// The field at this place, counted from the top.
    pub fn field(&self, index: usize) -> Option<Field<'_>> {
        let span = self.fields.get(index)?;
        let start = span.whole.start;
        Some(Field {
            octets: &self.octets[span.whole.clone()],
            name: &self.octets[start..start + span.name],
            value: &self.octets[span.value..span.whole.end],
        })
    }

    /// The places of the fields of a name in lower case, from the top.
    pub fn places(&self, name: &str) -> &[usize] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The fields of a name in lower case, from the top.
    pub fn fields(&self, name: &str) -> impl DoubleEndedIterator<Item = Field<'_>> {
        self.places(name).iter().filter_map(|index| self.field(*index))
    }

    /// What follows the empty line behind the header.
    pub fn body(&self) -> &[u8] {
        &self.octets[self.body..]
    }

    /// The body as it was before a mailbox file quoted the lines in it that begin with "From "; none if there are none.
    pub fn unquoted_body(&self) -> Option<Vec<u8>> {
        let is_quoted = |line: &[u8]| line.starts_with(b">From ");
        let mut lines = self.body().split_inclusive(|octet| *octet == b'\n');
        if !self.is_mbox || !lines.clone().any(is_quoted) {
            return None;
        }
        Some(lines.by_ref().flat_map(|line| &line[usize::from(is_quoted(line))..]).copied().collect())
    }

    /// When the last server took the message over, in seconds since 1970: the date of the topmost Received field
    /// (RFC 5321 §4.4).
    pub fn received(&self) -> Option<i64> {
        let field = self.fields("received").next()?;
        let text = String::from_utf8_lossy(field.value).replace("\r\n", "");
        let (_, date) = text.rsplit_once(';')?;
        jiff::fmt::rfc2822::parse(date.trim()).ok().map(|date| date.timestamp().as_second())
    }
}

/// The place behind the LF that ends the line at `start`, or the end of the text.
fn end_of_line(octets: &[u8], start: usize) -> usize {
    octets[start..].iter().position(|octet| *octet == b'\n').map_or(octets.len(), |at| start + at + 1)
}

fn find(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets.windows(wanted.len()).position(|window| window == wanted)
}

fn with_crlf(octets: &[u8]) -> Vec<u8> {
    let mut all = Vec::with_capacity(octets.len() + octets.len() / 32 + 2);
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(text) if !text.ends_with(b"\r") => {
                all.extend_from_slice(text);
                all.extend_from_slice(b"\r\n");
            }
            _ => all.extend_from_slice(line),
        }
    }
    all
}

/// The length of a field's name and the place of its colon (RFC 5322 §2.2; white space before the colon as in §4.5).
fn field_name(line: &[u8]) -> Option<(usize, usize)> {
    let colon = line.iter().position(|octet| *octet == b':')?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some((name.len(), colon))
}

fn lower(name: &[u8]) -> String {
    String::from_utf8_lossy(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Message {
        Message::parse(text.as_bytes()).expect("a message")
    }

    #[test]
    fn fields_keep_their_folds_and_lines_get_crlf() {
        let read = message("From user Mon Jan  1\nA: x\nb : y\r\n\tz\nA:\n\nbody\r\n.\rend");
        let field = read.field(1).expect("a field");
        assert_eq!((field.name, field.value), (&b"b"[..], &b" y\r\n\tz\r\n"[..]));
        assert_eq!(field.octets, b"b : y\r\n\tz\r\n");
        assert_eq!(read.places("a"), [0, 2]);
        assert_eq!(read.body(), b"body\r\n.\rend");
    }

    #[test]
    fn header_alone_is_a_message_without_body() {
        let read = message("A: x");
        assert_eq!(read.field(0).map(|field| field.octets), Some(&b"A: x\r\n"[..]));
        assert_eq!(read.body(), b"");
        assert_eq!(message("A: x\n\n").body(), b"");
    }

    #[test]
    fn what_is_no_message_says_why() {
        let error = |text: &[u8]| Message::parse(text).expect_err("no message");
        assert_eq!(error(b""), MessageError::NoHeader);
        assert_eq!(error(b"\nA: x\n"), MessageError::NoHeader);
        assert_eq!(error(b" A: x\n"), MessageError::NoHeader);
        assert_eq!(error(b"%PDF-1.7\n"), MessageError::NoHeader);
        assert_eq!(error(b"From x\nA: x\n>From y\n\n"), MessageError::Line(3));
        assert_eq!(error(b"From x\nA: x\n\nbody\n\nFrom y\nB: y\n\n"), MessageError::Several);
        assert_eq!(error(&vec![b'x'; MAX_MESSAGE + 1]), MessageError::TooLong);
        assert_eq!(error(&[b"A: ", "x\n ".repeat(MAX_HEADER / 3).as_bytes()].concat()), MessageError::LongHeader);
    }

    #[test]
    fn quotes_of_a_mailbox_file_are_taken_off_where_there_may_be_some() {
        let unquoted =
            |text: &str| message(text).unquoted_body().map(|body| String::from_utf8_lossy(&body).into_owned());
        assert_eq!(unquoted("From x\nA: x\n\na\n>From y\n>b\n").as_deref(), Some("a\r\nFrom y\r\n>b\r\n"));
        assert_eq!(unquoted("From x\nA: x\n\na\n"), None);
        assert_eq!(unquoted("A: x\n\n>From y\n"), None);
        // Only a line behind an empty one begins a message.
        assert_eq!(unquoted("From x\nA: x\n\na\nFrom y\n"), None);
    }

    #[test]
    fn time_of_receipt_is_that_of_the_topmost_received_field() {
        let read = message("Received: from a by b;\n Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\nReceived: x; y\n\n");
        assert_eq!(read.received(), Some(1_057_982_514));
        assert_eq!(message("Received: from a by b\n\n").received(), None);
        assert_eq!(message("A: b\n\n").received(), None);
    }
}
