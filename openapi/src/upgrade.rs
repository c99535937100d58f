//! Upgrades OpenAPI 3.0 to 3.1, written the way Polar writes it.

use serde_json::{Map, Value, json};

use crate::walk::{self, Kind};

/// Keywords that describe a schema and restrict no values.
const ANNOTATIONS: [&str; 10] = [
    "title",
    "description",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "example",
    "examples",
    "externalDocs",
    "xml",
];

/// Turns a document of OpenAPI 3.0 into one of 3.1 that means the same. A document of 3.1 stays as it is.
pub fn upgrade(document: &mut Value) {
    let version = document.get("openapi").and_then(Value::as_str);
    if !version.is_some_and(|version| version.starts_with("3.0")) {
        return;
    }
    walk::document_mut(document, &mut |kind, _, value| {
        // In 3.0, keywords beside a reference are ignored.
        if let Some(reference) = value.get("$ref").filter(|reference| reference.is_string()) {
            *value = json!({"$ref": reference});
        } else if let (Kind::Schema, Value::Object(schema)) = (kind, value) {
            upgrade_schema(schema);
        }
    });
    document["openapi"] = json!("3.1.0");
}

fn upgrade_schema(schema: &mut Map<String, Value>) {
    for (flag, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        let Some(exclusive) = schema.get(flag).and_then(Value::as_bool) else {
            continue;
        };
        schema.shift_remove(flag);
        if exclusive && let Some(bound) = schema.shift_remove(bound) {
            schema.insert(flag.to_owned(), bound);
        }
    }
    if let Some(example) = schema.shift_remove("example") {
        schema.insert("examples".to_owned(), json!([example]));
    }
    let nullable = schema.shift_remove("nullable") == Some(Value::Bool(true));
    unwrap_lone_reference(schema);
    if nullable {
        add_null(schema);
    }
    name_constant(schema);
}

/// 3.0 writes a constant as an `enum` of one value; 3.1 has `const`.
fn name_constant(schema: &mut Map<String, Value>) {
    let one = schema.get("enum").and_then(Value::as_array);
    if let Some([only]) = one.map(Vec::as_slice) {
        let only = only.clone();
        schema.shift_remove("enum");
        schema.insert("const".to_owned(), only);
    }
}

/// 3.0 wraps a reference in `allOf` to put keywords beside it; 3.1 puts them beside the reference.
fn unwrap_lone_reference(schema: &mut Map<String, Value>) {
    let Some([only]) = schema
        .get("allOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    else {
        return;
    };
    if let (Some(reference), Some(1)) = (only.get("$ref").cloned(), only.as_object().map(Map::len))
    {
        schema.shift_remove("allOf");
        schema.shift_insert(0, "$ref".to_owned(), reference);
    }
}

fn add_null(schema: &mut Map<String, Value>) {
    let nothing = json!({"type": "null"});
    for union in ["anyOf", "oneOf"] {
        let bound = schema
            .keys()
            .any(|key| key != union && !ANNOTATIONS.contains(&key.as_str()));
        if let (false, Some(Value::Array(members))) = (bound, schema.get_mut(union)) {
            members.push(nothing);
            return;
        }
    }
    let (mut value, mut outer) = (Map::new(), Map::new());
    for (key, entry) in std::mem::take(schema) {
        let words = ANNOTATIONS.contains(&key.as_str()) || key.starts_with("x-");
        if words { &mut outer } else { &mut value }.insert(key, entry);
    }
    if value.is_empty() {
        // Anything at all, null included.
        *schema = outer;
        return;
    }
    if let Some(Value::Array(values)) = value.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    name_constant(&mut value);
    schema.insert("anyOf".to_owned(), json!([value, nothing]));
    schema.append(&mut outer);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upgraded(schema: Value) -> Value {
        let mut document =
            json!({"openapi": "3.0.3", "components": {"schemas": {"A": schema, "B": {}}}});
        upgrade(&mut document);
        assert_eq!(document["openapi"], "3.1.0");
        document["components"]["schemas"]["A"].clone()
    }

    #[test]
    fn null_is_a_member_of_a_union() {
        let nothing = json!({"type": "null"});
        for (old, new) in [
            (
                json!({"title": "T", "type": "string", "maxLength": 3, "nullable": true, "description": "D"}),
                json!({"anyOf": [{"type": "string", "maxLength": 3}, nothing], "title": "T", "description": "D"}),
            ),
            (
                json!({"allOf": [{"$ref": "#/components/schemas/B"}], "nullable": true}),
                json!({"anyOf": [{"$ref": "#/components/schemas/B"}, nothing]}),
            ),
            (
                json!({"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": true, "title": "T"}),
                json!({"anyOf": [{"type": "string"}, {"type": "integer"}, nothing], "title": "T"}),
            ),
            (
                json!({"type": "string", "enum": ["a", null], "nullable": true}),
                json!({"anyOf": [{"type": "string", "const": "a"}, nothing]}),
            ),
            (
                json!({"nullable": true, "title": "T"}),
                json!({"title": "T"}),
            ),
            (
                json!({"type": "string", "nullable": false}),
                json!({"type": "string"}),
            ),
        ] {
            assert_eq!(upgraded(old.clone()), new, "{old}");
        }
    }

    #[test]
    fn bounds_examples_and_references_are_written_as_in_3_1() {
        let b = json!({"$ref": "#/components/schemas/B"});
        for (old, new) in [
            (
                json!({"type": "integer", "minimum": 0, "exclusiveMinimum": true, "maximum": 9, "exclusiveMaximum": false}),
                json!({"type": "integer", "maximum": 9, "exclusiveMinimum": 0}),
            ),
            (json!({"example": 1}), json!({"examples": [1]})),
            (
                json!({"type": "string", "enum": ["a"], "title": "T"}),
                json!({"type": "string", "const": "a", "title": "T"}),
            ),
            (
                json!({"$ref": "#/components/schemas/B", "description": "ignored"}),
                b.clone(),
            ),
            (
                json!({"allOf": [b], "description": "D"}),
                json!({"$ref": "#/components/schemas/B", "description": "D"}),
            ),
            (
                json!({"type": "object", "properties": {"nullable": {"type": "boolean"}}, "example": {"$ref": "data"}}),
                json!({"type": "object", "properties": {"nullable": {"type": "boolean"}}, "examples": [{"$ref": "data"}]}),
            ),
        ] {
            assert_eq!(upgraded(old.clone()), new, "{old}");
        }
    }

    #[test]
    fn a_newer_document_stays_as_it_is() {
        let document =
            json!({"openapi": "3.1.0", "components": {"schemas": {"A": {"nullable": true}}}});
        let mut same = document.clone();
        upgrade(&mut same);
        assert_eq!(same, document);
    }
}
