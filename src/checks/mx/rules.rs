//! What the mail exchangers of a domain can mean for the administrator.

use crate::report::{Cite, Remedy, Rule, Severity};

const ROUTING: Cite = Cite::rfc(5321, "5.1");
const IPV6: Cite = Cite::rfc(5321, "5.2");
const NO_ALIAS: Cite = Cite::rfc(2181, "10.3");
const CNAME_ERRORS: Cite = Cite::rfc(1912, "2.4");
const MX_ERRORS: Cite = Cite::rfc(1912, "2.5");
const WILDCARDS: Cite = Cite::rfc(1912, "2.7");
const MX_DATA: Cite = Cite::rfc(1035, "3.3.9");
const HOST_SYNTAX: Cite = Cite::rfc(1123, "2.1");
const NULL_MX: Cite = Cite::rfc(7505, "3");
const SPECIAL: Cite = Cite::rfc(6890, "2.2");
const SPECIAL_NAMES: Cite = Cite::rfc(6761, "6");
const LAME: Cite = Cite::rfc(1912, "2.8");
const TRANSFERS: Cite = Cite::rfc(1034, "4.3.5");

/// Neither MX nor address. RFC 5321 §5.1.
pub(super) static NONE: Rule = Rule {
    id: "mx-none",
    title: "Mail cannot be delivered to the domain",
    severity: Severity::Error,
    cites: &[ROUTING],
    why: "There is neither an MX record nor an address, so no sender knows where to go. Receivers refuse mail from \
          such a domain too, since nobody could be told when it fails.",
    remedy: Remedy::Act("Publish an MX record that names your mail server; or a null MX if the domain takes no mail."),
};

/// The domain itself is an alias, which is allowed. RFC 5321 §5.1.
pub(super) static DOMAIN_ALIAS: Rule = Rule {
    id: "mx-domain-alias",
    title: "The domain is an alias",
    severity: Severity::Note,
    cites: &[ROUTING],
    why: "Mail for an alias goes to the MX of the name at its end. That is allowed; only what an MX record names must \
          not be an alias.",
    remedy: Remedy::Nothing("Nothing."),
};

/// The domain says that it takes no mail. RFC 7505 §3.
pub(super) static NULL: Rule = Rule {
    id: "mx-null",
    title: "The domain says that it takes no mail",
    severity: Severity::Note,
    cites: &[NULL_MX, Cite::rfc(7505, "4.2")],
    why: "A null MX makes senders give up at once. A domain with one must not appear as a sender either.",
    remedy: Remedy::Nothing("Nothing, if it is meant so."),
};

/// A null MX among others. RFC 7505 §3.
pub(super) static NULL_AND_OTHERS: Rule = Rule {
    id: "mx-null-and-others",
    title: "A null MX stands beside other MX records",
    severity: Severity::Error,
    cites: &[NULL_MX],
    why: "A domain with a null MX must have no other MX record. Senders differ in what they make of it, and some \
          return the mail at once.",
    remedy: Remedy::Act("Remove the null MX, or all the others."),
};

/// A null MX with a preference. RFC 7505 §3.
pub(super) static NULL_PREFERENCE: Rule = Rule {
    id: "mx-null-preference",
    title: "The null MX has a preference other than 0",
    severity: Severity::Note,
    cites: &[NULL_MX],
    why: "A null MX is defined with preference 0. Most software looks at the name alone.",
    remedy: Remedy::Act("Give the null MX the preference 0."),
};

/// No MX, so the domain's own address stands for one. RFC 5321 §5.1.
pub(super) static IMPLICIT: Rule = Rule {
    id: "mx-implicit",
    title: "There is no MX record, so mail goes to the domain's own address",
    severity: Severity::Warning,
    cites: &[ROUTING, MX_ERRORS],
    why: "Without MX records senders deliver to the domain's A or AAAA records, often a web server. Some senders no \
          longer do, and some receivers refuse mail from a domain without MX.",
    remedy: Remedy::Act("Publish an MX record that names the mail server; or a null MX if the domain takes no mail."),
};

/// An address where a name must stand. RFC 1035 §3.3.9.
pub(super) static LITERAL: Rule = Rule {
    id: "mx-address-literal",
    title: "An MX record names an address",
    severity: Severity::Error,
    cites: &[ROUTING, MX_DATA],
    why: "An MX record holds a name. Senders look the digits up as a name, which does not exist, and give up.",
    remedy: Remedy::Act("Give the mail server a name with an A record, and name that in the MX record."),
};

