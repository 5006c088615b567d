//! What each check does in an audit: with which flags, of what, and what it cannot do without.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::begun::Begun;
use super::{Options, Sender, Surface};
use crate::checks::bimi::Bimi;
use crate::checks::dane::Dane;
use crate::checks::dkim::{self, Dkim};
use crate::checks::dmarc::Dmarc;
use crate::checks::dnsbl::{self, Dnsbl};
use crate::checks::greylist::{self, Greylist};
use crate::checks::helo::{self, Helo};
use crate::checks::mta_sts::MtaSts;
use crate::checks::mx::Mx;
use crate::checks::ptr::Ptr;
use crate::checks::relay::{self, Relay};
use crate::checks::return_path::{Path, ReturnPath};
use crate::checks::smtp::{self, Smtp};
use crate::checks::spf::Spf;
use crate::checks::tls::{self, Tls};
use crate::checks::tls_rpt::TlsRpt;
use crate::checks::{Check, Context, Subject};
use crate::config::ConfigError;
use crate::names::domain::Domain;
use crate::net::Net;

/// The checks an audit consists of, in the order of its page.
const ALL: &[(&str, Make)] = &[
    (Dnsbl::NAME, part::<Dnsbl>),
    (Greylist::NAME, part::<Greylist>),
    (Helo::NAME, part::<Helo>),
    (Mx::NAME, part::<Mx>),
    (Ptr::NAME, part::<Ptr>),
    (Spf::NAME, part::<Spf>),
    (ReturnPath::NAME, part::<ReturnPath>),
    (Dkim::NAME, part::<Dkim>),
    (Dmarc::NAME, part::<Dmarc>),
    (Bimi::NAME, part::<Bimi>),
    (MtaSts::NAME, part::<MtaSts>),
    (Dane::NAME, part::<Dane>),
    (Tls::NAME, part::<Tls>),
    (TlsRpt::NAME, part::<TlsRpt>),
    (Smtp::NAME, part::<Smtp>),
    (Relay::NAME, part::<Relay>),
];

type Make = fn(&Options, &Context) -> Result<Box<dyn Part>, ConfigError>;

/// The names of the checks an audit consists of, in the order of its page.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, _)| *name)
}

/// The checks that probe for what servers mind: without `--active` they are no part of an audit.
pub(super) const ACTIVE: &[&str] = &[Greylist::NAME, Relay::NAME];

/// Makes the wanted checks ready, for any number of domains.
///
/// # Errors
/// [`ConfigError`] if the options or settings do not make sense.
pub(super) fn ready(options: &Options, context: &Context) -> Result<Vec<Box<dyn Part>>, ConfigError> {
    ALL.iter().filter(|(name, _)| options.wants(name)).map(|(_, make)| make(options, context)).collect()
}

/// A check as a part of an audit.
pub(super) trait Audited: Check {
    /// Whether what it finds is worth knowing and no more: no mail is lost without it, and nobody must have it.
    const IS_ASIDE: bool = false;

    /// The flags it has.
    fn options(_: &Options) -> Self::Options {
        Self::Options::default()
    }

    /// What it tests at once, before anything is known of the domain: by default the domain itself.
    fn begin(_: &Domain) -> Vec<Work<Self>> {
        vec![Work { options: None, on: On::Domain }]
    }

    /// What it tests of the domain's surface, once that is found.
    fn plan(_: &Surface) -> Vec<Work<Self>> {
        Vec::new()
    }

    /// Why it has nothing to test, if neither of them came to anything.
    fn without(_: &Surface) -> &'static str {
        "there is nothing to test"
    }
}

impl Audited for Mx {}
impl Audited for Spf {}
impl Audited for Dmarc {}
impl Audited for MtaSts {}
impl Audited for Bimi {
    const IS_ASIDE: bool = true;
}
impl Audited for Dane {}
impl Audited for TlsRpt {}

