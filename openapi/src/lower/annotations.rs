//! Titles, examples and other tools' keywords.

use serde_json::{Map, Value};

use super::losses::Losses;

/// Dropped without a note: they say nothing about values.
const TOOLS: [&str; 5] = [
    "$comment",
    "$schema",
    "$id",
    "enumNames",
    "x-speakeasy-enums",
];

/// Takes titles away, because the generator names types by them and all `Error` titles would become one type; makes
/// one `example` of `examples`; drops `default: null`, which says the same as being optional.
pub(super) fn lower(schema: &mut Map<String, Value>, at: &str, losses: &mut Losses) {
    if schema.shift_remove("title").is_some() {
        losses.note(
            "title",
            at,
            "title dropped, because types are named after component and property",
        );
    }
    if let Some(Value::Array(examples)) = schema.shift_remove("examples") {
        if examples.len() > 1 {
            losses.note(
                "examples",
                at,
                format!(
                    "{} of {} examples dropped",
                    examples.len() - 1,
                    examples.len()
                ),
            );
        }
        if let Some(first) = examples.into_iter().next() {
            schema.entry("example").or_insert(first);
        }
    }
    if schema.get("default") == Some(&Value::Null) {
        schema.shift_remove("default");
    }
    for key in TOOLS {
        schema.shift_remove(key);
    }
    // The generator does not use it: alternatives are told apart by their constants.
    if schema.shift_remove("discriminator").is_some() {
        losses.note(
            "discriminator",
            at,
            "discriminator dropped, because constants tell the alternatives apart",
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::apply_at;
    use super::*;

    #[test]
    fn titles_go_and_properties_called_title_stay() {
        let (schema, losses) = apply_at(
            lower,
            "",
            json!({"title": "Error", "properties": {"title": {}}}),
        );
        assert_eq!(schema, json!({"properties": {"title": {}}}));
        assert_eq!(losses, ["title"]);
    }

    #[test]
    fn the_first_example_stays() {
        let (schema, losses) = apply_at(lower, "", json!({"examples": [1, 2]}));
        assert_eq!((schema, losses), (json!({"example": 1}), vec!["examples"]));
        let (schema, losses) = apply_at(lower, "", json!({"examples": [1], "example": 0}));
        assert_eq!((schema, losses), (json!({"example": 0}), vec![]));
    }

    #[test]
    fn a_default_of_null_goes_and_others_stay() {
        assert_eq!(apply_at(lower, "", json!({"default": null})).0, json!({}));
        assert_eq!(
            apply_at(lower, "", json!({"default": 0})).0,
            json!({"default": 0})
        );
    }

    #[test]
    fn the_discriminator_goes_with_a_note() {
        let (schema, losses) = apply_at(
            lower,
            "",
            json!({"discriminator": {"propertyName": "k"}, "oneOf": []}),
        );
        assert_eq!(
            (schema, losses),
            (json!({"oneOf": []}), vec!["discriminator"])
        );
    }
}
