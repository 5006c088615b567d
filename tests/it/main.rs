//! The in-tree tests: one binary, one module a subject. No test leaves the machine.

#![allow(missing_docs, reason = "tests are read as sentences, not as an API")]
#![allow(unreachable_pub, reason = "nothing outside this binary can reach anything here")]

mod audit;
mod budget;
mod bulk;
mod cli;
mod dane;
mod diagnose;
mod files;
mod formats;
mod generated;
mod greylist;
mod hostile;
mod json;
mod layering;
mod lists;
mod mail_properties;
mod message;
mod properties;
mod registry;
mod smtp;
mod support;
mod tls;
