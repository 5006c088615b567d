//! Postfix as a child process: its own configuration, queue and port on loopback, ended when dropped.
//!
//! Nothing leaves the machine whatever it is told: every transport throws mail away, unless [`Setup::keeps_mail`]
//! puts that for its own mailboxes into files.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::pause;
use super::servers::free_address;

/// How long it may take to greet for the first time.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it may take to end when it is asked to.
const FAREWELL: Duration = Duration::from_secs(5);

/// A running Postfix.
pub struct Postfix {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    dir: TempDir,
}

/// What is different about a Postfix. By default it takes mail for `example.org`, relays for nobody, and has no TLS.
#[must_use]
pub struct Setup {
    name: String,
    main: Vec<String>,
    services: Vec<String>,
    smtpd: String,
    mailboxes: Vec<String>,
    resolver: Option<IpAddr>,
    proxied: bool,
}

#[allow(dead_code, reason = "each test uses a part of it")]
impl Setup {
    /// A closed server of this name, which takes mail for `postmaster`, `abuse` and `user` at `example.org`.
    pub fn new(name: &str) -> Self {
        Setup {
            name: name.to_owned(),
            main: Vec::new(),
            services: Vec::new(),
            smtpd: "smtpd".to_owned(),
            mailboxes: ["postmaster", "abuse", "user"].map(|local| format!("{local}@example.org")).to_vec(),
            resolver: None,
            proxied: false,
        }
    }

    /// A line of `main.cf`; it counts instead of an earlier one.
    pub fn main(mut self, line: &str) -> Self {
        self.main.push(line.to_owned());
        self
    }

    /// A line of `master.cf`.
    pub fn service(mut self, line: &str) -> Self {
        self.services.push(line.to_owned());
        self
    }

    /// What stands behind the listener's command in `master.cf`, for example `-o smtpd_tls_wrappermode=yes`.
    pub fn smtpd_option(mut self, option: &str) -> Self {
        write!(self.smtpd, " {option}").expect("a string takes it");
        self
    }

    /// The mailboxes it has, in place of the usual ones. Their domains are those it takes mail for.
    pub fn mailboxes(mut self, mailboxes: &[&str]) -> Self {
        self.mailboxes = mailboxes.iter().map(|mailbox| (*mailbox).to_owned()).collect();
        self
    }

    /// Offers STARTTLS with this chain and key, both PEM files that root can read.
    pub fn certificate(self, chain: &str, key: &str) -> Self {
        self.main("smtpd_tls_security_level = may").main(&format!("smtpd_tls_chain_files = {key}, {chain}"))
    }

    /// Asks a policy service such as postgrey about each recipient.
    pub fn policy(self, address: SocketAddr) -> Self {
        let service = format!("check_policy_service inet:{}:{}", address.ip(), address.port());
        self.main(&format!("smtpd_recipient_restrictions = {service}"))
    }

    /// Asks a milter.
    pub fn milter(self, address: SocketAddr) -> Self {
        self.main(&format!("smtpd_milters = inet:{}:{}", address.ip(), address.port()))
    }

    /// Puts postscreen in front, as its manual page says; further lines of `main.cf` say what it tests.
    pub fn postscreen(mut self) -> Self {
        self.services.push("smtpd pass - - n - - smtpd".to_owned());
        self.services.push("dnsblog unix - - n - 0 dnsblog".to_owned());
        self.services.push("tlsproxy unix - - n - 0 tlsproxy".to_owned());
        self.smtpd = "postscreen".to_owned();
        // A cache of its own kind: the default needs Berkeley DB.
        self.main("postscreen_cache_map = btree:$data_directory/postscreen_cache")
    }

    /// Asks the name server at port 53 of `resolver`, and no other: it has an `/etc/resolv.conf` of its own.
    pub fn resolver(mut self, resolver: IpAddr) -> Self {
        self.resolver = Some(resolver);
        self.main("disable_dns_lookups = no").main("smtpd_peername_lookup = yes")
    }

