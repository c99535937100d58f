//! Schemas that the generator makes one of: the members of an `allOf`, and what several of them say about one property.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::{BoundsError, MOST_COMBINATIONS, MOST_SCHEMAS, MOST_STEPS, visit};
use crate::{
    pointer, refs,
    walk::{self, Kind, Shape},
};

/// Schemas that hold for the same data, by where they are in memory.
type Together<'a> = BTreeMap<*const Value, (String, &'a Value)>;

/// Checks that no schema has to be merged with another without end, or with very many. The document must have passed
/// [`super::check`].
///
/// # Errors
/// With the first place that is out of bounds.
pub fn merges(document: &Value) -> Result<(), BoundsError> {
    let mut merges = Merges {
        document,
        known: HashMap::new(),
        above: Vec::new(),
    };
    visit(document, &mut |kind, at, schema| {
        if kind == Kind::Schema && (schema.get("allOf").is_some() || schema.get("$ref").is_some()) {
            let lone = [(std::ptr::from_ref(schema), (at.to_owned(), schema))];
            merges.below(&lone.into())?;
        }
        Ok(())
    })
}

struct Merges<'a> {
    document: &'a Value,
    /// How many merges each leads to.
    known: HashMap<BTreeSet<*const Value>, usize>,
    above: Vec<(BTreeSet<*const Value>, String)>,
}

impl<'a> Merges<'a> {
    /// How many merges it takes to make one schema of several, with all that is in them.
    fn of(&mut self, parts: &Together<'a>) -> Result<usize, BoundsError> {
        let key: BTreeSet<_> = parts.keys().copied().collect();
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let at = place(parts);
        if let Some(first) = self.above.iter().position(|(above, _)| *above == key) {
            let ring = self.above[first..].iter().map(|(_, at)| at.clone());
            return Err(BoundsError::Ring(ring.chain([at]).collect()));
        }
        if self.above.len() == MOST_STEPS {
            return Err(BoundsError::Chain(at));
        }
        self.above.push((key.clone(), at));
        let merges = self.below(parts)?;
        self.above.pop();
        self.known.insert(key, merges);
        Ok(merges)
    }

    /// The same, without asking whether it is known.
    fn below(&mut self, parts: &Together<'a>) -> Result<usize, BoundsError> {
        let mut merges = 1_usize;
        for together in self.product(parts)? {
            for inner in inner(&together) {
                if inner.len() > 1 {
                    merges = merges.saturating_add(self.of(&inner)?);
                }
            }
            if merges > MOST_SCHEMAS {
                return Err(BoundsError::Schemas(place(parts)));
            }
        }
        Ok(merges)
    }

