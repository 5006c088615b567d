//! BIMI assertion records (draft-brand-indicators-for-message-identification-10 §4.3).

use schemars::JsonSchema;
use serde::Serialize;

use super::tag_list::TagList;
use crate::names::domain::Domain;

/// A BIMI assertion record, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// `l`: where the indicator is.
    pub location: Location,
    /// `a`: where the evidence document is.
    pub evidence: Location,
    /// `lps`: whether selectors are made of the local-parts of senders (§4.5).
    pub local_parts: bool,
    /// `avp`: what to show of a sender that has a picture of its own.
    pub preference: Preference,
    /// What is wrong with the record, in words.
    pub faults: Vec<String>,
    /// Optional tags whose value is none, as `name=value`.
    pub bad_values: Vec<String>,
    /// Tags of no meaning, which receivers ignore.
    pub unknown: Vec<String>,
}

/// What a tag for a location holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// The tag is not there.
    Absent,
    /// It is empty: the domain has nothing to show.
    Empty,
    /// An address.
    At(HttpsUri),
    /// Something else.
    Invalid(String, UriError),
}

/// What to show of a sender that has a picture of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preference {
    /// The domain's indicator.
    #[default]
    Brand,
    /// The sender's picture.
    Personal,
}

/// Whether a text begins as a record must; others are discarded (§4.3, §7.2). Nothing is mended, not even case.
pub fn is_record(text: &str) -> bool {
    let white = [' ', '\t'];
    let Some(rest) = text.strip_prefix('v') else { return false };
    let Some(rest) = rest.trim_start_matches(white).strip_prefix('=') else { return false };
    let Some(rest) = rest.trim_start_matches(white).strip_prefix("BIMI1") else { return false };
    let rest = rest.trim_start_matches(white);
    rest.is_empty() || rest.starts_with(';')
}

/// Whether a text that is no record was meant as one.
pub fn is_near_miss(text: &str) -> bool {
    let squeezed: String = text.chars().filter(|next| next.is_ascii_alphanumeric() || *next == '=').collect();
    !is_record(text) && squeezed.to_ascii_lowercase().contains("v=bimi")
}

/// A selector is labels of a host name (§4.4).
///
/// # Errors
/// A sentence if it is something else.
pub fn selector(text: &str) -> Result<String, String> {
    let name: Domain = text.parse().map_err(|error| format!("{error}"))?;
    if name.is_host_name() {
        Ok(name.as_str().to_owned())
    } else {
        Err("a selector is made of letters, digits and inner hyphens".to_owned())
    }
}

/// The record that a text was meant to be, with what is known and right in it; none if that names no logo.
pub fn mended(text: &str) -> Option<String> {
    let list = TagList::parse(text);
    let location = |name: &str| {
        let value = list.value(name).filter(|value| !value.is_empty())?;
        let rest = value.strip_prefix("http://").or_else(|| value.split_once("://").is_none().then_some(value));
        let value = rest.map_or_else(|| value.to_owned(), |rest| format!("https://{rest}")).replace(',', "%2C");
        HttpsUri::parse(&value).ok().map(|_| value)
    };
    let evidence = location("a").unwrap_or_default();
    let mut record = format!("v=BIMI1; l={}; a={evidence}", location("l")?);
    for (name, words) in [("lps", ["true", "false"]), ("avp", ["brand", "personal"])] {
        let value = list.value(name).map(str::to_ascii_lowercase).filter(|value| words.contains(&value.as_str()));
        record.extend(value.map(|value| format!("; {name}={value}")));
    }
    Some(record)
}

