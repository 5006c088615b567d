//! The layers of the crate, held by reading its `use` lines and paths.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::support::root;

/// A module's code without its comments and without its unit tests, which may reach anywhere.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("source can be read");
    let text = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn sources(directory: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn files() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    sources(&root().join("src"), &mut paths);
    assert!(paths.len() > 20, "the source tree is where it was");
    let name = |path: &Path| {
        let relative = path.strip_prefix(root().join("src")).expect("below src");
        relative.to_string_lossy().replace('\\', "/")
    };
    paths.iter().map(|path| (name(path), code(path))).collect()
}

/// The top-level module a file belongs to: `checks` for `checks/dnsbl/zone.rs`.
fn layer(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

/// The modules of the crate a text names, as deep as it names them: `crate::checks::Facts`. Groups are
/// taken apart; `super` never leaves a layer from within a folder, and from a file of the top level it is
/// not used.
fn edges(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        // `$crate::` and the like would be another matter; an identifier that ends in `crate` is none.
        if text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        let end = rest.find(|next: char| !(next.is_alphanumeric() || next == '_' || next == ':')).unwrap_or(rest.len());
        let path = rest[..end].trim_end_matches(':');
        match (path.is_empty() || rest[..end].ends_with("::"), rest[end..].strip_prefix('{')) {
            (true, Some(group)) => {
                let group = &group[..group.find("};").unwrap_or(group.len())];
                for item in items(group) {
                    let item = if item == "self" { path.to_owned() } else { format!("{path}::{item}") };
                    found.insert(item.trim_start_matches(':').to_owned());
                }
            }
            _ => {
                found.insert(path.to_owned());
            }
        }
    }
    found
}

/// The items of a use group, those of groups inside it too.
fn items(group: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut depth = 0;
    let mut item = String::new();
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => items.push(std::mem::take(&mut item)),
            _ => item.push(character),
        }
    }
    items.push(item);
    items.iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

/// Every edge that leaves its layer, with the file it stands in.
fn leaving(wanted: &str) -> BTreeMap<String, Vec<String>> {
    let mut edges_of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, text) in files().iter().filter(|(file, _)| layer(file) == wanted) {
        for edge in edges(text).into_iter().filter(|edge| edge.split("::").next() != Some(wanted)) {
            edges_of.entry(edge).or_default().push(file.clone());
        }
    }
    edges_of
}

#[track_caller]
fn uses_only(wanted: &str, allowed: &[&str]) {
    for (edge, files) in leaving(wanted) {
        let fits = allowed.iter().any(|allowed| edge == *allowed || edge.starts_with(&format!("{allowed}::")));
        assert!(fits, "{files:?} uses crate::{edge}; {wanted} may use {allowed:?} only");
    }
}

#[track_caller]
fn never_uses(wanted: &str, forbidden: &[&str]) {
    for (edge, files) in leaving(wanted) {
        let first = edge.split("::").next().unwrap_or_default();
        assert!(!forbidden.contains(&first), "{files:?} uses crate::{edge}; {wanted} never uses {forbidden:?}");
    }
}

#[test]
fn edges_are_found_in_every_form() {
    let text = "use crate::report::{Finding, table::{Row, Cell}};\nfn f() { crate::net::dns::ask(); }\n\
                use crate::cli;\nuse crate::{a, b::C};\nlet othercrate::x = 1;";
    let found: Vec<String> = edges(text).into_iter().collect();
    let expected = ["a", "b::C", "cli", "net::dns::ask", "report::Finding", "report::table::Row, Cell"];
    assert_eq!(found, expected);
}

#[test]
fn report_domain_and_catalogue_stand_by_themselves() {
    uses_only("report", &[]);
    uses_only("domain", &[]);
    uses_only("address", &[]);
    uses_only("host_name", &["domain"]);
    // The importer reads other programs' look-up expressions as the configuration does.
    uses_only("catalogue", &["domain"]);
}

#[test]
fn checks_know_nothing_of_the_terminal() {
    for (edge, files) in leaving("checks") {
        // The registry makes the subcommands and hands each to the runner, so that a new check is one line:
        // the macro in checks/mod.rs is the one place where a check meets its command line.
        let registry = files == ["checks/mod.rs"];
        match edge.as_str() {
            "cli::CheckArgs" | "run::Run" | "run::Error" if registry => {}
            other => {
                let first = other.split("::").next().unwrap_or_default();
                assert!(!["cli", "run", "render", "demo"].contains(&first), "{files:?} uses crate::{other}");
            }
        }
    }
}

#[test]
fn renderers_know_reports_and_the_type_of_the_facts() {
    uses_only("render", &["report", "checks::Facts", "catalogue"]);
}

#[test]
fn network_knows_no_check_and_no_renderer() {
    never_uses("net", &["checks", "render", "run", "cli", "demo"]);
}

#[test]
fn formats_know_dns_through_traits_only() {
    uses_only("mail", &["report"]);
}

#[test]
fn targets_and_input_know_no_check() {
    uses_only("target", &["domain"]);
    uses_only("input", &["target", "report"]);
    never_uses("config", &["checks", "render", "run", "cli", "demo"]);
}

#[test]
fn only_the_program_prints_and_exits() {
    // These three files are the program; everything else is the library.
    let main = std::fs::read_to_string(root().join("src/main.rs")).expect("source can be read");
    let modules: Vec<&str> = main.lines().filter(|line| line.starts_with("mod ")).collect();
    assert_eq!(modules, ["mod commands;", "mod output;"]);
    let forbidden =
        ["println!", "eprintln!", "print!(", "io::stdout", "io::stderr()", "process::exit", "ProgressDrawTarget"];
    for (file, text) in files() {
        let allowed: &[&str] = match file.as_str() {
            "main.rs" | "output.rs" | "commands.rs" => continue,
            // Progress is drawn while the run is on; main decides whether it may be.
            "run.rs" => &["ProgressDrawTarget"],
            _ => &[],
        };
        for call in forbidden.iter().filter(|call| !allowed.contains(call)) {
            assert!(!text.contains(call), "{file} has {call}");
        }
    }
}
