//! The lifecycle of a key, as an organization and its customer see it (docs/behaviour.md#key-fields,
//! docs/behaviour.md#customer-portal and docs/behaviour.md#provisioning).

use chrono::{DateTime, Days, Months, Utc};
use serde_json::{Value, json};

use super::api::Api;
use super::case::{BOTH, CORE, Case, Need, PORTAL, case};
use super::context::{Context, SESSION, body_of};
use super::received::{Outcome, Stop};
use super::sale::{Sale, make};
use crate::provision::KeySpec;
use crate::wire::Request;

pub(super) const CASES: &[Case] = &[
    case!(
        CORE,
        "key-terms",
        "lifecycle/subscription-grants",
        "a free subscription grants a key with the benefit's prefix and limits, and without an expiry",
        subscription_grants
    )
    .says(&[
        "guide/prefix",
        "guide/quota",
        "guide/activation-limit",
        "guide/key-on-purchase",
    ]),
    case!(
        CORE,
        "grants",
        "lifecycle/subscription-revoked",
        "revoking a subscription revokes its key",
        subscription_revoked
    )
    .says(&["guide/revoked-with-subscription"]),
    case!(
        CORE,
        "grants",
        "lifecycle/cancel-at-period-end",
        "a subscription that is to be canceled keeps its key until the end of its period",
        cancel_at_period_end
    )
    .says(&["guide/revoked-with-subscription"]),
    case!(
        CORE,
        "provisioning",
        "lifecycle/second-subscription",
        "each subscription grants its own key",
        second_subscription
    )
    .says(&["guide/key-on-purchase"]),
    case!(
        CORE,
        "subscriptions",
        "lifecycle/period",
        "the first period of a subscription is as long as the interval of its product",
        period
    ),
    case!(
        BOTH,
        "newer-versions",
        "lifecycle/subscription-of-a-key",
        "from version 2027-01 on, validate and activate show the key's subscription as it is now",
        subscription_of_a_key
    ),
    case!(
        PORTAL,
        "customer-portal",
        "lifecycle/what-the-customer-sees",
        "a customer sees a key, its expiry and its usage",
        what_the_customer_sees
    )
    .says(&["guide/customer-sees-key", "api/customer-token"]),
    case!(
        PORTAL,
        "customer-portal",
        "lifecycle/customer-deactivates",
        "a customer sees the activations if the benefit allows it, and can deactivate one",
        customer_deactivates
    )
    .says(&["guide/customer-deactivates"]),
    case!(
        PORTAL,
        "rate-limits",
        "limit/three-a-second",
        "the fourth request within a second gets 429 and the time to wait",
        three_a_second
    )
    .says(&["api/three-a-second", "api/retry-after"])
    .needs(&[Need::Clock]),
    case!(
        CORE,
        "rate-limits",
        "limit/hundred-a-minute",
        "the sandbox allows a hundred requests a minute",
        hundred_a_minute
    )
    .says(&["api/requests-a-minute", "api/retry-after"])
    .needs(&[Need::Clock]),
];

async fn subscription_grants(context: Context) -> Outcome {
    let sale = Sale::open(&context).await?;
    sale.subscribe(&context).await?;
    let granted = [
        ("items.0.key", json!("SOLD-<key:1>")),
        ("items.0.status", json!("granted")),
        ("items.0.customer_id", json!(sale.customer)),
        ("items.0.limit_activations", json!(2)),
        ("items.0.limit_usage", json!(7)),
        ("items.0.usage", json!(0)),
        ("items.0.validations", json!(0)),
        ("items.0.expires_at", json!(null)),
    ];
    sale.granted(&context, 1).await?.shows(200, &granted)
}

async fn subscription_revoked(context: Context) -> Outcome {
    let sale = Sale::open(&context).await?;
    let subscription = sale.subscribe(&context).await?;
    sale.granted(&context, 1).await?;
    context
        .core("DELETE", &format!("/v1/subscriptions/{subscription}"), None)
        .await?
        .shows(200, &[("status", json!("canceled"))])?;
    context
        .until(&sale.keys(), |list| list["items"][0]["status"] == "revoked")
        .await?
        .shows(200, &[("items.0.status", json!("revoked"))])
}

