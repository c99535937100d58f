//! The keys as their customer sees them (docs/behaviour.md#customer-portal).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::case::{Case, PORTAL, case};
use super::context::{Context, SESSION};
use super::received::{Outcome, Stop};
use super::rotate::{cannot_rotate, rotated};
use crate::provision::{KeySpec, PAST, Setup};

pub(super) const CASES: &[Case] = &[
    case!(
        PORTAL,
        "customer-sessions",
        "session/create",
        "a new session shows its customer and a token",
        create
    )
    .core(),
    case!(
        PORTAL,
        "customer-sessions",
        "session/lasts-an-hour",
        "a session expires an hour after it was created",
        lasts_an_hour
    ),
    case!(
        PORTAL,
        "list-and-read",
        "session/pages",
        "by default a customer's keys are listed in pages of ten",
        pages
    ),
    case!(
        PORTAL,
        "customer-sessions",
        "session/unknown-customer",
        "a session for an unknown customer is refused as a validation error",
        unknown_customer
    ),
    case!(
        PORTAL,
        "validation-errors, customer-portal",
        "session/customer-word",
        "a malformed id is reported under the name of the body's type",
        customer_word
    )
    .strict(),
    case!(
        PORTAL,
        "customer-portal",
        "session/return-url",
        "a session shows its return URL",
        return_url
    ),
    case!(
        PORTAL,
        "validation-errors, customer-portal",
        "session/page-zero",
        "page 0 and a negative limit are refused",
        page_zero
    )
    .strict(),
    case!(
        PORTAL,
        "customer-portal",
        "session/key-today",
        "a session shows a key as it is now, and as the organization sees it",
        key_today
    ),
    case!(
        PORTAL,
        "customer-portal",
        "session/list-and-get",
        "a session shows the keys of its customer",
        list_and_get
    )
    .says(&["api/customer-token"])
    .core(),
    case!(
        PORTAL,
        "customer-portal",
        "session/others-keys",
        "a session does not show the keys of another customer",
        others_keys
    )
    .says(&["api/customer-token"]),
    case!(
        PORTAL,
        "customer-portal",
        "session/rotate",
        "a session can rotate a key of its customer",
        rotate
    ),
    case!(
        PORTAL,
        "rotate, customer-portal",
        "session/rotate-disabled",
        "a session can rotate a disabled and expired key; everything but the key itself stays",
        rotate_disabled
    ),
    case!(
        PORTAL,
        "rotate, customer-portal",
        "session/rotate-revoked",
        "a session cannot rotate a revoked key",
        rotate_revoked
    ),
    case!(
        PORTAL,
        "authentication",
        "session/needed",
        "the customer's list requires a session",
        needed
    ),
];

const PATH: &str = "/v1/customer-portal/license-keys";
const TOKEN: Option<&str> = Some(SESSION);

async fn one_key(context: &Context) -> Result<Setup, Stop> {
    context.setup(&[KeySpec::activated()]).await
}

async fn create(context: Context) -> Outcome {
    let setup = one_key(&context).await?;
    context.open_session(&setup.customer).await
}

