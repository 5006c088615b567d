//! `dkim`: can receivers verify what is signed in a domain's name?

mod facts;
mod guess;
mod judge;
mod message;
mod rules;
mod signature;
mod signature_rules;

use std::path::PathBuf;

use rand::RngExt;

pub use self::facts::{Facts, SignatureResult, SignatureRow};
use self::facts::{KeyOutcome, KeyRow, ProviderRow};
use super::{Check, Context, Outcome, Subject, domain_of, reason};
use crate::config::ConfigError;
use crate::input;
use crate::mail::dkim_key::{Key, KeyRecord};
use crate::mail::message::{MAX_MESSAGE, Message};
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetKind};
use crate::net::lookup::texts::{self, Texts};
use crate::net::{Net, dns};
use crate::report::{Finding, Reason, Rule, Unclear, clean};

/// The flags of `dkim`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(mut_arg("targets", |argument| argument.required_unless_present("message")))]
pub struct Options {
    /// Test this selector instead of guessing (repeatable)
    #[arg(short, long = "selector", value_name = "SELECTOR", value_parser = selector)]
    pub selectors: Vec<String>,
    /// Verify the signatures of the message in this file, or on standard input with "-"
    #[arg(long, value_name = "FILE", conflicts_with_all = ["selectors", "input"])]
    pub message: Option<PathBuf>,
}

/// A selector is one label or several (RFC 6376 §3.1).
pub(crate) fn selector(text: &str) -> Result<String, String> {
    let name: Domain = text.parse().map_err(|error| format!("{error}"))?;
    Ok(name.as_str().to_owned())
}

/// The check.
#[derive(Debug)]
pub struct Dkim {
    selectors: Vec<String>,
    message: Option<Message>,
}

/// What a run is about.
#[derive(Debug, Clone)]
pub enum Query {
    /// The keys of a domain.
    Keys {
        /// The domain.
        domain: Domain,
        /// The selectors to test; none if they are to be guessed.
        selectors: Vec<String>,
        /// The target's own name.
        name: Domain,
    },
    /// The signatures of the message.
    Signatures {
        /// Whose signatures; none for everybody's.
        wanted: Option<Domain>,
        /// What the result is called: the domain that is wanted or that of the author, else the file.
        name: String,
    },
}

/// Where a selector comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The user named it.
    Named,
    /// The catalogue did.
    Guessed,
}

/// One selector with what stands there.
struct Asked {
    selector: String,
    name: Domain,
    result: Result<Texts, Box<dns::Error>>,
}

impl Dkim {
    /// A check of the signatures of a message that is at hand.
    pub fn of_message(message: Message) -> Self {
        Dkim { selectors: Vec::new(), message: Some(message) }
    }
}

impl Check for Dkim {
    type Options = Options;
    type Query = Query;
    type Facts = Facts;

    const NAME: &'static str = "dkim";
    const RULES: &'static [&'static Rule] = rules::ALL;

    fn new(options: Options, _: &Context) -> Result<Self, ConfigError> {
        let read = |path: PathBuf| {
            let fault = |why: String| ConfigError(format!("--message {}: {why}", path.display()));
            let octets = input::read_file(&path, MAX_MESSAGE).map_err(|error| fault(error.to_string()))?;
            Message::parse(&octets).map_err(|error| fault(format!("this is no message: {error}")))
        };
        Ok(Dkim { selectors: options.selectors, message: options.message.map(read).transpose()? })
    }

    fn implied_target(options: &Options) -> Option<Target> {
        let path = options.message.as_ref()?;
        Some(Target { input: clean(&path.to_string_lossy()), kind: TargetKind::Message })
    }

    fn subject_name(query: &Query) -> String {
        match query {
            Query::Keys { name, .. } => name.to_string(),
            Query::Signatures { name, .. } => name.clone(),
        }
    }

    async fn subjects(&self, target: &Target, _: &Net) -> Result<Vec<Subject<Query>>, Unclear> {
        if let (TargetKind::Message, Some(message)) = (&target.kind, &self.message) {
            let name = message::author(message).map_or_else(|| target.input.clone(), |author| author.to_string());
            return Ok(vec![Subject::of(Query::Signatures { wanted: None, name })]);
        }
        let name = domain_of(target)?;
        let split = match &target.kind {
            TargetKind::Domain(name) => split(name),
            _ => None,
        };
        let query = match (&self.message, split) {
            (Some(_), split) => {
                let domain = split.map_or(name, |(_, domain)| domain);
                Query::Signatures { name: domain.to_string(), wanted: Some(domain) }
            }
            (None, Some((selector, domain))) => Query::Keys { domain, selectors: vec![selector], name },
            (None, None) => Query::Keys { domain: name.clone(), selectors: self.selectors.clone(), name },
        };
        Ok(vec![Subject::of(query)])
    }

    async fn run(&self, subject: &Subject<Query>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        match (&subject.query, &self.message) {
            (Query::Keys { domain, selectors, .. }, _) if selectors.is_empty() => guessed(domain, net).await,
            (Query::Keys { domain, selectors, .. }, _) => named(domain, selectors, net).await,
            (Query::Signatures { wanted, .. }, Some(message)) => Ok(message::run(message, wanted.as_ref(), net).await),
            (Query::Signatures { name, .. }, None) => {
                Err(Unclear::decisive(Reason::Input, name, "there is no message to judge"))
            }
        }
    }
}

