//! Queries as octets, and the first look at an answer.

use hickory_proto::rr::RecordType;

use super::name::Name;

/// The EDNS payload offered (the DNS flag day 2020 value), and so the longest datagram we accept.
pub(super) const PAYLOAD: u16 = 1232;
/// The longest query: header, name, type and class, OPT record.
pub(super) const MAX_QUERY: usize = 12 + super::name::MAX_WIRE + 4 + OPT_LENGTH;

const HEADER: usize = 12;
const OPT_LENGTH: usize = 11;
const CLASS_IN: u16 = 1;

/// What a query asks, apart from its id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flags {
    /// RD: for resolvers, not for authoritative servers.
    pub(super) recursion: bool,
    /// CD: the resolver shall not validate.
    pub(super) checking_disabled: bool,
    /// Whether to send an OPT record.
    pub(super) edns: bool,
    /// DO: send signatures.
    pub(super) dnssec_ok: bool,
}

/// Writes a query. AD is set so that a validating resolver tells what it knows (RFC 6840 §5.7).
pub(super) fn encode(packet: &mut Vec<u8>, id: u16, name: &Name, rtype: RecordType, flags: Flags) {
    packet.clear();
    packet.extend_from_slice(&id.to_be_bytes());
    packet.push(u8::from(flags.recursion));
    packet.push(0x20 | if flags.checking_disabled { 0x10 } else { 0 });
    packet.extend_from_slice(&[0, 1, 0, 0, 0, 0, 0, u8::from(flags.edns)]);
    packet.extend_from_slice(name.as_wire());
    packet.extend_from_slice(&u16::from(rtype).to_be_bytes());
    packet.extend_from_slice(&CLASS_IN.to_be_bytes());
    if flags.edns {
        let [high, low] = PAYLOAD.to_be_bytes();
        let dnssec_ok = if flags.dnssec_ok { 0x80 } else { 0 };
        packet.extend_from_slice(&[0, 0, 41, high, low, 0, 0, dnssec_ok, 0, 0, 0]);
    }
}

/// The id of a packet that could be an answer.
pub(super) fn answer_id(packet: &[u8]) -> Option<u16> {
    let header = packet.get(..HEADER)?;
    // QR set, opcode QUERY.
    (header[2] & 0xf8 == 0x80).then(|| u16::from_be_bytes([header[0], header[1]]))
}

/// Whether the packet answers exactly this question. A server that cannot read the query may leave the
/// question out (FORMERR, NOTIMP); any other answer repeats it.
pub(super) fn answers(packet: &[u8], name: &Name, rtype: RecordType) -> bool {
    let Some(header) = packet.get(..HEADER) else { return false };
    if header[4..6] == [0, 0] {
        return matches!(header[3] & 0x0f, 1 | 4) && header[6..10] == [0; 4];
    }
    let wire = name.as_wire();
    let Some(question) = packet.get(HEADER..HEADER + wire.len() + 4) else { return false };
    let (asked, kind) = question.split_at(wire.len());
    header[4..6] == [0, 1]
        && asked.eq_ignore_ascii_case(wire)
        && kind[..2] == u16::from(rtype).to_be_bytes()
        && kind[2..] == CLASS_IN.to_be_bytes()
}

/// Whether the answer was cut (TC).
pub(super) fn is_truncated(packet: &[u8]) -> bool {
    packet.get(2).is_some_and(|flags| flags & 0x02 != 0)
}

/// What an answer says of itself outside its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Envelope {
    /// The response code, all twelve bits of it (RFC 6891 §6.1.3).
    pub(super) rcode: u16,
    /// The number of the server's own explanation (RFC 8914 §2).
    pub(super) explanation: Option<u16>,
}

/// Reads an answer from end to end without looking into its records; none if it is cut short or says more than it
/// holds.
pub(super) fn envelope(packet: &[u8]) -> Option<Envelope> {
    let header = packet.get(..HEADER)?;
    let count = |at: usize| usize::from(u16::from_be_bytes([header[at], header[at + 1]]));
    let mut envelope = Envelope { rcode: u16::from(header[3] & 0x0f), explanation: None };
    let mut at = HEADER;
    for _ in 0..count(4) {
        at = after_name(packet, at)? + 4;
    }
    for _ in 0..count(6) + count(8) + count(10) {
        at = after_name(packet, at)?;
        let [high, low, .., long, short] = *packet.get(at..at + 10)? else { return None };
        let data = packet.get(at + 10..at + 10 + usize::from(u16::from_be_bytes([long, short])))?;
        if u16::from_be_bytes([high, low]) == OPT {
            envelope.rcode |= u16::from(packet[at + 4]) << 4;
            envelope.explanation = explanation(data);
        }
        at += 10 + data.len();
    }
    (at <= packet.len()).then_some(envelope)
}

