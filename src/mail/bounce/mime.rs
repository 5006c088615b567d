//! The parts of a message, decoded and laid side by side (RFC 2045, RFC 2046): what carries words, and what is attached.

use std::sync::LazyLock;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::html::html_to_text;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use regex::Regex;

use super::fields::Fields;

/// Octets of a message that are read for the report in it; what is attached can be larger.
pub(super) const MAX_OCTETS: usize = 4 << 20;
/// Parts of one message that are looked at.
const MAX_PARTS: usize = 200;
/// Characters of one part that are read.
const MAX_TEXT: usize = 1 << 19;
/// Octets of all parts together that are read as words.
const MAX_WORDS: usize = 2 << 20;

/// A message taken apart.
#[derive(Debug, Default)]
pub(super) struct Mail {
    pub(super) fields: Fields,
    /// `report-type` of the Content-Type, in lower case.
    pub(super) report_type: Option<String>,
    pub(super) parts: Vec<Part>,
}

/// A part that is no container.
#[derive(Debug)]
pub(super) struct Part {
    /// `text/plain`, in lower case.
    pub(super) kind: String,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    /// Words, and the octets they were decoded from; line ends are LF.
    Text(String),
    /// A message in the message.
    Message { mail: Box<Mail>, octets: Vec<u8> },
    /// Neither.
    Other,
}

impl Mail {
    /// Takes a message apart; none if it has no header.
    pub(super) fn read(octets: &[u8]) -> Option<Self> {
        let octets = &octets[..octets.len().min(MAX_OCTETS)];
        let message = MessageParser::new().parse(octets)?;
        let mut left = MAX_PARTS;
        Some(Mail::of(&message, &mut left, 0))
    }

    fn of(message: &Message<'_>, left: &mut usize, depth: usize) -> Self {
        let Some(root) = message.parts.first() else { return Mail::default() };
        let header = slice(message, root.offset_header, root.offset_body);
        let report_type = root.content_type().and_then(|kind| kind.attribute("report-type")).map(str::to_lowercase);
        let mut mail = Mail { fields: Fields::read(&decode(header, None)), report_type, parts: Vec::new() };
        for part in &message.parts {
            if *left == 0 {
                break;
            }
            *left -= 1;
            let content = match &part.body {
                PartType::Multipart(_) => continue,
                PartType::Message(inner) if depth < 4 => {
                    let octets = match part.encoding {
                        Encoding::None => slice(message, part.offset_body, part.offset_end).to_vec(),
                        _ => inner.raw_message.to_vec(),
                    };
                    Content::Message { mail: Box::new(Mail::of(inner, left, depth + 1)), octets }
                }
                PartType::Message(_) => Content::Other,
                PartType::Text(_) | PartType::Html(_) => Content::Text(text(message, part)),
                PartType::Binary(_) | PartType::InlineBinary(_) if is_report(&kind(part)) => {
                    Content::Text(text(message, part))
                }
                PartType::Binary(_) | PartType::InlineBinary(_) => Content::Other,
            };
            mail.parts.push(Part { kind: kind(part), content });
        }
        mail
    }

    /// The words of all parts of these kinds.
    pub(super) fn texts<'a>(&'a self, kinds: &'a [&str]) -> impl Iterator<Item = &'a str> {
        let mut left = MAX_WORDS;
        let parts = self.parts.iter().filter(|part| kinds.contains(&part.kind.as_str()));
        parts.filter_map(move |part| match &part.content {
            Content::Text(text) if text.len() <= left => {
                left -= text.len();
                Some(text.as_str())
            }
            _ => None,
        })
    }

    /// The messages attached to it.
    pub(super) fn messages(&self) -> impl Iterator<Item = (&Mail, &[u8])> {
        self.parts.iter().filter_map(|part| match &part.content {
            Content::Message { mail, octets } => Some((&**mail, octets.as_slice())),
            _ => None,
        })
    }

    /// What a person reads first: the plain text, or the HTML without its tags.
    pub(super) fn words(&self) -> String {
        let plain: Vec<&str> = self.texts(&["text/plain"]).filter(|text| !text.trim().is_empty()).collect();
        if !plain.is_empty() {
            return plain.join("\n");
        }
        self.texts(&["text/html"]).map(without_tags).collect::<Vec<_>>().join("\n")
    }
}

/// Kinds that hold words although they are no text.
fn is_report(kind: &str) -> bool {
    kind.starts_with("message/") || kind == "text/rfc822-headers"
}

fn kind(part: &MessagePart<'_>) -> String {
    match part.content_type() {
        Some(kind) => format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase(),
        None => "text/plain".to_owned(),
    }
}

fn slice<'a>(message: &'a Message<'_>, from: u32, to: u32) -> &'a [u8] {
    message.raw_message.get(from as usize..to as usize).unwrap_or_default()
}

/// A part's words. What is UTF-8 is read as that whatever its label says: wrong labels are commoner than chance.
fn text(message: &Message<'_>, part: &MessagePart<'_>) -> String {
    let raw = slice(message, part.offset_body, part.offset_end);
    let octets = match part.encoding {
        Encoding::QuotedPrintable => quoted_printable_decode(raw),
        Encoding::Base64 => base64_decode(raw),
        Encoding::None => None,
    };
    let octets = octets.as_deref().unwrap_or(raw);
    let charset = part.content_type().and_then(|kind| kind.attribute("charset"));
    let mut text = decode(octets, charset);
    if let Some((end, _)) = text.char_indices().nth(MAX_TEXT) {
        text.truncate(end);
    }
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// UTF-8, else what the label says, else Latin-1: never a failure.
pub(super) fn decode(octets: &[u8], charset: Option<&str>) -> String {
    // ISO-2022-JP is 7-bit and changes its alphabet by escapes.
    let has_escapes = octets.contains(&0x1b);
    if !has_escapes && let Ok(text) = std::str::from_utf8(octets) {
        return text.to_owned();
    }
    let charset = charset.or(has_escapes.then_some("iso-2022-jp")).unwrap_or("windows-1252");
    match mail_parser::decoders::charsets::map::charset_decoder(charset.as_bytes()) {
        Some(decoder) => decoder(octets),
        None => octets.iter().map(|octet| char::from(*octet)).collect(),
    }
}

/// HTML as words: blocks begin lines, styles and scripts are dropped.
pub(super) fn without_tags(html: &str) -> String {
    static BLOCK_ENDS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)</(?:div|td|tr|li|h[1-6]|pre|table|dt|dd|blockquote)\s*>|<(?:hr|li|tr|pre)\b[^>]*>")
            .expect("the pattern is fixed and valid")
    });
    html_to_text(&BLOCK_ENDS.replace_all(html, "<br>"))
}
