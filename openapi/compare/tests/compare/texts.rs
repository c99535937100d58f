//! Parameters and headers travel as text.

use serde_json::{Value, json};

use crate::documents::{broken, changes, operation, queried, rules};

/// Whom a change of a query parameter's schema breaks.
fn query(old: &Value, new: &Value) -> Vec<(&'static str, String)> {
    let found = changes(&queried(old), &queried(new));
    found
        .into_iter()
        .map(|change| (change.rule.id(), broken(&change)))
        .collect()
}

fn list(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

#[test]
fn one_item_is_written_like_the_item_and_null_is_not_written() {
    let uuid = json!({"type": "string", "format": "uuid4"});
    let filter = json!({"anyOf": [uuid, list(&uuid), {"type": "null"}]});
    for (old, new) in [
        (&filter, &list(&uuid)),
        (&filter, &json!({"anyOf": [list(&uuid), uuid]})),
        (
            &list(&uuid),
            &json!({"type": ["array", "null"], "items": uuid, "minItems": 1}),
        ),
        (&uuid, &json!({"anyOf": [uuid, {"type": "null"}]})),
        (
            &uuid,
            &json!({"type": "array", "items": uuid, "maxItems": 1}),
        ),
        (&json!({"enum": ["1", "2"]}), &json!({"enum": [1, 2]})),
        (
            &json!({"enum": ["true", "false"]}),
            &json!({"type": "boolean"}),
        ),
        (
            &json!({"anyOf": [{"type": "integer"}, {"type": "string"}]}),
            &json!({"type": "string"}),
        ),
    ] {
        assert_eq!(query(old, new), [], "{old} → {new}");
        assert_eq!(query(new, old), [], "{new} → {old}");
    }
}

#[test]
fn a_text_of_digits_is_a_text() {
    let (text, whole, number, flag) = (
        json!({"type": "string"}),
        json!({"type": "integer"}),
        json!({"type": "number"}),
        json!({"type": "boolean"}),
    );
    for (narrow, wide) in [
        (&whole, &text),
        (&number, &text),
        (&flag, &text),
        (&whole, &number),
        (&text, &list(&text)),
        (&whole, &list(&text)),
    ] {
        let widened = query(narrow, wide);
        assert_eq!(
            widened,
            [("request-type-widened", "s".to_owned())],
            "{narrow} → {wide}"
        );
        let narrowed = query(wide, narrow);
        assert_eq!(
            narrowed,
            [("request-type-narrowed", "c".to_owned())],
            "{wide} → {narrow}"
        );
    }
    assert_eq!(
        query(&whole, &flag),
        [("request-type-changed", "cs".to_owned())]
    );
    assert_eq!(
        query(&list(&whole), &text),
        [("request-type-changed", "cs".to_owned())]
    );
}

#[test]
fn what_is_inside_a_list_is_compared_where_it_stands() {
    let found = changes(
        &queried(&list(&json!({"enum": ["a", "b"]}))),
        &queried(&list(&json!({"enum": ["a"]}))),
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule.id(), "request-enum-value-removed");
    assert_eq!(
        found[0].location,
        "/paths/~1things/post/parameters/0/schema/items"
    );
}

#[test]
fn json_in_a_parameter_is_json() {
    let json = |schema: Value| {
        operation(
            json!({"parameters": [{"name": "q", "in": "query", "content": {"application/json": {"schema": schema}}}]}),
        )
    };
    let nullable = json!({"type": ["string", "null"]});
    assert_eq!(
        rules(&json(nullable), &json(json!({"type": "string"}))),
        ["request-became-not-nullable"]
    );
}

#[test]
fn headers_of_answers_travel_the_same_way() {
    let header = |schema: Value| {
        operation(
            json!({"responses": {"204": {"description": "d", "headers": {"X-Count": {"schema": schema}}}}}),
        )
    };
    let found = rules(
        &header(json!({"type": "integer"})),
        &header(json!({"type": "string"})),
    );
    assert_eq!(found, ["response-type-widened"]);
    assert!(
        rules(
            &header(json!({"type": ["integer", "null"]})),
            &header(json!({"type": "integer"}))
        )
        .is_empty()
    );
}

#[test]
fn a_parameter_that_may_be_anything_now_is_one_change() {
    let uuid = json!({"type": "string", "format": "uuid4"});
    let filter = json!({"anyOf": [uuid, list(&uuid), {"type": "null"}]});
    for anything in [json!(true), json!({}), json!({"description": "d"})] {
        assert_eq!(
            query(&filter, &anything),
            [("request-type-widened", "s".to_owned())]
        );
    }
}
