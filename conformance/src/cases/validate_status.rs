//! Validate: whether the key exists, is granted and has not expired (docs/behaviour.md#validate, checks 2 to 4).

use serde_json::json;

use super::PAST;
use super::case::{BOTH, Case, case};
use super::context::Context;
use super::received::Outcome;
use crate::provision::{KeySpec, TestKey};

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
        unknown
    )
    .says(&["reference/not-found"])
    .core(),
    case!(
        BOTH,
        "key-text",
        "validate/case-sensitive",
        "a key matches exactly: its lower-case spelling is not found",
        lower_case
    ),
    case!(
        BOTH,
        "validate",
        "validate/revoked",
        "a revoked key gets 404: no longer active",
        revoked
    )
    .core(),
    case!(
        BOTH,
        "validate",
        "validate/disabled",
        "a disabled key gets 404: no longer active",
        disabled
    )
    .core(),
    case!(
        BOTH,
        "validate",
        "validate/expired",
        "an expired key gets 404: expired",
        expired
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

async fn unknown(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    context
        .validate(
            &TestKey {
                key: "CASE-NO-SUCH-KEY".to_owned(),
                ..key
            },
            json!({}),
        )
        .await?
        .not_found()
}

async fn lower_case(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    context
        .validate(
            &TestKey {
                key: key.key.to_lowercase(),
                ..key
            },
            json!({}),
        )
        .await?
        .not_found()
}

async fn revoked(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            status: "revoked",
            ..KeySpec::default()
        })
        .await?;
    context.validate(&key, json!({})).await?.refuses(
        404,
        "ResourceNotFound",
        "License key is no longer active.",
    )
}

async fn disabled(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            status: "disabled",
            ..KeySpec::default()
        })
        .await?;
    context.validate(&key, json!({})).await?.refuses(
        404,
        "ResourceNotFound",
        "License key is no longer active.",
    )
}

async fn expired(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            expires_at: PAST,
            ..KeySpec::default()
        })
        .await?;
    context.validate(&key, json!({})).await?.refuses(
        404,
        "ResourceNotFound",
        "License key has expired.",
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
