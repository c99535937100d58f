//! Rotating a key (docs/behaviour.md#rotate).

use serde_json::{Value, json};

use super::PAST;
use super::case::{CORE, Case, case};
use super::reply::{Outcome, Reply, Stop};
use super::stage::Stage;
use crate::provision::{ActivationSpec, KeySpec, Seeded};

pub(super) const CASES: &[Case] = &[
    case!(
        CORE,
        "rotate",
        "rotate/granted",
        "a new key with the benefit's prefix; the old one is gone at once, activations stay",
        granted
    )
    .core(),
    case!(
        CORE,
        "rotate",
        "rotate/expired",
        "an expired key can be rotated",
        expired
    ),
    case!(
        CORE,
        "rotate",
        "rotate/disabled",
        "a disabled key can be rotated",
        disabled
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

async fn rotate(stage: &Stage, key: &Seeded) -> Result<Reply, Stop> {
    stage
        .core("POST", &format!("/v1/license-keys/{}/rotate", key.id), None)
        .await
}

/// The key as it was read before, but for the key itself and when it was modified.
pub(super) fn rotated(reply: Reply, before: Value) -> Outcome {
    let mut after = before;
    if let Some(fields) = after.as_object_mut() {
        fields.remove("activations");
    }
    after["key"] = json!("CASE-<key:1>");
    after["display_key"] = json!("****-<key_end:1>");
    after["modified_at"] = json!("<time>");
    reply.is(200, after)
}

async fn rotates(stage: &Stage, key: &Seeded) -> Outcome {
    let path = format!("/v1/license-keys/{}", key.id);
    let before = stage.core("GET", &path, None).await?.body();
    rotated(rotate(stage, key).await?, before)
}

async fn granted(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            activations: vec![ActivationSpec::plain()],
            ..KeySpec::default()
        })
        .await?;
    rotates(&stage, &key).await?;
    stage.validate(&key, json!({})).await?.not_found()?;
    let activation = &key.activations[0];
    let reply = stage
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

async fn expired(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            expires_at: PAST,
            ..KeySpec::default()
        })
        .await?;
    rotates(&stage, &key).await
}

async fn disabled(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            status: "disabled",
            ..KeySpec::default()
        })
        .await?;
    rotates(&stage, &key).await
}

async fn revoked(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            status: "revoked",
            ..KeySpec::default()
        })
        .await?;
    cannot_rotate(rotate(&stage, &key).await?)
}

/// The refusal of a revoked key.
pub(super) fn cannot_rotate(reply: Reply) -> Outcome {
    reply.refuses(
        400,
        "RotateNotPermitted",
        "License key cannot be rotated in its current status. Current status: revoked. Allowed statuses: disabled, granted.",
    )
}

async fn unknown(stage: Stage) -> Outcome {
    let key = stage.key(KeySpec::default()).await?;
    rotate(
        &stage,
        &Seeded {
            id: "6c000000-0000-4000-8fff-000000000000".to_owned(),
            ..key
        },
    )
    .await?
    .not_found()
}
