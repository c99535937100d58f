//! The contract as a document: operations, and the JSON Schemas of what they take. The mock compiles the same document into
//! something else; these tests read it as it is written.

use std::sync::LazyLock;

use serde_json::Value;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(polar_mock::contract::server_truth_json()).expect("the contract is JSON")
});

/// An operation of the document.
pub struct Operation {
    pub id: &'static str,
    /// In upper case.
    pub method: String,
    pub path: &'static str,
    /// Names and schemas of its query parameters, in order; those that the mock leaves alone (`style`) are left out.
    pub query: Vec<(&'static str, &'static Value)>,
    pub body: Option<&'static Value>,
    /// Whether customers call it.
    pub portal: bool,
}

pub fn operations() -> Vec<Operation> {
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let all = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("a path item").iter();
        let methods = methods.filter(|(name, _)| !name.starts_with("x-"));
        methods.map(move |(method, operation)| Operation {
            id: operation["operationId"].as_str().expect("an operationId"),
            method: method.to_uppercase(),
            path,
            query: query(operation),
            body: operation.pointer("/requestBody/content/application~1json/schema"),
            portal: path.starts_with("/v1/customer-portal/"),
        })
    });
    all.collect()
}

fn query(operation: &'static Value) -> Vec<(&'static str, &'static Value)> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters
        .filter(|parameter| parameter["in"] == "query" && parameter.get("style").is_none())
        .map(|parameter| {
            (
                parameter["name"].as_str().expect("a name"),
                &parameter["schema"],
            )
        })
        .collect()
}

/// The schema that is meant: references followed, and alternatives beside `null` taken for themselves if there is but one.
pub fn meant(mut schema: &'static Value) -> &'static Value {
    loop {
        let only = match alternatives(schema) {
            Some(others) if others.len() == 1 => Some(others[0]),
            _ => None,
        };
        schema = match (schema["$ref"].as_str(), only) {
            (Some(reference), _) => DOCUMENT
                .pointer(&reference[1..])
                .expect("references lead somewhere"),
            (None, Some(only)) => only,
            (None, None) => return schema,
        };
    }
}

/// What a value may be instead of `null`, where the schema is a choice.
pub fn alternatives(schema: &'static Value) -> Option<Vec<&'static Value>> {
    let all = schema["anyOf"].as_array().or(schema["oneOf"].as_array())?;
    Some(all.iter().filter(|other| other["type"] != "null").collect())
}

/// Whether `null` will do.
pub fn nullable(schema: &'static Value) -> bool {
    let all = schema["anyOf"].as_array().or(schema["oneOf"].as_array());
    all.is_some_and(|all| all.iter().any(|other| other["type"] == "null"))
}

/// The alternative that an error location calls so: by the name of its component, or by the value that chooses it.
pub fn alternative(schema: &'static Value, label: &str) -> Option<&'static Value> {
    let tagged = schema["discriminator"]["mapping"][label].as_str();
    let named = |other: &&Value| {
        let reference = other["$ref"].as_str().unwrap_or_default();
        match tagged {
            Some(target) => reference == target,
            None => reference.rsplit('/').next() == Some(label),
        }
    };
    alternatives(schema)?.into_iter().find(named)
}
