//! What a live Postfix says of itself and to bounces: `helo --live` and `return-path --probe`.

use serde_json::Value;
use spamcheck::demo::World;

use crate::support::postfix::{Postfix, Setup};
use crate::support::run::spamcheck;

/// The one check of a run about this Postfix, which takes the mail of example.org.
fn check(postfix: &Postfix, arguments: &[&str]) -> Value {
    let home = tempfile::tempdir().expect("a directory");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let names = toml::from_str(
        "[mx]\n\"example.org\" = [\"mx.example.org\"]\n[hosts]\n\"mx.example.org\" = [\"11.22.33.44\"]\n\
         [ptr]\n\"11.22.33.44\" = [\"mx.example.org\"]\n",
    )
    .expect("a world");
    let world = runtime.block_on(World::start(&names)).expect("the world starts");
    let way = format!("11.22.33.44:25:{}", postfix.address);
    let mut command = spamcheck(&home);
    command.args(arguments).args(["--helo-name", "probe.example.net", "--json", "--connect-to", &way]);
    let output = command.arg("--resolver").arg(world.resolver.to_string()).output().expect("the program runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let json: Value = serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{error}: {text}{}\n{}", String::from_utf8_lossy(&output.stderr), postfix.log())
    });
    json["targets"][0]["checks"][0].clone()
}

fn ids(check: &Value) -> Vec<&str> {
    check["findings"].as_array().into_iter().flatten().filter_map(|finding| finding["id"].as_str()).collect()
}

#[test]
#[ignore = "needs postfix"]
fn name_of_a_live_postfix_is_judged_with_its_address() {
    let postfix = Setup::new("mx.example.org").start();
    let good = check(&postfix, &["helo", "example.org", "--live"]);
    assert_eq!((good["verdict"].as_str(), ids(&good)), (Some("pass"), vec![]), "{good:#}");
    assert_eq!(good["facts"]["live"]["hello"], "mx.example.org");
    let postfix = Setup::new("localhost.localdomain").main("smtpd_banner = mx.example.org ESMTP").start();
    let bad = check(&postfix, &["helo", "example.org", "--live"]);
    assert_eq!(ids(&bad), ["helo-private-suffix", "helo-banner-differs"], "{bad:#}");
}

#[test]
#[ignore = "needs postfix"]
fn postfix_takes_bounces_unless_it_is_told_not_to() {
    let postfix = Setup::new("mx.example.org").start();
    let taken = check(&postfix, &["return-path", "user@example.org", "--probe"]);
    assert_eq!((taken["verdict"].as_str(), ids(&taken)), (Some("pass"), vec![]), "{taken:#}");
    let unknown = check(&postfix, &["return-path", "nobody@example.org", "--probe"]);
    assert_eq!(ids(&unknown), ["return-path-refused"], "{unknown:#}");
    // Postfix refuses a sender at RCPT unless it is told to hurry.
    for delay in ["yes", "no"] {
        let setup = Setup::new("mx.example.org").main(&format!("smtpd_delay_reject = {delay}"));
        let rule = "smtpd_sender_restrictions = check_sender_access inline:{ { <> = REJECT no bounces } }";
        let postfix = setup.main(rule).start();
        let refused = check(&postfix, &["return-path", "user@example.org", "--probe"]);
        assert_eq!(ids(&refused), ["return-path-null-refused"], "{refused:#}\n{}", postfix.log());
    }
}
