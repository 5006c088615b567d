#![no_main]

use libfuzzer_sys::fuzz_target;
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, UnixTime};
use spamcheck::net::tls::certificate::Certificate;
use spamcheck::net::tls::server_hello::{HelloAnswer, ServerFlight};
use spamcheck::net::tls::pkix;

// The first octet says in what portions the rest comes.
fuzz_target!(|octets: &[u8]| {
    let Some((portion, rest)) = octets.split_first() else { return };
    let mut flight = ServerFlight::default();
    let mut portions = rest.chunks(usize::from(*portion).max(1));
    let answer = portions.find_map(|portion| flight.push(portion)).unwrap_or_else(|| flight.end());
    let mut chain = vec![CertificateDer::from(rest.to_vec())];
    if let HelloAnswer::Hello(hello) = answer {
        chain.extend(hello.chain);
    }
    for certificate in &chain {
        let read = Certificate::read(certificate, 0);
        assert_eq!(read.sha256.len(), 64);
    }
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_800_000_000));
    let _ = pkix::examine(&chain, Some("mx.example.com"), &RootCertStore::empty(), now);
    assert!(pkix::path(&chain).len() <= chain.len());
});
