//! `greylist` against postgrey in front of Postfix, against postscreen, and against a Postfix that cannot answer.

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::postfix::{Postfix, Setup};
use crate::support::run::spamcheck;
use crate::support::servers::free_address;

/// postgrey with its own database, ended when dropped.
pub struct Postgrey {
    pub address: std::net::SocketAddr,
    child: Child,
    dir: TempDir,
}

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

impl Postgrey {
    pub fn start(delay: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o777)).expect("its mode");
        let (address, nothing) = (free_address(), dir.path().join("whitelist"));
        std::fs::write(&nothing, "").expect("a file is written");
        let log = std::fs::File::create(dir.path().join("log")).expect("a log file");
        let child = Command::new("postgrey")
            .arg(format!("--inet={address}"))
            .arg(format!("--dbdir={}", dir.path().display()))
            .arg(format!("--delay={delay}"))
            .args(["--auto-whitelist-clients=0", "--user=postfix", "--group=postfix"])
            .arg(format!("--whitelist-clients={}", nothing.display()))
            .arg(format!("--whitelist-recipients={}", nothing.display()))
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log file"))
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("postgrey cannot be started, is it installed? {error}"));
        let mut postgrey = Postgrey { address, child, dir };
        let started = Instant::now();
        while TcpStream::connect(postgrey.address).is_err() {
            let ended = postgrey.child.try_wait().expect("the child's state");
            assert!(ended.is_none() && started.elapsed() < PATIENCE, "postgrey: {}", postgrey.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        postgrey
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Postgrey {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-TERM", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}

/// `greylist` of a mailbox at example.org, whose mail host is this Postfix.
fn greylist(postfix: &Postfix, mailbox: &str, more: &[&str]) -> Value {
    let home = tempfile::tempdir().expect("a directory");
    let way = format!("example.org:25:{}", postfix.address);
    let run = |format: &str| {
        let mut command = spamcheck(&home);
        command.args(["greylist", mailbox, "--helo-name", "probe.example.net", "--connect-to", &way]);
        command.args(["--format", format]).args(more).output().expect("the program runs")
    };
    let output = run("json");
    let text = String::from_utf8(output.stdout).expect("text");
    let json: Value = serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{error}: {text} {}\n{}", String::from_utf8_lossy(&output.stderr), postfix.log())
    });
    json["targets"][0]["checks"][0].clone()
}

fn ids(check: &Value) -> Vec<&str> {
    check["findings"].as_array().into_iter().flatten().filter_map(|finding| finding["id"].as_str()).collect()
}

#[test]
#[ignore = "needs postfix and postgrey, and root"]
fn postgrey_is_passed_when_its_delay_is_over() {
    let postgrey = Postgrey::start("5");
    let postfix = Setup::new("mx.example.org").policy(postgrey.address).start();
    // postgrey names no time, so the end of the time for waiting is the second retry.
    let check = greylist(&postfix, "user@example.org", &["--max-wait", "8s"]);
    let facts = &check["facts"];
    assert_eq!((facts["outcome"].as_str(), check["verdict"].as_str()), (Some("greylisted"), Some("pass")), "{check:#}");
    assert_eq!(ids(&check), ["greylist-delay"]);
    let until = facts["deferred_until_s"].as_f64().expect("it was deferred");
    assert!(until < 5.0, "{until}");
    let waited = facts["waited_s"].as_f64().expect("it was waited for");
    assert!((5.0..12.0).contains(&waited), "{waited}");
    assert!(facts["attempts"][0]["reply"].as_str().is_some_and(|reply| reply.contains("Greylisted")), "{facts:#}");
    // postgrey keys on client, sender and recipient.
    let key = &facts["key"];
    assert_eq!((key["sender"].as_str(), key["recipient"].as_str()), (Some("part"), Some("part")), "{check:#}");
    // What has passed is known; another sender is not.
    let again = greylist(&postfix, "user@example.org", &["--max-wait", "8s"]);
    assert_eq!(again["facts"]["outcome"], "none");
    assert_eq!(ids(&again), ["greylist-known"]);
}

#[test]
#[ignore = "needs postfix"]
fn postscreen_defers_the_first_connection_only() {
    let tests = ["postscreen_pipelining_enable = yes", "postscreen_pipelining_action = enforce"];
    let greet = ["postscreen_greet_wait = 1s", "postscreen_access_list ="];
    let setup =
        tests.iter().chain(&greet).fold(Setup::new("mx.example.org").postscreen(), |setup, line| setup.main(line));
    let postfix = setup.start();
    let check = greylist(&postfix, "user@example.org", &["--max-wait", "4s"]);
    assert_eq!(check["facts"]["outcome"], "postscreen-like", "{check:#}\n{}", postfix.log());
    assert_eq!(ids(&check), ["greylist-postscreen"]);
}

#[test]
#[ignore = "needs postfix"]
fn table_that_fails_defers_everybody_and_is_no_greylisting() {
    let setup =
        Setup::new("mx.example.org").main("smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:9");
    let postfix = setup.start();
    let check = greylist(&postfix, "user@example.org", &["--max-wait", "2s"]);
    assert_eq!(check["facts"]["outcome"], "tempfail-for-everyone", "{check:#}");
    assert_eq!(check["verdict"], "fail");
}

#[test]
#[ignore = "needs postfix"]
fn unknown_recipient_is_rejected_and_leaves_it_open() {
    let postfix = Setup::new("mx.example.org").start();
    let check = greylist(&postfix, "nobody@example.org", &[]);
    assert_eq!((check["facts"]["outcome"].as_str(), check["verdict"].as_str()), (Some("rejected"), Some("unclear")));
    let accepted = greylist(&postfix, "user@example.org", &[]);
    assert_eq!((accepted["facts"]["outcome"].as_str(), accepted["verdict"].as_str()), (Some("none"), Some("pass")));
}

#[test]
#[ignore = "needs postfix"]
fn test_message_is_delivered_once() {
    let postfix = Setup::new("mx.example.org").keeps_mail().start();
    let check = greylist(&postfix, "user@example.org", &["--data"]);
    assert_eq!(check["facts"]["attempts"][0]["stage"], "message", "{check:#}");
    let delivered = (0..200).find_map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        postfix.mail().into_iter().next()
    });
    let message = delivered.unwrap_or_else(|| panic!("the message does not arrive: {}", postfix.log()));
    assert!(message.contains("Auto-Submitted: auto-generated") && message.contains("Test of greylisting"), "{message}");
    assert_eq!(postfix.mail().len(), 1);
}
