//! One address of a mail host, looked at from all sides, a connection at a time.

use std::sync::Arc;
use std::time::Duration;

use super::sweep;
use crate::checks::tls::facts::Deep;
use crate::net::Net;
use crate::net::smtp::Envelope;
use crate::net::smtp::survey::{Plan, probe, probe_beyond};
use crate::net::smtp::{Failure, Peer, Reply, Survey};
use crate::net::tls::client_hello::{ClientHello, Version};
use crate::net::tls::server_hello::{HelloAnswer, ServerHello};
use crate::net::tls::{Handshake, HandshakeError, KeyType, Offer, Versions};
use crate::report::{Reason, Unclear};

/// How an address is looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct How {
    /// An envelope to try.
    pub(super) envelope: Option<Envelope>,
    /// How long to wait before a deferred dialogue is tried once more.
    pub(super) retry: Option<Duration>,
    /// Whether to sweep over everything the server could be offered.
    pub(super) deep: bool,
}

/// What was seen of one address.
#[derive(Debug)]
pub(super) struct Inspection {
    pub(super) peer: Peer,
    pub(super) preference: Option<u16>,
    /// The dialogue.
    pub(super) survey: Arc<Survey>,
    /// Whether it is the second one, after a deferral.
    pub(super) is_second: bool,
    /// What the server agrees to that agrees to nothing the TLS library here has.
    pub(super) old: Option<ServerHello>,
    /// The versions below TLS 1.2 that it accepts beside newer ones.
    pub(super) old_versions: Vec<Version>,
    /// The certificate of the other kind.
    pub(super) other: Option<Handshake>,
    /// The handshake without a name.
    pub(super) unnamed: Option<Handshake>,
    /// Why there is none, twice.
    pub(super) unnamed_error: Option<HandshakeError>,
    /// The sweep.
    pub(super) deep: Option<Deep>,
    /// Further questions that got no answer; none of them could change the verdict.
    pub(super) open: Vec<Unclear>,
}

/// The time that all further questions together may take, as a multiple of that of one reply.
const REPLIES: u32 = 5;
/// The same with a sweep among them.
const DEEP_REPLIES: u32 = 20;

impl Inspection {
    /// Looks at an address.
    pub(super) async fn make(peer: Peer, preference: Option<u16>, how: &How, net: &Net) -> Self {
        let offer = Offer::named(&peer.host);
        let plan = Plan { offer: offer.clone(), envelope: how.envelope.clone() };
        let mut survey = net.smtp.surveys.of(&peer, &plan, net).await;
        let mut is_second = false;
        if let Some(wait) = how.retry.filter(|_| is_deferred(&survey)) {
            tokio::time::sleep(wait).await;
            survey = Arc::new(Survey::make(&peer, &plan, net).await);
            is_second = true;
        }
        let mut inspection = Inspection {
            peer,
            preference,
            survey,
            is_second,
            old: None,
            old_versions: Vec::new(),
            other: None,
            unnamed: None,
            unnamed_error: None,
            deep: None,
            open: Vec::new(),
        };
        if inspection.survey.opening.handshake.is_some() {
            // What decides is known; a server that takes its time does not get all of ours.
            let limit = net.smtp.timeout * if how.deep { DEEP_REPLIES } else { REPLIES };
            if tokio::time::timeout(limit, inspection.look_further(&offer, how, net)).await.is_err() {
                let words = format!("further questions took longer than {} s", limit.as_secs_f32().ceil());
                inspection.open.push(Unclear::harmless(Reason::Timeout, &inspection.peer, words));
            }
        } else if inspection.survey.opening.handshake_error.as_ref().is_some_and(|error| error.may_be_old()) {
            inspection.look_back(net).await;
        }
        inspection
    }

    /// What else a server shows that understood the first handshake.
    async fn look_further(&mut self, offer: &Offer, how: &How, net: &Net) {
        if how.deep {
            let name = self.asked_name().map(str::to_owned);
            let deep = sweep::sweep(&self.peer, name.as_deref(), net).await;
            self.old_versions = [Version::Ssl3, Version::Tls10, Version::Tls11]
                .into_iter()
                .filter(|version| deep.versions.iter().any(|found| found == version.as_str()))
                .collect();
            self.deep = Some(deep);
        } else {
            self.look_for_old_versions(net).await;
        }
        let is_rsa = self.handshake().is_some_and(scheme_is_rsa);
        let key = if is_rsa { KeyType::Ecdsa } else { KeyType::Rsa };
        self.other = self.shake_hands(Offer { key, ..offer.clone() }, net).await;
        if self.asked_name().is_some() {
            self.shake_hands_unnamed(net).await;
        }
    }

