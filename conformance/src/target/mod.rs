//! What the suite runs against, and what it can do: decided by asking it, never by its name.

mod capabilities;
mod choice;
mod mock;
mod server;

pub use capabilities::Capabilities;
pub use choice::{Lease, Target, TargetError};
pub use server::{ControlError, Server};
