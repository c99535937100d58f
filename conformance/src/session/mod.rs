//! Targets, and sessions on them. What a target can do is found by asking it, never from its name.

mod error;
mod lease;
mod target;
mod world;

pub use error::TargetError;
pub use lease::{Budget, Lease, Session};
pub use target::Target;
