//! A document that a record names, over HTTPS.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;

use crate::mail::bimi::HttpsUri;
use crate::net::Net;
use crate::net::https::{self, Request, Response};
use crate::report::{Evidence, Reason, Unclear};

/// The time to fetch one document, as for a policy of MTA-STS (RFC 8461 §3.3).
const PATIENCE: Duration = Duration::from_secs(60);
/// Redirects that are followed. draft-brotman-ietf-bimi-guidance-15 §5.6: receivers follow few or none.
const MAX_REDIRECTS: usize = 3;

/// What is fetched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// Where it is.
    pub(super) uri: &'a HttpsUri,
    /// Its media type.
    pub(super) accept: &'static str,
    /// Octets that are read at most.
    pub(super) limit: usize,
}

/// What came of it.
pub(super) struct Fetched {
    /// Where redirects led to, one after the other.
    pub(super) redirects: Vec<HttpsUri>,
    /// The document; none if it is longer than the limit.
    pub(super) document: Result<Option<Vec<u8>>, Missed>,
}

/// Why there is no document.
pub(super) enum Missed {
    /// What the server or the DNS answered, and what that means.
    Answer(Evidence, String),
    /// Nobody answered.
    Silence(Unclear),
}

/// Fetches a document.
pub(super) async fn fetch(wanted: Wanted<'_>, config: &Arc<ClientConfig>, net: &Net) -> Fetched {
    let mut redirects: Vec<HttpsUri> = Vec::new();
    let document = loop {
        let at = redirects.last().unwrap_or(wanted.uri);
        let response = match ask(Wanted { uri: at, ..wanted }, config, net).await {
            Ok(response) => response,
            Err(error) => break Err(missed(at, &error)),
        };
        let answered = |words: String| {
            let proof = Evidence::reply(at, format!("status {}", response.status));
            Err(Missed::Answer(proof, format!("{at}: {words}")))
        };
        match (response.status, &response.location) {
            (200, _) => break Ok(response.body),
            (300..=399, Some(location)) => match at.join(location) {
                Ok(_) if redirects.len() == MAX_REDIRECTS => {
                    break answered(format!("more than {MAX_REDIRECTS} redirects"));
                }
                Ok(next) => redirects.push(next),
                Err(error) => break answered(format!("a redirect to {location}: {error}")),
            },
            (status, _) => break answered(format!("status {status}")),
        }
    };
    Fetched { redirects, document }
}

/// Asks over each family; the best answer counts.
async fn ask(wanted: Wanted<'_>, config: &Arc<ClientConfig>, net: &Net) -> Result<Response, https::Error> {
    let Wanted { uri: HttpsUri { host, port, path }, accept, limit } = wanted;
    let peers = https::peers(host, *port, net).await?;
    let request = Request { host, port: *port, path, accept, limit, time: PATIENCE };
    let answers = https::get(request, peers, net, config).await.into_iter().map(|(_, answer)| answer);
    let rank = |answer: &Result<Response, https::Error>| match answer {
        Ok(response) if response.status == 200 => 0,
        Ok(_) => 1,
        Err(_) => 2,
    };
    answers.min_by_key(rank).unwrap_or_else(|| Err(https::Error::NoAddress(host.clone())))
}

fn missed(uri: &HttpsUri, error: &https::Error) -> Missed {
    let reason = match error {
        https::Error::Dns(error) => return Missed::Silence(error.unclear(uri)),
        https::Error::Unreachable { .. } => Reason::Unreachable,
        https::Error::Timeout(..) => Reason::Timeout,
        https::Error::NoAddress(_)
        | https::Error::Private(_)
        | https::Error::Certificate(_)
        | https::Error::Handshake(_)
        | https::Error::Http(_) => {
            return Missed::Answer(Evidence::connection(uri.authority(), error.to_string()), format!("{uri}: {error}"));
        }
    };
    Missed::Silence(Unclear::decisive(reason, uri, error.to_string()))
}