/// The place behind a name, which ends with the root or with a pointer (RFC 1035 §4.1.4).
fn after_name(packet: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *packet.get(at)? {
            0 => return Some(at + 1),
            length @ 1..=63 => at += 1 + usize::from(length),
            0xc0.. => return packet.get(at + 1).map(|_| at + 2),
            _ => return None,
        }
    }
}

fn explanation(mut options: &[u8]) -> Option<u16> {
    while let Some((&[code_high, code_low, high, low], rest)) = options.split_first_chunk() {
        let (data, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([high, low])))?;
        if u16::from_be_bytes([code_high, code_low]) == EXTENDED_ERROR {
            return data.first_chunk().map(|code| u16::from_be_bytes(*code));
        }
        options = rest;
    }
    None
}

/// The type of the record that extends the header.
const OPT: u16 = 41;
/// The option that holds an explanation.
const EXTENDED_ERROR: u16 = 15;

/// The number of records in the answer section, as the header claims.
pub(super) fn answer_count(packet: &[u8]) -> u16 {
    packet.get(6..8).map_or(0, |count| u16::from_be_bytes([count[0], count[1]]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::domain::Domain;

    const PLAIN: Flags = Flags { recursion: true, checking_disabled: false, edns: true, dnssec_ok: false };

    fn query() -> (Name, Vec<u8>) {
        let name = Name::from(&"example.com".parse::<Domain>().expect("a name"));
        let mut packet = Vec::new();
        encode(&mut packet, 0x1234, &name, RecordType::A, PLAIN);
        (name, packet)
    }

    fn answer() -> (Name, Vec<u8>) {
        let (name, mut packet) = query();
        packet[2] |= 0x80;
        (name, packet)
    }

    #[test]
    fn query_is_read_back_by_hickory() {
        let (_, packet) = query();
        let message = hickory_proto::op::Message::from_vec(&packet).expect("a message");
        assert_eq!(message.metadata.id, 0x1234);
        assert_eq!(message.queries[0].name().to_string(), "example.com.");
        assert_eq!(message.edns.expect("an OPT record").max_payload(), PAYLOAD);
    }

    #[test]
    fn only_the_exact_question_is_answered() {
        let (name, packet) = answer();
        assert!(answers(&packet, &name, RecordType::A));
        assert!(!answers(&packet, &name, RecordType::TXT));
        let other = Name::from(&"example.org".parse::<Domain>().expect("a name"));
        assert!(!answers(&packet, &other, RecordType::A));
        assert!(!answers(&packet[..20], &name, RecordType::A));
    }

    #[test]
    fn envelope_reads_all_twelve_bits_and_the_explanation() {
        let (_, mut packet) = answer();
        packet[3] |= 3;
        assert_eq!(envelope(&packet), Some(Envelope { rcode: 3, explanation: None }));
        // The OPT record is the last, and its data are empty.
        let end = packet.len();
        packet[end - 6] = 1;
        packet[end - 1] = 8;
        assert_eq!(envelope(&packet), None);
        packet.extend([0, 15, 0, 4, 0, 17, b'h', b'i']);
        assert_eq!(envelope(&packet), Some(Envelope { rcode: 19, explanation: Some(17) }));
        packet[7] = 1;
        assert_eq!(envelope(&packet), None);
        assert_eq!(envelope(&packet[..11]), None);
    }

    #[test]
    fn query_is_no_answer_and_case_does_not_matter() {
        let (name, packet) = query();
        assert_eq!(answer_id(&packet), None);
        let (_, mut packet) = answer();
        packet.iter_mut().skip(12).for_each(|byte| byte.make_ascii_uppercase());
        assert!(answers(&packet, &name, RecordType::A));
    }
}
