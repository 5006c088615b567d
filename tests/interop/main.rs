//! The program against real name servers and mail servers, each started by its test on loopback.
//!
//! The tests are ignored by default, because they need those servers installed:
//! `cargo test --test interop -- --ignored`.

#![allow(missing_docs, unreachable_pub)]
#![allow(clippy::disallowed_methods, reason = "tests have threads of their own on which they wait for servers")]

mod aliases;
mod bulk;
mod dane;
mod diagnose;
mod direct;
mod dnssec;
mod encrypted;
mod greylist;
mod lists;
mod long_texts;
mod name_servers;
mod policies;
mod presence;
mod receivers;
mod records;
mod relay;
mod resolver;
mod reverse;
mod sender_policy;
mod simulate;
mod smtp;
mod support;
mod tls;
