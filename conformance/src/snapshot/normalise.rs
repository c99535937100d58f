//! Turns values into reference tokens: the reverse of [`crate::tokens`].

use std::sync::LazyLock;

use indexmap::IndexMap;
use regex::{Captures, Regex};

use crate::json::{Object, Value};
use crate::tokens::Kind;

/// Replaces generated values by tokens. One value has one token for as long as the normaliser lives, so that
/// identity between answers stays visible.
#[derive(Debug, Default, Clone)]
pub struct Normaliser {
    tokens: IndexMap<String, String>,
    counts: IndexMap<&'static str, usize>,
}

/// What a longer text may contain, each kind as one named group.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests below"
)]
static VALUES: LazyLock<Regex> = LazyLock::new(|| {
    let group = |name: &str, pattern: &str| format!("(?<{name}>{pattern})");
    let alternatives = [
        group("time", Kind::Time.pattern()),
        group("key", Kind::Key.pattern()),
        group("id", Kind::Id("id").pattern()),
        format!(
            "(?<prefix>polar_(?:mst|cst)_){}",
            group("token", "[A-Za-z0-9]{20,}")
        ),
        format!(
            r"(?<stars>\*{{4}}-){}",
            group("key_end", Kind::KeyEnd.pattern())
        ),
        group(
            "frontend",
            "https?://(?:127\\.0\\.0\\.1|localhost|polar\\.sh|sandbox\\.polar\\.sh)(?::[0-9]+)?",
        ),
    ];
    Regex::new(&alternatives.join("|")).unwrap()
});

impl Normaliser {
    /// The value with tokens in it. `root` is the kind of the value itself: what its `id` identifies.
    pub fn value(&mut self, value: &Value, root: &'static str) -> Value {
        match value {
            Value::Object(entries) => Value::Object(self.object(entries, root)),
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.value(item, root)).collect())
            }
            Value::String(text) => Value::String(self.text(text, root)),
            other => other.clone(),
        }
    }

    /// The text with tokens in it; a new id gets this `kind`.
    pub fn text(&mut self, text: &str, kind: &'static str) -> String {
        VALUES
            .replace_all(text, |found: &Captures<'_>| {
                let part = |name: &str| found.name(name).map(|hit| hit.as_str());
                if part("time").is_some() {
                    "<time>".to_owned()
                } else if let Some(key) = part("key") {
                    self.key(key)
                } else if let Some(id) = part("id") {
                    self.token(id, kind)
                } else if let (Some(prefix), Some(token)) = (part("prefix"), part("token")) {
                    format!("{prefix}{}", self.token(token, "token"))
                } else if let (Some(stars), Some(end)) = (part("stars"), part("key_end")) {
                    format!("{stars}{}", self.key_end(end))
                } else {
                    self.token(&found[0], "frontend")
                }
            })
            .into_owned()
    }

    fn object(&mut self, entries: &Object, root: &'static str) -> Object {
        // An object's own id comes first, so that a field that repeats it does not decide its kind.
        if let Some(Value::String(id)) = entries.get("id") {
            self.text(id, root);
        }
        entries
            .iter()
            .map(|(name, value)| (name.clone(), self.value(value, kind_of(name, root))))
            .collect()
    }

    fn key(&mut self, key: &str) -> String {
        let token = self.token(key, "key");
        if let Some(end) = key.len().checked_sub(6).and_then(|start| key.get(start..)) {
            self.tokens
                .insert(format!("end {end}"), token.replace("<key:", "<key_end:"));
        }
        token
    }

    fn key_end(&mut self, end: &str) -> String {
        self.tokens
            .get(&format!("end {end}"))
            .cloned()
            .unwrap_or_else(|| "<key_end>".to_owned())
    }

    fn token(&mut self, value: &str, kind: &'static str) -> String {
        if let Some(token) = self.tokens.get(value) {
            return token.clone();
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let token = format!("<{kind}:{count}>");
        self.tokens.insert(value.to_owned(), token.clone());
        token
    }
}

/// The kind of an id in a field of this name. A plain `id` has the kind of its object.
fn kind_of(name: &str, root: &'static str) -> &'static str {
    match name {
        "activation" | "activations" | "activation_id" => "activation",
        "license_key" | "license_key_id" => "license_key",
        "customer" | "customer_id" | "user" | "user_id" => "customer",
        "organization" | "organization_id" => "organization",
        "benefit" | "benefit_id" => "benefit",
        "member" | "member_id" => "member",
        "default_payment_method_id" | "loc" | "input" => "id",
        _ => root,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Style, parse, write};

    const KEY_ID: &str = "508176f7-065a-4b5d-b524-4e9c8a11ed63";
    const OTHER: &str = "fda84e25-7b55-4d67-916d-60ead04ff61f";

    fn normalised(normaliser: &mut Normaliser, text: &str) -> String {
        write(
            &normaliser.value(&parse(text).unwrap(), "license_key"),
            Style::Compact,
        )
    }

    #[test]
    fn one_value_has_one_token_and_the_field_names_it() {
        let mut normaliser = Normaliser::default();
        let text = format!(
            r#"{{"id":"{KEY_ID}","organization_id":"{OTHER}","created_at":"2026-01-01T00:00:00Z","activation":{{"id":"{OTHER}","license_key_id":"{KEY_ID}"}}}}"#
        );
        assert_eq!(
            normalised(&mut normaliser, &text),
            r#"{"id":"<license_key:1>","organization_id":"<organization:1>","created_at":"<time>","activation":{"id":"<organization:1>","license_key_id":"<license_key:1>"}}"#
        );
        assert_eq!(
            normaliser.text(&format!("/v1/license-keys/{KEY_ID}"), "id"),
            "/v1/license-keys/<license_key:1>"
        );
    }

    #[test]
    fn keys_tokens_and_hosts_are_replaced_inside_texts() {
        let mut normaliser = Normaliser::default();
        let text = r#"{"key":"PRE-1C285B2D-6CE6-4BC7-B8BE-ADB6A7E304DA","display_key":"****-E304DA","token":"polar_mst_abcdefghijklmnopqrstuvwx","url":"http://127.0.0.1:4242/x?customer_session_token=polar_mst_abcdefghijklmnopqrstuvwx&email=a","usage":0,"label":"x"}"#;
        assert_eq!(
            normalised(&mut normaliser, text),
            r#"{"key":"PRE-<key:1>","display_key":"****-<key_end:1>","token":"polar_mst_<token:1>","url":"<frontend:1>/x?customer_session_token=polar_mst_<token:1>&email=a","usage":0,"label":"x"}"#
        );
    }
}
