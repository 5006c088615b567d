//! SPF (RFC 7208): the record with all its faults, macros, and `check_host()`.
//!
//! ```
//! use spamcheck::mail::spf::Record;
//!
//! let record = Record::parse(b"v=spf1 mx ip4:192.0.2.0/33 -all");
//! assert_eq!(record.faults[0].span, 23..26);
//! assert_eq!(record.terms.len(), 2);
//! ```

mod blind;
mod evaluate;
mod evaluation;
mod flattened;
mod lookup;
mod macros;
mod mechanism;
mod record;
mod select;

pub use evaluate::{check_host, check_host_as};
pub use evaluation::{Evaluation, MAX_LOOKUPS, MAX_MX, MAX_PTR, MAX_VOIDS, Manner, Request, Verdict};
pub use lookup::{Failure, Lookup, LookupAnswer, is_name};
pub use macros::{MacroError, MacroString, Part, Place, Values, truncate_left};
pub use mechanism::{DomainSpec, Lengths, Mechanism};
pub use record::{Directive, Fault, Qualifier, Record, Term, TermKind, is_reporting, shown};
pub use select::{Selection, is_record, select};

#[cfg(test)]
mod tests;
