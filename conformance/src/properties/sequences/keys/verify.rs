//! Compares an answer of the server with the model's.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::execution::{Execution, Seen, label};
use crate::compare::{Comparison, Mismatch, compare};
use crate::json::{Value, parse};
use crate::model::{Expected, Handle, Key, Refusal};
use crate::properties::sequences::{differs, display, shows};
use crate::tokens::Bindings;
use crate::wire::Answer;

/// Compares them, and remembers every key that the answer shows.
pub(super) fn verify(
    run: &mut Execution<'_>,
    expected: &Expected,
    answer: &Answer,
) -> Result<(), Mismatch> {
    let status = expected.status();
    if answer.status != status {
        let got = answer.text().chars().take(200).collect::<String>();
        return Err(differs(
            "status",
            &format!("{status} ({expected:?})"),
            &format!("{} {got}", answer.status),
        ));
    }
    let body = parse(&answer.text()).unwrap_or(Value::Null);
    match expected {
        Expected::Refused(refusal) => refused(*refusal, &body),
        Expected::Done | Expected::Later => Ok(()),
        Expected::Key(key) => shows_key(run, "$", *key, &body),
        Expected::KeyWithActivations(key, handles) => {
            shows_key(run, "$", *key, &body)?;
            shows_activations(run, handles, &body)
        }
        Expected::Valid(key, activation) => {
            shows_key(run, "$", *key, &body)?;
            match (activation, body.get("activation")) {
                (None, Some(Value::Null)) => Ok(()),
                (Some(handle), Some(shown)) => {
                    shows_activation(run, "$.activation", *handle, shown)
                }
                (_, shown) => {
                    let expected = activation.map_or("null", |_| "an activation");
                    Err(differs("$.activation", expected, &display(shown)))
                }
            }
        }
        Expected::Activation(handle) => {
            shows_activation(run, "$", *handle, &body)?;
            let key = run.model.activations()[*handle].key;
            shows_key(
                run,
                "$.license_key",
                key,
                body.get("license_key").unwrap_or(&Value::Null),
            )
        }
        Expected::Page { keys, total, pages } => shows_page(run, keys, (*total, *pages), &body),
    }
}

fn refused(refusal: Refusal, body: &Value) -> Result<(), Mismatch> {
    let expected = Value::from(&refusal.answer().1);
    let found = compare(
        &expected,
        body,
        &mut Bindings::new(""),
        Comparison::default(),
    );
    found.into_iter().next().map_or(Ok(()), Err)
}

fn shows_key(
    run: &mut Execution<'_>,
    at: &str,
    index: usize,
    body: &Value,
) -> Result<(), Mismatch> {
    let key = run.model.keys()[index].clone();
    let text = run.texts.get(&key.text).cloned().unwrap_or_default();
    let ending: String = text
        .chars()
        .skip(text.chars().count().saturating_sub(6))
        .collect();
    let status: &str = key.status.into();
    let customer = run.customer(key.organization);
    let fields = [
        ("id", json!(run.setup.keys[index].id)),
        ("organization_id", json!(run.organization(key.organization))),
        ("user_id", json!(customer)),
        ("customer_id", json!(customer)),
        ("benefit_id", json!(run.benefit(key.organization))),
        ("key", json!(text)),
        ("display_key", json!(format!("****-{ending}"))),
        ("status", json!(status)),
        ("limit_activations", json!(key.limit_activations)),
        ("usage", json!(key.usage)),
        ("limit_usage", json!(key.limit_usage)),
        ("validations", json!(key.validations)),
    ];
    for (field, expected) in fields {
        shows(at, field, &Value::from(&expected), body)?;
    }
    let rotated = run.texts.values().filter(|other| **other == text).count();
    if rotated != 1 {
        return Err(differs(
            &format!("{at}.key"),
            "a text that no other key has had",
            &text,
        ));
    }
    expires(run, at, &key, body)?;
    remember(run, at, index, &key, body)
}

/// Compares `expires_at` as a time, whatever its spelling.
fn expires(run: &Execution<'_>, at: &str, key: &Key, body: &Value) -> Result<(), Mismatch> {
    let expected = key.expires_at.map(|half_hours| run.moment(half_hours));
    let shown = body.get("expires_at");
    let moment = shown
        .and_then(Value::as_str)
        .and_then(|text| text.parse::<DateTime<Utc>>().ok());
    let is_null = matches!(shown, Some(Value::Null));
    if moment == expected && (is_null || moment.is_some()) {
        return Ok(());
    }
    let expected = expected.map_or("null".to_owned(), |moment| moment.to_rfc3339());
    Err(differs(
        &format!("{at}.expires_at"),
        &expected,
        &display(shown),
    ))
}