    /// The handshake of a client that asks for no name, as Postfix does unless DANE applies.
    async fn shake_hands_unnamed(&mut self, net: &Net) {
        let offer = Offer { name: None, key: KeyType::Any, versions: Versions::All };
        self.unnamed = self.shake_hands(offer.clone(), net).await;
        if self.unnamed.is_some() {
            return;
        }
        // A connection may break for another reason, once.
        let again = Survey::make(&self.peer, &Plan { offer, envelope: None }, net).await;
        match (again.opening.handshake, again.opening.handshake_error) {
            (Some(handshake), _) => self.unnamed = Some(handshake),
            (None, Some(HandshakeError::Silent(_)) | None) => {}
            (None, error) => self.unnamed_error = error,
        }
    }

    /// Another handshake. That the server has nothing to offer for it is an answer; anything else stays open.
    async fn shake_hands(&mut self, offer: Offer, net: &Net) -> Option<Handshake> {
        let survey = net.smtp.surveys.of(&self.peer, &Plan { offer, envelope: None }, net).await;
        if survey.opening.handshake.is_none()
            && let Some(failure) = &survey.failure
        {
            self.leave_open(failure);
        }
        survey.opening.handshake.clone()
    }

    async fn look_for_old_versions(&mut self, net: &Net) {
        for version in [Version::Tls11, Version::Tls10] {
            let hello = ClientHello::of_version(version, self.asked_name());
            match probe(&self.peer, &hello, net).await {
                Ok(HelloAnswer::Hello(hello)) => {
                    self.old_versions.insert(0, hello.version);
                    // A server without the one answers with the other.
                    if hello.version != version {
                        return;
                    }
                }
                Ok(HelloAnswer::Alert(_) | HelloAnswer::Nothing(_)) => return,
                Err(failure) => return self.leave_open(&failure),
            }
        }
    }

    /// What a server agrees to that agrees to nothing today's libraries offer.
    async fn look_back(&mut self, net: &Net) {
        match probe_beyond(&self.peer, self.asked_name(), net).await {
            Ok(hello) => self.old = hello,
            Err(failure) => self.leave_open(&failure),
        }
    }

    /// What the server agrees to, as senders of today do, and this program cannot go through with; and why.
    pub(super) fn beyond(&self) -> Option<(&ServerHello, &HandshakeError)> {
        let error = self.survey.opening.handshake_error.as_ref().filter(|error| error.may_be_a_limit())?;
        let agreed = self.old.as_ref().filter(|agreed| agreed.is_current())?;
        Some((agreed, error))
    }

    fn leave_open(&mut self, failure: &Failure) {
        let unclear = failure.unclear(&self.peer);
        self.open.push(Unclear { decisive: false, ..unclear });
    }

    /// The handshake.
    pub(super) fn handshake(&self) -> Option<&Handshake> {
        self.survey.opening.handshake.as_ref()
    }

    /// The name that is asked for: none of an address.
    pub(super) fn asked_name(&self) -> Option<&str> {
        Some(self.peer.host.as_str()).filter(|host| host.parse::<std::net::IpAddr>().is_err())
    }

    /// Whether the server spoke SMTP, or TLS where that comes first.
    pub(super) fn was_heard(&self) -> bool {
        self.survey.opening.greeting.is_some()
            || self.survey.opening.handshake.is_some()
            || self.survey.opening.handshake_error.is_some()
    }
}

/// Whether a server put us off: with a 4xx anywhere, as greylisting does.
fn is_deferred(survey: &Survey) -> bool {
    let is_transient = |reply: &Option<Reply>| reply.as_ref().is_some_and(Reply::is_transient);
    let was_rejected = matches!(&survey.failure, Some(Failure::Rejected { reply, .. }) if reply.is_transient());
    is_transient(&survey.rcpt) || is_transient(&survey.mail) || was_rejected
}

/// Whether the server signed with RSA, which only an RSA certificate lets it do.
fn scheme_is_rsa(handshake: &Handshake) -> bool {
    handshake.scheme.as_deref().is_some_and(|scheme| scheme.starts_with("RSA"))
}