/// Receivers send nothing, so only senders are asked about, and the domain's own name.
impl Audited for Dnsbl {
    fn options(audit: &Options) -> dnsbl::Options {
        dnsbl::Options { list: audit.list.clone(), ..dnsbl::Options::default() }
    }

    fn begin(domain: &Domain) -> Vec<Work<Self>> {
        vec![Work::of(Subject::of(dnsbl::Query::Domain(domain.clone())))]
    }

    fn plan(surface: &Surface) -> Vec<Work<Self>> {
        let subject = |sender: &Sender| {
            let query = if sender.is_evident() { dnsbl::Query::Sender } else { dnsbl::Query::Address };
            Subject::labelled(query(sender.address), &sender.label())
        };
        surface.senders.iter().map(|sender| Work::of(subject(sender))).collect()
    }
}

/// Of senders alone: a domain itself has no address that mail comes from.
impl Audited for Ptr {
    fn begin(_: &Domain) -> Vec<Work<Self>> {
        Vec::new()
    }

    fn plan(surface: &Surface) -> Vec<Work<Self>> {
        let senders = surface.senders.iter().filter(|sender| sender.is_in_use());
        senders.map(|sender| Work::of(Subject::labelled((sender.address, None), &sender.label()))).collect()
    }

    fn without(surface: &Surface) -> &'static str {
        no_sender(surface, "no address of the networks it authorises has a name, so that none is known to send")
    }
}

/// What a sender says behind HELO cannot be told from outside; most say the name of their address.
impl Audited for Helo {
    fn begin(_: &Domain) -> Vec<Work<Self>> {
        Vec::new()
    }

    fn plan(surface: &Surface) -> Vec<Work<Self>> {
        let greeting = |sender: &Sender| {
            let name = sender.names.first()?.clone();
            let options = helo::Options { ip: Some(sender.address), ..helo::Options::default() };
            let subject = Subject::labelled(helo::Query::Said(name), &sender.label());
            Some(Work { options: Some(options), on: On::These(vec![subject]) })
        };
        surface.senders.iter().filter_map(greeting).collect()
    }

    fn without(surface: &Surface) -> &'static str {
        no_sender(surface, "no sender's address has a name that it could greet with")
    }
}

/// A domain that sends nothing needs no way back, and may say so with a null MX (RFC 7505 §4.2).
impl Audited for ReturnPath {
    fn begin(_: &Domain) -> Vec<Work<Self>> {
        Vec::new()
    }

    fn plan(surface: &Surface) -> Vec<Work<Self>> {
        let path = Path::Domain { local_part: None, domain: surface.domain.clone() };
        if surface.sends_nothing { Vec::new() } else { vec![Work::of(Subject::of(path))] }
    }

    fn without(_: &Surface) -> &'static str {
        SENDS_NOTHING
    }
}

impl Audited for Dkim {
    fn options(audit: &Options) -> dkim::Options {
        dkim::Options { selectors: audit.selectors.clone(), message: None }
    }
}

impl Audited for Tls {
    fn options(audit: &Options) -> tls::Options {
        let (smtp, dane, mta_sts) = (audit.wants(Smtp::NAME), audit.wants(Dane::NAME), audit.wants(MtaSts::NAME));
        tls::Options { beside: tls::Beside { smtp, dane, mta_sts }, ..tls::Options::default() }
    }
}

impl Audited for Smtp {
    fn options(audit: &Options) -> smtp::Options {
        let (sender, envelope, probe) = (audit.sender.clone(), audit.active, audit.active);
        smtp::Options { sender, envelope, probe, ..smtp::Options::default() }
    }
}

impl Audited for Relay {
    fn options(audit: &Options) -> relay::Options {
        relay::Options { sender: audit.sender.clone(), ..relay::Options::default() }
    }

    fn begin(_: &Domain) -> Vec<Work<Self>> {
        Vec::new()
    }

