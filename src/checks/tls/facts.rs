//! What was learned of a target's TLS.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::mail::mta_sts::Mode;
use crate::net::dane;
use crate::net::smtp::Entry;
use crate::net::tls::certificate::Certificate;
use crate::net::tls::pkix::Fault;
use crate::net::tls::suites::Grade;

/// What was learned of a target's TLS.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Facts {
    /// The confidence factor, 0 to 100; null if nothing was tested.
    pub confidence: Option<u8>,
    /// Addresses whose TLS was tested.
    pub tested: usize,
    /// Addresses there are.
    pub addresses: usize,
    /// The mode of the domain's MTA-STS policy; null if it has none, or was not asked for one.
    pub mta_sts: Option<Mode>,
    /// One entry an address, by preference.
    pub hosts: Vec<HostRow>,
    /// The verdict in one line.
    #[serde(skip)]
    pub reason: String,
}

/// One address of a mail host.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct HostRow {
    /// The host's name.
    pub host: String,
    /// The preference of its MX record.
    pub preference: Option<u16>,
    /// The address.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// The steps of the dialogue.
    pub cells: Cells,
    /// The version that was agreed on, for example `TLSv1.3`.
    pub version: Option<String>,
    /// The cipher suite as IANA names it.
    pub suite: Option<String>,
    /// The group of the key exchange.
    pub group: Option<String>,
    /// What the server signed the handshake with.
    pub signature_scheme: Option<String>,
    /// Whether an OCSP response was stapled.
    pub stapled: bool,
    /// Versions below TLS 1.2 that it accepts.
    pub old_versions: Vec<String>,
    /// The name the certificates were compared with; null for a bare address.
    pub name: Option<String>,
    /// The certificates in the order they were sent.
    pub chain: Vec<Certificate>,
    /// What is wrong with them.
    pub pkix: Vec<Fault>,
    /// Whether they lead to a trusted root, whatever else is wrong.
    pub trusted: Option<bool>,
    /// The certificate of the other kind, if there are two: RSA beside ECDSA.
    pub other: Option<OtherChain>,
    /// The certificate that is shown to clients that ask for no name; only with `--deep`.
    pub unnamed: Option<OtherChain>,
    /// What DANE says.
    pub dane: Option<DaneRow>,
    /// What senders do.
    pub senders: Option<Senders>,
    /// What `--deep` found.
    pub deep: Option<Deep>,
    /// 0 to 100; null if TLS was not tested.
    pub confidence: Option<u8>,
    /// What was deducted from 100.
    pub deductions: Vec<Deduction>,
    /// The dialogue.
    pub transcript: Vec<Entry>,
}

/// Another chain of certificates.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OtherChain {
    /// The certificates in the order they were sent.
    pub chain: Vec<Certificate>,
    /// What is wrong with them.
    pub pkix: Vec<Fault>,
}

/// The steps of the dialogue, in order.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Cells {
    /// The connection.
    pub answer: Cell,
    /// The greeting.
    pub connect: Cell,
    /// EHLO.
    pub helo: Cell,
    /// The handshake.
    pub tls: Cell,
    /// The certificate.
    pub cert: Cell,
    /// EHLO inside TLS.
    pub secure: Cell,
    /// The envelope, if a mailbox was given.
    pub sender: Cell,
}

/// One step.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Cell {
    /// What came of it.
    pub state: State,
    /// How long it took.
    pub elapsed_ms: Option<u64>,
    /// What there is to say of it; empty if nothing.
    pub detail: String,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, with something to mind.
    Warn,
    /// It does not work.
    Fail,
    /// It could not be told.
    Unclear,
    /// It was not come to.
    #[default]
    NotTested,
}

/// What was deducted from a confidence of 100.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deduction {
    /// How much.
    pub points: u8,
    /// What for.
    pub why: String,
}

/// What DANE says of an address.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DaneRow {
    /// How far the TLSA records can be believed.
    pub status: dane::Status,
    /// Whether the chains match them; null if senders do not use them.
    pub matched: Option<bool>,
}

/// What senders of each kind do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Senders {
    /// Those that encrypt when they can.
    pub opportunistic: Delivery,
    /// Those that follow MTA-STS; null if there is no policy to follow.
    pub mta_sts: Option<Delivery>,
    /// Those that follow DANE; null if there are no records to follow.
    pub dane: Option<Delivery>,
}

/// What a sender does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// It delivers over TLS.
    Deliver,
    /// It delivers in clear.
    DeliverInClear,
    /// It keeps the mail.
    Defer,
}

impl Delivery {
    /// The words people read.
    pub fn as_str(self) -> &'static str {
        match self {
            Delivery::Deliver => "deliver",
            Delivery::DeliverInClear => "deliver in clear",
            Delivery::Defer => "defer",
        }
    }
}

/// What a sweep over versions, suites and groups found.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Deep {
    /// The versions that are accepted, the oldest first.
    pub versions: Vec<String>,
    /// The suites that are accepted, in the server's order if it has one.
    pub suites: Vec<SuiteRow>,
    /// Whose order of suites counts up to TLS 1.2; null if one suite at most is accepted.
    pub order: Option<Order>,
    /// The groups that are accepted.
    pub groups: Vec<String>,
    /// Why the sweep ended before its end; null if it did not.
    pub ended: Option<String>,
}

/// A suite.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SuiteRow {
    /// Its name.
    pub name: String,
    /// What it is worth.
    pub grade: Grade,
}

/// Whose order counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The server's.
    Server,
    /// The client's.
    Client,
}
