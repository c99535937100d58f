//! Measures how much the suite notices: a layer in front of the mock corrupts its answers or its behaviour in one way at a
//! time, and the unchanged suite has to fail.
//!
//! Corruptions of answers come from the document (every field in the answers of license-key operations) and from
//! the answers of an honest mock (every refusal and header). Corruptions of behaviour are what servers get wrong:
//! missing or reordered checks, limits off by one, lost writes, stale reads, ignored filters and scopes.

mod answers;
mod behaviour;
mod catalogue;
mod checks;
mod corruption;
mod decisions;
mod explained;
mod fields;
mod layer;
mod repair;
mod report;
mod run;

pub use corruption::{Corruption, Kind};
pub use report::{summary, write_file};
pub use run::{Audit, AuditError, Finding, Noticed, audit};
