//! The program against real name servers and mail servers, each started by its test on loopback.
//!
//! The tests are ignored by default, because they need those servers installed:
//! `cargo test --test interop -- --ignored`.

#![allow(missing_docs, unreachable_pub)]

mod aliases;
mod bulk;
mod direct;
mod dnssec;
mod encrypted;
mod lists;
mod long_texts;
mod name_servers;
mod policies;
mod records;
mod relay;
mod resolver;
mod reverse;
mod sender_policy;
mod smtp;
mod support;
