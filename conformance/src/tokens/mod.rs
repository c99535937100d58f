//! Reference tokens: `<activation:1>` stands for one value wherever it appears, so that identity between answers is
//! compared while the value itself is not.

mod bindings;
mod kinds;
mod newer;

pub use bindings::{Bindings, Unbound};
pub use kinds::{Kind, PLACEHOLDERS};
pub use newer::NewerFields;
