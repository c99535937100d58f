//! What changed between two OpenAPI documents, and whom it breaks.
//!
//! A document stands for two sets: the requests it allows and the answers it allows. A change breaks a
//! client when a request that was allowed no longer is, or an answer becomes possible that was not; it breaks a server when
//! it is the other way round.
//! Every [`Rule`] follows from that.
//!
//! How documents are read:
//!
//! * An object without `additionalProperties: false` is open. Declaring an optional property changes no set; requiring one
//!   does. The same goes for the headers of an answer. Parameters, statuses and media types must be declared to be allowed.
//! * `format` restricts values. `default`, `readOnly`, `writeOnly`, `deprecated` and `discriminator` change no set.
//! * Parameters and headers are sent as text: an integer is a text of digits, a list of one item is written like the item,
//!   and null cannot be written.
//! * Writing the same set in another way is no change, whatever the names of components, the order or the nesting.

mod alternatives;
mod annotations;
mod bodies;
mod catalogue;
mod change;
mod combine;
mod comparer;
mod document;
mod exchange;
mod expand;
mod facets;
mod formats;
mod headers;
mod keywords;
mod locate;
mod objects;
mod operations;
mod pairs;
mod parameters;
mod place;
mod rules;
mod schemas;
mod security;
mod sets;
mod shape;
mod subset;
mod unions;

use polar_openapi::{
    bounds::{self, BoundsError},
    refs::DanglingRefs,
};
use serde_json::Value;

pub use crate::{
    change::{Change, Comparison, Summary},
    exchange::{Direction, Party},
    rules::{Rule, Severity},
};
use crate::{comparer::Comparer, sets::Side};

/// Why two documents cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The old document refers to what it does not have.
    #[error("the old document has references without a target")]
    Old(#[source] DanglingRefs),
    /// The new document refers to what it does not have.
    #[error("the new document has references without a target")]
    New(#[source] DanglingRefs),
    /// References of the old document stand for too much.
    #[error("the old document is too complex to compare")]
    OldBounds(#[source] BoundsError),
    /// References of the new document stand for too much.
    #[error("the new document is too complex to compare")]
    NewBounds(#[source] BoundsError),
    /// They combine so many schemas that it would take too long.
    #[error("too many combinations of schemas to compare at {0}; simplify it")]
    Combinations(String),
    /// The system gives no thread to compare in.
    #[error("cannot start a thread to compare in")]
    Thread(#[source] std::io::Error),
}

/// How much stack the deepest comparison may need; unused stack takes no memory.
const STACK: usize = 512 << 20;

/// Compares two OpenAPI documents, 3.0 or 3.1 each.
///
/// # Errors
/// When a reference that an operation uses has no target, or a document is too complex to compare.
pub fn compare(old: &Value, new: &Value) -> Result<Comparison, CompareError> {
    if old == new {
        return Ok(Comparison::default());
    }
    bounds::check(old).map_err(CompareError::OldBounds)?;
    bounds::check(new).map_err(CompareError::NewBounds)?;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let compared = thread.spawn_scoped(scope, || compare_bounded(old, new));
        match compared.map_err(CompareError::Thread)?.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn compare_bounded(old: &Value, new: &Value) -> Result<Comparison, CompareError> {
    let mut comparer = Comparer::new(old, new);
    comparer.document();
    if let Some(at) = &comparer.schemas.sets.stopped {
        return Err(CompareError::Combinations(at.to_string()));
    }
    let dangling = |side| comparer.schemas.sets.document(side).dangling.take();
    let (old, new) = (dangling(Side::Old), dangling(Side::New));
    if !old.is_empty() {
        return Err(CompareError::Old(DanglingRefs(old)));
    }
    if !new.is_empty() {
        return Err(CompareError::New(DanglingRefs(new)));
    }
    let changes = comparer.changes;
    let count = |severity| {
        let graded = changes.iter().filter(|change| change.severity == severity);
        graded.count()
    };
    let summary = Summary {
        breaking: count(Severity::Breaking),
        compatible: count(Severity::Compatible),
        words: count(Severity::Words),
    };
    Ok(Comparison { changes, summary })
}
