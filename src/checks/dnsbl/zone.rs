//! A list as a run asks it: its names on the wire, its queue, its servers.

use std::net::IpAddr;
use std::sync::Arc;

use hickory_proto::rr::RecordType;

use crate::catalogue::{Depth, Kind, List};
use crate::config::Secret;
use crate::names::domain::Domain;
use crate::net::dns::{Name, NameTooLong, Question, QueueId, Route};
use crate::report::Evidence;

/// What a list is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// An address.
    Address(IpAddr),
    /// An address that is known to send mail.
    Sender(IpAddr),
    /// A domain.
    Domain(Domain),
}

impl Query {
    /// The kind of list that is asked.
    pub fn kind(&self) -> Kind {
        match self {
            Query::Address(IpAddr::V4(_)) | Query::Sender(IpAddr::V4(_)) => Kind::Ipv4,
            Query::Address(IpAddr::V6(_)) | Query::Sender(IpAddr::V6(_)) => Kind::Ipv6,
            Query::Domain(_) => Kind::Domain,
        }
    }
}

impl std::fmt::Display for Query {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Query::Address(address) | Query::Sender(address) => write!(formatter, "{address}"),
            Query::Domain(domain) => write!(formatter, "{domain}"),
        }
    }
}

/// A list made ready for questions.
#[derive(Debug)]
pub struct Zone {
    /// The list.
    pub list: List,
    form: Form,
    secret: Option<Secret>,
    queue: QueueId,
    route: Route,
    detour: Option<String>,
}

/// How a query becomes a name.
#[derive(Debug)]
enum Form {
    /// In front of the zone (RFC 5782 §2.1, §2.4, §3).
    Prefix(Name),
    /// A user's expression with `%1` to `%4` elsewhere than at the front.
    Expression(String),
}

impl Zone {
    /// Makes a list ready; `secret` replaces `{key}` on the wire, unless the list was named with a key.
    ///
    /// # Errors
    /// A sentence if the key is missing or the zone makes no name.
    pub fn new(list: List, secret: Option<Secret>) -> Result<Self, String> {
        let secret = list.secret.clone().or(secret);
        if list.keyed && secret.is_none() {
            return Err(format!("{} needs a key: set [keys] {} in the configuration", list.id, list.id));
        }
        let form = if list.zone.contains('%') {
            Form::Expression(list.zone.clone())
        } else {
            let zone = match &secret {
                Some(secret) => list.zone.replace("{key}", secret.expose()),
                None => list.zone.clone(),
            };
            // The zone is shown with its placeholder: the key is never repeated.
            let name: Domain = zone.parse().map_err(|error| format!("the zone {} is no name: {error}", list.zone))?;
            Form::Prefix(Name::from(&name))
        };
        Ok(Zone { list, form, secret, queue: QueueId::FREE, route: Route::Resolvers, detour: None })
    }

    /// Gives the zone its queue.
    pub fn set_queue(&mut self, queue: QueueId) {
        self.queue = queue;
    }

    /// Sends the zone's questions to these servers.
    pub fn set_route(&mut self, route: Route) {
        self.route = route;
    }

    /// Leaves the zone's questions to the resolvers although its own servers were wanted; with the reason.
    pub fn set_detour(&mut self, why: String) {
        self.detour = Some(self.hide(why));
    }

    /// Why the zone's own servers are not asked although they were wanted.
    pub fn detour(&self) -> Option<&str> {
        self.detour.as_deref()
    }

    /// Whether the list answers this kind of question, as far as it is known.
    pub fn serves(&self, kind: Kind) -> bool {
        if matches!(self.form, Form::Expression(_)) {
            return kind == Kind::Ipv4;
        }
        self.list.kinds.contains(&kind) || (self.list.kinds.is_empty() && kind != Kind::Hash)
    }

    /// A question about `query`.
    ///
    /// # Errors
    /// [`NameTooLong`] if the name does not fit.
    pub fn question(&self, query: &Query, rtype: RecordType) -> Result<Question, NameTooLong> {
        Ok(self.asking(self.name(query)?, rtype))
    }

    /// The question whether the zone exists; none for an expression, which has no apex.
    pub fn apex_question(&self) -> Option<Question> {
        match &self.form {
            Form::Prefix(zone) => Some(self.asking(zone.clone(), RecordType::SOA)),
            Form::Expression(_) => None,
        }
    }

