//! What can be wrong with the way a mail server speaks.

use crate::checks::dialogue;
use crate::report::{Cite, Remedy, Rule, Severity};

/// All of them.
pub(super) static ALL: &[&Rule] = &[
    &dialogue::REFUSED,
    &dialogue::SILENT,
    &dialogue::DOWN,
    &dialogue::PROTOCOL,
    &dialogue::IMPLICIT_PLAIN,
    &GREETING_NAME,
    &GREETING_MASKED,
    &VERSION,
    &SLOW,
    &HELO_ONLY,
    &HELLO_NAME,
    &NAME_UNCONFIRMED,
    &REPLY_FORM,
    &AUTH_IN_CLEAR,
    &STARTTLS_INSIDE,
    &SIZE_SMALL,
    &RECIPIENT_LIMIT,
    &POSTMASTER,
    &ABUSE,
    &MAILBOX,
    &NULL_SENDER,
    &LITERAL,
    &CATCH_ALL,
    &SPOOF,
    &VRFY,
    &EXPN,
    &INJECTION,
    &ERROR_LIMIT_LOW,
    &ERROR_LIMIT_NONE,
];

/// The greeting names nobody.
pub(super) static GREETING_NAME: Rule = Rule {
    id: "smtp-greeting-name",
    title: "The greeting holds no host name that others can look up",
    severity: Severity::Warning,
    cites: &[Cite::rfc(5321, "4.2"), Cite::rfc(5321, "4.3.1")],
    why: "Senders recognise mail loops by that name, and administrators elsewhere find out by it whose server they reached.",
    remedy: Remedy::Act(
        "Let the greeting begin with the server's full name, as its address is named in the DNS: in Postfix myhostname and smtpd_banner, in Exim primary_hostname.",
    ),
};

/// Somebody overwrites what the server says.
pub(super) static GREETING_MASKED: Rule = Rule {
    id: "smtp-greeting-masked",
    title: "A firewall writes asterisks over the greeting",
    severity: Severity::Warning,
    cites: &[Cite::rfc(5321, "4.2"), Cite::rfc(3207, "6")],
    why: "Firewalls that rewrite SMTP hide EHLO and STARTTLS too: mail arrives without encryption, and large or unusual mail breaks off.",
    remedy: Remedy::Act(
        "Turn off SMTP inspection for this server: on a Cisco PIX or ASA \"no fixup protocol smtp 25\" or \"no inspect esmtp\".",
    ),
};

/// The greeting tells which holes to try.
pub(super) static VERSION: Rule = Rule {
    id: "smtp-version-disclosed",
    title: "The greeting tells the version of the software",
    severity: Severity::Note,
    cites: &[Cite::rfc(5321, "7.5")],
    why: "It helps with debugging, and it tells attackers which known holes to try.",
    remedy: Remedy::Act(
        "Leave the version out of the greeting, for example in Postfix smtpd_banner = $myhostname ESMTP, in Exim smtp_banner.",
    ),
};

/// It takes long to say anything.
pub(super) static SLOW: Rule = Rule {
    id: "smtp-slow-greeting",
    title: "The server takes its time to greet",
    severity: Severity::Note,
    cites: &[Cite::rfc(5321, "4.5.3.2.1")],
    why: "Senders wait for five minutes, so nothing is lost; simple clients and monitors give up earlier. A delay is meant where it keeps off bots, else a look-up before the greeting hangs.",
    remedy: Remedy::Act(
        "If no delay is set up on purpose, see that reverse look-ups and blocklist questions of the server are answered quickly.",
    ),
};

/// It knows no extensions.
pub(super) static HELO_ONLY: Rule = Rule {
    id: "smtp-helo-only",
    title: "The server does not know EHLO",
    severity: Severity::Warning,
    cites: &[Cite::rfc(5321, "2.2.1"), Cite::rfc(5321, "4.1.1.1")],
    why: "Without EHLO there is no STARTTLS, no declared size and no eight-bit mail; senders that demand encryption deliver nothing.",
    remedy: Remedy::Act("Use a server that supports EHLO, or stop the firewall in front from filtering it."),
};

/// The answer to EHLO names nobody.
pub(super) static HELLO_NAME: Rule = Rule {
    id: "smtp-hello-name",
    title: "The answer to EHLO does not begin with the server's name",
    severity: Severity::Note,
    cites: &[Cite::rfc(5321, "4.1.1.1")],
    why: "The first word of the answer is the server's domain or address literal; some software compares it with the greeting.",
    remedy: Remedy::Act("Set the server's own name to its full name in the DNS."),
};

/// The name it gives itself leads elsewhere.
pub(super) static NAME_UNCONFIRMED: Rule = Rule {
    id: "smtp-name-unconfirmed",
    title: "The name the server gives itself does not lead back to it",
    severity: Severity::Note,
    cites: &[Cite::rfc(5321, "2.3.5")],
    why: "Where the same server also sends, it greets others by that name, and receivers compare it with its address.",
    remedy: Remedy::Act("Publish an address record for the name, or let the server use the name that its address has."),
};

