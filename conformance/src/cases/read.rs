//! Listing and reading keys and activations (docs/behaviour.md#list-and-read).

use serde_json::json;

use super::PAST;
use super::case::{Api, BOTH, CORE, Case, case};
use super::reply::Outcome;
use super::stage::Stage;
use crate::provision::{ActivationSpec, KeySpec};

pub(super) const CASES: &[Case] = &[
    case!(
        CORE,
        "list-and-read",
        "read/pages",
        "keys come oldest first, in pages; beyond the last page there is nothing",
        pages
    )
    .says(&["api/page", "api/pagination"])
    .core(),
    case!(
        CORE,
        "list-and-read",
        "read/by-status",
        "a status filter may be repeated",
        by_status
    ),
    case!(
        CORE,
        "list-and-read",
        "read/limit-zero",
        "a page of no keys is refused",
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
        "an activation is read with its key",
        activation
    ),
    case!(
        CORE,
        "key-fields, list-and-read",
        "read/activation-and-its-key-today",
        "an activation is read with its key as it is now: used, revoked, expired",
        activation_and_its_key_today
    ),
    case!(
        BOTH,
        "key-fields",
        "read/address",
        "a key shows the address of its customer, whatever is done with it",
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

async fn pages(stage: Stage) -> Outcome {
    let world = stage
        .world_of_its_own(&[KeySpec::default(), KeySpec::default(), KeySpec::default()])
        .await?;
    let list = |query: &str| format!("/v1/license-keys/?benefit_id={}&{query}", world.benefit);
    let ids = |index: usize| json!(world.keys[index].id);
    let pagination = json!({"total_count": 3, "max_page": 2});
    let first = [
        ("items.0.id", ids(0)),
        ("items.1.id", ids(1)),
        ("pagination", pagination.clone()),
    ];
    stage
        .core("GET", &list("limit=2"), None)
        .await?
        .shows(200, &first)?;
    stage
        .core("GET", &list("limit=2&page=2"), None)
        .await?
        .shows(
            200,
            &[("items.0.id", ids(2)), ("pagination", pagination.clone())],
        )?;
    stage
        .core("GET", &list("limit=2&page=3"), None)
        .await?
        .is(200, json!({"items": [], "pagination": pagination}))
}

async fn by_status(stage: Stage) -> Outcome {
    let status = |status| KeySpec {
        status,
        ..KeySpec::default()
    };
    let world = stage
        .world_of_its_own(&[status("granted"), status("revoked"), status("disabled")])
        .await?;
    let both = [
        ("items.0.id", json!(world.keys[1].id)),
        ("items.1.id", json!(world.keys[2].id)),
        ("pagination.total_count", json!(2)),
    ];
    stage
        .core(
            "GET",
            &format!(
                "/v1/license-keys/?benefit_id={}&status=disabled&status=revoked",
                world.benefit
            ),
            None,
        )
        .await?
        .shows(200, &both)
}

async fn limit_zero(stage: Stage) -> Outcome {
    stage.world(&[]).await?;
    let reply = stage.core("GET", "/v1/license-keys/?limit=0", None).await?;
    reply.shows(
        422,
        &[
            ("detail.0.type", json!("greater_than")),
            ("detail.0.loc", json!(["query", "limit"])),
        ],
    )
}

async fn unknown(stage: Stage) -> Outcome {
    let key = stage.key(KeySpec::default()).await?;
    stage
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
    stage.core("GET", &path, None).await?.not_found()
}

async fn activation(stage: Stage) -> Outcome {
    let key = stage
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
    stage.core("GET", &path, None).await?.shows(200, &fields)
}

async fn activation_and_its_key_today(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            activations: vec![ActivationSpec::plain()],
            ..KeySpec::default()
        })
        .await?;
    let path = format!("/v1/license-keys/{}", key.id);
    let activation = format!("{path}/activations/{}", key.activations[0]);
    let before = [
        ("license_key.status", json!("granted")),
        ("license_key.usage", json!(0)),
        ("license_key.expires_at", json!(null)),
    ];
    stage
        .core("GET", &activation, None)
        .await?
        .shows(200, &before)?;
    let change = json!({"status": "revoked", "usage": 7, "expires_at": PAST});
    stage
        .core("PATCH", &path, Some(change))
        .await?
        .has_status(200)?;
    let after = [
        ("license_key.status", json!("revoked")),
        ("license_key.usage", json!(7)),
        ("license_key.expires_at", json!(PAST)),
    ];
    stage
        .core("GET", &activation, None)
        .await?
        .shows(200, &after)
}

async fn address(stage: Stage) -> Outcome {
    let world = stage.world_of_its_own(&[KeySpec::default()]).await?;
    let key = &world.keys[0];
    let customer = format!("/v1/customers/{}", world.customer);
    let moved = json!({"billing_address": {"country": "DE"}});
    stage
        .core("PATCH", &customer, Some(moved))
        .await?
        .has_status(200)?;
    let shown = [("customer.billing_address.country", json!("DE"))];
    stage.validate(key, json!({})).await?.shows(200, &shown)?;
    let path = format!("{}/{}", stage.api().prefix(), key.id);
    let token = match stage.api() {
        Api::Core => {
            let change = Some(json!({"usage": 1}));
            stage
                .core("PATCH", &path, change)
                .await?
                .shows(200, &shown)?;
            stage.token().to_owned()
        }
        Api::Portal => {
            let session = json!({"customer_id": world.customer});
            stage
                .core("POST", "/v1/customer-sessions/", Some(session))
                .await?
                .shows(201, &[("token", json!("polar_mst_<token:1>"))])?;
            "polar_mst_<token:1>".to_owned()
        }
    };
    for (method, path) in [("GET", path.clone()), ("POST", format!("{path}/rotate"))] {
        stage
            .as_caller(Some(&token), method, &path, None)
            .await?
            .shows(200, &shown)?;
    }
    Ok(())
}

async fn live_activations(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            activations: vec![ActivationSpec::plain(), ActivationSpec::plain()],
            ..KeySpec::default()
        })
        .await?;
    let body = json!({"key": key.key, "organization_id": key.organization, "activation_id": key.activations[0]});
    stage
        .core("POST", "/v1/license-keys/deactivate", Some(body))
        .await?
        .is_empty()?;
    let left = json!([{"id": key.activations[1], "license_key_id": key.id, "label": "device 1", "meta": {}, "created_at": "<time>", "modified_at": null}]);
    stage
        .core("GET", &format!("/v1/license-keys/{}", key.id), None)
        .await?
        .shows(200, &[("activations", left)])
}
