//! `simulate` against the real receivers: the same senders in the same world, and the same end.

mod filters;
mod servers;
mod world;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use self::world::{SENDERS, Sender, World};
use crate::support::run::spamcheck;

/// The refusal that `sender` hears from a server behind a proxy, lines of a reply joined by a space; nothing where
/// its message is taken.
fn refusal(server: SocketAddr, sender: &Sender, world: &World) -> Option<String> {
    let stream = TcpStream::connect(server).expect("it listens");
    let mut reader = BufReader::new(&stream);
    let mut say = |text: &str| {
        // A server that has hung up has said before why.
        let _ = (&stream).write_all(text.as_bytes());
        let mut reply = String::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return Err(reply);
            }
            let text = line.trim_end();
            if reply.is_empty() {
                reply.push_str(text);
            } else {
                reply.push_str(&format!(" {}", text.get(4..).unwrap_or_default()));
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return if reply.starts_with(['2', '3']) { Ok(reply) } else { Err(reply) };
            }
        }
    };
    let Sender { address, helo, from, .. } = sender;
    let dialogue = [
        format!("PROXY TCP4 {address} 127.0.0.1 1025 25\r\n"),
        format!("EHLO {helo}\r\n"),
        format!("MAIL FROM:<{from}>\r\n"),
        format!("RCPT TO:<{}>\r\n", sender.recipient()),
        "DATA\r\n".to_owned(),
        format!("{}.\r\n", sender.message(world)),
    ];
    dialogue.iter().find_map(|text| say(text).err())
}

/// The facts of `simulate` for `sender`.
fn played(profile: &str, sender: &Sender, world: &World) -> Value {
    let home = tempfile::tempdir().expect("a directory");
    let message = home.path().join("message.eml");
    std::fs::write(&message, sender.message(world)).expect("a file is written");
    let output = spamcheck(&home)
        .args(["simulate", "--profile", profile, &sender.address.to_string()])
        .args(["--helo", sender.helo, "--from", sender.from, "--to", &sender.recipient(), "--message"])
        .arg(&message)
        .args(["--json", "--resolver", &world.address().to_string(), "--timeout", "5s", "--tls", "no"])
        .output()
        .expect("the program runs");
    let json: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    json["targets"][0]["checks"][0]["facts"].clone()
}

/// The refusal of a play, as [`refusal`] has it.
fn played_refusal(facts: &Value) -> Option<String> {
    let code = facts["code"].as_u64()?;
    let parts = [
        Some(code.to_string()),
        facts["enhanced_code"].as_str().map(str::to_owned),
        facts["text"].as_str().map(str::to_owned),
    ];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

/// The mailboxes of all senders' recipients.
fn mailboxes() -> Vec<String> {
    SENDERS.iter().map(Sender::recipient).collect()
}
