//! `return-path`: can a bounce reach the address that mail is sent from?

mod form;
mod probe;
mod rules;

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

pub use self::form::{BounceForm, FormKind};
pub use self::probe::ProbeFacts;
use self::rules::{
    BARE_ADDRESS, FORM, HOST_SYNTAX, IMPLICIT, LITERAL, LOCAL_PART, LONG, NULL_MX, NULL_SENDER, PRIVATE_SUFFIX,
    SMTPUTF8, UNQUALIFIED, UNREACHABLE, UNRESOLVABLE,
};
use super::dialogue::{self, Dial};
use super::mx::HostRow;
use super::mx::survey::MailSurvey;
use super::{Asked, Check, Context, Outcome, Subject, advice};
use crate::config::{ConfigError, Settings};
use crate::mail::local_part::{self, Fault};
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetError, TargetKind};
use crate::names::{address, host_name};
use crate::net::Net;
use crate::report::table::{Headline, Section, Tabulate, count};
use crate::report::{Evidence, Finding, Proof, Rule, Unclear, clean};

/// The flags of `return-path`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Ask the mail host whether it takes a bounce: the null sender, to this address; needs --i-am-authorized
    #[arg(long)]
    pub probe: bool,
}

/// The check.
#[derive(Debug)]
pub struct ReturnPath {
    options: Options,
    /// A sender of our own, if there is one, to tell a refused sender from a refused recipient.
    sender: Option<String>,
}

/// The address behind MAIL FROM, or its domain alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// `<>`, as bounces have it.
    Null,
    /// A domain, with or without a local part.
    Domain {
        /// What stands before the last `@`.
        local_part: Option<String>,
        /// What stands behind it.
        domain: Domain,
    },
    /// An address where a domain is expected.
    Address {
        /// The path as it was given, without angle brackets.
        text: String,
        /// The address.
        address: IpAddr,
        /// Whether it stands in brackets (RFC 5321 §4.1.3).
        bracketed: bool,
    },
}

/// What is known of a return path.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Facts {
    /// Whether it is the null path of bounces.
    pub null_path: bool,
    /// The part before the `@`; null if there is none.
    pub local_part: Option<String>,
    /// What is wrong with the part before the `@` (RFC 5321 §4.1.2); empty if nothing is.
    pub local_part_faults: Vec<String>,
    /// The domain; null if there is none.
    pub domain: Option<String>,
    /// The address that stands in its place.
    pub address: Option<IpAddr>,
    /// The address inside a bounce address; null if there is none.
    pub form: Option<BounceForm>,
    /// Whether the domain says that it takes no mail (RFC 7505).
    pub null_mx: bool,
    /// Whether the domain's own addresses stand for its MX.
    pub implicit: bool,
    /// Whether the domain does not exist.
    pub missing: bool,
    /// The aliases behind the domain, in order.
    pub chain: Vec<String>,
    /// Where a bounce goes.
    pub hosts: Vec<HostRow>,
    /// What the mail host said to a bounce; null without `--probe`, or if there is nobody to ask.
    pub probe: Option<ProbeFacts>,
}

impl Path {
    /// Reads a path, in angle brackets or not.
    fn of(text: &str) -> Result<Self, TargetError> {
        let text = text.trim();
        let inner = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        if inner.is_some_and(|inner| inner.trim().is_empty()) {
            return Ok(Path::Null);
        }
        let text = inner.unwrap_or(text);
        let (local_part, host) = match text.rsplit_once('@') {
            Some((local_part, host)) => (Some(local_part.to_owned()), host),
            None => (None, text),
        };
        if let Ok(address) = host.parse::<IpAddr>()
            && local_part.as_deref() != Some("")
        {
            return Ok(Path::Address { text: text.to_owned(), address: address.to_canonical(), bracketed: false });
        }
        match text.parse::<Target>()?.kind {
            TargetKind::Address(address) => Ok(Path::Address { text: text.to_owned(), address, bracketed: true }),
            TargetKind::Domain(domain) | TargetKind::Host { name: domain, .. } | TargetKind::Mailbox { domain, .. } => {
                Ok(Path::Domain { local_part, domain })
            }
            TargetKind::Network(_)
            | TargetKind::List
            | TargetKind::Text
            | TargetKind::Message
            | TargetKind::Malformed => Err(TargetError::NotAName(text.to_owned())),
        }
    }
}