/// The selector and the domain of a name such as `s1._domainkey.example.org`.
fn split(name: &Domain) -> Option<(String, Domain)> {
    let (selector, domain) = name.as_str().split_once("._domainkey.")?;
    Some((selector.to_owned(), domain.parse().ok()?))
}

async fn named(domain: &Domain, selectors: &[String], net: &Net) -> Result<Outcome<Facts>, Unclear> {
    let (asked, _) = ask(domain, selectors, net).await;
    let mut findings = Vec::new();
    let mut unclear = Vec::new();
    let mut keys: Vec<KeyRow> = Vec::new();
    for Asked { selector, name, result } in &asked {
        match result {
            Ok(texts) => keys.push(judge::selector(selector, name.as_str(), Source::Named, texts, &mut findings)),
            Err(error) => {
                unclear.push(error.unclear(name));
                keys.push(unknown(selector, name));
            }
        }
    }
    let found = keys.iter().filter(|key| key.outcome.is_found()).count();
    let mut facts = Facts {
        keys,
        guessed: 0,
        found,
        providers: Vec::new(),
        wildcard: None,
        message: None,
        signatures: Vec::new(),
        reason: String::new(),
    };
    facts.reason = reason::of(&findings, summary(&facts));
    Ok(Outcome { facts, findings, unclear })
}

async fn guessed(domain: &Domain, net: &Net) -> Result<Outcome<Facts>, Unclear> {
    let hints = guess::hints(domain, net).await;
    let selectors = guess::selectors(domain, &hints.providers);
    let (asked, above) = ask(domain, &selectors, net).await;
    let mut findings = Vec::new();
    let mut keys: Vec<KeyRow> = Vec::new();
    let mut errors = Vec::new();
    let wildcard = above.wildcard();
    for Asked { selector, name, result } in &asked {
        match result {
            // What the wildcard answers was not put there for this selector.
            Ok(texts) if wildcard.as_ref().is_some_and(|answer| same(answer, texts)) => {}
            Ok(texts) => {
                let row = judge::selector(selector, name.as_str(), Source::Guessed, texts, &mut findings);
                if row.outcome.is_found() || row.alias.is_some() {
                    keys.push(row);
                }
            }
            Err(error) => errors.push((name, error)),
        }
    }
    let found = keys.iter().filter(|key| key.outcome.is_found()).count();
    judge::spare_selectors(&keys, &mut findings);
    let usable = keys.iter().any(|key| key.outcome.is_found() && key.outcome != KeyOutcome::Revoked);
    let all_revoked = above.revokes_all();
    let sends_nothing = !usable && hints.sends_nothing(domain, all_revoked, net).await;
    // Beside the keys in use, and where none is, it is right to revoke all other selectors.
    above.judge(domain, found, all_revoked && (usable || sends_nothing), &mut findings);
    let mut unclear = hints.unclear.clone();
    if let Some((name, error)) = errors.first() {
        let detail = format!("{error}; {} of {} selectors got no answer", errors.len(), selectors.len());
        let decisive = !usable && !sends_nothing;
        unclear.push(Unclear { decisive, detail, ..error.unclear(name) });
    } else if let Some(Err(error)) = &above.nobody {
        // What was found may be the answer to every selector.
        unclear.push(reason::open_warning(&findings, error, domain));
    }
    if sends_nothing {
        // A revoked key is something that was tested, and it is as it should be.
        if found == 0 && !all_revoked {
            unclear.push(Unclear::decisive(Reason::NotApplicable, domain, SENDS_NOTHING));
        }
    } else if !usable {
        let detail = format!(
            "{found} of {} guessed selectors found; take the selector from s= in the DKIM-Signature of a message and name it \
             with -s",
            selectors.len()
        );
        unclear.push(Unclear::decisive(Reason::Guessed, domain, detail));
    }
    let mut facts = Facts {
        keys,
        guessed: selectors.len(),
        found,
        providers: hints.rows(),
        wildcard: above.is_wildcard(),
        message: None,
        signatures: Vec::new(),
        reason: String::new(),
    };
    let otherwise = if sends_nothing { SENDS_NOTHING.to_owned() } else { summary(&facts) };
    facts.reason = reason::of(&findings, otherwise);
    Ok(Outcome { facts, findings, unclear })
}

/// Why there is nothing to verify.
const SENDS_NOTHING: &str = "the domain says that it sends nothing: SPF and DMARC refuse all mail in its name";

/// What stands at `_domainkey` itself and at a selector that nobody can have set up.
struct Above {
    parent: Option<Texts>,
    nobody: Option<Result<Texts, Box<dns::Error>>>,
}

impl Above {
    /// What a selector that nobody set up answers; none if that is not known.
    fn of_nobody(&self) -> Option<&Texts> {
        self.nobody.as_ref()?.as_ref().ok()
    }

