//! The subcommands that are no checks, and the frame in which a check runs.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use clap::CommandFactory;
use spamcheck::catalogue::keys::{self, hidden};
use spamcheck::catalogue::{self, List};
use spamcheck::checks::list_audit::ListAudit;
use spamcheck::cli::{AuditArgs, CheckArgs, Color, Global, Lists, ListsCommand, Report};
use spamcheck::config::ConfigError;
use spamcheck::names::domain::Domain;
use spamcheck::registry::{self, Cli, Command};
use spamcheck::render::{self, Collector, Format, Style};
use spamcheck::report::{Exit, clean_lines};
use spamcheck::run::{Error, Run};
use spamcheck::{demo, files, stored};

use crate::output::Output;

/// Does what the command line asks for; the exit code.
///
/// # Errors
/// [`Error`] if there is no result.
pub(crate) fn execute(global: &Global, command: Command) -> Result<u8, Error> {
    let format = global.format();
    match command {
        Command::Test(testing) => return run(global, |run| testing.dispatch(run)),
        Command::Lists(lists) => return show_lists(global, lists),
        Command::Explain { rule } => {
            has_format("explain", format, &[Format::Table, Format::Json])?;
            let mut output = Output::open(global.output.as_deref(), true)?;
            explain(&mut output, rule.as_deref(), format == Format::Json)?;
            output.finish()?;
        }
        Command::Render { file } => {
            let stored = stored::read(&file, registry::KNOWN).map_err(ConfigError)?;
            let exit =
                render(global, |mut renderer, output| Ok(stored.show(output, &mut renderer, global.fail_on)?))?;
            return Ok(code(global, exit));
        }
        Command::Demo { serve: true, world } => {
            let own = world.as_deref().map(demo::read).transpose().map_err(ConfigError)?;
            demo::serve(&mut io::stdout(), own)?;
        }
        Command::Demo { serve: false, .. } => {
            let as_expected = render(global, |renderer, output| Ok(demo::show(output, renderer)?))?;
            return Ok(u8::from(!as_expected));
        }
        Command::Completions { shell } => {
            has_format("completions", format, &[])?;
            // Into memory first: the generator panics when its output is closed.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "spamcheck", &mut script);
            let mut output = Output::open(global.output.as_deref(), true)?;
            output.write_all(&script)?;
            output.finish()?;
        }
    }
    Ok(0)
}

fn show_lists(global: &Global, lists: Lists) -> Result<u8, Error> {
    let json = global.format() == Format::Json;
    match &lists.command {
        Some(ListsCommand::Audit(_)) => {}
        Some(ListsCommand::Import { .. }) => has_format("lists import", global.format(), &[])?,
        Some(ListsCommand::Show { .. }) | None => has_format("lists", global.format(), &[Format::Table, Format::Json])?,
    }
    let mut output = match &lists.command {
        Some(ListsCommand::Audit(_)) => None,
        _ => Some(Output::open(global.output.as_deref(), true)?),
    };
    let width = output.as_ref().map_or(80, |output| style(global, output).width);
    match (lists.command, &mut output) {
        (Some(ListsCommand::Audit(args)), _) => return run(global, |run| audit(run, args)),
        (Some(ListsCommand::Show { list }), Some(output)) => {
            let settings = global.settings()?;
            let zone = hidden(&list);
            let own = settings.lists.iter().find(|own| own.id == list || own.zone == zone);
            let found = own.or_else(|| catalogue::find(&list)).ok_or_else(|| {
                let list = hidden(&list);
                ConfigError(format!("\"{list}\" is no list: give an id or a zone that \"spamcheck lists\" shows"))
            })?;
            render::lists::show(output, found, json, width)?;
        }
        (Some(ListsCommand::Import { file }), Some(output)) => import(output, &file, global.output.is_some())?,
        (None, Some(output)) => {
            let settings = global.settings()?;
            let filter = &lists.filter;
            let members = |group: &String, list: &List| {
                let own = settings.groups.get(group);
                let named = own.is_some_and(|names| names.iter().any(|name| *name == list.id || *name == list.zone));
                named || list.groups.contains(group)
            };
            let all = || settings.lists.iter().chain(catalogue::lists());
            if let Some(group) = filter.group.iter().find(|group| !all().any(|list| members(group, list))) {
                return Err(ConfigError(format!("--group {group}: there is no such group")).into());
            }
            let wanted = |list: &&List| {
                (filter.group.is_empty() || filter.group.iter().any(|group| members(group, list)))
                    && filter.kind.is_none_or(|kind| list.kinds.contains(&kind))
                    && filter.status.is_none_or(|status| list.status == status)
            };
            let found: Vec<&List> = all().filter(wanted).collect();
            render::lists::list(output, &found, json, width)?;
        }
        (_, None) => {}
    }
    if let Some(output) = output {
        output.finish()?;
    }
    Ok(0)
}

