//! The rules about schemas, each in the four places where a schema can stand.

use polar_openapi_compare::Direction;
use serde_json::{Value, json};

use crate::documents::{PLACES, broken, changes, rules, sent};

/// Which way a rule moves what is allowed, as seen by who sends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    Less,
    More,
    Both,
    Same,
    Words,
}
use Way::{Both, Less, More, Same, Words};

pub(crate) struct Row {
    pub(crate) stem: &'static str,
    pub(crate) way: Way,
    /// A change that the rule is about.
    pub(crate) holds: [Value; 2],
    /// A change that it is not about.
    pub(crate) looks: [Value; 2],
}

fn row(stem: &'static str, way: Way, holds: [Value; 2], looks: [Value; 2]) -> Row {
    Row {
        stem,
        way,
        holds,
        looks,
    }
}

fn string(more: Value) -> Value {
    with(json!({"type": "string"}), more)
}

fn integer(more: Value) -> Value {
    with(json!({"type": "integer"}), more)
}

fn array(more: Value) -> Value {
    with(json!({"type": "array", "items": {"type": "string"}}), more)
}

/// An object with two properties, `a` required.
fn object(more: Value) -> Value {
    let own = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}});
    with(own, more)
}

fn with(mut one: Value, other: Value) -> Value {
    for (key, value) in other.as_object().unwrap() {
        one[key] = value.clone();
    }
    one
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn any(members: &[Value]) -> Value {
    json!({"anyOf": members})
}

fn one(members: &[Value]) -> Value {
    json!({"oneOf": members})
}

/// A row for less and the mirrored one for more.
fn twins(
    less: &'static str,
    more: &'static str,
    wide: Value,
    narrow: Value,
    looks: [Value; 2],
) -> Vec<Row> {
    let [before, after] = looks.clone();
    vec![
        row(less, Less, [wide.clone(), narrow.clone()], looks),
        row(more, More, [narrow, wide], [after, before]),
    ]
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(types());
    rows.extend(texts());
    rows.extend(numbers());
    rows.extend(lists());
    rows.extend(objects());
    rows.extend(unions());
    rows.extend(conditions());
    rows.extend(notes());
    rows
}

fn types() -> Vec<Row> {
    let mut rows = vec![
        row(
            "type-changed",
            Both,
            [json!({"type": "string"}), json!({"type": "integer"})],
            [json!({"type": "string"}), json!({"type": ["string"]})],
        ),
        row(
            "schema-forbidden",
            Less,
            [json!({"type": "string"}), json!(false)],
            [json!(false), json!({"not": {}})],
        ),
        row(
            "schema-allowed",
            More,
            [
                json!({"type": "string", "enum": [1]}),
                json!({"type": "string"}),
            ],
            [
                json!(false),
                json!({"allOf": [{"type": "string"}, {"type": "integer"}]}),
            ],
        ),
    ];
    rows.extend(twins(
        "type-narrowed",
        "type-widened",
        any(&[json!({"type": "string"}), json!({"type": "integer"})]),
        json!({"type": "string"}),
        [
            json!({"type": ["string", "integer"]}),
            any(&[json!({"type": "integer"}), json!({"type": "string"})]),
        ],
    ));
    rows.extend(twins(
        "became-not-nullable",
        "became-nullable",
        any(&[json!({"type": "string"}), json!({"type": "null"})]),
        json!({"type": "string"}),
        [
            json!({"type": ["string", "null"]}),
            any(&[json!({"type": "null"}), json!({"type": "string"})]),
        ],
    ));
    rows
}

fn texts() -> Vec<Row> {
    let mut rows = vec![
        row(
            "enum-values-changed",
            Both,
            [json!({"enum": ["a", "b"]}), json!({"enum": ["a", "c"]})],
            [
                json!({"enum": ["a", "b"]}),
                any(&[json!({"const": "b"}), json!({"const": "a"})]),
            ],
        ),
        row(
            "const-changed",
            Both,
            [json!({"const": "a"}), json!({"const": "b"})],
            [
                json!({"const": "a"}),
                json!({"type": "string", "enum": ["a"]}),
            ],
        ),
        row(
            "format-changed",
            Both,
            [
                string(json!({"format": "email"})),
                string(json!({"format": "uri"})),
            ],
            [
                string(json!({"format": "uuid4"})),
                string(json!({"format": "uuid"})),
            ],
        ),
        row(
            "pattern-changed",
            Both,
            [
                string(json!({"pattern": "^a"})),
                string(json!({"pattern": "^b"})),
            ],
            [
                string(json!({"pattern": "^a"})),
                json!({"allOf": [{"pattern": "^a"}, {"type": "string"}]}),
            ],
        ),
        row(
            "values-changed",
            Both,
            [
                string(json!({"minLength": 1, "maxLength": 5})),
                string(json!({"minLength": 2, "maxLength": 6})),
            ],
            [
                string(json!({"minLength": 1, "maxLength": 5})),
                string(json!({"minLength": 1, "maxLength": 6})),
            ],
        ),
    ];
    rows.extend(twins(
        "enum-value-removed",
        "enum-value-added",
        json!({"enum": ["a", "b"]}),
        json!({"enum": ["a"]}),
        [
            json!({"type": "string", "enum": ["a", 1]}),
            json!({"type": "string", "enum": ["a"]}),
        ],
    ));
    rows.extend(twins(
        "enum-set",
        "enum-lifted",
        json!({"type": "string"}),
        string(json!({"enum": ["a", "b"]})),
        [
            any(&[json!({"type": "string"}), json!({"const": "a"})]),
            json!({"type": "string"}),
        ],
    ));
    rows.extend(twins(
        "format-set",
        "format-lifted",
        json!({"type": "string"}),
        string(json!({"format": "uuid"})),
        [integer(json!({})), integer(json!({"format": "uuid"}))],
    ));
    rows.extend(twins(
        "format-narrowed",
        "format-widened",
        string(json!({"format": "uuid"})),
        string(json!({"format": "uuid4"})),
        [
            any(&[
                string(json!({"format": "uuid"})),
                string(json!({"format": "uuid4"})),
            ]),
            string(json!({"format": "uuid"})),
        ],
    ));
    rows.extend(twins(
        "pattern-set",
        "pattern-lifted",
        json!({"type": "string"}),
        string(json!({"pattern": "^a"})),
        [json!({"type": "string"}), string(json!({"pattern": ".*"}))],
    ));
    rows.extend(twins(
        "min-length-set",
        "min-length-lifted",
        json!({"type": "string"}),
        string(json!({"minLength": 2})),
        [json!({"type": "string"}), string(json!({"minLength": 0}))],
    ));
    rows.extend(twins(
        "min-length-raised",
        "min-length-lowered",
        string(json!({"minLength": 2})),
        string(json!({"minLength": 3})),
        [
            string(json!({"minLength": 2})),
            json!({"allOf": [{"minLength": 1}, {"type": "string", "minLength": 2.0}]}),
        ],
    ));
    rows.extend(twins(
        "max-length-set",
        "max-length-lifted",
        json!({"type": "string"}),
        string(json!({"maxLength": 9})),
        [integer(json!({})), integer(json!({"maxLength": 9}))],
    ));
    rows.extend(twins(
        "max-length-lowered",
        "max-length-raised",
        string(json!({"maxLength": 9})),
        string(json!({"maxLength": 8})),
        [
            string(json!({"enum": ["a"], "maxLength": 9})),
            string(json!({"enum": ["a"], "maxLength": 8})),
        ],
    ));
    rows.extend(twins(
        "value-excluded",
        "value-readmitted",
        json!({"type": "string"}),
        string(json!({"not": {"const": "root"}})),
        [
            json!({"enum": ["a", "b"]}),
            json!({"enum": ["a", "b"], "not": {"const": "root"}}),
        ],
    ));
    rows.extend(twins(
        "values-narrowed",
        "values-widened",
        string(json!({"maxLength": 9})),
        string(json!({"maxLength": 8, "pattern": "^a"})),
        [
            string(json!({"maxLength": 9})),
            string(json!({"maxLength": 8})),
        ],
    ));
    rows
}

fn numbers() -> Vec<Row> {
    let mut rows = vec![row(
        "multiple-of-changed",
        Both,
        [
            integer(json!({"multipleOf": 2})),
            integer(json!({"multipleOf": 3})),
        ],
        [
            json!({"type": "integer"}),
            json!({"type": "number", "multipleOf": 1}),
        ],
    )];
    rows.extend(twins(
        "minimum-set",
        "minimum-lifted",
        json!({"type": "number"}),
        json!({"type": "number", "minimum": 1}),
        [
            integer(json!({"format": "int32"})),
            integer(json!({"format": "int32", "minimum": -3_000_000_000_i64})),
        ],
    ));
    rows.extend(twins(
        "minimum-raised",
        "minimum-lowered",
        json!({"type": "number", "minimum": 1}),
        json!({"type": "number", "exclusiveMinimum": 1}),
        [
            integer(json!({"minimum": 1})),
            integer(json!({"exclusiveMinimum": 0})),
        ],
    ));
    rows.extend(twins(
        "maximum-set",
        "maximum-lifted",
        json!({"type": "number"}),
        json!({"type": "number", "maximum": 1}),
        [json!({"type": "string"}), string(json!({"maximum": 1}))],
    ));
    rows.extend(twins(
        "maximum-lowered",
        "maximum-raised",
        integer(json!({"maximum": 9})),
        integer(json!({"maximum": 8})),
        [
            integer(json!({"maximum": 9, "exclusiveMaximum": 10})),
            integer(json!({"exclusiveMaximum": 10.0})),
        ],
    ));
    rows.extend(twins(
        "multiple-of-set",
        "multiple-of-lifted",
        integer(json!({})),
        integer(json!({"multipleOf": 5})),
        [integer(json!({})), integer(json!({"multipleOf": 0.5}))],
    ));
    rows.extend(twins(
        "multiple-of-narrowed",
        "multiple-of-widened",
        integer(json!({"multipleOf": 5})),
        integer(json!({"multipleOf": 10})),
        [
            integer(json!({"multipleOf": 10})),
            integer(json!({"allOf": [{"multipleOf": 10}, {"multipleOf": 5}]})),
        ],
    ));
    rows
}

fn lists() -> Vec<Row> {
    let pair = json!({"type": "array", "minItems": 2, "maxItems": 2, "prefixItems": [{"type": "string"}, {"type": "integer"}]});
    let mut rows = vec![row(
        "list-changed",
        Both,
        [
            pair.clone(),
            json!({"type": "array", "minItems": 3, "maxItems": 3,
            "prefixItems": [{"type": "string"}, {"type": "integer"}, {"type": "string"}]}),
        ],
        [
            pair,
            json!({"type": "array", "minItems": 2, "items": false, "prefixItems": [{"type": "string"}, {"type": "integer"}]}),
        ],
    )];
    let positions = |types: [&str; 2]| json!({"type": "array", "minItems": 2, "maxItems": 2, "prefixItems": types.map(|name| json!({"type": name}))});
    rows.push(row(
        "tuple-changed",
        Both,
        [
            positions(["string", "integer"]),
            positions(["integer", "string"]),
        ],
        [
            positions(["string", "integer"]),
            positions(["string", "boolean"]),
        ],
    ));
    rows.extend(twins(
        "tuple-narrowed",
        "tuple-widened",
        positions(["number", "number"]),
        positions(["integer", "integer"]),
        [
            positions(["number", "number"]),
            positions(["integer", "number"]),
        ],
    ));
    rows.extend(twins(
        "min-items-set",
        "min-items-lifted",
        array(json!({})),
        array(json!({"minItems": 1})),
        [array(json!({})), array(json!({"minItems": 0}))],
    ));
    rows.extend(twins(
        "min-items-raised",
        "min-items-lowered",
        array(json!({"minItems": 1})),
        array(json!({"minItems": 2})),
        [
            array(json!({"minItems": 2})),
            array(json!({"allOf": [{"minItems": 1}, {"minItems": 2}]})),
        ],
    ));
    rows.extend(twins(
        "max-items-set",
        "max-items-lifted",
        array(json!({})),
        array(json!({"maxItems": 5})),
        [
            json!({"type": "array", "maxItems": 0}),
            json!({"type": "array", "items": false}),
        ],
    ));
    rows.extend(twins(
        "max-items-lowered",
        "max-items-raised",
        array(json!({"maxItems": 5})),
        array(json!({"maxItems": 4})),
        [
            array(json!({"maxItems": 5})),
            array(json!({"allOf": [{"maxItems": 5}, {"maxItems": 9}]})),
        ],
    ));
    rows.extend(twins(
        "unique-items-set",
        "unique-items-lifted",
        array(json!({})),
        array(json!({"uniqueItems": true})),
        [
            array(json!({"maxItems": 1})),
            array(json!({"maxItems": 1, "uniqueItems": true})),
        ],
    ));
    rows.extend(twins(
        "list-narrowed",
        "list-widened",
        array(json!({})),
        array(json!({"minItems": 1, "maxItems": 5})),
        [array(json!({})), array(json!({"minItems": 1}))],
    ));
    rows
}

fn objects() -> Vec<Row> {
    let closed = |properties: Value, required: Value| json!({"type": "object", "additionalProperties": false, "properties": properties, "required": required});
    let map = |properties: Value, required: Value| json!({"type": "object", "additionalProperties": {"type": "string"}, "properties": properties, "required": required});
    let open = |properties: Value, required: Value| json!({"type": "object", "properties": properties, "required": required});
    let (text, short) = (json!({"type": "string"}), string(json!({"maxLength": 3})));
    let mut rows = vec![
        row(
            "property-added",
            Same,
            [
                object(json!({})),
                open(
                    json!({"a": text, "b": {"type": "integer"}, "c": text}),
                    json!(["a"]),
                ),
            ],
            [
                closed(json!({}), json!([])),
                closed(json!({"c": text}), json!([])),
            ],
        ),
        row(
            "property-removed",
            Same,
            [object(json!({})), open(json!({"a": text}), json!(["a"]))],
            [
                closed(json!({"c": text}), json!([])),
                closed(json!({}), json!([])),
            ],
        ),
        row(
            "property-renamed",
            Same,
            [
                open(json!({"c": text}), json!([])),
                open(json!({"d": text}), json!([])),
            ],
            [
                open(json!({"c": text}), json!([])),
                open(json!({"d": {"type": "integer"}}), json!([])),
            ],
        ),
        row(
            "required-property-renamed",
            Both,
            [
                open(json!({"c": text}), json!(["c"])),
                open(json!({"d": text}), json!(["d"])),
            ],
            [
                open(json!({"c": text}), json!(["c"])),
                open(json!({"d": text}), json!([])),
            ],
        ),
        row(
            "property-renamed-when-closed",
            Both,
            [
                closed(json!({"c": text}), json!([])),
                closed(json!({"d": text}), json!([])),
            ],
            [
                open(json!({"c": text}), json!([])),
                open(json!({"d": text}), json!([])),
            ],
        ),
        row(
            "required-property-admitted",
            Both,
            [
                closed(json!({}), json!([])),
                closed(json!({"c": text}), json!(["c"])),
            ],
            [
                open(json!({}), json!([])),
                open(json!({"c": text}), json!(["c"])),
            ],
        ),
        row(
            "required-property-expelled",
            Both,
            [
                closed(json!({"c": text}), json!(["c"])),
                closed(json!({}), json!([])),
            ],
            [
                open(json!({"c": text}), json!(["c"])),
                open(json!({}), json!([])),
            ],
        ),
        row(
            "property-redefined",
            Both,
            [
                map(json!({}), json!([])),
                map(json!({"c": {"type": "integer"}}), json!([])),
            ],
            [
                map(json!({}), json!([])),
                map(json!({"c": text}), json!([])),
            ],
        ),
        row(
            "dependent-required-changed",
            Both,
            [
                object(json!({"dependentRequired": {"b": ["c"]}})),
                object(json!({"dependentRequired": {"b": ["d"]}})),
            ],
            [
                object(json!({"dependentRequired": {"b": ["a"]}})),
                object(json!({})),
            ],
        ),
        row(
            "property-names-changed",
            Both,
            [
                json!({"type": "object", "propertyNames": {"pattern": "^a"}}),
                json!({"type": "object", "propertyNames": {"pattern": "^b"}}),
            ],
            [
                json!({"type": "object"}),
                json!({"type": "object", "propertyNames": {"type": "string"}}),
            ],
        ),
    ];
    rows.extend(twins(
        "required-property-added",
        "required-property-removed",
        open(json!({"a": text}), json!(["a"])),
        open(json!({"a": text, "c": text}), json!(["a", "c"])),
        [
            open(json!({"a": text}), json!(["a"])),
            open(json!({"a": text, "c": text}), json!(["a"])),
        ],
    ));
    rows.extend(twins(
        "property-became-required",
        "property-became-optional",
        object(json!({})),
        object(json!({"required": ["a", "b"]})),
        [
            object(json!({})),
            json!({"allOf": [object(json!({"required": []})), {"required": ["a"]}]}),
        ],
    ));
    rows.extend(twins(
        "property-forbidden",
        "property-admitted",
        closed(json!({"a": text, "c": text}), json!([])),
        closed(json!({"a": text}), json!([])),
        [
            closed(json!({"a": text}), json!([])),
            closed(json!({"a": text, "c": false}), json!([])),
        ],
    ));
    rows.extend(twins(
        "property-restricted",
        "property-relaxed",
        map(json!({}), json!([])),
        map(json!({"c": short}), json!([])),
        [
            map(json!({}), json!([])),
            map(json!({"c": text}), json!([])),
        ],
    ));
    rows.extend(twins(
        "additional-properties-forbidden",
        "additional-properties-allowed",
        object(json!({})),
        object(json!({"additionalProperties": false})),
        [
            object(json!({})),
            object(json!({"additionalProperties": true})),
        ],
    ));
    rows.extend(twins(
        "additional-properties-restricted",
        "additional-properties-unrestricted",
        object(json!({})),
        object(json!({"additionalProperties": {"type": "string"}})),
        [
            object(json!({})),
            object(json!({"additionalProperties": {}})),
        ],
    ));
    rows.extend(twins("property-names-narrowed", "property-names-widened",
        json!({"type": "object"}), json!({"type": "object", "propertyNames": {"maxLength": 3}}),
        [json!({"type": "object", "additionalProperties": false}),
         json!({"type": "object", "additionalProperties": false, "propertyNames": {"maxLength": 3}})]));
    rows.extend(twins(
        "min-properties-set",
        "min-properties-lifted",
        object(json!({})),
        object(json!({"minProperties": 2})),
        [object(json!({})), object(json!({"minProperties": 1}))],
    ));
    rows.extend(twins(
        "min-properties-raised",
        "min-properties-lowered",
        object(json!({"minProperties": 2})),
        object(json!({"minProperties": 3})),
        [
            object(json!({"minProperties": 2})),
            object(json!({"required": ["a", "b"], "minProperties": 2})),
        ],
    ));
    rows.extend(twins(
        "max-properties-set",
        "max-properties-lifted",
        object(json!({})),
        object(json!({"maxProperties": 5})),
        [array(json!({})), array(json!({"maxProperties": 5}))],
    ));
    rows.extend(twins(
        "max-properties-lowered",
        "max-properties-raised",
        object(json!({"maxProperties": 5})),
        object(json!({"maxProperties": 4})),
        [
            object(json!({"maxProperties": 5})),
            object(json!({"allOf": [{"maxProperties": 6}, {"maxProperties": 5}]})),
        ],
    ));
    rows.extend(twins(
        "dependent-required-added",
        "dependent-required-removed",
        object(json!({})),
        object(json!({"dependentRequired": {"b": ["c"]}})),
        [
            object(json!({})),
            object(json!({"dependentRequired": {"b": ["a"]}})),
        ],
    ));
    rows
}

fn unions() -> Vec<Row> {
    let (cat, dog, fish) = (reference("Cat"), reference("Dog"), reference("Fish"));
    let mut rows = vec![
        row(
            "union-members-changed",
            Both,
            [
                any(&[cat.clone(), dog.clone()]),
                any(&[cat.clone(), fish.clone()]),
            ],
            [
                any(&[cat.clone(), dog.clone()]),
                any(&[dog.clone(), cat.clone()]),
            ],
        ),
        row(
            "schema-replaced",
            Both,
            [reference("Named"), reference("Aged")],
            [reference("Named"), reference("AlsoNamed")],
        ),
        row(
            "schema-exchanged",
            Same,
            [reference("AlsoNamed"), reference("NamedWithNick")],
            [reference("Named"), reference("AlsoNamed")],
        ),
    ];
    rows.extend(twins(
        "union-member-removed",
        "union-member-added",
        any(&[cat.clone(), dog.clone(), fish.clone()]),
        any(&[cat.clone(), dog.clone()]),
        [
            any(&[
                cat.clone(),
                dog.clone(),
                with(json!({"maxProperties": 9}), dog.clone()),
            ]),
            any(&[cat.clone(), dog.clone()]),
        ],
    ));
    rows.extend(twins(
        "overlap-forbidden",
        "overlap-allowed",
        any(&[reference("Named"), reference("Aged")]),
        one(&[reference("Named"), reference("Aged")]),
        [any(&[cat.clone(), dog.clone()]), one(&[cat, dog])],
    ));
    rows.extend(twins("schema-narrowed", "schema-widened",
        reference("Named"), reference("Person"),
        [reference("Named"), json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}})]));
    rows
}

