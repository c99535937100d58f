//! What the suite runs against: a target is asked what it can do, never judged by its name.

mod error;
mod lease;
mod target;

pub use error::TargetError;
pub use lease::{Budget, Lease, Session};
pub use target::Target;
