//! Conversations recorded from the real server, played again (format: `recordings/README.md`).

mod fields;
mod format;
mod hooks;
mod judge;
mod library;
mod player;

pub use fields::FormatError;
pub use format::{
    Action, Content, Exchange, Origin, RequestTemplate, ResponseTemplate, Scenario, Step, Text,
};
pub use hooks::{Delivery, Hooks};
pub use library::{Library, LibraryError};
pub use player::{Playing, play};
