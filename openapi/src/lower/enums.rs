//! Enumerations, in the form that the generator requires.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use serde_json::{Map, Value, json};

use super::losses::Losses;

/// Values that cannot get distinct names in Rust (`Etc/GMT+0` and `Etc/GMT-0`) stay plain strings; the generator
/// would panic on them.
pub(super) fn colliding_names(schema: &mut Map<String, Value>, at: &str, losses: &mut Losses) {
    let Some(Value::Array(values)) = schema.get("enum") else {
        return;
    };
    let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
    let distinct = |name: fn(&str) -> String| {
        let names: BTreeSet<_> = values.iter().map(|value| name(value)).collect();
        names.len() == values.len()
    };
    // The generator tries these two, in this order.
    if distinct(plain_name) || distinct(crossed_name) {
        return;
    }
    losses.note(
        "enum-names",
        at,
        format!(
            "{} values become a plain string, because their names would collide",
            values.len()
        ),
    );
    schema.shift_remove("enum");
    schema.insert("type".to_owned(), json!("string"));
}

fn plain_name(value: &str) -> String {
    let parts = value.replace('\'', "");
    parts.replace(|c: char| !is_name(c), "-").to_pascal_case()
}

fn crossed_name(value: &str) -> String {
    value
        .replace(|c: char| c == '_' || !is_name(c), "X")
        .to_pascal_case()
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A nullable enumeration lists null too. One that has a name must not: the generator would make two types of it.
pub(super) fn null_among_values(schema: &mut Map<String, Value>, at: &str, _: &mut Losses) {
    let nullable = schema.get("nullable") == Some(&Value::Bool(true));
    let named = is_component(at);
    let Some(Value::Array(values)) = schema.get_mut("enum") else {
        return;
    };
    let lists_null = values.iter().any(Value::is_null);
    if !lists_null && !nullable {
        return;
    }
    if named && values.len() > 1 {
        values.retain(|value| !value.is_null());
    } else if !named && !lists_null {
        values.push(Value::Null);
    }
    schema.insert("nullable".to_owned(), json!(true));
}

/// `/components/schemas/Name` and nothing below.
fn is_component(at: &str) -> bool {
    let name = at.strip_prefix("/components/schemas/");
    name.is_some_and(|name| !name.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{apply, apply_at};
    use super::*;

    #[test]
    fn colliding_values_are_a_plain_string() {
        let (schema, losses) = apply_at(
            colliding_names,
            "",
            json!({"type": "string", "enum": ["Etc/GMT+0", "Etc/GMT-0"]}),
        );
        assert_eq!(
            (schema, losses),
            (json!({"type": "string"}), vec!["enum-names"])
        );
    }

    #[test]
    fn values_that_the_generator_can_tell_apart_stay() {
        for values in [
            json!(["created_at", "-created_at"]),
            json!(["a", "b"]),
            json!([1, 2]),
            json!(["us", "US's"]),
        ] {
            let schema = json!({"enum": values});
            assert_eq!(apply(colliding_names, schema.clone()), schema);
        }
    }

    #[test]
    fn null_is_listed_in_place_and_not_in_a_component() {
        let place = "/components/schemas/A/properties/a";
        let inline = apply_at(
            null_among_values,
            place,
            json!({"enum": ["a"], "nullable": true}),
        )
        .0;
        assert_eq!(inline, json!({"enum": ["a", null], "nullable": true}));
        let named = apply_at(
            null_among_values,
            "/components/schemas/A",
            json!({"enum": ["a", null]}),
        )
        .0;
        assert_eq!(named, json!({"enum": ["a"], "nullable": true}));
        let plain = apply_at(null_among_values, place, json!({"enum": ["a"]})).0;
        assert_eq!(plain, json!({"enum": ["a"]}));
    }
}
