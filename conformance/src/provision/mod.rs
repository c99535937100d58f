//! Keys in every state, so that the same case runs on every target: seeded where the target's state can be replaced, else
//! created through Polar's public API.

mod cleanup;
mod error;
mod leftovers;
mod loans;
mod mark;
mod provisioner;
mod provisioning;
mod seeded;
mod setup;
mod site;
mod spec;

pub use cleanup::{Cleaned, Kind};
pub use error::ProvisionError;
pub use leftovers::{Swept, clean};
pub use mark::{Life, PREFIX};
pub use provisioner::{FIRST_PAUSE, GRANT_PATIENCE, LONGEST_PAUSE, Provisioner};
pub use provisioning::Provisioning;
pub use seeded::{OTHER_TOKEN, READ_TOKEN};
pub use setup::{Abroad, Setup, TestKey};
pub use spec::{ActivationSpec, KeySpec, PAST};
