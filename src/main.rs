//! Parses the arguments, runs, prints and exits: the only place that does.

#![allow(clippy::print_stderr, reason = "messages to the user leave the program here and nowhere else")]

mod apart;
mod commands;
mod output;

use std::io;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use spamcheck::registry::Cli;
use spamcheck::report::clean_lines;
use spamcheck::run::Error;

fn main() -> ExitCode {
    let mut line = Cli::command();
    let matches = line.get_matches_mut();
    let Cli { global, command } = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.format(&mut line).exit(),
    };
    let apart = apart::check(&matches, &line, global.config_path().as_deref());
    match apart.map_err(Error::from).and_then(|()| commands::execute(&global, command)) {
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
