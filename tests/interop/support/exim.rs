//! Exim as a child process. Its package conflicts with Postfix's, so it is unpacked into a directory of the tests'
//! own; the user it insists on exists for it alone.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::pause;
use super::servers::free_address;

/// How long it may take to greet for the first time.
const PATIENCE: Duration = Duration::from_secs(30);
const PACKAGES: [&str; 3] = ["exim4-daemon-light", "libidn12", "libnss-wrapper"];

/// A running Exim, which ends when dropped.
pub struct Exim {
    pub address: SocketAddr,
    child: Child,
    dir: TempDir,
}

impl Exim {
    /// Starts it as `mx.example.org` with this ACL for RCPT; what it accepts it throws away.
    pub fn start(acl: &str) -> Self {
        let program = program();
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o777)).expect("its mode");
        let address = free_address();
        let path = dir.path().display();
        let config = format!(
            "exim_user = nobody\nexim_group = nogroup\nprimary_hostname = mx.example.org\n\
             spool_directory = {path}/spool\nlog_file_path = {path}/%slog\npid_file_path = {path}/pid\n\
             local_interfaces = {}\ndaemon_smtp_ports = {}\nhost_lookup =\nrfc1413_query_timeout = 0s\n\
             tls_advertise_hosts =\ndomainlist local_domains = example.org\nacl_smtp_rcpt = check_rcpt\n\
             begin acl\ncheck_rcpt:\n{acl}\n\
             begin routers\nnowhere:\n driver = redirect\n data = :blackhole:\n",
            address.ip(),
            address.port(),
        );
        let file = dir.path().join("exim.conf");
        std::fs::write(&file, config).expect("a file is written");
        let log = std::fs::File::create(dir.path().join("log")).expect("a log file");
        let users = program.join("users");
        let library = program.join("usr/lib").join(format!("{}-linux-gnu", std::env::consts::ARCH));
        let child = Command::new(program.join("usr/sbin/exim4"))
            .arg("-C")
            .arg(&file)
            .arg("-bdf")
            .env("LD_LIBRARY_PATH", &library)
            .env("LD_PRELOAD", library.join("libnss_wrapper.so"))
            .env("NSS_WRAPPER_PASSWD", users.join("passwd"))
            .env("NSS_WRAPPER_GROUP", users.join("group"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log file"))
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("exim cannot be started: {error}"));
        let mut exim = Exim { address, child, dir };
        exim.wait_for_greeting();
        exim
    }

    fn wait_for_greeting(&mut self) {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            let ended = self.child.try_wait().expect("the child's state");
            assert!(ended.is_none(), "exim ended: {}", self.log());
            if let Ok(stream) = TcpStream::connect(self.address) {
                stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
                let mut line = String::new();
                if BufReader::new(&stream).read_line(&mut line).is_ok() && line.starts_with("220") {
                    return;
                }
            }
            pause();
        }
        panic!("exim does not greet: {}", self.log());
    }

    pub fn log(&self) -> String {
        let files = ["log", "mainlog", "paniclog"].map(|name| self.dir.path().join(name));
        files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect()
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let done = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        done.expect("kill runs");
        let _ = self.child.wait();
    }
}

/// Where Exim is unpacked, once a build directory.
fn program() -> PathBuf {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    let unpack = || {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exim");
        if place.join("complete").exists() {
            return place;
        }
        let _ = std::fs::remove_dir_all(&place);
        std::fs::create_dir_all(place.join("users")).expect("a directory");
        run(Command::new("apt-get").args(["-q", "-o", "APT::Sandbox::User=root", "download"]).args(PACKAGES), &place);
        for entry in std::fs::read_dir(&place).expect("a directory").flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "deb") {
                run(Command::new("dpkg").arg("-x").arg(entry.path()).arg("."), &place);
            }
        }
        // Exim looks up the user its package would have made before it reads anything else.
        for (name, line) in
            [("passwd", "Debian-exim:x:65534:65534::/:/bin/false\n"), ("group", "Debian-exim:x:65534:\n")]
        {
            let known = std::fs::read_to_string(format!("/etc/{name}")).expect("the system's users");
            std::fs::write(place.join("users").join(name), known + line).expect("a file is written");
        }
        std::fs::write(place.join("complete"), "").expect("a file is written");
        place
    };
    PLACE.get_or_init(unpack).clone()
}

fn run(command: &mut Command, place: &Path) {
    let output = command.current_dir(place).output().expect("Debian's tools are there");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
