//! Rotating a key (docs/behaviour.md#rotate).

use serde_json::{Value, json};

use super::case::{CORE, Case, case};
use super::context::Context;
use super::received::{Outcome, Received, Stop};
use crate::provision::{KeySpec, TestKey};

pub(super) const CASES: &[Case] = &[
    case!(
        CORE,
        "rotate",
        "rotate/granted",
        "rotation makes a new key with the benefit's prefix; the old one stops working at once, activations stay",
        granted
    )
    .core(),
    case!(
        CORE,
        "rotate",
        "rotate/expired",
        "an expired key can be rotated",
        |context| rotates(context, KeySpec::expired())
    ),
    case!(
        CORE,
        "rotate",
        "rotate/disabled",
        "a disabled key can be rotated",
        |context| rotates(context, KeySpec::disabled())
    ),
    case!(
        CORE,
        "rotate",
        "rotate/revoked",
        "a revoked key cannot be rotated",
        revoked
    )
    .core(),
    case!(
        CORE,
        "rotate",
        "rotate/unknown",
        "an unknown key is not found",
        unknown
    ),
];

async fn rotate(context: &Context, key: &TestKey) -> Result<Received, Stop> {
    context
        .core("POST", &format!("/v1/license-keys/{}/rotate", key.id), None)
        .await
}

/// The answer is the key as before, except for its text and `modified_at`.
pub(super) fn rotated(reply: Received, before: Value) -> Outcome {
    let mut after = before;
    if let Some(fields) = after.as_object_mut() {
        fields.remove("activations");
    }
    after["key"] = json!("CASE-<key:1>");
    after["display_key"] = json!("****-<key_end:1>");
    after["modified_at"] = json!("<time>");
    reply.is(200, after)
}

async fn rotates(context: Context, spec: KeySpec) -> Outcome {
    let key = context.key(spec).await?;
    let path = format!("/v1/license-keys/{}", key.id);
    let before = context.core("GET", &path, None).await?.body();
    rotated(rotate(&context, &key).await?, before)
}

async fn granted(context: Context) -> Outcome {
    let key = context.key(KeySpec::activated()).await?;
    let path = format!("/v1/license-keys/{}", key.id);
    let before = context.core("GET", &path, None).await?.body();
    rotated(rotate(&context, &key).await?, before)?;
    context.validate(&key, json!({})).await?.not_found()?;
    let activation = &key.activations[0];
    let reply = context
        .validate(
            &key,
            json!({"key": "CASE-<key:1>", "activation_id": activation}),
        )
        .await?;
    reply.shows(
        200,
        &[("id", json!(key.id)), ("activation.id", json!(activation))],
    )
}

async fn revoked(context: Context) -> Outcome {
    let key = context.key(KeySpec::revoked()).await?;
    cannot_rotate(rotate(&context, &key).await?)
}

/// The refusal of a revoked key.
pub(super) fn cannot_rotate(reply: Received) -> Outcome {
    reply.refuses(
        400,
        "RotateNotPermitted",
        "License key cannot be rotated in its current status. Current status: revoked. Allowed statuses: disabled, granted.",
    )
}

async fn unknown(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    rotate(
        &context,
        &TestKey {
            id: "6c000000-0000-4000-8fff-000000000000".to_owned(),
            ..key
        },
    )
    .await?
    .not_found()
}