impl Path {
    /// What stands behind the `@`.
    fn host(&self) -> Option<&str> {
        match self {
            Path::Null => None,
            Path::Domain { domain, .. } => Some(domain.as_str()),
            Path::Address { text, .. } => text.rsplit_once('@').map(|(_, host)| host),
        }
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Path::Null => formatter.write_str("<>"),
            Path::Domain { local_part: None, domain } => write!(formatter, "{domain}"),
            Path::Domain { local_part: Some(local_part), domain } => write!(formatter, "{local_part}@{domain}"),
            Path::Address { text, .. } => formatter.write_str(text),
        }
    }
}

impl Check for ReturnPath {
    type Options = Options;
    type Query = Path;
    type Facts = Facts;

    const NAME: &'static str = "return-path";
    const RULES: &'static [&'static Rule] = &[
        &NULL_SENDER,
        &LOCAL_PART,
        &LONG,
        &SMTPUTF8,
        &LITERAL,
        &BARE_ADDRESS,
        &UNQUALIFIED,
        &PRIVATE_SUFFIX,
        &HOST_SYNTAX,
        &UNRESOLVABLE,
        &NULL_MX,
        &IMPLICIT,
        &UNREACHABLE,
        &FORM,
        &probe::NULL_REFUSED,
        &probe::REFUSED,
        &dialogue::REFUSED,
        &dialogue::SILENT,
        &dialogue::PROTOCOL,
    ];

    fn new(options: Options, context: &Context) -> Result<Self, ConfigError> {
        let sender = dialogue::Sender::default().reverse_path(&context.settings).ok();
        Ok(ReturnPath { options, sender })
    }

    /// A recipient test with the null sender is what spammers do to verify addresses.
    fn consent(options: &Options, settings: &Settings, asked: Asked<'_>) -> Result<(), ConfigError> {
        if !options.probe {
            return Ok(());
        }
        let what = dialogue::NULL_SENDER;
        match asked.target().map(|target| (target, &target.kind)) {
            Some((target, TargetKind::Domain(_))) => {
                Err(ConfigError(format!("--probe: {target} is no address; give LOCAL@DOMAIN")))
            }
            // Nobody is asked about the null path.
            Some((_, TargetKind::Text)) => Ok(()),
            _ => dialogue::consent(settings, &Dial::default(), what, asked.target()),
        }
    }

    fn target_reader(_: &Options) -> fn(&str) -> Result<Target, TargetError> {
        read_target
    }

    fn subject_name(query: &Path) -> String {
        query.to_string()
    }

    async fn subjects(&self, target: &Target, _: &Net) -> Result<Vec<Subject<Path>>, Unclear> {
        // What was read once reads the same again.
        Ok(Path::of(&target.input).map(Subject::of).into_iter().collect())
    }

    async fn run(&self, subject: &Subject<Path>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        let (local_part, domain) = match &subject.query {
            Path::Null => {
                let finding = Finding::new(&NULL_SENDER, "<>", given("<>")).detail("the null path of bounces");
                let facts = Facts { null_path: true, ..Facts::default() };
                return Ok(Outcome { facts, findings: vec![finding], unclear: Vec::new() });
            }
            Path::Address { text, address, bracketed } => {
                return Ok(literal(&subject.query, text, *address, *bracketed));
            }
            Path::Domain { local_part, domain } => (local_part, domain),
        };
        let mut findings = Vec::new();
        let form = local_part.as_deref().and_then(|local_part| form::form(local_part, domain));
        let path = &subject.query;
        findings.extend(form.as_ref().map(|form| form_note(path, form)));
        findings.extend(local_part.iter().flat_map(|local_part| judge_local_part(path, local_part)));
        let mut facts = Facts {
            local_part: local_part.clone(),
            local_part_faults: local_part.as_deref().map(faults).unwrap_or_default(),
            domain: Some(domain.to_string()),
            form,
            ..Facts::default()
        };
        if let Some(finding) = unasked(path, domain) {
            findings.push(finding);
            return Ok(Outcome { facts, findings, unclear: Vec::new() });
        }
        let survey = MailSurvey::of(domain, net).await.map_err(|error| error.unclear(domain))?;
        findings.extend(judge(path, domain, &survey));
        let usable = survey.usable().next().is_some();
        let failed = survey.exchangers.iter().flat_map(|exchanger| &exchanger.host.failed);
        let unclear = failed.map(|error| Unclear { decisive: !usable, ..error.unclear(domain) }).collect();
        facts.null_mx = survey.is_null();
        facts.implicit = survey.implicit;
        facts.missing = survey.missing;
        facts.chain = survey.aliases;
        facts.hosts = survey.exchangers.into_iter().map(HostRow::from).collect();
        let mut unclear: Vec<Unclear> = unclear;
        if self.options.probe && usable {
            let (probe, found, open) = self.probe(path, domain, net).await;
            facts.probe = probe;
            findings.extend(found);
            unclear.extend(open);
        }
        Ok(Outcome { facts, findings, unclear })
    }
}

