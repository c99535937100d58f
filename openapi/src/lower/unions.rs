//! Alternatives.

use serde_json::{Map, Value};

use super::losses::Losses;

/// `anyOf` becomes `oneOf`. The generator makes an enum of `oneOf`, which takes the first alternative that fits; of
/// `anyOf` it makes a structure with every field of every alternative, useless for scalars and lists.
pub(super) fn any_to_one(schema: &mut Map<String, Value>, at: &str, losses: &mut Losses) {
    if !schema.contains_key("anyOf") {
        return;
    }
    if schema.contains_key("oneOf") {
        // Both at once: the generator cannot say it, and the narrower of both is kept.
        schema.shift_remove("anyOf");
        losses.note("any-of", at, "`anyOf` beside `oneOf` dropped");
        return;
    }
    // In the place where it stood.
    let renamed = std::mem::take(schema).into_iter().map(|(key, value)| {
        if key == "anyOf" {
            ("oneOf".to_owned(), value)
        } else {
            (key, value)
        }
    });
    *schema = renamed.collect();
    losses.note(
        "any-of",
        at,
        "`anyOf` read as `oneOf`: the first alternative that matches is taken",
    );
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::apply_at;
    use super::*;

    #[test]
    fn any_of_becomes_one_of_in_its_place() {
        let (schema, losses) = apply_at(any_to_one, "", json!({"a": 1, "anyOf": [{}], "z": 1}));
        assert_eq!(schema.to_string(), r#"{"a":1,"oneOf":[{}],"z":1}"#);
        assert_eq!(losses, ["any-of"]);
    }

    #[test]
    fn beside_one_of_it_goes_with_a_note() {
        let (schema, losses) = apply_at(any_to_one, "", json!({"anyOf": [{}], "oneOf": []}));
        assert_eq!((schema, losses), (json!({"oneOf": []}), vec!["any-of"]));
    }
}