impl Record {
    /// Reads a text for which [`is_record`] holds.
    pub fn parse(text: &str) -> Record {
        let list = TagList::parse(text);
        let mut faults: Vec<String> = list.faults.iter().map(ToString::to_string).collect();
        let location = Location::parse(list.value("l"));
        if location == Location::Absent {
            faults.push("there is no l".to_owned());
        }
        let mut bad_values = Vec::new();
        let mut word = |name: &str, words: [&str; 2]| {
            let value = list.value(name)?;
            let found = words.iter().position(|word| *word == value);
            if found.is_none() {
                bad_values.push(format!("{name}={value}"));
            }
            found
        };
        let local_parts = word("lps", ["false", "true"]) == Some(1);
        let preference =
            if word("avp", ["brand", "personal"]) == Some(1) { Preference::Personal } else { Preference::Brand };
        let mut unknown: Vec<String> = Vec::new();
        for name in list.tags.iter().map(|tag| &tag.name) {
            if !["v", "l", "a", "lps", "avp"].contains(&name.as_str()) && !unknown.contains(name) {
                unknown.push(name.clone());
            }
        }
        let evidence = Location::parse(list.value("a"));
        Record { location, evidence, local_parts, preference, faults, bad_values, unknown }
    }

    /// Whether the domain declines to show an indicator (§4.3.1).
    pub fn is_declined(&self) -> bool {
        self.faults.is_empty()
            && self.location == Location::Empty
            && matches!(self.evidence, Location::Absent | Location::Empty)
    }
}

impl Location {
    fn parse(value: Option<&str>) -> Location {
        match value {
            None => Location::Absent,
            Some("") => Location::Empty,
            Some(text) => match HttpsUri::parse(text) {
                Ok(uri) => Location::At(uri),
                Err(error) => Location::Invalid(text.to_owned(), error),
            },
        }
    }

    /// The address, if it is one.
    pub fn uri(&self) -> Option<&HttpsUri> {
        match self {
            Location::At(uri) => Some(uri),
            _ => None,
        }
    }
}

/// The address of a document on a web server that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpsUri {
    /// The server.
    pub host: Domain,
    /// Its port.
    pub port: u16,
    /// The path with the query, as it is asked for.
    pub path: String,
}

/// Why a text is no such address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// It has another scheme, or none.
    #[error("it does not begin with https://")]
    Scheme,
    /// Its server has no name of its own.
    #[error("its host is not a fully qualified domain name")]
    Host,
    /// Its port is none.
    #[error("its port is not a number from 1 to 65535")]
    Port,
    /// A name or password for the server.
    #[error("it names a user")]
    User,
    /// A character that must be percent-encoded.
    #[error("the character {0:?} must be percent-encoded")]
    Character(char),
    /// It is too long.
    #[error("it is longer than {MAX_URI} octets")]
    TooLong,
}

/// Octets of an address that is followed.
const MAX_URI: usize = 2048;
const PORT: u16 = 443;

impl HttpsUri {
    /// Reads an address.
    ///
    /// # Errors
    /// [`UriError`] if it is none.
    pub fn parse(text: &str) -> Result<HttpsUri, UriError> {
        if text.len() > MAX_URI {
            return Err(UriError::TooLong);
        }
        // RFC 3986 §2, without the comma, which is encoded (§4.3).
        let allowed = |next: char| next.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+;=%".contains(next);
        let rest = text.split_once("://").filter(|(scheme, _)| scheme.eq_ignore_ascii_case("https"));
        let (_, rest) = rest.ok_or(UriError::Scheme)?;
        if let Some(character) = text.chars().find(|next| !allowed(*next)) {
            return Err(UriError::Character(character));
        }
        let (rest, _) = rest.split_once('#').unwrap_or((rest, ""));
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err(UriError::User);
        }
        let (name, port) = match authority.split_once(':') {
            Some((name, "")) => (name, PORT),
            Some((name, port)) => (name, port.parse().ok().filter(|port| *port != 0).ok_or(UriError::Port)?),
            None => (authority, PORT),
        };
        let host: Domain = name.parse().map_err(|_| UriError::Host)?;
        let is_address = host.labels().next_back().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
        if host.parent().is_none() || !host.is_host_name() || is_address {
            return Err(UriError::Host);
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(HttpsUri { host, port, path: format!("{slash}{path}") })
    }

