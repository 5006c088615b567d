//! What a receiving server finds out about a sender: every look-up once, for all profiles.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use futures_util::future::join_all;
use regex::Regex;

use super::helo::{form_of_helo, value_of_helo};
use super::profile::{Of, Profile, Word};
use crate::checks::{Check, Context, Subject, dkim, dmarc};
use crate::mail::bounce::Reading;
use crate::mail::message::Message;
use crate::mail::spf::{Manner, Request, Verdict as SpfVerdict, check_host_as};
use crate::names::address::special_purpose;
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dns::Name;
use crate::net::lookup::listing::Listing;
use crate::net::lookup::sender_policy::{Ledger, Resolver};
use crate::report::{Reason, Unclear};

/// Who sends, as a dialogue shows it.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    /// The client.
    pub(super) ip: IpAddr,
    /// The name behind HELO; none takes that of the address.
    pub(super) helo: Option<String>,
    /// The reverse-path, empty for the null sender; none takes postmaster at the name of the address.
    pub(super) from: Option<String>,
    /// The recipient.
    pub(super) to: String,
    /// Whether the dialogue is inside TLS; none as the profile assumes.
    pub(super) tls: Option<bool>,
    /// The message, if it is at hand.
    pub(super) message: Option<Message>,
}

/// What is known of a sender.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) ip: IpAddr,
    pub(super) helo: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) tls: Option<bool>,
    pub(super) has_message: bool,
    pub(super) header_from: Option<String>,
    pub(super) ptr: Word,
    /// The confirmed name, and the first whether or not it is.
    pub(super) ptr_name: Option<String>,
    pub(super) ptr_first: Option<String>,
    pub(super) helo_form: Word,
    pub(super) helo_value: Option<Word>,
    pub(super) helo_dns: Word,
    pub(super) helo_local: bool,
    pub(super) from_form: Word,
    pub(super) from_dns: Word,
    pub(super) from_local: bool,
    pub(super) from_mx_literal: bool,
    pub(super) spf: Word,
    pub(super) spf_helo: Word,
    pub(super) spf_plus_all: bool,
    /// Each manner of judging that a profile has.
    spf_by_manner: BTreeMap<Manner, SpfFacts>,
    /// Whether alignment is strict, of signatures and of SPF (RFC 9989, `adkim` and `aspf`).
    alignment: (bool, bool),
    pub(super) to_local: bool,
    /// The results of the signatures with who signs; empty without one, none without a message.
    pub(super) dkim: Option<Vec<(Word, String)>>,
    /// None if it cannot be told without a message.
    pub(super) dmarc: Option<Word>,
    pub(super) dmarc_policy: Option<Word>,
    pub(super) header_from_exists: Option<bool>,
    /// The way before the client; none without a message.
    pub(super) way: Option<Way>,
    pub(super) marketing: Option<bool>,
    pub(super) list_unsubscribe_post: Option<bool>,
    /// The lists' answers by zone and what was asked about.
    pub(super) lists: BTreeMap<(Domain, String), Answer>,
    /// What was assumed.
    pub(super) assumed: Vec<String>,
    /// Look-ups that failed, by the fact they were for.
    pub(super) failed: BTreeMap<&'static str, Unclear>,
}

/// What profiles want to know beside what all do.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    lists: BTreeSet<(Domain, Of)>,
    manners: BTreeSet<Manner>,
}

impl Wanted {
    /// What these profiles want.
    pub(super) fn of<'a>(profiles: impl IntoIterator<Item = &'a Profile>) -> Self {
        let mut wanted = Wanted::default();
        for profile in profiles {
            wanted.lists.extend(profile.lists());
            wanted.manners.insert(profile.manner());
        }
        wanted
    }
}

/// What a list answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) addresses: Vec<Ipv4Addr>,
    pub(super) texts: Vec<String>,
    pub(super) failed: Option<Unclear>,
}

impl Answer {
    /// What a refusal leaves open.
    pub(super) fn refused(&self, zone: &Domain) -> Unclear {
        let codes: Vec<String> = self.addresses.iter().map(ToString::to_string).collect();
        let words = format!("{} is a refusal; the receiver's own resolver may be welcome there", codes.join(", "));
        Unclear::harmless(Reason::Refused, zone, words)
    }
}

