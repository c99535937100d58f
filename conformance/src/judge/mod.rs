//! Every answer against the document: what Polar publishes, and the same with the overlay on top.
//!
//! What the overlay allows and the published document does not is a gap of the published document, no failure. What
//! neither allows is a failure of the server. Fields that no document names are allowed by both (JSON Schema leaves
//! objects open) and reported as gaps, too.

mod contract;
mod objection;
mod prepare;
mod reading;
mod sightings;
mod surface;

pub use contract::{Contract, Judgement};
pub use objection::{Aspect, Gap};
pub use sightings::{GapCount, Sightings, error_text, texts_of};
pub use surface::{Operation, Surface, operation_of};