/// Replies are not written as they should be.
pub(super) static REPLY_FORM: Rule = Rule {
    id: "smtp-reply-form",
    title: "Replies break the form that SMTP asks for",
    severity: Severity::Warning,
    cites: &[Cite::rfc(5321, "4.2"), Cite::rfc(5321, "2.3.8")],
    why: "Clients that read strictly take the reply for garbage and put the mail off.",
    remedy: Remedy::Act(
        "Update the server or the proxy in front of it; look at texts of your own in its configuration for line ends and characters outside ASCII.",
    ),
};

/// Passwords may be sent in clear.
pub(super) static AUTH_IN_CLEAR: Rule = Rule {
    id: "smtp-auth-in-clear",
    title: "Passwords are asked for before the connection is encrypted",
    severity: Severity::Warning,
    cites: &[Cite::rfc(4954, "4"), Cite::rfc(8314, "4.1")],
    why: "Whoever listens on the way reads the password of every client that does not insist on TLS, and sends spam with it.",
    remedy: Remedy::Act(
        "Offer AUTH inside TLS alone, in Postfix smtpd_tls_auth_only = yes, and on ports 465 and 587 rather than on 25.",
    ),
};

/// STARTTLS inside TLS.
pub(super) static STARTTLS_INSIDE: Rule = Rule {
    id: "smtp-starttls-inside",
    title: "STARTTLS is offered again inside TLS",
    severity: Severity::Note,
    cites: &[Cite::rfc(3207, "4.2")],
    why: "It must not be; a client that takes the offer up ends in an error.",
    remedy: Remedy::Act("Update the server: it should forget its offer once TLS has begun."),
};

/// Ordinary mail does not fit.
pub(super) static SIZE_SMALL: Rule = Rule {
    id: "smtp-size-small",
    title: "The server takes only very small messages",
    severity: Severity::Warning,
    cites: &[Cite::rfc(5321, "4.5.3.1.7"), Cite::rfc(1870, "4")],
    why: "Every server has to take messages of 64 KiB; larger ones than the declared size are returned before they are sent.",
    remedy: Remedy::Act(
        "Raise the limit, in Postfix message_size_limit, in Exim message_size_limit, in Sendmail MaxMessageSize.",
    ),
};

/// Few recipients at once.
pub(super) static RECIPIENT_LIMIT: Rule = Rule {
    id: "smtp-recipient-limit",
    title: "The server takes fewer than 100 recipients at once",
    severity: Severity::Note,
    cites: &[Cite::rfc(5321, "4.5.3.1.8"), Cite::rfc(9422, "4.2")],
    why: "A server has to buffer 100 recipients; with fewer, mail for many of your users arrives in pieces and later.",
    remedy: Remedy::Act("Raise RCPTMAX to 100 or more."),
};

/// Nobody to write to.
pub(super) static POSTMASTER: Rule = Rule {
    id: "smtp-postmaster-refused",
    title: "Mail for postmaster is refused",
    severity: Severity::Warning,
    cites: &[Cite::rfc(5321, "4.5.1"), Cite::rfc(2142, "5")],
    why: "Every domain that takes mail must take it for postmaster; others report faults there, and some blocklists list domains without it.",
    remedy: Remedy::Act("Create the mailbox or an alias that somebody reads: postmaster: you@your.domain."),
};

/// Nobody to complain to.
pub(super) static ABUSE: Rule = Rule {
    id: "smtp-abuse-refused",
    title: "Mail for abuse is refused",
    severity: Severity::Note,
    cites: &[Cite::rfc(2142, "4")],
    why: "Complaints about spam from your domain go there; whoever cannot complain to you complains to a blocklist.",
    remedy: Remedy::Act("Create the mailbox or an alias that somebody reads: abuse: you@your.domain."),
};

/// The mailbox in question does not exist.
pub(super) static MAILBOX: Rule = Rule {
    id: "smtp-mailbox-refused",
    title: "The server does not know the mailbox",
    severity: Severity::Error,
    cites: &[Cite::rfc(5321, "3.3"), Cite::rfc(3463, "3.2")],
    why: "Mail for it is returned.",
    remedy: Remedy::Act(
        "Create the mailbox, or correct its address; where a gateway asks another server for its users, see whether it knows this one.",
    ),
};

/// Bounces are refused.
pub(super) static NULL_SENDER: Rule = Rule {
    id: "smtp-null-sender-refused",
    title: "Mail with the null sender is refused",
    severity: Severity::Error,
    cites: &[Cite::rfc(5321, "4.5.5"), Cite::rfc(5321, "6.1")],
    why: "Bounces and receipts come with MAIL FROM:<>: your users do not learn that their mail failed, and servers that call back refuse mail from your domain.",
    remedy: Remedy::Act(
        "Accept the empty reverse-path for every recipient; against backscatter use BATV or content rules instead.",
    ),
};

