//! The whole tree of a record: every include, redirect and name, whatever the limits say.

use std::net::IpAddr;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join, join_all};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use schemars::JsonSchema;
use serde::Serialize;

use crate::catalogue::selectors::provider_of;
use crate::mail::spf::{
    DomainSpec, Failure, Lengths, Lookup, LookupAnswer, MAX_MX, Mechanism, Qualifier, Record, Selection, TermKind,
    Values, is_name, is_record, shown, truncate_left,
};
use crate::names::domain::Domain;
use crate::net::lookup::sender_policy::Resolver;
use crate::net::lookup::texts::Text;

/// What is spent on a tree at most: a question each, and each term that asks none. Ten look-ups are allowed, and with
/// ten hosts in every `mx` they come to some 200 questions.
pub(super) const MAX_SPENT: usize = 500;
/// What the tree beside an evaluation takes at most, which itself ends after ten look-ups.
pub(super) const MAX_BESIDE: usize = 150;
/// Octets of TXT records of a tree that are kept.
const MAX_OCTETS: usize = 256 * 1024;

/// A record, or a name that a record asks about.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Branch {
    /// The term that leads here; null for the domain itself.
    pub term: Option<String>,
    /// The name asked about; null if macros make another one of every message.
    pub domain: Option<String>,
    /// The provider that the name belongs to, if it is a known one.
    pub vendor: Option<String>,
    /// What was found there.
    pub state: State,
    /// The record, if there is exactly one.
    pub record: Option<String>,
    /// Look-ups this branch costs with everything below it.
    pub lookups: usize,
    /// Look-ups in it that come back empty, for clients of the family that meets more of them.
    pub voids: usize,
    /// IPv4 addresses it authorises, each counted once.
    pub ipv4_addresses: u64,
    /// IPv6 networks of 64 bits it authorises, each counted once; a part of one counts as one.
    pub ipv6_networks: u64,
    /// What it leads to.
    pub branches: Vec<Branch>,
    #[serde(skip)]
    pub(super) inner: Inner,
}

/// What was found at a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// One record.
    Record,
    /// No record.
    NoRecord,
    /// More than one record.
    SeveralRecords,
    /// Addresses, or whatever else the term asks for.
    Addresses,
    /// Nothing of the kind.
    NoAddress,
    /// The name does not exist.
    NoSuchName,
    /// It depends on the message.
    Dynamic,
    /// A record above it, once more.
    Loop,
    /// Not read: the tree is too large, or somebody else's.
    NotRead,
    /// Nobody answered.
    Unanswered,
}

/// What the judgement needs besides.
#[derive(Debug, Default)]
pub(super) struct Inner {
    /// Where the term stands in the record above.
    pub(super) span: Range<usize>,
    /// The record.
    pub(super) record: Option<Record>,
    /// All TXT records of the name.
    pub(super) texts: Vec<Text>,
    /// Networks that pass.
    pub(super) networks: Vec<IpNet>,
    /// The hosts that stand behind the networks of an `a` or `mx`.
    pub(super) hosts: Vec<(String, IpNet)>,
    /// Look-ups that come back empty for clients over IPv4 and over IPv6 (RFC 7208 §4.6.4): a client's own family
    /// alone is asked for.
    pub(super) voids: [usize; 2],
    /// Why there is no answer.
    pub(super) failure: Option<Failure>,
    /// The domain that anyone may register.
    pub(super) unregistered: Option<Domain>,
    /// The mail exchangers of an `mx` that have no address.
    pub(super) dangling: Vec<String>,
    /// The mail exchangers of an `mx`.
    pub(super) exchangers: usize,
    /// Whether the term is a redirect.
    pub(super) is_redirect: bool,
    /// Terms that were left out because the tree is too large.
    pub(super) left_out: usize,
    /// Whether the term leads to another record: an include or a redirect.
    pub(super) is_leading: bool,
}

impl Branch {
    fn new(state: State, domain: Option<String>) -> Self {
        let (term, record) = (None, None);
        let (lookups, voids, ipv4_addresses, ipv6_networks) = (0, 0, 0, 0);
        let inner = Inner::default();
        let branches = Vec::new();
        let vendor = domain.as_deref().and_then(|name| Some(provider_of(&name.parse().ok()?)?.name.clone()));
        Branch { term, domain, vendor, state, record, lookups, voids, ipv4_addresses, ipv6_networks, branches, inner }
    }

