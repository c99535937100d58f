//! Walks an OpenAPI document by meaning: it knows which key holds a schema, a response, an operation.
//!
//! A property that happens to be called `title` or `$ref` is a schema here, never a word or a reference, and the
//! data under `default`, `const`, `enum`, `example` and `examples` is never walked.

use serde_json::Value;

use crate::pointer;

/// What an object of the document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The document itself.
    Document,
    /// `info`.
    Info,
    /// An entry of `servers`.
    Server,
    /// An entry of the document's `tags`.
    Tag,
    /// A path with its operations.
    PathItem,
    /// One operation.
    Operation,
    /// A parameter.
    Parameter,
    /// A request body.
    RequestBody,
    /// One answer of an operation.
    Response,
    /// A response header.
    Header,
    /// A body of one content type.
    MediaType,
    /// How one part of a form is encoded.
    Encoding,
    /// A link of a response.
    Link,
    /// A callback of an operation.
    Callback,
    /// `components`.
    Components,
    /// A way to authenticate.
    SecurityScheme,
    /// A JSON Schema, `true` and `false` included.
    Schema,
    /// Polar's `x-polar-pagination`.
    Pagination,
}

/// How a key holds its children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The value is the child.
    One,
    /// The value is a list of children.
    List,
    /// The value maps names to children.
    Map,
}

/// The methods a path item may have, as OpenAPI spells them.
pub const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// What `key` of an object of this kind holds, or `None` when it holds plain data.
pub fn holds(kind: Kind, key: &str) -> Option<(Shape, Kind)> {
    use Kind as K;
    use Shape::{List, Map, One};
    Some(match (kind, key) {
        (K::Document, "info") => (One, K::Info),
        (K::Document | K::PathItem | K::Operation, "servers") => (List, K::Server),
        (K::Document, "paths" | "webhooks") => (Map, K::PathItem),
        (K::Document, "components") => (One, K::Components),
        (K::Document, "tags") => (List, K::Tag),

        (K::PathItem, method) if METHODS.contains(&method) => (One, K::Operation),
        (K::PathItem | K::Operation, "parameters") => (List, K::Parameter),
        (K::Operation, "requestBody") => (One, K::RequestBody),
        (K::Operation, "responses") => (Map, K::Response),
        (K::Operation, "callbacks") => (Map, K::Callback),
        (K::Operation, "x-polar-pagination") => (One, K::Pagination),
        (K::Pagination, "item_schema") => (One, K::Schema),
        (K::Callback, expression) if !expression.starts_with("x-") => (One, K::PathItem),

        (K::Parameter | K::Header | K::MediaType, "schema") => (One, K::Schema),
        (K::Parameter | K::Header | K::RequestBody | K::Response, "content") => (Map, K::MediaType),
        (K::MediaType, "encoding") => (Map, K::Encoding),
        (K::Encoding | K::Response, "headers") => (Map, K::Header),
        (K::Response, "links") => (Map, K::Link),

        (K::Components, "schemas") => (Map, K::Schema),
        (K::Components, "responses") => (Map, K::Response),
        (K::Components, "parameters") => (Map, K::Parameter),
        (K::Components, "requestBodies") => (Map, K::RequestBody),
        (K::Components, "headers") => (Map, K::Header),
        (K::Components, "securitySchemes") => (Map, K::SecurityScheme),
        (K::Components, "links") => (Map, K::Link),
        (K::Components, "callbacks") => (Map, K::Callback),
        (K::Components, "pathItems") => (Map, K::PathItem),

        (K::Schema, "properties" | "patternProperties" | "$defs" | "definitions")
        | (K::Schema, "dependentSchemas") => (Map, K::Schema),
        (K::Schema, "allOf" | "anyOf" | "oneOf" | "prefixItems") => (List, K::Schema),
        (K::Schema, "items" | "additionalProperties" | "not" | "propertyNames" | "contains")
        | (K::Schema, "if" | "then" | "else" | "contentSchema")
        | (K::Schema, "unevaluatedItems" | "unevaluatedProperties") => (One, K::Schema),
        _ => return None,
    })
}

/// Visits a document and everything in it, parents before children.
pub fn document<'a>(root: &'a Value, visitor: &mut dyn FnMut(Kind, &str, &'a Value)) {
    part(Kind::Document, "", root, visitor);
}

/// Like [`document`], for a part of a document that stands at `pointer`.
pub fn part<'a>(
    kind: Kind,
    pointer: &str,
    value: &'a Value,
    visitor: &mut dyn FnMut(Kind, &str, &'a Value),
) {
    down(kind, &mut pointer.to_owned(), value, visitor);
}

/// Visits a document and everything in it, children before parents, and lets the visitor change each.
///
/// A parent is visited after its children, so what a visitor adds to a parent is not visited.
pub fn document_mut(root: &mut Value, visitor: &mut dyn FnMut(Kind, &str, &mut Value)) {
    up(Kind::Document, &mut String::new(), root, visitor);
}

/// Like [`document_mut`], for a part of a document that stands at `pointer`.
pub fn part_mut(
    kind: Kind,
    pointer: &str,
    value: &mut Value,
    visitor: &mut dyn FnMut(Kind, &str, &mut Value),
) {
    up(kind, &mut pointer.to_owned(), value, visitor);
}

