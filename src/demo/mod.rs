//! The embedded mail world, and `spamcheck demo`, which shows the tool at work in it.

pub mod mail;
pub mod world;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

pub use world::{Description, Text, World};

use self::world::{ListDescription, Manner};
use crate::checks::Context;
use crate::checks::dnsbl::{self, Dnsbl};
use crate::checks::greylist::{self, Greylist};
use crate::checks::relay::{self, Relay};
use crate::checks::tls::{self, Tls};
use crate::cli::Global;
use crate::config::Settings;
use crate::files;
use crate::interrupt::Interrupt;
use crate::net::Net;
use crate::net::clock;
use crate::net::dns::upstream::Spec;
use crate::net::trust::Roots;
use crate::net::{self, SmtpOptions};
use crate::plans::audit::{self, Audit};
use crate::plans::diagnose::{self, Diagnose};
use crate::plans::simulate::{self, Simulate};
use crate::plans::{Done, Job, Jobs, Plan};
use crate::render::{Collector, End, Head, TargetInfo};
use crate::report::{CheckReport, FailOn, Summary, Verdict};

/// The demo's own world.
pub fn description() -> Description {
    toml::from_str(include_str!("world.toml")).expect("the embedded world is valid: a unit test reads it")
}

/// The addresses that are tested in it, with the verdicts that are expected.
const ADDRESSES: [(&str, Verdict); 2] = [("203.0.113.9", Verdict::Fail), ("203.0.113.20", Verdict::Unclear)];

/// The domains that are audited in it, with an address they send from and the verdicts that are expected.
const DOMAINS: [(&str, Option<&str>, Verdict); 2] =
    [("good.example", None, Verdict::Pass), ("bad.example", Some("11.22.99.7"), Verdict::Fail)];

/// Whose mail hosts are looked at over TLS: good ones, one with a bad certificate, and one that says nothing.
const TLS: [(&str, Verdict); 3] =
    [("postmaster@good.example", Verdict::Pass), ("old.example", Verdict::Fail), ("silent.example", Verdict::Fail)];

/// Whose mail hosts are asked to relay, to whom.
const RELAY: (&str, &str, Verdict) = ("open.example", "you@good.example", Verdict::Fail);

/// The mailbox whose server greylists.
const GREYLIST: (&str, Verdict) = ("user@grey.example", Verdict::Pass);

/// The sender that every known server is played against, with the recipient.
const SIMULATED: (&str, &str, Verdict) = ("203.0.113.9", "user@good.example", Verdict::Fail);

/// What came back of mail: a listing that holds, a receiver's mistake, and a log of both ways.
const EVIDENCE: [(&str, &str, Verdict); 3] = [
    ("bounce.eml", include_str!("evidence/bounce.eml"), Verdict::Fail),
    ("open-resolver.eml", include_str!("evidence/open-resolver.eml"), Verdict::Warn),
    ("mail.log", include_str!("evidence/mail.log"), Verdict::Fail),
];

/// Runs the main jobs in the demo's world; whether it behaved as expected.
///
/// # Errors
/// The system's, if the world cannot start or the output cannot be written.
pub fn show(output: &mut dyn Write, renderer: Collector) -> io::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let expected = runtime.block_on(async {
        let world = World::start(&description()).await?;
        run(&world, output, renderer).await
    });
    runtime.shutdown_background();
    expected
}

async fn run(world: &World, output: &mut dyn Write, renderer: Collector) -> io::Result<bool> {
    let settings = settings(world);
    let net = Net::open(&settings.net).await.map_err(io::Error::other)?.remembering();
    let (settings, max_hosts) = (settings.into(), 1);
    let context = Context { settings, single: true, targets: Some(1), all_rows: true, ends: None, max_hosts };
    let summary = Summary::default();
    let mut show = Show { output, renderer, net, context, number: 0, summary, as_expected: true };
    let started = clock::now();
    show.renderer.begin(show.output, &Head::of(show.net.clock.time(), FailOn::Error))?;
    for (address, verdict) in ADDRESSES {
        let options = dnsbl::Options { list: zones(|_| true), ..dnsbl::Options::default() };
        show.show::<Dnsbl>(options, address, verdict).await?;
    }
    for (target, verdict) in TLS {
        show.show::<Tls>(tls::Options::default(), target, verdict).await?;
    }
    let (target, to, verdict) = RELAY;
    let options = relay::Options { to: Some(to.to_owned()), ..relay::Options::default() };
    show.show::<Relay>(options, target, verdict).await?;
    let (mailbox, verdict) = GREYLIST;
    show.show::<Greylist>(greylist::Options::default(), mailbox, verdict).await?;
    for (domain, sender, verdict) in DOMAINS {
        let sending_ip = sender.and_then(|address| address.parse().ok()).into_iter().collect();
        let options = audit::Options { sending_ip, list: zones(is_sound), ..audit::Options::default() };
        show.show::<Audit>(options, domain, verdict).await?;
    }
    let (address, to, verdict) = SIMULATED;
    let options = simulate::Options { all: true, to: Some(to.to_owned()), ..simulate::Options::default() };
    show.show::<Simulate>(options, address, verdict).await?;
    let folder = Folder::new()?;
    for (name, text, verdict) in EVIDENCE {
        let file = folder.0.join(name);
        std::fs::write(&file, text)?;
        // A log's own numbers and names are of nobody, so that there is nothing to test.
        let options = diagnose::Options { offline: name.ends_with(".log"), top: 10, ..diagnose::Options::default() };
        show.show::<Diagnose>(options, &file.to_string_lossy(), verdict).await?;
    }
    let Show { output, mut renderer, net, summary, as_expected, .. } = show;
    let (duration, resolver) = (clock::elapsed(started), net.self_test.facts());
    renderer.end(output, &End { interrupted: false, summary, duration, resolver })?;
    output.flush()?;
    Ok(as_expected)
}

