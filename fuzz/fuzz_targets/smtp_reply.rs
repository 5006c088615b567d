//! What a mail server says, in packets of any size: replies, their faults, and what stands behind EHLO.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spamcheck::net::smtp::Hello;
use spamcheck::net::smtp::reply::{Assembly, MAX_LINES, MAX_REPLY, Reply};

/// The replies of a stream that arrives in packets of this size, up to the first octets that are none.
fn replies(stream: &[u8], size: usize) -> Vec<Reply> {
    let mut assembly = Assembly::default();
    let mut replies = Vec::new();
    for packet in stream.chunks(size) {
        let mut packet = packet;
        loop {
            match assembly.push(packet) {
                Ok(Some(reply)) => replies.push(reply),
                Ok(None) => break,
                Err(_) => return replies,
            }
            packet = &[];
        }
    }
    replies
}

fuzz_target!(|bytes: &[u8]| {
    let Some((size, stream)) = bytes.split_first() else { return };
    let whole = replies(stream, stream.len().max(1));
    let split = replies(stream, usize::from(*size).max(1));
    assert_eq!(whole, split, "packets make no difference");
    for reply in whole {
        assert!(reply.lines.len() <= MAX_LINES);
        assert!(reply.lines.iter().map(Vec::len).sum::<usize>() <= MAX_REPLY);
        assert!((200..600).contains(&reply.code));
        let shown = reply.to_string();
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
        let _ = (reply.enhanced(), reply.text());
        let hello = Hello { reply, extended: true };
        let _ = (hello.name(), hello.offers_starttls(), hello.overwritten_starttls(), hello.offer("SIZE"));
        assert!(hello.capabilities().all(|offered| !offered.keyword.is_empty()));
    }
});
