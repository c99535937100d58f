//! Parameters, limited to those that the generator can send.

use serde_json::{Map, Value, json};

use super::losses::Losses;
use crate::{
    pointer,
    walk::{self, Kind},
};

/// Applies the rules for parameters to every list of them.
pub(super) fn lower(document: &mut Value, losses: &mut Losses) {
    walk::document_mut(document, &mut |kind, at, holder| {
        if !matches!(kind, Kind::PathItem | Kind::Operation) {
            return;
        }
        let Some(Value::Array(parameters)) = holder.get_mut("parameters") else {
            return;
        };
        let at = pointer::join(at, "parameters");
        let mut place = 0;
        parameters.retain(|parameter| {
            let at = pointer::join(&at, &place.to_string());
            place += 1;
            let obstacle = obstacle(parameter);
            if let Some(obstacle) = obstacle {
                losses.note(
                    "parameter",
                    &at,
                    format!("{} dropped: {obstacle}", parameter["name"]),
                );
            }
            obstacle.is_none()
        });
        for (index, parameter) in parameters.iter_mut().enumerate() {
            let at = pointer::join(&at, &index.to_string());
            if let Value::Object(parameter) = parameter {
                drop_examples(parameter, &at, losses);
                if let Some(Value::Object(schema)) = parameter.get_mut("schema") {
                    one_or_many(schema);
                    plain(schema, &at, losses);
                }
            }
        }
    });
}

/// Why the generator cannot send a parameter.
fn obstacle(parameter: &Value) -> Option<&'static str> {
    let style = parameter.get("style").and_then(Value::as_str);
    let place = parameter.get("in").and_then(Value::as_str);
    match (place, style) {
        (_, Some("deepObject")) => Some("a map as deepObject would be sent as plain keys"),
        (Some("cookie"), _) => Some("it is a cookie"),
        (Some("query"), Some(style)) if style != "form" => Some("its style is not `form`"),
        (Some("path"), Some(style)) if style != "simple" => Some("its style is not `simple`"),
        _ if parameter.get("schema").is_none() => Some("it has no schema but a content type"),
        _ => None,
    }
}

fn drop_examples(parameter: &mut Map<String, Value>, at: &str, losses: &mut Losses) {
    for key in ["example", "examples"] {
        if parameter.shift_remove(key).is_some() {
            losses.note("examples", at, format!("`{key}` of a parameter dropped"));
        }
    }
}

/// `T` or `[T]` is `[T]`: one value and a list of one look the same in a query.
fn one_or_many(schema: &mut Map<String, Value>) {
    let Some(Value::Array(alternatives)) = schema.get("oneOf") else {
        return;
    };
    let [first, second] = alternatives.as_slice() else {
        return;
    };
    let list_of = |list: &Value, one: &Value| {
        list.get("items")
            .is_some_and(|items| bare(items) == bare(one))
    };
    let list = if list_of(second, first) {
        second.clone()
    } else if list_of(first, second) {
        first.clone()
    } else {
        return;
    };
    schema.shift_remove("oneOf");
    for (key, value) in list.as_object().into_iter().flatten() {
        schema.entry(key.clone()).or_insert_with(|| value.clone());
    }
}

/// Without words, so that two descriptions of one thing do not make it two.
fn bare(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Value::Object(schema) = &mut schema {
        for word in ["description", "example"] {
            schema.shift_remove(word);
        }
    }
    schema
}

/// A parameter that is not sent is null enough, and its default is the server's to apply.
fn plain(schema: &mut Map<String, Value>, at: &str, losses: &mut Losses) {
    schema.shift_remove("nullable");
    if let Some(default) = schema.shift_remove("default") {
        losses.note(
            "default",
            at,
            format!("default {default} of a parameter dropped, the server applies it"),
        );
    }
    // Left over from nullable: a reference with nothing beside it.
    if schema.len() == 1
        && let Some([Value::Object(only)]) = schema
            .get("allOf")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
    {
        *schema = only.clone();
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if schema.get("enum") == Some(&json!([])) {
        schema.shift_remove("enum");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::Lowered;

    fn lowered(parameters: Value) -> Lowered {
        super::super::lower(&json!({
            "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
            "paths": {"/a": {"get": {"parameters": parameters, "responses": {}}}},
            "components": {"schemas": {"S": {"type": "string"}}},
        }))
        .expect("lowerable")
    }

    fn schema_of(schema: Value) -> Value {
        let lowered = lowered(json!([{"name": "p", "in": "query", "schema": schema}]));
        lowered.document["paths"]["/a"]["get"]["parameters"][0]["schema"].clone()
    }

    #[test]
    fn one_or_many_or_none_is_many() {
        let schema = json!({"anyOf": [
            {"type": "string", "format": "uuid4", "description": "one"},
            {"type": "array", "items": {"type": "string", "format": "uuid4"}},
            {"type": "null"},
        ], "description": "d"});
        assert_eq!(
            schema_of(schema),
            json!({"description": "d", "type": "array", "items": {"type": "string", "format": "uuid"}})
        );
        let reference = json!({"$ref": "#/components/schemas/S"});
        let schema = json!({"anyOf": [{"type": "array", "items": reference}, reference]});
        assert_eq!(
            schema_of(schema),
            json!({"type": "array", "items": {"$ref": "#/components/schemas/S"}})
        );
    }

    #[test]
    fn other_alternatives_stay() {
        let schema =
            json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}]});
        assert_eq!(
            schema_of(schema),
            json!({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}]})
        );
    }

    #[test]
    fn null_and_defaults_are_not_sent() {
        assert_eq!(
            schema_of(json!({"anyOf": [{"$ref": "#/components/schemas/S"}, {"type": "null"}]})),
            json!({"$ref": "#/components/schemas/S"})
        );
        assert_eq!(
            schema_of(json!({"type": "integer", "default": 1})),
            json!({"type": "integer"})
        );
        assert_eq!(
            schema_of(json!({"enum": ["a", null]})),
            json!({"type": "string", "enum": ["a"]})
        );
    }

    #[test]
    fn what_cannot_be_sent_goes_with_a_note_that_names_it() {
        let Lowered { document, losses } = lowered(json!([
            {"name": "metadata", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
            {"name": "session", "in": "cookie", "schema": {"type": "string"}},
            {"name": "filter", "in": "query", "content": {"application/json": {}}},
            {"name": "page", "in": "query", "schema": {"type": "integer"}, "examples": {}},
        ]));
        assert_eq!(
            document["paths"]["/a"]["get"]["parameters"],
            json!([{"name": "page", "in": "query", "schema": {"type": "integer"}}])
        );
        let noted: Vec<_> = losses
            .iter()
            .map(|loss| (loss.pointer.as_str(), loss.what.as_str()))
            .collect();
        assert_eq!(
            noted[0],
            (
                "/paths/~1a/get/parameters/0",
                "\"metadata\" dropped: a map as deepObject would be sent as plain keys"
            )
        );
        assert_eq!(noted.len(), 4);
    }
}
