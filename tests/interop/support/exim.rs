//! Exim as a child process. Its package conflicts with Postfix's, so it is unpacked into a directory of the tests'
//! own; the user it insists on exists for it alone.

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
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

/// What puts the packages' own configuration to work: macros that its installer asks for, and a home for everybody.
const DEBIAN_MACROS: &str = "MAIN_LOCAL_DOMAINS=@:localhost:example.org\nMAIN_RELAY_TO_DOMAINS=empty\n\
    MAIN_RELAY_NETS=: 127.0.0.1 : ::::1\nMAIN_HARDCODE_PRIMARY_HOSTNAME=mx.example.org\n\
    MAIN_QUALIFY_DOMAIN=example.org\nETC_MAILNAME=example.org\nDC_eximconfig_configtype=internet\nDCconfig_internet=1\n";
const DEBIAN_EVERYBODY: &str = "everybody:\n  driver = redirect\n  domains = example.org\n  data = :blackhole:\n";

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
        let mut command = Command::new(program.join("usr/sbin/exim4"));
        let child = unpacked(&mut command, &program)
            .arg("-C")
            .arg(&file)
            .arg("-bdf")
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

/// Exim with the configuration of Debian's package, which is asked without a daemon (`exim -bh`).
pub struct DebianExim {
    config: PathBuf,
    dir: TempDir,
}

impl DebianExim {
    /// It asks the name server at port 53 of `resolver`, and no other; `macros` are lines of its local macros file.
    pub fn new(resolver: IpAddr, macros: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().display();
        let template = program().join("etc/exim4/exim4.conf.template");
        let template = std::fs::read_to_string(template).expect("the package's configuration");
        let places = |line: &&str| {
            !["exim_path =", "log_file_path =", "spool_directory ="].iter().any(|key| line.starts_with(key))
        };
        let mut config = format!(
            "spool_directory = {path}/spool\nlog_file_path = {path}/%slog\nexim_user = nobody\nexim_group = nogroup\n"
        );
        for line in template.lines().filter(places) {
            match line {
                "UPEX4CmacrosUPEX4C = 1" => config.push_str(&format!("{line}\n{DEBIAN_MACROS}{macros}\n")),
                "begin routers" => config.push_str(&format!("{line}\n{DEBIAN_EVERYBODY}\n")),
                "CONFDIR = /etc/exim4" => config.push_str(&format!("CONFDIR = {path}\n")),
                _ => config.push_str(&format!("{line}\n")),
            }
        }
        let file = dir.path().join("exim.conf");
        std::fs::write(&file, config).expect("a file is written");
        std::fs::write(
            dir.path().join("resolv.conf"),
            format!("nameserver {resolver}\noptions timeout:2 attempts:2\n"),
        )
        .expect("a file is written");
        DebianExim { config: file, dir }
    }

    /// What it answers to a client at `address` that says all of this.
    pub fn answers(&self, address: IpAddr, dialogue: &str) -> String {
        let program = program();
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\""])
            .arg(self.dir.path().join("resolv.conf"))
            .arg(program.join("usr/sbin/exim4"))
            .arg("-C")
            .arg(&self.config)
            .args(["-bh", &address.to_string()]);
        let mut child = unpacked(&mut command, &program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("unshare runs");
        child.stdin.take().expect("its input").write_all(dialogue.as_bytes()).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// Lets a command find the libraries and the user that came with an unpacked Exim.
fn unpacked<'a>(command: &'a mut Command, program: &Path) -> &'a mut Command {
    let (users, plain) = (program.join("users"), program.join("usr/lib"));
    let library = plain.join(format!("{}-linux-gnu", std::env::consts::ARCH));
    let libraries = std::env::join_paths([&library, &plain]).expect("paths");
    command
        .env("LD_LIBRARY_PATH", libraries)
        .env("LD_PRELOAD", library.join("libnss_wrapper.so"))
        .env("NSS_WRAPPER_PASSWD", users.join("passwd"))
        .env("NSS_WRAPPER_GROUP", users.join("group"))
}

/// Where Exim is unpacked, once a build directory.
fn program() -> PathBuf {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    let unpack = || {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exim-heavy");
        if place.join("complete").exists() {
            return place;
        }
        let _ = std::fs::remove_dir_all(&place);
        std::fs::create_dir_all(place.join("users")).expect("a directory");
        // Downloads all that it stands on and this machine lacks, and installs nothing.
        std::fs::create_dir_all(place.join("partial")).expect("a directory");
        let cache = format!("Dir::Cache::archives={}", place.display());
        let mut download = Command::new("apt-get");
        download.args(["-q", "-y", "-o", "APT::Sandbox::User=root", "-o", &cache, "--download-only"]);
        run(download.args(["--no-install-recommends", "install", "exim4-daemon-heavy", "libnss-wrapper"]), &place);
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
