//! PATCH bodies: absent leaves a value alone, null removes it, and the types of the client must tell them apart.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToPascalCase;
use serde_json::{Map, Value, json};

use super::{losses::Losses, requests::reachable_from};
use crate::{
    pointer, refs,
    walk::{self, Kind},
};

/// Makes every optional and nullable property of a PATCH body an `Option<Option<T>>`: unset is absent, `Some(None)` is
/// null.
///
/// Lists and maps that are optional only become components, see [`is_collection`].
///
/// The generator is told through its extension `x-rust-type`. The inner type must be one it has a name for, so whatever
/// has none yet becomes a component of its own.
pub(super) fn tell_null_from_absent(document: &mut Value, losses: &mut Losses) {
    let answers = reachable_from(document, Kind::Response);
    let mut bodies = BTreeSet::new();
    walk::document(document, &mut |kind, at, operation| {
        if kind == Kind::Operation && at.ends_with("/patch") {
            let content = operation
                .pointer("/requestBody/content")
                .and_then(Value::as_object);
            for (media_type, _) in content.into_iter().flatten() {
                let at = pointer::join(&format!("{at}/requestBody/content"), media_type);
                bodies.insert(format!("{at}/schema"));
            }
        }
    });
    let mut objects = BTreeSet::new();
    for body in bodies {
        alternatives(document, &body, &mut objects);
    }
    let mut hoisted = BTreeMap::new();
    for at in objects {
        if answers.contains(&at) {
            losses.note(
                "patch",
                &at,
                "null and absent are the same, because an answer uses the schema too",
            );
            continue;
        }
        let owner = owner_name(document, &at);
        let taken = component_names(document);
        if let Some(Value::Object(object)) = document.pointer_mut(&at) {
            wrap_properties(object, &owner, &taken, &mut hoisted);
        }
    }
    if hoisted.is_empty() {
        return;
    }
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        schemas.extend(hoisted);
    }
}

/// The objects that a body can be: itself, what it refers to, its alternatives. What is nested deeper is replaced as
/// a whole by a PATCH and needs no distinction.
fn alternatives(document: &Value, at: &str, found: &mut BTreeSet<String>) {
    let Some(schema) = document.pointer(at) else {
        return;
    };
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        if let Some(("schemas", name)) = refs::component(reference) {
            let at = pointer::join("/components/schemas", &name);
            if !found.contains(&at) {
                alternatives(document, &at, found);
            }
        }
        return;
    }
    if schema.get("properties").is_some() {
        found.insert(at.to_owned());
    }
    for union in ["oneOf", "anyOf", "allOf"] {
        let count = schema
            .get(union)
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        for index in 0..count {
            alternatives(document, &format!("{at}/{union}/{index}"), found);
        }
    }
}

/// A name for what is written within: the component's, or the operation's for a body written in place.
fn owner_name(document: &Value, at: &str) -> String {
    if let Some(rest) = at.strip_prefix("/components/schemas/") {
        let name = rest.split('/').next().unwrap_or(rest);
        return pointer::unescape(name).to_pascal_case();
    }
    let operation = at.split("/requestBody").next().unwrap_or(at);
    let id = document
        .pointer(operation)
        .and_then(|operation| operation.get("operationId"));
    id.and_then(Value::as_str)
        .unwrap_or("patch")
        .to_pascal_case()
}

fn component_names(document: &Value) -> BTreeSet<String> {
    let schemas = document
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    schemas
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect()
}

