//! What the checks that talk to mail servers share: flags, consent, and what a dialogue that broke off means.

#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "flags are documented by their help texts, with brackets around defaults"
)]

use crate::config::{ConfigError, Settings};
use crate::names::target::{Target, TargetKind};
use crate::net::Net;
use crate::net::dial::redirected;
use crate::net::dns::upstream::Spec;
use crate::net::mail_hosts::{Route, SMTP, is_local};
use crate::net::smtp::{Entry, Failure, Peer, Stage, Transcript, Who};
use crate::report::table::Section;
use crate::report::{Cite, Evidence, Finding, Remedy, Rule, Severity, Unclear};

/// Which server of a target is dialled.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Dial {
    /// Connect to this port: 25, 587, or 465 where TLS begins at once [default: 25]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..), allow_negative_numbers = true)]
    pub port: Option<u16>,
    /// Take a name for the host itself and do not look for MX records
    #[arg(long)]
    pub host: bool,
}

impl Dial {
    /// How the target's hosts are found.
    pub fn route(&self) -> Route {
        if self.host { Route::Host } else { Route::Mail }
    }
}

/// Who the mail would come from.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Sender {
    /// Use this reverse-path [default: the postmaster of the name behind EHLO]
    #[arg(long, value_name = "ADDRESS", allow_hyphen_values = true)]
    pub mail_from: Option<String>,
}

impl Sender {
    /// The reverse-path of a run. It is ours, never a third party's.
    ///
    /// # Errors
    /// [`ConfigError`] if it has to be given: this host has no name that a server could look up.
    pub fn reverse_path(&self, settings: &Settings) -> Result<String, ConfigError> {
        if let Some(given) = &self.mail_from {
            let given = given.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(given);
            let is_path = given.is_empty() || given.rsplit_once('@').is_some_and(|(local, _)| !local.is_empty());
            let is_clean = given.chars().all(|character| character.is_ascii_graphic() && !"<>".contains(character));
            if !is_path || !is_clean {
                return Err(ConfigError(format!("--mail-from: \"{given}\" is no mail address")));
            }
            return Ok(given.to_owned());
        }
        match settings.net.smtp.helo_name.as_deref().filter(|name| !name.starts_with('[')) {
            Some(name) => Ok(format!("postmaster@{name}")),
            None => Err(ConfigError(
                "this host has no dotted name to send from: give --mail-from ADDRESS, an address of your own"
                    .to_owned(),
            )),
        }
    }
}

/// What naming a recipient behind `MAIL FROM:<>` is taken for.
pub const NULL_SENDER: &str = "a recipient test with the null sender";

/// Whether probes that servers mind may be sent to a target: with `--i-am-authorized`, or if the address that is
/// dialled is on this machine. A name may pass if it can still turn out to be; the peer is looked at again before
/// it is dialled.
///
/// # Errors
/// [`ConfigError`] that names the flag.
pub fn consent(settings: &Settings, dial: &Dial, what: &str, target: Option<&Target>) -> Result<(), ConfigError> {
    if settings.net.smtp.authorized {
        return Ok(());
    }
    let refuse = |whose: &str| {
        Err(ConfigError(format!(
            "{what} is taken for abuse by servers that are not yours: if {whose} yours to test, say --i-am-authorized"
        )))
    };
    let Some(target) = target else { return refuse("all targets of --input are") };
    let port = dial.port.or(target.port()).unwrap_or(SMTP);
    let host = match &target.kind {
        TargetKind::Address(address) => address.to_string(),
        TargetKind::Domain(name) | TargetKind::Host { name, .. } | TargetKind::Mailbox { domain: name, .. } => {
            name.to_string()
        }
        TargetKind::Network(_) | TargetKind::List | TargetKind::Text | TargetKind::Message | TargetKind::Malformed => {
            return refuse(&format!("{target} is"));
        }
    };
    let stays = match (redirected(&settings.net.connect_to, &host, port), &target.kind) {
        (Some(to), _) => to.ip().to_canonical().is_loopback(),
        (None, TargetKind::Address(address)) => address.is_loopback(),
        (None, _) => may_stay(settings, &host),
    };
    if stays { Ok(()) } else { refuse(&format!("{host} is")) }
}

/// Whether a name can lead to this machine: it says so, or the user has set up a world of their own here.
fn may_stay(settings: &Settings, host: &str) -> bool {
    let resolver = settings.net.allow_private
        && settings.net.resolvers.iter().any(|spec| matches!(spec, Spec::Plain(to) if to.ip().is_loopback()));
    let elsewhere =
        !settings.net.connect_to.is_empty() && settings.net.connect_to.iter().all(|rule| rule.to.ip().is_loopback());
    is_local(host) || resolver || elsewhere
}

/// A dialogue as lines of text.
pub fn transcript(title: &str, entries: &[Entry]) -> Section {
    let mut lines = vec![format!("{title}:")];
    lines.extend(entries.iter().map(|entry| format!("  {}", entry.timed())));
    Section::Lines(lines)
}

/// A local part that nobody has, for recipients that must not exist.
pub fn random_local_part() -> String {
    format!("spamcheck-probe-{:012x}", rand::random::<u64>() >> 16)
}