    fn failed(failure: Failure, domain: String) -> Self {
        let mut branch = Branch::new(State::Unanswered, Some(domain));
        branch.inner.failure = Some(failure);
        branch
    }

    fn measure(&mut self) {
        let nets = |v4: bool| self.inner.networks.iter().filter(move |net| matches!(net, IpNet::V4(_)) == v4);
        let four: Vec<Ipv4Net> =
            nets(true).filter_map(|net| if let IpNet::V4(net) = net { Some(*net) } else { None }).collect();
        let six: Vec<Ipv6Net> =
            nets(false).filter_map(|net| if let IpNet::V6(net) = net { Some(*net) } else { None }).collect();
        self.ipv4_addresses = Ipv4Net::aggregate(&four).iter().map(|net| 1_u64 << (32 - net.prefix_len())).sum();
        // Parts of one /64 count once.
        let wide = six.iter().map(|net| Ipv6Net::new(net.addr(), net.prefix_len().min(64)).unwrap_or(*net).trunc());
        let sizes = Ipv6Net::aggregate(&wide.collect()).into_iter();
        let sizes = sizes.map(|net| 1_u64.checked_shl(64 - u32::from(net.prefix_len())).unwrap_or(u64::MAX));
        self.ipv6_networks = sizes.fold(0, u64::saturating_add);
    }

    /// Terms of the whole tree that were left out because it is too large.
    pub(super) fn left_out(&self) -> usize {
        self.inner.left_out + self.branches.iter().map(Branch::left_out).sum::<usize>()
    }

    /// Adds the networks that a host's addresses stand for.
    fn stand_for(&mut self, host: &str, addresses: &[IpAddr], lengths: Lengths) {
        for address in addresses {
            let network = network(*address, lengths);
            self.inner.networks.push(network);
            self.inner.hosts.push((host.to_owned(), network));
        }
    }

    /// Counts empty look-ups for clients over IPv4 and over IPv6.
    fn count_voids(&mut self, [four, six]: [bool; 2]) {
        self.inner.voids[0] += usize::from(four);
        self.inner.voids[1] += usize::from(six);
        self.voids = self.inner.voids.into_iter().max().unwrap_or_default();
    }

    /// This branch and all below it, in the order of the records.
    pub(super) fn all(&self) -> Vec<&Branch> {
        let mut all = vec![self];
        for branch in &self.branches {
            all.extend(branch.all());
        }
        all
    }
}

/// The addresses of a name.
struct Addresses {
    found: Vec<IpAddr>,
    /// Whether there is none for clients over IPv4, and over IPv6.
    voids: [bool; 2],
    /// Whether the name does not exist.
    missing: bool,
}

