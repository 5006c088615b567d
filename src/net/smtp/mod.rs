//! The SMTP client (RFC 5321): patient, exact and polite. It waits to be spoken to, bounds everything it reads,
//! keeps what was said, and never opens two connections to one server at a time.

pub mod capabilities;
pub mod courtesy;
pub mod envelope;
pub mod failure;
pub mod opening;
pub mod peer;
pub mod reply;
pub mod session;
mod stream;
pub mod survey;
pub mod transcript;

pub use capabilities::{Capability, Hello};
pub use courtesy::Courtesy;
pub use envelope::{Disposition, Envelope, Handover};
pub use failure::{Failure, Stage};
pub use peer::{Peer, Security};
pub use reply::{Reply, ReplyFault};
pub use session::Session;
pub use survey::{Survey, Surveys};
pub use transcript::{Entry, Transcript, Who};
