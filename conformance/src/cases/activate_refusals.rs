//! Activate: every refusal, in the order in which they are told (docs/behaviour.md#activate).

use serde_json::json;

use super::PAST;
use super::case::{BOTH, Case, case};
use super::reply::{Outcome, Reply};
use super::stage::Stage;
use crate::provision::{ActivationSpec, KeySpec, Seeded};

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "activate",
        "activate/unknown",
        "an unknown key is not found",
        unknown
    )
    .core(),
    case!(
        BOTH,
        "key-fields, activate",
        "activate/lower-case",
        "a key is looked up exactly: lower case is not found",
        lower_case
    ),
    case!(
        BOTH,
        "activate",
        "activate/label-required",
        "a label is required, and told before an unknown key",
        label_required
    ),
    case!(
        BOTH,
        "activate",
        "activate/revoked",
        "a revoked key is not permitted (403, where validate says 404)",
        revoked
    )
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/disabled",
        "a disabled key is not permitted",
        disabled
    )
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/expired",
        "an expired key is not permitted",
        expired
    )
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/unsupported",
        "a key without a limit of activations supports none",
        unsupported
    )
    .says(&["guide/no-limit-no-activation"])
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/limit-reached",
        "a key with all its activations used allows no more (no full stop)",
        limit_reached
    )
    .says(&["guide/activation-limit"])
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/status-before-expiry",
        "revoked is told before expired, unsupported and used up",
        status_before_expiry
    )
    .strict(),
    case!(
        BOTH,
        "activate",
        "activate/expiry-before-support",
        "expired is told before unsupported and used up",
        expiry_before_support
    )
    .strict(),
];

fn not_permitted(reply: Reply, detail: &str) -> Outcome {
    reply.refuses(403, "NotPermitted", detail)
}

const INACTIVE: &str = "License key is no longer active. This license key can not be activated.";
const EXPIRED: &str = "License key has expired.";
const UNSUPPORTED: &str = "This license key does not support activations. Use the /validate endpoint instead to check license validity.";

async fn unknown(stage: Stage) -> Outcome {
    let key = stage.key(KeySpec::default()).await?;
    stage
        .activate(
            &Seeded {
                key: "CASE-NO-SUCH-KEY".to_owned(),
                ..key
            },
            json!({}),
        )
        .await?
        .not_found()
}

async fn lower_case(stage: Stage) -> Outcome {
    let key = stage.key(KeySpec::default()).await?;
    let lower = json!({"key": key.key.to_lowercase()});
    stage.activate(&key, lower).await?.not_found()
}

async fn label_required(stage: Stage) -> Outcome {
    let key = stage.key(KeySpec::default()).await?;
    let reply = stage
        .activate(&key, json!({"key": "CASE-NO-SUCH-KEY", "label": null}))
        .await?;
    reply.is(
        422,
        json!({"error": "RequestValidationError",
               "detail": [{"type": "string_type", "loc": ["body", "label"], "msg": "Input should be a valid string", "input": null}]}),
    )
}

async fn revoked(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            status: "revoked",
            ..KeySpec::default()
        })
        .await?;
    not_permitted(stage.activate(&key, json!({})).await?, INACTIVE)
}

async fn disabled(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            status: "disabled",
            ..KeySpec::default()
        })
        .await?;
    not_permitted(stage.activate(&key, json!({})).await?, INACTIVE)
}

async fn expired(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            expires_at: PAST,
            ..KeySpec::default()
        })
        .await?;
    not_permitted(stage.activate(&key, json!({})).await?, EXPIRED)
}

async fn unsupported(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            limit_activations: None,
            ..KeySpec::default()
        })
        .await?;
    not_permitted(stage.activate(&key, json!({})).await?, UNSUPPORTED)
}

async fn limit_reached(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            limit_activations: Some(1),
            activations: vec![ActivationSpec::plain()],
            ..KeySpec::default()
        })
        .await?;
    not_permitted(
        stage.activate(&key, json!({})).await?,
        "License key activation limit already reached",
    )
}

/// Activates an expired key of this status that supports no activations, and one whose activations are all used.
async fn expired_and_more(stage: Stage, status: &'static str, detail: &str) -> Outcome {
    let unsupported = KeySpec {
        status,
        expires_at: PAST,
        limit_activations: None,
        ..KeySpec::default()
    };
    let used_up = KeySpec {
        limit_activations: Some(1),
        activations: vec![ActivationSpec::plain()],
        ..unsupported.clone()
    };
    let world = stage.world(&[unsupported, used_up]).await?;
    for key in &world.keys {
        not_permitted(stage.activate(key, json!({})).await?, detail)?;
    }
    Ok(())
}

async fn status_before_expiry(stage: Stage) -> Outcome {
    expired_and_more(stage, "revoked", INACTIVE).await
}

async fn expiry_before_support(stage: Stage) -> Outcome {
    expired_and_more(stage, "granted", EXPIRED).await
}
