//! Prepares a document for validation: bare schemas, named branches, closed objects.

use polar_openapi::pointer::join;
use serde_json::{Map, Value, json};

/// The annotation of every union branch: its place in the document.
pub(super) const BRANCH: &str = "x-branch";
/// The annotation of every `enum`: its place in the document.
pub(super) const VALUES: &str = "x-values";

/// The format of a time whose offset may be missing.
pub(super) const MOMENT: &str = "date-time-as-given";

/// Keywords that do not validate anything. They would only cost time.
const WORDS: [&str; 6] = [
    "title",
    "description",
    "examples",
    "example",
    "default",
    "discriminator",
];
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
const MAPS: [&str; 2] = ["properties", "patternProperties"];
const ONES: [&str; 3] = ["items", "additionalProperties", "not"];

/// How the schemas are prepared.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// They are only annotated.
    Open,
    /// An object with listed properties allows no others.
    Closed,
}

/// How a schema is closed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    /// Left open.
    Open,
    /// Closed.
    Closed,
    /// Closed by the schema that contains it; only the schemas of its properties are closed here.
    Inner,
}

/// The document with every schema in it prepared.
pub(super) fn prepare(document: &Value, way: Way) -> Value {
    let mut document = document.clone();
    let part = match way {
        Way::Open => Part::Open,
        Way::Closed => Part::Closed,
    };
    if let Some(components) = document["components"].as_object_mut() {
        let schemas = components
            .get("schemas")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let all = |part: Part| -> Value {
            schemas
                .iter()
                .map(|(name, schema)| {
                    let at = join("/components/schemas", name);
                    (name.clone(), schema_as(schema, &at, part))
                })
                .collect::<Map<_, _>>()
                .into()
        };
        components.insert("schemas".to_owned(), all(part));
        if part == Part::Closed {
            components.insert("inner".to_owned(), all(Part::Inner));
        }
    }
    for place in ["paths", "components"] {
        if let Some(value) = document.get_mut(place) {
            outside(value, &format!("/{place}"), part);
        }
    }
    document
}

/// Prepares the schemas in media types and headers.
fn outside(value: &mut Value, at: &str, part: Part) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let at = join(at, name);
                if name == "schema" {
                    *value = schema_as(value, &at, part);
                } else if at != "/components/schemas" && at != "/components/inner" {
                    outside(value, &at, part);
                }
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter_mut().enumerate() {
                outside(value, &format!("{at}/{index}"), part);
            }
        }
        _ => {}
    }
}

fn schema_as(schema: &Value, at: &str, part: Part) -> Value {
    let Some(schema) = schema.as_object() else {
        return schema.clone();
    };
    let mut made = Map::new();
    let has_properties = schema.contains_key("properties");
    // A composition is closed as a whole.
    let together = schema.contains_key("allOf") || has_properties;
    let pieces = if part == Part::Closed && together {
        Part::Inner
    } else {
        part
    };
    let whole = if part == Part::Inner {
        Part::Closed
    } else {
        part
    };
    for (name, value) in schema {
        let at = join(at, name);
        let made_value = match (name.as_str(), value) {
            (word, _) if WORDS.contains(&word) || word.starts_with("x-") => continue,
            ("$ref", Value::String(reference)) if part == Part::Inner => {
                json!(reference.replacen("/schemas/", "/inner/", 1))
            }
            (list, Value::Array(branches)) if LISTS.contains(&list) => {
                let how = if list == "prefixItems" { whole } else { pieces };
                let branches = branches.iter().enumerate().map(|(index, branch)| {
                    let at = format!("{at}/{index}");
                    let mut branch = schema_as(branch, &at, how);
                    if let (Some(branch), "anyOf" | "oneOf") = (branch.as_object_mut(), list) {
                        branch.insert(BRANCH.to_owned(), json!(at));
                    }
                    branch
                });
                branches.collect()
            }
            (map, Value::Object(entries)) if MAPS.contains(&map) => entries
                .iter()
                .map(|(name, value)| (name.clone(), schema_as(value, &join(&at, name), whole)))
                .collect::<Map<_, _>>()
                .into(),
            (one, value) if ONES.contains(&one) => schema_as(value, &at, whole),
            ("enum", value) => {
                made.insert(VALUES.to_owned(), json!(at));
                value.clone()
            }
            (_, value) => value.clone(),
        };
        made.insert(name.clone(), made_value);
    }
    if let Some(required) = made.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !is_newer(schema, name));
    }
    if schema.get("x-echo") == Some(&json!(true)) {
        repeats(&mut made);
    }
    if part == Part::Closed && together && !schema.contains_key("additionalProperties") {
        made.insert("unevaluatedProperties".to_owned(), json!(false));
    }
    Value::Object(made)
}

/// Whether only newer versions of the API send a property (`x-since` of the overlay): a document of such a version
/// requires it, and answers of older ones lack it.
fn is_newer(schema: &Map<String, Value>, name: &Value) -> bool {
    let property = name
        .as_str()
        .and_then(|name| schema.get("properties")?.get(name));
    property.is_some_and(|property| property.get("x-since").is_some())
}

/// A time that is echoed may lack its offset (`x-echo` of the overlay).
fn repeats(schema: &mut Map<String, Value>) {
    for variant in schema
        .get_mut("anyOf")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if variant["format"] == "date-time" {
            variant["format"] = json!(MOMENT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_newer_versions_send_is_not_required() {
        let schema = json!({"required": ["a", "b", "c"], "properties": {
            "a": {"type": "string"}, "b": {"type": "string", "x-since": "2026-10"},
        }});
        let prepared = schema_as(&schema, "", Part::Open);
        assert_eq!(prepared["required"], json!(["a", "c"]));
    }

    #[test]
    fn closing_reaches_what_an_object_is_put_together_from() {
        let document = json!({"components": {"schemas": {
            "Base": {"type": "object", "title": "x", "properties": {"id": {"type": "string"}}},
            "More": {"allOf": [{"$ref": "#/components/schemas/Base"}], "properties": {"own": {"enum": ["a"]}}},
            "Free": {"type": "object", "additionalProperties": {"type": "string"}},
        }}});
        let closed = prepare(&document, Way::Closed);
        let schemas = &closed["components"]["schemas"];
        assert_eq!(
            schemas["More"],
            json!({
                "allOf": [{"$ref": "#/components/inner/Base"}],
                "properties": {"own": {"enum": ["a"], "x-values": "/components/schemas/More/properties/own/enum"}},
                "unevaluatedProperties": false,
            })
        );
        assert_eq!(schemas["Base"]["unevaluatedProperties"], json!(false));
        assert!(schemas["Base"].get("title").is_none());
        assert!(schemas["Free"].get("unevaluatedProperties").is_none());
        let inner = &closed["components"]["inner"];
        assert!(inner["Base"].get("unevaluatedProperties").is_none());
        let open = prepare(&document, Way::Open);
        assert!(!open.to_string().contains("unevaluatedProperties"));
    }
}
