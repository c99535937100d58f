//! Keys in every state, so that the same case runs everywhere: set as a whole world where the target can be seeded, made
//! through Polar's public API where it cannot.

mod error;
mod ground;
mod ledger;
mod leftovers;
mod mark;
mod provisioner;
mod seeded;
mod spec;
mod world;

pub use error::GroundError;
pub use ground::Ground;
pub use ledger::{Cleaned, Kind};
pub use leftovers::{Swept, clean};
pub use mark::{Life, PREFIX};
pub use provisioner::Provisioner;
pub use seeded::{OTHER_TOKEN, READ_TOKEN};
pub use spec::{ActivationSpec, KeySpec};
pub use world::{Abroad, Seeded, World};
