//! Compares what a schema says without restricting values: defaults, flags and descriptions.
//!
//! A schema and its parts (references, combinations, conditions) count as one: it does not matter which of them has an
//! annotation, or in which order.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::catalogue::MessageRule;
use crate::{
    pairs::Difference,
    place::{Document, Place},
    shape::canonical,
};

/// Annotations whose change follows from another difference, and is not reported.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Skip {
    /// Other types are allowed: the default follows.
    pub(crate) default: bool,
    /// Other alternatives are there: what is said about each and how to tell them apart follows.
    pub(crate) alternatives: bool,
    /// Another thing stands here: the words about it follow.
    pub(crate) words: bool,
}

impl Skip {
    /// Skips everything, if another schema stands here.
    pub(crate) fn of_another(another: bool) -> Self {
        Self {
            default: another,
            alternatives: another,
            words: another,
        }
    }
}

/// The rules for an annotation that is new, gone or changed.
struct Note {
    key: &'static str,
    set: MessageRule,
    lifted: MessageRule,
    changed: MessageRule,
    /// How it is read from a schema that may say it.
    read: fn(&'static str, &Map<String, Value>) -> Option<String>,
}

const fn words(key: &'static str, rule: MessageRule) -> Note {
    Note {
        key,
        set: rule,
        lifted: rule,
        changed: rule,
        read: plain,
    }
}

const NOTES: [Note; 12] = [
    Note {
        key: "default",
        set: MessageRule::DefaultSet,
        lifted: MessageRule::DefaultLifted,
        changed: MessageRule::DefaultChanged,
        read: plain,
    },
    Note {
        key: "readOnly",
        set: MessageRule::BecameReadOnly,
        lifted: MessageRule::BecameNotReadOnly,
        changed: MessageRule::BecameReadOnly,
        read: mark,
    },
    Note {
        key: "writeOnly",
        set: MessageRule::BecameWriteOnly,
        lifted: MessageRule::BecameNotWriteOnly,
        changed: MessageRule::BecameWriteOnly,
        read: mark,
    },
    Note {
        key: "deprecated",
        set: MessageRule::SchemaDeprecated,
        lifted: MessageRule::SchemaReinstated,
        changed: MessageRule::SchemaDeprecated,
        read: mark,
    },
    Note {
        key: "discriminator",
        set: MessageRule::DiscriminatorSet,
        lifted: MessageRule::DiscriminatorLifted,
        changed: MessageRule::DiscriminatorChanged,
        read: discriminator,
    },
    words("xml", MessageRule::XmlChanged),
    words("title", MessageRule::TitleChanged),
    words("description", MessageRule::DescriptionChanged),
    Note {
        key: "examples",
        set: MessageRule::ExamplesChanged,
        lifted: MessageRule::ExamplesChanged,
        changed: MessageRule::ExamplesChanged,
        read: examples,
    },
    words("externalDocs", MessageRule::ExternalDocsChanged),
    words("$comment", MessageRule::CommentChanged),
    Note {
        key: "x-…",
        set: MessageRule::ExtensionChanged,
        lifted: MessageRule::ExtensionChanged,
        changed: MessageRule::ExtensionChanged,
        read: |_, map| extensions(map).map(|own| canonical(&own)),
    },
];

fn plain(key: &'static str, map: &Map<String, Value>) -> Option<String> {
    map.get(key).map(canonical)
}

fn mark(key: &'static str, map: &Map<String, Value>) -> Option<String> {
    (map.get(key) == Some(&Value::Bool(true))).then(|| "true".to_owned())
}

/// Without the names of schemas, which may change with nothing else.
fn discriminator(key: &'static str, map: &Map<String, Value>) -> Option<String> {
    let value = map.get(key)?;
    let property = value.get("propertyName").map(canonical);
    let mapping = value.get("mapping").and_then(Value::as_object);
    let mut keys: Vec<_> = mapping.into_iter().flatten().map(|(key, _)| key).collect();
    keys.sort();
    Some(format!("{property:?} {keys:?}"))
}

/// One `example` is a list of one.
fn examples(key: &'static str, map: &Map<String, Value>) -> Option<String> {
    let single = || {
        map.get("example")
            .map(|example| format!("[{}]", canonical(example)))
    };
    map.get(key).map(canonical).or_else(single)
}

/// The extensions of an object, without what the references in them point at: they are not uses.
pub(crate) fn extensions(map: &Map<String, Value>) -> Option<Value> {
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

/// A schema and all that it is put together from, each once.
pub(crate) fn together<'d>(document: &Document<'d>, parts: &[Place<'d>]) -> Vec<Place<'d>> {
    let mut found: Vec<Place<'d>> = Vec::new();
    let mut queue: Vec<Place<'d>> = parts.iter().rev().cloned().collect();
    while let Some(place) = queue.pop() {
        if found.iter().any(|known| known.at == place.at) {
            continue;
        }
        let mut next: Vec<Place<'d>> = document.target(&place).into_iter().collect();
        for key in ["allOf", "anyOf", "oneOf"] {
            next.extend(place.list(key));
        }
        for key in [
            "not",
            "if",
            "then",
            "else",
            "contains",
            "propertyNames",
            "unevaluatedItems",
        ] {
            next.extend(place.get(key));
        }
        next.extend(
            place
                .map("dependentSchemas")
                .into_iter()
                .map(|(_, schema)| schema),
        );
        queue.extend(next.into_iter().rev());
        found.push(place);
    }
    found
}

/// Compares what two schemas say besides, each with all that it is put together from. `same`: whether a place of the
/// old document is a place of the new one.
pub(crate) fn compare<'d>(
    old: &[Place<'d>],
    new: &[Place<'d>],
    skip: Skip,
    same: &dyn Fn(&str, &str) -> bool,
) -> Vec<Difference> {
    // Places that both have. What only one has is a member that is gone or new, or moved here from elsewhere.
    let mut shared: Vec<(&Place<'d>, &Place<'d>)> = Vec::new();
    for after in new {
        let twin = old.iter().find(|before| same(&before.at, &after.at));
        shared.extend(twin.map(|before| (before, after)));
    }
    if skip.alternatives {
        let member = |place: &Place| place.at.contains("/anyOf/") || place.at.contains("/oneOf/");
        shared.retain(|(_, after)| !member(after));
    }
    let mut found = Vec::new();
    for note in &NOTES {
        let skipped = match note.key {
            "default" => skip.default,
            "discriminator" => skip.alternatives,
            "title" | "description" | "examples" => skip.words,
            _ => false,
        };
        if skipped {
            continue;
        }
        let read = |place: &Place| (note.read)(note.key, place.value.as_object()?);
        let count = |places: &[Place<'d>]| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for value in places.iter().filter_map(read) {
                *counts.entry(value).or_default() += 1;
            }
            counts
        };
        let (before, after) = (count(old), count(new));
        if before == after {
            continue;
        }
        for (was, is) in &shared {
            let (was, value) = (read(was), read(is));
            let moved = |value: &Option<String>,
                         from: &BTreeMap<String, usize>,
                         to: &BTreeMap<String, usize>| {
                value
                    .as_ref()
                    .is_none_or(|value| from.get(value) <= to.get(value))
            };
            // What this place says now was said elsewhere, and what it said is said elsewhere now.
            if was == value || moved(&was, &before, &after) && moved(&value, &after, &before) {
                continue;
            }
            let (rule, what) = match (&was, &value) {
                (None, _) => (note.set, "is new"),
                (_, None) => (note.lifted, "is gone"),
                _ => (note.changed, "says something else"),
            };
            let message = format!("`{}` {what}", note.key);
            found.push(Difference::new(rule, is.at.to_string(), message));
        }
    }
    found
}
