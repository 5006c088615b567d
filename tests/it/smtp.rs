//! What a hostile or broken mail server does to a probe, and what a probe may do at all.

use std::time::Duration;

use serde_json::Value;

use crate::support::peer::{Line, Peer};
use crate::support::{Home, Run, Up, spamcheck};

/// The time for one reply in these tests. A dialogue has five times as much.
const TIMEOUT: &str = "1s";

/// Lets `smtp` talk to this peer.
fn probe(peer: &Peer) -> Run {
    let way = peer.serves("mx.example.net");
    let argv = ["smtp", "mx.example.net", "--json", "--smtp-timeout", TIMEOUT, "--connect-to", &way];
    // No name is asked for, but the system's resolver must not be asked either.
    let run = spamcheck(&[&argv[..], &["--resolver", "127.0.0.1:9"]].concat());
    assert!(!run.stderr.contains("panicked"), "{run:#?}");
    run
}

/// How it came out: exit code, ids of the findings, reasons of the open questions, and what ended the dialogue.
#[track_caller]
fn outcome(run: &Run) -> (Option<i32>, Vec<String>, Vec<String>, String) {
    let document = run.json();
    let check = &document["targets"][0]["checks"][0];
    let texts = |list: &Value, key: &str| -> Vec<String> {
        let list = list.as_array().expect("a list");
        list.iter().map(|entry| entry[key].as_str().expect("a text").to_owned()).collect()
    };
    let failure = check["facts"]["hosts"][0]["failure"].as_str().unwrap_or_default().to_owned();
    (run.code, texts(&check["findings"], "id"), texts(&check["unclear"], "reason"), failure)
}

/// The peer broke the protocol, and was left as soon as that was clear.
#[track_caller]
fn breaks_protocol(peer: &Peer, words: &str) {
    let (code, findings, unclear, failure) = outcome(&probe(peer));
    assert_eq!((code, unclear.len()), (Some(1), 0), "{failure}");
    assert_eq!(findings, ["smtp-protocol"], "{failure}");
    assert!(failure.contains(words), "{failure}");
}

/// The peer has not told anything.
#[track_caller]
fn tells_nothing(peer: &Peer, reason: &str, words: &str) {
    let (code, findings, unclear, failure) = outcome(&probe(peer));
    assert_eq!((code, findings.len()), (Some(3), 0), "{findings:?} {failure}");
    assert_eq!(unclear, [reason], "{failure}");
    assert!(failure.contains(words), "{failure}");
}

/// The peer was silent, which a peer on this machine is for everybody.
#[track_caller]
fn is_silent(peer: &Peer, words: &str) {
    let (code, findings, unclear, failure) = outcome(&probe(peer));
    assert_eq!((code, unclear.len()), (Some(1), 0), "{failure}");
    assert_eq!(findings, ["smtp-silent"], "{failure}");
    assert!(failure.contains(words), "{failure}");
}

const GREETING: &str = "220 mx.example.net ESMTP\r\n";

#[test]
fn replies_in_packets_of_one_octet_are_replies() {
    let peer = Peer::new(|mut line| {
        line.spell("220-mx.example.net ESMTP\r\n220 Welcome\r\n");
        line.hear();
        line.spell("250-mx.example.net\r\n250 SIZE 10000000\r\n");
        line.hear();
        line.spell("221 Bye\r\n");
    });
    let run = probe(&peer);
    let (code, findings, unclear, failure) = outcome(&run);
    assert_eq!((code, findings.len(), unclear.len(), failure.as_str()), (Some(0), 0, 0, ""), "{run:#?}");
    assert!(run.stdout.contains("10000000"));
}

#[test]
fn client_says_nothing_before_it_is_greeted() {
    let peer = Peer::new(|mut line| {
        line.say("220-mx.example.net ESMTP\r\n");
        // Whoever talks now would be heard before the greeting ends.
        let heard = std::thread::spawn({
            let mut line = line.second();
            move || line.hear()
        });
        line.dawdle(Duration::from_millis(300));
        let early = heard.is_finished();
        line.say(if early { "554 You talked before your turn\r\n" } else { "220 Welcome\r\n" });
        let first = heard.join().unwrap_or_default();
        line.say(if first.starts_with("EHLO ") { "250 mx.example.net\r\n" } else { "554 No\r\n" });
        line.hear();
    });
    let (code, findings, _, failure) = outcome(&probe(&peer));
    assert_eq!((code, findings.len(), failure.as_str()), (Some(0), 0, ""));
}

