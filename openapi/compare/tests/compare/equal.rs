//! Two ways to write the same set are no change.

use serde_json::{Value, json};

use crate::documents::{PLACES, document, operation, rules, sent};

fn alike(old: &Value, new: &Value) {
    for place in PLACES {
        for (old, new) in [(old, new), (new, old)] {
            let found = rules(&sent(place, old), &sent(place, new));
            assert!(found.is_empty(), "{place}: {found:?} for {old} → {new}");
        }
    }
}

#[test]
fn schemas_that_allow_the_same_are_the_same() {
    let cat = json!({"$ref": "#/components/schemas/Cat"});
    let inline_cat = json!({"required": ["lives", "kind"], "type": "object", "properties": {
        "lives": {"type": "integer"}, "kind": {"const": "cat"}}});
    let dog = json!({"$ref": "#/components/schemas/Dog"});
    let fish = json!({"$ref": "#/components/schemas/Fish"});
    for (old, new) in [
        // One value.
        (json!({"const": "a"}), json!({"enum": ["a"]})),
        (
            json!({"const": "a"}),
            json!({"type": "string", "const": "a"}),
        ),
        (
            json!({"enum": ["a", "b", "a"]}),
            json!({"enum": ["b", "a"]}),
        ),
        (
            json!({"anyOf": [{"const": "a"}, {"const": "b"}]}),
            json!({"type": "string", "enum": ["a", "b"]}),
        ),
        (json!({"type": "boolean"}), json!({"enum": [true, false]})),
        (
            json!({"type": "boolean"}),
            json!({"anyOf": [{"const": true}, {"const": false}]}),
        ),
        (json!({"type": "null"}), json!({"const": null})),
        (
            json!({"type": "string", "enum": ["a", null]}),
            json!({"enum": ["a"]}),
        ),
        (
            json!({"type": ["string", "null"], "enum": ["a", null]}),
            json!({"anyOf": [{"const": "a"}, {"type": "null"}]}),
        ),
        (json!({"enum": [1, 2]}), json!({"enum": [2.0, 1.0]})),
        (
            json!({"enum": ["a", "long"], "maxLength": 1}),
            json!({"const": "a"}),
        ),
        (
            json!({"enum": ["a", "b"], "pattern": "^a"}),
            json!({"const": "a"}),
        ),
        // Bounds.
        (
            json!({"type": "integer", "minimum": 1}),
            json!({"type": "integer", "exclusiveMinimum": 0}),
        ),
        (
            json!({"type": "integer", "minimum": 1}),
            json!({"type": "integer", "exclusiveMinimum": 0, "minimum": -5}),
        ),
        (
            json!({"type": "integer", "minimum": 0.5}),
            json!({"type": "integer", "minimum": 1}),
        ),
        (
            json!({"type": "integer", "maximum": 2147483647.0}),
            json!({"type": "integer", "maximum": 2147483647}),
        ),
        (
            json!({"type": "integer", "format": "int32"}),
            json!({"type": "integer", "minimum": -2147483648.0, "maximum": 2147483647}),
        ),
        (
            json!({"type": "integer", "format": "int32", "minimum": 0}),
            json!({"type": "integer", "minimum": 0, "maximum": 2147483647}),
        ),
        (
            json!({"type": "integer"}),
            json!({"type": "number", "multipleOf": 1}),
        ),
        (
            json!({"type": "number", "exclusiveMinimum": 5, "minimum": 5}),
            json!({"type": "number", "exclusiveMinimum": 5}),
        ),
        (
            json!({"type": "string", "minLength": 0}),
            json!({"type": "string"}),
        ),
        (
            json!({"type": "array", "minItems": 0, "uniqueItems": false}),
            json!({"type": "array", "items": {}}),
        ),
        (
            json!({"type": "string", "minimum": 3}),
            json!({"type": "string", "maxItems": 3}),
        ),
        (
            json!({"type": "integer", "minimum": 1, "maximum": 3}),
            json!({"enum": [1, 2, 3]}),
        ),
        // Types.
        (json!({"type": ["string"]}), json!({"type": "string"})),
        (
            json!({"type": ["string", "null"]}),
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ),
        (
            json!({"type": ["string", "null"], "maxLength": 3}),
            json!({"oneOf": [{"type": "null"}, {"type": "string", "maxLength": 3}]}),
        ),
        (json!(true), json!({})),
        (
            json!({}),
            json!({"type": ["string", "number", "integer", "boolean", "null", "array", "object"]}),
        ),
        (
            json!({"not": {"type": "null"}}),
            json!({"type": ["string", "number", "boolean", "array", "object"]}),
        ),
        (json!(false), json!({"not": {}})),
        // Unions.
        (
            json!({"anyOf": [{"type": "string"}, {"type": "string", "maxLength": 3}]}),
            json!({"type": "string"}),
        ),
        (
            json!({"anyOf": [{"type": "string", "format": "uuid"}, {"type": "string", "format": "uuid4"}]}),
            json!({"type": "string", "format": "uuid"}),
        ),
        (
            json!({"anyOf": [{"type": "integer"}, {"type": "number"}]}),
            json!({"type": "number"}),
        ),
        (
            json!({"anyOf": [{"type": "integer", "maximum": 5}, {"type": "integer", "minimum": 6}]}),
            json!({"type": "integer"}),
        ),
        (json!({"anyOf": [{}, {"type": "string"}]}), json!({})),
        (
            json!({"anyOf": [{"anyOf": [cat, dog]}, fish]}),
            json!({"anyOf": [fish, dog, cat]}),
        ),
        (
            json!({"anyOf": [cat, dog, cat]}),
            json!({"anyOf": [cat, dog]}),
        ),
        (json!({"oneOf": [cat, dog]}), json!({"anyOf": [dog, cat]})),
        (json!({"anyOf": [cat]}), cat.clone()),
        (json!({"allOf": [cat]}), cat.clone()),
        (
            json!({"anyOf": [cat, {"allOf": [cat, {"maxProperties": 7}]}]}),
            cat.clone(),
        ),
        (json!({"oneOf": [cat, false]}), cat.clone()),
        // Nesting.
        (cat.clone(), inline_cat.clone()),
        (
            json!({"anyOf": [cat, {"type": "null"}]}),
            json!({"anyOf": [{"type": "null"}, inline_cat]}),
        ),
        (
            json!({"allOf": [cat, {"required": ["x"]}]}),
            json!({"type": "object", "required": ["x", "kind", "lives"], "properties": {"lives": {"type": "integer"}, "kind": {"const": "cat"}}}),
        ),
        (
            json!({"allOf": [{"type": "string", "minLength": 1}, {"maxLength": 3}]}),
            json!({"type": "string", "minLength": 1, "maxLength": 3}),
        ),
        (
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": []}),
            json!({"properties": {"a": {"allOf": [{"type": "string"}]}}, "type": "object"}),
        ),
        (
            json!({"$ref": "#/components/schemas/Tree"}),
            json!({"type": "object", "properties": {"leaf": {"type": "string"}, "branches": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}}),
        ),
        // Lists and objects.
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "string"}], "items": {"type": "string"}}),
            json!({"type": "array", "items": {"type": "string"}}),
        ),
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "string"}], "minItems": 2, "maxItems": 2}),
            json!({"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}),
        ),
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}], "items": false}),
            json!({"type": "array", "items": {"type": "string"}, "maxItems": 1}),
        ),
        (
            json!({"type": "object", "additionalProperties": true}),
            json!({"type": "object", "additionalProperties": {}}),
        ),
        (
            json!({"type": "object", "additionalProperties": true}),
            json!({"type": "object", "properties": {}}),
        ),
        (
            json!({"type": "object", "required": ["a"], "minProperties": 1}),
            json!({"type": "object", "required": ["a"]}),
        ),
        (
            json!({"type": "object", "unevaluatedProperties": false, "properties": {"a": {}}}),
            json!({"type": "object", "additionalProperties": false, "properties": {"a": {}}}),
        ),
        (
            json!({"type": "object", "readOnly": false, "deprecated": false}),
            json!({"type": "object"}),
        ),
    ] {
        alike(&old, &new);
    }
}

