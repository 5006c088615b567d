//! Name servers as child processes, each in a directory of its own, ended when dropped.

use std::collections::HashSet;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::pause;

/// A running name server.
pub struct Server {
    pub address: SocketAddr,
    child: Child,
    name: &'static str,
    dir: TempDir,
}

/// How long a server may take to answer its first question.
const PATIENCE: Duration = Duration::from_secs(20);

impl Server {
    /// Starts `command` in its own process group and waits until it answers on `address`.
    fn start(name: &'static str, command: Command, dir: TempDir, address: SocketAddr) -> Self {
        let mut server = Self::spawn(name, command, dir, address);
        server.wait_for_answer();
        server
    }

    fn spawn(name: &'static str, mut command: Command, dir: TempDir, address: SocketAddr) -> Self {
        let log = std::fs::File::create(dir.path().join("log")).expect("a log file");
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log file"))
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started, is it installed? {error}"));
        Server { address, child, name, dir }
    }

    /// Starts a server that is reached over TCP, and waits until it takes connections.
    fn start_tcp(name: &'static str, command: Command, dir: TempDir, address: SocketAddr) -> Self {
        let mut server = Self::spawn(name, command, dir, address);
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = server.child.try_wait().expect("the child's state");
            assert!(ended.is_none(), "{name} ended: {}", server.log());
            assert!(started.elapsed() < PATIENCE, "{name} does not listen: {}", server.log());
            pause();
        }
        server
    }

    fn wait_for_answer(&mut self) {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a time limit");
        // The root's SOA: every server has some answer to that, if only REFUSED.
        let query = [0x5a, 0x5a, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1];
        let started = Instant::now();
        let mut buffer = [0; 512];
        while started.elapsed() < PATIENCE {
            let ended = self.child.try_wait().expect("the child's state");
            assert!(ended.is_none(), "{} ended: {}", self.name, self.log());
            socket.send_to(&query, self.address).expect("a query leaves");
            if let Ok((length, from)) = socket.recv_from(&mut buffer)
                && from == self.address
                && length >= 12
                && buffer[..2] == query[..2]
            {
                return;
            }
        }
        panic!("{} does not answer: {}", self.name, self.log());
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        let done = Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
        done.expect("kill runs");
    }

    /// Keeps its port and answers nothing from now on.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Ends it for good.
    pub fn stop(&mut self) {
        self.signal("-KILL");
        // It has been killed, so it ends.
        let _ = self.child.wait();
    }

    /// As `--resolver` wants it.
    pub fn as_resolver(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// An address on loopback that is free for UDP and TCP. It lies below the ports that systems give to
/// outgoing packets, so nobody takes it before the server does.
pub fn free_address() -> SocketAddr {
    static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);
    let mut given = GIVEN.lock().expect("no test dies while it chooses a port");
    let given = given.get_or_insert_default();
    let first = std::process::id() % 10_000;
    let ports = (0..10_000).map(|step| u16::try_from(20_000 + (first + step * 7) % 10_000).expect("a port"));
    for port in ports {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if !given.contains(&port) && UdpSocket::bind(address).is_ok() && TcpListener::bind(address).is_ok() {
            given.insert(port);
            return address;
        }
    }
    panic!("no port is free");
}

/// A directory that servers can read which have given up their privileges.
fn directory() -> TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).expect("its mode");
    dir
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a file is written");
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// rbldnsd with zones: name, kind of data set, data.
pub fn rbldnsd(zones: &[(&str, &str, &str)]) -> Server {
    let dir = directory();
    let address = free_address();
    let mut command = Command::new("rbldnsd");
    command.arg("-n").arg("-b").arg(format!("{}/{}", address.ip(), address.port())).arg("-w").arg(dir.path());
    if is_root() {
        // It refuses to run as root.
        command.args(["-u", "65534:65534"]);
    }
    for (index, (zone, kind, data)) in zones.iter().enumerate() {
        let file = format!("zone{index}");
        write(&dir.path().join(&file), data);
        command.arg(format!("{zone}:{kind}:{file}"));
    }
    Server::start("rbldnsd", command, dir, address)
}

/// nsd with zones: name, zone file.
pub fn nsd(zones: &[(&str, &str)]) -> Server {
    let dir = directory();
    let address = free_address();
    let path = dir.path().display();
    let mut config = format!(
        "server:\n ip-address: {}@{}\n username: \"\"\n zonesdir: \"{path}\"\n pidfile: \"{path}/nsd.pid\"\n \
         database: \"\"\n xfrdir: \"{path}\"\n xfrdfile: \"{path}/xfrd.state\"\n zonelistfile: \"{path}/zone.list\"\n \
         server-count: 1\n rrl-ratelimit: 0\nremote-control:\n control-enable: no\n",
        address.ip(),
        address.port(),
    );
    for (index, (zone, text)) in zones.iter().enumerate() {
        write(&dir.path().join(format!("zone{index}")), text);
        writeln!(config, "zone:\n name: \"{zone}\"\n zonefile: \"zone{index}\"").expect("a string takes it");
    }
    write(&dir.path().join("nsd.conf"), &config);
    let mut command = Command::new("nsd");
    command.arg("-d").arg("-c").arg(dir.path().join("nsd.conf"));
    Server::start("nsd", command, dir, address)
}

