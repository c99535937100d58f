//! The API's behaviour in as few lines as it can be said, read from POLAR.md and sharing no code with the mock.

mod history;
mod slots;

pub use history::{Event, Sequential, linearized};
pub use slots::{Handle, Slots, Verdict};
