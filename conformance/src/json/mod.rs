//! JSON that keeps what a comparison with a real answer needs: how a number was spelled and in which order names came.
//!
//! `serde_json` with `arbitrary_precision` would do the same, but changes `serde_json::Value` for the whole workspace.

mod number;
mod parse;
mod value;
mod write;

pub use number::{Kind, Number};
pub use parse::{ParseError, parse};
pub use value::{Object, Value};
pub use write::{Style, write};