    /// Takes the client's address from the line that a proxy puts before the dialogue (HAProxy's protocol).
    pub fn proxied(mut self) -> Self {
        self.proxied = true;
        self.main("smtpd_upstream_proxy_protocol = haproxy").main("postscreen_upstream_proxy_protocol = haproxy")
    }

    /// Delivers mail for the usual mailboxes into files instead of throwing it away; see [`Postfix::mail`].
    pub fn keeps_mail(self) -> Self {
        self.main("virtual_transport = virtual")
    }

    /// Starts it and waits until it greets.
    pub fn start(self) -> Postfix {
        let dir = tempfile::Builder::new().prefix("pf").tempdir().expect("a directory");
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).expect("its mode");
        for name in ["conf", "queue", "data", "mail"] {
            std::fs::create_dir(dir.path().join(name)).expect("a directory");
        }
        for (user, directory) in [("postfix", "data"), ("nobody", "mail")] {
            let owned = Command::new("chown").args([user, directory]).current_dir(dir.path()).status();
            assert!(owned.expect("chown runs").success(), "is postfix installed, and are the tests run as root?");
        }
        let address = free_address();
        self.configure(&dir, address);
        let log = std::fs::File::create(dir.path().join("log")).expect("a log file");
        let mut command = match self.resolver {
            None => Command::new("postfix"),
            Some(resolver) => {
                let file = dir.path().join("resolv.conf");
                std::fs::write(&file, format!("nameserver {resolver}\noptions timeout:2 attempts:2\n"))
                    .expect("a file is written");
                let mut own = Command::new("unshare");
                own.args(["--mount", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec postfix \"$@\""])
                    .arg(file);
                own
            }
        };
        let child = command
            .arg("-c")
            .arg(dir.path().join("conf"))
            .arg("start-fg")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log file"))
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("postfix cannot be started, is it installed? {error}"));
        let mut postfix = Postfix { address, child, dir };
        postfix.wait_for_greeting(self.proxied);
        postfix
    }

    fn configure(&self, dir: &TempDir, address: SocketAddr) {
        let path = dir.path().display();
        let name = &self.name;
        let mut main = format!(
            "compatibility_level = 3.6\n\
             queue_directory = {path}/queue\ndata_directory = {path}/data\n\
             maillog_file = /dev/stdout\n\
             myhostname = {name}\nmydomain = {name}\nmyorigin = {name}\n\
             mydestination =\nlocal_recipient_maps =\nalias_maps =\nalias_database =\n\
             inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmynetworks = 192.0.2.0/32\n\
             disable_dns_lookups = yes\nsmtpd_peername_lookup = no\n\
             default_transport = discard\nrelay_transport = discard\nlocal_transport = discard\n\
             virtual_transport = discard\nvirtual_mailbox_base = {path}/mail\n\
             virtual_uid_maps = static:65534\nvirtual_gid_maps = static:65534\nvirtual_minimum_uid = 100\n\
             smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n\
             smtpd_recipient_restrictions =\n\
             smtpd_client_connection_rate_limit = 0\nsmtpd_client_connection_count_limit = 0\n\
             smtpd_error_sleep_time = 0\n"
        );
        let mut domains: Vec<&str> =
            self.mailboxes.iter().filter_map(|mailbox| Some(mailbox.rsplit_once('@')?.1)).collect();
        domains.sort_unstable();
        domains.dedup();
        let maps: Vec<String> =
            self.mailboxes.iter().map(|mailbox| format!("{{ {mailbox} = {}/ }}", mailbox.replace('@', "-"))).collect();
        writeln!(main, "virtual_mailbox_domains = {}", domains.join(", ")).expect("a string takes it");
        writeln!(main, "virtual_mailbox_maps = inline:{{ {} }}", maps.join(", ")).expect("a string takes it");
        // Postfix warns of a parameter that is set twice, so the later line replaces the earlier one.
        for line in &self.main {
            let key = line.split('=').next().unwrap_or_default().trim();
            let kept = main.lines().filter(|line| line.split('=').next().unwrap_or_default().trim() != key);
            main = kept.map(|line| format!("{line}\n")).collect();
            main.push_str(line);
            main.push('\n');
        }
        let listener = self.smtpd.split(' ').next().unwrap_or_default();
        // postscreen is one process that keeps its cache to itself.
        let processes = if listener == "postscreen" { "1" } else { "-" };
        let mut master = format!(
            "{address} inet n - n - {processes} {smtpd}\n\
             postlog unix-dgram n - n - 1 postlogd\n\
             pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n\
             tlsmgr unix - - n 1000? 1 tlsmgr\nrewrite unix - - n - - trivial-rewrite\n\
             bounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\n\
             verify unix - - n - 1 verify\nflush unix n - n 1000? 0 flush\nproxymap unix - - n - - proxymap\n\
             proxywrite unix - - n - 1 proxymap\nerror unix - - n - - error\nretry unix - - n - - error\n\
             discard unix - - n - - discard\nvirtual unix - n n - - virtual\nanvil unix - - n - 1 anvil\n\
             scache unix - - n - 1 scache\nshowq unix n - n - - showq\n",
            smtpd = self.smtpd,
        );
        for service in &self.services {
            master.push_str(service);
            master.push('\n');
        }
        std::fs::write(dir.path().join("conf/main.cf"), main).expect("a file is written");
        std::fs::write(dir.path().join("conf/master.cf"), master).expect("a file is written");
    }
}

