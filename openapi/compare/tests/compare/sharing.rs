//! A change is told once in each operation and direction that it matters to, and nowhere else.

use polar_openapi_compare::{Direction, compare};
use serde_json::{Value, json};

use crate::documents::{changes, document, operation, rules, sent};

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn body(schema: Value) -> Value {
    json!({"content": {"application/json": {"schema": schema}}})
}

fn answers(schema: Value) -> Value {
    json!({"200": {"description": "d", "content": body(schema)["content"]}})
}

/// Three operations: one sends and receives cats, one receives a list of them, one has nothing to do with them.
fn cats(edit: &dyn Fn(&mut Value)) -> Value {
    let mut document = document(json!({
        "/cats": {
            "post": {"operationId": "cats:create", "requestBody": body(reference("Cat")), "responses": answers(reference("Cat"))},
            "get": {"operationId": "cats:list", "responses": answers(json!({"type": "object", "properties": {
                "items": {"type": "array", "items": reference("Cat")},
                "first": {"anyOf": [reference("Cat"), {"type": "null"}]},
            }}))},
        },
        "/dogs": {"get": {"operationId": "dogs:list", "responses": answers(reference("Dog"))}},
    }));
    edit(&mut document["components"]["schemas"]["Cat"]);
    document
}

#[test]
fn a_shared_schema_is_told_once_in_each_operation_and_direction() {
    let found = changes(
        &cats(&|_| {}),
        &cats(&|cat| cat["properties"]["lives"] = json!({"type": "string"})),
    );
    let told: Vec<_> = found
        .iter()
        .map(|change| (change.operation.as_str(), change.direction))
        .collect();
    let expected = [
        ("cats:list", Direction::Response),
        ("cats:create", Direction::Request),
        ("cats:create", Direction::Response),
    ];
    assert_eq!(told, expected);
    for change in &found {
        assert_eq!(change.location, "/components/schemas/Cat/properties/lives");
    }
}

#[test]
fn two_changes_at_two_places_are_two() {
    let found = rules(
        &cats(&|_| {}),
        &cats(&|cat| {
            cat["properties"]["lives"] = json!({"type": "integer", "maximum": 9});
            cat["properties"]["name"] = json!({"type": "string"});
            cat["required"] = json!(["kind", "lives", "name"]);
        }),
    );
    let request = ["request-required-property-added", "request-maximum-set"];
    let response = ["response-required-property-added", "response-maximum-set"];
    assert_eq!(found, [response, request, response].concat());
}

#[test]
fn a_new_or_a_lost_operation_takes_its_schemas_along() {
    let mut without = cats(&|_| {});
    without["paths"]["/cats"]
        .as_object_mut()
        .unwrap()
        .remove("get");
    let found = changes(&cats(&|_| {}), &without);
    assert_eq!(found.len(), 1);
    let gone = &found[0];
    assert_eq!(
        (gone.rule.id(), gone.operation.as_str()),
        ("operation-removed", "cats:list")
    );
    assert_eq!(
        (gone.direction, gone.location.as_str()),
        (Direction::None, "/paths/~1cats/get")
    );
    assert_eq!(rules(&without, &cats(&|_| {})), ["operation-added"]);
}

#[test]
fn a_schema_that_contains_itself_is_looked_at_once() {
    let tree = |edit: &dyn Fn(&mut Value)| {
        let mut document = sent("response", &reference("Tree"));
        edit(&mut document["components"]["schemas"]["Tree"]);
        document
    };
    let found = changes(
        &tree(&|_| {}),
        &tree(&|tree| tree["properties"]["leaf"]["maxLength"] = json!(3)),
    );
    let places: Vec<_> = found
        .iter()
        .map(|change| (change.rule.id(), change.location.as_str()))
        .collect();
    assert_eq!(
        places,
        [(
            "response-max-length-set",
            "/components/schemas/Tree/properties/leaf"
        )]
    );

    let turned = tree(&|tree| {
        *tree =
            json!({"type": "array", "items": {"oneOf": [reference("Tree"), {"type": "string"}]}});
    });
    let _ = changes(&turned, &tree(&|_| {}));
    let _ = changes(&tree(&|_| {}), &turned);
}