impl Facts {
    /// Finds everything out.
    pub(super) async fn gather(sender: &Sender, wanted: &Wanted, context: &Context, net: &Net) -> Facts {
        let mut assumed = Vec::new();
        let mut failed = BTreeMap::new();
        let (ptr, ptr_name, ptr_first) = reverse(sender.ip, net, &mut failed).await;
        let own_name = ptr_name.clone().or_else(|| ptr_first.clone()).unwrap_or_else(|| format!("[{}]", sender.ip));
        let helo = sender.helo.clone().unwrap_or_else(|| {
            assumed.push(format!("HELO {own_name}"));
            own_name.clone()
        });
        let from = sender.from.clone().unwrap_or_else(|| {
            let from = format!("postmaster@{}", own_name.trim_matches(['[', ']']));
            assumed.push(format!("MAIL FROM <{from}>"));
            from
        });
        let from = from.trim_matches(['<', '>']).to_owned();
        let from_domain = from.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        let to_domain = sender.to.rsplit_once('@').map(|(_, domain)| domain.to_lowercase()).unwrap_or_default();
        let helo_form = form_of_helo(&helo);
        let message = sender.message.as_ref();
        let header_from = message.map_or_else(|| from_domain.clone(), author);
        if message.is_none() {
            assumed.push("the domain in From is that of MAIL FROM".to_owned());
        }
        let from_form = match &from_domain {
            None => {
                if from.is_empty() {
                    Word::Null
                } else {
                    Word::Short
                }
            }
            Some(domain) if domain.starts_with('[') => Word::Literal,
            Some(domain) if domain.contains('.') => Word::Fqdn,
            Some(_) => Word::Short,
        };
        let of_helo = async {
            match (helo_form, helo.parse::<Domain>()) {
                (Word::Name, Ok(name)) => mail_word(&name, net).await,
                _ => (Word::None, false, None),
            }
        };
        let of_from = async {
            match (from_form, from_domain.as_ref().and_then(|domain| domain.parse::<Domain>().ok())) {
                (Word::Fqdn | Word::Short, Some(name)) => mail_word(&name, net).await,
                _ => (Word::None, false, None),
            }
        };
        let receiver = async {
            let Ok(domain) = to_domain.parse::<Domain>() else { return Vec::new() };
            let route = net.mail_route(&domain).await;
            route
                .map(|route| route.hosts(&domain).iter().map(|host| host.as_str().to_owned()).collect())
                .unwrap_or_default()
        };
        let helo_name = Some(helo.as_str()).filter(|_| helo_form == Word::Name);
        let judge = |manner: Manner| {
            let from = &from;
            async move { (manner, SpfFacts::gather(manner, sender.ip, from, helo_name, net).await) }
        };
        let spf = join_all(wanted.manners.iter().map(|manner| judge(*manner)));
        let signatures = verify(message, net);
        let policy = policy(header_from.as_deref(), context, net);
        let (of_helo, of_from, receiver, spf, dkim, policy) =
            futures_util::join!(of_helo, of_from, receiver, spf, signatures, policy);
        let mut facts = Facts {
            ip: sender.ip,
            to: sender.to.clone(),
            tls: sender.tls,
            has_message: message.is_some(),
            ptr,
            ptr_name,
            ptr_first,
            helo_form,
            helo_value: value_of_helo(&helo),
            helo_dns: of_helo.0,
            helo_local: helo.eq_ignore_ascii_case(&to_domain)
                || receiver.iter().any(|host: &String| host.eq_ignore_ascii_case(&helo)),
            from_form,
            from_dns: of_from.0,
            from_local: from_domain.as_deref() == Some(to_domain.as_str()),
            from_mx_literal: of_from.1,
            spf: Word::None,
            spf_helo: Word::None,
            spf_plus_all: false,
            spf_by_manner: spf.into_iter().collect(),
            to_local: true,
            alignment: (false, false),
            dmarc: None,
            dmarc_policy: policy.0,
            header_from_exists: policy.1,
            dkim,
            way: message.map(|message| way(message, sender.ip, sender.tls)),
            marketing: message
                .map(|message| !message.places("list-unsubscribe").is_empty() || !message.places("list-id").is_empty()),
            list_unsubscribe_post: message.map(|message| !message.places("list-unsubscribe-post").is_empty()),
            lists: BTreeMap::new(),
            assumed,
            failed,
            header_from,
            helo,
            from,
        };
        for (fact, open) in [("helo_dns", of_helo.2), ("from_dns", of_from.2), ("dmarc", policy.2)] {
            if let Some(open) = open {
                facts.failed.insert(fact, open);
            }
        }
        facts.alignment = policy.3;
        facts.lists = ask(&wanted.lists, &facts, net).await;
        facts
    }

