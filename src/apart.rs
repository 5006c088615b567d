//! What is written must not be what is read: no result over its own targets, however their file is called.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Command};
use spamcheck::cli::Report;
use spamcheck::config::ConfigError;
use spamcheck::files::Identity;

use crate::output;

/// The flags whose file is written.
const WRITTEN: [&str; 3] = ["output", "resume", "state"];
/// What stands for standard input or output.
const STANDARD: &str = "-";

/// A file that the command line names.
struct Named {
    /// The flag or the argument.
    by: String,
    path: PathBuf,
    is_written: bool,
    identity: Option<Identity>,
}

/// Sees to it that no file is written that another flag reads or writes. `config` is the configuration file that was
/// found, if there is one.
///
/// # Errors
/// [`ConfigError`] that names both flags.
pub(crate) fn check(matches: &ArgMatches, command: &Command, config: Option<&Path>) -> Result<(), ConfigError> {
    let mut files = Vec::new();
    collect(matches, command, &mut files);
    if let Some(path) = config.filter(|_| !files.iter().any(|file| file.by == "--config")) {
        let (by, identity) = ("the configuration".to_owned(), Identity::of(path));
        files.push(Named { by, path: path.to_owned(), is_written: false, identity });
    }
    if !files.iter().any(|file| file.is_written) {
        let (by, path) = ("standard output".to_owned(), PathBuf::from(STANDARD));
        files.push(Named { by, path, is_written: true, identity: output::stdout_file() });
    }
    for written in files.iter().filter(|file| file.is_written) {
        let is_other = |file: &&Named| file.by != written.by && file.identity == written.identity;
        if let Some(other) = files.iter().find(is_other).filter(|_| written.identity.is_some()) {
            let (by, path) = (&written.by, written.path.display());
            return Err(ConfigError(format!("{by} {path}: this is the file of {}; name another one", other.by)));
        }
    }
    Ok(())
}

/// Collects the files of a command and of its subcommands: everything whose value is called FILE.
fn collect(matches: &ArgMatches, command: &Command, files: &mut Vec<Named>) {
    for argument in command.get_arguments() {
        let id = argument.get_id().as_str();
        if let Ok(Some(reports)) = matches.try_get_many::<Report>(id) {
            for Report { format, path } in reports {
                let by = format!("--report {}", format.name());
                if !files.iter().any(|file| file.by == by && file.path == *path) {
                    let is_stdout = path == Path::new(STANDARD);
                    let identity = if is_stdout { output::stdout_file() } else { Identity::of(path) };
                    files.push(Named { by, path: path.clone(), is_written: true, identity });
                }
            }
            continue;
        }
        if argument.get_value_names().is_none_or(|names| names.iter().all(|name| name != "FILE")) {
            continue;
        }
        // A flag of every subcommand is known to each of them, too.
        let by = argument.get_long().map_or_else(|| "FILE".to_owned(), |long| format!("--{long}"));
        let Ok(Some(paths)) = matches.try_get_many::<PathBuf>(id) else { continue };
        for path in paths {
            if files.iter().any(|file| file.by == by && file.path == *path) {
                continue;
            }
            let is_written = WRITTEN.contains(&id);
            let identity = match (path == Path::new(STANDARD), is_written) {
                (true, true) => output::stdout_file(),
                (true, false) => output::stdin_file(),
                (false, _) => Identity::of(path),
            };
            files.push(Named { by: by.clone(), path: path.clone(), is_written, identity });
        }
    }
    if let Some((name, matches)) = matches.subcommand()
        && let Some(command) = command.find_subcommand(name)
    {
        collect(matches, command, files);
    }
}
