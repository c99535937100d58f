//! Changing a key (docs/behaviour.md#update).

use serde_json::json;

use super::case::{CORE, Case, case};
use super::context::Context;
use super::received::Outcome;
use crate::provision::KeySpec;

pub(super) const CASES: &[Case] = &[
    case!(
        CORE,
        "update",
        "update/only-what-is-given",
        "an update changes only the fields in its body; an empty body changes nothing",
        only_what_is_given
    ),
    case!(
        CORE,
        "update",
        "update/null-lifts-a-limit",
        "null removes a limit; a limit that is not in the body stays",
        null_lifts_a_limit
    ),
    case!(
        CORE,
        "update",
        "update/revoke-and-grant",
        "a key can be revoked and granted again",
        revoke_and_grant
    )
    .core(),
    case!(
        CORE,
        "update",
        "update/limit-zero",
        "a usage limit of zero is refused",
        limit_zero
    ),
    case!(
        CORE,
        "update",
        "update/unknown",
        "an unknown key is not found",
        unknown
    ),
];

fn spec() -> KeySpec {
    KeySpec {
        usage: 4,
        limit_usage: Some(9),
        ..KeySpec::default()
    }
}

async fn only_what_is_given(context: Context) -> Outcome {
    let key = context.key(spec()).await?;
    let path = format!("/v1/license-keys/{}", key.id);
    let before = context.core("GET", &path, None).await?.body();
    let kept = [
        ("usage", json!(4)),
        ("limit_usage", json!(9)),
        ("limit_activations", json!(3)),
        ("modified_at", before["modified_at"].clone()),
    ];
    context
        .core("PATCH", &path, Some(json!({})))
        .await?
        .shows(200, &kept)?;
    let after = [
        ("usage", json!(5)),
        ("limit_usage", json!(9)),
        ("limit_activations", json!(3)),
        ("modified_at", json!("<time>")),
    ];
    context
        .core("PATCH", &path, Some(json!({"usage": 5})))
        .await?
        .shows(200, &after)
}

async fn null_lifts_a_limit(context: Context) -> Outcome {
    let key = context.key(spec()).await?;
    let path = format!("/v1/license-keys/{}", key.id);
    let lifted = [
        ("limit_usage", json!(null)),
        ("limit_activations", json!(3)),
    ];
    context
        .core("PATCH", &path, Some(json!({"limit_usage": null})))
        .await?
        .shows(200, &lifted)?;
    context.core("GET", &path, None).await?.shows(200, &lifted)
}

async fn revoke_and_grant(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let path = format!("/v1/license-keys/{}", key.id);
    context
        .core("PATCH", &path, Some(json!({"status": "revoked"})))
        .await?
        .shows(200, &[("status", json!("revoked"))])?;
    context.validate(&key, json!({})).await?.has_status(404)?;
    context
        .core("PATCH", &path, Some(json!({"status": "granted"})))
        .await?
        .shows(200, &[("status", json!("granted"))])?;
    context.validate(&key, json!({})).await?.has_status(200)
}

async fn limit_zero(context: Context) -> Outcome {
    let key = context.key(spec()).await?;
    let reply = context
        .core(
            "PATCH",
            &format!("/v1/license-keys/{}", key.id),
            Some(json!({"limit_usage": 0})),
        )
        .await?;
    reply.shows(
        422,
        &[
            ("detail.0.type", json!("greater_than")),
            ("detail.0.loc", json!(["body", "limit_usage"])),
        ],
    )
}

async fn unknown(context: Context) -> Outcome {
    context.setup(&[]).await?;
    context
        .core(
            "PATCH",
            "/v1/license-keys/6c000000-0000-4000-8fff-000000000000",
            Some(json!({"usage": 1})),
        )
        .await?
        .not_found()
}
