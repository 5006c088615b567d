//! The checks, one file or folder a subcommand, and their registry.

#[macro_use]
mod rule_table;

pub mod audit;
pub mod dane;
pub mod dialogue;
pub mod dkim;
pub mod dmarc;
pub mod dnsbl;
pub mod envelope;
pub mod greylist;
pub mod helo;
pub mod list_audit;
pub mod mta_sts;
pub mod mx;
pub mod ptr;
pub mod relay;
pub mod return_path;
pub mod smtp;
pub mod spf;
mod texts;
pub mod tls;
pub mod tls_rpt;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Serialize;

use crate::config::{ConfigError, Settings};
use crate::domain::Domain;
use crate::net::Net;
pub use crate::report::Outcome;
use crate::report::table::Tabulate;
use crate::report::{Rule, Unclear};
use crate::target::{Target, TargetError};

pub use self::audit::{Part, Surface};

/// A check: one subcommand. Its options are clap arguments; its targets come apart from them.
pub trait Check: Sized + Send + Sync + 'static {
    /// The flags of its own.
    type Options: clap::Args + Default;
    /// What one run of it is about.
    type Query: Send + Sync;
    /// What it learns.
    type Facts: Tabulate + Serialize + JsonSchema + Send;
    /// The subcommand's name.
    const NAME: &'static str;
    /// The rules it may find broken.
    const RULES: &'static [&'static Rule];
    /// Whether the results about a target are one page: checks that share their answers, a line each.
    const IS_PAGE: bool = false;

    /// Makes the check ready, before any packet is sent.
    ///
    /// # Errors
    /// [`ConfigError`] if the options or settings do not make sense.
    fn new(options: Self::Options, context: &Context) -> Result<Self, ConfigError>;

    /// Reads a target of the command line or of an input file. A check that is about something else than
    /// addresses and names reads its own.
    ///
    /// # Errors
    /// [`TargetError`] if the check can make nothing of the text.
    fn parse_target(text: &str) -> Result<Target, TargetError> {
        text.parse()
    }

    /// How targets are read when these options are given.
    fn target_reader(_: &Self::Options) -> fn(&str) -> Result<Target, TargetError> {
        Self::parse_target
    }

    /// The target if none is given, for a check whose options name one.
    fn implied_target(_: &Self::Options) -> Option<Target> {
        None
    }

    /// Whether the user's consent covers what would be done to this target, or to any target of an input file;
    /// asked before a packet leaves.
    ///
    /// # Errors
    /// [`ConfigError`] that names the flag by which the user can consent.
    fn consent(_: &Self::Options, _: &Settings, _: Option<&Target>) -> Result<(), ConfigError> {
        Ok(())
    }

    /// The name of the check a result is of, for one that runs others.
    fn check_name(_: &Self::Query) -> &'static str {
        Self::NAME
    }

    /// The flags it has as a part of an audit.
    fn audit_options(_: &audit::Options) -> Self::Options {
        Self::Options::default()
    }

    /// What it tests in an audit at once, before anything is known of the domain: by default the domain itself.
    fn begin(_: &Domain) -> Vec<Work<Self>> {
        vec![Work { options: None, on: On::Domain }]
    }

    /// What it tests of the domain's surface, once that is found.
    fn plan(_: &Surface) -> Vec<Work<Self>> {
        Vec::new()
    }

    /// How long its work on a query took, if that was not done in its turn.
    fn took(_: &Self::Query) -> Option<Duration> {
        None
    }

    /// The query as every format names it.
    fn subject_name(query: &Self::Query) -> String;

    /// What a target comes down to: addresses, names, hosts.
    ///
    /// # Errors
    /// [`Unclear`] if a question on the way got no answer.
    fn subjects(
        &self,
        target: &Target,
        net: &Net,
    ) -> impl Future<Output = Result<Vec<Subject<Self::Query>>, Unclear>> + Send;

    /// Tests one subject.
    ///
    /// # Errors
    /// [`Unclear`] if nothing at all could be learned.
    fn run(
        &self,
        subject: &Subject<Self::Query>,
        net: &Net,
    ) -> impl Future<Output = Result<Outcome<Self::Facts>, Unclear>> + Send;
}

/// What one run of a check is about.
#[derive(Debug, Clone)]
pub struct Subject<Q> {
    /// The thing itself.
    pub query: Q,
    /// Where it comes from, if that is not the target itself.
    pub label: Option<String>,
    /// What could not be told on the way to it.
    pub unclear: Vec<Unclear>,
}

impl<Q> Subject<Q> {
    /// The target itself.
    pub fn of(query: Q) -> Self {
        Subject { query, label: None, unclear: Vec::new() }
    }

    /// Something the target led to.
    pub fn labelled(query: Q, label: &impl ToString) -> Self {
        Subject { query, label: Some(label.to_string()), unclear: Vec::new() }
    }
}

