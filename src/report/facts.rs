//! The facts of any check, as those see them that know no check.

use std::fmt;

use super::table::Tabulate;

/// What a check learned: it can be shown and stored, and nothing else is known of it.
pub trait Facts: Tabulate + erased_serde::Serialize + Send + Sync {}

impl<F: Tabulate + serde::Serialize + Send + Sync> Facts for F {}

erased_serde::serialize_trait_object!(Facts);

impl fmt::Debug for dyn Facts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&serde_json::to_string(self).unwrap_or_default())
    }
}
