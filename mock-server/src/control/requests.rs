//! `GET`, `DELETE /_mock/requests`: the journal, secrets masked.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::edge::{Exchange, Kept};
use crate::server::Shared;
use crate::state::Timestamp;

/// What stands for a secret.
const MASK: &str = "***";
/// Names whose values are secrets, in bodies and in queries.
const SECRET_NAMES: [&str; 4] = ["key", "token", "secret", "customer_session_token"];
/// What secrets begin with that stand within other texts.
const SECRET_PREFIXES: [&str; 5] = [
    "polar_oat_",
    "polar_pat_",
    "polar_cst_",
    "polar_mst_",
    "whsec_",
];

/// The last requests, oldest first.
#[derive(Serialize, JsonSchema)]
pub(super) struct Requests {
    items: Vec<ExchangeView>,
}

/// A request and its answer. Bodies are JSON with secrets masked; of anything else only the length is told. A method or path
/// that is too long says where it was cut.
#[derive(Serialize, JsonSchema)]
struct ExchangeView {
    number: u64,
    at: Timestamp,
    method: String,
    path: String,
    operation: Option<&'static str>,
    request: Value,
    status: u16,
    answer: Value,
    microseconds: u64,
}

pub(super) async fn get(State(shared): State<Arc<Shared>>) -> Json<Requests> {
    let exchanges = shared.journal.exchanges();
    let items = exchanges
        .into_iter()
        .map(|(number, exchange)| view(number, exchange))
        .collect();
    Json(Requests { items })
}

pub(super) async fn delete(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.journal.clear();
    StatusCode::NO_CONTENT
}

fn view(number: u64, exchange: Exchange) -> ExchangeView {
    ExchangeView {
        number,
        at: exchange.at,
        path: exchange.target.shown(masked_target),
        method: exchange.method.shown(str::to_owned),
        operation: exchange.operation,
        request: masked_body(&exchange.request),
        status: exchange.status,
        answer: masked_body(&exchange.answer),
        microseconds: u64::try_from(exchange.took.as_micros()).unwrap_or(u64::MAX),
    }
}

/// A body as JSON; of anything else, only how long it is.
fn masked_body(body: &Kept) -> Value {
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
                if echo || (is_secret(name) && !value.is_null()) {
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

fn is_secret(name: &str) -> bool {
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

/// Path and query with the values of secret parameters masked.
fn masked_target(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else {
        return masked_text(target);
    };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}={MASK}"),
        _ => masked_text(pair),
    });
    format!(
        "{}?{}",
        masked_text(path),
        pairs.collect::<Vec<_>>().join("&")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
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
            masked_target("/v1/x?token=abc&page=1&q=whsec_abc-1"),
            "/v1/x?token=***&page=1&q=***-1"
        );
    }
}
