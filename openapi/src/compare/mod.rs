//! What changed between two OpenAPI documents, and whom it breaks.
//!
//! A document stands for two sets: the requests it allows and the answers it allows. A client is broken when a request
//! that was allowed is not any more, or an answer becomes possible that was not; a server when it is the other way round.
//! Every rule of [`rules`] follows from that.
//!
//! What is read how:
//!
//! * An object without `additionalProperties: false` is open. That a document now says of an optional property what it
//!   is changes no set; that a property must be there does. The same goes for the headers of an answer. Parameters,
//!   statuses and media types are allowed when they are declared.
//! * `format` binds. `default`, `readOnly`, `writeOnly`, `deprecated` and `discriminator` change no set.
//! * Parameters and headers travel as text: an integer is a text of digits, one item of a list is written like the item
//!   alone, null cannot be written.
//! * Two ways to write the same set are no change, whatever the names of components, the order, the nesting.

mod alternatives;
mod bodies;
mod combine;
mod expand;
mod facets;
mod formats;
mod headers;
mod locate;
mod notes;
mod objects;
mod operations;
mod own;
mod pairs;
mod parameters;
mod place;
mod rules;
mod schemas;
mod security;
mod sets;
mod shape;
mod subset;
mod surroundings;
mod unions;

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;

pub use self::rules::{Effect, Rule, rule, rules};
use self::{
    pairs::{Difference, PairId},
    rules::Flow,
    schemas::Schemas,
    sets::Side,
};
use crate::{
    bounds::{self, BoundsError},
    refs::DanglingRefs,
};

/// Who takes part in an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Party {
    /// Sends requests, reads answers.
    Client,
    /// Reads requests, sends answers. A mock is one.
    Server,
}

/// Which half of an exchange a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// What is asked.
    Request,
    /// What is answered.
    Response,
    /// The exchange as a whole.
    None,
}

/// How grave a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It breaks somebody.
    Breaking,
    /// It breaks nobody, but is more than words.
    Compatible,
    /// Words.
    Words,
}

/// One change, in one operation and direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The id of the rule, for instance `response-enum-value-added`.
    pub rule: String,
    /// Whom it breaks.
    pub breaks: Vec<Party>,
    /// How grave it is.
    pub kind: Kind,
    /// The operationId, or method and path where there is none. Empty: the document as a whole.
    pub operation: String,
    /// Which half of the exchange.
    pub direction: Direction,
    /// JSON Pointer into the new document, or into the old one where the thing is gone.
    pub location: String,
    /// What changed, in a line.
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

