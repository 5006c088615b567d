//! Reads messages and the signatures in them; canonical forms stay as they are.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spamcheck::mail::canonical::Canonicalization;
use spamcheck::mail::dkim_key::KeyRecord;
use spamcheck::mail::dkim_signature::{SignatureField, without_signature};
use spamcheck::mail::message::Message;
use spamcheck::mail::{dkim_verify, mailbox_list};

const KEYS: [&str; 2] = [
    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2\
     jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G\
     +2kryOTIKT+l/K4w3QIDAQAB",
];

fuzz_target!(|octets: &[u8]| {
    let _ = mailbox_list::domains(octets);
    let _ = SignatureField::parse(octets);
    let _ = without_signature(octets);
    let Ok(message) = Message::parse(octets) else { return };
    let _ = message.received();
    for form in [Canonicalization::Simple, Canonicalization::Relaxed] {
        let canonical = |body: &[u8]| {
            let mut all = Vec::new();
            form.body(body, |piece| all.extend_from_slice(piece));
            all
        };
        let once = canonical(message.body());
        assert!(once.is_empty() || once.ends_with(b"\r\n"));
        assert_eq!(canonical(&once), once, "a canonical body stays as it is");
    }
    for place in message.places("dkim-signature").iter().take(4) {
        let field = message.field(*place).expect("a place leads to a field");
        let Ok(signature) = SignatureField::parse(field.value).signature else { continue };
        let _ = dkim_verify::body(&message, &signature);
        for key in KEYS {
            let _ = dkim_verify::header(&message, *place, &signature, &KeyRecord::parse(key).key);
        }
    }
});
