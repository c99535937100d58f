//! Limits on how much a document stands for once its references are followed.
//!
//! A few hundred bytes of references to references can stand for billions of schemas, or for a schema without end. The
//! rules of [`lower`](mod@crate::lower), the generator behind them and the comparison of documents
//! follow references, so each checks here first.

mod merges;

use std::collections::HashMap;

use serde_json::Value;

pub use self::merges::merges;
use crate::{
    pointer, refs,
    walk::{self, Kind},
};

/// How many references and combinations may lead from one schema to the next before something is said.
const MOST_STEPS: usize = 100;
/// How many schemas one may consist of.
const MOST_SCHEMAS: usize = 2_000;
/// How many combinations of alternatives one may stand for.
const MOST_COMBINATIONS: usize = 2_000;
/// How many types there are.
const TYPES: usize = 7;
/// How many values all copies of shared parts may have.
const MOST_COPIED: usize = 1_000_000;

/// Why a document is not worked with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BoundsError {
    /// It leads back to itself.
    #[error("a cycle of references: {}; break it", .0.join(" → "))]
    Ring(Vec<String>),
    /// Too long a way from reference to reference.
    #[error("{0} starts a chain of more than {MOST_STEPS} references and combinations; shorten it")]
    Chain(String),
    /// Too many parts.
    #[error(
        "{0} stands for more than {MOST_SCHEMAS} schemas once references are followed; simplify it"
    )]
    Schemas(String),
    /// Too many alternatives.
    #[error(
        "{0} stands for more than {MOST_COMBINATIONS} combinations of alternatives; simplify it"
    )]
    Combinations(String),
    /// A list of types longer than there are types.
    #[error("{0} lists a type more than once; list each once")]
    Types(String),
    /// Too much is shared too often.
    #[error(
        "up to {0}, shared parts are copied into more than {MOST_COPIED} values; reuse fewer of them"
    )]
    Copies(String),
}

/// What one schema comes to.
#[derive(Clone, Copy)]
struct Extent {
    schemas: usize,
    combinations: usize,
    steps: usize,
}

impl Extent {
    const ONE: Self = Self {
        schemas: 1,
        combinations: 1,
        steps: 1,
    };
}

/// Checks a whole document.
///
/// # Errors
/// With the first place that is out of bounds.
pub fn check(document: &Value) -> Result<(), BoundsError> {
    copies(document)?;
    let mut extents = Extents {
        document,
        known: HashMap::new(),
        above: Vec::new(),
    };
    visit(document, &mut |kind, at, value| {
        let types = value.get("type").and_then(Value::as_array);
        if kind == Kind::Schema && types.is_some_and(|types| types.len() > TYPES) {
            return Err(BoundsError::Types(at.to_owned()));
        }
        extents.of(kind, at, value).map(|_| ())
    })
}

/// Checks only what becomes of shared parts that are put where they are used. References that lead nowhere, or round in
/// rings, are no copies.
///
/// # Errors
/// With the place where it became too much.
pub fn copies(document: &Value) -> Result<(), BoundsError> {
    let mut sizes = HashMap::new();
    let mut copied = 0_usize;
    visit(document, &mut |kind, at, value| {
        if kind == Kind::Schema || value.get("$ref").is_none() {
            return Ok(());
        }
        if let Ok(target) = refs::follow(document, value) {
            let size = *sizes
                .entry(std::ptr::from_ref(target))
                .or_insert_with(|| size(target));
            copied = copied.saturating_add(size);
        }
        if copied > MOST_COPIED {
            return Err(BoundsError::Copies(at.to_owned()));
        }
        Ok(())
    })
}

/// Visits a document up to the first error.
fn visit<'a>(
    document: &'a Value,
    visitor: &mut dyn FnMut(Kind, &str, &'a Value) -> Result<(), BoundsError>,
) -> Result<(), BoundsError> {
    let mut result = Ok(());
    walk::document(document, &mut |kind, at, value| {
        if result.is_ok() {
            result = visitor(kind, at, value);
        }
    });
    result
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

struct Extents<'a> {
    document: &'a Value,
    /// By where a value is in memory: a place can be written in many ways.
    known: HashMap<*const Value, Extent>,
    above: Vec<(*const Value, String)>,
}

impl<'a> Extents<'a> {
    /// What a value comes to with all that says something about the same data.
    fn of(&mut self, kind: Kind, at: &str, value: &'a Value) -> Result<Extent, BoundsError> {
        let key = std::ptr::from_ref(value);
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        if let Some(first) = self.above.iter().position(|(above, _)| *above == key) {
            let mut ring: Vec<_> = self.above[first..]
                .iter()
                .map(|(_, at)| at.clone())
                .collect();
            ring.push(at.to_owned());
            return Err(BoundsError::Ring(ring));
        }
        if self.above.len() == MOST_STEPS {
            return Err(BoundsError::Chain(self.above[0].1.clone()));
        }
        self.above.push((key, at.to_owned()));
        let extent = self.anew(kind, at, value)?;
        self.above.pop();
        if extent.steps > MOST_STEPS {
            return Err(BoundsError::Chain(at.to_owned()));
        }
        if extent.schemas > MOST_SCHEMAS {
            return Err(BoundsError::Schemas(at.to_owned()));
        }
        if extent.combinations > MOST_COMBINATIONS {
            return Err(BoundsError::Combinations(at.to_owned()));
        }
        self.known.insert(key, extent);
        Ok(extent)
    }

