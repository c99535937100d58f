//! Validate: whether the key exists, is granted and has not expired (docs/behaviour.md#validate, checks 2 to 4).

use serde_json::json;

use super::case::{BOTH, Case, case};
use super::context::Context;
use super::received::Outcome;
use crate::provision::KeySpec;

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "validate",
        "validate/granted",
        "a granted key is valid, and each validation counts",
        granted
    )
    .says(&["guide/validate-answer"])
    .core(),
    case!(
        BOTH,
        "validate",
        "validate/unknown",
        "an unknown key is not found",
        |context| not_found(context, |_| "CASE-NO-SUCH-KEY".to_owned())
    )
    .says(&["reference/not-found"])
    .core(),
    case!(
        BOTH,
        "key-text",
        "validate/case-sensitive",
        "a key matches exactly: its lower-case spelling is not found",
        |context| not_found(context, |key| key.to_lowercase())
    ),
    case!(
        BOTH,
        "validate",
        "validate/revoked",
        "a revoked key gets 404: no longer active",
        |context| refused(context, KeySpec::revoked(), INACTIVE)
    )
    .core(),
    case!(
        BOTH,
        "validate",
        "validate/disabled",
        "a disabled key gets 404: no longer active",
        |context| refused(context, KeySpec::disabled(), INACTIVE)
    )
    .core(),
    case!(
        BOTH,
        "validate",
        "validate/expired",
        "an expired key gets 404: expired",
        |context| refused(context, KeySpec::expired(), "License key has expired.")
    )
    .says(&["guide/expiry", "reference/not-found"])
    .core(),
    case!(
        BOTH,
        "validate",
        "validate/failures-change-nothing",
        "a refused validation does not count",
        failures_change_nothing
    ),
];

const INACTIVE: &str = "License key is no longer active.";

/// Validates with another text in the place of the key's.
async fn not_found(context: Context, text: fn(&str) -> String) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let other = json!({"key": text(&key.key)});
    context.validate(&key, other).await?.not_found()
}

async fn refused(context: Context, spec: KeySpec, detail: &str) -> Outcome {
    let key = context.key(spec).await?;
    let reply = context.validate(&key, json!({})).await?;
    reply.refuses(404, "ResourceNotFound", detail)
}

async fn granted(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let first = [
        ("id", json!(key.id)),
        ("status", json!("granted")),
        ("validations", json!(1)),
        ("usage", json!(0)),
        ("activation", json!(null)),
    ];
    context
        .validate(&key, json!({}))
        .await?
        .shows(200, &first)?;
    context.validate(&key, json!({})).await?.shows(
        200,
        &[
            ("validations", json!(2)),
            ("last_validated_at", json!("<time>")),
        ],
    )
}

async fn failures_change_nothing(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            limit_usage: Some(5),
            ..KeySpec::default()
        })
        .await?;
    let path = format!("/v1/license-keys/{}", key.id);
    let before = context.core("GET", &path, None).await?.body();
    context
        .validate(
            &key,
            json!({"benefit_id": "3c000000-0000-4000-8000-000000000009"}),
        )
        .await?
        .has_status(404)?;
    context
        .validate(&key, json!({"increment_usage": 6}))
        .await?
        .refuses(400, "BadRequest", "License key only has 5 more usages.")?;
    context.core("GET", &path, None).await?.is(200, before)
}
