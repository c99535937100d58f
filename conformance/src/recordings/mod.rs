//! Conversations recorded from the real server, played again (format: `recordings/README.md`).

mod check;
mod fields;
mod format;
mod library;
mod player;
mod receiver;

pub use fields::FormatError;
pub use format::{
    Action, Content, ExchangeTemplate, Origin, RequestTemplate, ResponseTemplate, Scenario, Step,
    Text,
};
pub use library::{Library, LibraryError};
pub use player::{PlayOptions, play};
pub use receiver::{Delivery, WebhookReceiver};
