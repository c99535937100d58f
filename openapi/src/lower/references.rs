//! In 3.0, a reference allows no other keyword beside it.

use serde_json::{Map, Value, json};

use super::losses::Losses;

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

/// A reference with something beside it becomes `allOf` with that reference alone, which the generator sees through.
/// Words beside it stay; validation beside it is dropped, because an `allOf` of two parts would be a new type.
pub(super) fn wrap_siblings(schema: &mut Map<String, Value>, at: &str, losses: &mut Losses) {
    if schema.len() < 2 || !schema.get("$ref").is_some_and(Value::is_string) {
        return;
    }
    let mut wrapped = Map::new();
    for (key, value) in std::mem::take(schema) {
        if key == "$ref" {
            wrapped.insert("allOf".to_owned(), json!([{"$ref": value}]));
        } else if ANNOTATIONS.contains(&key.as_str()) || key.starts_with("x-") {
            wrapped.insert(key, value);
        } else {
            losses.note(
                "reference-siblings",
                at,
                format!("`{key}` beside $ref dropped"),
            );
        }
    }
    *schema = wrapped;
    if schema.len() == 1 {
        // Nothing stayed beside it.
        let reference = schema["allOf"][0].clone();
        if let Value::Object(reference) = reference {
            *schema = reference;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::apply_at;
    use super::*;

    #[test]
    fn a_reference_alone_is_left_alone() {
        assert_eq!(
            apply_at(wrap_siblings, "", json!({"$ref": "#/a"})).0,
            json!({"$ref": "#/a"})
        );
    }

    #[test]
    fn words_stay_beside_and_validation_goes_with_a_note() {
        let (schema, losses) = apply_at(
            wrap_siblings,
            "",
            json!({"$ref": "#/a", "description": "d", "nullable": true, "minLength": 1}),
        );
        assert_eq!(
            schema,
            json!({"allOf": [{"$ref": "#/a"}], "description": "d", "nullable": true})
        );
        assert_eq!(losses, ["reference-siblings"]);
        assert_eq!(
            apply_at(wrap_siblings, "", json!({"$ref": "#/a", "minLength": 1})).0,
            json!({"$ref": "#/a"})
        );
    }
}