fn conditions() -> Vec<Row> {
    let contains = |schema: Value| array(json!({"contains": schema}));
    let mut rows = vec![row(
        "condition-changed",
        Both,
        [
            object(json!({"if": {"required": ["b"]}, "then": {"required": ["c"]}})),
            object(json!({"if": {"required": ["d"]}, "then": {"required": ["c"]}})),
        ],
        [
            object(json!({"then": {"required": ["c"]}})),
            object(json!({"then": {"required": ["d"]}})),
        ],
    )];
    rows.extend(twins(
        "condition-added",
        "condition-removed",
        array(json!({})),
        contains(json!({"const": "x"})),
        [
            integer(json!({})),
            integer(json!({"contains": {"const": "x"}})),
        ],
    ));
    rows.extend(twins(
        "condition-narrowed",
        "condition-widened",
        contains(json!({"type": "string"})),
        contains(string(json!({"maxLength": 2}))),
        [
            contains(json!({"type": "string"})),
            contains(json!({"type": ["string"]})),
        ],
    ));
    rows
}

fn notes() -> Vec<Row> {
    let noted = |key: &str, value: Value| with(json!({"type": "string"}), json!({key: value}));
    let plain = json!({"type": "string"});
    let pets = |more: Value| with(one(&[reference("Cat"), reference("Dog")]), more);
    let kinds = |value: &str| json!({"discriminator": {"propertyName": "kind", "mapping": {value: "#/components/schemas/Cat"}}});
    let in_property =
        |schema: Value| json!({"type": "object", "properties": {"description": schema}});
    vec![
        row(
            "default-set",
            Same,
            [plain.clone(), noted("default", json!("a"))],
            [plain.clone(), noted("example", json!("a"))],
        ),
        row(
            "default-lifted",
            Same,
            [noted("default", json!("a")), plain.clone()],
            [noted("example", json!("a")), plain.clone()],
        ),
        row(
            "default-changed",
            Same,
            [noted("default", json!("a")), noted("default", json!("b"))],
            [
                integer(json!({"default": 1})),
                integer(json!({"default": 1.0})),
            ],
        ),
        row(
            "became-read-only",
            Same,
            [plain.clone(), noted("readOnly", json!(true))],
            [plain.clone(), noted("readOnly", json!(false))],
        ),
        row(
            "became-not-read-only",
            Same,
            [noted("readOnly", json!(true)), plain.clone()],
            [noted("readOnly", json!(false)), plain.clone()],
        ),
        row(
            "became-write-only",
            Same,
            [plain.clone(), noted("writeOnly", json!(true))],
            [plain.clone(), noted("writeOnly", json!(false))],
        ),
        row(
            "became-not-write-only",
            Same,
            [noted("writeOnly", json!(true)), plain.clone()],
            [noted("writeOnly", json!(false)), plain.clone()],
        ),
        row(
            "schema-deprecated",
            Same,
            [plain.clone(), noted("deprecated", json!(true))],
            [plain.clone(), noted("deprecated", json!(false))],
        ),
        row(
            "schema-reinstated",
            Same,
            [noted("deprecated", json!(true)), plain.clone()],
            [noted("deprecated", json!(false)), plain.clone()],
        ),
        row(
            "discriminator-set",
            Same,
            [pets(json!({})), pets(kinds("cat"))],
            [pets(kinds("cat")), pets(kinds("cat"))],
        ),
        row(
            "discriminator-lifted",
            Same,
            [pets(kinds("cat")), pets(json!({}))],
            [pets(kinds("cat")), pets(kinds("cat"))],
        ),
        row(
            "discriminator-changed",
            Same,
            [pets(kinds("cat")), pets(kinds("puss"))],
            [
                pets(kinds("cat")),
                with(
                    any(&[reference("Cat"), reference("Dog"), reference("Fish")]),
                    kinds("fish"),
                ),
            ],
        ),
        row(
            "xml-changed",
            Same,
            [plain.clone(), noted("xml", json!({"attribute": true}))],
            [plain.clone(), in_property(json!({}))],
        ),
        row(
            "title-changed",
            Words,
            [noted("title", json!("A")), noted("title", json!("B"))],
            [
                in_property(json!({"type": "string"})),
                json!({"type": "object", "properties": {"title": {"type": "string"}}}),
            ],
        ),
        row(
            "description-changed",
            Words,
            [
                noted("description", json!("A")),
                noted("description", json!("B")),
            ],
            [
                in_property(json!({"type": "string"})),
                in_property(json!({"type": "integer"})),
            ],
        ),
        row(
            "examples-changed",
            Words,
            [
                noted("examples", json!(["A"])),
                noted("examples", json!(["B"])),
            ],
            [
                noted("example", json!("A")),
                noted("examples", json!(["A"])),
            ],
        ),
        row(
            "external-docs-changed",
            Words,
            [
                plain.clone(),
                noted("externalDocs", json!({"url": "https://a"})),
            ],
            [plain.clone(), plain.clone()],
        ),
        row(
            "comment-changed",
            Words,
            [plain.clone(), noted("$comment", json!("A"))],
            [plain.clone(), noted("default", json!("A"))],
        ),
        row(
            "extension-changed",
            Words,
            [plain.clone(), noted("x-a", json!(1))],
            [
                noted("x-a", json!({"$ref": "#/components/schemas/Cat"})),
                noted("x-a", json!({"$ref": "#/components/schemas/Dog"})),
            ],
        ),
    ]
}