    /// The same, with SPF judged in this manner, and what follows from it.
    pub(super) fn judged(&self, manner: Manner) -> Facts {
        let mut facts = self.clone();
        if let Some(spf) = self.spf_by_manner.get(&manner) {
            (facts.spf, facts.spf_helo, facts.spf_plus_all) = (spf.of_from, spf.of_helo, spf.plus_all);
            let open = ["spf", "spf_helo"].into_iter().zip(spf.open.clone());
            facts.failed.extend(open.filter_map(|(name, open)| Some((name, open?))));
        }
        facts.dmarc = facts.dmarc();
        facts
    }

    /// The domain of the reverse-path.
    pub(super) fn sender_domain(&self) -> Option<&str> {
        self.from.rsplit_once('@').map(|(_, domain)| domain)
    }

    /// The best result of the signatures.
    pub(super) fn best_signature(&self) -> Option<Word> {
        let all = self.dkim.as_ref()?;
        let order = [Word::Pass, Word::Temperror, Word::Fail, Word::Permerror];
        Some(order.into_iter().find(|word| all.iter().any(|(result, _)| result == word)).unwrap_or(Word::None))
    }

    /// Domains whose signatures are valid.
    pub(super) fn signers(&self) -> impl Iterator<Item = &str> {
        let all = self.dkim.iter().flatten();
        all.filter(|(result, _)| *result == Word::Pass).map(|(_, domain)| domain.as_str())
    }

    /// Names and addresses that a list is asked about.
    pub(super) fn of(&self, of: Of) -> Vec<String> {
        let name = |name: &str| name.parse::<Domain>().map(|name| name.as_str().to_owned()).ok();
        match of {
            Of::Ip => vec![self.ip.to_string()],
            Of::Received => self.way.iter().flat_map(|way| &way.addresses).map(ToString::to_string).collect(),
            Of::Ptr => self.ptr_name.iter().filter_map(|ptr| name(ptr)).collect(),
            Of::Helo => name(&self.helo).filter(|_| self.helo_form == Word::Name).into_iter().collect(),
            Of::From => self.sender_domain().and_then(name).into_iter().collect(),
            Of::Dkim => self.signers().filter_map(name).collect(),
        }
    }

    /// Whether the author's domain is authenticated; none if only a message could tell.
    pub(super) fn dmarc(&self) -> Option<Word> {
        let is_strict = self.alignment;
        let Some(author) = self.header_from.as_deref() else { return self.has_message.then_some(Word::None) };
        let is_aligned = |domain: &str, strict: bool| match (domain.parse::<Domain>(), author.parse::<Domain>()) {
            (Ok(domain), Ok(author)) if strict => domain == author,
            (Ok(domain), Ok(author)) => domain.is_kin_of(&author),
            _ => false,
        };
        match self.dmarc_policy {
            None => return Some(Word::Temperror),
            Some(Word::Absent) => return Some(Word::None),
            Some(_) => {}
        }
        let by_spf = self.spf == Word::Pass
            && self.sender_domain().or(Some(&self.helo)).is_some_and(|domain| is_aligned(domain, is_strict.1));
        if by_spf || self.signers().any(|domain| is_aligned(domain, is_strict.0)) {
            return Some(Word::Pass);
        }
        // A signature that nobody has seen might pass.
        let all = self.dkim.as_ref()?;
        let is_open = |(result, domain): &(Word, String)| *result == Word::Temperror && is_aligned(domain, is_strict.0);
        if self.spf == Word::Temperror || all.iter().any(is_open) { Some(Word::Temperror) } else { Some(Word::Fail) }
    }
}

