//! Keys, signed zones and certificates, made by ldns and openssl.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Runs a tool in `dir` and returns what it prints.
fn tool(dir: &Path, name: &str, arguments: &[&str]) -> String {
    let output = Command::new(name).args(arguments).current_dir(dir).output();
    let output = output.unwrap_or_else(|error| panic!("{name} cannot be started, is it installed? {error}"));
    assert!(output.status.success(), "{name} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// A zone's key.
pub struct Key {
    dir: TempDir,
    base: String,
    zone: String,
}

impl Key {
    pub fn new(zone: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let base = tool(dir.path(), "ldns-keygen", &["-a", "ECDSAP256SHA256", "-k", zone]).trim().to_owned();
        Key { dir, base, zone: zone.to_owned() }
    }

    fn file(&self, extension: &str) -> PathBuf {
        self.dir.path().join(format!("{}.{extension}", self.base))
    }

    /// The file with the DNSKEY record, for `--trust-anchor`.
    pub fn anchor(&self) -> String {
        self.file("key").display().to_string()
    }

    /// The DS record.
    pub fn ds(&self) -> String {
        std::fs::read_to_string(self.file("ds")).expect("a DS record").trim().to_owned()
    }

    /// Signs the zone.
    pub fn sign(&self, text: &str) -> String {
        self.sign_with(text, &[])
    }

    /// Signs the zone with further options of ldns-signzone.
    pub fn sign_with(&self, text: &str, options: &[&str]) -> String {
        let plain = self.dir.path().join("zone");
        std::fs::write(&plain, text).expect("a zone file");
        let mut arguments = vec!["-o", &self.zone, "-f", "signed"];
        arguments.extend(options);
        arguments.extend(["zone", &self.base]);
        tool(self.dir.path(), "ldns-signzone", &arguments);
        std::fs::read_to_string(self.dir.path().join("signed")).expect("a signed zone")
    }
}

/// A certificate, and the authority that signed it.
pub struct Certificate {
    dir: TempDir,
}

impl Certificate {
    /// One for `dns.test` and 127.0.0.1.
    pub fn new() -> Self {
        Self::of("DNS:dns.test,IP:127.0.0.1", "2")
    }

    /// One for other names, as openssl writes them, and for so many days.
    pub fn of(names: &str, days: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path();
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let mut authority = vec!["req", "-x509", "-subj", "/CN=interop authority", "-days", "2"];
        authority.extend(["-keyout", "ca.key", "-out", "ca.pem"]);
        authority.extend(key);
        tool(path, "openssl", &authority);
        let mut request = vec!["req", "-new", "-subj", "/CN=dns.test", "-keyout", "leaf.key", "-out", "leaf.csr"];
        request.extend(key);
        tool(path, "openssl", &request);
        std::fs::write(path.join("leaf.ext"), format!("subjectAltName={names}\n")).expect("a file");
        let sign = ["x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
        let rest = ["-days", days, "-extfile", "leaf.ext", "-out", "leaf.pem"];
        tool(path, "openssl", &[&sign[..], &rest[..]].concat());
        let certificates = ["leaf.pem", "ca.pem"].map(|file| std::fs::read_to_string(path.join(file)).expect("a file"));
        std::fs::write(path.join("chain.pem"), certificates.concat()).expect("a file");
        Certificate { dir }
    }

    /// The SHA-256 of a certificate's public key, in hex: what a TLSA record with selector and matching type 1 holds.
    pub fn key_digest(&self, file: &str) -> String {
        let path = self.dir.path();
        let public = tool(path, "openssl", &["x509", "-in", file, "-noout", "-pubkey"]);
        std::fs::write(path.join("public.pem"), public).expect("a file");
        tool(path, "openssl", &["pkey", "-pubin", "-in", "public.pem", "-outform", "der", "-out", "public.der"]);
        let digest = tool(path, "openssl", &["dgst", "-sha256", "-r", "public.der"]);
        digest.split_whitespace().next().expect("a digest").to_owned()
    }

    pub fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }
}
