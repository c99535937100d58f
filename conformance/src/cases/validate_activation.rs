//! Validate with an activation (docs/behaviour.md#validate, check 5).

use serde_json::json;

use super::case::{BOTH, Case, case};
use super::context::Context;
use super::received::Outcome;
use crate::provision::KeySpec;

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "validate",
        "validate/own-activation",
        "a live activation of the key is valid, and the answer shows it",
        own
    )
    .says(&["guide/activation-id", "guide/validate-answer"])
    .core(),
    case!(
        BOTH,
        "validate",
        "validate/activation-optional",
        "a validation need not name an activation, even when activations are limited",
        optional
    ),
    case!(
        BOTH,
        "validate",
        "validate/unknown-activation",
        "an unknown activation is not found",
        unknown
    ),
    case!(
        BOTH,
        "validate",
        "validate/foreign-activation",
        "an activation of another key is not found",
        foreign
    ),
    case!(
        BOTH,
        "validate",
        "validate/dead-activation",
        "a deactivated activation is not found",
        dead
    )
    .core(),
];

async fn own(context: Context) -> Outcome {
    let key = context.key(KeySpec::activated()).await?;
    let shown = [
        ("activation.id", json!(key.activations[0])),
        ("activation.license_key_id", json!(key.id)),
        ("activation.label", json!("device 0")),
    ];
    context
        .validate(&key, json!({"activation_id": key.activations[0]}))
        .await?
        .shows(200, &shown)
}

async fn optional(context: Context) -> Outcome {
    let key = context.key(KeySpec::activated()).await?;
    context
        .validate(&key, json!({"activation_id": null}))
        .await?
        .shows(200, &[("activation", json!(null))])
}

async fn unknown(context: Context) -> Outcome {
    let key = context.key(KeySpec::activated()).await?;
    context
        .validate(
            &key,
            json!({"activation_id": "7c000000-0000-4000-8fff-000000000000"}),
        )
        .await?
        .not_found()
}

async fn foreign(context: Context) -> Outcome {
    let setup = context
        .setup(&[KeySpec::activated(), KeySpec::activated()])
        .await?;
    context
        .validate(
            &setup.keys[0],
            json!({"activation_id": setup.keys[1].activations[0]}),
        )
        .await?
        .not_found()
}

async fn dead(context: Context) -> Outcome {
    let key = context.key(KeySpec::activated()).await?;
    context
        .deactivate(&key, &key.activations[0])
        .await?
        .is_empty()?;
    context
        .validate(&key, json!({"activation_id": key.activations[0]}))
        .await?
        .not_found()
}
