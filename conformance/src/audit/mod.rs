//! How much the suite notices: a layer before the mock corrupts its answers or its behaviour in one way at a time, and the
//! suite, as it is, has to fail.
//!
//! Corruptions of answers are derived from the document (every field that a license-key operation answers with) and from
//! what the suite hears on an honest mock (every refusal and header). Corruptions of behaviour are what servers get wrong:
//! checks left out or in another order, limits off by one, writes forgotten, stale reads, filters and scopes ignored.

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
