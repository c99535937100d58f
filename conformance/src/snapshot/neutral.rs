//! Removes differences between targets that mean nothing: names, addresses, pictures.

use std::sync::LazyLock;

use regex::Regex;

use crate::json::Value;
use crate::tokens::NewerFields;

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests below"
)]
static PORTAL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(https?://[^/]+)/[^/?]+/portal(\?.*?)&email=[^&]+$").unwrap());

/// The value with placeholders for what depends on the target, and without fields that only newer servers send.
pub(super) fn neutral(value: &Value) -> Value {
    let newer = NewerFields::of_version(None);
    each_field(value, &|name, value| match (name, value) {
        (name, _) if newer.allow(name) => None,
        ("customer_portal_url", Value::String(url)) => {
            let url = PORTAL.replace(url, "$1/(slug)/portal$2&email=(email)");
            Some(Value::String(url.into_owned()))
        }
        (
            "email" | "external_id" | "name" | "billing_name" | "public_name" | "avatar_url",
            Value::String(_),
        ) => Some(Value::String(format!("({})", name.replace('_', " ")))),
        (_, value) => Some(neutral(value)),
    })
}

/// The value with `<time|null>` as the customer's `modified_at`: creating the keys may have changed the customer.
pub(super) fn undated(value: &Value) -> Value {
    each_field(value, &|name, value| match (name, value) {
        ("customer", Value::Object(fields)) => {
            let mut fields = fields.clone();
            if let Some(moment) = fields.get_mut("modified_at") {
                *moment = Value::from("<time|null>");
            }
            Some(Value::Object(fields))
        }
        (_, value) => Some(undated(value)),
    })
}

/// The value with each field of its objects, at any depth, replaced or left out.
fn each_field(value: &Value, change: &dyn Fn(&str, &Value) -> Option<Value>) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), change(name, value)?)))
                .collect(),
        ),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| each_field(item, change)).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Style, parse, write};

    #[test]
    fn who_it_is_does_not_matter() {
        let text = r#"{"modified_at":null,"is_deletable":true,"customer":{"modified_at":null,"name":"Ada","billing_name":null,"email":"a@b.c"},"customer_portal_url":"http://x:1/some-slug/portal?customer_session_token=polar_mst_a&email=a%40b.c"}"#;
        assert_eq!(
            write(&undated(&neutral(&parse(text).unwrap())), Style::Compact),
            r#"{"modified_at":null,"customer":{"modified_at":"<time|null>","name":"(name)","billing_name":null,"email":"(email)"},"customer_portal_url":"http://x:1/(slug)/portal?customer_session_token=polar_mst_a&email=(email)"}"#
        );
    }
}
