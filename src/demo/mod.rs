//! The embedded mail world, and `spamcheck demo`, which shows the tool at work in it.

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
            renderer.start(output, &Head { started: jiff::Timestamp::now(), resolver: net.self_test.facts() })?;
        }
        let target = TargetInfo { number: number as u64 + 1, subjects: 1, input: address, kind: "ipv4" };
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

/// Keeps the world up until the user interrupts, and prints how to use it.
///
/// # Errors
/// The system's, if the world cannot start or the output cannot be written.
pub fn serve(output: &mut dyn Write) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let world = World::start(&description()).await?;
        let lists: Vec<String> = zones().into_iter().map(|zone| format!("--list {zone}")).collect();
        writeln!(output, "The demo world is up until you press Ctrl-C. Add these flags to any check:\n")?;
        writeln!(output, "  --resolver {}", world.resolver)?;
        writeln!(output, "\nFor example:\n")?;
        for target in ["203.0.113.9", "203.0.113.20", "example.net --mx"] {
            writeln!(output, "  spamcheck dnsbl {target} --resolver {} {}", world.resolver, lists.join(" "))?;
        }
        output.flush()?;
        tokio::signal::ctrl_c().await
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_world_is_valid() {
        assert!(description().lists.len() >= 6);
    }
}
