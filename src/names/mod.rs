//! What people and the DNS call things: names, addresses, and the targets made of them. Parsed once, at the door;
//! judged as receivers judge them, without asking anybody.

pub mod address;
pub mod domain;
pub mod host_name;
pub mod target;

pub use self::domain::{Domain, DomainError};
pub use self::target::{Target, TargetError, TargetKind};