#[cfg(test)]
impl Facts {
    /// A sender of whom nothing is known.
    pub(super) fn blank() -> Facts {
        Facts {
            ip: IpAddr::from([192, 0, 2, 1]),
            helo: "mail.example.net".to_owned(),
            from: "a@example.net".to_owned(),
            to: "b@receiver.example".to_owned(),
            tls: None,
            has_message: false,
            header_from: Some("example.net".to_owned()),
            ptr: Word::None,
            ptr_name: None,
            ptr_first: None,
            helo_form: Word::Name,
            helo_value: Some(Word::Name),
            helo_dns: Word::None,
            helo_local: false,
            from_form: Word::Fqdn,
            from_dns: Word::None,
            from_local: false,
            from_mx_literal: false,
            spf: Word::None,
            spf_helo: Word::None,
            spf_plus_all: false,
            spf_by_manner: BTreeMap::new(),
            alignment: (false, false),
            to_local: true,
            dkim: None,
            dmarc: None,
            dmarc_policy: Some(Word::Absent),
            header_from_exists: None,
            way: None,
            marketing: None,
            list_unsubscribe_post: None,
            lists: BTreeMap::new(),
            assumed: Vec::new(),
            failed: BTreeMap::new(),
        }
    }
}

async fn reverse(
    ip: IpAddr,
    net: &Net,
    failed: &mut BTreeMap<&'static str, Unclear>,
) -> (Word, Option<String>, Option<String>) {
    let found = match net.reverse(ip).await {
        Ok(found) => found,
        Err(error) => {
            failed.insert("ptr", error.unclear(ip));
            return (Word::Failed, None, None);
        }
    };
    let texts = found.texts();
    // What is no host name is no name to a mail server.
    let names: Vec<(String, Name)> = texts
        .iter()
        .zip(&found.names)
        .filter(|(text, _)| {
            text.parse::<Domain>()
                .is_ok_and(|name| !name.as_str().bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
        })
        .map(|(text, name)| (text.trim_end_matches('.').to_lowercase(), Name::from(name)))
        .take(10)
        .collect();
    let Some((first, _)) = names.first() else { return (Word::None, None, None) };
    let asked: Vec<Name> = names.iter().map(|(_, name)| name.clone()).collect();
    let hosts = net.hosts(&asked).await;
    let confirmed = names.iter().zip(&hosts).find(|(_, host)| host.addresses.contains(&ip));
    if let Some(((name, _), _)) = confirmed {
        let count = hosts.iter().filter(|host| host.addresses.contains(&ip)).count();
        if count < names.len() {
            let words =
                format!("{count} of its {} names lead back, and a receiver takes whichever comes first", names.len());
            failed.insert("ptr", Unclear::decisive(Reason::Unsupported, ip, words));
        }
        return (Word::Confirmed, Some(name.clone()), Some(first.clone()));
    }
    if let Some(error) = hosts.iter().find_map(|host| host.failed.first()) {
        failed.insert("ptr", error.unclear(first));
        return (Word::ForwardFailed, None, Some(first.clone()));
    }
    (Word::Unconfirmed, None, Some(first.clone()))
}

/// What a name has for mail; whether an MX record names an address; what failed.
async fn mail_word(name: &Domain, net: &Net) -> (Word, bool, Option<Unclear>) {
    let (route, addresses) = futures_util::join!(net.mail_route(name), net.addresses(name));
    let has_address = addresses.as_ref().is_ok_and(|addresses| !addresses.is_empty());
    let route = match route {
        Ok(route) => route,
        Err(_) if has_address => return (Word::Address, false, None),
        Err(error) => return (Word::Failed, false, Some(error.unclear(name))),
    };
    if route.is_null() {
        return (Word::NullMx, false, None);
    }
    if route.is_implicit() {
        return match addresses {
            Ok(addresses) if addresses.is_empty() => (Word::None, false, None),
            Ok(_) => (Word::Address, false, None),
            Err(error) => (Word::Failed, false, Some(error.unclear(name))),
        };
    }
    let hosts: Vec<String> = route.exchangers.iter().map(|exchanger| exchanger.name.to_string()).collect();
    let is_literal = hosts.iter().any(|host| host.trim_end_matches('.').parse::<IpAddr>().is_ok());
    let names: Vec<Name> = route.exchangers.iter().map(|exchanger| Name::from(&exchanger.name)).take(10).collect();
    let found = net.hosts(&names).await;
    let leads = found.iter().any(|host| !host.addresses.is_empty() || !host.failed.is_empty());
    (if leads { Word::Mx } else { Word::Dangling }, is_literal, None)
}

/// The way of a message before the client.
#[derive(Debug, Clone, Default)]
pub(super) struct Way {
    /// Its public addresses.
    pub(super) addresses: Vec<IpAddr>,
    /// Hops as rspamd counts them, which include the client's own where there are others.
    pub(super) count: usize,
    /// Whether the last hop was by TLS; none if it is the client's own, of which nothing is known.
    pub(super) last_by_tls: Option<bool>,
}

/// What came of SPF.
#[derive(Debug, Clone)]
pub(super) struct SpfFacts {
    /// The result for MAIL FROM, for HELO where the sender is null.
    pub(super) of_from: Word,
    pub(super) of_helo: Word,
    /// Whether the record lets everybody send.
    pub(super) plus_all: bool,
    /// What could not be looked up, for either.
    open: [Option<Unclear>; 2],
}

impl SpfFacts {
    async fn gather(manner: Manner, ip: IpAddr, from: &str, helo: Option<&str>, net: &Net) -> SpfFacts {
        let of_from = Request::new(ip, from.rsplit_once('@').map(|(_, domain)| domain), helo, Some(from));
        let of_helo = helo.map(|helo| Request::new(ip, Some(helo), Some(helo), None));
        let is_null = !from.contains('@');
        let of_from = evaluate(manner, (!is_null).then_some(of_from), net);
        let (from, helo) = futures_util::join!(of_from, evaluate(manner, of_helo, net));
        let of_from = if is_null { helo.0 } else { from.0 };
        SpfFacts { of_from, of_helo: helo.0, plus_all: from.1, open: [from.2, helo.2] }
    }
}

/// The result of SPF, whether the record lets everybody send, and what failed.
async fn evaluate(manner: Manner, request: Option<Request>, net: &Net) -> (Word, bool, Option<Unclear>) {
    let Some(request) = request else { return (Word::None, false, None) };
    let ledger = Ledger::default();
    let evaluation = check_host_as(manner, &request, &Resolver(net, &ledger)).await;
    let terms = evaluation.record.iter().flat_map(|record| record.split_whitespace());
    let lets_all = terms.into_iter().any(|term| matches!(term, "+all" | "all"));
    let word = match evaluation.verdict {
        SpfVerdict::None => Word::None,
        SpfVerdict::Neutral => Word::Neutral,
        SpfVerdict::Pass => Word::Pass,
        SpfVerdict::Fail => Word::Fail,
        SpfVerdict::SoftFail => Word::Softfail,
        SpfVerdict::TempError => Word::Temperror,
        SpfVerdict::PermError => Word::Permerror,
    };
    let open = match (evaluation.failure, evaluation.why) {
        (Some(failure), _) => Some(failure.unclear(&request.domain)),
        (None, Some(why)) if evaluation.is_chance => Some(Unclear::decisive(Reason::Unsupported, &request.domain, why)),
        _ => None,
    };
    (word, lets_all, open)
}

async fn verify(message: Option<&Message>, net: &Net) -> Option<Vec<(Word, String)>> {
    let check = dkim::Dkim::of_message(message?.clone());
    let subject = Subject::of(dkim::Query::Signatures { wanted: None, name: "the message".to_owned() });
    let outcome = check.run(&subject, net).await.ok()?;
    let word = |row: &dkim::SignatureRow| match row.result {
        dkim::SignatureResult::Pass => Word::Pass,
        dkim::SignatureResult::Fail | dkim::SignatureResult::Policy => Word::Fail,
        dkim::SignatureResult::Neutral | dkim::SignatureResult::Permerror => Word::Permerror,
        dkim::SignatureResult::Temperror => Word::Temperror,
    };
    Some(outcome.facts.signatures.iter().map(|row| (word(row), row.domain.clone().unwrap_or_default())).collect())
}

/// The policy of the author's domain, whether the domain exists, what failed, and whether alignment is strict.
async fn policy(
    domain: Option<&str>,
    context: &Context,
    net: &Net,
) -> (Option<Word>, Option<bool>, Option<Unclear>, (bool, bool)) {
    let relaxed = (false, false);
    let Some(domain) = domain.and_then(|domain| domain.parse::<Domain>().ok()) else {
        return (Some(Word::Absent), None, None, relaxed);
    };
    let Ok(check) = dmarc::Dmarc::new(dmarc::Options::default(), context) else { return (None, None, None, relaxed) };
    match check.run(&Subject::of(domain), net).await {
        Ok(outcome) => {
            let facts = outcome.facts;
            let tag = |name: &str| {
                facts
                    .record
                    .as_deref()
                    .is_some_and(|record| crate::mail::dmarc_record::DmarcRecord::parse(record).is_strict(name))
            };
            let strict = (tag("adkim"), tag("aspf"));
            let word = match (facts.policy, outcome.unclear.into_iter().find(|open| open.decisive)) {
                (Some(policy), _) => match policy.as_str() {
                    "reject" => Word::Reject,
                    "quarantine" => Word::Quarantine,
                    _ => Word::None,
                },
                (None, Some(open)) => return (None, facts.exists, Some(open), strict),
                (None, None) => Word::Absent,
            };
            (Some(word), facts.exists, None, strict)
        }
        Err(unclear) => (None, None, Some(unclear), relaxed),
    }
}

/// Asks every list once about everything.
async fn ask(lists: &BTreeSet<(Domain, Of)>, facts: &Facts, net: &Net) -> BTreeMap<(Domain, String), Answer> {
    let mut wanted: BTreeSet<(Domain, String)> = BTreeSet::new();
    for (zone, of) in lists {
        wanted.extend(facts.of(*of).into_iter().map(|about| (zone.clone(), about)));
    }
    let asked = wanted.into_iter().map(|(zone, about)| async move {
        let Listing { addresses, texts, failed } = net.listing(&about, &zone).await;
        let failed = failed.map(|error| error.unclear(&zone));
        ((zone, about), Answer { addresses, texts, failed })
    });
    join_all(asked).await.into_iter().collect()
}

fn author(message: &Message) -> Option<String> {
    let field = message.fields("from").next()?;
    crate::mail::mailbox_list::domains(field.value).into_iter().flatten().next().map(|domain| domain.to_string())
}

/// The way of a message before the client.
fn way(message: &Message, client: IpAddr, tls: Option<bool>) -> Way {
    let head: Vec<u8> = message.fields("received").flat_map(|field| field.octets.to_vec()).collect();
    let reading = Reading::of(&[&head, b"From: x\r\n\r\n".as_slice()].concat());
    let hops = reading.and_then(|reading| reading.original).map(|original| original.hops).unwrap_or_default();
    let count = message.fields("received").count();
    let is_own = hops.first().is_some_and(|hop| hop.address == Some(client));
    let first = message.fields("received").next().map(|field| String::from_utf8_lossy(field.value).into_owned());
    let mut addresses: Vec<IpAddr> = hops.iter().filter_map(|hop| hop.address).collect();
    addresses.retain(|address| special_purpose(*address).is_none() && *address != client);
    addresses.dedup();
    // rspamd puts the client's own hop in front, unless the first one is already about it.
    let count = count + usize::from(count > 0 && !is_own);
    let last_by_tls = if is_own { first.map(|value| TLS.is_match(&value)) } else { tls };
    Way { addresses, count, last_by_tls }
}

static TLS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bwith\s+(?:UTF8)?(?:E?SMTP|LMTP)SA?\b|\bTLSv?1").expect("the pattern is fixed and valid")
});
