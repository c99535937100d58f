//! Request bodies: what a client sends is what its caller said, and nothing else.

use std::collections::BTreeSet;

use serde_json::Value;

use super::losses::Losses;
use crate::{
    pointer, refs,
    walk::{self, Kind},
};

/// Takes defaults out of everything that can be part of a request body.
///
/// The generator sends a property that has a default whether or not it was set: a PATCH of the status alone would
/// also set the usage back to its default.
pub(super) fn strip_defaults(document: &mut Value, losses: &mut Losses) {
    let reachable = reachable_from(document, Kind::RequestBody);
    walk::document_mut(document, &mut |kind, at, value| {
        let is_root = kind == Kind::RequestBody || (kind == Kind::Schema && reachable.contains(at));
        if !is_root {
            return;
        }
        walk::part_mut(kind, at, value, &mut |kind, at, schema| {
            if kind == Kind::Schema
                && let Value::Object(schema) = schema
                && let Some(default) = schema.shift_remove("default")
            {
                losses.note(
                    "default",
                    at,
                    format!("default {default} of a request dropped, the server applies it"),
                );
            }
        });
    });
}

/// The pointers of all component schemas that things of this kind refer to, directly or through others.
pub(super) fn reachable_from(document: &Value, kind: Kind) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut queue = Vec::new();
    walk::document(document, &mut |this, at, value| {
        if this == kind {
            queue.extend(refs::collect_part(kind, at, value));
        }
    });
    while let Some(reference) = queue.pop() {
        let Some(("schemas", name)) = refs::component(&reference.target) else {
            continue;
        };
        let at = pointer::join("/components/schemas", &name);
        if let Some(schema) = document.pointer(&at)
            && !found.contains(&at)
        {
            queue.extend(refs::collect_part(Kind::Schema, &at, schema));
            found.insert(at);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn requests_lose_their_defaults_however_deep_and_answers_keep_theirs() {
        let body = |schema: Value| json!({"content": {"application/json": {"schema": schema}}});
        let mut document = json!({
            "paths": {"/a": {"post": {
                "requestBody": body(json!({"anyOf": [{"$ref": "#/components/schemas/New"}, {"properties": {"x": {"default": 1}}}]})),
                "responses": {"200": body(json!({"$ref": "#/components/schemas/Answer"}))},
            }}},
            "components": {"schemas": {
                "New": {"properties": {"inner": {"$ref": "#/components/schemas/Inner"}, "default": {"default": 2}}},
                "Inner": {"items": {"default": 3}},
                "Answer": {"properties": {"x": {"default": 4}}},
            }},
        });
        let mut losses = Losses::default();
        strip_defaults(&mut document, &mut losses);
        let text = document.to_string();
        assert!(
            !text.contains(r#""default":1"#)
                && !text.contains(r#""default":2"#)
                && !text.contains(r#""default":3"#),
            "{text}"
        );
        assert!(
            text.contains(r#""default":{}"#),
            "a property called default is not a default: {text}"
        );
        assert!(text.contains(r#""default":4"#), "{text}");
        let places: Vec<_> = losses.0.iter().map(|loss| loss.pointer.as_str()).collect();
        assert_eq!(places.len(), 3, "{places:?}");
        assert!(places.contains(&"/components/schemas/Inner/items"));
    }
}