fn down<'a>(
    kind: Kind,
    at: &mut String,
    value: &'a Value,
    visitor: &mut dyn FnMut(Kind, &str, &'a Value),
) {
    visitor(kind, at, value);
    let Value::Object(map) = value else { return };
    for (key, held) in map {
        let Some((shape, child)) = holds(kind, key) else {
            continue;
        };
        let depth = push(at, key);
        match (shape, held) {
            (Shape::One, held) => down(child, at, held, visitor),
            (Shape::List, Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let depth = push(at, &index.to_string());
                    down(child, at, item, visitor);
                    at.truncate(depth);
                }
            }
            (Shape::Map, Value::Object(entries)) => {
                for (name, entry) in entries {
                    if is_extension(child, name) {
                        continue;
                    }
                    let depth = push(at, name);
                    down(child, at, entry, visitor);
                    at.truncate(depth);
                }
            }
            _ => {}
        }
        at.truncate(depth);
    }
}

fn up(
    kind: Kind,
    at: &mut String,
    value: &mut Value,
    visitor: &mut dyn FnMut(Kind, &str, &mut Value),
) {
    if let Value::Object(map) = value {
        for (key, held) in map.iter_mut() {
            let Some((shape, child)) = holds(kind, key) else {
                continue;
            };
            let depth = push(at, key);
            match (shape, held) {
                (Shape::One, held) => up(child, at, held, visitor),
                (Shape::List, Value::Array(items)) => {
                    for (index, item) in items.iter_mut().enumerate() {
                        let depth = push(at, &index.to_string());
                        up(child, at, item, visitor);
                        at.truncate(depth);
                    }
                }
                (Shape::Map, Value::Object(entries)) => {
                    for (name, entry) in entries.iter_mut() {
                        if is_extension(child, name) {
                            continue;
                        }
                        let depth = push(at, name);
                        up(child, at, entry, visitor);
                        at.truncate(depth);
                    }
                }
                _ => {}
            }
            at.truncate(depth);
        }
    }
    visitor(kind, at, value);
}

/// `paths`, `webhooks` and `responses` may hold extensions beside their entries; a property may well be called `x-…`.
fn is_extension(child: Kind, name: &str) -> bool {
    matches!(child, Kind::PathItem | Kind::Response) && name.starts_with("x-")
}

/// Adds a step and returns the length to go back to.
fn push(at: &mut String, step: &str) -> usize {
    let depth = at.len();
    at.push('/');
    at.push_str(&pointer::escape(step));
    depth
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen(root: &Value) -> Vec<(Kind, String)> {
        let mut all = Vec::new();
        document(root, &mut |kind, at, _| all.push((kind, at.to_owned())));
        all
    }

    #[test]
    fn schemas_are_found_wherever_they_may_stand() {
        let root = json!({
            "paths": {"/a": {"get": {
                "parameters": [{"schema": {}}],
                "responses": {"200": {"content": {"application/json": {"schema": {"items": {"anyOf": [true]}}}}}},
            }}},
        });
        let schemas: Vec<_> = seen(&root)
            .into_iter()
            .filter(|(kind, _)| *kind == Kind::Schema)
            .map(|(_, at)| at)
            .collect();
        let body = "/paths/~1a/get/responses/200/content/application~1json/schema";
        assert_eq!(
            schemas,
            [
                "/paths/~1a/get/parameters/0/schema".to_owned(),
                body.to_owned(),
                format!("{body}/items"),
                format!("{body}/items/anyOf/0"),
            ]
        );
    }

    #[test]
    fn properties_with_the_names_of_keywords_are_schemas_and_data_is_not() {
        let root = json!({"components": {"schemas": {"A": {
            "properties": {"default": {}, "items": {}},
            "default": {"items": {}},
            "enum": [{"items": {}}],
        }}}});
        let places: Vec<_> = seen(&root).into_iter().map(|(_, at)| at).collect();
        assert_eq!(
            places,
            [
                "",
                "/components",
                "/components/schemas/A",
                "/components/schemas/A/properties/default",
                "/components/schemas/A/properties/items",
            ]
        );
    }

    #[test]
    fn changes_are_made_from_the_leaves_up() {
        let mut root = json!({"components": {"schemas": {"A": {"items": {"not": {}}}}}});
        let mut order = Vec::new();
        document_mut(&mut root, &mut |kind, at, value| {
            order.push(at.to_owned());
            if kind == Kind::Schema {
                *value = json!({"saw": at});
            }
        });
        assert_eq!(
            order.first().map(String::as_str),
            Some("/components/schemas/A/items/not")
        );
        assert_eq!(
            root,
            json!({"components": {"schemas": {"A": {"saw": "/components/schemas/A"}}}})
        );
    }

    #[test]
    fn extensions_beside_paths_and_responses_are_left_alone() {
        let root = json!({"paths": {"x-note": {"get": {}}, "/a": {}}});
        let places: Vec<_> = seen(&root).into_iter().map(|(_, at)| at).collect();
        assert_eq!(places, ["", "/paths/~1a"]);
    }
}