#[test]
fn the_old_dialect_says_some_things_otherwise() {
    for (old, new) in [
        (
            json!({"type": "string", "nullable": true}),
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ),
        (
            json!({"type": "string", "nullable": true, "enum": ["a"]}),
            json!({"type": ["string", "null"], "enum": ["a", null]}),
        ),
        (
            json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/Cat"}]}),
            json!({"anyOf": [{"$ref": "#/components/schemas/Cat"}, {"type": "null"}]}),
        ),
        (
            json!({"type": "number", "minimum": 5, "exclusiveMinimum": true}),
            json!({"type": "number", "exclusiveMinimum": 5}),
        ),
        (
            json!({"type": "integer", "maximum": 5, "exclusiveMaximum": true}),
            json!({"type": "integer", "maximum": 4}),
        ),
        (
            json!({"type": "string", "format": "byte"}),
            json!({"type": "string", "contentEncoding": "base64"}),
        ),
        (
            json!({"type": "string", "enum": ["a"]}),
            json!({"const": "a"}),
        ),
        (
            json!({"type": "string", "example": "a"}),
            json!({"type": "string", "examples": ["a"]}),
        ),
        (
            json!({"$ref": "#/components/schemas/Cat", "maxProperties": 1}),
            json!({"$ref": "#/components/schemas/Cat"}),
        ),
    ] {
        for place in ["request", "response"] {
            let mut old_document = sent(place, &old);
            old_document["openapi"] = json!("3.0.3");
            // The components are written the new way, which the old dialect knows under other names.
            let cat = json!({"type": "object", "required": ["kind", "lives"], "properties": {
                "kind": {"enum": ["cat"]}, "lives": {"type": "integer"}}});
            old_document["components"]["schemas"]["Cat"] = cat;
            let new_document = sent(place, &new);
            let found = rules(&old_document, &new_document);
            assert!(found.is_empty(), "{found:?} for {old} → {new}");
            let found = rules(&new_document, &old_document);
            assert!(found.is_empty(), "{found:?} for {new} → {old}");
        }
    }
    let nullable = json!({"type": "string", "nullable": true});
    let plain = json!({"type": "string"});
    assert!(
        rules(&sent("request", &nullable), &sent("request", &plain)).is_empty(),
        "3.1 knows no `nullable`"
    );
}