#[allow(dead_code, reason = "each test uses a part of it")]
impl Postfix {
    fn wait_for_greeting(&mut self, proxied: bool) {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            let ended = self.child.try_wait().expect("the child's state");
            assert!(ended.is_none(), "postfix ended: {}", self.log());
            if let Ok(stream) = TcpStream::connect(self.address) {
                stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
                if proxied {
                    let line = b"PROXY TCP4 127.0.0.1 127.0.0.1 1025 25\r\n";
                    // A server that is not there yet is asked again.
                    let _ = (&stream).write_all(line);
                }
                let mut line = String::new();
                let read = BufReader::new(&stream).read_line(&mut line);
                if read.is_ok() && line.starts_with("220") {
                    return;
                }
            }
            pause();
        }
        panic!("postfix does not greet: {}", self.log());
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// As `--connect-to` wants it: mail for `host` comes here.
    pub fn serves(&self, host: &str) -> String {
        format!("{host}:25:{}", self.address)
    }

    /// The messages that have been delivered into files, as text.
    pub fn mail(&self) -> Vec<String> {
        let mut messages = Vec::new();
        let mut directories: Vec<PathBuf> = vec![self.dir.path().join("mail")];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    directories.push(path);
                } else if path.parent().is_some_and(|parent| parent.ends_with("new")) {
                    messages.extend(std::fs::read_to_string(path));
                }
            }
        }
        messages
    }

    /// The process groups it consists of: the script that started it, and the master with its services.
    fn groups(&self) -> Vec<String> {
        let written = std::fs::read_to_string(self.dir.path().join("queue/pid/master.pid")).unwrap_or_default();
        let master = written.split_whitespace().next().and_then(|id| id.parse::<u32>().ok());
        [Some(self.child.id()), master].into_iter().flatten().map(|id| format!("-{id}")).collect()
    }

    fn signal(&self, signal: &str) {
        let done = Command::new("kill").args([signal, "--"]).args(self.groups()).stderr(Stdio::null()).status();
        done.expect("kill runs");
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // The script ends with the master, and the master with its services; what is left then is killed.
        self.signal("-TERM");
        let asked = Instant::now();
        while asked.elapsed() < FAREWELL && self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            pause();
        }
        self.signal("-KILL");
        let _ = self.child.wait();
    }
}
