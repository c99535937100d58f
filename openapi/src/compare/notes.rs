//! What a schema says besides what it allows: defaults, marks, words.

use serde_json::{Map, Value};

use super::{place::Place, schemas::Difference, shape::canonical};

/// Notes that follow from another difference, and are not worth one of their own.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Skip {
    pub(super) default: bool,
    pub(super) discriminator: bool,
}

type Located<'d, 'a> = Vec<(&'a Place<'d>, Value)>;

/// Marks that are there or not.
const MARKS: [(&str, &str, &str); 3] = [
    ("readOnly", "became-read-only", "became-not-read-only"),
    ("writeOnly", "became-write-only", "became-not-write-only"),
    ("deprecated", "schema-deprecated", "schema-reinstated"),
];

const WORDS: [(&[&str], &str); 5] = [
    (&["title"], "title-changed"),
    (&["description"], "description-changed"),
    (&["examples", "example"], "examples-changed"),
    (&["externalDocs"], "external-docs-changed"),
    (&["$comment"], "comment-changed"),
];

/// Compares the notes of two schemas, each given from the outermost in. `same`: whether a place of the old document is a
/// place of the new one. `locate`: where a difference of the two stands.
pub(super) fn compare<'d>(
    old: &[Place<'d>],
    new: &[Place<'d>],
    skip: Skip,
    same: &dyn Fn(&str, &str) -> bool,
    locate: &dyn Fn(&[Place<'d>], &[Place<'d>]) -> String,
) -> Vec<Difference> {
    let mut found = Vec::new();
    for (key, set, lifted) in MARKS {
        let marked = |places: &[Place<'d>]| places.iter().any(|place| place.flag(key));
        let (stem, message) = match (marked(old), marked(new)) {
            (false, true) => (set, format!("`{key}` is new")),
            (true, false) => (lifted, format!("`{key}` is gone")),
            _ => continue,
        };
        found.push(Difference {
            stem,
            location: said_at(key, old, new, same, locate),
            message,
        });
    }
    if !skip.default {
        let default = |places: &[Place<'d>]| first(places, "default").map(canonical);
        let (before, after) = (default(old), default(new));
        let (stem, message) = match (&before, &after) {
            (None, Some(after)) => ("default-set", format!("default {after} is new")),
            (Some(before), None) => ("default-lifted", format!("default {before} is gone")),
            (Some(before), Some(after)) => {
                ("default-changed", format!("default {before} → {after}"))
            }
            (None, None) => ("default-changed", String::new()),
        };
        if before != after {
            found.push(Difference {
                stem,
                location: said_at("default", old, new, same, locate),
                message,
            });
        }
    }
    if !skip.discriminator {
        let hint = |places: &[Place<'d>]| first(places, "discriminator").map(discriminator);
        let (before, after) = (hint(old), hint(new));
        let stem = match (&before, &after) {
            (None, Some(_)) => "discriminator-set",
            (Some(_), None) => "discriminator-lifted",
            _ => "discriminator-changed",
        };
        if before != after {
            let message = "which property tells the alternatives apart, or how".to_owned();
            let location = said_at("discriminator", old, new, same, locate);
            found.push(Difference {
                stem,
                location,
                message,
            });
        }
    }
    if first(old, "xml").map(canonical) != first(new, "xml").map(canonical) {
        let message = "`xml` says something else".to_owned();
        found.push(Difference {
            stem: "xml-changed",
            location: locate(old, new),
            message,
        });
    }
    for (keys, stem) in WORDS {
        let read = |places| {
            words(places, |map| {
                keys.iter().find_map(|key| word(key, map.get(*key)?))
            })
        };
        compare_words(
            keys[0],
            stem,
            &read(old),
            &read(new),
            (old, new),
            same,
            locate,
            &mut found,
        );
    }
    let read = |places| words(places, extensions);
    compare_words(
        "x-…",
        "extension-changed",
        &read(old),
        &read(new),
        (old, new),
        same,
        locate,
        &mut found,
    );
    found
}

/// The value of a key, as the outermost schema that has it says it.
fn first<'d>(places: &[Place<'d>], key: &str) -> Option<&'d Value> {
    places.iter().find_map(|place| place.value.get(key))
}

/// Where a key that changed stands: at the schema that has it, when both documents come by there.
fn said_at<'d>(
    key: &str,
    old: &[Place<'d>],
    new: &[Place<'d>],
    same: &dyn Fn(&str, &str) -> bool,
    locate: &dyn Fn(&[Place<'d>], &[Place<'d>]) -> String,
) -> String {
    let says = |place: &&Place| place.value.get(key).is_some();
    let here = new
        .iter()
        .find(says)
        .filter(|after| old.iter().any(|before| same(&before.at, &after.at)));
    let here = here.or_else(|| {
        let before = old.iter().find(says)?;
        new.iter().find(|after| same(&before.at, &after.at))
    });
    here.map_or_else(|| locate(old, new), |place| place.at.to_string())
}

/// A discriminator without the names of schemas, which may change with nothing else.
fn discriminator(value: &Value) -> (String, Vec<String>) {
    let property = value.get("propertyName").map(canonical).unwrap_or_default();
    let mapping = value.get("mapping").and_then(Value::as_object);
    let mut keys: Vec<_> = mapping
        .into_iter()
        .flatten()
        .map(|(key, _)| key.clone())
        .collect();
    keys.sort();
    (property, keys)
}

/// One `example` is a list of one.
fn word(key: &str, value: &Value) -> Option<Value> {
    match key {
        "example" => Some(Value::Array(vec![value.clone()])),
        _ => Some(value.clone()),
    }
}

/// The extensions of an object, without what the references in them point at: they are not uses.
pub(super) fn extensions(map: &Map<String, Value>) -> Option<Value> {
    let own = map.iter().filter(|(key, _)| key.starts_with("x-"));
    let own: Map<_, _> = own
        .map(|(key, value)| (key.clone(), without_targets(value)))
        .collect();
    (!own.is_empty()).then_some(Value::Object(own))
}

fn without_targets(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_targets).collect(),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| {
                let target = key == "$ref" && value.is_string();
                (
                    key.clone(),
                    if target {
                        Value::Null
                    } else {
                        without_targets(value)
                    },
                )
            };
            Value::Object(map.iter().map(entry).collect())
        }
        other => other.clone(),
    }
}