    fn plan(surface: &Surface) -> Vec<Work<Self>> {
        if surface.receivers.is_empty() { Vec::new() } else { vec![Work { options: None, on: On::Domain }] }
    }

    fn without(_: &Surface) -> &'static str {
        RECEIVES_NOTHING
    }
}

/// The mailbox that every domain with mail has (RFC 5321 §4.5.1).
impl Audited for Greylist {
    fn options(audit: &Options) -> greylist::Options {
        let named_by = greylist::NamedBy::Audit;
        greylist::Options { sender: audit.sender.clone(), named_by, ..greylist::Options::default() }
    }

    fn begin(_: &Domain) -> Vec<Work<Self>> {
        Vec::new()
    }

    fn plan(surface: &Surface) -> Vec<Work<Self>> {
        let mailbox = (!surface.receivers.is_empty()).then(|| format!("postmaster@{}", surface.domain).parse().ok());
        mailbox.flatten().map(|mailbox| Work::of(Subject::of(greylist::Query::Mailbox(mailbox)))).into_iter().collect()
    }

    fn without(_: &Surface) -> &'static str {
        RECEIVES_NOTHING
    }
}

const SENDS_NOTHING: &str = "the domain says that it sends nothing";
const RECEIVES_NOTHING: &str = "the domain has no mail host";

fn no_sender(surface: &Surface, otherwise: &'static str) -> &'static str {
    match surface.senders.is_empty() {
        true if surface.sends_nothing => SENDS_NOTHING,
        true => "no address is known to send for it: name one with --sending-ip",
        false => otherwise,
    }
}

/// What a check tests in one go.
pub(super) struct Work<C: Check> {
    /// Flags of its own, if those of the whole audit do not fit.
    pub(super) options: Option<C::Options>,
    /// What is tested.
    pub(super) on: On<C::Query>,
}

/// What is tested.
pub(super) enum On<Q> {
    /// The domain, as a target of the check.
    Domain,
    /// Parts of the domain's surface.
    These(Vec<Subject<Q>>),
}

impl<C: Check> Work<C> {
    fn of(subject: Subject<C::Query>) -> Self {
        Work { options: None, on: On::These(vec![subject]) }
    }
}

/// A check that is ready to be a part of audits, whatever its type.
pub(super) trait Part: Send + Sync {
    /// The check's name.
    fn name(&self) -> &'static str;

    /// Begins with what needs only the domain's name.
    fn begin<'a>(&'a self, domain: &'a Domain, context: &'a Context, net: &'a Net) -> BoxFuture<'a, Vec<Begun>>;

    /// Begins with what the domain's surface shows.
    fn plan<'a>(&'a self, surface: &'a Surface, context: &'a Context, net: &'a Net) -> BoxFuture<'a, Vec<Begun>>;

    /// Why it has nothing to test of a domain with this surface.
    fn without(&self, surface: &Surface) -> &'static str;

    /// Hears that everything has been tested.
    fn close(&self);
}

struct Ready<C>(Arc<C>);

fn part<C: Audited>(options: &Options, context: &Context) -> Result<Box<dyn Part>, ConfigError> {
    Ok(Box::new(Ready(Arc::new(C::new(C::options(options), context)?))))
}

impl<C: Audited> Part for Ready<C> {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn begin<'a>(&'a self, domain: &'a Domain, context: &'a Context, net: &'a Net) -> BoxFuture<'a, Vec<Begun>> {
        Box::pin(Begun::all(&self.0, C::begin(domain), domain, context, net))
    }

    fn plan<'a>(&'a self, surface: &'a Surface, context: &'a Context, net: &'a Net) -> BoxFuture<'a, Vec<Begun>> {
        Box::pin(Begun::all(&self.0, C::plan(surface), &surface.domain, context, net))
    }

    fn without(&self, surface: &Surface) -> &'static str {
        C::without(surface)
    }

    fn close(&self) {
        C::close(&self.0);
    }
}
