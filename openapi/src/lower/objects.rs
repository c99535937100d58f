//! Names of properties.

use serde_json::{Map, Value, json};

use super::losses::Losses;

/// 3.0 cannot say what names the keys of a map may have.
pub(super) fn drop_property_names(schema: &mut Map<String, Value>, at: &str, losses: &mut Losses) {
    if let Some(names) = schema.shift_remove("propertyNames") {
        losses.note(
            "property-names",
            at,
            format!("keys are not checked against {names}"),
        );
    }
}

/// Properties by pattern become values of any name.
pub(super) fn pattern_properties(schema: &mut Map<String, Value>, at: &str, losses: &mut Losses) {
    let Some(Value::Object(patterns)) = schema.shift_remove("patternProperties") else {
        return;
    };
    let names: Vec<_> = patterns.keys().cloned().collect();
    losses.note(
        "pattern-properties",
        at,
        format!("keys are not checked against {}", names.join(", ")),
    );
    let mut values: Vec<Value> = Vec::new();
    for (_, value) in patterns {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    if let Some(Value::Object(others)) = schema.get("additionalProperties") {
        values.push(Value::Object(others.clone()));
    }
    let any_value = match values.len() {
        1 => values.remove(0),
        _ => json!({"oneOf": values}),
    };
    schema.insert("additionalProperties".to_owned(), any_value);
}

#[cfg(test)]
mod tests {
    use super::super::tests::apply_at;
    use super::*;

    #[test]
    fn names_of_keys_go_with_a_note() {
        let (schema, losses) = apply_at(
            drop_property_names,
            "",
            json!({"type": "object", "propertyNames": {"maxLength": 40}}),
        );
        assert_eq!(
            (schema, losses),
            (json!({"type": "object"}), vec!["property-names"])
        );
    }

    #[test]
    fn patterns_become_values_of_any_name() {
        let (schema, losses) = apply_at(
            pattern_properties,
            "",
            json!({"patternProperties": {"^a": {"type": "string"}, "^b": {"type": "string"}}, "additionalProperties": false}),
        );
        assert_eq!(
            (schema, losses),
            (
                json!({"additionalProperties": {"type": "string"}}),
                vec!["pattern-properties"]
            )
        );
        let (schema, _) = apply_at(
            pattern_properties,
            "",
            json!({"patternProperties": {"^a": {"type": "string"}}, "additionalProperties": {"type": "integer"}}),
        );
        assert_eq!(
            schema,
            json!({"additionalProperties": {"oneOf": [{"type": "string"}, {"type": "integer"}]}})
        );
    }
}
