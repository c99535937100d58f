//! Answers: the generator requires one type for all successes of an operation and one for all its errors.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use serde_json::{Map, Value, json};

use super::{losses::Losses, patch::free_name};
use crate::{
    pointer, refs,
    walk::{self, Kind},
};

/// Gives every operation one success type and one error type.
pub(super) fn lower(document: &mut Value, losses: &mut Losses) {
    let whole = document.clone();
    let mut new = NewComponents {
        taken: whole
            .pointer("/components/schemas")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect(),
        made: Map::new(),
        in_unions: BTreeSet::new(),
    };
    walk::document_mut(document, &mut |kind, at, operation| {
        if kind != Kind::Operation {
            return;
        }
        let id = operation
            .get("operationId")
            .and_then(Value::as_str)
            .unwrap_or("operation");
        let name = id.to_pascal_case();
        if let Some(Value::Object(responses)) = operation.get_mut("responses") {
            let at = pointer::join(at, "responses");
            split_default(responses);
            for (class, suffix) in [(Class::Success, "Response"), (Class::Error, "Error")] {
                one_kind(responses, class, &at, losses);
                one_type(responses, class, &format!("{name}{suffix}"), &mut new);
            }
        }
    });
    let NewComponents {
        made, in_unions, ..
    } = new;
    if !made.is_empty()
        && let Value::Object(document) = document
    {
        let components = document.entry("components").or_insert_with(|| json!({}));
        let schemas = components
            .as_object_mut()
            .map(|map| map.entry("schemas").or_insert_with(|| json!({})));
        if let Some(Value::Object(schemas)) = schemas {
            schemas.extend(made);
            for name in in_unions {
                demand_something(schemas, &name, losses);
            }
        }
    }
}

struct NewComponents {
    taken: BTreeSet<String>,
    made: Map<String, Value>,
    /// Components that became alternatives of a union made here.
    in_unions: BTreeSet<String>,
}

