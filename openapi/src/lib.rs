//! The contract: Polar's OpenAPI document, bundled, sliced, overlaid and lowered.
//!
//! A document is a [`serde_json::Value`] whose keys keep their order. What happens to it, in the order of a
//! regeneration:
//!
//! 1. [`upstream`] reads what Polar publishes, [`mod@slice`] takes this project's [`operations`] out of it and drops
//!    Polar's descriptions, [`descriptions`] puts ours back in: that is `polar.yaml`, bundled as [`bundled::DOCUMENT`].
//! 2. [`overlay`] adds what the real server does and the document does not say: [`bundled::server_truth`]. [`lint`]
//!    finds what in the overlay is out of date.
//! 3. [`lower`] turns OpenAPI 3.1 into the 3.0 that the client generator reads, and lists what was lost.
//!
//! The crate `polar-openapi-compare` says what changed between two documents, and whom it breaks.
#![forbid(unsafe_code)]

pub mod bounds;
pub mod bundled;
pub mod descriptions;
pub mod lint;
pub mod load;
pub mod lock;
pub mod lower;
pub mod names;
pub mod operations;
pub mod overlay;
pub mod pointer;
pub mod refs;
mod renames;
pub mod slice;
pub mod upgrade;
pub mod upstream;
pub mod walk;
pub mod yaml;
