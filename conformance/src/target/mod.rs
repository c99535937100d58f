//! What the suite runs against, and what it can do: decided by asking it, never by its name.

mod capabilities;
mod choice;
mod credentials;
mod governor;
mod mock;
mod server;

pub use capabilities::Capabilities;
pub use choice::{Budget, Lease, Session, Target, TargetError};
pub use credentials::Credentials;
pub use governor::{Denied, Governor, Limits};
pub use server::{ControlError, Exchange, Layer, Server, Wire};
