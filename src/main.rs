//! Parses the arguments, runs, prints and exits: the only place that does.

#![allow(clippy::print_stderr, reason = "messages to the user leave the program here and nowhere else")]

mod output;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, Parser};
use spamcheck::cli::{Cli, Color, Command, Global};
use spamcheck::render::{self, Format, Style};
use spamcheck::report::Exit;
use spamcheck::run::{Error, Run};
use spamcheck::{checks, demo};

use crate::output::Output;

fn main() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    match execute(&global, command) {
        Ok(code) => ExitCode::from(code),
        // Whoever reads our output has seen enough.
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error @ Error::Config(_)) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
        Err(error @ Error::Output(_)) => {
            eprintln!("error: {error}");
            ExitCode::from(70)
        }
    }
}

fn execute(global: &Global, command: Command) -> Result<u8, Error> {
    let format = global.format();
    match command {
        Command::Check(check) => return run(global, check),
        Command::Explain { rule } => {
            let mut output = Output::open(global.output.as_deref(), true)?;
            explain(&mut output, rule.as_deref(), matches!(format, Format::Json | Format::Ndjson))?;
            output.finish()?;
        }
        Command::Demo { serve: true } => demo::serve(&mut io::stdout())?,
        Command::Demo { serve: false } => {
            let mut output = Output::open(global.output.as_deref(), format.is_document())?;
            let style = Style { verbose: true, ..style(global, &output) };
            let as_expected = demo::show(&mut output, render::renderer(format, style))?;
            output.finish()?;
            return Ok(u8::from(!as_expected));
        }
        Command::Completions { shell } => {
            // Into memory first: the generator panics when its output is closed.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "spamcheck", &mut script);
            io::stdout().write_all(&script)?;
        }
    }
    Ok(0)
}

fn run(global: &Global, check: checks::Command) -> Result<u8, Error> {
    let settings = Arc::new(global.settings()?);
    let format = global.format();
    let mut output = Output::open(global.output.as_deref(), format.is_document())?;
    let renderer = render::renderer(format, style(global, &output));
    let progress = !global.quiet && !global.no_progress && io::stderr().is_terminal();
    let mut run =
        Run { global, settings, renderer, output: &mut output, progress, exit: Exit::default(), remarks: Vec::new() };
    check.dispatch(&mut run)?;
    let Run { exit, remarks, .. } = run;
    output.finish()?;
    for remark in remarks {
        eprintln!("{remark}");
    }
    Ok(exit.code(global.unclear))
}

fn explain(output: &mut dyn Write, id: Option<&str>, json: bool) -> Result<(), Error> {
    let Some(id) = id else {
        let rules: Vec<_> = checks::rules().collect();
        return Ok(render::explain::list(output, &rules, json)?);
    };
    match checks::rules().find(|rule| rule.id == id) {
        Some(rule) => Ok(render::explain::rule(output, rule, json)?),
        None => {
            let error = format!("there is no rule {id:?}; \"spamcheck explain\" lists them all");
            Err(spamcheck::config::ConfigError(error).into())
        }
    }
}

fn style(global: &Global, output: &Output) -> Style {
    let color = match global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            output.is_terminal() && anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
        }
    };
    let terminal = terminal_size::terminal_size().map(|(width, _)| width.0);
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = terminal.filter(|_| output.is_terminal()).or(asked).unwrap_or(80).clamp(40, 200);
    Style { width, color, verbose: global.verbose }
}