    /// What may hold together when all of these hold: one entry for each combination of alternatives.
    fn product(&self, parts: &Together<'a>) -> Result<Vec<Together<'a>>, BoundsError> {
        let mut all = vec![Together::new()];
        for (at, part) in parts.values() {
            let alternatives = self.alternatives(at, part)?;
            all =
                both(&all, &alternatives).ok_or_else(|| BoundsError::Combinations(place(parts)))?;
        }
        Ok(all)
    }

    fn alternatives(&self, at: &str, schema: &'a Value) -> Result<Vec<Together<'a>>, BoundsError> {
        let too_many = || BoundsError::Combinations(at.to_owned());
        let own = [(std::ptr::from_ref(schema), (at.to_owned(), schema))];
        let mut all = vec![own.into()];
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
            && let Ok(target) = refs::resolve(self.document, reference)
        {
            let target = self.alternatives(&refs::place(reference), target)?;
            all = both(&all, &target).ok_or_else(too_many)?;
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            let at = pointer::join(at, key);
            let mut union = Vec::new();
            let members = schema.get(key).and_then(Value::as_array);
            for (index, member) in members.into_iter().flatten().enumerate() {
                let member = self.alternatives(&pointer::join(&at, &index.to_string()), member)?;
                if key == "allOf" {
                    all = both(&all, &member).ok_or_else(too_many)?;
                } else {
                    union.extend(member);
                }
            }
            if !union.is_empty() {
                all = both(&all, &union).ok_or_else(too_many)?;
            }
        }
        Ok(all)
    }
}

/// Every one of the left with every one of the right; `None` when these are too many.
fn both<'a>(left: &[Together<'a>], right: &[Together<'a>]) -> Option<Vec<Together<'a>>> {
    if left.len() * right.len() > MOST_COMBINATIONS {
        return None;
    }
    let pairs = left
        .iter()
        .flat_map(|left| right.iter().map(move |right| (left, right)));
    Some(
        pairs
            .map(|(left, right)| {
                let mut both = left.clone();
                both.extend(right.iter().map(|(key, value)| (*key, value.clone())));
                both
            })
            .collect(),
    )
}

/// What several schemas say about the same part of the data: about one property, or about the items.
fn inner<'a>(together: &Together<'a>) -> Vec<Together<'a>> {
    let mut all: BTreeMap<String, Together<'a>> = BTreeMap::new();
    for (at, schema) in together.values() {
        for (key, held) in schema.as_object().into_iter().flatten() {
            let at = pointer::join(at, key);
            let mut add = |about: String, at: String, value: &'a Value| {
                let key = std::ptr::from_ref(value);
                all.entry(about).or_default().insert(key, (at, value));
            };
            match (key.as_str(), walk::holds(Kind::Schema, key), held) {
                ("properties", _, Value::Object(properties)) => {
                    for (name, property) in properties {
                        add(
                            format!("properties {name}"),
                            pointer::join(&at, name),
                            property,
                        );
                    }
                }
                ("items" | "additionalProperties", Some((Shape::One, _)), value) => {
                    add(key.clone(), at, value);
                }
                _ => {}
            }
        }
    }
    all.into_values().collect()
}

/// Where the first of them stands.
fn place(parts: &Together) -> String {
    let mut places: Vec<&String> = parts.values().map(|(at, _)| at).collect();
    places.sort();
    places.first().map(|at| (*at).clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn reference(name: impl std::fmt::Display) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    fn object(properties: Value) -> Value {
        json!({"type": "object", "properties": properties})
    }

    fn checked(schemas: Value) -> Result<(), BoundsError> {
        let document = json!({"components": {"schemas": schemas}});
        assert_eq!(super::super::check(&document), Ok(()));
        merges(&document)
    }

    #[test]
    fn two_trees_in_one_are_refused_and_one_tree_with_more_is_not() {
        let tree = |name| object(json!({"next": reference(name)}));
        let both = |one, other| json!({"allOf": [reference(one), reference(other)]});
        let error = checked(json!({"A": tree("A"), "B": tree("B"), "C": both("A", "B")}));
        let error = error.expect_err("refused").to_string();
        assert!(
            error.starts_with("a cycle of references: /components/schemas/A/properties/next →"),
            "{error}"
        );

        let more = object(json!({"name": {"type": "string"}}));
        assert_eq!(
            checked(json!({"A": tree("A"), "B": more, "C": both("A", "B")})),
            Ok(())
        );
        let either = json!({"oneOf": [tree("C"), tree("C")]});
        assert_eq!(checked(json!({"C": either})), Ok(()));
    }

    #[test]
    fn merges_that_lead_to_ever_more_are_refused() {
        let mut schemas = Map::new();
        for level in 0..20 {
            for side in ["A", "B"] {
                let next = reference(format!("{side}{}", level + 1));
                schemas.insert(
                    format!("{side}{level}"),
                    object(json!({"x": next, "y": next})),
                );
            }
        }
        schemas.insert("A20".to_owned(), json!({}));
        schemas.insert("B20".to_owned(), json!({}));
        schemas.insert(
            "C".to_owned(),
            json!({"allOf": [reference("A0"), reference("B0")]}),
        );
        assert!(matches!(
            checked(Value::Object(schemas)),
            Err(BoundsError::Schemas(_))
        ));
    }
}