/// Reads a return path, in angle brackets or not.
fn read_target(text: &str) -> Result<Target, TargetError> {
    let kind = match Path::of(text)? {
        Path::Null => TargetKind::Text,
        Path::Domain { local_part: None, domain } => TargetKind::Domain(domain),
        Path::Domain { local_part: Some(local_part), domain } => TargetKind::Mailbox { local_part, domain },
        Path::Address { address, .. } => TargetKind::Address(address),
    };
    Ok(Target { input: text.trim().to_owned(), kind })
}

/// The path as the user gave it.
fn given(path: impl ToString) -> Evidence {
    Evidence::given("return path", path.to_string())
}

/// What is wrong with a local part, in words.
fn faults(local_part: &str) -> Vec<String> {
    local_part::faults(local_part).iter().map(|fault| clean(&fault.to_string())).collect()
}

fn judge_local_part(path: &Path, local_part: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let wrong = local_part::faults(local_part);
    if !wrong.is_empty() {
        let finding = Finding::new(&LOCAL_PART, path, given(path)).detail(faults(local_part).join("; "));
        let quoted = local_part::quote(local_part);
        // In quotation marks dots and blanks may stand as they like.
        let helps =
            |fault: &Fault| matches!(fault, Fault::LeadingDot | Fault::TrailingDot | Fault::Dots | Fault::Unquoted(_));
        findings.push(match path.host().filter(|_| wrong.iter().all(helps)) {
            Some(host) => finding.remedy(format!(
                "Send from an address of letters, digits, hyphens and single dots; if it must be this mailbox, write it as \
                 {quoted}@{host}"
            )),
            None => finding,
        });
    }
    let octets = local_part.len();
    if octets > local_part::MAX_OCTETS {
        let proof = Proof::from(given(path)).and([Evidence::limit(
            "local part",
            octets as f64,
            local_part::MAX_OCTETS as f64,
            "octets",
        )]);
        let detail = format!("{octets} octets, every server takes {}", local_part::MAX_OCTETS);
        findings.push(Finding::new(&LONG, path, proof).detail(detail));
    }
    if wrong.is_empty() && !local_part.is_ascii() {
        findings.push(Finding::new(&SMTPUTF8, path, given(path)).detail("the local part is not in ASCII"));
    }
    findings
}

fn literal(path: &Path, text: &str, address: IpAddr, bracketed: bool) -> Outcome<Facts> {
    let rule = if bracketed { &LITERAL } else { &BARE_ADDRESS };
    let mut findings =
        vec![Finding::new(rule, text, given(text)).detail(format!("{address} in the place of a domain"))];
    if let Some(purpose) = address::special_purpose(address) {
        findings
            .push(Finding::new(&UNREACHABLE, text, given(text)).detail(format!("{address} is a {purpose} address")));
    }
    let local_part = text.rsplit_once('@').map(|(local_part, _)| local_part);
    findings.extend(local_part.into_iter().flat_map(|local_part| judge_local_part(path, local_part)));
    let facts = Facts {
        local_part: local_part.map(str::to_owned),
        local_part_faults: local_part.map(faults).unwrap_or_default(),
        address: Some(address),
        ..Facts::default()
    };
    Outcome { facts, findings, unclear: Vec::new() }
}

fn form_note(path: &Path, form: &BounceForm) -> Finding {
    let first = form.forwarder.as_ref().map(|forwarder| format!(", forwarded by {forwarder}")).unwrap_or_default();
    Finding::new(&FORM, path, given(path)).detail(format!("{} for {}{first}", form.kind.name(), form.original))
}

/// What nobody outside can look up is not asked about.
fn unasked(path: &Path, domain: &Domain) -> Option<Finding> {
    if let Some(suffix) = host_name::private_suffix(domain) {
        return Some(Finding::new(&PRIVATE_SUFFIX, domain, given(path)).detail(format!("{domain} is under .{suffix}")));
    }
    let single = domain.labels().count() == 1;
    single.then(|| Finding::new(&UNQUALIFIED, domain, given(path)).detail(format!("{domain} has no dot")))
}

