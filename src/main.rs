//! Parses the arguments, runs, prints and exits: the only place that does.

#![allow(clippy::print_stderr, reason = "messages to the user leave the program here and nowhere else")]

mod apart;
mod commands;
mod output;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use spamcheck::registry::Cli;
use spamcheck::render::Format;
use spamcheck::report::{clean, clean_lines};
use spamcheck::run::Error;

fn main() -> ExitCode {
    let mut line = Cli::command();
    let parsed = line.try_get_matches_from_mut(std::env::args_os());
    let parsed = parsed.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (Cli { global, command }, matches) = match parsed {
        Ok(parsed) => parsed,
        // Help and version go to standard output, and are no errors.
        Err(error) if error.exit_code() != 0 && wants_plugin() => return unknown(&error.to_string()),
        Err(error) => error.format(&mut line).exit(),
    };
    let apart = apart::check(&matches, &line, global.config_path().as_deref());
    match apart.map_err(Error::from).and_then(|()| commands::execute(&global, command)) {
        Ok(code) => ExitCode::from(code),
        // Whoever reads our output has seen enough.
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) if global.format() == Format::Nagios => unknown(&error.to_string()),
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

/// Whether arguments that cannot be understood ask for the format of a plugin all the same.
fn wants_plugin() -> bool {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let is_format = |flag: &OsString| flag == "--format" || flag == "-f";
    let apart = arguments.windows(2).any(|pair| is_format(&pair[0]) && pair[1] == "nagios");
    apart || arguments.iter().any(|argument| argument == "--format=nagios" || argument == "-fnagios")
}

/// What monitoring shows of a plugin that could not do its work stands on standard output.
fn unknown(error: &str) -> ExitCode {
    let line = clean(error.trim_start_matches("error: ").lines().next().unwrap_or_default()).replace('|', "/");
    // Nobody is left to tell when standard output is closed.
    let _ = writeln!(io::stdout(), "SPAMCHECK UNKNOWN - {line}");
    ExitCode::from(3)
}

/// Errors quote files that others wrote.
fn complain(error: &Error) {
    eprintln!("error: {}", clean_lines(&error.to_string()));
}
