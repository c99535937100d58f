//! The order of alternatives: the first that fits is taken, so the narrow ones come first.

use serde_json::Value;

use crate::{
    refs,
    walk::{self, Kind},
};

/// Sorts the scalars among the alternatives of every `oneOf`: booleans, integers, numbers, narrow strings (a format, an
/// enumeration, a length), any string. Other alternatives stay in their places.
pub(super) fn narrow_before_wide(document: &mut Value) {
    let whole = document.clone();
    walk::document_mut(document, &mut |kind, _, schema| {
        if kind != Kind::Schema {
            return;
        }
        if let Some(Value::Array(alternatives)) = schema.get_mut("oneOf") {
            sort(&whole, alternatives);
        }
    });
}

fn sort(whole: &Value, alternatives: &mut [Value]) {
    let ranks: Vec<_> = alternatives.iter().map(|one| rank(whole, one)).collect();
    let places: Vec<_> = (0..ranks.len())
        .filter(|place| ranks[*place].is_some())
        .collect();
    let mut sorted = places.clone();
    sorted.sort_by_key(|place| ranks[*place]);
    let scalars: Vec<_> = sorted
        .into_iter()
        .map(|place| alternatives[place].clone())
        .collect();
    for (place, scalar) in places.into_iter().zip(scalars) {
        alternatives[place] = scalar;
    }
}

/// The narrower the smaller; none for what is no scalar.
fn rank(whole: &Value, schema: &Value) -> Option<u8> {
    let mut schema = refs::follow(whole, schema).ok()?;
    if let Some([only]) = schema
        .get("allOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        schema = refs::follow(whole, only).ok()?;
    }
    match schema.get("type").and_then(Value::as_str)? {
        "boolean" => Some(0),
        "integer" => Some(1),
        "number" => Some(2),
        "string" => {
            let narrow = ["format", "enum", "pattern", "minLength", "maxLength"];
            let is_narrow = narrow.iter().any(|key| schema.get(*key).is_some());
            Some(if is_narrow { 3 } else { 4 })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::lowered;

    fn ordered(alternatives: serde_json::Value) -> serde_json::Value {
        let schemas = json!({"U": {"oneOf": alternatives}, "E": {"type": "string", "enum": ["a"]}});
        lowered(schemas).document["components"]["schemas"]["U"]["oneOf"].clone()
    }

    #[test]
    fn scalars_come_in_the_order_in_which_they_can_be_told_apart() {
        assert_eq!(
            ordered(
                json!([{"type": "string"}, {"type": "string", "maxLength": 9}, {"type": "number"}, {"type": "integer"}, {"type": "boolean"}])
            ),
            json!([{"type": "boolean"}, {"type": "integer"}, {"type": "number"}, {"type": "string", "maxLength": 9}, {"type": "string"}])
        );
    }

    #[test]
    fn what_a_reference_names_counts_and_other_types_keep_their_places() {
        assert_eq!(
            ordered(
                json!([{"type": "string"}, {"type": "object"}, {"$ref": "#/components/schemas/E"}])
            ),
            json!([{"$ref": "#/components/schemas/E"}, {"type": "object"}, {"type": "string"}])
        );
    }
}
