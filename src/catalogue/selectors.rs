//! DKIM selectors worth a guess: those in common use, and those of the providers a domain names.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::names::domain::Domain;

/// A provider that signs for its customers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// Names its mail exchangers end with.
    pub mx: Vec<String>,
    /// Names its SPF records end with.
    pub spf: Vec<String>,
    /// Its selectors; `{dashes}` stands for the customer's domain with dashes for dots.
    pub selectors: Vec<String>,
    /// Whether it also uses selectors that nobody can guess.
    #[serde(default)]
    pub random: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Selectors {
    common: Vec<String>,
    providers: Vec<Provider>,
}

static SELECTORS: LazyLock<Selectors> = LazyLock::new(|| {
    serde_json::from_str(include_str!("selectors.json"))
        .expect("the embedded selectors are valid: a unit test reads them")
});

/// The selectors in common use.
pub fn common() -> &'static [String] {
    &SELECTORS.common
}

/// The providers whose mail exchangers or SPF records a domain names.
pub fn providers(mx: &[Domain], spf: &[Domain]) -> Vec<&'static Provider> {
    let ends = |names: &[Domain], suffixes: &[String]| {
        names.iter().any(|name| {
            let name = name.as_str();
            suffixes.iter().any(|suffix| {
                name.strip_suffix(suffix.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            })
        })
    };
    let found = |provider: &&Provider| ends(mx, &provider.mx) || ends(spf, &provider.spf);
    SELECTORS.providers.iter().filter(found).collect()
}

/// The provider that a name in an SPF record belongs to.
pub fn provider_of(spf: &Domain) -> Option<&'static Provider> {
    providers(&[], std::slice::from_ref(spf)).into_iter().next()
}

impl Provider {
    /// The provider's selectors for a customer's domain.
    pub fn selectors_for(&self, domain: &Domain) -> Vec<String> {
        let dashes = domain.as_str().replace('.', "-");
        self.selectors.iter().map(|selector| selector.replace("{dashes}", &dashes)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(text: &str) -> Domain {
        text.parse().expect("a name")
    }

    #[test]
    fn every_selector_and_every_suffix_is_a_name() {
        let owner = domain("example.com");
        for provider in &SELECTORS.providers {
            for name in provider.mx.iter().chain(&provider.spf) {
                assert!(name.parse::<Domain>().is_ok(), "{name}");
            }
            let selectors = provider.selectors_for(&owner);
            for selector in selectors.iter().chain(common()) {
                assert!(owner.prefixed(&format!("{selector}._domainkey")).is_ok(), "{selector}");
            }
            assert!(provider.random || !provider.selectors.is_empty(), "{}", provider.name);
        }
    }

    #[test]
    fn providers_are_known_by_their_names() {
        let names = |mx: &[&str], spf: &[&str]| -> Vec<&str> {
            let read = |names: &[&str]| names.iter().map(|name| domain(name)).collect::<Vec<_>>();
            providers(&read(mx), &read(spf)).iter().map(|provider| provider.name.as_str()).collect()
        };
        assert_eq!(names(&["example-com.mail.protection.outlook.com"], &[]), ["Microsoft 365"]);
        assert_eq!(names(&["in1-smtp.messagingengine.com"], &["amazonses.com"]), ["Fastmail", "Amazon SES"]);
        assert_eq!(names(&["notgoogle.com"], &[]), [""; 0]);
        let microsoft = providers(&[domain("x.mail.protection.outlook.com")], &[]);
        assert!(microsoft[0].selectors_for(&domain("example.co.uk")).contains(&"selector1-example-co-uk".to_owned()));
    }
}