/// `modified_at` and `last_validated_at` are as when the key was last seen, unless something changed since.
fn remember(
    run: &mut Execution<'_>,
    at: &str,
    index: usize,
    key: &Key,
    body: &Value,
) -> Result<(), Mismatch> {
    let text = |field: &str| display(body.get(field));
    let seen = Seen {
        revision: key.revision,
        validations: key.validations,
        modified_at: text("modified_at"),
        last_validated_at: text("last_validated_at"),
    };
    if (key.validations == 0) != (seen.last_validated_at == "null") {
        let expected = if key.validations == 0 {
            "null"
        } else {
            "a moment"
        };
        return Err(differs(
            &format!("{at}.last_validated_at"),
            expected,
            &seen.last_validated_at,
        ));
    }
    if let Some(before) = run.seen.insert(index, seen.clone()) {
        if before.revision == seen.revision && before.modified_at != seen.modified_at {
            return Err(differs(
                &format!("{at}.modified_at"),
                &before.modified_at,
                &seen.modified_at,
            ));
        }
        if before.validations == seen.validations
            && before.last_validated_at != seen.last_validated_at
        {
            let path = format!("{at}.last_validated_at");
            return Err(differs(
                &path,
                &before.last_validated_at,
                &seen.last_validated_at,
            ));
        }
    }
    Ok(())
}

fn shows_activation(
    run: &Execution<'_>,
    at: &str,
    handle: Handle,
    body: &Value,
) -> Result<(), Mismatch> {
    let activation = &run.model.activations()[handle];
    let id = run.activations.get(handle).cloned().unwrap_or_default();
    if run.activations.iter().filter(|other| **other == id).count() != 1 {
        return Err(differs(
            &format!("{at}.id"),
            "an id that no other activation has",
            &id,
        ));
    }
    let fields = [
        ("id", json!(id)),
        ("license_key_id", json!(run.setup.keys[activation.key].id)),
        ("label", json!(label(handle))),
        ("meta", json!({})),
    ];
    for (field, expected) in fields {
        shows(at, field, &Value::from(&expected), body)?;
    }
    Ok(())
}

fn shows_activations(
    run: &Execution<'_>,
    handles: &[Handle],
    body: &Value,
) -> Result<(), Mismatch> {
    let shown = body
        .get("activations")
        .and_then(Value::as_array)
        .unwrap_or_default();
    // Polar shows the activations of a key in no order (docs/behaviour.md#without-order).
    let id = |handle: &Handle| run.activations.get(*handle).cloned().unwrap_or_default();
    let mut handles = handles.to_vec();
    handles.sort_by_key(id);
    let mut shown: Vec<&Value> = shown.iter().collect();
    shown.sort_by_key(|one| display(one.get("id")));
    let expected: Vec<String> = handles.iter().map(id).collect();
    let got: Vec<String> = shown.iter().map(|one| display(one.get("id"))).collect();
    if expected != got {
        return Err(differs(
            "$.activations",
            &expected.join(", "),
            &got.join(", "),
        ));
    }
    for (handle, one) in handles.iter().zip(shown) {
        shows_activation(run, "$.activations[*]", *handle, one)?;
    }
    Ok(())
}

fn shows_page(
    run: &mut Execution<'_>,
    keys: &[usize],
    (total, pages): (usize, usize),
    body: &Value,
) -> Result<(), Mismatch> {
    let pagination = body.get("pagination").unwrap_or(&Value::Null);
    for (field, count) in [("total_count", total), ("max_page", pages)] {
        shows(
            "$.pagination",
            field,
            &Value::from(&json!(count)),
            pagination,
        )?;
    }
    let items = body
        .get("items")
        .and_then(Value::as_array)
        .unwrap_or_default();
    let expected: Vec<&str> = keys
        .iter()
        .map(|key| run.setup.keys[*key].id.as_str())
        .collect();
    let got: Vec<String> = items.iter().map(|item| display(item.get("id"))).collect();
    if expected != got {
        return Err(differs("$.items", &expected.join(", "), &got.join(", ")));
    }
    for (key, item) in keys.iter().zip(items) {
        shows_key(run, "$.items[*]", *key, item)?;
    }
    Ok(())
}