fn wrap_properties(
    object: &mut Map<String, Value>,
    owner: &str,
    taken: &BTreeSet<String>,
    hoisted: &mut BTreeMap<String, Value>,
) {
    let required = object
        .get("required")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let Some(Value::Object(properties)) = object.get_mut("properties") else {
        return;
    };
    for (name, property) in properties.iter_mut() {
        if required.iter().any(|required| required == name.as_str()) {
            continue;
        }
        let nullable = property.get("nullable") == Some(&Value::Bool(true));
        if !nullable && !is_collection(property) {
            continue;
        }
        let description = property.get("description").cloned();
        let mut inner = without_null(property);
        if !has_a_type_of_its_own(&inner) {
            let wanted = format!("{owner}{}", name.to_pascal_case());
            let name = free_name(&wanted, |name| {
                taken.contains(name) || hoisted.contains_key(name)
            });
            let reference = format!("#/components/schemas/{}", pointer::escape(&name));
            hoisted.insert(name, inner);
            inner = json!({"$ref": reference});
        }
        let mut wrapped = Map::new();
        wrapped.extend(description.map(|words| ("description".to_owned(), words)));
        if !nullable {
            // Nothing but a reference unless there are words beside it.
            *property = match wrapped.is_empty() {
                true => inner,
                false => {
                    wrapped.insert("allOf".to_owned(), json!([inner]));
                    Value::Object(wrapped)
                }
            };
            continue;
        }
        wrapped.insert(
            "x-rust-type".to_owned(),
            json!({"crate": "std", "version": "*", "path": "std::option::Option", "parameters": [inner]}),
        );
        *property = Value::Object(wrapped);
    }
}

/// A list or a map written in place. The generator leaves an empty one out of the request, so that a PATCH could never
/// empty it; under a name of its own it is left out only when it is not set.
fn is_collection(schema: &Value) -> bool {
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => true,
        Some("object") => schema.get("properties").is_none(),
        _ => false,
    }
}

