//! Bodies: JSON of any kind, and what the contract asks for, as it is and bent out of shape.
//!
//! A body is a [`Value`] in which a text that begins with [`RAW`] stands for what comes behind it, so that a body can have
//! what no `Value` can: `NaN`, endless integers, lone surrogates.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

use super::contract::{alternatives, meant, nullable};
use crate::world::{ACTIVATION, BENEFIT, CUSTOMER, KEY, ORGANIZATION};

/// Begins a text that is written without quotes.
pub const RAW: char = '\u{E000}';

pub fn raw(literal: &str) -> Value {
    Value::String(format!("{RAW}{literal}"))
}

/// The text of a body.
pub fn written(body: &Value) -> String {
    match body {
        Value::String(text) => match text.strip_prefix(RAW) {
            Some(literal) => literal.to_owned(),
            None => body.to_string(),
        },
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(written).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), written(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        _ => body.to_string(),
    }
}

/// A single value at which some rule of the dialect ends.
pub fn edge() -> impl Strategy<Value = Value> {
    let words = [
        "",
        " ",
        "x",
        "1",
        " 1 ",
        "1_0",
        "+1",
        "-1",
        "4.0",
        "1.5",
        "1e3",
        "true",
        "off",
        "null",
        "NaN",
        "inf",
        "é🔑",
        "a\0b",
        "\u{1}\u{7f}\u{2028}\"\\",
        "granted",
        "license_keys",
        "month",
        "ada@example.com",
        "ada@nowhere.test",
        "https://example.com/hook",
        "ftp://x",
        "http://",
        KEY,
        ACTIVATION,
        ORGANIZATION,
        CUSTOMER,
        "FDA84E25-7B55-4D67-916D-60EAD04FF61F",
        "{fda84e25-7b55-4d67-916d-60ead04ff61f}",
        "urn:uuid:fda84e25-7b55-4d67-916d-60ead04ff61f",
        "fda84e257b554d67916d60ead04ff61f",
        "00000000-0000-0000-0000-000000000000",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "fda84e25-7b55-4d67-916d-",
        "2030-01-02T03:04:05Z",
        "2030-01-02T03:04:05.000025",
        "2030-01-02T03:04:05.123456789+05:30",
        "2030-01-02 03:04",
        "2030-01-02",
        "2030-13-02",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "0000-01-01",
        "1893553445",
        "tomorrow",
    ];
    let literals = [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "\"\\ud800\"",
        "\"\\ud83d\\udd11\"",
        "-0.0",
        "1.0",
        "1e2",
        "1.5E-7",
        "1e16",
        "123456789012345678901234567890",
        "-9223372036854775809",
        "9223372036854775807",
    ];
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        proptest::sample::select(&[0, 1, 2, -1, 42, 100, 2_147_483_647, 2_147_483_648_i64][..])
            .prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1_000_000..1_000_000_i32).prop_map(|number| json!(f64::from(number) / 64.0)),
        proptest::sample::select(words.to_vec()).prop_map(Value::from),
        proptest::sample::select(literals.to_vec()).prop_map(raw),
        ".{0,12}".prop_map(Value::from),
        // Longer than any text of the contract may be, and perhaps a number.
        proptest::sample::select(vec!["x", "7", " "]).prop_map(|unit| unit.repeat(5_001).into()),
        proptest::sample::select(vec!["é", "1", "1.0"])
            .prop_map(|unit| format!("{unit:>501}").into()),
        Just(json!([])),
        Just(json!({})),
    ]
}

/// JSON of any kind.
pub fn any_json() -> impl Strategy<Value = Value> {
    edge().prop_recursive(4, 24, 6, |inside| {
        prop_oneof![
            prop::collection::vec(inside.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name(), inside), 0..6).prop_map(object),
        ]
    })
}

fn object(fields: Vec<(String, Value)>) -> Value {
    fields.into_iter().collect::<Map<_, _>>().into()
}

/// A name that some object of the contract has, or none.
fn name() -> impl Strategy<Value = String> {
    let known = [
        "key",
        "organization_id",
        "label",
        "conditions",
        "meta",
        "type",
        "properties",
        "customer_id",
        "metadata",
        "amount_type",
        "expires_at",
        "status",
    ];
    prop_oneof![
        3 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => "[a-z]{0,3}",
        1 => "\\PC{0,3}",
        // Too short and too long for metadata.
        1 => proptest::sample::select(vec![0, 41]).prop_map(|length| "n".repeat(length)),
    ]
}