/// unbound, which asks nobody but the servers it is told.
#[derive(Default)]
pub struct Unbound {
    stubs: String,
    options: String,
    has_root: bool,
    validates: bool,
    address: Option<SocketAddr>,
}

impl Unbound {
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks `server` about `zone`.
    pub fn stub(self, zone: &str, server: &Server) -> Self {
        self.stub_at(zone, server.address)
    }

    /// Asks whoever is at `address` about `zone`.
    pub fn stub_at(mut self, zone: &str, address: SocketAddr) -> Self {
        self.has_root |= zone == ".";
        let place = format!("{}@{}", address.ip(), address.port());
        write!(self.stubs, "stub-zone:\n name: \"{zone}\"\n stub-addr: {place}\n").expect("a string takes it");
        self.option(&format!("local-zone: \"{zone}\" transparent"))
    }

    /// A line for the server section.
    pub fn option(mut self, line: &str) -> Self {
        self.options.push_str(&format!(" {line}\n"));
        self
    }

    /// Validates with this DNSKEY or DS record.
    pub fn validating(mut self, anchor: &str) -> Self {
        self.validates = true;
        let anchor = anchor.trim().replace('\t', " ");
        self.option(&format!("trust-anchor: \"{anchor}\""))
    }

    /// Listens here instead of at a free port.
    pub fn at(mut self, address: SocketAddr) -> Self {
        self.address = Some(address);
        self
    }

    pub fn start(self) -> Server {
        let dir = directory();
        let address = self.address.unwrap_or_else(free_address);
        let modules = if self.validates { "validator iterator" } else { "iterator" };
        // Without a root of its own it knows nothing beyond the stub zones.
        let rest = if self.has_root { "" } else { " local-zone: \".\" static\n" };
        let config = format!(
            "server:\n interface: {ip}@{port}\n port: {port}\n do-daemonize: no\n use-syslog: no\n logfile: \"\"\n \
             chroot: \"\"\n username: \"\"\n directory: \"{path}\"\n pidfile: \"\"\n do-not-query-localhost: no\n \
             do-ip6: no\n num-threads: 1\n module-config: \"{modules}\"\n ede: yes\n \
             outgoing-port-avoid: \"0-32767\"\n local-zone: \"test.\" nodefault\n{rest}{options}\
             remote-control:\n control-enable: no\n{stubs}",
            ip = address.ip(),
            port = address.port(),
            path = dir.path().display(),
            options = self.options,
            stubs = self.stubs,
        );
        write(&dir.path().join("unbound.conf"), &config);
        let mut command = Command::new("unbound");
        command.arg("-d").arg("-c").arg(dir.path().join("unbound.conf"));
        Server::start("unbound", command, dir, address)
    }
}

/// redis, in memory only.
pub fn redis() -> Server {
    let dir = directory();
    let address = free_address();
    let mut command = Command::new("redis-server");
    command
        .arg("--port")
        .arg(address.port().to_string())
        .args(["--bind", "127.0.0.1", "--save", "", "--dir"])
        .arg(dir.path());
    Server::start_tcp("redis", command, dir, address)
}

/// rspamd as its package configures it, a milter which asks the name server at port 53 of `resolver`; with redis it greylists.
pub fn rspamd(resolver: IpAddr, redis: &Server) -> Server {
    let dir = directory();
    let address = free_address();
    let path = dir.path().display().to_string();
    std::fs::create_dir_all(dir.path().join("override.d")).expect("a directory");
    let files = [
        (
            "options.inc",
            format!("dns {{ nameserver = [\"{resolver}\"]; timeout = 5s; retransmits = 2; }}\ntempdir = \"{path}\";\n"),
        ),
        ("logging.inc", "type = \"console\";\nlevel = \"info\";\n".to_owned()),
        (
            "worker-proxy.inc",
            format!(
                "bind_socket = \"{address}\";\ncount = 1;\nupstream \"local\" {{ default = yes; self_scan = yes; hosts = \"localhost\"; }}\n"
            ),
        ),
        ("worker-controller.inc", "enabled = false;\n".to_owned()),
        ("worker-normal.inc", "enabled = false;\n".to_owned()),
        ("redis.conf", format!("servers = \"{}\";\n", redis.address)),
        // It would ask for hashes and lists over the network.
        ("fuzzy_check.conf", "enabled = false;\n".to_owned()),
    ];
    for (name, text) in files {
        write(&dir.path().join("override.d").join(name), &text);
    }
    let mut command = Command::new("rspamd");
    command.args(["-f", "-i", "-c", "/etc/rspamd/rspamd.conf"]);
    for name in ["LOCAL_CONFDIR", "DBDIR", "RUNDIR", "LOGDIR"] {
        command.arg("--var").arg(format!("{name}={path}"));
    }
    Server::start_tcp("rspamd", command, dir, address)
}
