//! A server under test: how requests reach it, what limits they keep, and what it can do.

mod capabilities;
mod connection;
mod credentials;
mod governor;

pub use capabilities::{Capabilities, ProbeError};
pub use connection::{Connection, ControlError, Exchange, Layer, Server};
pub use credentials::Credentials;
pub use governor::{Governor, Limits};