/// The schema of a value that is not null, without words.
fn without_null(property: &Value) -> Value {
    let mut inner = property.clone();
    if let Value::Object(inner) = &mut inner {
        for key in [
            "nullable",
            "description",
            "example",
            "deprecated",
            "readOnly",
            "writeOnly",
        ] {
            inner.shift_remove(key);
        }
        if let Some(Value::Array(values)) = inner.get_mut("enum") {
            values.retain(|value| !value.is_null());
        }
    }
    if let Some([only]) = inner
        .get("allOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        && inner.as_object().is_some_and(|inner| inner.len() == 1)
    {
        return only.clone();
    }
    inner
}

/// Whether the generator needs no name for it: a reference, or a scalar without limits that would make it a type.
fn has_a_type_of_its_own(schema: &Value) -> bool {
    let Some(map) = schema.as_object() else {
        return false;
    };
    if map.contains_key("$ref") {
        return map.len() == 1;
    }
    let allowed: &[&str] = match map.get("type").and_then(Value::as_str) {
        Some("integer") => &["type", "format", "minimum", "maximum"],
        Some("string" | "number" | "boolean") => &["type", "format"],
        _ => return false,
    };
    map.keys().all(|key| allowed.contains(&key.as_str()))
}

/// `wanted`, or with the first number that makes it free.
pub(super) fn free_name(wanted: &str, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(wanted) {
        return wanted.to_owned();
    }
    let numbered = (2_u32..).map(|number| format!("{wanted}{number}"));
    numbered
        .into_iter()
        .find(|name| !is_taken(name))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patched(body: Value, schemas: Value) -> (Value, Losses) {
        let mut document = json!({
            "paths": {"/a": {"patch": {"operationId": "a:update",
                "requestBody": {"content": {"application/json": {"schema": body}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Read"}}}}},
            }}},
            "components": {"schemas": schemas},
        });
        document["components"]["schemas"]["Read"] =
            json!({"type": "object", "properties": {"x": {"type": "string", "nullable": true}}});
        let mut losses = Losses::default();
        tell_null_from_absent(&mut document, &mut losses);
        (document, losses)
    }

    fn option_of(inner: Value) -> Value {
        json!({"x-rust-type": {"crate": "std", "version": "*", "path": "std::option::Option", "parameters": [inner]}})
    }

    #[test]
    fn optional_and_nullable_is_an_option_of_an_option_and_nothing_else_is() {
        let (document, _) = patched(
            json!({"$ref": "#/components/schemas/Update"}),
            json!({"Update": {"type": "object", "required": ["must"], "properties": {
                "expires_at": {"type": "string", "format": "date-time", "nullable": true},
                "limit": {"type": "integer", "minimum": 1, "nullable": true, "description": "d"},
                "usage": {"type": "integer"},
                "must": {"type": "integer", "nullable": true},
            }}}),
        );
        let mut limit = option_of(json!({"type": "integer", "minimum": 1}));
        limit["description"] = json!("d");
        assert_eq!(
            document["components"]["schemas"]["Update"]["properties"],
            json!({
                "expires_at": option_of(json!({"type": "string", "format": "date-time"})),
                "limit": limit,
                "usage": {"type": "integer"},
                "must": {"type": "integer", "nullable": true},
            })
        );
    }

    #[test]
    fn what_has_no_name_yet_becomes_a_component() {
        let (document, _) = patched(
            json!({"oneOf": [{"$ref": "#/components/schemas/Update"}]}),
            json!({"UpdateName": {}, "Status": {"type": "string"}, "Update": {"properties": {
                "status": {"allOf": [{"$ref": "#/components/schemas/Status"}], "nullable": true},
                "name": {"type": "string", "maxLength": 3, "nullable": true},
                "kind": {"type": "string", "enum": ["a", null], "nullable": true},
            }}}),
        );
        let schemas = &document["components"]["schemas"];
        let properties = &schemas["Update"]["properties"];
        assert_eq!(
            properties["status"],
            option_of(json!({"$ref": "#/components/schemas/Status"}))
        );
        assert_eq!(
            properties["name"],
            option_of(json!({"$ref": "#/components/schemas/UpdateName2"}))
        );
        assert_eq!(
            schemas["UpdateName2"],
            json!({"type": "string", "maxLength": 3})
        );
        assert_eq!(
            schemas["UpdateKind"],
            json!({"type": "string", "enum": ["a"]})
        );
    }

    #[test]
    fn an_optional_map_is_named_so_that_it_can_be_sent_empty() {
        let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
        let mut described = map.clone();
        described["description"] = json!("d");
        let (document, _) = patched(
            json!({"properties": {"metadata": map, "other": described, "inner": {"type": "object", "properties": {}}}}),
            json!({}),
        );
        let schema = "/paths/~1a/patch/requestBody/content/application~1json/schema/properties";
        assert_eq!(
            document.pointer(schema),
            Some(&json!({
                "metadata": {"$ref": "#/components/schemas/AUpdateMetadata"},
                "other": {"description": "d", "allOf": [{"$ref": "#/components/schemas/AUpdateOther"}]},
                "inner": {"type": "object", "properties": {}},
            }))
        );
        assert_eq!(document["components"]["schemas"]["AUpdateMetadata"], map);
    }

    #[test]
    fn a_body_written_in_place_is_named_after_the_operation() {
        let (document, _) = patched(
            json!({"properties": {"tags": {"type": "array", "items": {}, "nullable": true}}}),
            json!({}),
        );
        assert_eq!(
            document["components"]["schemas"]["AUpdateTags"],
            json!({"type": "array", "items": {}})
        );
    }

    #[test]
    fn a_schema_that_is_an_answer_too_is_left_alone_with_a_note() {
        let (document, losses) = patched(json!({"$ref": "#/components/schemas/Read"}), json!({}));
        assert_eq!(
            document["components"]["schemas"]["Read"]["properties"]["x"],
            json!({"type": "string", "nullable": true})
        );
        assert_eq!(losses.0.len(), 1);
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let (document, _) = patched(
            json!({"$ref": "#/components/schemas/Ring"}),
            json!({"Ring": {"properties": {"x": {"type": "string", "nullable": true}}, "allOf": [{"$ref": "#/components/schemas/Ring"}]}}),
        );
        assert_eq!(
            document["components"]["schemas"]["Ring"]["properties"]["x"],
            option_of(json!({"type": "string"}))
        );
    }
}
