//! Validate when several things are wrong: the first failing check answers (docs/behaviour.md#validate).

use serde_json::{Value, json};

use super::UNKNOWN_ACTIVATION;
use super::case::{BOTH, Case, case};
use super::context::Context;
use super::received::Outcome;
use crate::provision::{ActivationSpec, KeySpec, PAST, Setup};

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "validate",
        "precedence/body-first",
        "an invalid body is refused before an unknown key",
        body_first
    )
    .strict(),
    case!(
        BOTH,
        "validate",
        "precedence/status-before-expiry",
        "a revoked key is refused as such before an expired one, and before any other check",
        status_before_expiry
    )
    .strict(),
    case!(
        BOTH,
        "validate",
        "precedence/expiry-before-activation",
        "an expired key is refused before an unknown activation, and before any later check",
        expiry_before_activation
    )
    .strict(),
    case!(
        BOTH,
        "validate",
        "precedence/activation-before-benefit",
        "an unknown activation is refused before another benefit",
        activation_before_benefit
    )
    .strict(),
    case!(
        BOTH,
        "validate",
        "precedence/conditions-before-benefit",
        "different conditions are refused before another benefit",
        conditions_before_benefit
    )
    .strict(),
    case!(
        BOTH,
        "validate",
        "precedence/benefit-before-customer",
        "another benefit is refused before another customer",
        benefit_before_customer
    )
    .strict(),
    case!(
        BOTH,
        "validate",
        "precedence/customer-before-usage",
        "another customer is refused before exhausted usage",
        customer_before_usage
    )
    .strict(),
];

/// A key for which a request can fail every check.
fn spec() -> KeySpec {
    KeySpec {
        usage: 10,
        limit_usage: Some(10),
        activations: vec![ActivationSpec::with(json!({"a": 1}))],
        ..KeySpec::default()
    }
}

/// A request for another customer that uses too much, with further errors.
fn wrong(setup: &Setup, more: Value) -> Value {
    let mut body = json!({"customer_id": setup.other_customer, "increment_usage": 1});
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    body
}

async fn body_first(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    context
        .validate(
            &key,
            json!({"key": "CASE-NO-SUCH-KEY", "increment_usage": -1}),
        )
        .await?
        .shows(
            422,
            &[
                ("error", json!("RequestValidationError")),
                ("detail.0.type", json!("greater_than_equal")),
                ("detail.0.loc", json!(["body", "increment_usage"])),
                (
                    "detail.0.msg",
                    json!("Input should be greater than or equal to 0"),
                ),
            ],
        )
}

/// Validates a key with every error that a request can have: once with an unknown activation, and once with
/// its own activation and different conditions.
async fn everything_wrong(context: Context, spec: KeySpec, detail: &str) -> Outcome {
    let setup = context.setup(&[spec]).await?;
    let key = &setup.keys[0];
    for activation in [UNKNOWN_ACTIVATION, &key.activations[0]] {
        let more = json!({"activation_id": activation, "conditions": {"a": 2}, "benefit_id": setup.other_benefit});
        let reply = context.validate(key, wrong(&setup, more)).await?;
        reply.refuses(404, "ResourceNotFound", detail)?;
    }
    Ok(())
}

async fn status_before_expiry(context: Context) -> Outcome {
    let spec = KeySpec {
        status: "revoked",
        expires_at: PAST,
        ..spec()
    };
    everything_wrong(context, spec, "License key is no longer active.").await
}

async fn expiry_before_activation(context: Context) -> Outcome {
    let spec = KeySpec {
        expires_at: PAST,
        ..spec()
    };
    everything_wrong(context, spec, "License key has expired.").await
}

async fn activation_before_benefit(context: Context) -> Outcome {
    let setup = context.setup(&[spec()]).await?;
    let body = wrong(
        &setup,
        json!({"activation_id": UNKNOWN_ACTIVATION, "benefit_id": setup.other_benefit}),
    );
    context.validate(&setup.keys[0], body).await?.not_found()
}

async fn conditions_before_benefit(context: Context) -> Outcome {
    let setup = context.setup(&[spec()]).await?;
    let key = &setup.keys[0];
    let body = wrong(
        &setup,
        json!({"activation_id": key.activations[0], "conditions": {"a": 2}, "benefit_id": setup.other_benefit}),
    );
    context.validate(key, body).await?.refuses(
        404,
        "ResourceNotFound",
        "License key does not match required conditions",
    )
}

async fn benefit_before_customer(context: Context) -> Outcome {
    let setup = context.setup(&[spec()]).await?;
    let body = wrong(&setup, json!({"benefit_id": setup.other_benefit}));
    context.validate(&setup.keys[0], body).await?.refuses(
        404,
        "ResourceNotFound",
        "License key does not match given benefit.",
    )
}

async fn customer_before_usage(context: Context) -> Outcome {
    let setup = context.setup(&[spec()]).await?;
    let body = wrong(&setup, json!({"benefit_id": setup.benefit}));
    context.validate(&setup.keys[0], body).await?.refuses(
        404,
        "ResourceNotFound",
        "License key does not match given user.",
    )
}
