//! Certificates with a fault each, made once with OpenSSL, which still makes what nobody should use.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The day the samples are looked at: 2026-11-21, in seconds since 1970.
pub(in crate::net::tls) const NOW: i64 = 1_795_219_200;

macro_rules! samples {
    ($($name:literal),+ $(,)?) => {
        /// The certificates of a file of samples.
        pub(in crate::net::tls) fn chain(name: &str) -> Vec<CertificateDer<'static>> {
            let pem: &[u8] = match name {
                $($name => include_bytes!(concat!(
                    env!("CARGO_MANIFEST_DIR"), "/tests/samples/certificates/", $name, ".pem"
                )),)+
                other => panic!("there is no sample {other}"),
            };
            CertificateDer::pem_slice_iter(pem).map(|one| one.expect("a certificate")).collect()
        }
    };
}

samples!(
    "authority",
    "below",
    "below-bound",
    "below-ed448",
    "below-old",
    "below-rsa-8400",
    "below-rsa-pss",
    "below-seven",
    "below-seven-bound",
    "below-small",
    "common",
    "early",
    "ed25519",
    "everything",
    "forged",
    "good",
    "itself",
    "itself-authority",
    "namesake",
    "p192",
    "p521",
    "root",
    "rsa",
    "sha1",
    "version1",
    "whole",
);

/// The first certificate of a file.
pub(in crate::net::tls) fn sample(name: &str) -> CertificateDer<'static> {
    chain(name).swap_remove(0)
}

/// The day the samples whose root is sent with them are looked at: 2027-01-01.
pub(in crate::net::tls) const LATER: i64 = 1_798_761_600;

/// The root that most samples lead to.
pub(in crate::net::tls) fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(sample("root")).expect("a root");
    roots
}
