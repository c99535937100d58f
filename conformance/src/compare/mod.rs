//! Compares a JSON value with a template: every difference, with its path.

mod mismatch;
mod values;

pub use mismatch::Mismatch;
pub(crate) use values::has_style;
pub use values::{Comparison, compare};
