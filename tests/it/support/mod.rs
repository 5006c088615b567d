//! What the tests share: the program with a home of its own, worlds on loopback, hostile name servers.

pub mod hostile;
pub mod peer;
pub mod schema;
pub mod tls;

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use serde_json::Value;
use spamcheck::demo::{Description, World};

/// A run that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// The root of the source tree.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A home directory with nothing of the developer's in it.
pub struct Home(tempfile::TempDir);

impl Home {
    pub fn new() -> Self {
        Home(tempfile::tempdir().expect("the system gives a directory"))
    }

    /// A file in the home directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file into the home directory.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a file stands in a directory")).expect("created");
        std::fs::write(&path, text).expect("written");
        path
    }

    /// Writes the configuration file where the program looks for it.
    pub fn configure(&self, text: &str) -> PathBuf {
        self.write(".config/spamcheck/config.toml", text)
    }

    /// The program, not started yet.
    pub fn command<I: AsRef<std::ffi::OsStr>>(&self, argv: impl IntoIterator<Item = I>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spamcheck"));
        command.args(argv).env_clear().env("HOME", self.0.path()).current_dir(self.0.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub fn run<I: AsRef<std::ffi::OsStr>>(&self, argv: impl IntoIterator<Item = I>) -> Run {
        finish(&mut self.command(argv), "")
    }

    /// The names of the files in the home directory.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).expect("a directory");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

/// What a run left behind.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Standard output as one JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Standard output as a JSON document a line.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        let line = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        self.stdout.lines().map(line).collect()
    }

    /// Asserts the exit code.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Asserts that standard error names all of this.
    #[track_caller]
    pub fn complains(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in {self:#?}");
        }
        self
    }
}

/// Runs the program in an empty home.
pub fn spamcheck(argv: &[&str]) -> Run {
    Home::new().run(argv)
}

/// Runs a command to its end, with this on standard input.
#[track_caller]
pub fn finish(command: &mut Command, input: &str) -> Run {
    let piped = if input.is_empty() { command } else { command.stdin(Stdio::piped()) };
    let mut child = piped.spawn().expect("the program starts");
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not want its input may close it.
        let _ = stdin.write_all(input.as_bytes());
    }
    let read = |pipe: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.map(|mut pipe| pipe.read_to_end(&mut bytes)).transpose().expect("a pipe can be read");
            String::from_utf8(bytes).expect("the program writes UTF-8")
        })
    };
    let stdout = read(child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let stderr = read(child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let status = wait(child);
    let text = |thread: std::thread::JoinHandle<String>| thread.join().expect("the reader ends");
    Run { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// Waits for a program; one that hangs fails the test instead of hanging it.
#[track_caller]
pub fn wait(mut child: Child) -> ExitStatus {
    let id = child.id();
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || done.send(child.wait()));
    match ended.recv_timeout(PATIENCE) {
        Ok(status) => status.expect("a child can be waited for"),
        Err(_) => {
            signal(id, "KILL");
            panic!("the program did not end within {PATIENCE:?}");
        }
    }
}

/// Sends a signal to a process of ours.
pub fn signal(id: u32, name: &str) {
    let status = Command::new("kill").args(["-s", name, &id.to_string()]).status().expect("kill is there");
    assert!(status.success(), "kill {name} failed");
}

/// A world that is up on a thread of its own. A world that nobody asked fails its test.
pub struct Up {
    pub resolver: SocketAddr,
    pub world: Arc<World>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    /// Whether a run may end before it asks anything.
    pub may_be_quiet: bool,
}

impl Up {
    /// Starts a world from its description in TOML.
    #[track_caller]
    pub fn new(description: &str) -> Self {
        let description = toml::from_str(description).unwrap_or_else(|error| panic!("{error}"));
        Up::of(description)
    }

    pub fn of(description: Description) -> Self {
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let world = Arc::new(World::start(&description).await.expect("the world starts"));
                tell.send(Arc::clone(&world)).expect("the test waits for it");
                let _ = stopped.await;
            });
        });
        let world = told.recv().expect("the world is up");
        Up { resolver: world.resolver, world, stop: Some(stop), may_be_quiet: false }
    }

    /// Where its resolver listens, as an argument.
    pub fn address(&self) -> String {
        self.resolver.to_string()
    }

    /// The flags that lead to its mail servers.
    pub fn ways(&self) -> Vec<String> {
        let rules = self.world.mail.connect_to.iter();
        rules.flat_map(|rule| ["--connect-to".to_owned(), rule.to_string()]).collect()
    }

    /// How many questions it was asked so far.
    pub fn questions(&self) -> u64 {
        self.world.questions()
    }

    /// Lets it be left alone.
    #[must_use]
    pub fn may_be_left_alone(mut self) -> Self {
        self.may_be_quiet = true;
        self
    }

    /// Asserts that nothing has asked it, and that this is right.
    #[track_caller]
    pub fn was_left_alone(mut self) {
        self.may_be_quiet = true;
        assert_eq!(self.world.questions(), 0, "nothing should have been asked");
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        if !self.may_be_quiet && !std::thread::panicking() {
            assert_ne!(self.world.questions(), 0, "nobody asked this world: the test proves nothing");
        }
    }
}

/// Compares a generated file with the committed one; with `UPDATE=1` writes it instead.
#[track_caller]
pub fn committed(path: &str, generated: &[u8]) {
    let place = root().join(path);
    if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
        std::fs::create_dir_all(place.parent().expect("a file stands in a directory")).expect("created");
        std::fs::write(&place, generated).expect("written");
        return;
    }
    let there = std::fs::read(&place).unwrap_or_default();
    assert!(there == generated, "{path} is not what the code generates: run UPDATE=1 cargo test --test it generated");
}
