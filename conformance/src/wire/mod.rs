//! HTTP/1.1 to the byte: requests are sent exactly as a recording says, malformed ones included.

mod answer;
mod curl;
mod denied;
mod mask;
mod request;
mod send;
mod tls;

pub use answer::Answer;
pub(crate) use curl::MARK;
pub use curl::curl;
pub use denied::Denied;
pub(crate) use mask::learn_keys;
pub use mask::{mask, printable, protect, protect_keys, visible};
pub use request::Request;
pub use send::{Address, WireError, send};
