//! What changed between two documents: every rule with a case where it holds and one that only looks like it.
#![expect(
    clippy::unwrap_used,
    reason = "a test may fail by panicking, in its helpers too"
)]

mod documents;
mod equal;
mod exchanges;
mod properties;
mod rules;
mod schemas;
mod sharing;
mod texts;