/// Whom a rule breaks where it is sent by the client (`request`), or by the server.
fn expected(way: Way, place: &str) -> &'static str {
    let from_client = matches!(place, "request" | "webhook-answer");
    match (way, from_client) {
        (Less, true) | (More, false) => "c",
        (More, true) | (Less, false) => "s",
        (Both, _) => "cs",
        (Same | Words, _) => "",
    }
}

/// With a component that only the tests of references need.
fn placed(place: &str, schema: &Value) -> Value {
    let mut document = sent(place, schema);
    document["components"]["schemas"]["NamedWithNick"] = json!({"type": "object", "required": ["name"],
        "properties": {"name": {"type": "string"}, "nick": {"type": "string"}}});
    document
}

#[test]
fn every_rule_holds_where_it_should_and_breaks_whom_it_should() {
    for Row {
        stem,
        way,
        holds: [old, new],
        ..
    } in rows()
    {
        for place in PLACES {
            let found = changes(&placed(place, &old), &placed(place, &new));
            let names: Vec<_> = found.iter().map(|change| change.rule.id()).collect();
            assert_eq!(names, [format!("{place}-{stem}")], "{old} → {new}");
            let change = &found[0];
            assert_eq!(broken(change), expected(way, place), "{}", change.rule);
            let asked = matches!(place, "request" | "webhook");
            let direction = if asked {
                Direction::Request
            } else {
                Direction::Response
            };
            assert_eq!(
                (change.direction, change.operation.as_str()),
                (direction, "things:do")
            );
            let new = placed(place, &new);
            let there = new.pointer(&change.location).is_some()
                || placed(place, &old).pointer(&change.location).is_some();
            assert!(there, "{}: nothing at {}", change.rule, change.location);
        }
    }
}

#[test]
fn no_rule_holds_where_it_only_looks_like_it() {
    for Row {
        stem,
        looks: [old, new],
        ..
    } in rows()
    {
        for place in PLACES {
            let found = rules(&placed(place, &old), &placed(place, &new));
            assert!(
                !found.contains(&format!("{place}-{stem}").as_str()),
                "{place}-{stem}: {old} → {new}"
            );
        }
    }
}

#[test]
fn the_same_change_deep_inside_is_the_same_change() {
    let deep = |schema: &Value| {
        json!({"type": "object", "required": ["list"], "properties": {
        "list": {"type": "array", "items": {"anyOf": [{"type": "object", "additionalProperties": schema}, {"type": "null"}]}}}})
    };
    for Row {
        stem,
        holds: [old, new],
        ..
    } in rows()
    {
        // `false` for undeclared properties closes the object, which is a rule of its own.
        if stem.starts_with("schema-forbidden") || stem.starts_with("schema-allowed") {
            continue;
        }
        let found = rules(
            &placed("response", &deep(&old)),
            &placed("response", &deep(&new)),
        );
        assert_eq!(found, [format!("response-{stem}")], "{old} → {new}");
    }
}
