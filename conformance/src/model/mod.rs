//! The API's behaviour in as few lines as it can be said, read from docs/behaviour.md and sharing no code with the
//! mock.

mod command;
mod history;
mod keys;
pub mod provisioning;
mod refusal;

pub use command::{
    Caller, Change, Claims, Command, Conditions, Device, Handle, Listing, Name, Place, Spelling,
    Start, Status, prelude,
};
pub use history::{Event, Sequential, linearized};
pub use keys::{Activation, Expected, Key, Keys};
pub use refusal::Refusal;
