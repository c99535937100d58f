//! What must hold for any two documents, tried on edits of the bundled one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use polar_openapi::{bundled, pointer, walk};
use polar_openapi_compare::{Direction, Party, Severity};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{documents::changes, schemas::Way};

static BUNDLED: LazyLock<Value> = LazyLock::new(bundled::document);

/// Where a schema matters: an operation and a direction.
type Uses = BTreeMap<&'static str, BTreeSet<(String, Direction)>>;

/// Every schema that travels as JSON, by its place, with all operations that lead to it: worked out from the document
/// alone, by following references.
static USES: LazyLock<Uses> = LazyLock::new(|| {
    let mut uses = Uses::new();
    walk::document(&BUNDLED, &mut |kind, at, operation| {
        if kind != walk::Kind::Operation {
            return;
        }
        let name = operation["operationId"].as_str().unwrap();
        let mut parts = Vec::new();
        if let Some(body) = operation.get("requestBody") {
            let at = format!("{at}/requestBody");
            parts.push((walk::Kind::RequestBody, at, body, Direction::Request));
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            let at = format!("{at}/responses/{status}");
            parts.push((walk::Kind::Response, at, response, Direction::Response));
        }
        for (kind, at, part, direction) in parts {
            for place in reach(kind, &at, part) {
                uses.entry(place)
                    .or_default()
                    .insert((name.to_owned(), direction));
            }
        }
    });
    // A parameter travels as text, where other edits mean other things.
    let mut as_text = BTreeSet::new();
    walk::document(&BUNDLED, &mut |kind, at, parameter| {
        if kind == walk::Kind::Parameter {
            as_text.extend(reach(kind, at, parameter));
        }
    });
    uses.retain(|place, _| !as_text.contains(place));
    uses
});

/// The schemas of a part of the document, and what they refer to.
fn parts(kind: walk::Kind, at: &str, value: &Value) -> (Vec<String>, BTreeSet<String>) {
    let (mut places, mut targets) = (Vec::new(), BTreeSet::new());
    walk::part(kind, at, value, &mut |kind, at, value| {
        if kind == walk::Kind::Schema {
            places.push(at.to_owned());
        }
        targets.extend(value.get("$ref").and_then(Value::as_str).map(str::to_owned));
    });
    (places, targets)
}

type Parts = (Vec<String>, BTreeSet<String>);

static COMPONENTS: LazyLock<BTreeMap<String, Parts>> = LazyLock::new(|| {
    let schemas = BUNDLED["components"]["schemas"].as_object().unwrap();
    let own = |(name, schema): (&String, &Value)| {
        let at = pointer::join("/components/schemas", name);
        (format!("#{at}"), parts(walk::Kind::Schema, &at, schema))
    };
    schemas.iter().map(own).collect()
});

/// Every schema that a part of the document leads to.
fn reach(kind: walk::Kind, at: &str, value: &Value) -> Vec<&'static str> {
    let (places, mut queue) = parts(kind, at, value);
    let mut found: Vec<&str> = places.into_iter().map(|place| &*place.leak()).collect();
    let mut seen = BTreeSet::new();
    while let Some(target) = queue.pop_first() {
        let (places, targets) = &COMPONENTS[&target];
        found.extend(places.iter().map(String::as_str));
        seen.insert(target);
        queue.extend(
            targets
                .iter()
                .filter(|target| !seen.contains(*target))
                .cloned(),
        );
    }
    found
}

