//! The requests on which the real server fails (docs/behaviour.md#server-errors). On anything else the mock must not
//! answer 500.

use serde_json::Value;

use super::bodies::RAW;

/// Whether a body may be answered with 500.
pub fn of_body(operation: &str, body: &Value) -> bool {
    let is_null = |name: &&str| body.get(name).is_some_and(Value::is_null);
    anywhere(body, &|value| match value {
        Value::String(text) => unstorable(text),
        _ => false,
    }) || match operation.rsplit(':').next() {
        Some("validate") => overflows(&body["increment_usage"]),
        Some("update") if operation == "license_keys:update" => {
            is_null(&"status") || leaves_years(&body["expires_at"])
        }
        Some("update") if operation == "products:update" => {
            ["name", "is_archived", "visibility"].iter().any(is_null)
        }
        Some("update") if operation == "benefits:update" => is_null(&"description"),
        // A moment may have no offset, and the subscription may be in its trial.
        Some("update") if operation == "subscriptions:update" => {
            let is_text = |name: &&str| body.get(name).is_some_and(Value::is_string);
            ["trial_end", "resumes_at", "product_id"]
                .iter()
                .any(is_text)
                || leaves_years(&body["current_billing_period_end"])
        }
        _ => false,
    }
}

/// Whether a query may be answered with 500: a page that is further away than 64 bits count, or U+0000 in a text that the
/// database is to look for.
pub fn of_query(pairs: &[(String, String)]) -> bool {
    pairs.iter().any(|(name, value)| match name.as_str() {
        "page" => value.len() > 15,
        "query" | "external_customer_id" => value.contains('\0'),
        "canceled_at_after" | "canceled_at_before" | "started_after" | "started_before" => {
            leaves_years(&Value::from(value.as_str()))
        }
        _ => false,
    })
}

/// Whether a path has an external id with U+0000, which the database is asked for.
pub fn of_path(target: &str) -> bool {
    let path = target.split('?').next().unwrap_or_default();
    path.contains("/external/") && path.contains("%00")
}

fn anywhere(value: &Value, holds: &dyn Fn(&Value) -> bool) -> bool {
    holds(value)
        || match value {
            Value::Array(items) => items.iter().any(|item| anywhere(item, holds)),
            Value::Object(fields) => fields.values().any(|field| anywhere(field, holds)),
            _ => false,
        }
}

/// `NaN`, infinities, lone surrogates, and texts that are too long to stay texts and become such a number.
fn unstorable(text: &str) -> bool {
    let number = |text: &str| text.trim().replace('_', "").parse::<f64>();
    match text.strip_prefix(RAW) {
        Some("\"\\ud800\"" | "NaN" | "Infinity" | "-Infinity") => true,
        Some(literal) => number(literal).is_ok_and(f64::is_infinite),
        None => text.chars().count() > 500 && number(text).is_ok_and(|number| !number.is_finite()),
    }
}

/// Whether a usage may outgrow 32 bits by it.
fn overflows(increment: &Value) -> bool {
    let number = match increment {
        Value::String(text) => text
            .trim_start_matches(RAW)
            .trim()
            .replace('_', "")
            .parse()
            .ok(),
        other => other.as_f64(),
    };
    number.is_some_and(|number: f64| number > 2_000_000_000.0)
}

/// Whether a moment may not be one of the years 1 to 9999 in UTC.
fn leaves_years(expires_at: &Value) -> bool {
    let text = expires_at.as_str().unwrap_or_default();
    text.starts_with("0001-01-01") || text.starts_with("9999-12-31")
}
