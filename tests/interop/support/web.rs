//! nginx with certificates of a test's own authority, for policies over HTTPS.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tempfile::TempDir;

use super::servers::free_address;

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    Expired,
    WrongName,
    SelfSigned,
}

/// A host: its name, its certificate, and the nginx directives of `/.well-known/mta-sts.txt`.
pub struct Site<'a> {
    pub name: &'a str,
    pub fault: Fault,
    pub answer: &'a str,
}

/// A running nginx.
pub struct Nginx {
    pub address: SocketAddr,
    child: Child,
    dir: TempDir,
    /// Kept open for what nginx still has to say.
    _stderr: BufReader<ChildStderr>,
}

impl Nginx {
    /// Serves the hosts on one port, and `files` by name for directives that mention them.
    pub fn start(sites: &[Site<'_>], files: &[(&str, &[u8])]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path();
        for (name, content) in files {
            std::fs::write(path.join(name), content).expect("a file is written");
        }
        let authority = authority(path);
        let address = free_address();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!(" {kind}_temp_path {}/{kind};\n", path.display()))
            .collect();
        let mut config = format!(
            "daemon off;\nmaster_process off;\npid {dir}/nginx.pid;\nerror_log stderr notice;\n\
             events {{ worker_connections 64; }}\nhttp {{\n access_log off;\n root {dir};\n default_type text/plain;\n{temporary}",
            dir = path.display(),
        );
        for (index, site) in sites.iter().enumerate() {
            certify(site, index, &authority, path);
            write!(
                config,
                " server {{\n  listen {address} ssl;\n  server_name {};\n  ssl_certificate site{index}.pem;\n  \
                 ssl_certificate_key site{index}.key;\n  location = /.well-known/mta-sts.txt {{ {} }}\n }}\n",
                site.name, site.answer
            )
            .expect("a string takes it");
        }
        config.push_str("}\n");
        std::fs::write(path.join("nginx.conf"), config).expect("a file is written");
        let mut command = Command::new("nginx");
        command.args(["-e", "stderr", "-p"]).arg(path).arg("-c").arg(path.join("nginx.conf"));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("nginx cannot be started, is it installed? {error}"));
        let mut stderr = BufReader::new(child.stderr.take().expect("it is a pipe"));
        let mut said = String::new();
        // nginx names its event method once its ports are open.
        while !said.contains("event method") {
            let length = stderr.read_line(&mut said).expect("text");
            assert!(length > 0, "nginx ended: {said}");
        }
        Nginx { address, child, dir, _stderr: stderr }
    }

    /// The file with the authority's certificate, for `--ca-file`.
    pub fn authority(&self) -> String {
        self.dir.path().join("ca.pem").display().to_string()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes an authority and writes its certificate.
fn authority(dir: &Path) -> Issuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).expect("no name is a valid set of names");
    params.distinguished_name.push(DnType::CommonName, "interop authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    std::fs::write(dir.join("ca.pem"), certificate.pem()).expect("a file is written");
    Issuer::new(params, key)
}

/// Writes the certificate and the key of a host.
fn certify(site: &Site<'_>, index: usize, authority: &Issuer<'static, KeyPair>, dir: &Path) {
    let name = if site.fault == Fault::WrongName { "www.elsewhere.test" } else { site.name };
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    if site.fault == Fault::Expired {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2020, 4, 1);
    }
    let key = KeyPair::generate().expect("a key");
    let certificate = match site.fault {
        Fault::SelfSigned => params.self_signed(&key),
        _ => params.signed_by(&key, authority),
    };
    let certificate = certificate.expect("a certificate");
    std::fs::write(dir.join(format!("site{index}.pem")), certificate.pem()).expect("a file is written");
    std::fs::write(dir.join(format!("site{index}.key")), key.serialize_pem()).expect("a file is written");
}