/// A walk over one domain's tree.
pub(super) struct Walk<'a> {
    resolver: Resolver<'a>,
    most: usize,
    spent: AtomicUsize,
    octets: AtomicUsize,
    /// The domain whose own records are read alone, if those of others are not wanted.
    within: Option<Domain>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(resolver: Resolver<'a>) -> Self {
        Walk { resolver, most: MAX_SPENT, spent: AtomicUsize::new(0), octets: AtomicUsize::new(0), within: None }
    }

    /// A walk that spends no more than `most`.
    pub(super) fn of_at_most(most: usize, resolver: Resolver<'a>) -> Self {
        Walk { most, ..Walk::new(resolver) }
    }

    /// A walk that stays among the records of one organisation: those below the same registrable domain.
    pub(super) fn within(resolver: Resolver<'a>, domain: &Domain) -> Self {
        Walk { within: Some(domain.organisation()), ..Walk::new(resolver) }
    }

    /// Spends so much; whether there was so much left.
    fn spend(&self, much: usize) -> bool {
        self.spent.fetch_add(much, Ordering::Relaxed) + much <= self.most
    }

    /// The record of `domain` and everything it leads to; `above` are the domains that led here.
    pub(super) fn record(&self, domain: String, above: Vec<String>) -> BoxFuture<'_, Branch> {
        async move {
            if above.iter().any(|earlier| earlier.eq_ignore_ascii_case(&domain)) {
                return Branch::new(State::Loop, Some(domain));
            }
            if !is_name(&domain) || !domain.contains('.') {
                return Branch::new(State::NoRecord, Some(domain));
            }
            let is_below = !above.is_empty();
            let texts = match self.resolver.records(&domain).await {
                Ok(LookupAnswer::Records(texts)) => texts,
                Ok(LookupAnswer::NoData) => Vec::new(),
                Ok(LookupAnswer::NxDomain) => {
                    let mut branch = Branch::new(State::NoSuchName, Some(domain.clone()));
                    branch.inner.unregistered = self.resolver.is_unregistered(&domain).await;
                    branch.count_voids([is_below; 2]);
                    return branch;
                }
                Err(failure) => return Branch::failed(failure, domain),
            };
            let octets: Vec<Vec<u8>> = texts.iter().map(|text| text.octets.clone()).collect();
            let size = octets.iter().map(Vec::len).sum();
            if self.octets.fetch_add(size, Ordering::Relaxed) + size > MAX_OCTETS {
                let mut branch = Branch::new(State::NotRead, Some(domain));
                branch.inner.left_out = 1;
                return branch;
            }
            let mut branch = match crate::mail::spf::select(&octets) {
                Selection::None => Branch::new(State::NoRecord, Some(domain)),
                Selection::Several(_) => Branch::new(State::SeveralRecords, Some(domain)),
                Selection::One(text) => self.terms(Record::parse(text), domain, above).await,
            };
            if texts.is_empty() {
                branch.count_voids([is_below; 2]);
            }
            branch.inner.texts = texts;
            branch
        }
        .boxed()
    }

    /// What one of several records of a domain would lead to, if it stood alone.
    pub(super) async fn alone(&self, text: &[u8], domain: &str) -> Branch {
        self.terms(Record::parse(text), domain.to_owned(), Vec::new()).await
    }

    async fn terms(&self, record: Record, domain: String, mut above: Vec<String>) -> Branch {
        above.push(domain.clone());
        let mut branch = Branch::new(State::Record, Some(domain.clone()));
        // What stands behind "all" is never evaluated, and with an "all" no redirect is (RFC 7208 §5.1, §6.1).
        let end = record.all().map_or(usize::MAX, |(term, _)| term.span.end);
        let reached = record.terms.iter().filter(|term| term.span.end <= end);
        let mut futures: Vec<BoxFuture<'_, Branch>> = Vec::new();
        let mut left_out = 0;
        for term in reached {
            let text = record.text_of(&term.span);
            let span = term.span.clone();
            let (domain, above) = (&domain, &above);
            match &term.kind {
                TermKind::Directive(directive) => {
                    let passes = directive.qualifier == Qualifier::Pass;
                    match &directive.mechanism {
                        Mechanism::All if passes => branch.inner.networks.extend(everything()),
                        Mechanism::Ip4(..) if passes => {
                            branch.inner.networks.extend(directive.mechanism.ipv4_network().map(IpNet::V4));
                        }
                        Mechanism::Ip6(..) if passes => {
                            branch.inner.networks.extend(directive.mechanism.ipv6_network().map(IpNet::V6));
                        }
                        Mechanism::All | Mechanism::Ip4(..) | Mechanism::Ip6(..) => {}
                        mechanism if !self.spend(questions(mechanism)) => left_out += 1,
                        mechanism => {
                            let mechanism = mechanism.clone();
                            futures.push(
                                async move {
                                    let mut branch = self.mechanism(&mechanism, domain, above).await;
                                    branch.lookups += 1;
                                    branch.term = Some(text);
                                    branch.inner.span = span;
                                    branch.inner.is_leading = matches!(mechanism, Mechanism::Include(_));
                                    if !passes {
                                        branch.inner.networks.clear();
                                        branch.inner.hosts.clear();
                                    }
                                    branch.measure();
                                    branch
                                }
                                .boxed(),
                            );
                        }
                    }
                }
                TermKind::Redirect(_) if record.all().is_none() && !self.spend(1) => left_out += 1,
                TermKind::Redirect(spec) if record.all().is_none() => {
                    let spec = spec.clone();
                    futures.push(
                        async move {
                            let mut branch = self.leading(&spec, domain, above).await;
                            branch.lookups += 1;
                            branch.term = Some(text);
                            branch.inner.span = span;
                            branch.inner.is_redirect = true;
                            branch.inner.is_leading = true;
                            branch
                        }
                        .boxed(),
                    );
                }
                TermKind::Redirect(_) | TermKind::Explanation(_) | TermKind::Unknown(_) => {}
            }
        }
        // A redirect counts where its turn comes: behind all mechanisms (RFC 7208 §6.1).
        let mut branches = join_all(futures).await;
        branches.sort_by_key(|branch| branch.inner.is_redirect);
        branch.branches = branches;
        branch.inner.left_out = left_out;
        // A term costs its look-up whether or not it was looked at.
        branch.lookups = left_out + branch.branches.iter().map(|branch| branch.lookups).sum::<usize>();
        branch.inner.voids = [0, 1].map(|family| branch.branches.iter().map(|below| below.inner.voids[family]).sum());
        branch.voids = branch.inner.voids.into_iter().max().unwrap_or_default();
        let below: Vec<IpNet> = branch.branches.iter().flat_map(|branch| branch.inner.networks.clone()).collect();
        branch.inner.networks.extend(below);
        branch.measure();
        branch.record = Some(record.shown());
        branch.inner.record = Some(record);
        branch
    }

    async fn leading(&self, spec: &DomainSpec, domain: &str, above: &[String]) -> Branch {
        match target(Some(spec), domain) {
            Some(target) if self.within.as_ref().is_some_and(|own| !belongs(&target, own)) => {
                Branch::new(State::NotRead, Some(target))
            }
            Some(target) => self.record(target, above.to_vec()).await,
            None => Branch::new(State::Dynamic, None),
        }
    }

    async fn mechanism(&self, mechanism: &Mechanism, domain: &str, above: &[String]) -> Branch {
        match mechanism {
            Mechanism::Include(spec) => self.leading(spec, domain, above).await,
            Mechanism::A(spec, lengths) => match target(spec.as_ref(), domain) {
                Some(target) => self.addresses(target, *lengths).await,
                None => Branch::new(State::Dynamic, None),
            },
            Mechanism::Mx(spec, lengths) => match target(spec.as_ref(), domain) {
                Some(target) => self.exchangers(target, *lengths).await,
                None => Branch::new(State::Dynamic, None),
            },
            Mechanism::Exists(spec) => match target(Some(spec), domain) {
                Some(target) => self.exists(target).await,
                None => Branch::new(State::Dynamic, None),
            },
            _ => Branch::new(State::Dynamic, None),
        }
    }

    async fn addresses(&self, name: String, lengths: Lengths) -> Branch {
        if !is_name(&name) {
            return Branch::new(State::NoAddress, Some(name));
        }
        let Addresses { found, voids, missing } = match self.families(&name).await {
            Ok(addresses) => addresses,
            Err(failure) => return Branch::failed(failure, name),
        };
        if found.is_empty() {
            return self.absent(missing, name).await;
        }
        let mut branch = Branch::new(State::Addresses, Some(name.clone()));
        branch.count_voids(voids);
        branch.stand_for(&name, &found, lengths);
        branch
    }

    /// The addresses of a name; a client's own family alone counts as void.
    async fn families(&self, name: &str) -> Result<Addresses, Failure> {
        let (four, six) = join(self.resolver.ipv4(name), self.resolver.ipv6(name)).await;
        let (four, six) = (four?, six?);
        let missing = matches!((&four, &six), (LookupAnswer::NxDomain, _) | (_, LookupAnswer::NxDomain));
        let voids = [four.is_void(), six.is_void()];
        let four = four.into_records().into_iter().map(IpAddr::V4);
        let found = four.chain(six.into_records().into_iter().map(IpAddr::V6)).collect();
        Ok(Addresses { found, voids, missing })
    }

    async fn exchangers(&self, name: String, lengths: Lengths) -> Branch {
        let hosts = match self.resolver.exchangers(&name).await {
            Ok(LookupAnswer::Records(hosts)) => hosts,
            Ok(absence) => return self.absent(matches!(absence, LookupAnswer::NxDomain), name).await,
            Err(failure) => return Branch::failed(failure, name),
        };
        let mut branch = Branch::new(State::Addresses, Some(name));
        branch.inner.exchangers = hosts.len();
        // A null MX (RFC 7505) names the root, which has no address and is not asked.
        let named: Vec<&String> = hosts.iter().filter(|host| is_name(host)).take(MAX_MX).collect();
        if !self.spend(2 * named.len()) {
            branch.state = State::NotRead;
            branch.inner.left_out = 1;
            return branch;
        }
        let answers = join_all(named.iter().map(|host| self.families(host))).await;
        for (host, answer) in named.into_iter().zip(answers) {
            match answer {
                Ok(Addresses { found, voids, .. }) => {
                    branch.count_voids(voids);
                    if found.is_empty() {
                        branch.inner.dangling.push(host.clone());
                    }
                    branch.stand_for(host, &found, lengths);
                }
                Err(failure) => branch.inner.failure = Some(failure),
            }
        }
        branch
    }

    async fn exists(&self, name: String) -> Branch {
        match self.resolver.ipv4(&name).await {
            Ok(LookupAnswer::Records(_)) => {
                let mut branch = Branch::new(State::Addresses, Some(name));
                branch.inner.networks = everything().to_vec();
                branch
            }
            Ok(absence) => self.absent(matches!(absence, LookupAnswer::NxDomain), name).await,
            Err(failure) => Branch::failed(failure, name),
        }
    }

    async fn absent(&self, missing: bool, name: String) -> Branch {
        let state = if missing { State::NoSuchName } else { State::NoAddress };
        let unregistered = if missing { self.resolver.is_unregistered(&name).await } else { None };
        let mut branch = Branch::new(state, Some(name));
        branch.count_voids([true; 2]);
        branch.inner.unregistered = unregistered;
        branch
    }
}