    /// The zone's name, for finding its servers.
    pub fn apex(&self) -> Option<Domain> {
        match &self.form {
            Form::Prefix(zone) => zone.to_string().parse().ok(),
            Form::Expression(_) => None,
        }
    }

    /// A piece of evidence without the key.
    pub fn hidden(&self, piece: Evidence) -> Evidence {
        match piece {
            Evidence::Record { name, rtype, ttl_s, data } => {
                Evidence::Record { name: self.hide(name), rtype, ttl_s, data: self.hide(data) }
            }
            Evidence::Absence { name, rtype, server, answer } => {
                Evidence::Absence { name: self.hide(name), rtype, server, answer: self.hide(answer) }
            }
            other => other,
        }
    }

    /// A text from the network without the user's key. Names are asked in lower case and servers repeat them
    /// in any, so case does not matter.
    pub fn hide(&self, text: String) -> String {
        let Some(secret) = &self.secret else { return text };
        let key = secret.expose().to_ascii_lowercase();
        // ASCII lower case keeps every offset.
        let lower = text.to_ascii_lowercase();
        let mut shown = String::with_capacity(text.len());
        let mut end = 0;
        for (start, _) in lower.match_indices(&key) {
            shown.push_str(&text[end..start]);
            shown.push_str("{key}");
            end = start + key.len();
        }
        shown.push_str(&text[end..]);
        shown
    }

    /// A link with the query filled in.
    pub fn link(url: Option<&String>, query: &Query) -> Option<String> {
        url.map(|url| url.replace("{query}", &query.to_string()))
    }

    fn asking(&self, name: Name, rtype: RecordType) -> Question {
        Question { queue: self.queue, route: self.route.clone(), ..Question::new(name, rtype) }
    }

    fn name(&self, query: &Query) -> Result<Name, NameTooLong> {
        match (&self.form, query) {
            (Form::Prefix(zone), Query::Address(address) | Query::Sender(address)) => Name::reversed(*address, zone),
            (Form::Prefix(zone), Query::Domain(domain)) => {
                let registrable = (self.list.depth == Depth::Registrable).then(|| domain.registrable()).flatten();
                Name::below(registrable.as_ref().unwrap_or(domain), zone)
            }
            (
                Form::Expression(expression),
                Query::Address(IpAddr::V4(address)) | Query::Sender(IpAddr::V4(address)),
            ) => {
                let [first, second, third, fourth] = address.octets();
                let octets = [("%1", first), ("%2", second), ("%3", third), ("%4", fourth)];
                let text = octets
                    .iter()
                    .fold(expression.clone(), |text, (place, octet)| text.replace(place, &octet.to_string()));
                text.parse::<Domain>().map(|name| Name::from(&name)).map_err(|_| NameTooLong)
            }
            (Form::Expression(_), _) => Err(NameTooLong),
        }
    }
}

/// A list and its place among those of a run.
pub type Zones = Arc<[Zone]>;

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(zone: &Zone, query: &Query) -> String {
        zone.question(query, RecordType::A).expect("a question").name.to_string()
    }

    #[test]
    fn registrable_domain_is_asked_where_the_list_wants_it() {
        let query = Query::Domain("a.b.example.co.uk".parse().expect("a name"));
        let uribl = Zone::new(crate::catalogue::find("uribl-multi").expect("a list").clone(), None).expect("a zone");
        assert_eq!(asked(&uribl, &query), "example.co.uk.multi.uribl.com");
        let dbl = Zone::new(crate::catalogue::find("spamhaus-dbl").expect("a list").clone(), None).expect("a zone");
        assert_eq!(asked(&dbl, &query), "a.b.example.co.uk.dbl.spamhaus.org");
    }

    #[test]
    fn expression_places_the_octets_where_it_says() {
        let list = List::of_expression("%1.%2.%3.%4.bl.example").expect("a list");
        let zone = Zone::new(list, None).expect("a zone");
        let query = Query::Address([192, 0, 2, 99].into());
        assert_eq!(asked(&zone, &query), "192.0.2.99.bl.example");
        assert!(!zone.serves(Kind::Domain));
    }
}
