//! Every answer against the document: what Polar publishes, and the same with the overlay on top.
//!
//! What the overlay allows and the published document does not is a gap of the published document, no failure. What
//! neither allows is a failure of the server. Fields that no document names are allowed by both (JSON Schema leaves
//! objects open) and reported as gaps, too.

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
