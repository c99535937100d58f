//! Journal entries without the secrets in them.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::shared::Kept;
use crate::shared::Shared;

/// What stands for a secret.
const MASK: &str = "***";
/// Names whose values are secrets, in bodies.
const SECRET_NAMES: [&str; 7] = [
    "key",
    "token",
    "secret",
    "customer_session_token",
    "access_token",
    "control_token",
    "authorization",
];
/// How the names of secret parameters end, letters and digits only.
const SECRET_ENDINGS: [&str; 7] = [
    "key",
    "token",
    "secret",
    "authorization",
    "auth",
    "password",
    "bearer",
];
/// How secrets within other texts begin.
const SECRET_PREFIXES: [&str; 5] = [
    "polar_oat_",
    "polar_pat_",
    "polar_cst_",
    "polar_mst_",
    "whsec_",
];
/// What stands between the words of a path or query.
const BETWEEN_WORDS: &[char] = &['/', '?', '&', ';', '=', '#', ',', '"', ' '];
/// What stands between pairs of a name and a value.
const BETWEEN_PAIRS: &[char] = &['?', '&', ';', '#', ' '];
/// How often a text is decoded to see what it hides.
const DECODED: usize = 4;

/// A body as JSON; of anything else, only how long it is.
pub(super) fn masked_body(body: &Kept) -> Value {
    if body.length == 0 {
        return Value::Null;
    }
    match serde_json::from_slice(&body.bytes) {
        // A body that is one text may be a key that somebody forgot to wrap.
        Ok(Value::String(_)) => MASK.into(),
        Ok(mut value) => {
            mask(&mut value);
            value
        }
        Err(_) => json!({"bytes": body.length}),
    }
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                // A refusal repeats what it refuses, which may be a secret at the wrong place.
                let echo = name == "input" && (value.is_string() || value.is_array());
                if echo || (is_secret_field(name) && !value.is_null()) {
                    *value = MASK.into();
                } else {
                    mask(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::String(text) => *text = masked_text(text),
        _ => {}
    }
}

fn is_secret_field(name: &str) -> bool {
    SECRET_NAMES
        .iter()
        .any(|secret| name.eq_ignore_ascii_case(secret))
}

/// A text without the secrets in it.
fn masked_text(text: &str) -> String {
    let mut rest = text;
    let mut masked = String::with_capacity(text.len());
    while let Some(start) = SECRET_PREFIXES
        .iter()
        .filter_map(|prefix| rest.find(prefix))
        .min()
    {
        masked.push_str(&rest[..start]);
        masked.push_str(MASK);
        let secret = &rest[start..];
        let end = secret.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        rest = &secret[end.unwrap_or(secret.len())..];
    }
    masked.push_str(rest);
    masked
}

/// Path and query with every secret masked, however it is encoded.
pub(super) fn masked_target(shared: &Shared, target: &str) -> String {
    let control = shared.access.control_token.as_deref();
    let (world, now) = (shared.world(), shared.clock.now());
    masked(target, &|text| {
        control.is_some_and(|token| text.contains(token)) || world.token(text, now).is_some()
    })
}

/// The same; `is_token` recognises tokens without a known prefix.
fn masked(target: &str, is_token: &dyn Fn(&str) -> bool) -> String {
    let hides = |text: &str| hides_secret(text, is_token);
    if !hides(target) {
        return target.to_owned();
    }
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let segments = path
        .split('/')
        .map(|segment| if hides(segment) { MASK } else { segment });
    let mut masked = segments.collect::<Vec<_>>().join("/");
    if let Some(query) = query {
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            _ if !hides(pair) => Cow::Borrowed(pair),
            Some((name, _)) if !hides(name) => format!("{name}={MASK}").into(),
            _ => MASK.into(),
        });
        masked = format!("{masked}?{}", pairs.collect::<Vec<_>>().join("&"));
    }
    // A secret may contain the separators.
    if hides(&masked) {
        return format!("/{MASK}");
    }
    masked
}

/// Whether a path, a query or a part of them contains a secret, encoded or not.
fn hides_secret(text: &str, is_token: &dyn Fn(&str) -> bool) -> bool {
    // In a form, `+` is a blank.
    let form = text.contains('+').then(|| text.replace('+', " "));
    [Some(Cow::Borrowed(text)), form.map(Cow::Owned)]
        .into_iter()
        .flatten()
        .any(|mut text| {
            for _ in 0..DECODED {
                if has_secret(&text, is_token) {
                    return true;
                }
                let decoded = percent_decode_str(&text).decode_utf8_lossy();
                if decoded == text {
                    return false;
                }
                text = decoded.into_owned().into();
            }
            // Encoded this many times, it is taken for a secret.
            true
        })
}

fn has_secret(text: &str, is_token: &dyn Fn(&str) -> bool) -> bool {
    SECRET_PREFIXES.iter().any(|prefix| text.contains(prefix))
        || is_token(text)
        || text.split(BETWEEN_WORDS).any(is_token)
        || text
            .split(BETWEEN_PAIRS)
            .filter_map(|pair| pair.split_once('='))
            .any(|(name, value)| {
                is_token(value) || (!matches!(value, "" | MASK) && is_secret_parameter(name))
            })
}

fn is_secret_parameter(name: &str) -> bool {
    let letters = name.bytes().rev().filter(u8::is_ascii_alphanumeric);
    SECRET_ENDINGS.iter().any(|ending| {
        let end = letters.clone().take(ending.len());
        end.map(|letter| letter.to_ascii_lowercase())
            .eq(ending.bytes().rev())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_wherever_they_are() {
        let mut body = json!({
            "key": "ACME-1", "license_key": {"key": "ACME-2", "display_key": "****-ACME-2"},
            "customer_portal_url": "https://x/portal?customer_session_token=polar_mst_abc&email=a",
            "detail": [{"loc": ["body"], "input": "{\"key\":\"ACME-3\"}"}], "token": null,
        });
        mask(&mut body);
        let expected = json!({
            "key": "***", "license_key": {"key": "***", "display_key": "****-ACME-2"},
            "customer_portal_url": "https://x/portal?customer_session_token=***&email=a",
            "detail": [{"loc": ["body"], "input": "***"}], "token": null,
        });
        assert_eq!(body, expected);
        assert_eq!(
            masked("/v1/x?token=abc&page=1&q=whsec_abc-1", &|_| false),
            "/v1/x?token=***&page=1&q=***"
        );
    }
}