/// What a schema asks for.
pub fn valid(schema: &'static Value) -> BoxedStrategy<Value> {
    named(schema, "")
}

fn named(schema: &'static Value, name: &str) -> BoxedStrategy<Value> {
    if nullable(schema) {
        let rest = without_null(schema, name);
        return prop_oneof![1 => Just(Value::Null), 4 => rest].boxed();
    }
    without_null(schema, name)
}

fn without_null(schema: &'static Value, name: &str) -> BoxedStrategy<Value> {
    let schema = meant(schema);
    if let Some(others) = alternatives(schema) {
        let others: Vec<_> = others.into_iter().map(|other| named(other, name)).collect();
        return prop::strategy::Union::new(others).boxed();
    }
    if let Some(constant) = schema.get("const") {
        return Just(constant.clone()).boxed();
    }
    if let Some(values) = schema["enum"].as_array() {
        return proptest::sample::select(values.clone()).boxed();
    }
    match schema["type"].as_str() {
        Some("string") => text(schema, name),
        Some("integer") => {
            let (least, most) = bounds(schema);
            (least as i64..=most as i64).prop_map(Value::from).boxed()
        }
        Some("number") => {
            let (least, most) = bounds(schema);
            (least as i64..=most as i64)
                .prop_map(|number| json!(number as f64 + 0.5))
                .boxed()
        }
        Some("boolean") => any::<bool>().prop_map(Value::Bool).boxed(),
        Some("array") => {
            let least = schema["minItems"].as_f64().unwrap_or(0.0) as usize;
            prop::collection::vec(named(&schema["items"], name), least..least + 3)
                .prop_map(Value::from)
                .boxed()
        }
        Some("object") | None if schema.get("properties").is_some() => model(schema),
        Some("object") => {
            let value = match schema.get("additionalProperties") {
                Some(value) if value.is_object() => named(value, ""),
                _ => any_json().boxed(),
            };
            prop::collection::vec(("[a-z]{1,4}", value), 0..4)
                .prop_map(object)
                .boxed()
        }
        _ => any_json().boxed(),
    }
}

fn model(schema: &'static Value) -> BoxedStrategy<Value> {
    let required = schema["required"].as_array();
    let fields = schema["properties"].as_object().expect("properties");
    fields
        .iter()
        .fold(Just(Map::new()).boxed(), |begun, (name, field)| {
            let needed = required.is_some_and(|names| names.iter().any(|other| other == name));
            let value = named(field, name);
            (begun, any::<bool>(), value)
                .prop_map(move |(mut object, given, value)| {
                    if needed || given {
                        object.insert(name.clone(), value);
                    }
                    object
                })
                .boxed()
        })
        .prop_map(Value::Object)
        .boxed()
}

fn bounds(schema: &Value) -> (f64, f64) {
    let bound = |names: [&str; 2], step: f64, otherwise: f64| {
        let inclusive = schema[names[0]].as_f64();
        inclusive
            .or(schema[names[1]].as_f64().map(|bound| bound + step))
            .unwrap_or(otherwise)
    };
    let least = bound(["minimum", "exclusiveMinimum"], 1.0, -3.0);
    // Small as a rule: what is large is tried as an edge.
    (
        least,
        bound(["maximum", "exclusiveMaximum"], -1.0, least + 50.0).min(least + 50.0),
    )
}