    /// Where a redirect from here leads to (RFC 9110 §10.2.2).
    ///
    /// # Errors
    /// [`UriError`] if that is no such address.
    pub fn join(&self, reference: &str) -> Result<HttpsUri, UriError> {
        let scheme = reference.find([':', '/', '?', '#']).is_some_and(|at| reference[at..].starts_with(':'));
        if scheme {
            return HttpsUri::parse(reference);
        }
        if reference.starts_with("//") {
            return HttpsUri::parse(&format!("https:{reference}"));
        }
        let own = self.path.split('?').next().unwrap_or_default();
        let folder = own.rfind('/').map_or("/", |end| &own[..=end]);
        let path = match reference.chars().next() {
            Some('/') => reference.to_owned(),
            Some('?') => format!("{own}{reference}"),
            _ => format!("{folder}{reference}"),
        };
        HttpsUri::parse(&format!("https://{}{path}", self.authority()))
    }

    /// The suffix of a file that is an image, but neither SVG nor SVGZ (§4.3.2).
    pub fn other_image(&self) -> Option<&'static str> {
        let file = self.path.split('?').next()?.rsplit('/').next()?;
        let (_, suffix) = file.rsplit_once('.')?;
        OTHER_IMAGES.iter().copied().find(|other| suffix.eq_ignore_ascii_case(other))
    }

    /// The server with its port, unless that is the usual one.
    pub fn authority(&self) -> String {
        if self.port == PORT { self.host.to_string() } else { format!("{}:{}", self.host, self.port) }
    }
}

const OTHER_IMAGES: &[&str] =
    &["png", "jpg", "jpeg", "gif", "webp", "bmp", "ico", "tif", "tiff", "avif", "heic", "eps", "pdf"];

