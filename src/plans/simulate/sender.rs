//! What a receiving server finds out about a sender: every look-up once, for all profiles.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use futures_util::future::join_all;

use super::helo::{form_of_helo, value_of_helo};
use super::profile::{Of, Word};
use crate::checks::{Check, Context, Subject, dkim, dmarc, spf};
use crate::mail::bounce::Reading;
use crate::mail::message::Message;
use crate::mail::spf::{Request, Verdict as SpfVerdict};
use crate::names::address::special_purpose;
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dns::Name;
use crate::net::lookup::listing::Listing;
use crate::report::Unclear;

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
    pub(super) to_local: bool,
    /// The results of the signatures with who signs; empty without one, none without a message.
    pub(super) dkim: Option<Vec<(Word, String)>>,
    /// None if it cannot be told without a message.
    pub(super) dmarc: Option<Word>,
    pub(super) dmarc_policy: Option<Word>,
    pub(super) header_from_exists: Option<bool>,
    /// Public addresses of the way before the client.
    pub(super) received: Option<Vec<IpAddr>>,
    pub(super) marketing: Option<bool>,
    pub(super) list_unsubscribe_post: Option<bool>,
    /// The lists' answers by zone and what was asked about.
    pub(super) lists: BTreeMap<(Domain, String), Answer>,
    /// What was assumed.
    pub(super) assumed: Vec<String>,
    /// Look-ups that failed, by the fact they were for.
    pub(super) failed: BTreeMap<&'static str, Unclear>,
}

/// What a list answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) addresses: Vec<Ipv4Addr>,
    pub(super) texts: Vec<String>,
    pub(super) failed: Option<Unclear>,
}

impl Facts {
    /// Finds everything out.
    pub(super) async fn gather(sender: &Sender, lists: &BTreeSet<(Domain, Of)>, context: &Context, net: &Net) -> Facts {
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
        let spf_of_from = evaluate(sender.ip, from_domain.as_deref(), &helo, Some(&from), context, net);
        let spf_of_helo =
            evaluate(sender.ip, Some(helo.as_str()).filter(|_| helo_form == Word::Name), &helo, None, context, net);
        let signatures = verify(message, net);
        let policy = policy(header_from.as_deref(), context, net);
        let (of_helo, of_from, receiver, spf_from, spf_helo, dkim, policy) =
            futures_util::join!(of_helo, of_from, receiver, spf_of_from, spf_of_helo, signatures, policy);
        let received = message.map(|_| hops(sender));
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
            spf: if from.is_empty() { spf_helo.0 } else { spf_from.0 },
            spf_helo: spf_helo.0,
            spf_plus_all: spf_from.1,
            to_local: true,
            dmarc: None,
            dmarc_policy: policy.0,
            header_from_exists: policy.1,
            dkim,
            received,
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
        for (fact, open) in [
            ("helo_dns", of_helo.2),
            ("from_dns", of_from.2),
            ("spf", spf_from.2),
            ("spf_helo", spf_helo.2),
            ("dmarc", policy.2),
        ] {
            if let Some(open) = open {
                facts.failed.insert(fact, open);
            }
        }
        facts.dmarc = facts.dmarc(policy.3);
        facts.lists = ask(lists, &facts, net).await;
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
            Of::Received => self.received.iter().flatten().map(ToString::to_string).collect(),
            Of::Ptr => self.ptr_name.iter().filter_map(|ptr| name(ptr)).collect(),
            Of::Helo => name(&self.helo).filter(|_| self.helo_form == Word::Name).into_iter().collect(),
            Of::From => self.sender_domain().and_then(name).into_iter().collect(),
            Of::Dkim => self.signers().filter_map(name).collect(),
        }
    }

    /// Whether the author's domain is authenticated; none if only a message could tell.
    pub(super) fn dmarc(&self, is_strict: (bool, bool)) -> Option<Word> {
        let author = self.header_from.as_deref()?;
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
            to_local: true,
            dkim: None,
            dmarc: None,
            dmarc_policy: Some(Word::Absent),
            header_from_exists: None,
            received: None,
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

/// The result of SPF, whether the record lets everybody send, and what failed.
async fn evaluate(
    ip: IpAddr,
    domain: Option<&str>,
    helo: &str,
    from: Option<&str>,
    context: &Context,
    net: &Net,
) -> (Word, bool, Option<Unclear>) {
    let Some(domain) = domain.filter(|domain| !domain.is_empty()) else { return (Word::None, false, None) };
    let mail_from = from.filter(|from| from.contains('@'));
    let options = spf::Options { ip: Some(ip), helo: Some(helo.to_owned()), mail_from: mail_from.map(str::to_owned) };
    let Ok(check) = spf::Spf::new(options, context) else { return (Word::None, false, None) };
    let request = Request::new(ip, Some(domain), Some(helo), mail_from);
    let result = check.run(&Subject::of(spf::Query::Client(Box::new(request))), net).await;
    match result {
        Ok(outcome) => {
            let facts = outcome.facts;
            let lets_all = facts
                .record
                .as_deref()
                .is_some_and(|record| record.split_whitespace().any(|term| matches!(term, "+all" | "all")));
            let word = facts.evaluation.map_or(Word::None, |evaluation| match evaluation.result {
                SpfVerdict::None => Word::None,
                SpfVerdict::Neutral => Word::Neutral,
                SpfVerdict::Pass => Word::Pass,
                SpfVerdict::Fail => Word::Fail,
                SpfVerdict::SoftFail => Word::Softfail,
                SpfVerdict::TempError => Word::Temperror,
                SpfVerdict::PermError => Word::Permerror,
            });
            let open = outcome.unclear.into_iter().find(|open| open.decisive).filter(|_| word == Word::Temperror);
            (word, lets_all, open)
        }
        Err(unclear) => (Word::Temperror, false, Some(unclear)),
    }
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

/// Public addresses of the way before the client.
fn hops(sender: &Sender) -> Vec<IpAddr> {
    let Some(message) = &sender.message else { return Vec::new() };
    let head: Vec<u8> = message.fields("received").flat_map(|field| field.octets.to_vec()).collect();
    let reading = Reading::of(&[&head, b"From: x\r\n\r\n".as_slice()].concat());
    let hops = reading.and_then(|reading| reading.original).map(|original| original.hops).unwrap_or_default();
    let mut all: Vec<IpAddr> = hops.iter().filter_map(|hop| hop.address).collect();
    all.retain(|address| special_purpose(*address).is_none() && *address != sender.ip);
    all.dedup();
    all
}