/// Checks the times of a session against the clock.
async fn lasts_an_hour(context: Context) -> Outcome {
    let setup = one_key(&context).await?;
    let now = context.now().await;
    let reply = context
        .core(
            "POST",
            "/v1/customer-sessions/",
            Some(json!({"customer_id": setup.customer})),
        )
        .await?;
    let body = reply.body();
    let moment = |name: &str| -> Option<DateTime<Utc>> { body[name].as_str()?.parse().ok() };
    // Clocks differ a little.
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

async fn pages(context: Context) -> Outcome {
    let setup = context.own_setup(&vec![KeySpec::default(); 11]).await?;
    context.open_session(&setup.customer).await?;
    let first = [
        ("items.0.id", json!(setup.keys[0].id)),
        ("items.9.id", json!(setup.keys[9].id)),
        ("pagination", json!({"total_count": 11, "max_page": 2})),
    ];
    context
        .as_caller(TOKEN, "GET", &format!("{PATH}/"), None)
        .await?
        .shows(200, &first)?;
    let last = [
        ("items.0.id", json!(setup.keys[9].id)),
        ("pagination", json!({"total_count": 11, "max_page": 4})),
    ];
    context
        .as_caller(TOKEN, "GET", &format!("{PATH}/?limit=3&page=4"), None)
        .await?
        .shows(200, &last)
}

async fn unknown_customer(context: Context) -> Outcome {
    one_key(&context).await?;
    let unknown = "2c000000-0000-4000-8fff-000000000000";
    let reply = context
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

async fn customer_word(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let reason = "invalid character: found `x` at 1";
    let first = [
        ("error", json!("RequestValidationError")),
        (
            "detail.0",
            json!({"type": "uuid_parsing", "loc": ["body", "CustomerSessionCustomerIDCreate", "customer_id"],
                "msg": format!("Input should be a valid UUID, {reason}"), "input": "x", "ctx": {"error": reason}}),
        ),
    ];
    let body = json!({"customer_id": "x"});
    context
        .core("POST", "/v1/customer-sessions/", Some(body))
        .await?
        .shows(422, &first)
}

async fn return_url(context: Context) -> Outcome {
    let setup = one_key(&context).await?;
    let back = "https://example.com/account";
    let body = json!({"customer_id": setup.customer, "return_url": back});
    context
        .core("POST", "/v1/customer-sessions/", Some(body))
        .await?
        .shows(201, &[("return_url", json!(back))])
}

async fn page_zero(context: Context) -> Outcome {
    let setup = one_key(&context).await?;
    context.open_session(&setup.customer).await?;
    let problem = |parameter: &str, input: &str| {
        json!({"type": "greater_than", "loc": ["query", parameter], "msg": "Input should be greater than 0",
            "input": input, "ctx": {"gt": 0}})
    };
    context
        .as_caller(TOKEN, "GET", &format!("{PATH}/?limit=-1&page=0"), None)
        .await?
        .invalid(&[problem("page", "0"), problem("limit", "-1")])
}

async fn key_today(context: Context) -> Outcome {
    let spec = KeySpec {
        limit_usage: Some(9),
        ..KeySpec::default()
    };
    let setup = context.own_setup(&[spec]).await?;
    let key = &setup.keys[0];
    context.open_session(&setup.customer).await?;
    let list = format!("{PATH}/");
    let read = async |path: &str| context.as_caller(TOKEN, "GET", path, None).await;
    let one = format!("{PATH}/{}", key.id);
    read(&list)
        .await?
        .shows(200, &[("items.0.validations", json!(0))])?;
    read(&one).await?.shows(200, &[("validations", json!(0))])?;
    context
        .validate(key, json!({"increment_usage": 2}))
        .await?
        .has_status(200)?;
    let core = format!("/v1/license-keys/{}", key.id);
    let now = context.core("GET", &core, None).await?.body();
    let same = [
        "usage",
        "limit_usage",
        "validations",
        "last_validated_at",
        "modified_at",
    ];
    let seen = same.map(|name| (name, now[name].clone()));
    read(&one).await?.shows(200, &seen)?;
    let listed = [
        ("items.0.validations", json!(1)),
        ("items.0.usage", json!(2)),
    ];
    read(&list).await?.shows(200, &listed)
}

async fn list_and_get(context: Context) -> Outcome {
    let setup = context.own_setup(&[KeySpec::activated()]).await?;
    let key = &setup.keys[0];
    context.open_session(&setup.customer).await?;
    let listed = [
        ("items.0.id", json!(key.id)),
        ("pagination", json!({"total_count": 1, "max_page": 1})),
    ];
    context
        .as_caller(TOKEN, "GET", &format!("{PATH}/"), None)
        .await?
        .shows(200, &listed)?;
    let shown = [
        ("id", json!(key.id)),
        ("activations.0.id", json!(key.activations[0])),
    ];
    context
        .as_caller(TOKEN, "GET", &format!("{PATH}/{}", key.id), None)
        .await?
        .shows(200, &shown)
}

async fn others_keys(context: Context) -> Outcome {
    let setup = one_key(&context).await?;
    context.open_session(&setup.other_customer).await?;
    let nothing = json!({"items": [], "pagination": {"total_count": 0, "max_page": 0}});
    context
        .as_caller(TOKEN, "GET", &format!("{PATH}/"), None)
        .await?
        .is(200, nothing)?;
    context
        .as_caller(TOKEN, "GET", &format!("{PATH}/{}", setup.keys[0].id), None)
        .await?
        .not_found()
}

async fn rotate(context: Context) -> Outcome {
    let setup = one_key(&context).await?;
    let key = &setup.keys[0];
    context.open_session(&setup.customer).await?;
    let path = format!("{PATH}/{}", key.id);
    let before = context.as_caller(TOKEN, "GET", &path, None).await?.body();
    let reply = context
        .as_caller(TOKEN, "POST", &format!("{path}/rotate"), None)
        .await?;
    rotated(reply, before)?;
    context.validate(key, json!({})).await?.not_found()
}

async fn rotate_disabled(context: Context) -> Outcome {
    let spec = KeySpec {
        limit_usage: Some(9),
        ..KeySpec::default()
    };
    let setup = context.setup(&[spec]).await?;
    let key = &setup.keys[0];
    context.validate(key, json!({})).await?.has_status(200)?;
    let change = json!({"status": "disabled", "expires_at": PAST});
    let core = format!("/v1/license-keys/{}", key.id);
    context
        .core("PATCH", &core, Some(change))
        .await?
        .has_status(200)?;
    context.open_session(&setup.customer).await?;
    let before = context.core("GET", &core, None).await?.body();
    let path = format!("{PATH}/{}/rotate", key.id);
    rotated(context.as_caller(TOKEN, "POST", &path, None).await?, before)
}

async fn rotate_revoked(context: Context) -> Outcome {
    let setup = context.setup(&[KeySpec::revoked()]).await?;
    context.open_session(&setup.customer).await?;
    let path = format!("{PATH}/{}/rotate", setup.keys[0].id);
    let rotate = async || context.as_caller(TOKEN, "POST", &path, None).await;
    rotate().await?.has_headers(
        400,
        &[
            ("cache-control", Some("private, no-store")),
            ("polar-version", Some("2026-04")),
        ],
    )?;
    cannot_rotate(rotate().await?)
}

async fn needed(context: Context) -> Outcome {
    one_key(&context).await?;
    context
        .as_caller(None, "GET", &format!("{PATH}/"), None)
        .await?
        .refuses(401, "Unauthorized", "Unauthorized")
}
