//! spamcheck tests from outside whether the world would accept mail from a server, and explains why not.
//!
//! One run is one straight line: arguments become targets and a check; the check asks through [`net`] and
//! returns facts and findings; a renderer shows the report; the verdicts make the exit code.
//!
//! - [`cli`], [`config`] and [`input`] turn what the user says into settings and targets.
//! - [`run`] drives one check over all targets: concurrently, in time, behind a panic fence, and goes on with
//!   one that was interrupted. [`interrupt`] hears the signals that end it.
//! - [`files`] reads files within bounds, and replaces them whole or not at all.
//! - [`checks`] holds one file or folder a subcommand. A check knows nothing of the terminal.
//! - [`net`] is the way to the world. [`net::dns`] is the one DNS client, for one question and for millions.
//! - [`mail`] holds the formats of mail and of the records about it, pure and with all their faults: messages, SPF
//!   with its evaluation, DKIM keys and signatures with their verification, DMARC, BIMI with its logos, MTA-STS, TLS-RPT,
//!   TLSA; greylists and retries.
//! - [`catalogue`] is the data: blocklists with their codes.
//! - [`names`] are domains, addresses, host names and targets, parsed once and judged without asking anybody.
//! - [`report`] is what a run has to say; [`render`] shows it, one file a format, and knows nothing of checks.
//! - [`stored`] reads results of earlier runs again.
//! - [`demo`] is a mail world on loopback, for `spamcheck demo` and for the tests.
//!
//! What was told and what could not be told are different types: a [`report::Finding`] is a value, a
//! [`report::Unclear`] only ever means that nobody answered.
//!
//! ```
//! use spamcheck::names::target::{Target, TargetKind};
//!
//! let target: Target = "[IPv6:::ffff:192.0.2.1]".parse()?;
//! assert_eq!(target.kind, TargetKind::Address([192, 0, 2, 1].into()));
//! # Ok::<(), spamcheck::names::target::TargetError>(())
//! ```

pub mod catalogue;
pub mod checks;
pub mod cli;
pub mod config;
pub mod demo;
pub mod files;
pub mod input;
pub mod interrupt;
pub mod mail;
pub mod names;
pub mod net;
pub mod plans;
pub mod registry;
pub mod render;
pub mod report;
pub mod run;
pub mod stored;
