//! Takes some operations out of a document, with everything they need and nothing more.
//!
//! [`select`] keeps titles and descriptions; [`strip`] drops them. The structure of an API is fact; its descriptions belong
//! to whoever wrote them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::{
    bounds::{self, BoundsError},
    names::{self, ControlCharacter},
    refs::{self, DanglingRefs},
    walk::{self, Kind, METHODS},
};

/// Why a slice cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum SliceError {
    /// Operations that the document does not have.
    #[error(
        "the document has no operation(s) {}; correct operations.toml, or check whether upstream renamed them",
        quoted(.0)
    )]
    MissingOperations(Vec<String>),
    /// Two operations of one name.
    #[error("operationId `{0}` occurs twice in the document; ids must be unique to slice by them")]
    AmbiguousOperation(String),
    /// The selected operations have references without a target.
    #[error("the selected operations have references without a target")]
    Dangling(#[from] DanglingRefs),
    /// It stands for too much once references are followed.
    #[error(transparent)]
    Bounds(#[from] BoundsError),
    /// A name in it has a control character.
    #[error(transparent)]
    Names(#[from] ControlCharacter),
}

fn quoted(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// The document with only these operations and every component reachable from them, in the document's own order.
///
/// # Errors
/// When an operation is missing or named twice, or a reference in what is kept leads nowhere or to too much.
pub fn select(document: &Value, operations: &BTreeSet<&str>) -> Result<Value, SliceError> {
    bounds::copies(document)?;
    let (paths, webhooks) = select_paths(document, operations)?;
    let kept = json!({"paths": paths, "webhooks": webhooks});
    let components = reachable(document, &kept);
    let tags = used_tags(document, &kept);

    let mut sliced = Map::new();
    for (key, value) in document.as_object().into_iter().flatten() {
        let kept = match key.as_str() {
            "openapi" | "info" | "jsonSchemaDialect" | "servers" | "security" => value.clone(),
            "paths" => paths.clone(),
            "webhooks" if webhooks.as_object().is_some_and(|all| !all.is_empty()) => {
                webhooks.clone()
            }
            "components" => select_components(value, &components),
            "tags" => tags.clone(),
            _ => continue,
        };
        sliced.insert(key.clone(), kept);
    }
    let sliced = Value::Object(sliced);
    refs::check(&sliced)?;
    bounds::check(&sliced)?;
    names::check(&sliced)?;
    Ok(sliced)
}

/// The paths and the webhooks that are wanted. A webhook may go by its own name as well as by its operationId.
fn select_paths(
    document: &Value,
    operations: &BTreeSet<&str>,
) -> Result<(Value, Value), SliceError> {
    let mut missing = operations.clone();
    let mut sections = [Map::new(), Map::new()];
    for (section, kept) in ["paths", "webhooks"].into_iter().zip(&mut sections) {
        let all = document.get(section).and_then(Value::as_object);
        for (path, item) in all.into_iter().flatten() {
            let by_name = section == "webhooks" && operations.contains(path.as_str());
            if by_name {
                missing.remove(path.as_str());
            }
            // An item may stand among the components.
            let item = refs::follow(document, item).unwrap_or(item);
            let mut wanted = false;
            let mut own = Map::new();
            for (key, value) in item.as_object().into_iter().flatten() {
                if METHODS.contains(&key.as_str()) {
                    let id = value.get("operationId").and_then(Value::as_str);
                    match id.filter(|id| operations.contains(id)) {
                        Some(id) if !missing.remove(id) && !by_name => {
                            return Err(SliceError::AmbiguousOperation(id.to_owned()));
                        }
                        None if !by_name => continue,
                        _ => wanted = true,
                    }
                }
                own.insert(key.clone(), value.clone());
            }
            if wanted {
                kept.insert(path.clone(), Value::Object(own));
            }
        }
    }
    if missing.is_empty() {
        let [paths, webhooks] = sections.map(Value::Object);
        Ok((paths, webhooks))
    } else {
        let names = missing.into_iter().map(str::to_owned).collect();
        Err(SliceError::MissingOperations(names))
    }
}

/// Every component that the kept paths and webhooks need, directly or through others, as (section, name).
fn reachable(document: &Value, kept: &Value) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut queue: Vec<String> = Vec::new();
    let follow = |kind, value: &Value, queue: &mut Vec<String>| {
        let references = refs::collect_part(kind, "", value);
        queue.extend(references.into_iter().map(|reference| reference.target));
    };
    follow(Kind::Document, kept, &mut queue);
    for name in security_names(document, kept) {
        found.insert(("securitySchemes".to_owned(), name));
    }
    while let Some(target) = queue.pop() {
        let Some((section, name)) = refs::component(&target) else {
            continue;
        };
        let (section, name) = (section.to_owned(), name.into_owned());
        let Some((_, kind)) = walk::holds(Kind::Components, &section) else {
            continue;
        };
        let component = document
            .get("components")
            .and_then(|all| all.get(&section))
            .and_then(|all| all.get(&name));
        if let Some(component) = component
            && found.insert((section, name))
        {
            follow(kind, component, &mut queue);
        }
    }
    found
}

fn security_names(document: &Value, kept: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |holder: &Value| {
        let requirements = holder.get("security").and_then(Value::as_array);
        for requirement in requirements.into_iter().flatten() {
            let schemes = requirement.as_object().into_iter().flatten();
            names.extend(schemes.map(|(name, _)| name.clone()));
        }
    };
    add(document);
    for operation in operations_of(kept) {
        add(operation);
    }
    names
}

fn operations_of(kept: &Value) -> impl Iterator<Item = &Value> {
    let sections = ["paths", "webhooks"].into_iter();
    let items = sections.filter_map(|section| kept.get(section)?.as_object());
    let items = items.flatten();
    items.flat_map(|(_, item)| METHODS.iter().filter_map(move |method| item.get(*method)))
}

/// The tags in use, each with what the document says about it, in order of their first use.
fn used_tags(document: &Value, kept: &Value) -> Value {
    let described = document.get("tags").and_then(Value::as_array);
    let mut names: Vec<&str> = Vec::new();
    for operation in operations_of(kept) {
        let tags = operation.get("tags").and_then(Value::as_array);
        for tag in tags.into_iter().flatten().filter_map(Value::as_str) {
            if !names.contains(&tag) {
                names.push(tag);
            }
        }
    }
    let tags = names.into_iter().map(|name| {
        let described = described.into_iter().flatten();
        let mut same =
            described.filter(|tag| tag.get("name").and_then(Value::as_str) == Some(name));
        same.next()
            .cloned()
            .unwrap_or_else(|| json!({"name": name}))
    });
    Value::Array(tags.collect())
}

fn select_components(all: &Value, wanted: &BTreeSet<(String, String)>) -> Value {
    let mut kept = Map::new();
    for (section, components) in all.as_object().into_iter().flatten() {
        let components: Map<_, _> = components
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| wanted.contains(&(section.clone(), (*name).clone())))
            .map(|(name, component)| (name.clone(), component.clone()))
            .collect();
        if !components.is_empty() {
            kept.insert(section.clone(), Value::Object(components));
        }
    }
    Value::Object(kept)
}

/// Extensions that describe behaviour. All others are dropped: they are prose, or for other tools.
const KEPT_EXTENSIONS: [&str; 2] = ["x-polar-allowed-subjects", "x-polar-pagination"];

/// Keys that hold prose, anywhere but in a schema.
const WORDS: [&str; 5] = [
    "summary",
    "description",
    "example",
    "examples",
    "externalDocs",
];

/// What a schema may say without prose: JSON Schema 2020-12 and OpenAPI 3.1. Anything else is dropped, because nobody
/// can tell whether it is prose.
const SCHEMA_STRUCTURE: [&str; 57] = [
    "$ref",
    "$id",
    "$schema",
    "$anchor",
    "$dynamicRef",
    "$dynamicAnchor",
    "$defs",
    "definitions",
    "type",
    "format",
    "const",
    "enum",
    "default",
    "nullable",
    "deprecated",
    "readOnly",
    "writeOnly",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "discriminator",
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "unevaluatedProperties",
    "dependentRequired",
    "dependentSchemas",
    "items",
    "prefixItems",
    "contains",
    "minContains",
    "maxContains",
    "minItems",
    "maxItems",
    "uniqueItems",
    "unevaluatedItems",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "xml",
    "x-rust-type",
];

/// Drops all prose: titles, summaries, descriptions, examples, other tools' extensions.
///
/// Where OpenAPI requires a text, a neutral one of ours takes its place: the title of the document and the description of
/// a response.
pub fn strip(document: &mut Value) {
    walk::document_mut(document, &mut |kind, at, value| {
        let Value::Object(map) = value else { return };
        match kind {
            Kind::Schema => map.retain(|key, _| {
                SCHEMA_STRUCTURE.contains(&key.as_str()) || KEPT_EXTENSIONS.contains(&key.as_str())
            }),
            Kind::Info => {
                map.retain(|key, _| key == "version");
                map.shift_insert(0, "title".to_owned(), json!("Polar API"));
            }
            Kind::Server => map.retain(|key, _| key == "url"),
            Kind::Tag => map.retain(|key, _| key == "name"),
            // Names of components and conditions of callbacks may look like anything.
            Kind::Components | Kind::Callback => {}
            _ => map.retain(|key, _| {
                let foreign = key.starts_with("x-") && !KEPT_EXTENSIONS.contains(&key.as_str());
                !foreign && !WORDS.contains(&key.as_str())
            }),
        }
        if kind == Kind::SecurityScheme {
            strip_scopes(map);
        }
        if kind == Kind::Response && !map.contains_key("$ref") {
            let words = neutral_response(at.rsplit('/').next().unwrap_or_default());
            map.shift_insert(0, "description".to_owned(), json!(words));
        }
    });
    if let Some(components) = document
        .get_mut("components")
        .and_then(Value::as_object_mut)
    {
        components.shift_remove("examples");
    }
}

/// The scopes of an OAuth flow are facts; their descriptions are not.
fn strip_scopes(scheme: &mut Map<String, Value>) {
    let flows = scheme.get_mut("flows").and_then(Value::as_object_mut);
    for (_, flow) in flows.into_iter().flatten() {
        let scopes = flow.get_mut("scopes").and_then(Value::as_object_mut);
        for (_, words) in scopes.into_iter().flatten() {
            *words = json!("");
        }
    }
}

/// The description of an answer when only its status is known.
pub(crate) fn neutral_response(status: &str) -> &'static str {
    match status {
        "200" => "Success.",
        "201" => "Created.",
        "202" => "Accepted.",
        "204" => "Success, without a body.",
        "400" => "Bad request.",
        "401" => "Not authenticated.",
        "402" => "Payment required.",
        "403" => "Not allowed.",
        "404" => "Not found.",
        "409" => "Conflict.",
        "410" => "Gone.",
        "412" => "Precondition failed.",
        "422" => "Invalid request.",
        "429" => "Too many requests.",
        "default" => "Any other answer.",
        status if status.starts_with('2') => "Success.",
        status if status.starts_with('3') => "Redirect.",
        status if status.starts_with('4') => "Refused.",
        status if status.starts_with('5') => "Server error.",
        _ => "A response.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstream() -> Value {
        json!({
            "openapi": "3.1.0",
            "info": {"title": "T", "summary": "S", "description": "D", "version": "1", "contact": {"name": "N"}},
            "servers": [{"url": "https://a", "description": "D", "x-e": 1}],
            "paths": {
                "/b": {
                    "parameters": [{"$ref": "#/components/parameters/P"}],
                    "get": {"operationId": "b:get", "tags": ["bees", "public"], "summary": "S", "security": [{"pat": ["x:read"]}],
                        "responses": {
                            "200": {"description": "D", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/B"}, "example": 1}}},
                            "404": {"description": "D", "headers": {"H": {"schema": {"title": "T"}, "description": "D"}}},
                        },
                        "x-polar-allowed-subjects": ["User"], "x-codeSamples": [],
                        "x-polar-pagination": {"type": "page_limit", "item_schema": {"$ref": "#/components/schemas/Item"}}},
                    "post": {"operationId": "b:post", "responses": {}},
                },
                "/a": {"get": {"operationId": "a:get", "tags": ["eh"], "responses": {"200": {"description": "D", "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/A"}}}}}}},
            },
            "webhooks": {"w": {}},
            "components": {
                "schemas": {
                    "Unused": {},
                    "Mapped": {"type": "object"},
                    "Item": {"type": "integer"},
                    "Tuple": {"type": "string"},
                    "B": {"title": "T", "description": "D", "type": "object", "examples": [1], "enumNames": ["x"],
                        "discriminator": {"propertyName": "k", "mapping": {"m": "#/components/schemas/Mapped"}},
                        "properties": {
                            "title": {"type": "string", "title": "T"}, "description": {"$ref": "#/components/schemas/B"},
                            "summary": {"const": "title"}, "examples": {"default": {"title": "data"}},
                            "pair": {"prefixItems": [{"$ref": "#/components/schemas/Tuple"}]},
                        },
                        "required": ["title"], "deprecated": true, "x-polar-selector-widget": {"a": 1}, "madeUp": "words"},
                    "A": {"type": "string"},
                },
                "parameters": {"P": {"name": "p", "in": "query", "description": "D", "schema": {"type": "string"}}},
                "securitySchemes": {"pat": {"type": "http", "scheme": "bearer", "description": "D"}, "oat": {"type": "http"}},
            },
            "tags": [{"name": "public", "description": "D"}],
        })
    }

    fn slice(operations: &[&str]) -> Value {
        let mut sliced =
            select(&upstream(), &operations.iter().copied().collect()).expect("sliceable");
        strip(&mut sliced);
        sliced
    }

    #[test]
    fn a_path_that_stands_among_the_components_is_taken_like_any_other() {
        let mut document = upstream();
        let item = document["paths"]["/b"].take();
        document["components"]["pathItems"] = json!({"B": item});
        document["paths"]["/b"] = json!({"$ref": "#/components/pathItems/B"});
        let wanted = ["b:get"].into();
        let sliced = select(&document, &wanted).expect("sliceable");
        assert_eq!(sliced, select(&upstream(), &wanted).expect("sliceable"));
    }

    #[test]
    fn everything_reachable_comes_along_and_nothing_else() {
        let sliced = slice(&["b:get"]);
        let names = |section: &str| {
            let map = sliced["components"][section]
                .as_object()
                .expect("a section");
            map.keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(names("schemas"), ["Mapped", "Item", "Tuple", "B"]);
        assert_eq!(names("parameters"), ["P"]);
        assert_eq!(names("securitySchemes"), ["pat"]);
        assert!(sliced["paths"]["/b"].get("post").is_none());
        assert!(sliced["paths"].get("/a").is_none());
        assert!(sliced.get("webhooks").is_none());
        assert_eq!(
            sliced["tags"],
            json!([{"name": "bees"}, {"name": "public"}])
        );
    }

    #[test]
    fn upstream_order_is_kept() {
        let sliced = slice(&["a:get", "b:get"]);
        let keys = |value: &Value| {
            value
                .as_object()
                .expect("an object")
                .keys()
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(keys(&sliced["paths"]), ["/b", "/a"]);
        assert_eq!(
            keys(&sliced),
            ["openapi", "info", "servers", "paths", "components", "tags"]
        );
    }

    #[test]
    fn no_word_of_theirs_is_left_and_no_structure_is_lost() {
        let sliced = slice(&["b:get"]);
        assert_eq!(
            sliced["components"]["schemas"]["B"],
            json!({
                "type": "object",
                "discriminator": {"propertyName": "k", "mapping": {"m": "#/components/schemas/Mapped"}},
                "properties": {
                    "title": {"type": "string"}, "description": {"$ref": "#/components/schemas/B"},
                    "summary": {"const": "title"}, "examples": {"default": {"title": "data"}},
                    "pair": {"prefixItems": [{"$ref": "#/components/schemas/Tuple"}]},
                },
                "required": ["title"], "deprecated": true,
            })
        );
        assert_eq!(
            sliced["info"],
            json!({"title": "Polar API", "version": "1"})
        );
        assert_eq!(sliced["servers"], json!([{"url": "https://a"}]));
        let operation = &sliced["paths"]["/b"]["get"];
        assert_eq!(operation["security"], json!([{"pat": ["x:read"]}]));
        assert_eq!(operation["x-polar-allowed-subjects"], json!(["User"]));
        assert_eq!(operation["x-polar-pagination"]["type"], "page_limit");
        assert!(operation.get("x-codeSamples").is_none() && operation.get("summary").is_none());
        assert_eq!(
            operation["responses"]["404"],
            json!({"description": "Not found.", "headers": {"H": {"schema": {}}}})
        );
        assert_eq!(
            sliced["components"]["securitySchemes"]["pat"],
            json!({"type": "http", "scheme": "bearer"})
        );
    }

    #[test]
    fn a_missing_operation_is_named() {
        let error =
            select(&upstream(), &["b:get", "b:gone"].into_iter().collect()).expect_err("missing");
        assert!(
            error
                .to_string()
                .starts_with("the document has no operation(s) `b:gone`;"),
            "{error}"
        );
    }

    #[test]
    fn two_operations_of_one_name_are_refused() {
        let mut document = upstream();
        document["paths"]["/a"]["get"]["operationId"] = json!("b:get");
        let error = select(&document, &["b:get"].into_iter().collect()).expect_err("ambiguous");
        assert!(matches!(error, SliceError::AmbiguousOperation(id) if id == "b:get"));
    }

    #[test]
    fn a_reference_to_nothing_is_an_error_only_where_it_is_needed() {
        let mut document = upstream();
        document["components"]["schemas"]["Tuple"] = json!({"$ref": "#/components/schemas/Gone"});
        let all = |id| select(&document, &[id].into_iter().collect());
        assert!(all("a:get").is_ok());
        let error = all("b:get").expect_err("dangling");
        assert!(
            matches!(error, SliceError::Dangling(DanglingRefs(list)) if list[0].pointer == "/components/schemas/Tuple")
        );
    }
}
