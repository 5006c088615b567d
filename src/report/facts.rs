//! The facts of any check, as those see them that know no check.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::table::{Headline, Section, Tabulate};

/// What a check learned: it can be shown and stored, and nothing else is known of it.
pub trait Facts: Tabulate + erased_serde::Serialize + Send + Sync {}

impl<F: Tabulate + serde::Serialize + Send + Sync> Facts for F {}

erased_serde::serialize_trait_object!(Facts);

impl fmt::Debug for dyn Facts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// The facts of an earlier run, as they were stored: all that is known of them is the reason of the verdict.
pub struct StoredFacts {
    /// The facts.
    pub facts: Value,
    /// The verdict's reason in one line; empty if it was not stored.
    pub reason: String,
}

impl Serialize for StoredFacts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.facts.serialize(serializer)
    }
}

impl Tabulate for StoredFacts {
    fn headline(&self, subject: &str) -> Headline {
        Headline { who: subject.to_owned(), remark: String::new() }
    }

    fn reason(&self) -> String {
        self.reason.clone()
    }

    fn sections(&self, _: bool) -> Vec<Section> {
        Vec::new()
    }
}
