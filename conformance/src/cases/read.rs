//! Listing and reading keys and activations (docs/behaviour.md#list-and-read).

use serde_json::json;

use super::api::Api;
use super::case::{BOTH, CORE, Case, case};
use super::context::Context;
use super::received::Outcome;
use crate::provision::{ActivationSpec, KeySpec, PAST};

pub(super) const CASES: &[Case] = &[
    case!(
        CORE,
        "list-and-read",
        "read/pages",
        "keys are listed oldest first, in pages; a page beyond the last is empty",
        pages
    )
    .says(&["api/page", "api/pagination"])
    .core(),
    case!(
        CORE,
        "list-and-read",
        "read/by-status",
        "a status filter may be given more than once",
        by_status
    ),
    case!(
        CORE,
        "list-and-read",
        "read/limit-zero",
        "a page limit of zero is refused",
        limit_zero
    ),
    case!(
        CORE,
        "list-and-read",
        "read/unknown",
        "an unknown key or activation is not found",
        unknown
    )
    .core(),
    case!(
        CORE,
        "list-and-read",
        "read/activation",
        "reading an activation shows its key",
        activation
    ),
    case!(
        CORE,
        "key-fields, list-and-read",
        "read/activation-and-its-key-today",
        "reading an activation shows its key as it is now: used, revoked, expired",
        activation_and_its_key_today
    ),
    case!(
        BOTH,
        "key-fields",
        "read/address",
        "every answer with a key shows the billing address of its customer",
        address
    ),
    case!(
        CORE,
        "key-fields",
        "read/live-activations",
        "a key shows its live activations only",
        live_activations
    ),
];

async fn pages(context: Context) -> Outcome {
    let setup = context
        .own_setup(&[KeySpec::default(), KeySpec::default(), KeySpec::default()])
        .await?;
    let list = |query: &str| format!("/v1/license-keys/?benefit_id={}&{query}", setup.benefit);
    let ids = |index: usize| json!(setup.keys[index].id);
    let pagination = json!({"total_count": 3, "max_page": 2});
    let first = [
        ("items.0.id", ids(0)),
        ("items.1.id", ids(1)),
        ("pagination", pagination.clone()),
    ];
    context
        .core("GET", &list("limit=2"), None)
        .await?
        .shows(200, &first)?;
    context
        .core("GET", &list("limit=2&page=2"), None)
        .await?
        .shows(
            200,
            &[("items.0.id", ids(2)), ("pagination", pagination.clone())],
        )?;
    context
        .core("GET", &list("limit=2&page=3"), None)
        .await?
        .is(200, json!({"items": [], "pagination": pagination}))
}

async fn by_status(context: Context) -> Outcome {
    let status = |status| KeySpec {
        status,
        ..KeySpec::default()
    };
    let setup = context
        .own_setup(&[status("granted"), status("revoked"), status("disabled")])
        .await?;
    let both = [
        ("items.0.id", json!(setup.keys[1].id)),
        ("items.1.id", json!(setup.keys[2].id)),
        ("pagination.total_count", json!(2)),
    ];
    context
        .core(
            "GET",
            &format!(
                "/v1/license-keys/?benefit_id={}&status=disabled&status=revoked",
                setup.benefit
            ),
            None,
        )
        .await?
        .shows(200, &both)
}

async fn limit_zero(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let reply = context
        .core("GET", "/v1/license-keys/?limit=0", None)
        .await?;
    reply.shows(
        422,
        &[
            ("detail.0.type", json!("greater_than")),
            ("detail.0.loc", json!(["query", "limit"])),
        ],
    )
}

async fn unknown(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    context
        .core(
            "GET",
            "/v1/license-keys/6c000000-0000-4000-8fff-000000000000",
            None,
        )
        .await?
        .not_found()?;
    let path = format!(
        "/v1/license-keys/{}/activations/7c000000-0000-4000-8fff-000000000000",
        key.id
    );
    context.core("GET", &path, None).await?.not_found()
}

async fn activation(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            activations: vec![ActivationSpec::with(json!({"a": 1}))],
            ..KeySpec::default()
        })
        .await?;
    let path = format!(
        "/v1/license-keys/{}/activations/{}",
        key.id, key.activations[0]
    );
    let fields = [
        ("id", json!(key.activations[0])),
        ("license_key.id", json!(key.id)),
        ("label", json!("device 0")),
        ("meta", json!({})),
    ];
    context.core("GET", &path, None).await?.shows(200, &fields)
}

async fn activation_and_its_key_today(context: Context) -> Outcome {
    let key = context.key(KeySpec::activated()).await?;
    let path = format!("/v1/license-keys/{}", key.id);
    let activation = format!("{path}/activations/{}", key.activations[0]);
    let before = [
        ("license_key.status", json!("granted")),
        ("license_key.usage", json!(0)),
        ("license_key.expires_at", json!(null)),
    ];
    context
        .core("GET", &activation, None)
        .await?
        .shows(200, &before)?;
    let change = json!({"status": "revoked", "usage": 7, "expires_at": PAST});
    context
        .core("PATCH", &path, Some(change))
        .await?
        .has_status(200)?;
    let after = [
        ("license_key.status", json!("revoked")),
        ("license_key.usage", json!(7)),
        ("license_key.expires_at", json!(PAST)),
    ];
    context
        .core("GET", &activation, None)
        .await?
        .shows(200, &after)
}

async fn address(context: Context) -> Outcome {
    let setup = context.own_setup(&[KeySpec::default()]).await?;
    let key = &setup.keys[0];
    let customer = format!("/v1/customers/{}", setup.customer);
    let moved = json!({"billing_address": {"country": "DE"}});
    context
        .core("PATCH", &customer, Some(moved))
        .await?
        .has_status(200)?;
    let shown = [("customer.billing_address.country", json!("DE"))];
    context.validate(key, json!({})).await?.shows(200, &shown)?;
    let path = format!("{}/{}", context.api().prefix(), key.id);
    let token = context.reader(&setup).await?;
    if context.api() == Api::Core {
        let change = Some(json!({"usage": 1}));
        let reply = context.core("PATCH", &path, change).await?;
        reply.shows(200, &shown)?;
    }
    for (method, path) in [("GET", path.clone()), ("POST", format!("{path}/rotate"))] {
        context
            .as_caller(Some(token), method, &path, None)
            .await?
            .shows(200, &shown)?;
    }
    Ok(())
}

async fn live_activations(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            activations: vec![ActivationSpec::plain(), ActivationSpec::plain()],
            ..KeySpec::default()
        })
        .await?;
    let body = json!({"key": key.key, "organization_id": key.organization, "activation_id": key.activations[0]});
    context
        .core("POST", "/v1/license-keys/deactivate", Some(body))
        .await?
        .is_empty()?;
    let left = json!([{"id": key.activations[1], "license_key_id": key.id, "label": "device 1", "meta": {}, "created_at": "<time>", "modified_at": null}]);
    context
        .core("GET", &format!("/v1/license-keys/{}", key.id), None)
        .await?
        .shows(200, &[("activations", left)])
}
