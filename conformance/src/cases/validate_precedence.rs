//! Validate when several things are wrong: the first check in the order of docs/behaviour.md#validate answers.

use serde_json::{Value, json};

use super::case::{BOTH, Case, case};
use super::reply::Outcome;
use super::stage::Stage;
use super::{PAST, UNKNOWN_ACTIVATION};
use crate::provision::{ActivationSpec, KeySpec, World};

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "validate",
        "precedence/body-first",
        "a malformed body is told before an unknown key",
        body_first
    )
    .strict(),
    case!(
        BOTH,
        "validate",
        "precedence/status-before-expiry",
        "revoked is told before expired, and before everything else that is wrong",
        status_before_expiry
    )
    .strict(),
    case!(
        BOTH,
        "validate",
        "precedence/expiry-before-activation",
        "expired is told before an unknown activation, and before everything else that is wrong",
        expiry_before_activation
    )
    .strict(),
    case!(
        BOTH,
        "validate",
        "precedence/activation-before-benefit",
        "an unknown activation is told before a wrong benefit",
        activation_before_benefit
    )
    .strict(),
    case!(
        BOTH,
        "validate",
        "precedence/conditions-before-benefit",
        "wrong conditions are told before a wrong benefit",
        conditions_before_benefit
    )
    .strict(),
    case!(
        BOTH,
        "validate",
        "precedence/benefit-before-customer",
        "a wrong benefit is told before a wrong customer",
        benefit_before_customer
    )
    .strict(),
    case!(
        BOTH,
        "validate",
        "precedence/customer-before-usage",
        "a wrong customer is told before exhausted usage",
        customer_before_usage
    )
    .strict(),
];

/// A key on which everything that a request can get wrong is wrong.
fn spec() -> KeySpec {
    KeySpec {
        usage: 10,
        limit_usage: Some(10),
        activations: vec![ActivationSpec::with(json!({"a": 1}))],
        ..KeySpec::default()
    }
}

/// A request for another customer that uses too much, and more that is wrong.
fn wrong(world: &World, more: Value) -> Value {
    let mut body = json!({"customer_id": world.other_customer, "increment_usage": 1});
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    body
}

async fn body_first(stage: Stage) -> Outcome {
    let key = stage.key(KeySpec::default()).await?;
    stage
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

/// Validates a key with everything wrong that a request can have wrong: once with an unknown activation, and once with one
/// of the key's own under wrong conditions.
async fn everything_wrong(stage: Stage, spec: KeySpec, detail: &str) -> Outcome {
    let world = stage.world(&[spec]).await?;
    let key = &world.keys[0];
    for activation in [UNKNOWN_ACTIVATION, &key.activations[0]] {
        let more = json!({"activation_id": activation, "conditions": {"a": 2}, "benefit_id": world.other_benefit});
        let reply = stage.validate(key, wrong(&world, more)).await?;
        reply.refuses(404, "ResourceNotFound", detail)?;
    }
    Ok(())
}

async fn status_before_expiry(stage: Stage) -> Outcome {
    let spec = KeySpec {
        status: "revoked",
        expires_at: PAST,
        ..spec()
    };
    everything_wrong(stage, spec, "License key is no longer active.").await
}

async fn expiry_before_activation(stage: Stage) -> Outcome {
    let spec = KeySpec {
        expires_at: PAST,
        ..spec()
    };
    everything_wrong(stage, spec, "License key has expired.").await
}

async fn activation_before_benefit(stage: Stage) -> Outcome {
    let world = stage.world(&[spec()]).await?;
    let body = wrong(
        &world,
        json!({"activation_id": UNKNOWN_ACTIVATION, "benefit_id": world.other_benefit}),
    );
    stage.validate(&world.keys[0], body).await?.not_found()
}

async fn conditions_before_benefit(stage: Stage) -> Outcome {
    let world = stage.world(&[spec()]).await?;
    let key = &world.keys[0];
    let body = wrong(
        &world,
        json!({"activation_id": key.activations[0], "conditions": {"a": 2}, "benefit_id": world.other_benefit}),
    );
    stage.validate(key, body).await?.refuses(
        404,
        "ResourceNotFound",
        "License key does not match required conditions",
    )
}

async fn benefit_before_customer(stage: Stage) -> Outcome {
    let world = stage.world(&[spec()]).await?;
    let body = wrong(&world, json!({"benefit_id": world.other_benefit}));
    stage.validate(&world.keys[0], body).await?.refuses(
        404,
        "ResourceNotFound",
        "License key does not match given benefit.",
    )
}

async fn customer_before_usage(stage: Stage) -> Outcome {
    let world = stage.world(&[spec()]).await?;
    let body = wrong(&world, json!({"benefit_id": world.benefit}));
    stage.validate(&world.keys[0], body).await?.refuses(
        404,
        "ResourceNotFound",
        "License key does not match given user.",
    )
}