/// Why two documents cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The old document refers to what it does not have.
    #[error("the old document does not hold together")]
    Old(#[source] DanglingRefs),
    /// The new document refers to what it does not have.
    #[error("the new document does not hold together")]
    New(#[source] DanglingRefs),
    /// References of the old document stand for too much.
    #[error("the old document cannot be compared")]
    OldBounds(#[source] BoundsError),
    /// References of the new document stand for too much.
    #[error("the new document cannot be compared")]
    NewBounds(#[source] BoundsError),
    /// They combine so many schemas that it would take too long.
    #[error("too many combinations of schemas to compare, at {0}; write it plainer")]
    Combinations(String),
    /// The system gives no thread to compare in.
    #[error("cannot start a thread to compare in")]
    Thread(#[source] std::io::Error),
}

/// How much stack the deepest comparison may need; what is not used is not taken.
const STACK: usize = 512 << 20;

/// Compares two OpenAPI documents, 3.0 or 3.1 each.
///
/// # Errors
/// When an operation of one of them leads to a reference that leads nowhere, or to more than can be compared.
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
    let mut comparer = Comparer {
        schemas: Schemas::new(old, new),
        changes: Vec::new(),
    };
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
    let count = |kind| changes.iter().filter(|change| change.kind == kind).count();
    let summary = Summary {
        breaking: count(Kind::Breaking),
        compatible: count(Kind::Compatible),
        words: count(Kind::Words),
    };
    Ok(Comparison { changes, summary })
}

/// Goes through both documents side by side and notes what differs.
struct Comparer<'d> {
    schemas: Schemas<'d>,
    changes: Vec<Change>,
}

/// An operation that both documents have.
struct Here {
    /// What it is called.
    operation: String,
    /// The server asks and the client answers: a webhook or a callback.
    turned: bool,
}

impl Here {
    fn asked(&self) -> Flow {
        if self.turned {
            Flow::Webhook
        } else {
            Flow::Request
        }
    }

    fn answered(&self) -> Flow {
        if self.turned {
            Flow::WebhookAnswer
        } else {
            Flow::Response
        }
    }
}

impl Comparer<'_> {
    /// Notes a change that is told by a rule about what travels.
    fn travels(&mut self, here: &Here, flow: Flow, difference: Difference) {
        let Difference {
            stem,
            location,
            message,
        } = difference;
        let Some(stem) = rules::stem(stem) else {
            debug_assert!(false, "no rule `{stem}`");
            return;
        };
        let breaks = flow.breaks(stem.effect);
        let kind = kind(&breaks, stem.effect == Effect::Words);
        self.note(Change {
            rule: format!("{}-{}", flow.prefix(), stem.id),
            breaks,
            kind,
            operation: here.operation.clone(),
            direction: flow.direction(),
            location,
            message,
        });
    }

    /// Notes a change that is told by a rule about operations.
    fn exchange(
        &mut self,
        operation: &str,
        direction: Direction,
        rule: &str,
        location: &str,
        message: String,
    ) {
        let Some(rule) = rules::exchange(rule) else {
            debug_assert!(false, "no rule `{rule}`");
            return;
        };
        self.note(Change {
            rule: rule.id.to_owned(),
            breaks: rule.breaks.to_vec(),
            kind: kind(rule.breaks, rule.words),
            operation: operation.to_owned(),
            direction,
            location: location.to_owned(),
            message,
        });
    }

    /// Notes everything that pairs of schemas lead to.
    fn schemas(&mut self, here: &Here, flow: Flow, roots: &[PairId]) {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for root in roots {
            self.schemas.pairs.collect(*root, &mut seen, &mut found);
        }
        let told: Vec<_> = found.clone();
        for difference in found {
            if !self.follows(&difference, &told, here) {
                self.travels(here, flow, difference);
            }
        }
    }

    /// Whether a default is new because what it is for may be left out now, or gone because it must not.
    fn follows(&self, difference: &Difference, told: &[Difference], here: &Here) -> bool {
        let what = match difference.stem {
            "default-set" => "became-optional",
            "default-lifted" => "became-required",
            _ => return false,
        };
        let property = |one: &Difference| {
            one.stem.strip_prefix("property-") == Some(what) && one.location == difference.location
        };
        let parameter = |one: &&Change| {
            one.rule.ends_with(&format!("parameter-{what}"))
                && difference.location.strip_suffix("/schema") == Some(one.location.as_str())
        };
        let mut same = self.changes.iter().rev();
        let mut same = same
            .by_ref()
            .take_while(|one| one.operation == here.operation);
        told.iter().any(property) || same.any(|one| parameter(&one))
    }

    fn note(&mut self, change: Change) {
        let same = |known: &&Change| {
            known.rule == change.rule
                && known.location == change.location
                && known.direction == change.direction
        };
        // Only those of the same operation can be the same, and they are the last ones.
        let mut recent = self
            .changes
            .iter()
            .rev()
            .take_while(|known| known.operation == change.operation);
        if recent.find(same).is_none() {
            self.changes.push(change);
        }
    }
}

fn kind(breaks: &[Party], words: bool) -> Kind {
    match (breaks.is_empty(), words) {
        (false, _) => Kind::Breaking,
        (true, false) => Kind::Compatible,
        (true, true) => Kind::Words,
    }
}
