//! JSON as Python reads and writes it: the dialect of the real server on both sides of a request.
//!
//! Numbers keep their kind (`1`, `1.0` and `true` are three values, integers have no upper bound), texts may be broken
//! (a lone surrogate), and a parse error carries Python's message and character offset.

mod parse;
mod value;
mod write;

pub use parse::{ParseError, decode_text, parse, parse_noting_repeats};
pub use value::{Dict, Value};
pub use write::{python_float, python_repr, to_python_json, to_python_text};