impl NewComponents {
    fn add(&mut self, wanted: &str, schema: Value) -> Value {
        let name = free_name(wanted, |name| self.taken.contains(name));
        self.taken.insert(name.clone());
        let reference = json!({"$ref": format!("#/components/schemas/{}", pointer::escape(&name))});
        self.made.insert(name, schema);
        reference
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Success,
    Error,
}

impl Class {
    fn of(status: &str) -> Option<Self> {
        match status.as_bytes().first() {
            Some(b'2') => Some(Self::Success),
            Some(b'4' | b'5') => Some(Self::Error),
            _ => None,
        }
    }
}

/// The generator would take `default` as a success and as an error at once. Documents use it for errors only.
fn split_default(responses: &mut Map<String, Value>) {
    if let Some(default) = responses.shift_remove("default") {
        for range in ["4XX", "5XX"] {
            responses.entry(range).or_insert_with(|| default.clone());
        }
    }
}

/// The JSON schema of an answer, `None` when it has no JSON body.
fn json_schema(response: &mut Value) -> Option<&mut Value> {
    let content = response.get_mut("content")?.as_object_mut()?;
    let (_, media_type) = content
        .iter_mut()
        .find(|(name, _)| *name == "application/json" || name.starts_with("application/json;"))?;
    let media_type = media_type.as_object_mut()?;
    media_type.shift_remove("encoding");
    Some(media_type.entry("schema").or_insert_with(|| json!({})))
}

/// Where some answers of a class have a JSON body, those without are taken out: they then arrive as an unexpected
/// answer, whole and readable.
fn one_kind(responses: &mut Map<String, Value>, class: Class, at: &str, losses: &mut Losses) {
    let typed = |response: &mut Value| json_schema(response).is_some();
    let has_body = |response: &Value| {
        let content = response.get("content").and_then(Value::as_object);
        content.is_some_and(|content| !content.is_empty())
    };
    let mut any_typed = false;
    let mut any_body = false;
    for (_, response) in responses
        .iter_mut()
        .filter(|(status, _)| Class::of(status) == Some(class))
    {
        any_typed |= typed(response);
        any_body |= has_body(response);
    }
    responses.retain(|status, response| {
        if Class::of(status) != Some(class) {
            return true;
        }
        let stays = if any_typed {
            typed(response)
        } else {
            !any_body || has_body(response)
        };
        if !stays {
            let at = pointer::join(at, status);
            losses.note(
                "response",
                &at,
                "has another kind of body than its neighbours, so it arrives as unexpected",
            );
        }
        stays
    });
}

/// Where the answers of a class have several types, a new component says that it is one of them.
fn one_type(responses: &mut Map<String, Value>, class: Class, name: &str, new: &mut NewComponents) {
    let mut distinct: Vec<Value> = Vec::new();
    let mut add = |schema: &Value| {
        if !distinct.contains(schema) {
            distinct.push(schema.clone());
        }
    };
    let mut count = BTreeSet::new();
    for (status, response) in responses.iter_mut() {
        if Class::of(status) != Some(class) {
            continue;
        }
        let Some(schema) = json_schema(response) else {
            continue;
        };
        count.insert(schema.to_string());
        match union_members(schema) {
            Some(members) => members.iter().for_each(&mut add),
            None => add(schema),
        }
    }
    if count.len() < 2 {
        return;
    }
    let mut alternatives = Vec::new();
    for schema in distinct {
        let named = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(refs::component);
        match named {
            Some((_, component)) => {
                new.in_unions.insert(component.into_owned());
                alternatives.push(schema);
            }
            None => alternatives.push(new.add(&format!("{name}Case"), schema)),
        }
    }
    let union = match alternatives.len() {
        1 => alternatives.remove(0),
        _ => new.add(name, json!({"oneOf": alternatives})),
    };
    for (status, response) in responses.iter_mut() {
        if Class::of(status) == Some(class)
            && let Some(schema) = json_schema(response)
        {
            *schema = union.clone();
        }
    }
}

/// The alternatives of a schema that is nothing but a choice, so that choices do not nest.
fn union_members(schema: &Value) -> Option<&Vec<Value>> {
    let map = schema.as_object()?;
    let plain = map.keys().all(|key| key == "oneOf" || key == "description");
    map.get("oneOf").filter(|_| plain)?.as_array()
}

/// An object all of whose properties are optional fits anything, so that a union would never get to the alternatives
/// behind it. `HTTPValidationError` is such a one: here its properties are required.
fn demand_something(schemas: &mut Map<String, Value>, name: &str, losses: &mut Losses) {
    let Some(Value::Object(schema)) = schemas.get_mut(name) else {
        return;
    };
    let demands = schema
        .get("required")
        .and_then(Value::as_array)
        .is_some_and(|names| !names.is_empty());
    let Some(Value::Object(properties)) = schema.get("properties") else {
        return;
    };
    if demands || properties.is_empty() {
        return;
    }
    let names: Vec<_> = properties.keys().cloned().collect();
    let at = pointer::join("/components/schemas", name);
    losses.note(
        "require-something",
        &at,
        format!(
            "{} made required, so that it does not match every object",
            names.join(", ")
        ),
    );
    schema.insert("required".to_owned(), json!(names));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(schema: &str) -> Value {
        json!({"description": "d", "content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{schema}")}}}})
    }

    fn lowered(responses: Value) -> (Value, Losses) {
        let mut document = json!({
            "paths": {"/a": {"get": {"operationId": "x:a-b:get", "responses": responses}}},
            "components": {"schemas": {
                "A": {"type": "object", "properties": {"error": {"enum": ["A"]}}, "required": ["error"]},
                "B": {"type": "object", "properties": {"error": {"enum": ["B"]}}, "required": ["error"]},
                "HTTPValidationError": {"type": "object", "properties": {"detail": {"type": "array"}}},
            }},
        });
        let mut losses = Losses::default();
        lower(&mut document, &mut losses);
        (document, losses)
    }

    fn schema_of<'a>(document: &'a Value, status: &str) -> &'a Value {
        let response = &document["paths"]["/a"]["get"]["responses"][status];
        &response["content"]["application/json"]["schema"]
    }

    #[test]
    fn several_errors_become_one_type_used_by_every_status() {
        let (document, _) = lowered(
            json!({"200": typed("A"), "403": typed("A"), "404": typed("B"), "422": typed("HTTPValidationError")}),
        );
        let union = json!({"$ref": "#/components/schemas/XABGetError"});
        for status in ["403", "404", "422"] {
            assert_eq!(schema_of(&document, status), &union);
        }
        assert_eq!(
            schema_of(&document, "200"),
            &json!({"$ref": "#/components/schemas/A"})
        );
        assert_eq!(
            document["components"]["schemas"]["XABGetError"],
            json!({"oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}, {"$ref": "#/components/schemas/HTTPValidationError"}]})
        );
    }

    #[test]
    fn an_alternative_that_would_fit_anything_demands_its_properties() {
        let (document, losses) =
            lowered(json!({"404": typed("A"), "422": typed("HTTPValidationError")}));
        assert_eq!(
            document["components"]["schemas"]["HTTPValidationError"]["required"],
            json!(["detail"])
        );
        assert_eq!(losses.0[0].rule, "require-something");
        let (document, _) = lowered(json!({"422": typed("HTTPValidationError")}));
        assert!(
            document["components"]["schemas"]["HTTPValidationError"]
                .get("required")
                .is_none()
        );
    }

    #[test]
    fn one_error_type_is_left_as_it_is() {
        let (document, losses) = lowered(json!({"404": typed("A"), "403": typed("A")}));
        assert_eq!(
            schema_of(&document, "404"),
            &json!({"$ref": "#/components/schemas/A"})
        );
        assert_eq!(
            document["components"]["schemas"].as_object().map(Map::len),
            Some(3)
        );
        assert_eq!(losses.0, []);
    }

    #[test]
    fn choices_do_not_nest_and_what_is_written_in_place_gets_a_name() {
        let choice = json!({"content": {"application/json": {"schema": {"oneOf": [
            {"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}, {"type": "string"}]}}}});
        let (document, _) = lowered(json!({"403": choice, "404": typed("A")}));
        assert_eq!(
            document["components"]["schemas"]["XABGetError"]["oneOf"],
            json!([{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}, {"$ref": "#/components/schemas/XABGetErrorCase"}])
        );
        assert_eq!(
            document["components"]["schemas"]["XABGetErrorCase"],
            json!({"type": "string"})
        );
    }

    #[test]
    fn answers_without_a_body_beside_typed_ones_go_with_a_note() {
        let (document, losses) = lowered(
            json!({"200": typed("A"), "204": {"description": "d"}, "404": {"description": "d"}, "422": typed("A")}),
        );
        let responses = document["paths"]["/a"]["get"]["responses"]
            .as_object()
            .expect("responses");
        assert_eq!(responses.keys().collect::<Vec<_>>(), ["200", "422"]);
        assert_eq!(losses.0.len(), 2);
        assert_eq!(losses.0[0].pointer, "/paths/~1a/get/responses/204");
    }

    #[test]
    fn answers_without_a_body_among_themselves_stay() {
        let (document, losses) =
            lowered(json!({"204": {"description": "d"}, "404": {"description": "d"}}));
        assert_eq!(
            document["paths"]["/a"]["get"]["responses"]
                .as_object()
                .map(Map::len),
            Some(2)
        );
        assert_eq!(losses.0, []);
        let csv = json!({"description": "d", "content": {"text/csv": {}}});
        let (document, _) = lowered(json!({"200": csv, "204": {"description": "d"}}));
        assert_eq!(
            document["paths"]["/a"]["get"]["responses"]
                .as_object()
                .map(Map::len),
            Some(1)
        );
    }

    #[test]
    fn several_successes_become_one_type_too() {
        let (document, _) = lowered(json!({"200": typed("A"), "201": typed("B")}));
        assert_eq!(
            schema_of(&document, "201"),
            &json!({"$ref": "#/components/schemas/XABGetResponse"})
        );
    }

    #[test]
    fn the_default_answer_is_an_error() {
        let (document, _) = lowered(json!({"200": typed("A"), "default": typed("B")}));
        let responses = document["paths"]["/a"]["get"]["responses"]
            .as_object()
            .expect("responses");
        assert_eq!(responses.keys().collect::<Vec<_>>(), ["200", "4XX", "5XX"]);
    }
}
