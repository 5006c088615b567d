//! What a server offers before its certificate is looked at, and whether TLS comes about.

use super::Judge;
use crate::checks::dialogue;
use crate::checks::tls::inspect::Inspection;
use crate::checks::tls::rules;
use crate::net::smtp::{Peer, Security, Survey};
use crate::net::tls::client_hello::Version;
use crate::net::tls::{HandshakeError, suites};
use crate::report::{Evidence, Reason, Unclear, clean_bytes};

/// What came of an address.
pub(super) enum TlsResult {
    /// TLS, or its absence, or a handshake that fails, is known.
    Tested,
    /// It did not come to that.
    Untested,
}

impl Judge<'_> {
    /// What the server showed in clear.
    pub(super) fn clear_part(&mut self, peer: &Peer, survey: &Survey) {
        if !survey.injected.is_empty() {
            let shown = clean_bytes(&survey.injected[..survey.injected.len().min(200)]);
            let detail = format!("{} octets: \"{}\"", survey.injected.len(), shown.trim());
            self.tell(&rules::INJECTED, peer, detail, None, Evidence::reply(peer, &shown));
        }
        if self.options.beside.smtp {
            return;
        }
        let Some(hello) = &survey.opening.hello else { return };
        if let Some(auth) = hello.asks_for_passwords() {
            let evidence = Evidence::reply(peer, hello.reply.to_string());
            self.tell(&rules::AUTH_IN_CLEAR, peer, format!("AUTH {auth} before TLS"), None, evidence);
        }
    }

    /// Whether TLS is offered and comes about.
    pub(super) fn tls(&mut self, seen: &Inspection, siblings: &[&Inspection]) -> TlsResult {
        let Inspection { peer, survey, .. } = seen;
        for (rule, versions) in
            [(&rules::SSL3, &[Version::Ssl3][..]), (&rules::OLD_TOO, &[Version::Tls10, Version::Tls11])]
        {
            let found = seen.old_versions.iter().filter(|version| versions.contains(version));
            let found: Vec<&str> = found.map(|version| version.as_str()).collect();
            if !found.is_empty() {
                let found = found.join(" and ");
                let evidence = Evidence::connection(peer, format!("{found} agreed to"));
                self.tell(rule, peer, found, None, evidence);
            }
        }
        let weak: Vec<&str> = seen.deep.iter().flat_map(|deep| &deep.suites).map(|row| row.name.as_str()).collect();
        let weak: Vec<&str> = weak.into_iter().filter(|name| is_unprotected(name)).collect();
        if !weak.is_empty() {
            let weak = weak.join(", ");
            let evidence = Evidence::connection(peer, format!("{weak} agreed to"));
            self.tell(&rules::WEAK_SUITES, peer, weak, None, evidence);
        }
        if let Some(error) = &seen.unnamed_error {
            let words = format!("without a name: {error}");
            self.tell(&rules::NEEDS_NAME, peer, &words, None, Evidence::connection(peer, &words));
        }
        if survey.opening.handshake.is_some() {
            return TlsResult::Tested;
        }
        if let Some(error) = &survey.opening.handshake_error {
            return self.no_handshake(seen, error);
        }
        if let Some(reply) = &survey.opening.declined {
            let evidence = Evidence::Reply { server: peer.to_string(), text: reply.to_string() };
            self.tell(&rules::DECLINED, peer, format!("STARTTLS: {reply}"), None, evidence);
            return TlsResult::Tested;
        }
        let Some(hello) = survey.opening.hello.as_ref().filter(|hello| !hello.offers_starttls()) else {
            return TlsResult::Untested;
        };
        let evidence = Evidence::Reply { server: peer.to_string(), text: hello.reply.to_string() };
        let has_tls = |one: &&Inspection| one.survey.opening.handshake.is_some() || one.old.is_some();
        let (rule, detail) = if let Some(word) = hello.overwritten_starttls() {
            (&rules::OVERWRITTEN, format!("\"{word}\" stands in the place of STARTTLS"))
        } else if let Some(other) = siblings.iter().copied().find(has_tls) {
            (&rules::SOME, format!("not offered here, and offered at {}", other.peer.address))
        } else if hello.extended {
            let offered: Vec<String> = hello.capabilities().map(|capability| capability.keyword).take(12).collect();
            let offered = if offered.is_empty() { "nothing".to_owned() } else { offered.join(", ") };
            (&rules::NONE, format!("offered is {offered}"))
        } else {
            (&rules::NONE, "the server knows HELO only".to_owned())
        };
        self.tell(rule, peer, detail, None, evidence);
        TlsResult::Tested
    }

    /// A handshake that failed: at a limit of ours, or for a fault of theirs.
    fn no_handshake(&mut self, seen: &Inspection, error: &HandshakeError) -> TlsResult {
        let peer = &seen.peer;
        let is_ours = matches!(error, HandshakeError::Silent(_)) && !self.net.smtp.courtesy.silence_is_proven(peer);
        if is_ours {
            self.unclear.push(Unclear::decisive(Reason::Timeout, peer, error.to_string()));
            return TlsResult::Untested;
        }
        if let Some((agreed, error)) = seen.beyond() {
            let group = agreed.group.map(|group| format!(", {}", suites::group(group))).unwrap_or_default();
            let (version, suite) = (agreed.version.as_str(), suites::name(agreed.suite));
            let detail =
                format!("{version} with {suite}{group} is agreed to, which this program cannot complete: {error}");
            self.unclear.push(Unclear::decisive(Reason::Unsupported, peer, detail));
            return TlsResult::Untested;
        }
        let evidence = Evidence::connection(peer, error.to_string());
        match error {
            HandshakeError::ClientCertificate(alert) => {
                self.tell(&rules::CLIENT_CERTIFICATE, peer, format!("alert {alert}"), None, evidence);
                return TlsResult::Tested;
            }
            HandshakeError::InClear(words) if peer.security == Security::Implicit => {
                let evidence = Evidence::reply(peer, words);
                self.tell(&dialogue::IMPLICIT_PLAIN, peer, format!("\"{words}\""), None, evidence);
                return TlsResult::Tested;
            }
            _ => {}
        }
        let about = seen.old.as_ref().map(|old| (old.version, old.is_current(), suites::name(old.suite)));
        let (rule, detail) = match about {
            Some((version @ (Version::Ssl3 | Version::Tls10 | Version::Tls11), _, suite)) => {
                (&rules::OLD_ONLY, format!("at most {} with {suite}; to newer ones: {error}", version.as_str()))
            }
            Some((version, false, suite)) => (&rules::OLD_KEY_EXCHANGE, format!("{} with {suite}", version.as_str())),
            Some((version, true, suite)) => {
                let words = format!("{error}, although {} with {suite} is agreed to", version.as_str());
                (&rules::HANDSHAKE, words)
            }
            None => (&rules::HANDSHAKE, error.to_string()),
        };
        self.tell(rule, peer, detail, None, evidence);
        TlsResult::Tested
    }
}

/// Whether a suite leaves what is sent open to be read or changed. Anonymous ones encrypt, and no client that wants
/// more offers them.
fn is_unprotected(name: &str) -> bool {
    suites::grade(name) == suites::Grade::Insufficient
        && !name.contains("_anon_WITH_AES_")
        && !name.contains("_anon_WITH_CAMELLIA_")
}