#[test]
fn line_of_eight_megabytes_is_cut_off_at_its_beginning() {
    let peer = Peer::new(|mut line| {
        line.say("220 ");
        line.say(vec![b'x'; 8 << 20]);
        line.wait_for_the_end();
    });
    breaks_protocol(&peer, "a line of more than 8192 octets");
}

#[test]
fn endless_reply_is_cut_off() {
    let peer = Peer::new(|mut line| {
        line.say(GREETING);
        line.hear();
        while line.say("250-and another thing\r\n") {}
    });
    breaks_protocol(&peer, "a reply of more than 512 lines");
}

#[test]
fn garbage_is_no_reply() {
    let octets: Vec<u8> = (0..=255).rev().cycle().take(4096).collect();
    let peer = Peer::new(move |mut line| {
        line.say(&octets);
        line.wait_for_the_end();
    });
    breaks_protocol(&peer, "no SMTP reply");
    let peer = Peer::new(|mut line| {
        line.say([0; 9000]);
        line.wait_for_the_end();
    });
    breaks_protocol(&peer, "a line of more than 8192 octets");
}

#[test]
fn greeting_that_trickles_is_waited_for_no_longer_than_one_reply_may_take() {
    let peer = Peer::new(|mut line| {
        line.say("220 ");
        while line.say("x") {
            line.dawdle(Duration::from_millis(100));
        }
    });
    is_silent(&peer, "no end of the answer to the greeting within 1 s");
}

#[test]
fn peer_that_uses_up_the_time_of_each_reply_is_left_at_the_end_of_the_dialogue() {
    let slowly = |line: &mut Line, text: &str| {
        line.dawdle(Duration::from_millis(800));
        line.say(text)
    };
    let peer = Peer::new(move |mut line| {
        slowly(&mut line, GREETING);
        for command in 0.. {
            line.hear();
            let reply = if command == 0 { "250 mx.example.net\r\n" } else { "250 Ok\r\n" };
            if !slowly(&mut line, reply) {
                return;
            }
        }
    });
    // A survey alone is done before its time is over, so it takes an envelope with several commands.
    let way = peer.serves("example.net");
    let argv = ["smtp", "me@example.net", "--json", "--smtp-timeout", TIMEOUT, "--connect-to", &way];
    let more = ["--envelope", "--mail-from", "me@example.com", "--resolver", "127.0.0.1:9"];
    let run = spamcheck(&[&argv[..], &more[..]].concat());
    run.exits(3);
    assert!(run.stdout.contains("the dialogue took longer than 5 s"), "{run:#?}");
}

#[test]
fn connection_that_is_closed_tells_nothing_whenever_that_happens() {
    let peer = Peer::new(drop);
    tells_nothing(&peer, "closed", "closed at the greeting");
    let peer = Peer::new(|mut line| {
        line.say("220-mx.example.net");
    });
    tells_nothing(&peer, "closed", "closed at the greeting");
    let peer = Peer::new(|mut line| {
        line.say(GREETING);
    });
    tells_nothing(&peer, "closed", "closed at EHLO");
    let peer = Peer::new(|mut line| {
        line.say(GREETING);
        line.hear();
        line.say("250-mx.example.net\r\n250 STAR");
    });
    tells_nothing(&peer, "closed", "closed at EHLO");
    let peer = Peer::new(|mut line| {
        line.say(GREETING);
        line.hear();
        line.say("250-mx.example.net\r\n250 STARTTLS\r\n");
        line.hear();
    });
    tells_nothing(&peer, "closed", "closed at STARTTLS");
}

/// Comes as far as the handshake, and then does this.
fn at_handshake(act: impl Fn(Line) + Send + Sync + 'static) -> Peer {
    Peer::new(move |mut line| {
        line.say(GREETING);
        line.hear();
        line.say("250-mx.example.net\r\n250 STARTTLS\r\n");
        line.hear();
        line.say("220 Go ahead\r\n");
        act(line);
    })
}