    fn anew(&mut self, kind: Kind, at: &str, value: &'a Value) -> Result<Extent, BoundsError> {
        let mut all = Extent::ONE;
        if let Some(reference) = value.get("$ref").and_then(Value::as_str)
            && let Ok(target) = refs::resolve(self.document, reference)
        {
            let target = self.of(kind, &refs::place(reference), target)?;
            all.add(target);
            all.combinations = all.combinations.saturating_mul(target.combinations);
        }
        if kind != Kind::Schema {
            return Ok(all);
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            let at = pointer::join(at, key);
            let mut alternatives = 0_usize;
            let members = value.get(key).and_then(Value::as_array);
            for (index, member) in members.into_iter().flatten().enumerate() {
                let member = self.of(kind, &pointer::join(&at, &index.to_string()), member)?;
                all.add(member);
                if key == "allOf" {
                    all.combinations = all.combinations.saturating_mul(member.combinations);
                } else {
                    alternatives = alternatives.saturating_add(member.combinations);
                }
            }
            all.combinations = all.combinations.saturating_mul(alternatives.max(1));
        }
        for key in ["not", "if", "then", "else"] {
            if let Some(condition) = value.get(key) {
                let condition = self.of(kind, &pointer::join(at, key), condition)?;
                all.add(condition);
            }
        }
        let dependents = value.get("dependentSchemas").and_then(Value::as_object);
        for (name, dependent) in dependents.into_iter().flatten() {
            let at = pointer::join(&pointer::join(at, "dependentSchemas"), name);
            let dependent = self.of(kind, &at, dependent)?;
            all.add(dependent);
        }
        Ok(all)
    }
}

impl Extent {
    fn add(&mut self, part: Self) {
        self.schemas = self.schemas.saturating_add(part.schemas);
        self.steps = self.steps.max(part.steps + 1);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn refusal(schemas: Value) -> String {
        let document = json!({"components": {"schemas": schemas}});
        check(&document).expect_err("refused").to_string()
    }

    fn reference(name: impl std::fmt::Display) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// `count` schemas, each with what `of` makes of a reference to the next; the last is a string.
    fn tower(count: usize, of: impl Fn(Value) -> Value) -> Value {
        let mut all = Map::new();
        for level in 0..count {
            all.insert(
                format!("S{level}"),
                of(reference(format!("S{}", level + 1))),
            );
        }
        all.insert(format!("S{count}"), json!({"type": "string"}));
        Value::Object(all)
    }

    #[test]
    fn the_document_of_this_project_is_within_bounds() {
        let document = crate::bundled::server_truth();
        assert_eq!(check(&document), Ok(()));
    }

    #[test]
    fn rings_are_refused_with_their_path() {
        let a = "/components/schemas/A";
        for key in ["allOf", "anyOf", "oneOf"] {
            assert_eq!(
                refusal(json!({"A": {key: [reference("A")]}})),
                format!("a cycle of references: {a} → {a}/{key}/0 → {a}; break it")
            );
        }
        assert_eq!(
            refusal(json!({"A": reference("B"), "B": {"not": reference("A")}})),
            format!(
                "a cycle of references: {a} → /components/schemas/B → /components/schemas/B/not → {a}; break it"
            )
        );
        let ring =
            json!({"components": {"responses": {"R": {"$ref": "#/components/responses/%52"}}}});
        assert!(matches!(check(&ring), Err(BoundsError::Ring(_))));
        let tree = json!({"A": {"properties": {"left": reference("A")}, "items": {"anyOf": [reference("A")]}}});
        assert_eq!(check(&json!({"components": {"schemas": tree}})), Ok(()));
    }

    #[test]
    fn what_references_stand_for_is_counted_once_each() {
        for key in ["allOf", "anyOf", "oneOf"] {
            let error = refusal(tower(12, |next| json!({key: vec![next; 6]})));
            assert!(
                error.starts_with("/components/schemas/S") && error.contains("more than 2000"),
                "{error}"
            );
        }
        let eight = json!({"anyOf": vec![json!({}); 8]});
        let error = refusal(json!({"A": {"allOf": vec![eight; 5]}}));
        assert!(
            error.starts_with("/components/schemas/A stands for more than 2000 combinations"),
            "{error}"
        );
    }

    #[test]
    fn long_chains_are_refused_wherever_they_are_entered() {
        let chain = tower(20_000, |next| next);
        assert!(refusal(chain.clone()).contains("more than 100 references"));
        let Value::Object(chain) = chain else {
            return;
        };
        let backwards: Map<_, _> = chain.into_iter().rev().collect();
        assert!(refusal(Value::Object(backwards)).contains("more than 100 references"));
    }

    #[test]
    fn a_list_of_types_is_no_longer_than_there_are_types() {
        let error = refusal(json!({"A": {"type": vec!["object"; 8]}}));
        assert!(
            error.starts_with("/components/schemas/A lists a type"),
            "{error}"
        );
    }

    #[test]
    fn copies_of_shared_parts_are_counted() {
        let shared = json!({"description": "d", "x-list": vec![0; 1000]});
        let answers: Map<_, _> = (0..1001)
            .map(|code| {
                (
                    code.to_string(),
                    json!({"$ref": "#/components/responses/R"}),
                )
            })
            .collect();
        let document = json!({"paths": {"/a": {"get": {"responses": answers}}}, "components": {"responses": {"R": shared}}});
        let error = check(&document).expect_err("refused").to_string();
        assert!(
            error.starts_with("up to /paths/~1a/get/responses/99"),
            "{error}"
        );
    }
}