/// The machine that asks. RFC 6761 §6.3.
pub(super) static LOCALHOST: Rule = Rule {
    id: "mx-localhost",
    title: "An MX record names localhost",
    severity: Severity::Error,
    cites: &[SPECIAL_NAMES, ROUTING],
    why: "Every sender takes localhost for itself: mail comes back as a loop or is returned.",
    remedy: Remedy::Act("Name the mail server; or publish a null MX if the domain takes no mail."),
};

/// A record that proves to a provider whose domain it is. RFC 5321 §5.1.
pub(super) static VERIFICATION: Rule = Rule {
    id: "mx-verification",
    title: "An MX record only proves who owns the domain",
    severity: Severity::Note,
    cites: &[ROUTING],
    why: "Microsoft 365 lets an owner prove a domain with an MX record that leads nowhere. Senders skip it as the \
          last choice.",
    remedy: Remedy::Act("Remove it when the domain has been verified."),
};

/// What an MX names is an alias. RFC 2181 §10.3, RFC 5321 §5.1.
pub(super) static ALIAS: Rule = Rule {
    id: "mx-alias",
    title: "An MX record names an alias",
    severity: Severity::Error,
    cites: &[NO_ALIAS, ROUTING, CNAME_ERRORS],
    why: "The name in an MX record must have an address of its own and must not be an alias. Many senders follow the \
          alias; some refuse, and some send in a loop since they do not recognise themselves.",
    remedy: Remedy::Act("Name the end of the alias chain in the MX record."),
};

/// A name that does not exist. RFC 5321 §5.1.
pub(super) static DANGLING: Rule = Rule {
    id: "mx-dangling",
    title: "An MX record names a host that does not exist",
    severity: Severity::Error,
    cites: &[ROUTING],
    why: "Senders waste time on it or return the mail. If the name is in a domain that anyone can register, that one \
          receives your mail.",
    remedy: Remedy::Act("Remove the MX record or publish the host's address."),
};

/// A name without an address. RFC 5321 §5.1.
pub(super) static NO_ADDRESS: Rule = Rule {
    id: "mx-no-address",
    title: "An MX record names a host without an address",
    severity: Severity::Error,
    cites: &[ROUTING],
    why: "The name in an MX record must have at least one A or AAAA record. Senders cannot reach this one.",
    remedy: Remedy::Act("Publish the host's address or remove the MX record."),
};

/// An address that is none on the Internet. RFC 6890 §2.2.
pub(super) static SPECIAL_ADDRESS: Rule = Rule {
    id: "mx-special-address",
    title: "A mail host has an address that is not one of the Internet",
    severity: Severity::Error,
    cites: &[SPECIAL, ROUTING],
    why: "Senders outside cannot reach private or reserved addresses; a loopback address leads them to themselves. \
          Some receivers refuse mail from a domain with such an MX.",
    remedy: Remedy::Act("Publish the address at which the host is reached from the Internet, and remove the other."),
};

/// Characters that no host name may have. RFC 1123 §2.1.
pub(super) static SYNTAX: Rule = Rule {
    id: "mx-host-syntax",
    title: "An MX record names something that is no valid host name",
    severity: Severity::Warning,
    cites: &[HOST_SYNTAX],
    why: "Host names are letters, digits and hyphens. Some senders refuse names with underscores or other characters, \
          and no certificate can be had for them.",
    remedy: Remedy::Act("Give the mail server a name of letters, digits and hyphens."),
};

/// A host named twice. RFC 5321 §5.1.
pub(super) static DUPLICATE_HOST: Rule = Rule {
    id: "mx-duplicate-host",
    title: "A host is named in several MX records",
    severity: Severity::Warning,
    cites: &[ROUTING],
    why: "The second record adds nothing: senders try the same host again.",
    remedy: Remedy::Act("Keep one MX record for the host."),
};

/// Two names for one address. RFC 5321 §5.1.
pub(super) static DUPLICATE_ADDRESS: Rule = Rule {
    id: "mx-duplicate-address",
    title: "Several mail hosts have the same address",
    severity: Severity::Warning,
    cites: &[ROUTING],
    why: "Two names for one machine look like a spare and are none: when it is down, both are.",
    remedy: Remedy::Act("Keep one of the names, or give the other a machine of its own."),
};

