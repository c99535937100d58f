//! What changes a key that was granted, and what a key changes in its grant (docs/behaviour.md#grants); the limits of a
//! benefit (docs/behaviour.md#benefits).

use serde_json::{Value, json};

use super::case::{CORE, Case, case};
use super::context::Context;
use super::received::{Outcome, Stop};
use super::sale::Sale;

pub(super) const CASES: &[Case] = &[
    case!(
        CORE,
        "grants",
        "grant/new-limits-keep-the-status",
        "a benefit's new limits reach its keys, and a disabled key stays disabled",
        new_limits_keep_the_status
    ),
    case!(
        CORE,
        "grants",
        "grant/same-key-again",
        "a key is revoked when its benefit leaves the product, and granted again when the benefit comes back",
        same_key_again
    ),
    case!(
        CORE,
        "grants",
        "grant/follows-the-key",
        "a grant is revoked and granted with its key",
        follows_the_key
    ),
    case!(
        CORE,
        "benefits",
        "benefit/largest-limits",
        "a benefit's limits may be as large as 32 bits allow",
        largest_limits
    ),
    case!(
        CORE,
        "benefits",
        "benefit/limits-too-large",
        "a benefit's limits must fit into 32 bits",
        limits_too_large
    ),
    case!(
        CORE,
        "benefits",
        "benefit/expires-too-late",
        "a benefit's keys expire after 457 years at the latest",
        expires_too_late
    ),
];

/// A subscription's key: its id and its text.
async fn granted_key(context: &Context, sale: &Sale) -> Result<(String, String), Stop> {
    sale.subscribe(context).await?;
    let list = sale.granted(context, 1).await?.body();
    let text = |name: &str| {
        let field = &list["items"][0][name];
        field.as_str().unwrap_or_default().to_owned()
    };
    Ok((text("id"), text("key")))
}

/// Sets the key's status.
async fn set(context: &Context, key: &str, status: &str) -> Outcome {
    let path = format!("/v1/license-keys/{key}");
    context
        .core("PATCH", &path, Some(json!({"status": status})))
        .await?
        .shows(200, &[("status", json!(status))])
}

async fn new_limits_keep_the_status(context: Context) -> Outcome {
    let sale = Sale::open(&context).await?;
    let (key, _) = granted_key(&context, &sale).await?;
    set(&context, &key, "disabled").await?;
    let change = json!({"type": "license_keys", "properties": Sale::terms(3)});
    let path = format!("/v1/benefits/{}", sale.benefit);
    context
        .core("PATCH", &path, Some(change))
        .await?
        .shows(200, &[("properties.activations.limit", json!(3))])?;
    let path = format!("/v1/license-keys/{key}");
    let kept = [
        ("limit_activations", json!(3)),
        ("status", json!("disabled")),
    ];
    context
        .until(&path, |key| key["limit_activations"] == 3)
        .await?
        .shows(200, &kept)
}

async fn same_key_again(context: Context) -> Outcome {
    let sale = Sale::open(&context).await?;
    let (id, key) = granted_key(&context, &sale).await?;
    let becomes = async |status: &str| {
        let has_it = |list: &Value| {
            let mut items = list["items"].as_array().into_iter().flatten();
            items.any(|key| key["status"] == status)
        };
        let shown = [
            ("pagination.total_count", json!(1)),
            ("items.0.id", json!(id)),
            ("items.0.key", json!(key)),
            ("items.0.status", json!(status)),
        ];
        context
            .until(&sale.keys(), has_it)
            .await?
            .shows(200, &shown)
    };
    sale.grant(&context, &[]).await?;
    becomes("revoked").await?;
    sale.grant(&context, &[&sale.benefit]).await?;
    becomes("granted").await
}

async fn follows_the_key(context: Context) -> Outcome {
    let sale = Sale::open(&context).await?;
    let (key, _) = granted_key(&context, &sale).await?;
    let path = format!("/v1/benefits/{}/grants", sale.benefit);
    for (status, revoked) in [("revoked", true), ("granted", false)] {
        set(&context, &key, status).await?;
        let shown = [
            ("pagination.total_count", json!(1)),
            ("items.0.is_revoked", json!(revoked)),
            ("items.0.is_granted", json!(!revoked)),
        ];
        context
            .until(&path, |list| list["items"][0]["is_revoked"] == revoked)
            .await?
            .shows(200, &shown)?;
    }
    Ok(())
}

/// A benefit with this value as both limits.
fn limited(context: &Context, limit: u64) -> Value {
    json!({"type": "license_keys", "description": context.name("limits"), "properties": {
        "activations": {"limit": limit, "enable_customer_admin": false}, "limit_usage": limit}})
}

async fn largest_limits(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let body = limited(&context, 2_147_483_647);
    let shown = [
        ("properties.activations.limit", json!(2_147_483_647)),
        ("properties.limit_usage", json!(2_147_483_647)),
    ];
    context
        .core("POST", "/v1/benefits/", Some(body))
        .await?
        .shows(201, &shown)
}

async fn limits_too_large(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let body = limited(&context, 2_147_483_648);
    let problem = |place: Value| {
        json!({"type": "less_than_equal", "loc": place,
            "msg": "Input should be less than or equal to 2147483647", "input": 2_147_483_648_u32,
            "ctx": {"le": 2_147_483_647}})
    };
    context
        .core("POST", "/v1/benefits/", Some(body))
        .await?
        .invalid(&[
            problem(json!([
                "body",
                "license_keys",
                "properties",
                "activations",
                "limit"
            ])),
            problem(json!(["body", "license_keys", "properties", "limit_usage"])),
        ])
}

async fn expires_too_late(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let expires = json!({"ttl": 458, "timeframe": "year"});
    let body = json!({"type": "license_keys", "description": context.name("expires"),
        "properties": {"expires": expires}});
    context
        .core("POST", "/v1/benefits/", Some(body))
        .await?
        .invalid(&[json!({"type": "value_error",
            "loc": ["body", "license_keys", "properties", "expires"],
            "msg": "Value error, ttl value 458 exceeds the maximum of 457 for timeframe 'year'.",
            "input": expires, "ctx": {"error": {}}})])
}