#[test]
fn a_schema_that_says_of_itself_what_it_is_is_refused_with_its_path() {
    let tree = |schema: Value| {
        let mut document = sent("response", &reference("Tree"));
        document["components"]["schemas"]["Tree"] = schema;
        document
    };
    for ring in [
        reference("Tree"),
        json!({"allOf": [reference("Tree"), {"type": "object"}]}),
        json!({"anyOf": [reference("Tree"), {"type": "string"}]}),
        json!({"not": reference("Tree")}),
    ] {
        let (ring, plain) = (tree(ring), tree(json!({})));
        for (old, new, which) in [(&ring, &plain, "old"), (&plain, &ring, "new")] {
            let error = compare(old, new).unwrap_err();
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(error.to_string().contains(which), "{error}");
            assert!(
                source.starts_with("a cycle of references: /components/schemas/Tree →"),
                "{source}"
            );
        }
    }
}

#[test]
fn a_reference_to_another_component_is_one_change_where_it_stands() {
    let found = changes(
        &sent(
            "response",
            &json!({"type": "object", "properties": {"who": reference("Named")}}),
        ),
        &sent(
            "response",
            &json!({"type": "object", "properties": {"who": reference("Person")}}),
        ),
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule.id(), "response-schema-narrowed");
    assert_eq!(
        found[0].location,
        "/paths/~1things/post/responses/200/content/application~1json/schema/properties/who"
    );
    assert_eq!(found[0].message, "Named → Person");
}

#[test]
fn a_component_that_got_another_name_is_compared_with_what_it_was() {
    let pets = |name: &str, lives: Value| {
        let mut document = sent(
            "response",
            &json!({"anyOf": [reference(name), reference("Dog")]}),
        );
        let schemas = document["components"]["schemas"].as_object_mut().unwrap();
        let mut cat = schemas.remove("Cat").unwrap();
        cat["properties"]["lives"] = lives;
        schemas.insert(name.to_owned(), cat);
        document
    };
    let found = changes(
        &pets("Cat", json!({"type": "integer"})),
        &pets("Feline", json!({"type": "number"})),
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule.id(), "response-type-widened");
    assert_eq!(
        found[0].location,
        "/components/schemas/Feline/properties/lives"
    );
}

#[test]
fn a_reference_that_leads_nowhere_is_named() {
    let error = compare(
        &sent("response", &reference("Cat")),
        &sent("response", &reference("Gone")),
    );
    let error = error.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.contains("#/components/schemas/Gone  at /paths/~1things/post/responses/200"),
        "{source}"
    );
    // Where no operation leads, nothing is missed.
    let mut unused = operation(json!({}));
    unused["components"]["schemas"]["Cat"] = reference("Gone");
    assert!(rules(&operation(json!({})), &unused).is_empty());
}

#[test]
fn an_answer_for_all_other_statuses_covers_them() {
    let answer = |schema: Value| json!({"description": "d", "content": body(schema)["content"]});
    let listed = |statuses: Value| operation(json!({"responses": statuses}));
    let string = answer(json!({"type": "string"}));
    let default = listed(json!({"204": {"description": "d"}, "default": string}));
    let more = listed(
        json!({"204": {"description": "d"}, "404": string, "5XX": string, "default": string}),
    );
    assert!(rules(&default, &more).is_empty());
    assert!(rules(&more, &default).is_empty());
    let other = listed(
        json!({"204": {"description": "d"}, "404": answer(json!({"type": "integer"})), "default": string}),
    );
    assert_eq!(rules(&default, &other), ["response-type-changed"]);
    let range = listed(json!({"204": {"description": "d"}, "4XX": string}));
    let one = listed(json!({"204": {"description": "d"}, "404": string}));
    assert_eq!(rules(&one, &range), ["response-status-added"]);
}

