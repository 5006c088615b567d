//! `relay` against real servers.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use crate::support::keys::Certificate;
use crate::support::postfix::{Postfix, Setup};

/// Says all of this, and returns what the server answers, line by line, up to the end of its last reply.
fn say(postfix: &Postfix, commands: &[&str]) -> Vec<String> {
    let stream = TcpStream::connect(postfix.address).expect("it listens");
    let mut lines = BufReader::new(&stream).lines().map(|line| line.expect("a line"));
    let mut answers = Vec::new();
    let mut reply = || loop {
        let line = lines.next().expect("a reply");
        let is_last = line.as_bytes().get(3) != Some(&b'-');
        answers.push(line);
        if is_last {
            break;
        }
    };
    reply();
    for command in commands {
        (&stream).write_all(format!("{command}\r\n").as_bytes()).expect("it listens");
        reply();
    }
    answers
}

#[test]
#[ignore = "needs postfix and root"]
fn postfix_does_as_it_is_set_up() {
    let certificate = Certificate::new();
    let postfix = Setup::new("mx.example.org")
        .certificate(&certificate.path("leaf.pem"), &certificate.path("leaf.key"))
        .keeps_mail()
        .start();
    let said = say(
        &postfix,
        &[
            "EHLO test.example",
            "MAIL FROM:<>",
            "RCPT TO:<user@example.org>",
            "RCPT TO:<nobody@example.org>",
            "RCPT TO:<user@elsewhere.example>",
            "QUIT",
        ],
    );
    let codes: Vec<&str> = said.iter().map(|line| &line[..4]).collect();
    assert!(said.iter().any(|line| line.ends_with("STARTTLS")), "{said:?}");
    assert_eq!(codes[codes.len() - 5..], ["250 ", "250 ", "550 ", "554 ", "221 "], "{said:?}");
}