/// The questions a mechanism costs by itself, hosts of an `mx` apart.
fn questions(mechanism: &Mechanism) -> usize {
    if matches!(mechanism, Mechanism::A(..)) { 2 } else { 1 }
}

/// Whether a name is one of this organisation.
pub(super) fn belongs(name: &str, own: &Domain) -> bool {
    name.parse().is_ok_and(|name: Domain| name.is_kin_of(own))
}

/// The name a term asks about, if it is the same for every message.
pub(super) fn target(spec: Option<&DomainSpec>, domain: &str) -> Option<String> {
    let Some(spec) = spec else { return Some(domain.to_owned()) };
    if !spec.text.is_static() {
        return None;
    }
    let ip = IpAddr::from([0, 0, 0, 0]);
    let (local_part, sender_domain, validated, helo, receiver, time) = ("", "", "", "", "", 0);
    let values = Values { local_part, sender_domain, domain, ip, validated, helo, receiver, time };
    Some(truncate_left(&spec.text.expand(&values)).to_owned())
}

fn network(address: IpAddr, lengths: Lengths) -> IpNet {
    let length = if address.is_ipv4() { lengths.v4 } else { lengths.v6 };
    IpNet::new(address, length).map_or_else(|_| IpNet::from(address), |net| net.trunc())
}

fn everything() -> [IpNet; 2] {
    [IpNet::V4(Ipv4Net::default()), IpNet::V6(Ipv6Net::default())]
}

/// The texts among TXT records that are meant as SPF, and are none or of another kind.
pub(super) fn near_misses(texts: &[Text]) -> Vec<(String, u32)> {
    let meant = |octets: &[u8]| {
        // Quotes, blanks and byte order marks in front, and whatever stands for the equals sign.
        let plain: String = shown(octets).to_ascii_lowercase();
        let start: String = plain.chars().take(24).filter(char::is_ascii_alphanumeric).collect();
        let bare = plain.trim_start_matches(|character: char| !character.is_ascii_alphabetic());
        start.contains("vspf1") || bare.starts_with("spf1") || bare.starts_with("v=spf") || bare.starts_with("spf=")
    };
    let near = texts.iter().filter(|text| !is_record(&text.octets) && meant(&text.octets));
    near.map(|text| (shown(&text.octets), text.ttl_s)).collect()
}
