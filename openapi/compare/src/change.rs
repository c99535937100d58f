//! What a comparison finds.

use serde::Serialize;

use crate::{
    exchange::{Direction, Party},
    rules::{Rule, Severity},
};

/// One change, in one operation and direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The rule; in JSON, its id.
    pub rule: Rule,
    /// Whom it breaks.
    pub breaks: Vec<Party>,
    /// How grave it is.
    #[serde(rename = "kind")]
    pub severity: Severity,
    /// The operationId, or method and path where there is none. Empty: the document as a whole.
    pub operation: String,
    /// Which half of the exchange.
    pub direction: Direction,
    /// JSON Pointer into the new document, or into the old one where the thing is gone.
    pub location: String,
    /// What changed, in one line.
    pub message: String,
}

/// How many changes of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Changes that break somebody.
    pub breaking: usize,
    /// Changes that break nobody, but are more than words.
    pub compatible: usize,
    /// Changes of words.
    pub words: usize,
}

/// Everything that changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The changes: those of the document as a whole, then operation by operation.
    pub changes: Vec<Change>,
    /// How many of each kind.
    pub summary: Summary,
}