impl std::fmt::Display for HttpsUri {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "https://{}{}", self.authority(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> HttpsUri {
        HttpsUri::parse(text).expect("an address")
    }

    #[test]
    fn records_of_the_draft_are_read() {
        let record =
            Record::parse("v=BIMI1; l=https://example.com/logo.svg; a=https://example.com/vmc.pem; avp=personal");
        assert_eq!(record.location, Location::At(uri("https://example.com/logo.svg")));
        assert_eq!(record.evidence, Location::At(uri("https://example.com/vmc.pem")));
        assert_eq!((record.preference, record.local_parts), (Preference::Personal, false));
        assert_eq!((record.faults.len(), record.bad_values.len(), record.unknown.len()), (0, 0, 0));
        assert!(!record.is_declined());
        // §4.3.1.
        assert!(Record::parse("v=BIMI1; l=; a=;").is_declined());
        let selective = Record::parse("v=BIMI1; l=; a=; lps=true;");
        assert!(selective.is_declined() && selective.local_parts);
        assert!(Record::parse("v=BIMI1; l=").is_declined());
    }

    #[test]
    fn faults_bad_values_and_unknown_tags_are_told() {
        assert_eq!(Record::parse("v=BIMI1").faults, ["there is no l"]);
        assert!(!Record::parse("v=BIMI1; a=").is_declined());
        assert!(!Record::parse("v=BIMI1; l=; a=https://example.com/vmc.pem").is_declined());
        let record = Record::parse("v=BIMI1; l=; avp=Brand; lps=yes; x=1; l=");
        assert_eq!(record.bad_values, ["lps=yes", "avp=Brand"]);
        assert_eq!(record.unknown, ["x"]);
        assert_eq!(record.faults.len(), 1, "{:?}", record.faults);
    }

    #[test]
    fn a_record_is_mended_if_it_names_a_logo() {
        let right = "v=BIMI1; l=https://a.example/b%2Cc.svg; a=; avp=brand";
        assert_eq!(mended("V=bimi1; l=http://a.example/b,c.svg; avp=Brand; lps=yes; x=1").as_deref(), Some(right));
        assert_eq!(mended("v=BIMI1 l=https://a.example/").as_deref(), None);
        let bare = "v=BIMI1; l=https://a.example/b.svg; a=https://a.example/c.pem";
        assert_eq!(mended("v=BIMI1; l=a.example/b.svg; a=a.example/c.pem").as_deref(), Some(bare));
        assert_eq!(mended("v=BIMI1; l=; a="), None);
        assert_eq!(mended("v=BIMI1; l=ftp://a.example/b.svg"), None);
    }

    #[test]
    fn a_record_begins_with_its_version_to_the_letter() {
        assert!(is_record("v=BIMI1; l=") && is_record("v = BIMI1") && is_record("v=BIMI1 ;l="));
        for other in ["V=BIMI1; l=", "v=bimi1; l=", "v=BIMI1.0; l=", " v=BIMI1; l=", "v=BIMI12;"] {
            assert!(!is_record(other) && is_near_miss(other), "{other}");
        }
        assert!(!is_near_miss("v=spf1 -all") && !is_near_miss("v=BIMI1; l="));
    }

    #[test]
    fn addresses_are_https_with_a_name() {
        let faulty = [
            ("http://example.com/a.svg", UriError::Scheme),
            ("example.com/a.svg", UriError::Scheme),
            ("https://192.0.2.1/a.svg", UriError::Host),
            ("https://[2001:db8::1]/a.svg", UriError::Port),
            ("https://localhost/a.svg", UriError::Host),
            ("https:///a.svg", UriError::Host),
            ("https://a_b.example/a.svg", UriError::Host),
            ("https://a@example.com/a.svg", UriError::User),
            ("https://example.com:0/a.svg", UriError::Port),
            ("https://example.com:99999/", UriError::Port),
            ("https://example.com/a,b.svg", UriError::Character(',')),
            ("https://example.com/a b.svg", UriError::Character(' ')),
        ];
        for (text, error) in faulty {
            assert_eq!(HttpsUri::parse(text), Err(error), "{text}");
        }
        assert_eq!(HttpsUri::parse(&format!("https://example.com/{}", "a".repeat(2048))), Err(UriError::TooLong));
        assert_eq!(uri("HTTPS://Example.com:8443").to_string(), "https://example.com:8443/");
        assert_eq!(uri("https://example.com:443?a=b#c").to_string(), "https://example.com/?a=b");
    }

    #[test]
    fn redirects_lead_on_from_where_they_stand() {
        let from = uri("https://example.com:8443/a/b.svg?c");
        let to = |reference: &str| from.join(reference).map(|uri| uri.to_string());
        assert_eq!(to("https://www.example.net/x").as_deref(), Ok("https://www.example.net/x"));
        assert_eq!(to("//www.example.net/x").as_deref(), Ok("https://www.example.net/x"));
        assert_eq!(to("/x?y:z").as_deref(), Ok("https://example.com:8443/x?y:z"));
        assert_eq!(to("x.svg").as_deref(), Ok("https://example.com:8443/a/x.svg"));
        assert_eq!(to("?x").as_deref(), Ok("https://example.com:8443/a/b.svg?x"));
        assert_eq!(to("http://example.com/x"), Err(UriError::Scheme));
        assert_eq!(to("javascript:alert(1)"), Err(UriError::Scheme));
    }

    #[test]
    fn images_of_other_formats_are_told_by_their_suffix() {
        assert_eq!(uri("https://example.com/a.PNG?x=.svg").other_image(), Some("png"));
        for path in ["a.svg", "a.svgz", "a", "a.png/b", "?a.png"] {
            assert_eq!(uri(&format!("https://example.com/{path}")).other_image(), None, "{path}");
        }
    }

    #[test]
    fn selectors_are_labels_of_a_host_name() {
        assert_eq!(selector("Brand.Winter").as_deref(), Ok("brand.winter"));
        assert!(selector("a_b").is_err() && selector("").is_err() && selector("a..b").is_err());
    }
}