#[test]
fn handshake_that_comes_to_no_end_leaves_what_was_told_before() {
    // What is wrong with the handshake is for the tls check to say; here, what is said inside TLS stays open.
    for (peer, words) in [
        (at_handshake(drop), "closed"),
        (at_handshake(|mut line| line.wait_for_the_end()), "not finished within 1 s"),
        (
            at_handshake(|mut line| {
                // Only once the handshake has begun; what comes earlier is dropped.
                line.wait_for_octets();
                line.say("500 I have changed my mind\r\n");
            }),
            "no TLS, but an answer in clear",
        ),
        (
            at_handshake(|mut line| {
                // A record that promises more than ever comes.
                line.say([0x16, 3, 3, 0x40, 0, 2]);
                line.wait_for_the_end();
            }),
            "not finished within 1 s",
        ),
    ] {
        let run = probe(&peer);
        let (code, findings, unclear, failure) = outcome(&run);
        assert_eq!((code, findings.len(), unclear.len(), failure.as_str()), (Some(0), 0, 1, ""), "{run:#?}");
        assert!(run.stdout.contains(words), "{words}: {run:#?}");
    }
}

#[test]
fn server_that_ends_the_dialogue_is_left_alone() {
    let peer = Peer::new(|mut line| {
        line.say(GREETING);
        line.hear();
        line.say("421 4.3.2 Shutting down\r\n");
    });
    tells_nothing(&peer, "rejected", "421 4.3.2 Shutting down");
    assert_eq!(peer.dialled(), 1, "a server that said 421 was dialled again");
}

const PUBLIC: [&str; 2] = ["--resolver", "192.0.2.53"];

#[test]
fn what_a_tier_forbids_ends_before_a_packet_leaves() {
    for argv in [
        &["relay", "example.net", "--mail-from", "me@example.com"][..],
        &["relay", "11.22.33.44", "--mail-from", "me@example.com"],
        &["smtp", "example.net", "--probe", "--mail-from", "me@example.com"],
        &["smtp", "example.net", "--error-limit"],
    ] {
        spamcheck(&[argv, &PUBLIC].concat()).exits(2).complains(&["--i-am-authorized"]);
    }
    let home = Home::new();
    home.write("targets", "localhost\n");
    let argv = ["relay", "--input", "targets", "--mail-from", "me@example.com"];
    home.run([&argv[..], &PUBLIC].concat()).exits(2).complains(&["--i-am-authorized"]);
}

#[test]
fn relay_asks_nobody_outside_even_where_the_name_looked_harmless() {
    let world = Up::new(
        "[mx]\n\"example.net\" = [\"mx1.example.net\"]\n\"example.com\" = [\"mx.example.com\"]\n\
         [hosts]\n\"mx1.example.net\" = [\"11.22.33.44\"]\n\"mx.example.com\" = [\"22.33.44.55\"]\n",
    );
    let argv = ["relay", "example.net", "--mail-from", "me@example.com", "--json", "--resolver", &world.address()];
    // A resolver on this machine leads anywhere.
    spamcheck(&argv).exits(2).complains(&["--i-am-authorized"]);
    let run = spamcheck(&[&argv[..], &["--connect-to", "other.example:25:127.0.0.1:9"]].concat());
    run.exits(2);
    assert!(run.stdout.contains("not-authorized") && !run.stdout.contains("connecting"), "{run:#?}");
}

#[test]
fn relay_says_which_flag_is_missing_or_wrong() {
    let argv = |more: &[&'static str]| [&["relay", "localhost", "--helo-name", "[127.0.0.1]"], more].concat();
    spamcheck(&argv(&[])).exits(2).complains(&["--mail-from"]);
    spamcheck(&argv(&["--mail-from", "<>"])).exits(2).complains(&["--mail-from"]);
    spamcheck(&argv(&["--mail-from", "me@example.com", "--send"])).exits(2).complains(&["--to"]);
    let wrong = ["--mail-from", "me@example.com", "--to", "a@b>\r\nQUIT@example.com"];
    spamcheck(&argv(&wrong)).exits(2).complains(&["--to"]);
    spamcheck(&["relay", "--arrived", "relay-24t-0b16212c-5f3a91c0-0000"])
        .exits(2)
        .complains(&["--arrived", "no token"]);
    spamcheck(&["relay"]).exits(2);
}