    fn wildcard(&self) -> Option<Texts> {
        self.of_nobody().filter(|texts| !texts.records.is_empty()).cloned()
    }

    fn is_wildcard(&self) -> Option<bool> {
        self.of_nobody().map(|texts| !texts.records.is_empty())
    }

    /// Whether every selector that was not set up is revoked, as it should be where nothing is sent.
    fn revokes_all(&self) -> bool {
        let Some([text]) = self.of_nobody().map(|texts| texts.records.as_slice()) else { return false };
        let record = KeyRecord::parse(&text.text);
        record.is_key_record() && record.key == Key::Revoked
    }

    fn judge(&self, domain: &Domain, found: usize, meant: bool, findings: &mut Vec<Finding>) {
        let parent = format!("_domainkey.{domain}");
        if let Some(nobody) = self.of_nobody()
            && let Some(text) = nobody.records.first().filter(|_| !meant)
        {
            let proof = nobody.proof(&parent);
            let detail = format!("a selector that nobody set up answers \"{}\"", text.shown());
            findings.push(Finding::new(&rules::WILDCARD, &parent, proof).detail(detail));
        }
        let Some(texts) = &self.parent else { return };
        if texts.is_missing && found > 0 {
            let detail = format!("{parent} does not exist, {found} selectors below it do");
            findings.push(Finding::new(&rules::NO_PARENT, &parent, texts.proof(&parent)).detail(detail));
        }
        // RFC 4870 §3.6: the policy has o, which a key record has not.
        let is_policy = |text: &str| crate::mail::tag_list::TagList::parse(text).tag("o").is_some();
        if let Some(text) = texts.records.iter().find(|text| is_policy(&text.text)) {
            let finding = Finding::new(&rules::DOMAINKEYS, &parent, text.evidence(&parent));
            findings.push(finding.detail(format!("\"{}\"", text.shown())));
        }
    }
}

/// Asks for all selectors at once, for `_domainkey` itself and for a selector that cannot be there.
async fn ask(domain: &Domain, selectors: &[String], net: &Net) -> (Vec<Asked>, Above) {
    let nobody = format!("spamcheck-{:08x}", rand::rng().random::<u32>());
    let below = |label: &str| domain.prefixed(&format!("{label}._domainkey")).ok();
    let named: Vec<(String, Domain)> =
        selectors.iter().filter_map(|selector| Some((selector.clone(), below(selector)?))).collect();
    let extra: Vec<Option<Domain>> = vec![domain.prefixed("_domainkey").ok(), below(&nobody)];
    let questions = named.iter().map(|(_, name)| name).chain(extra.iter().flatten()).map(texts::question).collect();
    let mut answers = net.dns.submit(questions).await.into_iter();
    let asked = named
        .into_iter()
        .zip(answers.by_ref())
        .map(|((selector, name), exchange)| Asked { result: texts::read(exchange, &name), selector, name })
        .collect();
    let mut next = |name: &Option<Domain>| {
        let name = name.as_ref()?;
        Some(texts::read(answers.next()?, name))
    };
    // Only notes hang on the parent, so that its silence is nothing to tell.
    let above = Above { parent: next(&extra[0]).and_then(Result::ok), nobody: next(&extra[1]) };
    (asked, above)
}

fn same(one: &Texts, other: &Texts) -> bool {
    let texts = |texts: &Texts| {
        let mut all: Vec<String> = texts.records.iter().map(|text| text.text.clone()).collect();
        all.sort();
        all
    };
    texts(one) == texts(other)
}

fn unknown(selector: &str, name: &Domain) -> KeyRow {
    KeyRow {
        selector: selector.to_owned(),
        name: name.to_string(),
        outcome: KeyOutcome::Unknown,
        key_type: None,
        bits: None,
        record: None,
        alias: None,
    }
}

/// The reason of a clean verdict.
fn summary(facts: &Facts) -> String {
    if facts.guessed > 0 && facts.found == 0 {
        return format!("none of {} guessed selectors found, which proves nothing", facts.guessed);
    }
    let usable: Vec<String> = facts
        .keys
        .iter()
        .filter(|key| key.outcome == KeyOutcome::Usable)
        .map(|key| {
            let size = key.bits.filter(|_| key.key_type.as_deref() == Some("rsa"));
            let size = size.map(|bits| format!("-{bits}")).unwrap_or_default();
            format!("{} ({}{size})", key.selector, key.key_type.as_deref().unwrap_or_default())
        })
        .collect();
    match (usable.is_empty(), facts.guessed) {
        (true, _) => "no usable key was seen".to_owned(),
        (false, 0) => usable.join(", "),
        (false, guessed) => format!("{} of {guessed} guessed selectors found: {}", facts.found, usable.join(", ")),
    }
}

impl guess::Hints {
    fn rows(&self) -> Vec<ProviderRow> {
        let row = |provider: &&crate::catalogue::selectors::Provider| ProviderRow {
            name: provider.name.clone(),
            random_selectors: provider.random,
        };
        self.providers.iter().map(row).collect()
    }
}
