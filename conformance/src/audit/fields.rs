//! The fields in the answers of an operation, as the document declares them.

use std::collections::BTreeSet;

use serde_json::Value;

/// A field of a successful answer.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Its place; `[]` stands for every item of a list.
    pub(super) path: Vec<String>,
    pub(super) required: bool,
    pub(super) nullable: bool,
    /// `string`, `integer`, `array` …; empty for a union.
    pub(super) kind: String,
    /// The values of an enumeration.
    pub(super) values: Vec<String>,
    /// How many objects enclose it.
    pub(super) depth: usize,
}

/// How many levels of objects are corrupted.
const DEEPEST: usize = 3;

/// Every field of the successful answers of an operation.
pub(super) fn answered(document: &Value, operation: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    let responses = operation["responses"].as_object().into_iter().flatten();
    for (status, response) in responses {
        if status.starts_with('2') {
            let schema = &response["content"]["application/json"]["schema"];
            walk(document, schema, &mut Vec::new(), 0, &mut fields);
        }
    }
    fields
}

/// The query parameters of an operation.
pub(super) fn query_parameters(document: &Value, operation: &Value) -> Vec<String> {
    let declared = operation["parameters"].as_array().into_iter().flatten();
    declared
        .map(|parameter| resolve(document, parameter))
        .filter(|parameter| parameter["in"] == "query")
        .filter_map(|parameter| parameter["name"].as_str().map(str::to_owned))
        .collect()
}

/// The fields that the body of a request may leave out, in any of its shapes.
pub(super) fn optional_fields(document: &Value, operation: &Value) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    collect(document, schema, &mut fields);
    fields
}

fn collect(document: &Value, schema: &Value, fields: &mut BTreeSet<String>) {
    let schema = resolve(document, schema);
    for union in ["anyOf", "oneOf", "allOf"] {
        for branch in schema[union].as_array().into_iter().flatten() {
            collect(document, branch, fields);
        }
    }
    let required = schema["required"].as_array();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let optional = properties.map(|(name, _)| name).filter(|name| {
        !required.is_some_and(|required| required.iter().any(|known| known == *name))
    });
    fields.extend(optional.cloned());
}

fn resolve<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    schema["$ref"]
        .as_str()
        .and_then(|reference| document.pointer(reference.trim_start_matches('#')))
        .unwrap_or(schema)
}

/// The schema without `null`, and whether it allowed `null`.
fn without_null<'d>(document: &'d Value, schema: &'d Value) -> (&'d Value, bool) {
    let schema = resolve(document, schema);
    let Some(choices) = schema["anyOf"].as_array() else {
        return (schema, schema["type"] == "null");
    };
    let mut rest = choices.iter().filter(|choice| choice["type"] != "null");
    let nullable = choices.iter().any(|choice| choice["type"] == "null");
    match (rest.next(), rest.next()) {
        (Some(only), None) => (resolve(document, only), nullable),
        _ => (schema, nullable),
    }
}

fn walk(
    document: &Value,
    schema: &Value,
    path: &mut Vec<String>,
    depth: usize,
    fields: &mut Vec<Field>,
) {
    let (schema, _) = without_null(document, schema);
    if schema["type"] == "array" {
        path.push("[]".to_owned());
        walk(document, &schema["items"], path, depth, fields);
        path.pop();
        return;
    }
    if depth >= DEEPEST {
        return;
    }
    let required = schema["required"].as_array();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let (inner, nullable) = without_null(document, property);
        path.push(name.clone());
        let values = inner["enum"].as_array().into_iter().flatten();
        fields.push(Field {
            path: path.clone(),
            required: required.is_some_and(|required| required.iter().any(|known| known == name)),
            nullable,
            kind: inner["type"].as_str().unwrap_or_default().to_owned(),
            values: values
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            depth,
        });
        walk(document, inner, path, depth + 1, fields);
        path.pop();
    }
}
