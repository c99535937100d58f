//! Activate: the activation, and what stays unchanged (docs/behaviour.md#activate).

use serde_json::json;

use super::case::{BOTH, Case, case};
use super::context::Context;
use super::received::Outcome;
use crate::provision::{ActivationSpec, KeySpec};

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "activate",
        "activate/ok",
        "activate shows the activation and its key, never the conditions; the activation validates",
        ok
    )
    .says(&[
        "guide/activation-first",
        "guide/activate-answer",
        "guide/meta",
    ])
    .core(),
    case!(
        BOTH,
        "activate",
        "activate/same-label",
        "two activations may have the same label",
        same_label
    ),
    case!(
        BOTH,
        "activate",
        "activate/leaves-the-key-alone",
        "activating does not change the key itself",
        leaves_the_key_alone
    ),
    case!(
        BOTH,
        "deactivate",
        "activate/after-deactivate",
        "a deactivation frees its slot at once",
        after_deactivate
    )
    .core(),
];

async fn ok(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let reply = context
        .activate(
            &key,
            json!({"label": "laptop", "conditions": {"major": 1}, "meta": {"ip": "10.0.0.1"}}),
        )
        .await?;
    let fields = [
        ("id", json!("<activation:1>")),
        ("license_key_id", json!(key.id)),
        ("label", json!("laptop")),
        ("meta", json!({"ip": "10.0.0.1"})),
        ("modified_at", json!(null)),
        ("license_key.id", json!(key.id)),
    ];
    reply.shows(200, &fields)?;
    let body = json!({"activation_id": "<activation:1>", "conditions": {"major": 1}});
    let activation = json!({"id": "<activation:1>", "license_key_id": key.id, "label": "laptop", "meta": {"ip": "10.0.0.1"},
                            "created_at": "<time>", "modified_at": null});
    context
        .validate(&key, body)
        .await?
        .shows(200, &[("activation", activation)])
}

async fn same_label(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    context
        .activate(&key, json!({"label": "one"}))
        .await?
        .shows(200, &[("id", json!("<activation:1>"))])?;
    context
        .activate(&key, json!({"label": "one"}))
        .await?
        .shows(200, &[("id", json!("<activation:2>"))])
}

async fn leaves_the_key_alone(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    context.activate(&key, json!({})).await?.has_status(200)?;
    let untouched = [
        ("modified_at", json!(null)),
        ("usage", json!(0)),
        ("validations", json!(0)),
        ("last_validated_at", json!(null)),
    ];
    context
        .core("GET", &format!("/v1/license-keys/{}", key.id), None)
        .await?
        .shows(200, &untouched)
}

async fn after_deactivate(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            limit_activations: Some(1),
            activations: vec![ActivationSpec::plain()],
            ..KeySpec::default()
        })
        .await?;
    context.activate(&key, json!({})).await?.has_status(403)?;
    context
        .deactivate(&key, &key.activations[0])
        .await?
        .is_empty()?;
    context.activate(&key, json!({})).await?.has_status(200)?;
    context.activate(&key, json!({})).await?.has_status(403)
}