/// An edit that means something here, and what it does to the set of what is allowed.
fn edits(schema: &Value) -> Vec<(Value, Way)> {
    let with = |key: &str, value: Value| {
        let mut edited = schema.clone();
        edited[key] = value;
        edited
    };
    let mut edits = vec![(with("title", json!("Planted")), Way::Words)];
    if schema.get("$ref").is_some() {
        return edits;
    }
    edits.push((with("readOnly", json!(true)), Way::Same));
    if let Some(values) = schema["enum"].as_array() {
        let more: Vec<_> = values.iter().cloned().chain([json!("planted")]).collect();
        edits.push((with("enum", json!(more)), Way::More));
        if values.len() > 1 {
            edits.push((with("enum", json!(values[1..])), Way::Less));
        }
    } else if let Some(constant) = schema.get("const") {
        if constant.is_string() {
            edits.push((with("const", json!("planted")), Way::Both));
        }
    } else {
        if let Some(name @ ("string" | "integer")) = schema["type"].as_str() {
            edits.push((with("type", json!([name, "null"])), Way::More));
        }
        match schema["type"].as_str() {
            Some("string") => {
                match schema["format"].as_str() {
                    Some("uuid4") => edits.push((with("format", json!("uuid")), Way::More)),
                    Some(_) => edits.push((with("format", json!("uri")), Way::Both)),
                    None => edits.push((with("format", json!("email")), Way::Less)),
                }
                if let Some(longest) = schema["maxLength"].as_u64() {
                    edits.push((with("maxLength", json!(longest + 1)), Way::More));
                    edits.push((with("maxLength", json!(longest - 1)), Way::Less));
                }
                let known = schema.get("pattern").is_some();
                let way = if known { Way::Both } else { Way::Less };
                edits.push((with("pattern", json!("^planted$")), way));
            }
            Some("integer") => {
                let most = schema["maximum"].as_f64().unwrap_or(2e9);
                edits.push((with("maximum", json!(most - 1.0)), Way::Less));
                edits.push((with("type", json!("string")), Way::Both));
            }
            Some("array") => {
                edits.push((with("minItems", json!(7)), Way::Less));
                edits.push((json!({"type": "boolean"}), Way::Both));
            }
            Some("object")
                if schema.get("properties").is_some()
                    && schema.get("additionalProperties").is_none() =>
            {
                let mut optional = schema.clone();
                optional["properties"]["planted"] = json!({"type": "string"});
                edits.push((optional.clone(), Way::Same));
                let mut required = schema["required"].as_array().cloned().unwrap_or_default();
                required.push(json!("planted"));
                if !required[..required.len() - 1].is_empty() {
                    edits.push((
                        with("required", json!(required[1..required.len() - 1])),
                        Way::More,
                    ));
                }
                optional["required"] = json!(required);
                edits.push((optional, Way::Less));
                edits.push((with("additionalProperties", json!(false)), Way::Less));
            }
            _ => {}
        }
    }
    edits.retain(|(edited, _)| edited != schema);
    edits
}

/// Places whose edits are seen as what they are. A member of a union may be said by another member as well.
fn places() -> Vec<&'static str> {
    let plain = |place: &&&str| {
        !place.contains("/anyOf/") && BUNDLED.pointer(place).is_some_and(Value::is_object)
    };
    USES.keys().filter(plain).copied().collect()
}

fn edited() -> impl Strategy<Value = (&'static str, Value, Way)> {
    let places = places();
    (0..places.len(), any::<prop::sample::Index>()).prop_map(move |(place, edit)| {
        let place = places[place];
        let edits = edits(BUNDLED.pointer(place).unwrap());
        let (schema, way) = edits[edit.index(edits.len())].clone();
        (place, schema, way)
    })
}

fn planted(place: &str, schema: &Value) -> Value {
    let mut document = BUNDLED.clone();
    *document.pointer_mut(place).unwrap() = schema.clone();
    document
}

fn breaks(way: Way, direction: Direction) -> Vec<Party> {
    match (way, direction == Direction::Request) {
        (Way::Less, true) | (Way::More, false) => vec![Party::Client],
        (Way::More, true) | (Way::Less, false) => vec![Party::Server],
        (Way::Both, _) => vec![Party::Client, Party::Server],
        (Way::Same | Way::Words, _) => vec![],
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_is_told_once_wherever_it_matters_and_nowhere_else((place, schema, way) in edited()) {
        let found = changes(&BUNDLED, &planted(place, &schema));
        let mut told: BTreeSet<(String, Direction)> = BTreeSet::new();
        for change in &found {
            prop_assert!(told.insert((change.operation.clone(), change.direction)), "twice: {change:?}");
            prop_assert_eq!(&change.breaks, &breaks(way, change.direction), "{:?}", change);
            let severity = match way {
                Way::Same => Severity::Compatible,
                Way::Words => Severity::Words,
                _ => Severity::Breaking,
            };
            prop_assert_eq!(change.severity, severity);
            prop_assert!(change.location.starts_with(place), "{} for {}", change.location, place);
        }
        prop_assert_eq!(&told, &USES[place], "{}", place);
    }

    #[test]
    fn going_back_breaks_whom_going_there_did_not((place, schema, _) in edited()) {
        let document = planted(place, &schema);
        let there = changes(&BUNDLED, &document);
        let back = changes(&document, &BUNDLED);
        prop_assert_eq!(there.len(), back.len(), "{}", place);
        for (there, back) in there.iter().zip(&back) {
            let others = |party: &Party| match party {
                Party::Client => Party::Server,
                Party::Server => Party::Client,
            };
            let mut turned: Vec<_> = there.breaks.iter().map(others).collect();
            turned.sort();
            prop_assert_eq!(&turned, &back.breaks, "{:?} and {:?}", there, back);
            prop_assert_eq!((&there.operation, there.direction, there.severity), (&back.operation, back.direction, back.severity));
        }
    }
}