fn text(schema: &Value, name: &str) -> BoxedStrategy<Value> {
    let one_of = |texts: &'static [&'static str]| {
        proptest::sample::select(texts)
            .prop_map(Value::from)
            .boxed()
    };
    match (schema["format"].as_str(), name) {
        (Some("uuid4"), "organization_id") => one_of(&[ORGANIZATION]),
        (Some("uuid4"), "customer_id") => one_of(&[CUSTOMER]),
        (Some("uuid4"), "activation_id") => one_of(&[ACTIVATION]),
        (Some("uuid4"), _) => one_of(&[BENEFIT, "3f0a4c8e-2d1b-4b7a-9c5e-6f7081923a4b"]),
        (Some("date-time"), _) => one_of(&["2030-01-02T03:04:05.000025Z", "2031-05-06"]),
        (Some("uri"), _) => one_of(&["https://example.com/", "https://example.com/a?b#c"]),
        (Some("email"), _) => one_of(&["ada@example.com", "bob@example.com"]),
        (_, "key") => one_of(&[KEY, "none"]),
        (_, "external_customer_id" | "external_id") => one_of(&["mock-customer", "none"]),
        _ => {
            let least = schema["minLength"].as_f64().unwrap_or(0.0) as usize;
            let most = schema["maxLength"]
                .as_f64()
                .map_or(least + 20, |most| most as usize);
            prop::collection::vec(
                prop::char::ranges((&['a'..='z', '0'..='9', 'é'..='é'][..]).into()),
                least..=most.min(least + 20),
            )
            .prop_map(|characters| characters.into_iter().collect::<String>().into())
            .boxed()
        }
    }
}

/// A way to bend a value.
#[derive(Debug, Clone)]
pub enum Bend {
    /// Another value stands in its place.
    Replace(Value),
    /// It is gone.
    Remove,
    /// It is said in another way that lax decoding may take.
    Respell,
    /// It stands in a list.
    Wrap,
    /// The object that it stands in has another name.
    Beside(String, Value),
}

/// Places in a value, counted through, and what is done there.
pub fn bends() -> impl Strategy<Value = Vec<(Index, Bend)>> {
    let bend = prop_oneof![
        4 => edge().prop_map(Bend::Replace),
        1 => any_json().prop_map(Bend::Replace),
        2 => Just(Bend::Remove),
        2 => Just(Bend::Respell),
        1 => Just(Bend::Wrap),
        1 => (name(), edge()).prop_map(|(name, value)| Bend::Beside(name, value)),
    ];
    prop::collection::vec((any::<Index>(), bend), 1..4)
}

pub fn bent(mut body: Value, bends: &[(Index, Bend)]) -> Value {
    for (place, bend) in bends {
        let mut places = Vec::new();
        collect(&body, String::new(), &mut places);
        let place = place.get(&places);
        apply(&mut body, place, bend);
    }
    body
}

fn collect(value: &Value, pointer: String, places: &mut Vec<String>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, item)| (i.to_string(), item))
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        _ => Vec::new(),
    };
    for (step, value) in inside {
        collect(value, format!("{pointer}/{step}"), places);
    }
    places.push(pointer);
}

fn apply(body: &mut Value, place: &str, bend: &Bend) {
    if let Bend::Remove = bend {
        let Some((outside, step)) = place.rsplit_once('/') else {
            return;
        };
        let step = step.replace("~1", "/").replace("~0", "~");
        match body.pointer_mut(outside) {
            Some(Value::Object(fields)) => drop(fields.shift_remove(&step)),
            Some(Value::Array(items)) => drop(items.remove(step.parse().expect("an index"))),
            _ => {}
        }
        return;
    }
    let Some(value) = body.pointer_mut(place) else {
        return;
    };
    match bend {
        Bend::Replace(other) => *value = other.clone(),
        Bend::Respell => *value = respelled(value),
        Bend::Wrap => *value = json!([value.take()]),
        Bend::Beside(name, other) => {
            if let Value::Object(fields) = value {
                fields.insert(name.clone(), other.clone());
            }
        }
        Bend::Remove => {}
    }
}

fn respelled(value: &Value) -> Value {
    match value {
        // What is longer is no float any more.
        Value::Number(number) if number.as_i64().is_some_and(|n| n.abs() < 1 << 53) => {
            raw(&format!("{number}.0"))
        }
        Value::Number(number) => Value::from(format!(" {number} ")),
        Value::Bool(flag) => Value::from(if *flag { "ON" } else { "f" }),
        Value::String(text) => text.to_uppercase().into(),
        Value::Array(items) => items.first().cloned().unwrap_or_default(),
        Value::Object(fields) => Value::Array(fields.values().cloned().collect()),
        Value::Null => json!("null"),
    }
}

/// What an operation with this body may be sent.
pub fn sent(schema: &'static Value) -> BoxedStrategy<Value> {
    prop_oneof![
        1 => any_json(),
        1 => valid(schema),
        6 => (valid(schema), bends()).prop_map(|(body, bends)| bent(body, &bends)),
    ]
    .boxed()
}