/// Audits the lists named, or the default ones.
fn audit(run: &mut Run<'_>, args: AuditArgs) -> Result<(), Error> {
    let group = &args.options.group;
    let named = |list: &&List| {
        let has_key = run.settings.keys.contains_key(&list.id);
        let chosen = if group.is_empty() {
            list.default || list.own
        } else {
            list.groups.iter().any(|name| group.contains(name))
        };
        chosen && catalogue::is_usable(list, has_key)
    };
    let mut lists = args.lists;
    if lists.is_empty() {
        lists =
            run.settings.lists.iter().chain(catalogue::lists()).filter(named).map(|list| list.zone.clone()).collect();
    }
    if lists.is_empty() {
        return Err(ConfigError(format!("--group {}: there is no such group", group.join(","))).into());
    }
    // A zone with its key becomes a list of the user's own, so that nothing shows the key.
    for list in &mut lists {
        if keys::take(&list.trim_end_matches('.').to_ascii_lowercase()).is_some() {
            let own = List::named(&list.trim_end_matches('.').to_ascii_lowercase());
            list.clone_from(&own.zone);
            Arc::make_mut(&mut run.settings).lists.insert(0, own);
        }
    }
    let known = |list: &String| {
        let own = run.settings.lists.iter().any(|own| own.id == *list || own.zone == *list);
        let is_zone = list.parse::<Domain>().is_ok_and(|name| name.labels().count() > 1);
        own || is_zone || catalogue::find(list).is_some()
    };
    if let Some(list) = lists.iter().find(|list| !known(list)) {
        let list = hidden(list);
        let why = format!("\"{list}\" is no list: give a zone, or an id that \"spamcheck lists\" shows");
        return Err(ConfigError(why).into());
    }
    run.plan::<ListAudit>(CheckArgs { targets: lists, options: args.options, ..CheckArgs::default() })
}

/// Writes the lists of another program's file as a configuration. Their keys go into a file of the user's, which
/// nobody else may read, and never to standard output.
fn import(output: &mut Output, path: &Path, to_file: bool) -> Result<(), Error> {
    let name = path.display().to_string();
    let text =
        files::read_text(path, MAX_IMPORT).map_err(|error| ConfigError(format!("{name} cannot be read: {error}")))?;
    let imported = catalogue::import::read(&text, &name).map_err(|error| ConfigError(error.to_string()))?;
    for remark in &imported.remarks {
        eprintln!("{}", clean_lines(&format!("{name}: {remark}")));
    }
    if !imported.keys().is_empty() {
        output.keep_private()?;
    }
    if !to_file {
        for (id, variable) in imported.key_variables() {
            let line = format!("{name}: set {variable} to the key of {id}, or write the configuration with --output");
            eprintln!("{}", clean_lines(&line));
        }
    }
    Ok(output.write_all(clean_lines(&imported.to_config(to_file)).as_bytes())?)
}

/// Octets of a file of lists at most.
const MAX_IMPORT: u64 = 4 << 20;

/// Refuses a format that a subcommand does not have; one without formats prints something else, and the default is
/// taken for no choice.
fn has_format(subcommand: &str, format: Format, has: &[Format]) -> Result<(), ConfigError> {
    if has.contains(&format) || (has.is_empty() && format == Format::default()) {
        return Ok(());
    }
    let has = match has {
        [] => "no formats".to_owned(),
        has => has.iter().map(|format| format.name()).collect::<Vec<_>>().join(" and "),
    };
    Err(ConfigError(format!("--format {}: \"{subcommand}\" has {has}", format.name())))
}

fn run(global: &Global, work: impl FnOnce(&mut Run<'_>) -> Result<(), Error>) -> Result<u8, Error> {
    let settings = Arc::new(global.settings()?);
    let progress = !global.quiet && !global.no_progress && io::stderr().is_terminal();
    let mut remarks = Vec::new();
    let exit = render(global, |renderer, output| {
        let exit = Exit::default();
        let mut run = Run { global, settings, renderer, output: Some(output), progress, exit, remarks: Vec::new() };
        work(&mut run)?;
        remarks = run.remarks;
        Ok(run.exit)
    })?;
    for remark in remarks {
        eprintln!("{}", clean_lines(&remark));
    }
    Ok(code(global, exit))
}

/// Opens the outputs, lets `work` fill them, and brings them to their places.
fn render<T>(global: &Global, work: impl FnOnce(Collector, &mut dyn Write) -> Result<T, Error>) -> Result<T, Error> {
    let format = global.format();
    let mut output = Output::open(global.output.as_deref(), format.is_document())?;
    let mut renderer = Collector::new(format, style(global, &output));
    for Report { format, path } in &global.reports {
        let output = Output::open(Some(path), format.is_document())?;
        let style = style(global, &output);
        renderer = renderer.beside(*format, style, Box::new(output));
    }
    let done = work(renderer, &mut output)?;
    output.finish()?;
    Ok(done)
}

/// The exit code; that of a plugin for the format of one.
fn code(global: &Global, exit: Exit) -> u8 {
    if global.format() == Format::Nagios { exit.plugin_code(global.unclear) } else { exit.code(global.unclear) }
}

fn explain(output: &mut dyn Write, id: Option<&str>, json: bool) -> Result<(), Error> {
    let Some(id) = id else {
        let rules: Vec<_> = registry::rules().collect();
        return Ok(render::explain::list(output, &rules, json)?);
    };
    match registry::rules().find(|rule| rule.id == id) {
        Some(rule) => Ok(render::explain::rule(output, rule, json)?),
        None => {
            let error = format!("there is no rule {id:?}; \"spamcheck explain\" lists them all");
            Err(ConfigError(error).into())
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
