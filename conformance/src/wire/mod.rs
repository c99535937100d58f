//! HTTP/1.1 to the byte: requests are sent exactly as a recording says, malformed ones included.

mod answer;
mod curl;
mod mask;
mod request;
mod send;

pub use answer::Answer;
pub use curl::curl;
pub use mask::mask;
pub use request::Request;
pub use send::{Address, WireError, send};
