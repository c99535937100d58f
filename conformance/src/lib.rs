//! One suite for the mock and for Polar's real license-key API: recordings of the real server, named cases and
//! properties, run on any target that can do what they need.
//!
//! ```no_run
//! use polar_conformance::recordings::{Library, PlayOptions, play};
//! use polar_conformance::session::{Budget, Session, Target};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let target = Target::parse("http://127.0.0.1:7657", false)?;
//! let session = Session::open(&target, None, Budget::default()).await?;
//! let lease = session.lease().await?;
//! for scenario in Library::embedded()?.scenarios {
//!     let steps = play(&lease.server, &scenario, PlayOptions::default()).await;
//!     println!("{}: {}", scenario.name, steps.iter().all(|step| step.passed()));
//! }
//! # Ok(())
//! # }
//! ```

pub mod audit;
pub mod cases;
mod citation;
pub mod compare;
pub mod contract;
pub mod differential;
pub mod json;
pub mod model;
pub mod outcome;
pub mod properties;
pub mod provision;
pub mod recordings;
pub mod report;
pub mod server;
pub mod session;
pub mod snapshot;
pub mod suite;
pub mod tokens;
pub mod wire;