fn judge(path: &Path, domain: &Domain, survey: &MailSurvey) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !domain.is_host_name() {
        findings.push(Finding::new(&HOST_SYNTAX, domain, given(path)).detail(format!("{domain} is no host name")));
    }
    if survey.is_null() {
        findings.push(Finding::new(&NULL_MX, domain, survey.proof()).detail(format!("{domain} has a null MX")));
        return findings;
    }
    if survey.exchangers.is_empty() {
        let owner = survey.aliases.last().map_or(domain.as_str(), String::as_str);
        let detail = match survey.missing {
            true => format!("{owner} does not exist"),
            false => format!("{owner} has neither MX nor A nor AAAA records"),
        };
        let remedy = match survey.aliases.last() {
            Some(end) => {
                format!("{}; or send from a domain that has an MX record.", advice::beside_alias(domain.as_str(), end))
            }
            None => format!(
                "Publish an MX record at {domain} that names your mail server, or send from a domain that has one."
            ),
        };
        findings.push(Finding::new(&UNRESOLVABLE, domain, survey.proof()).detail(detail).remedy(remedy));
        return findings;
    }
    if survey.implicit {
        findings
            .push(Finding::new(&IMPLICIT, domain, survey.proof()).detail(format!("{domain} has an address and no MX")));
    }
    let certain = survey.exchangers.iter().all(|exchanger| exchanger.host.failed.is_empty());
    if certain && survey.usable().next().is_none() {
        let hosts = survey.exchangers.iter().map(|exchanger| {
            let leads = match (&exchanger.literal, &exchanger.host.addresses[..]) {
                (Some(_), _) => "is an address, not a name".to_owned(),
                (None, []) if exchanger.host.missing => "does not exist".to_owned(),
                (None, []) => "has no address".to_owned(),
                (None, [address, ..]) => {
                    format!("leads to {address}, a {} address", address::special_purpose(*address).unwrap_or("public"))
                }
            };
            format!("{} {leads}", exchanger.name)
        });
        let leads =
            survey.exchangers.iter().filter(|_| !survey.implicit).flat_map(|exchanger| exchanger.host.evidence());
        let finding = Finding::new(&UNREACHABLE, domain, survey.proof()).evidence_all(leads);
        findings.push(finding.detail(hosts.collect::<Vec<_>>().join("; ")));
    }
    findings
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        let remark = self.form.as_ref().map(|form| format!("{} for {}", form.kind.name(), form.original));
        Headline { who: subject.to_owned(), remark: remark.unwrap_or_default() }
    }

    fn reason(&self) -> String {
        let usable = self.hosts.iter().filter(|row| row.usable).count();
        match &self.domain {
            None if self.null_path => "the null path: nothing to look up".to_owned(),
            _ if !self.local_part_faults.is_empty() => {
                format!("the local part is not valid: {}", self.local_part_faults.join("; "))
            }
            None => "an address in the place of a domain".to_owned(),
            Some(domain) if self.null_mx => format!("{domain} takes no mail, and says so (RFC 7505)"),
            Some(domain) if self.missing => format!("{domain} does not exist"),
            Some(domain) if self.hosts.is_empty() => format!("no bounce can be delivered to {domain}"),
            Some(_) if self.probe.is_some() => self.probe.as_ref().map(ProbeFacts::reason).unwrap_or_default(),
            Some(_) if self.implicit && usable > 0 => "bounces go to the domain's own address".to_owned(),
            Some(_) => format!("{usable} of {} can take a bounce", count(self.hosts.len(), "mail host")),
        }
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let line = |row: &HostRow| {
            let addresses = row.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            Section::Line(format!("{} {} {addresses}", row.preference, row.host))
        };
        let mut sections: Vec<Section> = self.hosts.iter().filter(|row| verbose || !row.usable).map(line).collect();
        sections.extend(self.probe.iter().flat_map(|probe| probe.sections(verbose)));
        sections
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_with_and_without_angle_brackets() {
        let domain: Domain = "example.com".parse().expect("a name");
        let mailbox = Path::Domain { local_part: Some("jane".into()), domain: domain.clone() };
        assert_eq!(Path::of("jane@example.com"), Ok(mailbox.clone()));
        assert_eq!(Path::of(" <jane@Example.com> "), Ok(mailbox));
        assert_eq!(Path::of("example.com"), Ok(Path::Domain { local_part: None, domain }));
        assert_eq!(Path::of("<>"), Ok(Path::Null));
        let address = |text: &str| match Path::of(text) {
            Ok(Path::Address { bracketed, .. }) => bracketed,
            other => panic!("{text}: {other:?}"),
        };
        assert!(address("jane@[192.0.2.1]") && address("[IPv6:2001:db8::1]"));
        assert!(!address("jane@192.0.2.1") && !address("192.0.2.1"));
        for text in ["", "@example.com", "@192.0.2.1", "jane@a..b", "192.0.2.0/24", "jane@192.0.2.300"] {
            assert!(Path::of(text).is_err(), "{text}");
        }
    }
}