#[test]
fn documents_that_allow_the_same_are_the_same() {
    let body = |schema: Value| json!({"content": {"application/json": {"schema": schema}}});
    let cat = body(json!({"$ref": "#/components/schemas/Cat"}));
    let ok = json!({"200": {"description": "d", "content": cat["content"]}});
    let base = operation(json!({"responses": ok}));
    let edited = |edit: &dyn Fn(&mut Value)| {
        let mut document = base.clone();
        edit(&mut document);
        document
    };
    let post = "/paths/~1things/post";
    let variants = [
        (
            "components that nobody uses",
            edited(&|document| {
                document["components"]["schemas"]["Unused"] = json!({"type": "string"});
                document["components"]["schemas"]
                    .as_object_mut()
                    .unwrap()
                    .remove("Fish");
            }),
        ),
        (
            "a component with another name",
            edited(&|document| {
                let schemas = document["components"]["schemas"].as_object_mut().unwrap();
                let cat = schemas.remove("Cat").unwrap();
                schemas.insert("Feline".to_owned(), cat);
                let response = document
                    .pointer_mut(&format!("{post}/responses/200"))
                    .unwrap();
                *response = json!({"description": "d", "content": body(json!({"$ref": "#/components/schemas/Feline"}))["content"]});
            }),
        ),
        (
            "an answer as a component",
            edited(&|document| {
                let response = document.pointer_mut(&format!("{post}/responses")).unwrap();
                let own = std::mem::replace(
                    &mut response["200"],
                    json!({"$ref": "#/components/responses/Ok"}),
                );
                document["components"]["responses"] = json!({"Ok": own});
            }),
        ),
        (
            "extensions with references",
            edited(&|document| {
                document["paths"]["/things"]["post"]["x-page"] = json!(null);
                document["paths"]["/things"]["post"]
                    .as_object_mut()
                    .unwrap()
                    .remove("x-page");
            }),
        ),
        (
            "no security is anybody",
            edited(&|document| {
                document["paths"]["/things"]["post"]["security"] = json!([]);
            }),
        ),
        (
            "the same server",
            edited(&|document| {
                document["servers"] = json!([{"url": "https://api.example.com/"}]);
            }),
        ),
        (
            "marks that say no",
            edited(&|document| {
                document["paths"]["/things"]["post"]["deprecated"] = json!(false);
            }),
        ),
        (
            "another way to name the media type",
            edited(&|document| {
                let content = document
                    .pointer_mut(&format!("{post}/responses/200/content"))
                    .unwrap();
                let own = content["application/json"].clone();
                *content = json!({"Application/JSON; charset=utf-8": own});
            }),
        ),
    ];
    for (what, variant) in &variants {
        for (old, new) in [(&base, variant), (variant, &base)] {
            let found = rules(old, new);
            assert!(found.is_empty(), "{what}: {found:?}");
        }
    }
}

#[test]
fn the_order_of_keys_and_lists_says_nothing() {
    fn turned(value: &Value) -> Value {
        match value {
            Value::Object(map) => Value::Object(
                map.iter()
                    .rev()
                    .map(|(key, value)| (key.clone(), turned(value)))
                    .collect(),
            ),
            // Tuples and the sources of words are about order; nothing else in this document is.
            Value::Array(items) => items.iter().map(turned).collect(),
            other => other.clone(),
        }
    }
    let bundled = polar_openapi::bundled::document();
    assert!(rules(&bundled, &turned(&bundled)).is_empty());

    let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
    let old = operation(
        json!({"parameters": [parameter("a"), parameter("b")], "security": [{"x": []}, {"y": []}]}),
    );
    let new = operation(
        json!({"security": [{"y": []}, {"x": []}], "parameters": [parameter("b"), parameter("a")]}),
    );
    assert!(rules(&old, &new).is_empty());
}

#[test]
fn references_in_extensions_are_no_uses() {
    let paged = |name: &str| {
        let mut document = operation(
            json!({"x-page": {"item": {"$ref": format!("#/components/schemas/{name}")}}}),
        );
        let component = json!({"type": "string"});
        document["components"]["schemas"][name] = component;
        document
    };
    assert!(rules(&paged("One"), &paged("Other")).is_empty());
    let mut dangling = paged("One");
    dangling["components"]["schemas"]
        .as_object_mut()
        .unwrap()
        .remove("One");
    assert!(rules(&paged("One"), &dangling).is_empty());
}

#[test]
fn a_path_is_the_same_whatever_its_parameters_are_called() {
    let path = |path: &str, name: &str| {
        let parameter =
            json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}});
        document(
            json!({path: {"get": {"operationId": "get", "parameters": [parameter], "responses": {}}}}),
        )
    };
    let found = rules(
        &path("/things/{id}", "id"),
        &path("/things/{thing_id}", "thing_id"),
    );
    assert_eq!(found, ["request-path-parameter-renamed"]);
}