/// One machine for all mail. RFC 5321 §5.1.
pub(super) static SINGLE_HOST: Rule = Rule {
    id: "mx-single-host",
    title: "One machine takes all mail",
    severity: Severity::Warning,
    cites: &[ROUTING],
    why: "While it is down, mail waits at the senders, who try again for some days. Nothing is lost if it returns \
          before that.",
    remedy: Remedy::Act(
        "Add a second mail host in another network, or make sure that an outage ends within some days.",
    ),
};

/// All machines in one network. RFC 5321 §5.1.
pub(super) static SINGLE_NETWORK: Rule = Rule {
    id: "mx-single-network",
    title: "All mail hosts are in one network",
    severity: Severity::Warning,
    cites: &[ROUTING],
    why: "When that network or its router is down, all of them are, and mail waits at the senders.",
    remedy: Remedy::Act("Put one mail host into another network, or make sure that an outage ends within some days."),
};

/// Hosts of the same preference. RFC 5321 §5.1.
pub(super) static EQUAL_PREFERENCE: Rule = Rule {
    id: "mx-equal-preference",
    title: "Mail hosts share a preference",
    severity: Severity::Note,
    cites: &[ROUTING],
    why: "Senders choose among hosts of one preference at random. That spreads the load; a spare that should be tried \
          last needs a higher number.",
    remedy: Remedy::Nothing("Nothing, if the load is to be spread."),
};

/// No host with an IPv4 address. RFC 5321 §5.2.
pub(super) static IPV6_ONLY: Rule = Rule {
    id: "mx-ipv6-only",
    title: "No mail host has an IPv4 address",
    severity: Severity::Warning,
    cites: &[IPV6],
    why: "Many mail servers still send over IPv4 alone. They find no address and return the mail.",
    remedy: Remedy::Act("Give at least one mail host an A record."),
};

/// Every name below the domain has MX. RFC 1912 §2.7.
pub(super) static WILDCARD: Rule = Rule {
    id: "mx-wildcard",
    title: "Every name below the domain takes mail",
    severity: Severity::Note,
    cites: &[WILDCARDS],
    why: "A wildcard MX makes mistyped host names valid destinations, and makes every invented sender below the domain \
          look deliverable.",
    remedy: Remedy::Nothing("Nothing, if mail to any subdomain is wanted; otherwise remove the wildcard record."),
};

/// Authoritative servers that disagree. RFC 1034 §4.3.5.
pub(super) static SERVERS_DIFFER: Rule = Rule {
    id: "mx-servers-differ",
    title: "The domain's name servers disagree about its MX records",
    severity: Severity::Warning,
    cites: &[TRANSFERS],
    why: "Which answer a sender gets is a matter of chance, so mail goes astray now and then. A change that is still \
          on its way to the secondary servers looks the same for some minutes.",
    remedy: Remedy::Act(
        "Compare the serial numbers of the zone on all servers and repair the transfer to those that lag behind.",
    ),
};

/// A server that does not know its zone. RFC 1912 §2.8.
pub(super) static SERVER_LAME: Rule = Rule {
    id: "mx-server-lame",
    title: "A name server does not answer for the zone",
    severity: Severity::Warning,
    cites: &[LAME],
    why: "The delegation names a server that does not hold the zone. Resolvers lose time on it, and when the others \
          are down the domain has no MX.",
    remedy: Remedy::Act(
        "Set the zone up on this server, or remove it from the NS records of the zone and of its parent.",
    ),
};

/// All rules of this check.
pub(super) static ALL: &[&Rule] = &[
    &NONE,
    &DOMAIN_ALIAS,
    &NULL,
    &NULL_AND_OTHERS,
    &NULL_PREFERENCE,
    &IMPLICIT,
    &LITERAL,
    &LOCALHOST,
    &VERIFICATION,
    &ALIAS,
    &DANGLING,
    &NO_ADDRESS,
    &SPECIAL_ADDRESS,
    &SYNTAX,
    &DUPLICATE_HOST,
    &DUPLICATE_ADDRESS,
    &SINGLE_HOST,
    &SINGLE_NETWORK,
    &EQUAL_PREFERENCE,
    &IPV6_ONLY,
    &WILDCARD,
    &SERVERS_DIFFER,
    &SERVER_LAME,
];
