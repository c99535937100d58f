//! Keys in every state, so that the same case runs everywhere: set as a whole world where the target can be seeded, made
//! through Polar's public API where it cannot.

mod error;
mod ground;
mod ledger;
mod leftovers;
mod provisioner;
mod seeded;
mod spec;
mod world;

pub use error::GroundError;
pub use ground::Ground;
pub use ledger::{Cleaned, Kind};
pub use leftovers::clean;
pub use provisioner::Provisioner;
pub use seeded::{OTHER_TOKEN, READ_TOKEN};
pub use spec::{ActivationSpec, KeySpec};
pub use world::{Abroad, Seeded, World};

/// How the names of everything begin that the suite makes on a real target.
pub const PREFIX: &str = "polar-conformance-";