#[test]
fn a_schema_that_is_given_up_is_one_change() {
    let list = |items: Value| {
        sent(
            "response",
            &json!({"type": "object", "properties": {"pets": {"type": "array", "items": items}}}),
        )
    };
    let at =
        "/paths/~1things/post/responses/200/content/application~1json/schema/properties/pets/items";
    let person = list(reference("Person"));
    for (looser, rule) in [
        (json!({}), "response-type-widened"),
        (json!({"type": "object"}), "response-schema-widened"),
        (reference("Named"), "response-schema-widened"),
    ] {
        let found = changes(&person, &list(looser.clone()));
        let told: Vec<_> = found
            .iter()
            .map(|change| (change.rule.id(), change.location.as_str()))
            .collect();
        assert_eq!(told, [(rule, at)], "{looser}");
    }
    // What is written out with one difference is told by that difference.
    let written = list(
        json!({"type": "object", "required": ["name", "age"], "properties": {
        "name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}}}),
    );
    let found = changes(&person, &written);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule.id(), "response-minimum-set");
}

#[test]
fn what_a_change_inside_a_member_means_for_the_union_is_not_told_again() {
    let pets = |edit: &dyn Fn(&mut Value)| {
        let members = json!({"oneOf": [reference("Cat"), reference("Dog"), reference("Fish")]});
        let mut document = sent("response", &members);
        edit(&mut document["components"]["schemas"]["Fish"]);
        document
    };
    // A fish may be a cat now, and what is both is none.
    let found = changes(
        &pets(&|_| {}),
        &pets(&|fish| fish["properties"]["kind"] = json!({"type": "string"})),
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule.id(), "response-enum-lifted");
    assert_eq!(
        found[0].location,
        "/components/schemas/Fish/properties/kind"
    );
}

#[test]
fn a_member_of_a_union_inside_a_union_is_told_where_it_stands() {
    let pets = |members: &[&str]| {
        let inner: Vec<_> = members.iter().map(|name| reference(name)).collect();
        let mut document = sent(
            "response",
            &json!({"anyOf": [reference("Named"), reference("Pet"), {"type": "null"}]}),
        );
        document["components"]["schemas"]["Pet"] = json!({"oneOf": inner});
        document
    };
    for (old, new, rule, location) in [
        (
            &["Cat", "Dog", "Fish"][..],
            &["Dog", "Fish"][..],
            "response-union-member-removed",
            "/components/schemas/Pet/oneOf/0",
        ),
        (
            &["Dog", "Fish"],
            &["Dog", "Fish", "Cat"],
            "response-union-member-added",
            "/components/schemas/Pet/oneOf/2",
        ),
    ] {
        let found = changes(&pets(old), &pets(new));
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].rule.id(), found[0].location.as_str()),
            (rule, location)
        );
    }
}

#[test]
fn words_about_what_is_not_there_any_more_are_no_change_of_their_own() {
    let described = json!({"type": "string", "title": "Name", "description": "Its name."});
    assert_eq!(
        rules(
            &sent("response", &described),
            &sent("response", &json!({"type": "integer"}))
        ),
        ["response-type-changed"]
    );
    let mut nullable = described.clone();
    nullable["type"] = json!(["string", "null"]);
    nullable["title"] = json!("Other");
    let mut found = rules(&sent("response", &described), &sent("response", &nullable));
    found.sort();
    assert_eq!(
        found,
        ["response-became-nullable", "response-title-changed"]
    );
}

#[test]
fn the_default_of_what_may_be_left_out_now_is_no_change_of_its_own() {
    let object = |required: &[&str], name: Value| {
        sent(
            "request",
            &json!({"type": "object", "required": required, "properties": {"name": name}}),
        )
    };
    let (plain, with_default) = (
        json!({"type": "string"}),
        json!({"type": "string", "default": "a"}),
    );
    let demanded = object(&["name"], plain.clone());
    let optional = object(&[], with_default.clone());
    assert_eq!(
        rules(&demanded, &optional),
        ["request-property-became-optional"]
    );
    assert_eq!(
        rules(&optional, &demanded),
        ["request-property-became-required"]
    );
    let parameter = |required: bool, schema: &Value| {
        operation(
            json!({"parameters": [{"name": "q", "in": "query", "required": required, "schema": schema}]}),
        )
    };
    let (demanded, optional) = (parameter(true, &plain), parameter(false, &with_default));
    assert_eq!(
        rules(&demanded, &optional),
        ["request-parameter-became-optional"]
    );
    assert_eq!(
        rules(&optional, &demanded),
        ["request-parameter-became-required"]
    );
    // Where nothing else changed it is one.
    assert_eq!(
        rules(&parameter(false, &plain), &optional),
        ["request-default-set"]
    );
}

#[test]
fn a_member_is_itself_even_where_another_one_allows_the_same() {
    let either = |edit: &dyn Fn(&mut Value)| {
        let mut document = sent(
            "response",
            &json!({"anyOf": [reference("Empty"), reference("AlsoEmpty")]}),
        );
        let schemas = &mut document["components"]["schemas"];
        for name in ["Empty", "AlsoEmpty"] {
            schemas[name] = json!({"type": "object"});
        }
        edit(&mut schemas["AlsoEmpty"]);
        document
    };
    let found = changes(
        &either(&|_| {}),
        &either(&|schema| schema["properties"] = json!({"name": {"type": "string"}})),
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule.id(), "response-property-added");
    assert_eq!(
        found[0].location,
        "/components/schemas/AlsoEmpty/properties/name"
    );
}
