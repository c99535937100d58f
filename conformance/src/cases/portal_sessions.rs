//! The customer's own view of their keys (POLAR.md 13).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::case::{Case, PORTAL, case};
use super::reply::{Outcome, Stop};
use super::rotate::{cannot_rotate, rotated};
use super::stage::Stage;
use crate::provision::{ActivationSpec, KeySpec, World};

pub(super) const CASES: &[Case] = &[
    case!(
        PORTAL,
        "13",
        "session/create",
        "a session shows its customer and a token of a member",
        create
    )
    .core(),
    case!(
        PORTAL,
        "13",
        "session/lasts-an-hour",
        "a session begins now and ends an hour later",
        lasts_an_hour
    ),
    case!(
        PORTAL,
        "10",
        "session/pages",
        "a customer's keys come in pages of ten, unless said otherwise",
        pages
    ),
    case!(
        PORTAL,
        "13",
        "session/unknown-customer",
        "an unknown customer is a validation error",
        unknown_customer
    ),
    case!(
        PORTAL,
        "13",
        "session/list-and-get",
        "a session sees the customer's keys",
        list_and_get
    )
    .says(&["api/customer-token"])
    .core(),
    case!(
        PORTAL,
        "13",
        "session/others-keys",
        "a session does not see another customer's keys",
        others_keys
    )
    .says(&["api/customer-token"]),
    case!(
        PORTAL,
        "13",
        "session/rotate",
        "a session can rotate a key of its customer",
        rotate
    ),
    case!(
        PORTAL,
        "12, 13",
        "session/rotate-revoked",
        "a session cannot rotate a key that is revoked",
        rotate_revoked
    ),
    case!(
        PORTAL,
        "5",
        "session/needed",
        "without a session there is no list",
        needed
    ),
];

const PATH: &str = "/v1/customer-portal/license-keys";
const TOKEN: Option<&str> = Some("polar_mst_<token:1>");

/// Opens a session, whose token is from then on `polar_mst_<token:1>`.
async fn open(stage: &Stage, customer: &str) -> Result<(), Stop> {
    let reply = stage
        .core(
            "POST",
            "/v1/customer-sessions/",
            Some(json!({"customer_id": customer})),
        )
        .await?;
    reply.shows(
        201,
        &[
            ("token", json!("polar_mst_<token:1>")),
            ("customer_id", json!(customer)),
            ("customer.id", json!(customer)),
        ],
    )
}

async fn one_key(stage: &Stage) -> Result<World, Stop> {
    stage
        .world(&[KeySpec {
            activations: vec![ActivationSpec::plain()],
            ..KeySpec::default()
        }])
        .await
}

async fn create(stage: Stage) -> Outcome {
    let world = one_key(&stage).await?;
    open(&stage, &world.customer).await
}

/// An hour from now: the moments of a session are told twice, and fit.
async fn lasts_an_hour(stage: Stage) -> Outcome {
    let world = one_key(&stage).await?;
    let now = stage.now().await;
    let reply = stage
        .core(
            "POST",
            "/v1/customer-sessions/",
            Some(json!({"customer_id": world.customer})),
        )
        .await?;
    let body = reply.body();
    let moment = |name: &str| -> Option<DateTime<Utc>> { body[name].as_str()?.parse().ok() };
    // Clocks differ, a little.
    let fits = moment("created_at").is_some_and(|created| {
        (created - now).abs() < TimeDelta::minutes(10)
            && moment("expires_at").is_some_and(|expires| {
                (expires - created - TimeDelta::hours(1)).abs() < TimeDelta::minutes(1)
            })
    });
    let moments = [
        ("created_at", json!("<time>")),
        ("expires_at", json!("<time>")),
        ("modified_at", json!(null)),
    ];
    if fits {
        reply.shows(201, &moments)
    } else {
        let told = json!("now, and an hour later");
        reply.shows(201, &[("created_at", told.clone()), ("expires_at", told)])
    }
}

