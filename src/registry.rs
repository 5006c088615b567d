//! Every check once: from this list come the subcommands, the dispatch, the rules and the schema of the facts.
//! Help, man pages and completions are made from the command line that is defined here.

#![allow(rustdoc::broken_intra_doc_links, reason = "these are help texts too, with brackets around what is optional")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use schemars::JsonSchema;

use crate::checks::list_audit::ListAudit;
use crate::checks::{Check, list_audit};
use crate::cli::{CheckArgs, Global, Lists};
use crate::plans::{audit, diagnose, simulate};
use crate::report::Rule;
use crate::run::{Error, Run};
use crate::stored::Known;

/// Test from outside whether the world would accept mail from a server, and learn why not
///
/// spamcheck asks what mail servers ask about each other: about a sender blocklists, the names of its addresses and
/// the records of its domain, about a receiver how its mail servers answer and whether TLS to them can be trusted.
/// Each result says what was found, what could not be told and in whose words, and what to do.
#[derive(Debug, Parser)]
#[command(name = "spamcheck", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    /// Flags of every subcommand.
    #[command(flatten)]
    pub global: Global,
    /// The subcommand.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// What tests targets.
    #[command(flatten)]
    Test(Testing),
    /// Show, audit or import blocklists
    Lists(Lists),
    /// Explain a rule, or list all rules
    Explain {
        /// The rule's id, for example dnsbl-listed
        rule: Option<String>,
    },
    /// Show a stored result in another format
    ///
    /// Reads a result that was written with --format json or ndjson, and shows it in the format asked for and in those of
    /// --report, so that a long run is made once. Nothing is tested again. The exit code is that of the run.
    Render {
        /// The stored result
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Show the tool at work in a mail world on loopback
    ///
    /// Starts a small world of blocklists, mail domains and mail servers on free loopback ports inside this program.
    /// Asks blocklists about two addresses, tests the mail hosts of five domains, audits a good domain and a bad one,
    /// and shows the reports. Needs no network and no privileges. Exits 0 when the world behaved as expected.
    Demo {
        /// Keep the world up and print the flags to try any subcommand against it
        #[arg(long)]
        serve: bool,
        /// Serve the world described in this TOML file instead, for trials of your own
        #[arg(long, value_name = "FILE", requires = "serve")]
        world: Option<PathBuf>,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Makes what is known of all checks out of one list.
macro_rules! registry {
    ($($(#[$doc:meta])* $variant:ident($module:ident)),+ $(,)?) => {
        /// What tests targets: every check by itself, and the audit.
        #[derive(Debug, Subcommand)]
        pub enum Testing {
            $($(#[$doc])* $variant(CheckArgs<<crate::checks::$module::$variant as Check>::Options>),)+
            /// Test everything about a domain on one page
            ///
            /// Finds out where the domain receives and where it sends from, runs every check over that and reports one
            /// page: a line a check, then what was found by severity, each with its remedy. Senders are the addresses
            /// and small networks that the domain's own SPF record names, and those given with --sending-ip; receivers
            /// are its MX hosts. The networks of vendors behind include: are named and not tested.
            Audit(CheckArgs<audit::Options>),
            /// Find out why mail was refused, and what to do now
            ///
            /// Reads a bounce, a delivery or feedback report, a received message, a mail server's log, an aggregate
            /// report of DMARC or TLS, or an SMTP reply in quotes; tests live what it names, and says the cause, how
            /// certain it is and what to do. What a file is, is told by its content; "-" reads standard input, and files may
            /// be packed by gzip, be mailboxes or folders. Of an address or a domain it tells why receivers refuse it.
            /// Nothing is sent. With --offline nothing is asked either.
            Diagnose(CheckArgs<diagnose::Options>),
            /// Play a receiving server's policy against a sender
            ///
            /// Goes through the tests of a server as it is shipped or commonly set up, with live look-ups, and shows
            /// each with its evidence, its points and the end: accept, defer, reject or reroute, in the words the
            /// sender's log would show. The sender is an address, or a bounce or message that names it. What cannot be
            /// known from outside, such as reputation and content, is named and not guessed. Nothing is sent.
            Simulate(Box<CheckArgs<simulate::Options>>),
        }

        /// The facts of any check, for the schema of the documents.
        #[derive(JsonSchema)]
        #[serde(untagged)]
        #[schemars(rename = "Facts")]
        pub enum AnyFacts {
            $(#[doc = concat!("Of `", stringify!($module), "`.")] $variant(Box<crate::checks::$module::Facts>),)+
            /// Of `audit`.
            Audit(Box<audit::Facts>),
            /// Of `diagnose`.
            Diagnose(Box<diagnose::Facts>),
            /// Of `simulate`.
            Simulate(Box<simulate::Facts>),
            /// Of `list_audit`.
            ListAudit(Box<list_audit::Facts>),
        }

        /// The checks' names, each with its rules.
        const CHECKS: &[(&str, &[&Rule])] = &[
            $((crate::checks::$module::$variant::NAME, crate::checks::$module::$variant::RULES),)+
            (audit::NAME, audit::RULES),
            (diagnose::Diagnose::NAME, diagnose::Diagnose::RULES),
            (simulate::Simulate::NAME, simulate::Simulate::RULES),
            (ListAudit::NAME, ListAudit::RULES),
        ];

        impl Testing {
            /// Hands what the subcommand does to `run`.
            ///
            /// # Errors
            /// Those of `run`.
            pub fn dispatch(self, run: &mut Run<'_>) -> Result<(), Error> {
                match self {
                    $(Testing::$variant(args) => run.plan::<crate::checks::$module::$variant>(args),)+
                    Testing::Audit(args) => run.plan::<audit::Audit>(args),
                    Testing::Diagnose(args) => run.plan::<diagnose::Diagnose>(args),
                    Testing::Simulate(args) => match simulate::printed(&args.options)? {
                        Some(text) => run.print(&text),
                        None => run.plan::<simulate::Simulate>(*args),
                    },
                }
            }
        }
    };
}

registry! {
    /// Ask blocklists about an address or name
    ///
    /// Asks DNS blocklists and allowlists about an address, a network or a name, and adds up what their
    /// answers mean. A list that refuses to answer, is dead, lists the world or does not answer its own
    /// test entry is reported as such and never as a listing. A name is asked of domain lists as it
    /// stands, its addresses of address lists.
    ///
    /// Lists are probed together with the first questions. With several targets each result is held until the
    /// lists have been probed once more, at most 10 seconds or 128 results: what a list said that has begun to
    /// list the world, or has gone mute, in the meantime is taken back before it is written.
    Dnsbl(dnsbl),
    /// Test whether a server greylists a mailbox, and for how long; or play a retry schedule against a greylist
    ///
    /// Offers the mailbox's first mail host that answers the same sender and recipient again and again: once
    /// early, then when the server's own countdown or the usual times are over. When that has ended, another
    /// sender and another recipient tell what the server knows a mail by. No message is sent without --data.
    /// With --state nobody has to wait: run it again later and it goes on. With --schedule nothing is asked:
    /// a sender's retries are played against a policy.
    Greylist(greylist),
    /// Test whether receivers would believe a greeting
    ///
    /// Judges what a mail server says behind HELO or EHLO. The target is any text at all, as a client may
    /// say it: a name, an address with or without brackets, the empty text. With --ip the name must lead to
    /// that address; with --receiver it must not be that server's own. With --live the target is a mail
    /// server as everywhere else, and what is judged is the name by which it presents itself.
    Helo(helo),
    /// Test where mail for a domain goes, and whether it can get there
    ///
    /// Looks up the MX records of a domain and the addresses of every host they name, and finds aliases,
    /// addresses in the place of names, hosts that do not exist or cannot be reached from the Internet, null
    /// MX faults and missing redundancy. A mailbox or host:port means its domain; an address has no MX.
    Mx(mx),
    /// Test the name of an address: is there one, and does it lead back?
    ///
    /// Looks up the PTR records of an address and the addresses of every name found (forward-confirmed
    /// reverse DNS). No such name, no record, a failing and a silent server are told apart. Of a host name
    /// each address is tested.
    Ptr(ptr),
    /// Test a domain's SPF record, or judge a client by it
    ///
    /// Reads the record and everything it leads to: faults with their place, what each term costs of the ten
    /// look-ups, who is authorised, and what leads to nothing. With --ip it judges a client instead, exactly as
    /// RFC 7208 says: the domain may then be any text, or be left out if --mail-from or --helo names it.
    Spf(spf),
    /// Test whether a bounce can reach the address that mail is sent from
    ///
    /// Looks up where mail for a return path goes: the address behind MAIL FROM, in angle brackets or not,
    /// or its domain. Addresses that carry another one inside (VERP, SRS, BATV) are recognised. Nothing is
    /// sent. With --probe its mail host is asked whether it takes a bounce, which needs --i-am-authorized; no
    /// message is sent then either.
    ReturnPath(return_path),
    /// Test the DKIM keys of a domain, or the signatures of a message
    ///
    /// Reads each key record and the key in it: tags, type, length, whether it is revoked, a test, or not for
    /// mail. Without -s common selectors are tried and those that the domain's MX and SPF records suggest; that
    /// none is found then proves nothing. A target may also be SELECTOR._domainkey.DOMAIN. With --message the
    /// signatures of a message are verified as receivers do, by the time it was received: all of them without a
    /// target, else those of the domain.
    Dkim(dkim),
    /// Find the DMARC policy of a domain and see whether it is in force
    ///
    /// Walks up the tree as RFC 9989 asks, with the answer of RFC 7489 beside it where they differ; reads the
    /// record, tells which policy applies to the name, and follows the addresses for reports.
    Dmarc(dmarc),
    /// Test whether receivers can show a domain's logo (BIMI)
    ///
    /// Reads the assertion record at the selector, with the fall-back to the organizational domain, and tells whether
    /// DMARC asks for what BIMI demands. With --fetch the logo and the mark certificate (VMC, CMC) are fetched from
    /// the web servers that the record names, and tested: the profile of the SVG file, the certificate's chain, dates,
    /// purpose and domains. Which authorities a receiver trusts, and whether a certificate is revoked or shows the same
    /// logo, is not tested. Nobody must use BIMI: a domain without a record, or that declines, is skipped.
    Bimi(bimi),
    /// Fetch the MTA-STS policy of a domain and compare it with its mail exchangers
    ///
    /// Reads the record, fetches the policy over HTTPS as senders do (own host name verified, no redirect), and
    /// tells whether every mail exchanger is covered and every pattern used. A domain with neither record nor
    /// policy is skipped.
    MtaSts(mta_sts),
    /// Test whether TLSA records fit the certificates of the mail hosts
    ///
    /// Looks up the TLSA records of every mail host of a domain, tells whether they and the way to them are signed
    /// (DNSSEC), and compares them with the certificate that each address shows, RSA and ECDSA apart. With --cert
    /// it tells before a renewal whether the records will still fit, and prints the one to publish. A domain
    /// without TLSA records is skipped.
    Dane(dane),
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
    Tls(tls),
    /// Test whether reports about TLS are asked for and arrive
    ///
    /// Reads the TLS-RPT record and follows its addresses. A domain that asks for no reports and has neither
    /// MTA-STS nor DANE is skipped.
    TlsRpt(tls_rpt),
    /// Test how a mail server speaks: greeting, name, what it offers, the form of its replies
    ///
    /// Talks to every address of every mail exchanger, politely and once: waits for the greeting, says EHLO,
    /// begins TLS, says EHLO again and quits. With --envelope it also asks whether postmaster and abuse can be
    /// written to. --probe and --error-limit are for servers of your own.
    Smtp(smtp),
    /// Test whether a mail server of your own would relay for strangers
    ///
    /// Asks every address of every mail exchanger for every form in which relays have been abused, in clear and
    /// inside TLS. A form that is accepted gets DATA, and the connection is dropped there, so nothing is sent;
    /// --send sends at most three messages with a token each, and --arrived TOKEN says which form got through.
    /// A server is given ten times --smtp-timeout. Needs --i-am-authorized; an audit asks with --active only.
    Relay(relay),
}

/// The rules of all checks, each once: checks that talk to mail servers share some.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let mut seen = BTreeSet::new();
    CHECKS.iter().flat_map(|(_, rules)| rules.iter().copied()).filter(move |rule| seen.insert(rule.id))
}

/// What stored results may name.
pub const KNOWN: Known =
    Known { rule: |id| rules().find(|rule| rule.id == id), check: |name| names().find(|known| *known == name) };

/// The names of all checks.
pub fn names() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use clap::CommandFactory;

    use super::*;
    use crate::render::Format;

    #[test]
    fn definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_may_stand_behind_the_subcommand() {
        let cli = Cli::parse_from(["spamcheck", "dnsbl", "192.0.2.1", "--timeout", "500ms", "--json"]);
        assert_eq!(cli.global.timeout, Some(Duration::from_millis(500)));
        assert_eq!(cli.global.format(), Format::Json);
        assert!(cli.global.all_rows());
    }

    #[test]
    fn every_rule_has_its_parts_and_an_id_of_its_own() {
        let mut ids = HashSet::new();
        for rule in rules() {
            assert!(ids.insert(rule.id), "{} is there twice", rule.id);
            assert!(!rule.cites.is_empty(), "{} cites nothing", rule.id);
            assert!(rule.why.ends_with('.') && rule.remedy.text().ends_with('.'), "{} has no sentences", rule.id);
            // The dialogue itself has rules, which belong to all checks that hold one.
            let is_known = rule.id.starts_with("smtp-") || names().any(|name| rule.id.starts_with(name));
            assert!(is_known, "{} belongs to no check", rule.id);
            assert!(rule.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
        }
    }
}
