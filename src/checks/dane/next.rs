//! `--cert`: would the certificate that is to come still fit?

use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};

use super::dial::Seen;
use super::facts::{CertificateRow, Next, NextHost, words};
use super::rules;
use crate::config::ConfigError;
use crate::files;
use crate::mail::tlsa::Tlsa;
use crate::net::dane::Matching;
use crate::net::tls::certificate::Certificate;
use crate::net::tls::pkix::{CommonName, is_for};
use crate::report::table::short_seconds;
use crate::report::{Evidence, Finding, Reason, Unclear};

/// A certificate file: the server's own certificate first, then those that will be sent with it.
#[derive(Debug)]
pub(super) struct NextChain {
    file: String,
    chain: Vec<CertificateDer<'static>>,
    record: Tlsa,
}

/// Octets of a file of certificates at most.
const MAX_FILE: u64 = 1 << 20;
/// Certificates of a file that are read.
const MAX_CERTIFICATES: usize = 16;

impl NextChain {
    /// Reads a PEM file.
    ///
    /// # Errors
    /// [`ConfigError`] that names the file.
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let file = path.display().to_string();
        let wrong = |why: &dyn std::fmt::Display| ConfigError(format!("--cert: {file} {why}"));
        let cannot = |error: rustls::pki_types::pem::Error| wrong(&format_args!("cannot be read: {error}"));
        let pem = files::read(path, MAX_FILE).map_err(|error| wrong(&format_args!("cannot be read: {error}")))?;
        let chain = CertificateDer::pem_slice_iter(&pem);
        let chain: Vec<_> = chain.take(MAX_CERTIFICATES).collect::<Result<_, _>>().map_err(cannot)?;
        let own = chain.first().ok_or_else(|| wrong(&"holds no certificate in PEM"))?;
        let record = Tlsa::advised(own).ok_or_else(|| wrong(&"holds a certificate that cannot be read"))?;
        Ok(NextChain { file, chain, record })
    }

    /// Compares it with the records of every host it is for; if it is for none, of every host.
    pub(super) fn compare(
        &self,
        seen: &[Seen],
        next_hops: &[String],
        now: UnixTime,
        findings: &mut Vec<Finding>,
        unclear: &mut Vec<Unclear>,
    ) -> Next {
        let is_its = |seen: &&Seen| {
            let names = [seen.tlsas.base.as_str(), &seen.host.name];
            names.iter().any(|name| is_for(&self.chain[0], name, CommonName::Counts))
        };
        let mut its: Vec<&Seen> = seen.iter().filter(is_its).collect();
        if its.is_empty() {
            its = seen.iter().collect();
        }
        let line = |seen: &Seen| format!("{}. IN TLSA {}", seen.tlsas.owner(), self.record);
        let mut hosts = Vec::new();
        for seen in its.iter().filter(|seen| seen.tlsas.binds_senders()) {
            let outcomes = seen.tlsas.judge(&self.chain, next_hops, now);
            let matched = outcomes.iter().any(Matching::is_match);
            hosts.push(NextHost {
                host: seen.host.name.clone(),
                matched,
                outcomes: outcomes.iter().map(words).collect(),
            });
            if matched || !seen.tlsas.is_usable() {
                continue;
            }
            let detail = format!("{}: {}", self.file, super::judge::told(&seen.tlsas, &outcomes));
            if outcomes.iter().any(|outcome| matches!(outcome, Matching::Indeterminate(_))) {
                unclear.push(Unclear::decisive(Reason::Malformed, &seen.host.name, detail));
            } else {
                let ttl = seen.tlsas.records.iter().map(|record| record.ttl_s).max().unwrap_or_default();
                let remedy = format!(
                    "Publish beside the records that are there: {} — then wait twice their time to live, {}, before \
                     the server uses the certificate.",
                    line(seen),
                    short_seconds(ttl.saturating_mul(2)),
                );
                let proof = seen.tlsas.proof();
                let finding = Finding::new(&rules::NEXT_MISMATCH, &seen.host.name, proof);
                let finding = finding.evidence(Evidence::given("certificate file", &self.file));
                findings.push(finding.detail(detail).remedy(remedy));
            }
        }
        Next {
            file: self.file.clone(),
            certificate: certificate_row(&self.chain, now),
            publish: its.iter().map(|seen| line(seen)).collect(),
            hosts,
        }
    }
}

/// A chain in short.
pub(super) fn certificate_row(chain: &[CertificateDer<'_>], now: UnixTime) -> CertificateRow {
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let own = chain.first().map(|own| Certificate::read(own, seconds)).unwrap_or_default();
    CertificateRow {
        subject: own.subject,
        not_after: own.not_after,
        sha256: own.sha256,
        spki_sha256: own.spki_sha256,
        above: chain.len().saturating_sub(1),
    }
}
