//! The program against real name servers: rbldnsd, unbound and nsd, each started by its test on loopback.
//!
//! The tests are ignored by default, because they need those servers installed:
//! `cargo test --test interop -- --ignored`.

#![allow(missing_docs, unreachable_pub)]
#![allow(clippy::disallowed_methods, reason = "tests have threads of their own on which they wait for servers")]

mod bulk;
mod direct;
mod dnssec;
mod encrypted;
mod greylist;
mod lists;
mod presence;
mod relay;
mod resolver;
mod support;
