//! A local Polar license-key server that behaves like the real one.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let server = polar_mock::MockServer::start().await?;
//! println!("point your app at {}", server.url());
//! // Dropping the server stops it.
//! # Ok(())
//! # }
//! ```
//!
//! Every server has a world of its own: organizations, customers, license keys, and a clock. Without a fixture it is the
//! one of Polar's documentation, so that its examples work with only the host changed.

#![forbid(unsafe_code)]

mod access;
mod answer;
mod builder;
mod buyer;
pub mod contract;
mod control;
mod edge;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
#[rustfmt::skip]
#[allow(clippy::enum_variant_names, reason = "the names are those of the contract")]
mod generated;
mod host;
pub mod json;
mod listen;
mod loopback;
mod mistake;
mod operations;
mod pages;
mod pipeline;
mod refusal;
mod reply;
mod rules;
mod server;
mod service;
mod settings;
mod shared;
mod signature;
mod state;
mod targets;
mod timestamp;
mod version;
mod webhooks;

pub use builder::{MockServer, MockServerBuilder, StartError};
pub use settings::{RateLimits, Settings};
pub use state::{
    Fixture, FixtureError, Problem, Timestamp, builtin_fixture, builtin_fixture_at, fixture_schema,
};
