//! The operations of a document, and the operation of a request.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use indexmap::IndexMap;
use polar_openapi::pointer::join;
use polar_openapi::walk::METHODS;
use polar_openapi::{bundled, operations::Operations};
use serde_json::Value;

/// The group in `operations.toml` that this suite is about.
const KEYS: &str = "license-keys";

/// One operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its `operationId`.
    pub id: String,
    /// The method in upper case.
    pub method: String,
    /// The path with its `{parameters}`.
    pub path: String,
    /// The statuses that the document with the overlay declares.
    pub statuses: Vec<String>,
    /// Its place in the document.
    pub(crate) pointer: String,
}

/// The operations of the bundled document, in groups.
#[derive(Debug)]
pub struct Surface {
    operations: IndexMap<String, Operation>,
    groups: Operations,
}

static SURFACE: LazyLock<Surface> = LazyLock::new(|| Surface::of(&bundled::server_truth()));

impl Surface {
    /// The bundled one.
    pub fn bundled() -> &'static Self {
        &SURFACE
    }

    fn of(document: &Value) -> Self {
        let mut operations = IndexMap::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for method in METHODS {
                let Some(id) = item[method]["operationId"].as_str() else {
                    continue;
                };
                let statuses = item[method]["responses"].as_object();
                let operation = Operation {
                    id: id.to_owned(),
                    method: method.to_ascii_uppercase(),
                    path: path.clone(),
                    statuses: statuses
                        .map(|statuses| statuses.keys().cloned().collect())
                        .unwrap_or_default(),
                    pointer: join(&join("/paths", path), method),
                };
                operations.insert(id.to_owned(), operation);
            }
        }
        Self {
            operations,
            groups: bundled::operations(),
        }
    }

    /// Every operation, in the order of `operations.toml`: group and operation.
    pub fn operations(&self) -> impl Iterator<Item = (&str, &Operation)> {
        self.groups.groups().iter().flat_map(|group| {
            let ids = group.operations.iter();
            ids.filter_map(|id| Some((group.name.as_str(), self.operations.get(id)?)))
        })
    }

    /// An operation by its id.
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.get(id)
    }

    /// The operations on license keys.
    pub fn about_keys(&self) -> impl Iterator<Item = &Operation> {
        self.operations()
            .filter(|(group, _)| *group == KEYS)
            .map(|(_, operation)| operation)
    }

    /// Whether an operation belongs to the group of license keys.
    pub fn is_about_keys(&self, id: &str) -> bool {
        self.about_keys().any(|operation| operation.id == id)
    }

    /// The operation of a request; path parameters may also be reference tokens.
    pub fn find(&self, method: &str, path: &str) -> Option<&Operation> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        // The server accepts the same paths under `/api`.
        let path = path.strip_prefix("/api").unwrap_or(path);
        let given: Vec<&str> = path.split('/').collect();
        self.operations
            .values()
            .filter(|operation| operation.method == method)
            .filter_map(|operation| Some((fits(&operation.path, &given)?, operation)))
            .min_by_key(|(parameters, _)| *parameters)
            .map(|(_, operation)| operation)
    }
}

/// The number of path parameters, if the template fits the path.
fn fits(template: &str, given: &[&str]) -> Option<usize> {
    let mut parameters = 0;
    let mut steps = template.split('/');
    for step in given {
        let wanted = steps.next()?;
        if wanted.starts_with('{') && !step.is_empty() {
            parameters += 1;
        } else if wanted != *step {
            return None;
        }
    }
    steps.next().is_none().then_some(parameters)
}

/// The id of the operation of a request.
pub fn operation_of(method: &str, path: &str) -> Option<&'static str> {
    let operation = Surface::bundled().find(method, path)?;
    Some(&operation.id)
}

/// Every branch of a union and every value of an `enum` that an answer of this operation can show: the pointer of the
/// branch, or the pointer of the `enum` and the value as JSON.
pub(super) fn branches(document: &Value, operation: &Operation) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let at = format!("{}/responses", operation.pointer);
    for status in &operation.statuses {
        let (at, response) = located(document, &join(&at, status));
        for (content, media) in response["content"].as_object().into_iter().flatten() {
            if let Some(schema) = media.get("schema") {
                let at = join(&join(&join(&at, "content"), content), "schema");
                collect(document, schema, &at, &mut seen, &mut found);
            }
        }
    }
    found
}

/// The value at a pointer, references followed, and its own pointer.
pub(super) fn located<'d>(document: &'d Value, at: &str) -> (String, &'d Value) {
    let found = document.pointer(at).unwrap_or(&Value::Null);
    match found["$ref"]
        .as_str()
        .and_then(|reference| reference.strip_prefix('#'))
    {
        Some(target) => (
            target.to_owned(),
            document.pointer(target).unwrap_or(&Value::Null),
        ),
        None => (at.to_owned(), found),
    }
}

fn collect(
    document: &Value,
    schema: &Value,
    at: &str,
    seen: &mut BTreeSet<String>,
    found: &mut Vec<(String, Option<String>)>,
) {
    if !seen.insert(at.to_owned()) {
        return;
    }
    if let Some(reference) = schema["$ref"].as_str()
        && let Some(at) = reference.strip_prefix('#')
        && let Some(target) = document.pointer(at)
    {
        collect(document, target, at, seen, found);
    }
    for union in ["anyOf", "oneOf", "allOf"] {
        for (index, branch) in schema[union].as_array().into_iter().flatten().enumerate() {
            let at = format!("{at}/{union}/{index}");
            if union != "allOf" {
                found.push((at.clone(), None));
            }
            collect(document, branch, &at, seen, found);
        }
    }
    for value in schema["enum"].as_array().into_iter().flatten() {
        found.push((format!("{at}/enum"), Some(value.to_string())));
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let at = join(&format!("{at}/properties"), name);
        collect(document, property, &at, seen, found);
    }
    for one in ["items", "additionalProperties"] {
        if schema[one].is_object() {
            collect(document, &schema[one], &format!("{at}/{one}"), seen, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_finds_its_operation() {
        for (method, path, id) in [
            (
                "POST",
                "/v1/license-keys/validate",
                Some("license_keys:validate"),
            ),
            ("GET", "/v1/license-keys/validate", Some("license_keys:get")),
            (
                "GET",
                "/v1/license-keys/<license_key:1>?x=/y",
                Some("license_keys:get"),
            ),
            ("GET", "/v1/license-keys/?page=2", Some("license_keys:list")),
            ("GET", "/v1/license-keys", None),
            ("BREW", "/v1/license-keys/validate", None),
            (
                "GET",
                "/v1/license-keys/a/activations/b",
                Some("license_keys:get_activation"),
            ),
        ] {
            assert_eq!(operation_of(method, path), id, "{method} {path}");
        }
    }

    #[test]
    fn every_operation_is_listed_once() {
        // The overlay adds operations that no document has, and no group.
        let published = Surface::of(&bundled::document());
        let listed = Surface::bundled().operations().count();
        assert_eq!(listed, published.operations.len());
    }
}
