//! What 2020-12 can say about types and 3.0 cannot: boolean schemas, lists of types, constants, conditions.

use serde_json::{Map, Value, json};

use super::losses::Losses;

/// `true` is `{}` and `false` is `{not: {}}`; 3.0 knows the short form for `additionalProperties` only.
pub(super) fn boolean_schema(schema: &mut Value, at: &str) {
    if at.ends_with("/additionalProperties") {
        return;
    }
    match schema {
        Value::Bool(true) => *schema = json!({}),
        Value::Bool(false) => *schema = json!({"not": {}}),
        _ => {}
    }
}

/// `type: [string, "null"]` is a nullable string; several types are alternatives.
pub(super) fn split_type_list(schema: &mut Map<String, Value>, _: &str, _: &mut Losses) {
    let Some(Value::Array(types)) = schema.get("type").cloned() else {
        return;
    };
    let (null, types): (Vec<_>, Vec<_>) = types.into_iter().partition(|name| name == "null");
    match types.as_slice() {
        [] => {
            schema.insert("type".to_owned(), json!("null"));
            return;
        }
        [one] => {
            schema.insert("type".to_owned(), one.clone());
        }
        several => {
            schema.shift_remove("type");
            let alternatives = several
                .iter()
                .map(|name| alternative(schema, name))
                .collect();
            schema.retain(|key, _| types_of(key).is_empty());
            schema.insert("oneOf".to_owned(), Value::Array(alternatives));
        }
    }
    if !null.is_empty() {
        schema.insert("nullable".to_owned(), json!(true));
    }
}

/// The part of the schema that is about values of one type.
fn alternative(schema: &Map<String, Value>, name: &Value) -> Value {
    let mut one = Map::new();
    one.insert("type".to_owned(), name.clone());
    let about = |key: &str| {
        name.as_str()
            .is_some_and(|name| types_of(key).contains(&name))
    };
    for (key, value) in schema.iter().filter(|(key, _)| about(key)) {
        one.insert(key.clone(), value.clone());
    }
    Value::Object(one)
}

/// The types that a keyword is about; none for one that is about all.
fn types_of(keyword: &str) -> &'static [&'static str] {
    match keyword {
        "minLength" | "maxLength" | "pattern" | "format" | "contentEncoding"
        | "contentMediaType" => &["string"],
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
            &["integer", "number"]
        }
        "items" | "prefixItems" | "minItems" | "maxItems" | "uniqueItems" => &["array"],
        "properties"
        | "required"
        | "additionalProperties"
        | "patternProperties"
        | "propertyNames"
        | "minProperties"
        | "maxProperties" => &["object"],
        _ => &[],
    }
}

/// `const` is an enumeration of one. That one value is what tells alternatives apart. A type is added where all
/// values agree on one.
pub(super) fn constant_to_enum(schema: &mut Map<String, Value>, _: &str, _: &mut Losses) {
    if let Some(constant) = schema.shift_remove("const") {
        schema.insert("enum".to_owned(), json!([constant]));
    }
    let Some(Value::Array(values)) = schema.get("enum") else {
        return;
    };
    let mut types: Vec<_> = values.iter().filter_map(type_of).collect();
    types.sort_unstable();
    types.dedup();
    if let [one] = types.as_slice()
        && !schema.contains_key("type")
    {
        schema.insert("type".to_owned(), json!(one));
    }
}

fn type_of(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    })
}

/// Keywords of 2020-12 without any counterpart.
const CONDITIONS: [&str; 16] = [
    "if",
    "then",
    "else",
    "contains",
    "minContains",
    "maxContains",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedItems",
    "unevaluatedProperties",
    "$defs",
    "definitions",
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "contentSchema",
];

/// Drops conditions, dependencies and local definitions.
pub(super) fn drop_conditions(schema: &mut Map<String, Value>, at: &str, losses: &mut Losses) {
    for key in CONDITIONS {
        if schema.shift_remove(key).is_some() {
            losses.note(
                "no-counterpart",
                at,
                format!("`{key}` dropped, because 3.0 has no counterpart"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{apply, apply_at};
    use super::*;

    #[test]
    fn booleans_become_objects_but_for_additional_properties() {
        for (at, before, after) in [
            ("/a/items", json!(true), json!({})),
            ("/a/items", json!(false), json!({"not": {}})),
            ("/a/additionalProperties", json!(false), json!(false)),
            (
                "/a/items",
                json!({"type": "string"}),
                json!({"type": "string"}),
            ),
        ] {
            let mut schema = before;
            boolean_schema(&mut schema, at);
            assert_eq!(schema, after);
        }
    }

    #[test]
    fn a_type_or_null_is_nullable() {
        let schema = apply(
            split_type_list,
            json!({"type": ["string", "null"], "maxLength": 3}),
        );
        assert_eq!(
            schema,
            json!({"type": "string", "maxLength": 3, "nullable": true})
        );
        assert_eq!(
            apply(split_type_list, json!({"type": ["null"]})),
            json!({"type": "null"})
        );
    }

    #[test]
    fn several_types_are_alternatives_each_with_its_own_keywords() {
        let schema = json!({"type": ["string", "integer"], "maxLength": 3, "minimum": 0, "description": "d"});
        assert_eq!(
            apply(split_type_list, schema),
            json!({"description": "d", "oneOf": [{"type": "string", "maxLength": 3}, {"type": "integer", "minimum": 0}]})
        );
    }

    #[test]
    fn constants_are_enumerations_with_a_type() {
        assert_eq!(
            apply(constant_to_enum, json!({"const": "x"})),
            json!({"enum": ["x"], "type": "string"})
        );
        assert_eq!(
            apply(constant_to_enum, json!({"const": 1, "type": "number"})),
            json!({"enum": [1], "type": "number"})
        );
        assert_eq!(
            apply(constant_to_enum, json!({"enum": ["a", 1]})),
            json!({"enum": ["a", 1]})
        );
    }

    #[test]
    fn what_has_no_counterpart_goes_with_a_note() {
        let (schema, losses) = apply_at(
            drop_conditions,
            "",
            json!({"if": {}, "then": {}, "type": "object"}),
        );
        assert_eq!((schema, losses.len()), (json!({"type": "object"}), 2));
    }
}