async fn pages(stage: Stage) -> Outcome {
    let world = stage
        .world_of_its_own(&vec![KeySpec::default(); 11])
        .await?;
    open(&stage, &world.customer).await?;
    let first = [
        ("items.0.id", json!(world.keys[0].id)),
        ("items.9.id", json!(world.keys[9].id)),
        ("pagination", json!({"total_count": 11, "max_page": 2})),
    ];
    stage
        .as_caller(TOKEN, "GET", &format!("{PATH}/"), None)
        .await?
        .shows(200, &first)?;
    let last = [
        ("items.0.id", json!(world.keys[9].id)),
        ("pagination", json!({"total_count": 11, "max_page": 4})),
    ];
    stage
        .as_caller(TOKEN, "GET", &format!("{PATH}/?limit=3&page=4"), None)
        .await?
        .shows(200, &last)
}

async fn unknown_customer(stage: Stage) -> Outcome {
    one_key(&stage).await?;
    let unknown = "2c000000-0000-4000-8fff-000000000000";
    let reply = stage
        .core(
            "POST",
            "/v1/customer-sessions/",
            Some(json!({"customer_id": unknown})),
        )
        .await?;
    let problem = json!({"type": "value_error", "loc": ["body", "customer_id"], "msg": "Customer does not exist.", "input": unknown});
    reply.is(
        422,
        json!({"error": "PolarRequestValidationError", "detail": [problem]}),
    )
}

async fn list_and_get(stage: Stage) -> Outcome {
    let world = stage
        .world_of_its_own(&[KeySpec {
            activations: vec![ActivationSpec::plain()],
            ..KeySpec::default()
        }])
        .await?;
    let key = &world.keys[0];
    open(&stage, &world.customer).await?;
    let listed = [
        ("items.0.id", json!(key.id)),
        ("pagination", json!({"total_count": 1, "max_page": 1})),
    ];
    stage
        .as_caller(TOKEN, "GET", &format!("{PATH}/"), None)
        .await?
        .shows(200, &listed)?;
    let shown = [
        ("id", json!(key.id)),
        ("activations.0.id", json!(key.activations[0])),
    ];
    stage
        .as_caller(TOKEN, "GET", &format!("{PATH}/{}", key.id), None)
        .await?
        .shows(200, &shown)
}

async fn others_keys(stage: Stage) -> Outcome {
    let world = one_key(&stage).await?;
    open(&stage, &world.other_customer).await?;
    let nothing = json!({"items": [], "pagination": {"total_count": 0, "max_page": 0}});
    stage
        .as_caller(TOKEN, "GET", &format!("{PATH}/"), None)
        .await?
        .is(200, nothing)?;
    stage
        .as_caller(TOKEN, "GET", &format!("{PATH}/{}", world.keys[0].id), None)
        .await?
        .not_found()
}

async fn rotate(stage: Stage) -> Outcome {
    let world = one_key(&stage).await?;
    let key = &world.keys[0];
    open(&stage, &world.customer).await?;
    let path = format!("{PATH}/{}", key.id);
    let before = stage.as_caller(TOKEN, "GET", &path, None).await?.body();
    let reply = stage
        .as_caller(TOKEN, "POST", &format!("{path}/rotate"), None)
        .await?;
    rotated(reply, before)?;
    stage.validate(key, json!({})).await?.not_found()
}

async fn rotate_revoked(stage: Stage) -> Outcome {
    let world = stage
        .world(&[KeySpec {
            status: "revoked",
            ..KeySpec::default()
        }])
        .await?;
    open(&stage, &world.customer).await?;
    let path = format!("{PATH}/{}/rotate", world.keys[0].id);
    let rotate = async || stage.as_caller(TOKEN, "POST", &path, None).await;
    rotate().await?.has_headers(
        400,
        &[
            ("cache-control", Some("private, no-store")),
            ("polar-version", Some("2026-04")),
        ],
    )?;
    cannot_rotate(rotate().await?)
}

async fn needed(stage: Stage) -> Outcome {
    one_key(&stage).await?;
    stage
        .as_caller(None, "GET", &format!("{PATH}/"), None)
        .await?
        .refuses(401, "Unauthorized", "Unauthorized")
}
