//! Parses the arguments, runs, prints and exits: the only place that does.

#![allow(clippy::print_stderr, reason = "messages to the user leave the program here and nowhere else")]

mod commands;
mod output;

use std::io;
use std::process::ExitCode;

use clap::Parser;
use spamcheck::registry::Cli;
use spamcheck::report::clean_lines;
use spamcheck::run::Error;

fn main() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    match commands::execute(&global, command) {
        Ok(code) => ExitCode::from(code),
        // Whoever reads our output has seen enough.
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error @ Error::Config(_)) => {
            complain(&error);
            ExitCode::from(2)
        }
        Err(error @ Error::Output(_)) => {
            complain(&error);
            ExitCode::from(70)
        }
    }
}

/// Errors quote files that others wrote.
fn complain(error: &Error) {
    eprintln!("error: {}", clean_lines(&error.to_string()));
}
