//! Activate: every refusal, in the order of the checks (docs/behaviour.md#activate).

use serde_json::json;

use super::PAST;
use super::case::{BOTH, Case, case};
use super::context::Context;
use super::received::{Outcome, Received};
use crate::provision::{ActivationSpec, KeySpec, TestKey};

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
        "a key matches exactly: its lower-case spelling is not found",
        lower_case
    ),
    case!(
        BOTH,
        "activate",
        "activate/label-required",
        "a missing label is refused before an unknown key",
        label_required
    ),
    case!(
        BOTH,
        "activate",
        "activate/revoked",
        "a revoked key cannot be activated (403, where validate answers 404)",
        revoked
    )
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/disabled",
        "a disabled key cannot be activated",
        disabled
    )
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/expired",
        "an expired key cannot be activated",
        expired
    )
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/unsupported",
        "a key without an activation limit cannot be activated",
        unsupported
    )
    .says(&["guide/no-limit-no-activation"])
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/limit-reached",
        "a key at its activation limit cannot be activated (the message has no full stop)",
        limit_reached
    )
    .says(&["guide/activation-limit"])
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/status-before-expiry",
        "status is checked before expiry, support for activations and the limit",
        status_before_expiry
    )
    .strict(),
    case!(
        BOTH,
        "activate",
        "activate/expiry-before-support",
        "expiry is checked before support for activations and the limit",
        expiry_before_support
    )
    .strict(),
];

fn not_permitted(reply: Received, detail: &str) -> Outcome {
    reply.refuses(403, "NotPermitted", detail)
}

const INACTIVE: &str = "License key is no longer active. This license key can not be activated.";
const EXPIRED: &str = "License key has expired.";
const UNSUPPORTED: &str = "This license key does not support activations. Use the /validate endpoint instead to check license validity.";

async fn unknown(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    context
        .activate(
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
    let lower = json!({"key": key.key.to_lowercase()});
    context.activate(&key, lower).await?.not_found()
}

async fn label_required(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let reply = context
        .activate(&key, json!({"key": "CASE-NO-SUCH-KEY", "label": null}))
        .await?;
    reply.is(
        422,
        json!({"error": "RequestValidationError",
               "detail": [{"type": "string_type", "loc": ["body", "label"], "msg": "Input should be a valid string", "input": null}]}),
    )
}

async fn revoked(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            status: "revoked",
            ..KeySpec::default()
        })
        .await?;
    not_permitted(context.activate(&key, json!({})).await?, INACTIVE)
}

async fn disabled(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            status: "disabled",
            ..KeySpec::default()
        })
        .await?;
    not_permitted(context.activate(&key, json!({})).await?, INACTIVE)
}

async fn expired(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            expires_at: PAST,
            ..KeySpec::default()
        })
        .await?;
    not_permitted(context.activate(&key, json!({})).await?, EXPIRED)
}

async fn unsupported(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            limit_activations: None,
            ..KeySpec::default()
        })
        .await?;
    not_permitted(context.activate(&key, json!({})).await?, UNSUPPORTED)
}

async fn limit_reached(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            limit_activations: Some(1),
            activations: vec![ActivationSpec::plain()],
            ..KeySpec::default()
        })
        .await?;
    not_permitted(
        context.activate(&key, json!({})).await?,
        "License key activation limit already reached",
    )
}

/// Activates an expired key of this status that supports no activations, and one whose activations are all used.
async fn expired_and_more(context: Context, status: &'static str, detail: &str) -> Outcome {
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
    let setup = context.setup(&[unsupported, used_up]).await?;
    for key in &setup.keys {
        not_permitted(context.activate(key, json!({})).await?, detail)?;
    }
    Ok(())
}

async fn status_before_expiry(context: Context) -> Outcome {
    expired_and_more(context, "revoked", INACTIVE).await
}

async fn expiry_before_support(context: Context) -> Outcome {
    expired_and_more(context, "granted", EXPIRED).await
}
