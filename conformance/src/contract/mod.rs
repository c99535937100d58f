//! Validates every answer against the contract: the document that Polar publishes, and the same with the overlay on top.
//!
//! If only the overlay allows something, it is a gap of the published document and not a failure. If
//! neither allows it, the server fails. Undeclared fields are allowed by both (JSON Schema leaves
//! objects open), and also reported as gaps.

mod coverage;
mod document;
mod prepare;
mod surface;
mod validator;
mod violation;

pub use coverage::{Coverage, GapCount, error_text, texts_of};
pub use surface::{Operation, Surface, operation_of};
pub use validator::{Validation, Validator};
pub use violation::{Aspect, Gap};