fn words<'d, 'a>(
    places: &'a [Place<'d>],
    read: impl Fn(&Map<String, Value>) -> Option<Value>,
) -> Located<'d, 'a> {
    let own = |place: &'a Place<'d>| Some((place, read(place.value.as_object()?)?));
    places.iter().filter_map(own).collect()
}

#[expect(
    clippy::too_many_arguments,
    reason = "both sides and how to compare them, used in one place"
)]
fn compare_words<'d>(
    key: &str,
    stem: &'static str,
    before: &Located<'d, '_>,
    after: &Located<'d, '_>,
    (old, new): (&[Place<'d>], &[Place<'d>]),
    same: &dyn Fn(&str, &str) -> bool,
    locate: &dyn Fn(&[Place<'d>], &[Place<'d>]) -> String,
    found: &mut Vec<Difference>,
) {
    let alike = |one: &Value, other: &Value| canonical(one) == canonical(other);
    let equal = before.len() == after.len()
        && before
            .iter()
            .zip(after)
            .all(|((_, before), (_, after))| alike(before, after));
    if equal {
        return;
    }
    let mut report = |location: String| {
        if !found
            .iter()
            .any(|known| known.stem == stem && known.location == location)
        {
            found.push(Difference {
                stem,
                location,
                message: format!("other words: {key}"),
            });
        }
    };
    let mut lone_old: Vec<_> = before.iter().collect();
    let mut lone_new = Vec::new();
    for (place, value) in after {
        let twin = lone_old
            .iter()
            .position(|(known, _)| same(&known.at, &place.at));
        match twin {
            Some(twin) => {
                let (_, twin) = lone_old.remove(twin);
                if !alike(twin, value) {
                    report(place.at.to_string());
                }
            }
            None if old.iter().any(|known| same(&known.at, &place.at)) => {
                report(place.at.to_string())
            }
            None => lone_new.push((place, value)),
        }
    }
    lone_old.retain(|(place, _)| {
        let here = new.iter().find(|known| same(&place.at, &known.at));
        if let Some(here) = here {
            report(here.at.to_string());
        }
        here.is_none()
    });
    // What moved here from a schema of its own, or the other way round. What an outer schema says better is not missed.
    lone_old.retain(|(place, value)| {
        let moved = lone_new.iter().position(|(_, other)| alike(value, other));
        if let Some(moved) = moved {
            lone_new.remove(moved);
        }
        let hidden = before
            .first()
            .is_some_and(|(outer, _)| outer.at != place.at);
        moved.is_none() && !hidden
    });
    lone_new.retain(|(place, _)| after.first().is_some_and(|(outer, _)| outer.at == place.at));
    if !lone_old.is_empty() || !lone_new.is_empty() {
        report(locate(old, new));
    }
}