/// Nobody listens.
pub static REFUSED: Rule = Rule {
    id: "smtp-refused",
    title: "The mail host refuses connections",
    severity: Severity::Error,
    cites: &[Cite::rfc(5321, "3.1")],
    why: "Mail for the domain waits in the senders' queues and bounces after some days.",
    remedy: Remedy::Act("Start the mail server, let it listen on this address, and open the port in the firewall."),
};

/// Nobody answers.
pub static SILENT: Rule = Rule {
    id: "smtp-silent",
    title: "The mail host does not answer",
    severity: Severity::Error,
    cites: &[Cite::rfc(5321, "4.5.3.2")],
    why: "Senders wait for minutes at each try and keep the mail in their queues; it bounces after some days.",
    remedy: Remedy::Act(
        "See whether a firewall drops the packets, or whether the server hangs in a look-up before it greets.",
    ),
};

/// One of several does not take mail.
pub static DOWN: Rule = Rule {
    id: "smtp-host-down",
    title: "One mail host does not answer while another one does",
    severity: Severity::Warning,
    cites: &[Cite::rfc(5321, "5.1")],
    why: "Mail still arrives, with delay; when the other host fails too, nothing arrives any more.",
    remedy: Remedy::Act("Bring the host back, or remove its MX or address record if it is gone for good."),
};

/// Something else listens.
pub static PROTOCOL: Rule = Rule {
    id: "smtp-protocol",
    title: "What answers does not speak SMTP",
    severity: Severity::Error,
    cites: &[Cite::rfc(5321, "4.2")],
    why: "A client cannot make sense of it and gives up.",
    remedy: Remedy::Act(
        "Look at what listens on this port: another service, or a proxy or firewall that alters what the mail server says.",
    ),
};

/// SMTP in clear where TLS begins at once.
pub static IMPLICIT_PLAIN: Rule = Rule {
    id: "tls-implicit-plain",
    title: "The port for implicit TLS answers in clear",
    severity: Severity::Error,
    cites: &[Cite::rfc(8314, "3.3"), Cite::rfc(8314, "7.3")],
    why: "Clients begin with TLS on this port and cannot make sense of SMTP in clear: none of them can send mail here.",
    remedy: Remedy::Act(
        "Let the service begin with TLS (Postfix: -o smtpd_tls_wrappermode=yes in master.cf; Exim: tls_on_connect_ports = 465).",
    ),
};

/// What a dialogue that broke off tells.
#[derive(Debug)]
pub enum Judgement {
    /// The server's state is known.
    Finding(Finding),
    /// It is not.
    Unclear(Unclear),
}

/// Whether mail has another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Another address of the same host answers.
    SameHost,
    /// Another host of the same domain answers.
    OneOfSeveral,
    /// None does, as far as it is known.
    Alone,
}

impl Standing {
    /// That of `peer` beside those that answer.
    pub fn of<'a>(peer: &Peer, answering: impl IntoIterator<Item = &'a Peer>) -> Self {
        let mut standing = Standing::Alone;
        for other in answering.into_iter().filter(|other| *other != peer) {
            if other.host == peer.host {
                return Standing::SameHost;
            }
            standing = Standing::OneOfSeveral;
        }
        standing
    }
}

/// What it means that a dialogue broke off: a refused connection and a broken protocol are answers. Whoever
/// rejects us or hangs up has not told. Silence is an answer once this machine is known to be heard.
pub fn broken_off(failure: &Failure, peer: &Peer, standing: Standing, transcript: &Transcript, net: &Net) -> Judgement {
    let rule = match failure {
        Failure::Protocol { .. } => &PROTOCOL,
        Failure::ConnectionRefused if standing == Standing::Alone => &REFUSED,
        Failure::ConnectionRefused => &DOWN,
        // A server that takes long over every step is slow, and not silent.
        Failure::Silent { .. } if net.smtp.courtesy.silence_is_proven(peer) => match standing {
            Standing::SameHost | Standing::OneOfSeveral => &DOWN,
            Standing::Alone => &SILENT,
        },
        Failure::Silent { stage: Stage::Connect, .. } => {
            let mut unclear = failure.unclear(peer);
            if let Some(suspicion) = net.smtp.courtesy.suspicion() {
                unclear.detail = format!("{}; {suspicion}", unclear.detail);
            }
            return Judgement::Unclear(Unclear { decisive: standing == Standing::Alone, ..unclear });
        }
        // What has no way there is this machine, as one without IPv6.
        Failure::NoRoute { .. } if standing == Standing::SameHost => {
            return Judgement::Unclear(Unclear { decisive: false, ..failure.unclear(peer) });
        }
        _ => return Judgement::Unclear(failure.unclear(peer)),
    };
    let finding = Finding::new(rule, peer, Evidence::connection(peer, failure.to_string()));
    Judgement::Finding(finding.evidence_all(last_words(peer, transcript)).detail(failure.to_string()))
}

/// The last thing a server said, as evidence.
pub fn last_words(peer: &Peer, transcript: &Transcript) -> Option<Evidence> {
    let last = transcript.entries().iter().rev().find(|entry| entry.who == Who::Server)?;
    Some(Evidence::Reply { server: peer.to_string(), text: last.text.clone() })
}
