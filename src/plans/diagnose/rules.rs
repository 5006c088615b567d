//! What a refusal can mean for the administrator: a rule for each cause.

use crate::catalogue::refusals::Cause;
use crate::report::{Cite, Remedy, Rule, Severity};

const REPLIES: Cite = Cite::rfc(5321, "4.2.1");
const RETRIES: Cite = Cite::rfc(5321, "4.5.4.1");
const CODES: Cite = Cite::rfc(3463, "3");
const LISTS: Cite = Cite::rfc(5782, "2.1");
const REVERSE: Cite = Cite::rfc(8601, "3");
const HELO: Cite = Cite::rfc(5321, "4.1.4");
const SPF: Cite = Cite::rfc(7208, "8.4");
const DKIM: Cite = Cite::rfc(6376, "6.1");
const DMARC: Cite = Cite::rfc(9989, "7.2");
const AUTH_CODES: Cite = Cite::rfc(7372, "3");
const GREYLISTING: Cite = Cite::rfc(6647, "2.1");
const TLS: Cite = Cite::rfc(3207, "4");
const NULL_MX: Cite = Cite::rfc(7505, "4.1");
const FEEDBACK: Cite = Cite::rfc(5965, "2");
const ROUTING: Cite = Cite::rfc(5321, "5.1");
const LOGIN: Cite = Cite::rfc(4954, "6");
const REPORTS: Cite = Cite::rfc(3464, "2.3.3");

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident $cause:ident $severity:ident {
        $id:literal, $title:literal, [$($cite:expr),+], $why:literal, $remedy:ident($text:literal) $(,)?
    })+) => {
        $($(#[$doc])* pub(super) static $name: Rule = Rule {
            id: $id, title: $title, severity: Severity::$severity, cites: &[$($cite),+], why: $why,
            remedy: Remedy::$remedy($text),
        };)+

        /// All rules, one a cause.
        pub(super) static ALL: &[&Rule] = &[$(&$name),+];

        /// The rule of a cause.
        pub(super) fn of(cause: Cause) -> &'static Rule {
            match cause {
                $(Cause::$cause => &$name,)+
            }
        }
    };
}

