//! Updates of a key: what is stored, echoed and refused (docs/behaviour.md#update and
//! docs/behaviour.md#rotate).

use serde_json::{Value, json};

use super::case::{BOTH, CORE, Case, case};
use super::context::Context;
use super::received::Outcome;
use crate::provision::{ActivationSpec, KeySpec, TestKey};

pub(super) const CASES: &[Case] = &[
    case!(
        CORE,
        "update",
        "change/every-status",
        "a key can change from any status to any other",
        every_status
    ),
    case!(
        CORE,
        "update",
        "change/unknown-status",
        "an unknown status is refused",
        |context| refused(
            context,
            json!({"status": "expired"}),
            json!({"type": "enum", "loc": ["body", "status"], "msg": "Input should be 'granted', 'revoked' or 'disabled'",
                "input": "expired", "ctx": {"expected": "'granted', 'revoked' or 'disabled'"}})
        )
    ),
    case!(
        CORE,
        "update",
        "change/usage-null",
        "usage cannot be null",
        |context| refused(
            context,
            json!({"usage": null}),
            json!({"type": "int_type", "loc": ["body", "usage"], "msg": "Input should be a valid integer", "input": null})
        )
    ),
    case!(
        CORE,
        "update",
        "change/usage-too-large",
        "usage must fit into 32 bits",
        |context| refused(
            context,
            json!({"usage": 2_147_483_648_u32}),
            json!({"type": "less_than_equal", "loc": ["body", "usage"],
                "msg": "Input should be less than or equal to 2147483647", "input": 2_147_483_648_u32,
                "ctx": {"le": 2_147_483_647}})
        )
    ),
    case!(
        CORE,
        "update",
        "change/largest-limits",
        "limits may be as large as 32 bits allow",
        largest_limits
    ),
    case!(
        CORE,
        "update",
        "change/limits-too-large",
        "limits must fit into 32 bits",
        limits_too_large
    ),
    case!(
        CORE,
        "update",
        "change/usage-beyond-limits",
        "usage may be negative, and above the limit",
        usage_beyond_limits
    ),
    case!(
        CORE,
        "update",
        "change/expires-boolean",
        "an expiry must be a time",
        |context| refused(
            context,
            json!({"expires_at": true}),
            json!({"type": "datetime_type", "loc": ["body", "expires_at"], "msg": "Input should be a valid datetime",
                "input": true})
        )
    ),
    case!(
        CORE,
        "update",
        "change/expires-echoed",
        "the answer to an update repeats an expiry with its offset; later reads show it in UTC",
        expires_echoed
    )
    .strict(),
    case!(
        CORE,
        "lax-conversions",
        "change/expires-spelled",
        "an expiry may be a date or a number of seconds",
        expires_spelled
    ),
    case!(
        CORE,
        "update",
        "change/expires-and-lifted",
        "a key with an expiry in the past is expired at once, and valid again without an expiry",
        expires_and_lifted
    ),
    case!(
        CORE,
        "update",
        "change/limit-activations-zero",
        "an activation limit of 0 is refused",
        |context| refused(
            context,
            json!({"limit_activations": 0}),
            json!({"type": "greater_than", "loc": ["body", "limit_activations"], "msg": "Input should be greater than 0",
                "input": 0, "ctx": {"gt": 0}})
        )
    ),
    case!(
        BOTH,
        "activate",
        "change/lower-limit",
        "a lowered limit keeps existing activations and allows no more",
        lower_limit
    ),
    case!(
        BOTH,
        "activate",
        "change/no-limit",
        "without an activation limit a key cannot be activated",
        no_limit
    ),
    case!(
        CORE,
        "update",
        "change/path-and-body",
        "errors of the path are reported before those of the body",
        path_and_body
    )
    .strict(),
    case!(
        CORE,
        "update",
        "change/unknown-fields",
        "an update ignores fields that it cannot change",
        unknown_fields
    ),
    case!(
        CORE,
        "rotate",
        "change/rotation-keeps",
        "rotation keeps usage, limits, expiry and activations",
        rotation_keeps
    ),
    case!(
        BOTH,
        "validate",
        "change/usage-below-nothing",
        "the message may give a negative number of uses left",
        usage_below_nothing
    ),
];

fn path(key: &TestKey) -> String {
    format!("/v1/license-keys/{}", key.id)
}

async fn refused(context: Context, change: Value, expected: Value) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    context
        .core("PATCH", &path(&key), Some(change))
        .await?
        .invalid(&[expected])
}

async fn every_status(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    for status in [
        "disabled", "revoked", "disabled", "granted", "revoked", "granted",
    ] {
        context
            .core("PATCH", &path(&key), Some(json!({"status": status})))
            .await?
            .shows(200, &[("status", json!(status))])?;
    }
    Ok(())
}

async fn largest_limits(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let change = json!({"limit_activations": 2_147_483_647, "limit_usage": 2_147_483_647});
    let shown = [
        ("limit_activations", json!(2_147_483_647)),
        ("limit_usage", json!(2_147_483_647)),
    ];
    context
        .core("PATCH", &path(&key), Some(change))
        .await?
        .shows(200, &shown)
}