async fn cancel_at_period_end(context: Context) -> Outcome {
    let sale = Sale::open(&context).await?;
    let subscription = sale.subscribe(&context).await?;
    sale.granted(&context, 1).await?;
    context
        .core(
            "PATCH",
            &format!("/v1/subscriptions/{subscription}"),
            Some(json!({"cancel_at_period_end": true})),
        )
        .await?
        .shows(
            200,
            &[
                ("status", json!("active")),
                ("cancel_at_period_end", json!(true)),
            ],
        )?;
    context
        .core("GET", &sale.keys(), None)
        .await?
        .shows(200, &[("items.0.status", json!("granted"))])
}

async fn second_subscription(context: Context) -> Outcome {
    let sale = Sale::open(&context).await?;
    sale.subscribe(&context).await?;
    sale.subscribe(&context).await?;
    sale.granted(&context, 2).await?.shows(
        200,
        &[
            ("items.0.key", json!("SOLD-<key:1>")),
            ("items.1.key", json!("SOLD-<key:2>")),
        ],
    )
}

/// The subscription as a key shows it.
fn told(subscription: &Value) -> Value {
    let fields = [
        "id",
        "status",
        "current_period_start",
        "current_period_end",
        "cancel_at_period_end",
        "ends_at",
    ];
    let fields = fields.map(|name| (name.to_owned(), subscription[name].clone()));
    fields.into_iter().collect()
}

async fn subscription_of_a_key(context: Context) -> Outcome {
    let sale = Sale::open(&context).await?;
    let subscription = sale.subscribe(&context).await?;
    let key = sale.granted(&context, 1).await?.body()["items"][0].clone();
    let body = json!({"key": key["key"], "organization_id": key["organization_id"], "label": ""});
    let ask = |operation: &str| {
        let path = format!("{}/{operation}", context.api().prefix());
        let request = Request::new("POST", &path).header("Polar-Version", "2027-01");
        let request = match context.api() {
            Api::Core => request.header("Authorization", &format!("Bearer {}", context.token())),
            Api::Portal => request,
        };
        request.json(&body.to_string())
    };
    let path = format!("/v1/subscriptions/{subscription}");
    let now = told(&context.core("GET", &path, None).await?.body());
    let shown = [
        ("license_key.subscription_id", json!(subscription)),
        ("license_key.subscription", now.clone()),
    ];
    let activated = context.send(ask("activate")).await?;
    if activated.knows_no_path() || activated.lacks("subscription_id") {
        return Err(Stop::Older(
            "the target is an older server: it does not know version 2027-01 yet",
        ));
    }
    activated.shows(200, &shown)?;
    let validated = |now| {
        [
            ("subscription_id", json!(subscription)),
            ("subscription", now),
        ]
    };
    context
        .send(ask("validate"))
        .await?
        .shows(200, &validated(now))?;
    let change = json!({"cancel_at_period_end": true});
    let reply = context.core("PATCH", &path, Some(change)).await?;
    let now = told(&reply.body());
    reply.shows(200, &[("cancel_at_period_end", json!(true))])?;
    context
        .send(ask("validate"))
        .await?
        .shows(200, &validated(now))
}

async fn what_the_customer_sees(context: Context) -> Outcome {
    let setup = context
        .setup(&[KeySpec {
            usage: 3,
            limit_usage: Some(9),
            expires_at: Some("2040-01-02T03:04:05Z"),
            ..KeySpec::default()
        }])
        .await?;
    context.open_session(&setup.customer).await?;
    let key = &setup.keys[0];
    let path = format!("/v1/customer-portal/license-keys/{}", key.id);
    let seen = [
        ("key", json!(key.key)),
        ("expires_at", json!("2040-01-02T03:04:05Z")),
        ("usage", json!(3)),
        ("limit_usage", json!(9)),
    ];
    context
        .as_caller(Some(SESSION), "GET", &path, None)
        .await?
        .shows(200, &seen)
}

