//! The causes of a refusal: a closed set.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why mail was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// There is no such mailbox or alias.
    UserUnknown,
    /// The mailbox is over its quota.
    MailboxFull,
    /// The mailbox exists and is disabled.
    Suspended,
    /// The mailbox moved, or belongs to somebody else now (RFC 7293).
    Moved,
    /// A rule of the recipient or of their organisation.
    RecipientRefuses,
    /// A list that can be asked has the address, the host name or the domain.
    Listed,
    /// The receiver's own record, which nobody else can look up.
    Reputation,
    /// The address counts as a dial-up line.
    Dynamic,
    /// The address has no name, or nobody says whether it lacks one or does not lead back.
    NoPtr,
    /// The name of the address does not lead back to it.
    PtrUnconfirmed,
    /// The name behind HELO.
    Helo,
    /// Too many connections, messages or recipients, or too fast.
    RateLimited,
    /// A first contact, put off on purpose.
    Greylisted,
    /// SPF failed.
    AuthSpf,
    /// DKIM failed.
    AuthDkim,
    /// DMARC failed.
    AuthDmarc,
    /// Authentication failed, by several methods or by one that is not named.
    Auth,
    /// The reverse-path cannot be used.
    ReturnPath,
    /// A login is wanted, or failed.
    SmtpAuth,
    /// The sender's own provider has blocked the account.
    AccountBlocked,
    /// The sending service keeps the address on its suppression list.
    Suppressed,
    /// A link, an attachment or words.
    Content,
    /// Called spam, and not why.
    SpamUnspecified,
    /// Malware was found.
    Virus,
    /// Too large.
    Size,
    /// The message breaks the format (RFC 5322, RFC 2045).
    Malformed,
    /// Refused by the receiver, and nothing more is said.
    Policy,
    /// That server does not take mail for that domain.
    RelayDenied,
    /// The receiver's machine has trouble.
    System,
    /// The words prove a wrong set-up at the receiver's.
    ReceiverFault,
    /// The domain says that it takes no mail (RFC 7505).
    NullMx,
    /// The domain has no mail host, or the DNS fails.
    Dns,
    /// Nobody answers, or the connection breaks.
    Network,
    /// They demand TLS.
    TlsRequired,
    /// The sender's rule about TLS and the receiver's TLS disagree.
    TlsFailed,
    /// The message goes in circles.
    Loop,
    /// Given up by time, and no other reason is known.
    Expired,
    /// A command out of turn, or an extension that is missing.
    Protocol,
    /// A person called it spam (RFC 5965).
    Complaint,
    /// It was delivered.
    Delivered,
    /// Nobody here understands the words.
    Unknown,
}

/// Whom a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// The client: its address, its name, its sender, its rate, its login. Others may fare otherwise.
    Client,
    /// The message.
    Message,
    /// The recipient.
    Recipient,
    /// Relaying: the server does not take mail for that domain.
    Relaying,
    /// TLS, which has to come first.
    Tls,
    /// The server itself, which meets everybody alike.
    Server,
    /// First contact.
    Greylisting,
    /// Nothing that is said.
    Unsaid,
}

impl Cause {
    /// The word all formats use.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::UserUnknown => "user-unknown",
            Cause::MailboxFull => "mailbox-full",
            Cause::Suspended => "suspended",
            Cause::Moved => "moved",
            Cause::RecipientRefuses => "recipient-refuses",
            Cause::Listed => "listed",
            Cause::Reputation => "reputation",
            Cause::Dynamic => "dynamic",
            Cause::NoPtr => "no-ptr",
            Cause::PtrUnconfirmed => "ptr-unconfirmed",
            Cause::Helo => "helo",
            Cause::RateLimited => "rate-limited",
            Cause::Greylisted => "greylisted",
            Cause::AuthSpf => "auth-spf",
            Cause::AuthDkim => "auth-dkim",
            Cause::AuthDmarc => "auth-dmarc",
            Cause::Auth => "auth",
            Cause::ReturnPath => "return-path",
            Cause::SmtpAuth => "smtp-auth",
            Cause::AccountBlocked => "account-blocked",
            Cause::Suppressed => "suppressed",
            Cause::Content => "content",
            Cause::SpamUnspecified => "spam-unspecified",
            Cause::Virus => "virus",
            Cause::Size => "size",
            Cause::Malformed => "malformed",
            Cause::Policy => "policy",
            Cause::RelayDenied => "relay-denied",
            Cause::System => "system",
            Cause::ReceiverFault => "receiver-fault",
            Cause::NullMx => "null-mx",
            Cause::Dns => "dns",
            Cause::Network => "network",
            Cause::TlsRequired => "tls-required",
            Cause::TlsFailed => "tls-failed",
            Cause::Loop => "loop",
            Cause::Expired => "expired",
            Cause::Protocol => "protocol",
            Cause::Complaint => "complaint",
            Cause::Delivered => "delivered",
            Cause::Unknown => "unknown",
        }
    }

    /// Whom it is about, as far as a probe of the server is concerned.
    pub fn about(self) -> About {
        match self {
            Cause::UserUnknown
            | Cause::MailboxFull
            | Cause::Suspended
            | Cause::Moved
            | Cause::RecipientRefuses
            | Cause::NullMx => About::Recipient,
            Cause::Listed
            | Cause::Reputation
            | Cause::Dynamic
            | Cause::NoPtr
            | Cause::PtrUnconfirmed
            | Cause::Helo
            | Cause::RateLimited
            | Cause::AuthSpf
            | Cause::AuthDkim
            | Cause::AuthDmarc
            | Cause::Auth
            | Cause::ReturnPath
            | Cause::SmtpAuth
            | Cause::AccountBlocked
            | Cause::Suppressed
            | Cause::ReceiverFault => About::Client,
            Cause::Content
            | Cause::SpamUnspecified
            | Cause::Virus
            | Cause::Size
            | Cause::Malformed
            | Cause::Complaint => About::Message,
            Cause::RelayDenied => About::Relaying,
            Cause::TlsRequired | Cause::TlsFailed => About::Tls,
            Cause::System | Cause::Dns | Cause::Network | Cause::Loop | Cause::Expired | Cause::Protocol => {
                About::Server
            }
            Cause::Greylisted => About::Greylisting,
            Cause::Policy | Cause::Delivered | Cause::Unknown => About::Unsaid,
        }
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}
