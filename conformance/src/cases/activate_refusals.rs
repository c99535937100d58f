//! Activate: every refusal, in the order of the checks (docs/behaviour.md#activate).

use serde_json::json;

use super::case::{BOTH, Case, case};
use super::context::Context;
use super::received::Outcome;
use crate::provision::{ActivationSpec, KeySpec};

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "activate",
        "activate/unknown",
        "an unknown key is not found",
        |context| not_found(context, |_| "CASE-NO-SUCH-KEY".to_owned())
    )
    .core(),
    case!(
        BOTH,
        "key-fields, activate",
        "activate/lower-case",
        "a key matches exactly: its lower-case spelling is not found",
        |context| not_found(context, |key| key.to_lowercase())
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
        |context| refused(context, KeySpec::revoked(), INACTIVE)
    )
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/disabled",
        "a disabled key cannot be activated",
        |context| refused(context, KeySpec::disabled(), INACTIVE)
    )
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/expired",
        "an expired key cannot be activated",
        |context| refused(context, KeySpec::expired(), EXPIRED)
    )
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/unsupported",
        "a key without an activation limit cannot be activated",
        |context| refused(context, unlimited(KeySpec::default()), UNSUPPORTED)
    )
    .says(&["guide/no-limit-no-activation"])
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/limit-reached",
        "a key at its activation limit cannot be activated (the message has no full stop)",
        |context| refused(context, full(KeySpec::default()), FULL)
    )
    .says(&["guide/activation-limit"])
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/status-before-expiry",
        "status is checked before expiry, support for activations and the limit",
        |context| expired_and_more(context, "revoked", INACTIVE)
    )
    .strict(),
    case!(
        BOTH,
        "activate",
        "activate/expiry-before-support",
        "expiry is checked before support for activations and the limit",
        |context| expired_and_more(context, "granted", EXPIRED)
    )
    .strict(),
];

const INACTIVE: &str = "License key is no longer active. This license key can not be activated.";
const EXPIRED: &str = "License key has expired.";
const UNSUPPORTED: &str = "This license key does not support activations. Use the /validate endpoint instead to check license validity.";

const FULL: &str = "License key activation limit already reached";

/// The key without an activation limit.
fn unlimited(spec: KeySpec) -> KeySpec {
    KeySpec {
        limit_activations: None,
        ..spec
    }
}

/// The key with all its activations used.
fn full(spec: KeySpec) -> KeySpec {
    KeySpec {
        limit_activations: Some(1),
        activations: vec![ActivationSpec::plain()],
        ..spec
    }
}

/// Activates with another text in the place of the key's.
async fn not_found(context: Context, text: fn(&str) -> String) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let other = json!({"key": text(&key.key)});
    context.activate(&key, other).await?.not_found()
}

async fn refused(context: Context, spec: KeySpec, detail: &str) -> Outcome {
    let key = context.key(spec).await?;
    let reply = context.activate(&key, json!({})).await?;
    reply.refuses(403, "NotPermitted", detail)
}

/// Activates an expired key of this status without an activation limit, and one with all its activations used.
async fn expired_and_more(context: Context, status: &'static str, detail: &str) -> Outcome {
    let expired = KeySpec {
        status,
        ..KeySpec::expired()
    };
    let specs = [unlimited(expired.clone()), full(expired)];
    for key in &context.setup(&specs).await?.keys {
        let reply = context.activate(key, json!({})).await?;
        reply.refuses(403, "NotPermitted", detail)?;
    }
    Ok(())
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
