//! The embedded mail world, and `spamcheck demo`, which shows the tool at work in it.

pub mod mail;
pub mod world;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::{Duration, Instant};

pub use world::{Description, World};

use self::world::{ListDescription, Manner};
use crate::checks::audit::{self, Audit};
use crate::checks::dnsbl::{self, Dnsbl};
use crate::checks::{Check, Context, Facts};
use crate::cli::Global;
use crate::config::{Manners, Settings};
use crate::net::Net;
use crate::net::dns::upstream::Spec;
use crate::net::trust::Trust;
use crate::render::{End, Head, Renderer, TargetInfo};
use crate::report::{CheckReport, Summary, Verdict};

/// The demo's own world.
pub fn description() -> Description {
    toml::from_str(include_str!("world.toml")).expect("the embedded world is valid: a unit test reads it")
}

/// The addresses that are tested in it, with the verdicts that are expected.
const ADDRESSES: [(&str, Verdict); 2] = [("203.0.113.9", Verdict::Fail), ("203.0.113.20", Verdict::Unclear)];

/// The domains that are audited in it, with an address they send from and the verdicts that are expected.
const DOMAINS: [(&str, Option<&str>, Verdict); 2] =
    [("good.example", None, Verdict::Pass), ("bad.example", Some("11.22.99.7"), Verdict::Fail)];

/// Runs the main jobs in the demo's world; whether it behaved as expected.
///
/// # Errors
/// The system's, if the world cannot start or the output cannot be written.
pub fn show(output: &mut dyn Write, renderer: Box<dyn Renderer>) -> io::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let expected = runtime.block_on(async {
        let world = World::start(&description()).await?;
        run(&world, output, renderer).await
    });
    runtime.shutdown_background();
    expected
}

async fn run(world: &World, output: &mut dyn Write, renderer: Box<dyn Renderer>) -> io::Result<bool> {
    let settings = settings(world);
    let net = Net::open(&settings).await.map_err(io::Error::other)?.remembering();
    let context = Context { settings: settings.into(), single: true, targets: Some(1), all_rows: true, ends: None };
    let summary = Summary::default();
    let mut show = Show { output, renderer, net, context, number: 0, summary, as_expected: true };
    let started = Instant::now();
    show.renderer.start(show.output, &Head { started: jiff::Timestamp::now() })?;
    for (address, verdict) in ADDRESSES {
        let options = dnsbl::Options { list: zones(|_| true), ..dnsbl::Options::default() };
        show.check::<Dnsbl>(options, address, verdict).await?;
    }
    for (domain, sender, verdict) in DOMAINS {
        let sending_ip = sender.and_then(|address| address.parse().ok()).into_iter().collect();
        let options = audit::Options { sending_ip, list: zones(is_sound), ..audit::Options::default() };
        show.check::<Audit>(options, domain, verdict).await?;
    }
    let Show { output, mut renderer, net, summary, as_expected, .. } = show;
    renderer.finish(output, &End { summary, duration: started.elapsed(), resolver: net.self_test.facts() })?;
    output.flush()?;
    Ok(as_expected)
}

/// The demo under way.
struct Show<'a> {
    output: &'a mut dyn Write,
    renderer: Box<dyn Renderer>,
    net: Net,
    context: Context,
    number: u64,
    summary: Summary,
    as_expected: bool,
}

impl Show<'_> {
    /// Runs a check of one target, and shows what comes of it.
    async fn check<C: Check>(&mut self, options: C::Options, target: &str, expected: Verdict) -> io::Result<()>
    where
        Facts: From<C::Facts>,
    {
        self.number += 1;
        let check = C::new(options, &self.context).map_err(io::Error::other)?;
        let target = C::parse_target(target).map_err(io::Error::other)?;
        let began = Instant::now();
        let told = |unclear: crate::report::Unclear| io::Error::other(unclear.detail);
        let subjects = check.subjects(&target, &self.net).await.map_err(told)?;
        let mut verdicts = Vec::with_capacity(subjects.len());
        for subject in &subjects {
            let (name, query) = (C::subject_name(&subject.query), &subject.query);
            let started = Instant::now();
            let result = check.run(subject, &self.net).await;
            let took = C::took(query).unwrap_or_else(|| started.elapsed());
            let report = CheckReport::new(C::check_name(query), name, took, result).map(Facts::from);
            verdicts.push(report.verdict());
            self.summary.add(report.verdict());
            let info = TargetInfo {
                number: self.number,
                subjects: subjects.len() as u64,
                input: &target.input,
                kind: target.kind_name(),
                page: C::IS_PAGE,
                elapsed: began.elapsed(),
            };
            self.renderer.check(self.output, &info, &report)?;
        }
        self.as_expected &= Verdict::worst(verdicts.into_iter()) == expected;
        Ok(())
    }
}

fn settings(world: &World) -> Settings {
    let defaults = Global::default_settings();
    Settings {
        resolvers: vec![Spec::Plain(world.resolver)],
        keys: BTreeMap::new(),
        connect_to: world.mail.connect_to.clone(),
        trust: Trust { given: Some(world.mail.authority.clone()), ..Trust::default() },
        // Nobody here is far away, and one of the hosts says nothing at all.
        smtp: Manners { timeout: PATIENCE, helo_name: Some("probe.example".to_owned()), ..defaults.smtp },
        ..defaults
    }
}

/// The time a mail server of the world has for a reply.
const PATIENCE: Duration = Duration::from_secs(1);

fn zones(wanted: impl Fn(&ListDescription) -> bool) -> Vec<String> {
    description().lists.into_iter().filter(wanted).map(|list| list.zone).collect()
}

/// Whether a list behaves as lists should.
fn is_sound(list: &ListDescription) -> bool {
    list.manner == Manner::Ordinary && list.delay_ms == 0
}

/// Keeps a world up until the user interrupts, and prints how to use it. Without a description of its own it is
/// the demo's.
///
/// # Errors
/// The system's, if the world cannot start or the output cannot be written.
pub fn serve(output: &mut dyn Write, own: Option<Description>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let is_demo = own.is_none();
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
        if is_demo {
            let sound = zones(is_sound).iter().map(|zone| format!("--list {zone}")).collect::<Vec<_>>().join(" ");
            writeln!(output, "\nAn audit asks the lists that are sound:\n")?;
            for (domain, sender, _) in DOMAINS {
                let sender = sender.map(|address| format!(" --sending-ip {address}")).unwrap_or_default();
                writeln!(output, "  spamcheck audit {domain}{sender} --resolver {} {sound}", world.resolver)?;
            }
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
