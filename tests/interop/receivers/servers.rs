//! Postfix with strict restrictions, postscreen, postgrey and policyd-spf: each reply, word for word.

use super::world::{SENDERS, Sender, World};
use super::{mailboxes, played, played_refusal, refusal};
use crate::greylist::Postgrey;
use crate::support::exim::DebianExim;
use crate::support::postfix::Setup;

/// Plays `profile` for each sender of the world and compares it with what a Postfix says that `setup` makes of a
/// plain one. Senders of `chance` are let off: what they hear differs from try to try.
fn compare(profile: &str, setup: impl FnOnce(Setup) -> Setup, chance: &[&str]) {
    let world = World::start();
    let boxes = mailboxes();
    let boxes: Vec<&str> = boxes.iter().map(String::as_str).collect();
    let postfix = setup(Setup::new("mx.example.org").resolver(world.address()).proxied().mailboxes(&boxes)).start();
    let mut wrong = Vec::new();
    for sender in SENDERS.iter().filter(|sender| !chance.contains(&sender.name)) {
        let heard = refusal(postfix.address, sender, &world);
        let played = played_refusal(&played(profile, sender, &world));
        if played != heard {
            wrong.push(format!("{}: played {played:?}, heard {heard:?}", sender.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), SENDERS.len(), wrong.join("\n"));
}

#[test]
#[ignore = "needs postfix, libmail-dkim-perl, unbound, and root"]
fn strict_postfix_refuses_in_the_words_that_are_played() {
    let setup = |postfix: Setup| {
        postfix
            .main("smtpd_helo_required = yes")
            .main(
                "smtpd_client_restrictions = reject_unknown_reverse_client_hostname, reject_unknown_client_hostname, \
                 reject_rbl_client zen.spamhaus.org=127.0.0.[2..11], reject_rbl_client bl.spamcop.net=127.0.0.2, \
                 reject_rhsbl_client dbl.spamhaus.org=127.0.1.[2..99]",
            )
            .main(
                "smtpd_helo_restrictions = reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname, \
                 reject_unknown_helo_hostname, reject_rhsbl_helo dbl.spamhaus.org=127.0.1.[2..99]",
            )
            .main(
                "smtpd_sender_restrictions = reject_non_fqdn_sender, reject_unknown_sender_domain, \
                 reject_rhsbl_sender dbl.spamhaus.org=127.0.1.[2..99]",
            )
    };
    compare("postfix-strict", setup, &[]);
}

#[test]
#[ignore = "needs postfix, libmail-dkim-perl, unbound, and root"]
fn postscreen_blocks_whom_the_play_blocks() {
    let setup = |postfix: Setup| {
        postfix
            .postscreen()
            .main(
                "postscreen_dnsbl_sites = zen.spamhaus.org=127.0.0.[2..11]*3, b.barracudacentral.org=127.0.0.2*2, \
                 bl.spamcop.net=127.0.0.2*2, psbl.surriel.com=127.0.0.2*1, list.dnswl.org=127.0.[0..255].[1..3]*-2",
            )
            .main("postscreen_dnsbl_threshold = 3")
            .main("postscreen_dnsbl_action = enforce")
            .main("postscreen_greet_action = enforce")
            // A lone banner would be a talk before the client's turn; the wait itself is left out to be quick.
            .main("postscreen_greet_wait = 1s")
    };
    compare("postscreen", setup, &[]);
}

#[test]
#[ignore = "needs postfix, postgrey, libmail-dkim-perl, unbound, and root"]
fn postgrey_puts_off_whom_the_play_puts_off() {
    let postgrey = Postgrey::start("300");
    compare("postgrey", |postfix| postfix.policy(postgrey.address), &[]);
}

#[test]
#[ignore = "needs postfix, postfix-policyd-spf-python, libmail-dkim-perl, unbound, and root"]
fn policyd_spf_refuses_whom_the_play_refuses() {
    let setup = |postfix: Setup| {
        postfix
            .service("policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf")
            .main("smtpd_recipient_restrictions = check_policy_service unix:private/policyd-spf")
    };
    compare("policyd-spf", setup, &["spf two"]);
}

/// The same for Exim as Debian configures it, with lines of its local macros file.
fn compare_exim(profile: &str, macros: &str, chance: &[&str]) {
    let world = World::start();
    let exim = DebianExim::new(world.address(), macros);
    let mut wrong = Vec::new();
    for sender in SENDERS.iter().filter(|sender| !chance.contains(&sender.name)) {
        let Sender { address, helo, from, .. } = sender;
        let dialogue = format!("EHLO {helo}\r\nMAIL FROM:<{from}>\r\nRCPT TO:<{}>\r\nQUIT\r\n", sender.recipient());
        let heard = first_refusal(&exim.answers((*address).into(), &dialogue));
        let played = played_refusal(&played(profile, sender, &world));
        if played != heard {
            wrong.push(format!("{}: played {played:?}, heard {heard:?}", sender.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), SENDERS.len(), wrong.join("\n"));
}

/// The first reply of a dialogue that refuses, its lines joined by a space.
fn first_refusal(replies: &str) -> Option<String> {
    let mut lines = replies.lines().skip_while(|line| !line.starts_with(['4', '5']));
    let mut text = String::new();
    loop {
        let line = lines.next()?.trim_end();
        text.push_str(if text.is_empty() { line.get(..3)? } else { "" });
        text.push_str(&format!(" {}", line.get(4..).unwrap_or_default()));
        if line.as_bytes().get(3) != Some(&b'-') {
            return Some(text);
        }
    }
}

#[test]
#[ignore = "needs Debian's packages of exim, libmail-dkim-perl, unbound, and root"]
fn exim_as_debian_ships_it_refuses_whom_the_play_refuses() {
    compare_exim("exim-debian", "", &[]);
}

#[test]
#[ignore = "needs Debian's packages of exim, libmail-dkim-perl, unbound, and root"]
fn exim_with_debian_s_checks_refuses_in_the_words_that_are_played() {
    let macros = "CHECK_RCPT_VERIFY_SENDER=1\nCHECK_RCPT_SPF=1\nCHECK_RCPT_REVERSE_DNS=1\n";
    compare_exim("exim-debian-checks", macros, &["spf two"]);
}
