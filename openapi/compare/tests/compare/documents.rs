//! Small documents to compare.

use polar_openapi_compare::{Change, Party, compare};
use serde_json::{Value, json};

/// A schema that every document here has, to be referred to.
pub(crate) fn components() -> Value {
    json!({
        "Cat": {"type": "object", "required": ["kind", "lives"], "properties": {
            "kind": {"const": "cat"}, "lives": {"type": "integer"}}},
        "Dog": {"type": "object", "required": ["kind", "tricks"], "properties": {
            "kind": {"const": "dog"}, "tricks": {"type": "array", "items": {"type": "string"}}}},
        "Fish": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "fish"}}},
        "Named": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        "Aged": {"type": "object", "required": ["age"], "properties": {"age": {"type": "integer"}}},
        "Person": {"type": "object", "required": ["name", "age"], "properties": {
            "name": {"type": "string"}, "age": {"type": "integer"}}},
        "AlsoNamed": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        "Tree": {"type": "object", "properties": {
            "leaf": {"type": "string"}, "branches": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}},
    })
}

/// A document with these paths.
pub(crate) fn document(paths: Value) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "https://api.example.com"}],
        "paths": paths,
        "components": {"schemas": components()},
    })
}

/// A document with one operation, `things:do`.
pub(crate) fn operation(operation: Value) -> Value {
    let mut whole = json!({"operationId": "things:do", "responses": {"204": {"description": "d"}}});
    for (key, value) in operation.as_object().unwrap() {
        whole[key] = value.clone();
    }
    document(json!({"/things": {"post": whole}}))
}

/// Where a schema can stand, and how the rules are called there.
pub(crate) const PLACES: [&str; 4] = ["request", "response", "webhook", "webhook-answer"];

/// A document in which this schema is sent at one of the [`PLACES`].
pub(crate) fn sent(place: &str, schema: &Value) -> Value {
    let content = json!({"application/json": {"schema": schema}});
    let asked = json!({"requestBody": {"required": true, "content": content}});
    let answered = json!({"responses": {"200": {"description": "d", "content": content}}});
    match place {
        "request" => operation(asked),
        "response" => operation(answered),
        turned => {
            let mut document = operation(json!({}));
            let mut hook = if turned == "webhook" { asked } else { answered };
            hook["operationId"] = json!("things:do");
            document["paths"] = json!({});
            document["webhooks"] = json!({"thing.done": {"post": hook}});
            document
        }
    }
}

/// A document in which this schema is that of a query parameter.
pub(crate) fn queried(schema: &Value) -> Value {
    operation(json!({"parameters": [{"name": "q", "in": "query", "schema": schema}]}))
}

pub(crate) fn changes(old: &Value, new: &Value) -> Vec<Change> {
    compare(old, new).unwrap().changes
}

/// The rules that apply, in the order in which they are reported.
pub(crate) fn rules(old: &Value, new: &Value) -> Vec<&'static str> {
    changes(old, new)
        .into_iter()
        .map(|change| change.rule.id())
        .collect()
}

/// Whom a change breaks, for short: `cs` both, `c` clients, `s` servers.
pub(crate) fn broken(change: &Change) -> String {
    let letters = change.breaks.iter().map(|party| match party {
        Party::Client => 'c',
        Party::Server => 's',
    });
    letters.collect()
}