async fn customer_deactivates(context: Context) -> Outcome {
    let setup = context.setup(&[KeySpec::activated()]).await?;
    context.open_session(&setup.customer).await?;
    let key = &setup.keys[0];
    let path = format!("/v1/customer-portal/license-keys/{}", key.id);
    context
        .as_caller(Some(SESSION), "GET", &path, None)
        .await?
        .shows(200, &[("activations.0.id", json!(key.activations[0]))])?;
    context
        .deactivate(key, &key.activations[0])
        .await?
        .is_empty()?;
    context
        .as_caller(Some(SESSION), "GET", &path, None)
        .await?
        .shows(200, &[("activations", json!([]))])
}

/// Sets the sandbox's limits and a frozen clock, on a private server.
async fn limited(context: &Context) -> Outcome {
    control(
        context,
        "PUT",
        "settings",
        json!({"rate_limits": "sandbox"}),
    )
    .await?;
    let now = json!({"mode": "frozen", "now": "2026-06-01T00:00:00Z"});
    control(context, "PUT", "clock", now).await
}

async fn unlimited(context: &Context) -> Outcome {
    control(context, "PUT", "settings", json!({"rate_limits": "off"})).await?;
    control(context, "PUT", "clock", json!({"mode": "real"})).await
}

async fn control(context: &Context, method: &str, path: &str, body: Value) -> Outcome {
    let request = Request::new(method, &format!("/_mock/{path}")).json(&body.to_string());
    context.send_at_once(request).await?.has_status(200)
}

async fn three_a_second(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    limited(&context).await?;
    let validate = || {
        Request::new("POST", "/v1/customer-portal/license-keys/validate")
            .json(&body_of(&key, json!({})).to_string())
    };
    for _ in 0..3 {
        context.send_at_once(validate()).await?.has_status(200)?;
    }
    context
        .send_at_once(validate())
        .await?
        .has_headers(429, &[("retry-after", Some("60")), ("content-type", None)])?;
    control(&context, "POST", "clock/advance", json!({"seconds": 60})).await?;
    context.send_at_once(validate()).await?.has_status(200)?;
    unlimited(&context).await
}

async fn hundred_a_minute(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    limited(&context).await?;
    let read = || {
        Request::new("GET", &format!("/v1/license-keys/{}", key.id))
            .header("Authorization", &format!("Bearer {}", context.token()))
    };
    // The first request of a token counts separately, before its owner is known.
    for _ in 0..101 {
        context.send_at_once(read()).await?.has_status(200)?;
    }
    context
        .send_at_once(read())
        .await?
        .has_headers(429, &[("retry-after", Some("60")), ("content-type", None)])?;
    unlimited(&context).await
}

async fn period(context: Context) -> Outcome {
    let customer = context.setup(&[]).await?.customer;
    let moment = |body: &Value, field: &str| {
        let text = body[field].as_str();
        text.and_then(|text| text.parse::<DateTime<Utc>>().ok())
    };
    for (interval, count) in [("day", 3), ("week", 2), ("month", 1), ("year", 1)] {
        let product = json!({"name": context.name("product"), "recurring_interval": interval,
            "recurring_interval_count": count, "prices": [{"amount_type": "free"}]});
        let product = make(&context, "/v1/products/", product).await?;
        let body = json!({"product_id": product, "customer_id": customer});
        let reply = context
            .core("POST", "/v1/subscriptions/", Some(body))
            .await?;
        let shown = reply.body();
        let end = moment(&shown, "current_period_start").map(|start| match interval {
            "day" => start + Days::new(count),
            "week" => start + Days::new(7 * count),
            // The same day, or the last of a shorter month.
            "month" => start + Months::new(1),
            _ => start + Months::new(12),
        });
        if end.is_none() || moment(&shown, "current_period_end") != end {
            let end = end.map(|end| end.to_rfc3339());
            return reply.shows(201, &[("current_period_end", json!(end))]);
        }
        reply.has_status(201)?;
    }
    Ok(())
}