/// A folder of the demo's own, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("spamcheck-demo-{}", std::process::id()));
        std::fs::create_dir(&path)?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in a folder for temporary files is no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The demo under way.
struct Show<'a> {
    output: &'a mut dyn Write,
    renderer: Collector,
    net: Net,
    context: Context,
    number: u64,
    summary: Summary,
    as_expected: bool,
}

impl Show<'_> {
    /// Carries out a plan for one target, and shows what comes of it.
    async fn show<P: Plan>(&mut self, options: P::Options, target: &str, expected: Verdict) -> io::Result<()> {
        self.number += 1;
        let read_target = P::target_reader(&options);
        let plan = P::new(options, &self.context).map_err(io::Error::other)?;
        let target = read_target(target).map_err(io::Error::other)?;
        let began = clock::now();
        let told = |unclear: crate::report::Unclear| io::Error::other(unclear.detail);
        let Jobs { mut surface, count: subjects, jobs } = plan.jobs(&target, &self.net).await.map_err(told)?;
        let mut verdicts = Vec::new();
        for Job { check, subject, work } in jobs {
            let Done { result, open, took } = work.await;
            let mut report = CheckReport::new(check, subject, took, result.await);
            report.unclear.extend(open);
            verdicts.push(report.verdict());
            self.summary.add(report.verdict());
            let info = TargetInfo {
                number: self.number,
                subjects,
                input: &target.input,
                kind: target.kind_name(),
                page: P::IS_PAGE,
                surface: surface.take(),
                elapsed: clock::elapsed(began),
                resolver: None,
            };
            self.renderer.check(self.output, info, report)?;
        }
        self.as_expected &= Verdict::worst(verdicts.into_iter()) == expected;
        Ok(())
    }
}

fn settings(world: &World) -> Settings {
    let defaults = Global::default_settings();
    let net = net::Options {
        resolvers: vec![Spec::Plain(world.resolver)],
        connect_to: world.mail.connect_to.clone(),
        trust: Roots::Given(world.mail.authority.clone()).into(),
        // Nobody here is far away, and one of the hosts says nothing at all.
        smtp: SmtpOptions { timeout: PATIENCE, helo_name: Some(HELO_NAME.to_owned()), ..defaults.net.smtp },
        ..defaults.net
    };
    Settings { net, keys: BTreeMap::new(), ..defaults }
}

/// The name behind EHLO in the world.
const HELO_NAME: &str = "probe.good.example";

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
        let description = own.unwrap_or_else(description);
        let world = World::start(&description).await?;
        let mut interrupt = Interrupt::listen()?;
        let authority = Authority::write(&world.mail.authority)?;
        writeln!(
            output,
            "The world is up until you press Ctrl-C. These flags lead any check into it, here as a shell"
        )?;
        writeln!(output, "function:\n")?;
        writeln!(
            output,
            "  try() {{ spamcheck \"$@\" --resolver {} {}; }}\n",
            world.resolver,
            ways(&world, &authority)
        )?;
        let lists = |wanted: fn(&ListDescription) -> bool| {
            let zones = description.lists.iter().filter(|list| wanted(list));
            zones.map(|list| format!(" --list {}", list.zone)).collect::<String>()
        };
        if is_demo {
            for example in ["dnsbl 203.0.113.9", "dnsbl 203.0.113.20", "dnsbl example.net --mx"] {
                writeln!(output, "  try {example}{}", lists(|_| true))?;
            }
            for (domain, sender, _) in DOMAINS {
                let sender = sender.map(|address| format!(" --sending-ip {address}")).unwrap_or_default();
                writeln!(output, "  try audit {domain}{sender}{}", lists(is_sound))?;
            }
            for (target, _) in TLS {
                writeln!(output, "  try tls {target}")?;
            }
            writeln!(output, "  try dane good.example\n  try smtp bad.example --probe")?;
            writeln!(output, "  try relay {} --to {}\n  try greylist {}", RELAY.0, RELAY.1, GREYLIST.0)?;
            writeln!(
                output,
                "\nIts lists are named one by one, since public lists are not asked about its addresses."
            )?;
        } else {
            writeln!(output, "  try dnsbl TARGET{}", lists(|_| true))?;
        }
        output.flush()?;
        interrupt.wait().await;
        Ok(())
    })
}

/// The flags that lead to a world's mail servers.
fn ways(world: &World, authority: &Authority) -> String {
    let rules = world.mail.connect_to.iter().map(|rule| format!("--connect-to {rule} ")).collect::<String>();
    let ca_file = authority.0.as_ref().map(|path| format!("--ca-file {} ", path.display())).unwrap_or_default();
    format!("{rules}{ca_file}--helo-name {HELO_NAME} --smtp-timeout 2s")
}

/// The file with the authority of a world's certificates; it is gone when this is dropped.
struct Authority(Option<PathBuf>);

impl Authority {
    fn write(pem: &str) -> io::Result<Self> {
        if pem.is_empty() {
            return Ok(Authority(None));
        }
        let path = std::env::temp_dir().join(format!("spamcheck-demo-{}.pem", std::process::id()));
        // Never through somebody else's link or file.
        let mut file = std::fs::File::create_new(&path)?;
        file.write_all(pem.as_bytes())?;
        Ok(Authority(Some(path)))
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = self.0.as_ref().map(std::fs::remove_file);
    }
}

/// Octets of a description at most.
const MAX_FILE: u64 = 16 << 20;

/// Reads the description of a world.
///
/// # Errors
/// A sentence with file and line.
pub fn read(path: &std::path::Path) -> Result<Description, String> {
    let text =
        files::read_text(path, MAX_FILE).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
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
