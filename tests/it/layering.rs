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

fn is_in_path(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == ':'
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

/// Every room of the source tree with the rooms it may use, from the ground up: no arrow leads to a later one.
const ROOMS: &[(&str, &[&str])] = &[
    ("files", &[]),
    ("interrupt", &[]),
    ("report", &[]),
    ("names", &[]),
    ("mail", &["report", "names"]),
    ("catalogue", &["names"]),
    ("net", &["files", "report", "names", "mail"]),
    ("config", &["files", "names", "catalogue", "net"]),
    ("input", &["files", "report", "names"]),
    ("checks", &["files", "report", "names", "mail", "catalogue", "net", "config", "input"]),
    ("plans", &["report", "names", "mail", "catalogue", "net", "config", "input", "checks"]),
    ("render", &["report", "catalogue"]),
    ("stored", &["report", "render"]),
    ("cli", &["report", "names", "catalogue", "net", "config", "checks", "render"]),
    ("run", &["interrupt", "report", "names", "net", "config", "input", "checks", "plans", "render", "cli"]),
    ("registry", &["report", "checks", "plans", "render", "stored", "cli", "run"]),
    (
        "demo",
        &["files", "interrupt", "report", "mail", "catalogue", "net", "config", "checks", "plans", "render", "cli"],
    ),
    ("lib", &[]),
    // The program is not part of the library, and names it from outside.
    ("output", &[]),
    ("apart", &["output"]),
    ("commands", &["output"]),
    ("main", &[]),
];

/// What all checks may use of each other's room: what they have in common.
const COMMON: &[&str] = &[
    "Asked",
    "Check",
    "Context",
    "advice",
    "Outcome",
    "Subject",
    "dialogue",
    "domain_of",
    "envelope",
    "reason",
    "rule_table",
];

/// Which check may look into which other one.
const CHECKS: &[(&str, &[&str])] = &[
    ("bimi", &["dmarc"]),
    ("dkim", &["dmarc"]),
    ("helo", &["smtp", "spf"]),
    ("list_audit", &["dnsbl"]),
    ("relay", &["smtp"]),
    ("return_path", &["mx"]),
    ("tls", &["dane", "mta_sts", "smtp"]),
];

/// The room a file belongs to: `checks` for `checks/dnsbl/zone.rs`.
fn room(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

/// The paths a file reaches by `super`, from the root of the crate.
fn above(file: &str, text: &str) -> BTreeSet<String> {
    let module = file.trim_end_matches(".rs").trim_end_matches("/mod");
    let module: Vec<&str> = module.split('/').collect();
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("super::").filter(|(at, _)| !text[..*at].ends_with("::")) {
        let rest = &text[at..];
        let levels = rest.split("::").take_while(|part| *part == "super").count();
        let Some(depth) = module.len().checked_sub(levels) else { panic!("{file} leaves the crate: {rest:.40}") };
        let rest = &rest[levels * "super::".len()..];
        let end = rest.find(';').map_or(rest.len(), |end| end + 1);
        // What is used in the middle of code ends with its path.
        let end = if rest.starts_with('{') { end } else { rest[..end].find(|next| !is_in_path(next)).unwrap_or(end) };
        let base: String = module[..depth].iter().map(|part| format!("{part}::")).collect();
        found.extend(edges(&format!("crate::{base}{}", &rest[..end])));
    }
    found
}

/// Every edge of every file: the file, and the path it uses.
fn all_edges() -> Vec<(String, String)> {
    let edges_of = |(file, text): (String, String)| {
        let named = edges(&text).into_iter().chain(above(&file, &text));
        named.map(|edge| (file.clone(), edge)).collect::<Vec<_>>()
    };
    files().into_iter().flat_map(edges_of).collect()
}

#[test]
fn edges_are_found_in_every_form() {
    let found: Vec<String> = above(
        "checks/dkim/mod.rs",
        "use super::{Check, texts};\nuse super::super::net::Net;\nlet a = super::helo::b(c);",
    )
    .into_iter()
    .collect();
    assert_eq!(found, ["checks::Check", "checks::helo::b", "checks::texts", "net::Net"]);
    let text = "use crate::report::{Finding, table::{Row, Cell}};\nfn f() { crate::net::dns::ask(); }\n\
                use crate::cli;\nuse crate::{a, b::C};\nlet othercrate::x = 1;";
    let found: Vec<String> = edges(text).into_iter().collect();
    let expected = ["a", "b::C", "cli", "net::dns::ask", "report::Finding", "report::table::Row, Cell"];
    assert_eq!(found, expected);
}

#[test]
fn rooms_stand_on_those_below_them() {
    for (index, (room, uses)) in ROOMS.iter().enumerate() {
        let below = &ROOMS[..index];
        for used in *uses {
            assert!(below.iter().any(|(name, _)| name == used), "{room} may not use {used}, which is not below it");
        }
    }
}

#[test]
fn every_file_stands_in_a_room_and_uses_what_its_room_may_use() {
    let allowed: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    for (file, _) in files() {
        assert!(allowed.contains_key(room(&file)), "{file} stands in no room: say in ROOMS what it may use");
    }
    for (file, edge) in all_edges() {
        let (from, to) = (room(&file), edge.split("::").next().unwrap_or_default());
        let fits = from == to || from == "lib" || allowed[from].contains(&to);
        assert!(fits, "{file} uses crate::{edge}; {from} may use {:?} only", allowed[from]);
    }
}

#[test]
fn checks_look_into_each_other_only_where_it_is_said() {
    for (file, edge) in all_edges() {
        let (Some(from), Some(to)) = (file.strip_prefix("checks/"), edge.strip_prefix("checks::")) else { continue };
        let (from, to) = (room(from), to.split("::").next().unwrap_or_default());
        if from == to || COMMON.contains(&to) || from == "mod" {
            continue;
        }
        let may = CHECKS.iter().find(|(check, _)| *check == from).is_some_and(|(_, uses)| uses.contains(&to));
        assert!(may, "{file} uses crate::{edge}: the check {from} may not look into {to}");
    }
}

/// What the outside world is asked through, and the one place that does.
const SEAMS: &[(&str, &str)] = &[
    ("Instant::now", "net/clock.rs"),
    ("Timestamp::now", "net/clock.rs"),
    ("SystemTime::now", "net/clock.rs"),
    ("TcpSocket::", "net/dial.rs"),
    ("TcpStream::connect", "net/dial.rs"),
    ("UdpSocket::bind", "net/dial.rs"),
];

#[test]
fn time_and_sockets_have_one_place_each() {
    for (file, text) in files() {
        // The world on loopback is the other side.
        if file.starts_with("demo/") {
            continue;
        }
        for (call, place) in SEAMS {
            assert!(!text.contains(call) || file == *place, "{file} has {call}, which belongs into {place}");
        }
    }
}

/// The types of records that are asked for, and where: each in one place, so that two checks cannot read one answer in
/// two ways. Blocklists are a protocol of their own on A and TXT (RFC 5782), and DANE asks how addresses are signed.
const READERS: &[(&str, &[&str])] = &[
    (
        "A",
        &["net/lookup/host.rs", "net/lookup/listing.rs", "net/lookup/sender_policy.rs", "net/dane.rs", "checks/dnsbl/"],
    ),
    ("AAAA", &["net/lookup/host.rs", "net/lookup/sender_policy.rs", "net/dane.rs"]),
    ("CNAME", &["net/dane.rs"]),
    ("MX", &["net/lookup/mail_route.rs", "net/lookup/sender_policy.rs"]),
    ("NS", &["net/lookup/zone.rs", "net/lookup/sender_policy.rs"]),
    ("PTR", &["net/lookup/reverse.rs", "net/lookup/sender_policy.rs"]),
    ("SOA", &["net/lookup/zone.rs", "checks/dnsbl/"]),
    ("TLSA", &["net/dane.rs"]),
    ("TXT", &["net/lookup/texts.rs", "net/lookup/listing.rs", "net/lookup/sender_policy.rs", "checks/dnsbl/"]),
];
/// Where a question is put together.
const ASKERS: &[&str] = &["net/dns/", "net/lookup/", "net/dane.rs", "checks/dnsbl/zone.rs"];

#[test]
fn every_question_has_one_reader() {
    let stands_in = |file: &str, places: &[&str]| places.iter().any(|place| file.starts_with(place));
    for (file, text) in files() {
        // The client itself knows types for what it does on the way; the world on loopback is the other side.
        if file.starts_with("net/dns/") || file.starts_with("demo/") {
            continue;
        }
        let asks = text.contains("Question::new(");
        assert!(!asks || stands_in(&file, ASKERS), "{file} puts a question together, which belongs into net/lookup");
        // The evidence of the SPF record is picked from what was asked, by type.
        if file.starts_with("checks/spf/lint/") {
            continue;
        }
        for (at, _) in text.match_indices("RecordType::") {
            let rest = &text[at + "RecordType::".len()..];
            let rtype = &rest[..rest.find(|next: char| !next.is_alphanumeric()).unwrap_or(rest.len())];
            let Some((_, places)) = READERS.iter().find(|(known, _)| *known == rtype) else { continue };
            assert!(stands_in(&file, places), "{file} names {rtype}, which is read in {places:?} only");
        }
    }
}

#[test]
fn only_the_program_prints_and_exits() {
    // These files are the program; everything else is the library.
    let main = std::fs::read_to_string(root().join("src/main.rs")).expect("source can be read");
    let modules: Vec<&str> = main.lines().filter(|line| line.starts_with("mod ")).collect();
    assert_eq!(modules, ["mod apart;", "mod commands;", "mod output;"]);
    let forbidden =
        ["println!", "eprintln!", "print!(", "io::stdout", "io::stderr()", "process::exit", "ProgressDrawTarget"];
    for (file, text) in files() {
        let allowed: &[&str] = match file.as_str() {
            "main.rs" | "apart.rs" | "output.rs" | "commands.rs" => continue,
            // Progress is drawn while the run is on; main decides whether it may be.
            "run/progress.rs" => &["ProgressDrawTarget"],
            _ => &[],
        };
        for call in forbidden.iter().filter(|call| !allowed.contains(call)) {
            assert!(!text.contains(call), "{file} has {call}");
        }
    }
}
