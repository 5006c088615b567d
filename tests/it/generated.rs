//! Completions and man pages are made from the command line's definition, and committed.

use std::collections::BTreeSet;

use clap::CommandFactory;
use clap_complete::Shell;
use spamcheck::registry::Cli;

use crate::support::{committed, root};

#[test]
fn generated_completions_are_committed() {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "spamcheck", &mut text);
        let name = match shell {
            Shell::Bash => "spamcheck.bash",
            Shell::Zsh => "_spamcheck",
            Shell::Fish => "spamcheck.fish",
            Shell::PowerShell => "_spamcheck.ps1",
            _ => "spamcheck.elv",
        };
        committed(&format!("completions/{name}"), &text);
    }
}

#[test]
fn generated_man_pages_are_committed() {
    let pages = man_pages();
    for (name, page) in &pages {
        committed(&format!("man/{name}"), page);
    }
    let names: BTreeSet<String> = pages.into_iter().map(|(name, _)| name).collect();
    let entries = std::fs::read_dir(root().join("man")).expect("the man pages are committed");
    for entry in entries {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        assert!(names.contains(&name), "man/{name} belongs to no subcommand any more: remove it");
    }
}

/// One page for the program and one a subcommand.
fn man_pages() -> Vec<(String, Vec<u8>)> {
    // `build` gives the subcommands the global flags and their full names.
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut pages = vec![page("spamcheck", command.clone())];
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        let name = format!("spamcheck-{}", subcommand.get_name());
        let renamed =
            subcommand.clone().name(name.clone()).display_name(name.clone()).bin_name(name.replacen('-', " ", 1));
        pages.push(page(&name, renamed));
    }
    pages
}

fn page(name: &str, command: clap::Command) -> (String, Vec<u8>) {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = Vec::new();
    let man = clap_mangen::Man::new(command).source(format!("spamcheck {version}")).date("");
    man.render(&mut text).expect("a page can be written to memory");
    (format!("{name}.1"), text)
}

#[test]
fn lock_file_of_the_fuzz_targets_knows_every_dependency() {
    let read = |path: &str| -> toml::Table {
        let text = std::fs::read_to_string(root().join(path)).expect("it is committed");
        text.parse().expect("it is TOML")
    };
    let lock = read("fuzz/Cargo.lock");
    let packages = lock["package"].as_array().expect("packages");
    let own = packages.iter().find(|package| package["name"].as_str() == Some("spamcheck")).expect("the library");
    let known: Vec<&str> =
        own["dependencies"].as_array().into_iter().flatten().filter_map(|name| name.as_str()).collect();
    for name in read("Cargo.toml")["dependencies"].as_table().expect("dependencies").keys() {
        // A name that two versions share has its version behind it.
        let is_known = known.iter().any(|other| other.split(' ').next() == Some(name));
        assert!(
            is_known,
            "{name} is missing: run cargo metadata --manifest-path fuzz/Cargo.toml, and commit fuzz/Cargo.lock"
        );
    }
}