causes! {
    /// No such mailbox.
    USER_UNKNOWN UserUnknown Error {
        "diagnose-user-unknown", "The mailbox does not exist", [REPLIES, CODES],
        "The receiver knows no such address. Mail that keeps coming to unknown addresses spoils the sender's standing.",
        Act("Correct the address, or drop it; do not try again."),
    }
    /// Over quota.
    MAILBOX_FULL MailboxFull Note {
        "diagnose-mailbox-full", "The mailbox is full", [CODES],
        "The recipient's mailbox takes nothing more until something is deleted there.",
        Nothing("Nothing on this side: tell the recipient by another way, and send again later."),
    }
    /// Disabled.
    SUSPENDED Suspended Error {
        "diagnose-suspended", "The mailbox is disabled", [CODES],
        "The mailbox exists and takes no mail, often for ever.",
        Act("Drop the address."),
    }
    /// Moved away.
    MOVED Moved Error {
        "diagnose-moved", "The mailbox has moved, or belongs to somebody else now", [CODES, Cite::rfc(7293, "4")],
        "What was meant for the former owner must not reach the new one.",
        Act("Ask the recipient for the new address, and drop this one."),
    }
    /// A rule of the recipient.
    RECIPIENT_REFUSES RecipientRefuses Error {
        "diagnose-recipient-refuses", "The recipient does not want this mail", [REPLIES],
        "A rule of the recipient, of a closed list or of their organisation refuses this sender. No mail server can change that.",
        Act("Ask the recipient to admit your address."),
    }
    /// On a list.
    LISTED Listed Error {
        "diagnose-listed", "The sender is on a blocklist", [LISTS],
        "Receivers that use the list refuse mail from the address or domain until the entry is gone.",
        Act("Mend what brought you on the list, then ask for removal on the list's own page."),
    }
    /// The receiver's own record.
    REPUTATION Reputation Error {
        "diagnose-reputation", "The receiver holds a bad record of the sender", [REPLIES],
        "The receiver's own record decides, which nobody else can look up. It follows complaints, unknown recipients and what the address did before.",
        Act("Mend what an outsider can see, then write to the receiver by its form, with the whole text of the refusal."),
    }
    /// A home line.
    DYNAMIC Dynamic Error {
        "diagnose-dynamic", "The address counts as a home or dial-up line", [LISTS, REVERSE],
        "Receivers take no mail from lines of private customers: mail servers have fixed addresses with names of their own.",
        Act("Send through your provider's mail server, or get a fixed address with a PTR record of your own."),
    }
    /// No name.
    NO_PTR NoPtr Error {
        "diagnose-no-ptr", "The sending address has no usable name", [REVERSE],
        "Receivers take an address without a name that leads back for no mail server.",
        Act("Have whoever owns the address publish a PTR record, and an address record for that name."),
    }
    /// The name does not lead back.
    PTR_UNCONFIRMED PtrUnconfirmed Error {
        "diagnose-ptr-unconfirmed", "The name of the sending address does not lead back to it", [REVERSE],
        "Anybody can write any name into a PTR record; only a name that leads back counts.",
        Act("Publish an address record for the name in the PTR record, or correct the PTR record."),
    }
    /// The greeting.
    HELO_NAME Helo Error {
        "diagnose-helo", "The name behind HELO is not accepted", [HELO],
        "A server that greets with an unqualified, unknown or foreign name looks like a virus.",
        Act("Let your server greet with the name of its PTR record."),
    }
    /// Too fast.
    RATE_LIMITED RateLimited Error {
        "diagnose-rate-limited", "Too much mail at once", [RETRIES],
        "The receiver, or the sender's own provider, takes only so many connections, messages or recipients in a time.",
        Act("Send slower: fewer connections at a time, and a longer pause after each refusal."),
    }
    /// First contact.
    GREYLISTED Greylisted Note {
        "diagnose-greylisted", "A first contact was put off on purpose", [GREYLISTING],
        "The receiver lets a stranger come again: mail servers do, viruses do not.",
        Nothing("Nothing: keep retrying from the same address; the mail is taken after some minutes."),
    }
    /// SPF failed.
    AUTH_SPF AuthSpf Error {
        "diagnose-auth-spf", "SPF failed", [SPF, AUTH_CODES],
        "The record of the sender's domain does not authorise the address that sent.",
        Act("Add the sending address to the SPF record, or send through a server that is in it."),
    }
    /// DKIM failed.
    AUTH_DKIM AuthDkim Error {
        "diagnose-auth-dkim", "DKIM failed", [DKIM, AUTH_CODES],
        "The signature is missing, its key cannot be found, or the message was changed on its way.",
        Act("Publish the key at the selector of the signature, and sign as the last step before the message leaves."),
    }
    /// DMARC failed.
    AUTH_DMARC AuthDmarc Error {
        "diagnose-auth-dmarc", "DMARC failed", [DMARC],
        "Neither SPF nor DKIM passed for the domain in From, and that domain asks to refuse such mail.",
        Act("Sign with DKIM in the name of the domain in From, or send with a reverse-path in that domain from a server in its SPF record."),
    }
    /// Authentication in general.
    AUTH Auth Error {
        "diagnose-auth", "The message is not authenticated", [AUTH_CODES],
        "The receiver wants SPF, DKIM or DMARC to pass, and they did not.",
        Act("Set up SPF, DKIM and DMARC for the domain in From, and see that they pass together."),
    }
    /// The reverse-path.
    RETURN_PATH ReturnPath Error {
        "diagnose-return-path", "The sender's address cannot be used", [Cite::rfc(5321, "3.6.2")],
        "A receiver that could not send a bounce back does not take the mail.",
        Act("Let the domain of the sender's address have a mail host that takes mail for that address."),
    }
    /// Log in.
    SMTP_AUTH SmtpAuth Error {
        "diagnose-smtp-auth", "The server wants a login", [LOGIN],
        "The mail was handed to a server that serves its own users only, or the name or password was wrong.",
        Act("Log in on port 587 or 465 with name and password; after a change of the password, in every program."),
    }
    /// The account is blocked.
    ACCOUNT_BLOCKED AccountBlocked Error {
        "diagnose-account-blocked", "The sending account is blocked by its own provider", [CODES],
        "The provider stopped the account, mostly since it sent what it should not: somebody else may have its password.",
        Act("Change the password, look for forwarding rules and unknown devices, then ask the provider to open the account."),
    }
    /// A suppression list.
    SUPPRESSED Suppressed Error {
        "diagnose-suppressed", "The sending service did not try", [REPORTS],
        "The service keeps addresses that failed before, and does not send to them.",
        Act("Take the address off the suppression list of the sending service, if it is alive."),
    }
    /// Content.
    CONTENT Content Error {
        "diagnose-content", "The receiver dislikes something in the message", [REPLIES],
        "A link, an attachment or words are named.",
        Act("Leave out what the text names; test links against domain blocklists."),
    }
    /// Spam, and not why.
    SPAM SpamUnspecified Error {
        "diagnose-spam-unspecified", "The message was taken for spam", [REPLIES],
        "The text does not say why. The sending address, its name, authentication and links count together.",
        Act("Mend what the tests find, then ask the receiver with the whole text."),
    }
    /// Malware.
    VIRUS Virus Error {
        "diagnose-virus", "Malware was found in the message", [REPLIES],
        "A scanner found what it knows as malware, or an attachment it cannot look into.",
        Act("Look at the machine that sent it; if the file is sound, send it by another way."),
    }
    /// Too large.
    SIZE Size Error {
        "diagnose-size", "The message is too large", [Cite::rfc(1870, "6")],
        "Attachments grow by a third on their way, and the smallest limit on it counts.",
        Act("Send a link instead of the file."),
    }
    /// The format.
    MALFORMED Malformed Error {
        "diagnose-malformed", "The message breaks the format", [Cite::rfc(5322, "3.6"), Cite::rfc(2045, "6")],
        "A field is missing, stands twice or has the wrong form, or octets stand where text belongs.",
        Act("Mend the program that wrote the message."),
    }
    /// Policy.
    POLICY Policy Error {
        "diagnose-policy", "The receiver refused and says no more", [CODES],
        "The text names no reason.",
        Act("Mend what the tests find; then ask the receiver's postmaster with the whole text."),
    }
    /// Relaying.
    RELAY_DENIED RelayDenied Error {
        "diagnose-relay-denied", "That server takes no mail for the recipient's domain", [ROUTING],
        "The mail went to a server that does not serve the domain: its MX record points there by mistake, or the sender should have logged in.",
        Act("Compare the MX record of the recipient's domain with the server that refused; if you are its user, log in."),
    }
    /// Their machine.
    SYSTEM System Note {
        "diagnose-system", "The receiver's server has trouble of its own", [CODES],
        "Disk, configuration or a service behind it failed there.",
        Nothing("Nothing on this side: keep retrying; if it lasts, tell the receiver by another way."),
    }
    /// Their set-up.
    RECEIVER_FAULT ReceiverFault Warning {
        "diagnose-receiver-fault", "The receiver refuses by a mistake of its own", [Cite::rfc(5782, "5")],
        "The text shows that the receiver takes a refusal or a dead list for a listing, or that its filter has no licence. Nobody is listed.",
        Act("Send the recipient's postmaster the line; there is nothing to delist."),
    }
    /// No mail wanted.
    NULL_MX_DOMAIN NullMx Error {
        "diagnose-null-mx", "The recipient's domain takes no mail", [NULL_MX],
        "The domain says so itself; every further attempt fails alike.",
        Act("Use another address."),
    }
    /// The DNS.
    DNS Dns Error {
        "diagnose-dns", "The recipient's domain leads to no mail host", [ROUTING],
        "The domain does not exist, has no mail host, or its name servers do not answer.",
        Act("Check the address for a mistake in the domain; else tell the recipient that the domain's DNS fails."),
    }
    /// The network.
    NETWORK Network Warning {
        "diagnose-network", "The receiver's mail host cannot be reached", [RETRIES],
        "Nobody answers on port 25, or the connection breaks: a firewall on either side, or a host that is down.",
        Act("Try port 25 of another host from the same machine: if none answers, your provider blocks it; else keep retrying."),
    }
    /// They demand TLS.
    TLS_REQUIRED TlsRequired Error {
        "diagnose-tls-required", "The receiver wants TLS", [TLS],
        "The mail was offered in clear, and the receiver takes it inside TLS only.",
        Act("Switch on STARTTLS for outgoing mail (Postfix: smtp_tls_security_level = may)."),
    }
    /// Our rule and their TLS.
    TLS_FAILED TlsFailed Warning {
        "diagnose-tls-failed", "TLS to the receiver failed where it must not", [Cite::rfc(8461, "5"), Cite::rfc(7672, "2.2")],
        "A rule of the sender (DANE, MTA-STS or a fixed level) asks for TLS that the receiver does not offer so.",
        Act("Tell the receiver what fails; until then loosen the rule for that domain if the mail is worth it."),
    }
    /// Circles.
    LOOP Loop Error {
        "diagnose-loop", "The message goes in circles", [Cite::rfc(5321, "6.3")],
        "Two servers or two forwardings hand the message to each other.",
        Act("End the forwarding, or let each server know which domains are its own."),
    }
    /// Given up.
    EXPIRED Expired Warning {
        "diagnose-expired", "The message was given up after days without a reason", [RETRIES],
        "No attempt got through, and the report does not say what came of the last one.",
        Act("Look into the log of the sending server for the last attempt, and diagnose that line."),
    }
    /// Out of turn.
    PROTOCOL Protocol Error {
        "diagnose-protocol", "The servers did not understand each other", [REPLIES],
        "A command came out of turn, or the receiver lacks an extension; a firewall that inspects SMTP does that, too.",
        Act("Switch off the SMTP inspection of the firewall on the way; bring the sending program up to date."),
    }
    /// A person's complaint.
    COMPLAINT Complaint Error {
        "diagnose-complaint", "A recipient called the message spam", [FEEDBACK],
        "Complaints decide over a sender's standing more than anything else.",
        Act("Take the recipient off the list at once, and look at how they came onto it."),
    }
    /// Delivered.
    DELIVERED Delivered Note {
        "diagnose-delivered", "The message was delivered", [REPORTS],
        "The report is no failure.",
        Nothing("Nothing."),
    }
    /// Not understood.
    UNKNOWN Unknown Warning {
        "diagnose-unknown", "The reason is not understood", [REPLIES],
        "The words are known to nobody here.",
        Act("Read the words as they were received; ask the receiver's postmaster with the whole text."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_a_rule_that_is_named_after_it() {
        assert_eq!(ALL.len(), 41);
        for rule in ALL {
            let word = rule.id.strip_prefix("diagnose-").expect("a prefix");
            let cause: Cause = serde_json::from_value(word.into()).expect(word);
            assert!(std::ptr::eq(of(cause), *rule));
        }
    }
}
