//! Tuples, and arrays of anything.

use serde_json::{Map, Value, json};

use super::losses::Losses;

/// A tuple becomes an array whose items are any of its members. Its length stays fixed, the order of types is lost.
pub(super) fn tuple_to_items(schema: &mut Map<String, Value>, at: &str, losses: &mut Losses) {
    let Some(Value::Array(members)) = schema.shift_remove("prefixItems") else {
        return;
    };
    let count = members.len();
    let (mut distinct, mut others): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    let rest = schema.shift_remove("items");
    let closed = rest
        .as_ref()
        .is_some_and(|rest| *rest == json!({"not": {}}));
    for member in members.into_iter().chain(rest.filter(|_| !closed)) {
        // References first: they name narrower types than what is written in place.
        let list = if member.get("$ref").is_some() {
            &mut distinct
        } else {
            &mut others
        };
        if !list.contains(&member) {
            list.push(member);
        }
    }
    distinct.append(&mut others);
    if distinct.len() > 1 {
        losses.note("tuple", at, "the order of the types in the tuple");
    }
    let items = match distinct.len() {
        1 => distinct.remove(0),
        _ => json!({"oneOf": distinct}),
    };
    schema.insert("items".to_owned(), items);
    if closed {
        schema.entry("maxItems").or_insert_with(|| json!(count));
    }
}

/// The generator requires `items`, even if they are empty.
pub(super) fn give_items(schema: &mut Map<String, Value>, _: &str, _: &mut Losses) {
    if schema.get("type").is_some_and(|name| name == "array") {
        schema.entry("items").or_insert_with(|| json!({}));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{apply, apply_at};
    use super::*;

    #[test]
    fn a_tuple_keeps_its_length_and_puts_references_first() {
        let tuple = json!({"type": "array", "prefixItems": [{"type": "string"}, {"$ref": "#/a"}], "minItems": 2, "maxItems": 2});
        let (schema, losses) = apply_at(tuple_to_items, "", tuple);
        assert_eq!(
            schema,
            json!({"type": "array", "items": {"oneOf": [{"$ref": "#/a"}, {"type": "string"}]}, "minItems": 2, "maxItems": 2})
        );
        assert_eq!(losses, ["tuple"]);
    }

    #[test]
    fn a_tuple_of_one_type_loses_nothing() {
        let (schema, losses) = apply_at(
            tuple_to_items,
            "",
            json!({"prefixItems": [{"type": "string"}, {"type": "string"}], "items": {"not": {}}}),
        );
        assert_eq!(
            (schema, losses),
            (json!({"items": {"type": "string"}, "maxItems": 2}), vec![])
        );
    }

    #[test]
    fn an_array_of_anything_says_so() {
        assert_eq!(
            apply(give_items, json!({"type": "array"})),
            json!({"type": "array", "items": {}})
        );
        assert_eq!(
            apply(give_items, json!({"type": "string"})),
            json!({"type": "string"})
        );
    }
}
