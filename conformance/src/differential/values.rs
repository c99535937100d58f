//! Random values along the contract's schemas: valid, slightly wrong, very wrong.

use polar_openapi::refs::resolve;
use serde_json::{Map, Value, json};

use super::chance::Chance;
use super::pool::Pool;

/// How deep a schema is followed.
const DEPTH: usize = 8;

/// Draws values.
pub(super) struct Values<'a> {
    /// The contract.
    pub(super) document: &'a Value,
    /// Where the choices come from.
    pub(super) chance: &'a mut Chance,
    /// What can be referred to.
    pub(super) pool: &'a Pool,
    /// The mark of the run.
    pub(super) mark: &'a str,
}

impl Values<'_> {
    /// A value that the schema of a field with this name allows, as far as the schema tells.
    pub(super) fn valid(&mut self, schema: &Value, name: &str, depth: usize) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let schema = resolve(self.document, reference).unwrap_or(&Value::Null);
            return self.valid(schema, name, depth);
        }
        if let Some(known) = self.known(name) {
            return known;
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(values) = schema["enum"].as_array() {
            return self.chance.one(values).cloned().unwrap_or_default();
        }
        for union in ["oneOf", "anyOf"] {
            if let Some(branches) = schema[union].as_array() {
                return self.branch(branches, name, depth);
            }
        }
        match schema["type"].as_str() {
            Some("object") => self.object(schema, depth),
            Some("array") => {
                let least = count(&schema["minItems"]).unwrap_or(0);
                let more = if depth < DEPTH {
                    self.chance.below(3)
                } else {
                    0
                };
                (0..least.max(more))
                    .map(|_| self.valid(&schema["items"], name, depth + 1))
                    .collect()
            }
            Some("integer" | "number") => self.number(schema),
            Some("boolean") => json!(self.chance.percent(50)),
            Some("null") => Value::Null,
            Some("string") => self.string(schema, name),
            _ => json!("anything"),
        }
    }

    /// A value for a field whose name tells what it refers to.
    fn known(&mut self, name: &str) -> Option<Value> {
        let kind = match name {
            "customer_id" => "customer",
            "product_id" => "product",
            "benefit_id" | "benefits" => "benefit",
            "activation_id" => "activation",
            "subscription_id" => "subscription",
            "endpoint_id" => "webhook_endpoint",
            "key" if self.chance.percent(85) => return self.pool.key(self.chance).map(Value::from),
            "external_customer_id" | "customer_external_id" => {
                return self.pool.external(self.chance).map(Value::from);
            }
            "external_id" => return Some(json!(format!("{}-«serial»", self.mark))),
            "email" => return Some(json!(format!("{}-«serial»@example.com", self.mark))),
            "url" => {
                let url = format!("https://polar-conformance.invalid/{}", self.mark);
                return Some(json!(url));
            }
            "organization_id" if self.chance.percent(60) => return Some(json!("«organization»")),
            _ => return None,
        };
        let id = self.pool.id(kind, self.chance)?;
        Some(if name == "benefits" {
            json!([id])
        } else {
            json!(id)
        })
    }

    fn branch(&mut self, branches: &[Value], name: &str, depth: usize) -> Value {
        let at = self.chance.below(branches.len());
        // Most benefits are for license keys, which have the most to show.
        let keys = branches.iter().find(|branch| {
            branch["$ref"]
                .as_str()
                .is_some_and(|to| to.contains("LicenseKeys"))
        });
        match keys {
            Some(keys) if self.chance.percent(60) => self.valid(keys, name, depth),
            _ => self.valid(&branches[at], name, depth),
        }
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut object = Map::new();
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let wanted = required.contains(&name.as_str());
            if wanted || (depth < DEPTH && self.chance.percent(30)) {
                object.insert(name.clone(), self.valid(field, name, depth + 1));
            }
        }
        if schema["additionalProperties"].is_object() && depth < DEPTH {
            for name in ["color", "Größe", "n"].iter().take(self.chance.below(4)) {
                let value = self.valid(&schema["additionalProperties"], "", depth + 1);
                object.insert((*name).to_owned(), value);
            }
        }
        Value::Object(object)
    }

    fn number(&mut self, schema: &Value) -> Value {
        let bound = |name: &str| schema[name].as_f64();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "bounds of the contract are small"
        )]
        let least = bound("minimum")
            .or_else(|| bound("exclusiveMinimum").map(|least| least + 1.0))
            .unwrap_or(0.0) as i64;
        let small = i64::try_from(self.chance.below(12)).unwrap_or_default();
        json!(least + small)
    }

    fn string(&mut self, schema: &Value, name: &str) -> Value {
        let text = match schema["format"].as_str() {
            Some("uuid" | "uuid4") => STRANGER.to_owned(),
            Some("date-time") => self.chance.text(MOMENTS).to_owned(),
            Some("date") => "2030-02-28".to_owned(),
            Some("uri") => "https://polar-conformance.invalid/x".to_owned(),
            _ if matches!(name, "name" | "description") => {
                format!("{} {} «serial»", self.mark, self.chance.text(WORDS))
            }
            _ => self.chance.text(WORDS).to_owned(),
        };
        let longest = count(&schema["maxLength"]).unwrap_or(usize::MAX);
        json!(text.chars().take(longest).collect::<String>())
    }

    /// Changes one place of a value: another value, one less, one more.
    pub(super) fn spoil(&mut self, value: &mut Value) {
        let mut places = Vec::new();
        pointers(value, "", &mut places);
        let Some(place) = self.chance.one(&places).cloned() else {
            return;
        };
        let Some(at) = value.pointer_mut(&place) else {
            return;
        };
        match at {
            Value::Object(entries) if self.chance.percent(60) => {
                let names: Vec<String> = entries.keys().cloned().collect();
                match self.chance.one(&names) {
                    Some(name) if self.chance.percent(60) => {
                        entries.remove(name);
                    }
                    _ => {
                        entries.insert("unknown_field".to_owned(), json!(1));
                    }
                }
            }
            Value::Array(items) if self.chance.percent(60) => {
                let again = items.first().cloned().unwrap_or_else(|| self.odd());
                items.push(again);
            }
            Value::String(text) if self.chance.percent(40) => {
                *text = match self.chance.below(8) {
                    0 => format!(" {text}"),
                    1 => format!("{text}  "),
                    2 => text.to_uppercase(),
                    3 => format!("{text}\u{0}"),
                    4 => text.repeat(12),
                    5 => format!("{text}é"),
                    6 => text.chars().take(1).collect(),
                    _ => format!("x{text}"),
                };
            }
            other => *other = self.odd(),
        }
    }

    /// A value that hardly fits anywhere.
    pub(super) fn odd(&mut self) -> Value {
        let odd = [
            json!(null),
            json!(true),
            json!(false),
            json!("true"),
            json!(0),
            json!(-1),
            json!(1),
            json!(1.0),
            json!(1.5),
            json!("1"),
            json!("1.0"),
            json!(101),
            json!(1001),
            json!(2_147_483_647),
            json!(2_147_483_648_u32),
            json!(9_223_372_036_854_775_808_u64),
            json!(1e30),
            json!(""),
            json!(" "),
            json!("\t\n"),
            json!("a"),
            json!("a".repeat(43)),
            json!("a".repeat(65)),
            json!("a".repeat(129)),
            json!("a".repeat(257)),
            json!("a".repeat(501)),
            json!("a\u{0}b"),
            json!("😀"),
            json!("null"),
            json!("None"),
            json!([]),
            json!([null]),
            json!(["a"]),
            json!({}),
            json!({"a": 1}),
            json!("2030-02-30T00:00:00Z"),
            json!("2030-01-01"),
            json!("2030-01-01T00:00:00"),
            json!("2030-01-01T00:00:00.123456+02:00"),
            json!("2020-01-01T00:00:00Z"),
            json!(1_893_456_000),
            json!("1893456000"),
            json!(STRANGER),
            json!(STRANGER.to_uppercase()),
            json!(STRANGER.replace('-', "")),
            json!("00000000-0000-1000-8000-000000000000"),
            json!("US"),
            json!("us"),
            json!("XX"),
            json!("CA"),
            json!("month"),
            json!("eur"),
            json!("license_keys"),
            json!("a@b"),
            json!("ä@example.com"),
            json!("A@EXAMPLE.COM"),
        ];
        self.chance.one(&odd).cloned().unwrap_or_default()
    }
}

/// An id that nothing has.
pub(super) const STRANGER: &str = "7f3c2a10-4b5d-4e8f-9a6b-0c1d2e3f4a5b";

const MOMENTS: &[&str] = &[
    "2030-01-01T00:00:00Z",
    "2035-12-31T23:59:59.5Z",
    "2030-01-01T00:00:00+02:00",
    "2020-01-01T00:00:00Z",
];

const WORDS: &[&str] = &[
    "Ada",
    "one",
    "Ünïcode",
    "two words",
    "x-1",
    "PRE",
    "🔑",
    "a%_\\b",
    "İß\u{2028}",
    "<i>'\"&",
    " blank ",
];

fn count(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok()
}

/// Every place of a value, as JSON Pointers.
pub(super) fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(entries) => {
            for (name, value) in entries {
                pointers(value, &polar_openapi::pointer::join(at, name), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pointers(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}
