//! The embedded mail world, and `spamcheck demo`, which shows the tool at work in it.

pub mod mail;
pub mod world;

use std::collections::BTreeMap;
use std::io::{self, Write};

pub use world::{Description, World};

use crate::catalogue::Kind;
use crate::checks::dnsbl::zone::Query;
use crate::checks::dnsbl::{self, Dnsbl};
use crate::checks::{Check, Context, Facts, Subject};
use crate::cli::Global;
use crate::config::Settings;
use crate::net::Net;
use crate::net::dns::upstream::Spec;
use crate::render::{End, Head, Renderer, TargetInfo};
use crate::report::{CheckReport, Summary, Verdict};

/// The demo's own world.
pub fn description() -> Description {
    toml::from_str(include_str!("world.toml")).expect("the embedded world is valid: a unit test reads it")
}

/// The addresses that are tested in it, with the verdicts that are expected.
const EXPECTED: [(&str, Verdict); 2] = [("203.0.113.9", Verdict::Fail), ("203.0.113.20", Verdict::Unclear)];

/// Runs the main job in the demo's world; whether it behaved as expected.
///
/// # Errors
/// The system's, if the world cannot start or the output cannot be written.
pub fn show(output: &mut dyn Write, mut renderer: Box<dyn Renderer>) -> io::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let expected = runtime.block_on(async {
        let world = World::start(&description()).await?;
        run(&world, output, renderer.as_mut()).await
    });
    runtime.shutdown_background();
    expected
}

async fn run(world: &World, output: &mut dyn Write, renderer: &mut dyn Renderer) -> io::Result<bool> {
    let started = std::time::Instant::now();
    let settings = settings(world);
    let net = Net::open(&settings).await.map_err(io::Error::other)?;
    let context = Context { settings: settings.into(), single: true, targets: Some(2), all_rows: true };
    let options = dnsbl::Options { list: zones(), ..dnsbl::Options::default() };
    let check = Dnsbl::new(options, &context).map_err(io::Error::other)?;
    let mut summary = Summary::default();
    let mut as_expected = true;
    for (number, (address, verdict)) in EXPECTED.into_iter().enumerate() {
        let query = Query::Address(address.parse().map_err(io::Error::other)?);
        debug_assert_eq!(query.kind(), Kind::Ipv4);
        let begun = std::time::Instant::now();
        let result = check.run(&Subject::of(query), &net).await;
        let report = CheckReport::new(Dnsbl::NAME, address.to_owned(), begun.elapsed(), result).map(Facts::from);
        if number == 0 {
            renderer.start(output, &Head { started: jiff::Timestamp::now() })?;
        }
        let target = TargetInfo {
            number: number as u64 + 1,
            subjects: 1,
            input: address,
            kind: "ipv4",
            page: false,
            elapsed: begun.elapsed(),
        };
        renderer.check(output, &target, &report)?;
        summary.add(report.verdict());
        as_expected &= report.verdict() == verdict;
    }
    renderer.finish(output, &End { summary, duration: started.elapsed(), resolver: net.self_test.facts() })?;
    output.flush()?;
    Ok(as_expected)
}

fn settings(world: &World) -> Settings {
    Settings { resolvers: vec![Spec::Plain(world.resolver)], keys: BTreeMap::new(), ..Global::default_settings() }
}

fn zones() -> Vec<String> {
    description().lists.into_iter().map(|list| list.zone).collect()
}

/// Keeps a world up until the user interrupts, and prints how to use it. Without a description of its own it is
/// the demo's.
///
/// # Errors
/// The system's, if the world cannot start or the output cannot be written.
pub fn serve(output: &mut dyn Write, own: Option<Description>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let targets: &[&str] =
            if own.is_some() { &["TARGET"] } else { &["203.0.113.9", "203.0.113.20", "example.net --mx"] };
        let description = own.unwrap_or_else(description);
        let world = World::start(&description).await?;
        let lists: Vec<String> = description.lists.iter().map(|list| format!("--list {}", list.zone)).collect();
        writeln!(output, "The world is up until you press Ctrl-C. Any check can ask it with this flag:\n")?;
        writeln!(output, "  --resolver {}", world.resolver)?;
        for rule in &world.mail.connect_to {
            writeln!(output, "  --connect-to {rule}")?;
        }
        writeln!(
            output,
            "\nIts lists are named one by one, since public lists are not asked about documentation addresses:\n"
        )?;
        for target in targets {
            writeln!(output, "  spamcheck dnsbl {target} --resolver {} {}", world.resolver, lists.join(" "))?;
        }
        output.flush()?;
        tokio::signal::ctrl_c().await
    })
}

/// Reads the description of a world.
///
/// # Errors
/// A sentence with file and line.
pub fn read(path: &std::path::Path) -> Result<Description, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_world_is_valid() {
        assert!(description().lists.len() >= 6);
    }
}
