//! `null` as one of several alternatives becomes `nullable: true`.

use serde_json::{Map, Value, json};

use super::losses::Losses;

/// Keys of the inner schema that the outer one may override when both are made one.
const ANNOTATIONS: [&str; 8] = [
    "description",
    "default",
    "example",
    "deprecated",
    "readOnly",
    "writeOnly",
    "nullable",
    "externalDocs",
];

/// Removes `{type: null}` from `anyOf` and `oneOf`. If one alternative is left it takes the place of the union, and
/// the words around the union win over those within.
pub(super) fn hoist_null(schema: &mut Map<String, Value>, _: &str, _: &mut Losses) {
    for union in ["anyOf", "oneOf"] {
        let Some(Value::Array(alternatives)) = schema.get_mut(union) else {
            continue;
        };
        let before = alternatives.len();
        alternatives.retain(|alternative| !is_null(alternative));
        let had_null = alternatives.len() < before;
        let left = std::mem::take(alternatives);
        match left.len() {
            0 if had_null => {
                schema.shift_remove(union);
                schema.insert("type".to_owned(), json!("null"));
                continue;
            }
            1 => inline_only(schema, union, left),
            _ => {
                schema.insert(union.to_owned(), Value::Array(left));
            }
        }
        if had_null {
            schema.insert("nullable".to_owned(), json!(true));
        }
    }
}

fn inline_only(outer: &mut Map<String, Value>, union: &str, mut left: Vec<Value>) {
    let Some(Value::Object(inner)) = left.pop() else {
        outer.shift_remove(union);
        return;
    };
    let conflict = inner
        .keys()
        .any(|key| key != union && outer.contains_key(key) && !ANNOTATIONS.contains(&key.as_str()));
    if conflict {
        outer.shift_remove(union);
        let mut parts = match outer.shift_remove("allOf") {
            Some(Value::Array(parts)) => parts,
            _ => Vec::new(),
        };
        parts.push(Value::Object(inner));
        outer.insert("allOf".to_owned(), Value::Array(parts));
        return;
    }
    // The inner keys stand where the union stood.
    let mut merged = Map::with_capacity(outer.len() + inner.len());
    for (key, value) in std::mem::take(outer) {
        if key == union {
            for (key, value) in &inner {
                merged.entry(key.clone()).or_insert_with(|| value.clone());
            }
        } else {
            merged.insert(key, value);
        }
    }
    *outer = merged;
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|name| name == "null")
        || schema.get("const").is_some_and(Value::is_null)
        || schema
            .get("enum")
            .and_then(Value::as_array)
            .is_some_and(|values| !values.is_empty() && values.iter().all(Value::is_null))
}

/// What can only be null: an enumeration of nothing else.
pub(super) fn lone_null(schema: &mut Map<String, Value>, _: &str, _: &mut Losses) {
    if schema.get("type").is_some_and(|name| name == "null") {
        schema.shift_remove("type");
        schema.insert("enum".to_owned(), json!([null]));
        schema.insert("nullable".to_owned(), json!(true));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::apply;
    use super::*;

    #[test]
    fn one_alternative_beside_null_takes_the_place_and_outer_words_win() {
        let schema = json!({"description": "outer", "anyOf": [{"type": "string", "description": "inner", "maxLength": 3}, {"type": "null"}]});
        let schema = apply(hoist_null, schema);
        assert_eq!(
            schema,
            json!({"description": "outer", "type": "string", "maxLength": 3, "nullable": true})
        );
    }

    #[test]
    fn several_alternatives_beside_null_stay_alternatives() {
        for union in ["anyOf", "oneOf"] {
            let schema = apply(
                hoist_null,
                json!({union: [{"type": "null"}, {"type": "string"}, {"type": "integer"}]}),
            );
            assert_eq!(
                schema,
                json!({union: [{"type": "string"}, {"type": "integer"}], "nullable": true})
            );
        }
    }

    #[test]
    fn null_is_recognised_in_every_spelling() {
        for spelling in [
            json!({"type": "null"}),
            json!({"const": null}),
            json!({"enum": [null]}),
        ] {
            let schema = apply(hoist_null, json!({"anyOf": [{"type": "string"}, spelling]}));
            assert_eq!(schema, json!({"type": "string", "nullable": true}));
        }
    }

    #[test]
    fn a_union_of_one_is_that_one_and_not_nullable() {
        assert_eq!(
            apply(hoist_null, json!({"anyOf": [{"type": "string"}]})),
            json!({"type": "string"})
        );
    }

    #[test]
    fn conflicting_keywords_are_kept_side_by_side() {
        let schema = apply(
            hoist_null,
            json!({"maxLength": 2, "anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]}),
        );
        assert_eq!(
            schema,
            json!({"maxLength": 2, "allOf": [{"type": "string", "maxLength": 3}], "nullable": true})
        );
    }

    #[test]
    fn a_reference_beside_null_keeps_both_keys_for_the_next_rule() {
        let schema = apply(
            hoist_null,
            json!({"anyOf": [{"$ref": "#/x"}, {"type": "null"}]}),
        );
        assert_eq!(schema, json!({"$ref": "#/x", "nullable": true}));
    }

    #[test]
    fn null_alone_is_an_enumeration_of_null() {
        let schema = apply(hoist_null, json!({"anyOf": [{"type": "null"}]}));
        assert_eq!(
            apply(lone_null, schema),
            json!({"enum": [null], "nullable": true})
        );
    }
}
