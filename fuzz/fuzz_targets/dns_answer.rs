//! Reads answers as a hostile name server may write them.

#![no_main]

use hickory_proto::rr::RecordType;
use libfuzzer_sys::fuzz_target;
use spamcheck::net::dns::Reply;

fuzz_target!(|bytes: &[u8]| {
    let reply = Reply::from_bytes(bytes);
    let _ = (reply.rcode(), reply.is_nxdomain(), reply.is_authentic(), reply.is_empty());
    let _ = reply.message();
    for rtype in [RecordType::A, RecordType::NS, RecordType::MX, RecordType::SOA] {
        let _ = reply.answer(rtype);
    }
    let _ = reply.ipv4();
    // What is shown holds no control characters.
    for text in reply.texts().unwrap_or_default().into_iter().chain(reply.extended_error()) {
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
});