async fn limits_too_large(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let limit = 2_147_483_648_u32;
    let change = json!({"limit_activations": limit, "limit_usage": limit});
    let problem = |field: &str| {
        json!({"type": "less_than_equal", "loc": ["body", field],
            "msg": "Input should be less than or equal to 2147483647", "input": limit,
            "ctx": {"le": 2_147_483_647}})
    };
    context
        .core("PATCH", &path(&key), Some(change))
        .await?
        .invalid(&[problem("limit_activations"), problem("limit_usage")])
}

async fn usage_beyond_limits(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            limit_usage: Some(5),
            ..KeySpec::default()
        })
        .await?;
    for usage in [-3, 9] {
        context
            .core("PATCH", &path(&key), Some(json!({"usage": usage})))
            .await?
            .shows(200, &[("usage", json!(usage)), ("limit_usage", json!(5))])?;
    }
    Ok(())
}

async fn expires_echoed(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let given = json!({"expires_at": "2040-01-02T03:04:05+05:30"});
    let echoed = [("expires_at", json!("2040-01-02T03:04:05+05:30"))];
    context
        .core("PATCH", &path(&key), Some(given))
        .await?
        .shows(200, &echoed)?;
    let read = [("expires_at", json!("2040-01-01T21:34:05Z"))];
    context
        .core("GET", &path(&key), None)
        .await?
        .shows(200, &read)
}

async fn expires_spelled(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    for (given, read) in [
        (json!("2040-01-02"), "2040-01-02T00:00:00Z"),
        (json!(2_209_086_245_u32), "2040-01-02T03:04:05Z"),
        (json!("2040-01-02 03:04"), "2040-01-02T03:04:00Z"),
        (
            json!("2040-01-02T03:04:05.1234567Z"),
            "2040-01-02T03:04:05.123456Z",
        ),
    ] {
        context
            .core("PATCH", &path(&key), Some(json!({"expires_at": given})))
            .await?
            .has_status(200)?;
        context
            .core("GET", &path(&key), None)
            .await?
            .shows(200, &[("expires_at", json!(read))])?;
    }
    Ok(())
}

async fn expires_and_lifted(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let expired = json!({"expires_at": "2020-01-01T00:00:00Z"});
    context
        .core("PATCH", &path(&key), Some(expired))
        .await?
        .shows(200, &[("status", json!("granted"))])?;
    context.validate(&key, json!({})).await?.refuses(
        404,
        "ResourceNotFound",
        "License key has expired.",
    )?;
    context
        .core("PATCH", &path(&key), Some(json!({"expires_at": null})))
        .await?
        .shows(200, &[("expires_at", json!(null))])?;
    context.validate(&key, json!({})).await?.has_status(200)
}

async fn lower_limit(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            limit_activations: Some(1),
            activations: vec![ActivationSpec::plain(), ActivationSpec::plain()],
            ..KeySpec::default()
        })
        .await?;
    for activation in &key.activations {
        context
            .validate(&key, json!({"activation_id": activation}))
            .await?
            .has_status(200)?;
    }
    context.activate(&key, json!({})).await?.refuses(
        403,
        "NotPermitted",
        "License key activation limit already reached",
    )
}

async fn no_limit(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            limit_activations: None,
            ..KeySpec::default()
        })
        .await?;
    context.activate(&key, json!({})).await?.refuses(
        403,
        "NotPermitted",
        "This license key does not support activations. Use the /validate endpoint instead to check license validity.",
    )?;
    context.validate(&key, json!({})).await?.has_status(200)
}

async fn path_and_body(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let reply = context
        .core("PATCH", "/v1/license-keys/x", Some(json!({"usage": "x"})))
        .await?;
    reply.shows(
        422,
        &[
            ("detail.0.loc", json!(["path", "id"])),
            ("detail.1.loc", json!(["body", "usage"])),
        ],
    )
}

async fn unknown_fields(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let change = json!({"key": "MINE", "validations": 99, "customer_id": super::UNKNOWN_ID});
    let kept = [("key", json!(key.key)), ("validations", json!(0))];
    context
        .core("PATCH", &path(&key), Some(change))
        .await?
        .shows(200, &kept)
}

async fn rotation_keeps(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            usage: 4,
            limit_usage: Some(9),
            expires_at: Some("2040-01-02T03:04:05Z"),
            activations: vec![ActivationSpec::plain()],
            ..KeySpec::default()
        })
        .await?;
    let kept = [
        ("usage", json!(4)),
        ("limit_usage", json!(9)),
        ("limit_activations", json!(3)),
        ("expires_at", json!("2040-01-02T03:04:05Z")),
    ];
    context
        .core("POST", &format!("{}/rotate", path(&key)), None)
        .await?
        .shows(200, &kept)?;
    context
        .core("GET", &path(&key), None)
        .await?
        .shows(200, &[("activations.0.id", json!(key.activations[0]))])
}

async fn usage_below_nothing(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            usage: 10,
            limit_usage: Some(5),
            ..KeySpec::default()
        })
        .await?;
    context
        .validate(&key, json!({"increment_usage": 1}))
        .await?
        .refuses(400, "BadRequest", "License key only has -5 more usages.")
}