/// A part of an audit.
pub struct Work<C: Check> {
    /// Flags of its own, if those of the whole audit do not fit.
    pub options: Option<C::Options>,
    /// What is tested.
    pub on: On<C::Query>,
}

/// What a part of an audit is about.
pub enum On<Q> {
    /// The domain, as a target of the check.
    Domain,
    /// Parts of the domain's surface.
    These(Vec<Subject<Q>>),
}

/// What a check is told of the run.
#[derive(Debug, Clone)]
pub struct Context {
    /// The settings.
    pub settings: Arc<Settings>,
    /// Whether there is one target only, so that everything may be asked at once.
    pub single: bool,
    /// How many targets there are, if that is known.
    pub targets: Option<u64>,
    /// Whether clean rows belong to the result.
    pub all_rows: bool,
    /// When the run's time is over.
    pub ends: Option<Instant>,
}

/// Makes the subcommands, the facts of every check, the rules and the dispatch out of one list. Checks that
/// belong below another subcommand stand `elsewhere`.
macro_rules! registry {
    (
        subcommands { $($(#[$doc:meta])* $variant:ident($module:ident, $check:ident)),+ $(,)? }
        above { $($(#[$above_doc:meta])* $above:ident($above_module:ident, $above_check:ident)),* $(,)? }
        elsewhere { $($other:ident($other_module:ident, $other_check:ident)),* $(,)? }
    ) => {
        /// The checks as subcommands.
        #[derive(Debug, clap::Subcommand)]
        pub enum Command {
            $($(#[$doc])* $variant(crate::cli::CheckArgs<$module::Options>),)+
            $($(#[$above_doc])* $above(crate::cli::CheckArgs<$above_module::Options>),)*
        }

        /// The facts of any check.
        #[derive(Debug, Serialize, JsonSchema)]
        #[serde(untagged)]
        pub enum Facts {
            $(#[doc = concat!("Of `", stringify!($module), "`.")] $variant(Box<$module::Facts>),)+
            $(#[doc = concat!("Of `", stringify!($above_module), "`.")] $above(Box<$above_module::Facts>),)*
            $(#[doc = concat!("Of `", stringify!($other_module), "`.")] $other(Box<$other_module::Facts>),)*
        }

        impl Tabulate for Facts {
            fn headline(&self, subject: &str) -> crate::report::table::Headline {
                match self {
                    $(Facts::$variant(facts) => facts.headline(subject),)+
                    $(Facts::$above(facts) => facts.headline(subject),)*
                    $(Facts::$other(facts) => facts.headline(subject),)*
                }
            }

            fn reason(&self) -> String {
                match self {
                    $(Facts::$variant(facts) => facts.reason(),)+
                    $(Facts::$above(facts) => facts.reason(),)*
                    $(Facts::$other(facts) => facts.reason(),)*
                }
            }

            fn sections(&self, verbose: bool) -> Vec<crate::report::table::Section> {
                match self {
                    $(Facts::$variant(facts) => facts.sections(verbose),)+
                    $(Facts::$above(facts) => facts.sections(verbose),)*
                    $(Facts::$other(facts) => facts.sections(verbose),)*
                }
            }
        }

        $(impl From<$module::Facts> for Facts {
            fn from(facts: $module::Facts) -> Self {
                Facts::$variant(Box::new(facts))
            }
        })+

        $(impl From<$above_module::Facts> for Facts {
            fn from(facts: $above_module::Facts) -> Self {
                Facts::$above(Box::new(facts))
            }
        })*

        $(impl From<$other_module::Facts> for Facts {
            fn from(facts: $other_module::Facts) -> Self {
                Facts::$other(Box::new(facts))
            }
        })*

        /// The rules of all checks.
        pub fn rules() -> impl Iterator<Item = &'static Rule> {
            let all: &[&[&Rule]] = &[$(<$module::$check as Check>::RULES,)+ $(<$above_module::$above_check as Check>::RULES,)* $(<$other_module::$other_check as Check>::RULES,)*];
            // Checks that talk to mail servers share some.
            let mut seen = std::collections::BTreeSet::new();
            all.iter().flat_map(|rules| rules.iter().copied()).filter(move |rule| seen.insert(rule.id))
        }

        /// The names of all checks.
        pub const NAMES: &[&str] = &[$(<$module::$check as Check>::NAME,)+ $(<$above_module::$above_check as Check>::NAME,)* $(<$other_module::$other_check as Check>::NAME,)*];

        /// The names of the checks an audit consists of.
        pub const AUDITED: &[&str] = &[$(<$module::$check as Check>::NAME),+];

        /// The checks an audit consists of, ready for any number of domains.
        pub struct Audited {
            $($module: Arc<$module::$check>,)+
        }

        impl Audited {
            /// Makes every check ready.
            ///
            /// # Errors
            /// [`ConfigError`] if the options or settings do not make sense.
            pub fn new(options: &audit::Options, context: &Context) -> Result<Self, ConfigError> {
                Ok(Audited {
                    $($module: {
                        let options = <$module::$check as Check>::audit_options(options);
                        Arc::new(<$module::$check as Check>::new(options, context)?)
                    },)+
                })
            }

            /// Begins with everything that is wanted and needs nothing but the domain.
            pub async fn begin(
                &self,
                domain: &Domain,
                wanted: impl Fn(&str) -> bool,
                context: &Context,
                net: &Net,
            ) -> Vec<Part> {
                let mut parts = Vec::new();
                $(if wanted(<$module::$check as Check>::NAME) {
                    let work = <$module::$check as Check>::begin(domain);
                    parts.extend(audit::begun(&self.$module, work, domain, context, net).await);
                })+
                parts
            }

            /// Begins with everything that is wanted of a domain's surface.
            pub async fn plan(
                &self,
                surface: &Surface,
                wanted: impl Fn(&str) -> bool,
                context: &Context,
                net: &Net,
            ) -> Vec<Part> {
                let mut parts = Vec::new();
                $(if wanted(<$module::$check as Check>::NAME) {
                    let work = <$module::$check as Check>::plan(surface);
                    parts.extend(audit::begun(&self.$module, work, &surface.domain, context, net).await);
                })+
                parts
            }
        }

        impl Command {
            /// Hands the subcommand's check to `run`.
            ///
            /// # Errors
            /// Those of `run`.
            pub fn dispatch(self, run: &mut crate::run::Run<'_>) -> Result<(), crate::run::Error> {
                match self {
                    $(Command::$variant(args) => run.check::<$module::$check>(args),)+
                    $(Command::$above(args) => run.check::<$above_module::$above_check>(args),)*
                }
            }
        }
    };
}

registry! {
    subcommands {
        /// Ask blocklists about an address or name
        ///
        /// Asks DNS blocklists and allowlists about an address, a network or a name, and adds up what their
        /// answers mean. A list that refuses to answer, is dead, lists the world or does not answer its own
        /// test entry is reported as such and never as a listing. A name is asked of domain lists as it
        /// stands, its addresses of address lists.
        Dnsbl(dnsbl, Dnsbl),
        /// Test whether a server greylists a mailbox, and for how long; or play a retry schedule against a greylist
        ///
        /// Offers the mailbox's first mail host that answers the same sender and recipient again and again: once
        /// early, then when the server's own countdown or the usual times are over. When that has ended, another
        /// sender and another recipient tell what the server knows a mail by. No message is sent without --data.
        /// With --state nobody has to wait: run it again later and it goes on. With --schedule nothing is asked:
        /// a sender's retries are played against a policy.
        Greylist(greylist, Greylist),
        /// Test whether receivers would believe a greeting
        ///
        /// Judges what a mail server says behind HELO or EHLO. The target is any text at all, as a client may
        /// say it: a name, an address with or without brackets, the empty text. With --ip the name must lead to
        /// that address; with --receiver it must not be that server's own. With --live the target is a mail
        /// server as everywhere else, and what is judged is the name by which it presents itself.
        Helo(helo, Helo),
        /// Test where mail for a domain goes, and whether it can get there
        ///
        /// Looks up the MX records of a domain and the addresses of every host they name, and finds aliases,
        /// addresses in the place of names, hosts that do not exist or cannot be reached from the Internet, null
        /// MX faults and missing redundancy. A mailbox or host:port means its domain; an address has no MX.
        Mx(mx, Mx),
        /// Test the name of an address: is there one, and does it lead back?
        ///
        /// Looks up the PTR records of an address and the addresses of every name found (forward-confirmed
        /// reverse DNS). No such name, no record, a failing and a silent server are told apart. Of a host name
        /// each address is tested.
        Ptr(ptr, Ptr),
        /// Test a domain's SPF record, or judge a client by it
        ///
        /// Reads the record and everything it leads to: faults with their place, what each term costs of the ten
        /// look-ups, who is authorised, and what leads to nothing. With --ip it judges a client instead, exactly as
        /// RFC 7208 says: the domain may then be any text, or be left out if --mail-from or --helo names it.
        Spf(spf, Spf),
        /// Test whether a bounce can reach the address that mail is sent from
        ///
        /// Looks up where mail for a return path goes: the address behind MAIL FROM, in angle brackets or not,
        /// or its domain. Addresses that carry another one inside (VERP, SRS, BATV) are recognised. Nothing is
        /// sent. With --probe its mail host is asked whether it takes a bounce, which needs --i-am-authorized; no
        /// message is sent then either.
        ReturnPath(return_path, ReturnPath),
        /// Test the DKIM keys of a domain, or the signatures of a message
        ///
        /// Reads each key record and the key in it: tags, type, length, whether it is revoked, a test, or not for
        /// mail. Without -s common selectors are tried and those that the domain's MX and SPF records suggest; that
        /// none is found then proves nothing. A target may also be SELECTOR._domainkey.DOMAIN. With --message the
        /// signatures of a message are verified as receivers do, by the time it was received: all of them without a
        /// target, else those of the domain.
        Dkim(dkim, Dkim),
        /// Find the DMARC policy of a domain and see whether it is in force
        ///
        /// Walks up the tree as RFC 9989 asks, with the answer of RFC 7489 beside it where they differ; reads the
        /// record, tells which policy applies to the name, and follows the addresses for reports.
        Dmarc(dmarc, Dmarc),
        /// Fetch the MTA-STS policy of a domain and compare it with its mail exchangers
        ///
        /// Reads the record, fetches the policy over HTTPS as senders do (own host name verified, no redirect), and
        /// tells whether every mail exchanger is covered and every pattern used. A domain with neither record nor
        /// policy is skipped.
        MtaSts(mta_sts, MtaSts),
        /// Test whether TLSA records fit the certificates of the mail hosts
        ///
        /// Looks up the TLSA records of every mail host of a domain, tells whether they and the way to them are signed
        /// (DNSSEC), and compares them with the certificate that each address shows, RSA and ECDSA apart. With --cert
        /// it tells before a renewal whether the records will still fit, and prints the one to publish. A domain
        /// without TLSA records is skipped.
        Dane(dane, Dane),
        /// Test whether mail hosts can be reached over TLS, and what their certificates are worth
        ///
        /// Connects to every address of every MX host, asks for STARTTLS and tells what came of each step, what the
        /// certificate is and everything that is wrong with it, and what senders do: those that encrypt when they
        /// can, those that follow MTA-STS, those that follow DANE. A mailbox is named as recipient and taken back;
        /// no mail is sent. The confidence is 100 less what is missing: TLS 1.3 45 (1.2: 40, 1.1: 15, 1.0: 10), the
        /// cipher suite 10 (5 without authenticated encryption), a trusted chain 12, the name 12, the date 6 (3 if
        /// it expires soon), strong keys 5, TLS at every address 5, MTA-STS or DANE 5 (2 on trial). It is 0 without
        /// TLS and where senders that follow a policy stay away. Hosts of the first preference weigh 1, those of the
        /// next 1/2, then 1/4 and so on; what could not be tested has no part in it.
        Tls(tls, Tls),
        /// Test whether reports about TLS are asked for and arrive
        ///
        /// Reads the TLS-RPT record and follows its addresses. A domain that asks for no reports and has neither
        /// MTA-STS nor DANE is skipped.
        TlsRpt(tls_rpt, TlsRpt),
        /// Test how a mail server speaks: greeting, name, what it offers, the form of its replies
        ///
        /// Talks to every address of every mail exchanger, politely and once: waits for the greeting, says EHLO,
        /// begins TLS, says EHLO again and quits. With --envelope it also asks whether postmaster and abuse can be
        /// written to. --probe and --error-limit are for servers of your own.
        Smtp(smtp, Smtp),
        /// Test whether a mail server of your own would relay for strangers
        ///
        /// Asks every address of every mail exchanger for every form in which relays have been abused, in clear and
        /// inside TLS. A form that is accepted gets DATA, and the connection is dropped there, so nothing is sent;
        /// --send sends at most three messages with a token each, and --arrived TOKEN says which form got through.
        /// A server is given ten times --smtp-timeout. Needs --i-am-authorized; an audit asks with --active only.
        Relay(relay, Relay),
    }
    above {
        /// Test everything about a domain on one page
        ///
        /// Finds out where the domain receives and where it sends from, runs every check over that and reports one
        /// page: a line a check, then what was found by severity, each with its remedy. Senders are the addresses
        /// and small networks that the domain's own SPF record names, and those given with --sending-ip; receivers
        /// are its MX hosts. The networks of vendors behind include: are named and not tested.
        Audit(audit, Audit),
    }
    elsewhere {
        ListAudit(list_audit, ListAudit),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_rule_has_its_parts_and_an_id_of_its_own() {
        let mut ids = HashSet::new();
        for rule in rules() {
            assert!(ids.insert(rule.id), "{} is there twice", rule.id);
            assert!(!rule.cites.is_empty(), "{} cites nothing", rule.id);
            assert!(rule.why.ends_with('.') && rule.remedy.text().ends_with('.'), "{} has no sentences", rule.id);
            // The dialogue itself has rules, which belong to all checks that hold one.
            let is_known = rule.id.starts_with("smtp-") || NAMES.iter().any(|name| rule.id.starts_with(name));
            assert!(is_known, "{} belongs to no check", rule.id);
            assert!(rule.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
        }
    }
}