/// The address literal is not its own.
pub(super) static LITERAL: Rule = Rule {
    id: "smtp-literal-refused",
    title: "Mail for postmaster at the server's own address is refused",
    severity: Severity::Note,
    cites: &[Cite::rfc(1123, "5.2.17"), Cite::rfc(5321, "4.1.3")],
    why: "Such an address works when the domain's DNS does not. Many servers refuse it on purpose, since spammers use it.",
    remedy: Remedy::Act(
        "If you want it, accept postmaster at the address literal alone, in Postfix list the address in inet_interfaces or proxy_interfaces, in Exim set allow_domain_literals.",
    ),
};

/// Every recipient is taken.
pub(super) static CATCH_ALL: Rule = Rule {
    id: "smtp-catch-all",
    title: "The server takes mail for mailboxes that do not exist",
    severity: Severity::Warning,
    cites: &[Cite::rfc(5321, "3.3"), Cite::rfc(5321, "6.2")],
    why: "A catch-all attracts spam; a server that accepts first and bounces later sends those bounces to forged senders and is listed for it.",
    remedy: Remedy::Act(
        "Refuse unknown recipients at RCPT: in Postfix give relay_recipient_maps or virtual_mailbox_maps, in Exim verify = recipient, on a gateway ask the server behind it.",
    ),
};

/// Strangers may call themselves one of yours.
pub(super) static SPOOF: Rule = Rule {
    id: "smtp-spoof-accepted",
    title: "A stranger may use the domain itself as sender, without a login",
    severity: Severity::Warning,
    cites: &[Cite::rfc(5321, "7.1"), Cite::rfc(7208, "2.4")],
    why: "Mail that seems to come from a colleague is what phishing lives on. This envelope was accepted; a filter may still catch the message, which was not sent.",
    remedy: Remedy::Act(
        "Refuse your own domains as sender from clients that have not logged in, and publish and enforce SPF with -all and DMARC.",
    ),
};

/// Mailboxes can be guessed.
pub(super) static VRFY: Rule = Rule {
    id: "smtp-vrfy-open",
    title: "VRFY tells which mailboxes exist",
    severity: Severity::Note,
    cites: &[Cite::rfc(5321, "7.3"), Cite::rfc(5321, "3.5.3")],
    why: "Spammers collect addresses with it, without leaving an envelope in the log.",
    remedy: Remedy::Act("Answer 252 to every VRFY, or turn it off: in Postfix disable_vrfy_command = yes."),
};

/// Lists can be read.
pub(super) static EXPN: Rule = Rule {
    id: "smtp-expn-open",
    title: "EXPN tells who is behind an address",
    severity: Severity::Warning,
    cites: &[Cite::rfc(5321, "7.3"), Cite::rfc(5321, "3.5.1")],
    why: "Anybody can read the members of your lists and the targets of your aliases.",
    remedy: Remedy::Act("Turn EXPN off: in Sendmail PrivacyOptions noexpn, in Exim leave acl_smtp_expn unset."),
};

/// Commands from before TLS are obeyed inside it.
pub(super) static INJECTION: Rule = Rule {
    id: "smtp-command-injection",
    title: "Commands sent in clear behind STARTTLS are obeyed inside TLS",
    severity: Severity::Error,
    cites: &[Cite::rfc(3207, "4.2")],
    why: "Somebody on the way can put commands in front of a client's encrypted dialogue and redirect its mail or its password (CVE-2011-0411).",
    remedy: Remedy::Act("Update the server: it must forget what it received in clear before TLS began."),
};

/// It hangs up early.
pub(super) static ERROR_LIMIT_LOW: Rule = Rule {
    id: "smtp-error-limit-low",
    title: "The server hangs up after a handful of errors",
    severity: Severity::Note,
    cites: &[Cite::rfc(5321, "7.8"), Cite::rfc(5321, "3.8")],
    why: "A list that writes to some users who have left loses the connection, and its mail for the others comes later or not at all.",
    remedy: Remedy::Act(
        "Allow some 10 to 20 errors, in Postfix smtpd_hard_error_limit, in MailEnable the number of failed commands or recipients.",
    ),
};

/// It never hangs up.
pub(super) static ERROR_LIMIT_NONE: Rule = Rule {
    id: "smtp-error-limit-none",
    title: "The server bears any number of errors",
    severity: Severity::Note,
    cites: &[Cite::rfc(5321, "7.8")],
    why: "Robots that guess mailboxes or passwords can go on in one connection for as long as they like.",
    remedy: Remedy::Act("Hang up after some 20 errors, in Postfix smtpd_hard_error_limit = 20."),
};
