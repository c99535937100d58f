//! What was made reads the same wherever it is shown (docs/behaviour.md#customers and the sections after it).

use serde_json::{Value, json};

use super::case::{CORE, Case, PORTAL, case};
use super::context::{Context, SESSION};
use super::received::{Outcome, Stop};
use super::sale::Sale;

pub(super) const CASES: &[Case] = &[
    case!(
        CORE,
        "customers",
        "things/customer",
        "a customer reads as it was made: by either id, in lists, in its state and in answers to changes",
        customer
    ),
    case!(
        CORE,
        "benefits",
        "things/benefit",
        "a benefit reads as it was made, in lists too",
        benefit
    ),
    case!(
        CORE,
        "products",
        "things/product",
        "a product reads as it was made, in lists and in answers to changes too",
        product
    ),
    case!(
        CORE,
        "subscriptions",
        "things/subscription",
        "a subscription reads as it was made, canceled, changed or revoked, in lists too",
        subscription
    ),
    case!(
        CORE,
        "grants",
        "things/grant",
        "a grant reads the same in the lists of its benefit and of its customer",
        grant
    ),
    case!(
        CORE,
        "organizations",
        "things/organization",
        "an organization reads the same by itself and in the list",
        organization
    ),
    case!(
        CORE,
        "webhook-endpoints",
        "things/webhook-endpoint",
        "a webhook endpoint reads as it was made and changed, in lists too, until it is deleted",
        webhook_endpoint
    ),
    case!(
        PORTAL,
        "customer-portal",
        "things/in-the-portal",
        "a customer sees their details, and the same subscription and grant in the list and by itself",
        in_the_portal
    ),
];

/// Makes something that shows what was asked for; returns its path and how it reads.
async fn made(context: &Context, path: &str, body: Value) -> Result<(String, Value), Stop> {
    let reply = context.core("POST", path, Some(body.clone())).await?;
    let made = reply.body();
    let asked = body.as_object().into_iter().flatten();
    let fields: Vec<(&str, Value)> = asked
        .filter(|(name, _)| !["prices", "secret", "url"].contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    reply.shows(201, &fields)?;
    let path = format!("{}/{}", path.trim_end_matches('/'), id(&made));
    Ok((path, made))
}

fn id(body: &Value) -> &str {
    body["id"].as_str().unwrap_or_default()
}

/// It reads like this at its path and as the only one of a list.
async fn reads(context: &Context, path: &str, list: &str, expected: &Value) -> Outcome {
    context
        .core("GET", path, None)
        .await?
        .is(200, expected.clone())?;
    alone(context, list, expected).await
}

/// It is the only one of a list.
async fn alone(context: &Context, list: &str, expected: &Value) -> Outcome {
    let shown = [
        ("pagination.total_count", json!(1)),
        ("items.0", expected.clone()),
    ];
    context.core("GET", list, None).await?.shows(200, &shown)
}

/// Changes it, which shows; returns how it reads.
async fn changed(context: &Context, path: &str, change: Value) -> Result<Value, Stop> {
    let reply = context.core("PATCH", path, Some(change.clone())).await?;
    let body = reply.body();
    let asked = change.as_object().into_iter().flatten();
    let fields: Vec<(&str, Value)> = asked
        .filter(|(name, _)| !["proration_behavior", "url"].contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    reply.shows(200, &fields)?;
    Ok(body)
}

/// A customer with everything that one may have.
fn somebody(context: &Context, who: &str) -> Value {
    json!({
        "email": context.email(who), "name": context.name(who), "locale": "de",
        "external_id": context.name(who).replace(' ', "-"), "metadata": {"plan": "gold"},
        "billing_address": {"country": "DE", "line1": "Allee 1", "line2": "Hof", "postal_code": "10115",
            "city": "Berlin", "state": "BE"},
        "tax_id": "DE123456788", "type": "individual",
    })
}

async fn customer(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let mut body = somebody(&context, "thing");
    let tax_id = body["tax_id"].take();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("tax_id");
    }
    let (path, first) = made(&context, "/v1/customers/", body.clone()).await?;
    let email = body["email"].as_str().unwrap_or_default();
    let list = format!("/v1/customers/?email={}", email.replace('+', "%2B"));
    reads(&context, &path, &list, &first).await?;
    let external = body["external_id"].as_str().unwrap_or_default();
    let external = format!("/v1/customers/external/{external}");
    for path in [&path, &external] {
        context
            .core("GET", path, None)
            .await?
            .is(200, first.clone())?;
        // Nothing is changed.
        context
            .core("PATCH", path, Some(json!({})))
            .await?
            .is(200, first.clone())?;
        let state = context.core("GET", &format!("{path}/state"), None).await?;
        let fields = first.as_object().into_iter().flatten();
        let fields: Vec<(&str, Value)> = fields
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        state.shows(200, &fields)?;
    }
    let change = json!({"name": context.name("new"), "locale": "en", "metadata": {},
        "billing_address": {"country": "DE", "line1": null, "line2": null, "postal_code": null, "city": null,
            "state": null}});
    for (path, name) in [(&path, "other"), (&external, "third")] {
        let mut change = change.clone();
        change["email"] = json!(context.email(name));
        let now = changed(&context, path, change).await?;
        let path = format!("/v1/customers/{}", id(&first));
        context.core("GET", &path, None).await?.is(200, now)?;
    }
    // A number is told with its kind.
    let reply = context
        .core("PATCH", &path, Some(json!({"tax_id": tax_id})))
        .await?;
    reply.shows(200, &[("tax_id", json!(["DE123456788", "eu_vat"]))])
}

async fn benefit(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let expires = json!({"ttl": 2, "timeframe": "month"});
    let properties = json!({"prefix": "THING", "expires": expires,
        "activations": {"limit": 2, "enable_customer_admin": true}, "limit_usage": 4});
    let body = json!({"type": "license_keys", "description": context.name("thing"), "properties": properties,
        "metadata": {"kind": "key"}, "visibility": "private"});
    let (path, first) = made(&context, "/v1/benefits/", body).await?;
    let list = format!("/v1/benefits/?id={}", id(&first));
    reads(&context, &path, &list, &first).await?;
    let change = json!({"type": "license_keys", "description": context.name("new"), "metadata": {},
        "visibility": "public"});
    let second = changed(&context, &path, change).await?;
    reads(&context, &path, &list, &second).await
}

async fn product(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let body = json!({"name": context.name("thing"), "description": "Everything.", "visibility": "private",
        "recurring_interval": "year", "recurring_interval_count": 2, "metadata": {"plan": "gold"},
        "trial_interval": "week", "trial_interval_count": 2,
        "prices": [{"amount_type": "fixed", "price_amount": 1200, "price_currency": "usd"}]});
    let (path, first) = made(&context, "/v1/products/", body).await?;
    let list = format!("/v1/products/?id={}", id(&first));
    reads(&context, &path, &list, &first).await?;
    let benefit = json!({"type": "custom", "description": context.name("thing"), "properties": {"note": null}});
    let (_, benefit) = made(&context, "/v1/benefits/", benefit).await?;
    let body = json!({"benefits": [id(&benefit)]});
    let reply = context
        .core("POST", &format!("{path}/benefits"), Some(body))
        .await?;
    let second = reply.body();
    reply.shows(200, &[("benefits.0", benefit)])?;
    reads(&context, &path, &list, &second).await?;
    let change = json!({"name": context.name("new"), "description": null, "visibility": "public",
        "metadata": {}, "trial_interval": "day", "trial_interval_count": 3});
    let third = changed(&context, &path, change).await?;
    reads(&context, &path, &list, &third).await
}

async fn subscription(context: Context) -> Outcome {
    let sale = Sale::open(&context).await?;
    let body =
        json!({"product_id": sale.product, "customer_id": sale.customer, "metadata": {"seat": 1}});
    let (path, first) = made(&context, "/v1/subscriptions/", body).await?;
    let list = format!("/v1/subscriptions/?customer_id={}", sale.customer);
    reads(&context, &path, &list, &first).await?;
    let state = format!("/v1/customers/{}/state", sale.customer);
    let state = context.core("GET", &state, None).await?;
    let terms = [
        "id",
        "created_at",
        "started_at",
        "current_period_start",
        "current_period_end",
        "metadata",
    ];
    let told: Vec<(String, Value)> = terms
        .iter()
        .map(|name| {
            (
                format!("active_subscriptions.0.{name}"),
                first[name].clone(),
            )
        })
        .collect();
    let told: Vec<(&str, Value)> = told
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    state.shows(200, &told)?;
    let yearly = json!({"name": context.name("yearly"), "recurring_interval": "year", "prices": [{"amount_type": "free"}]});
    let (_, yearly) = made(&context, "/v1/products/", yearly).await?;
    for change in [
        json!({"metadata": {}}),
        json!({"product_id": id(&yearly), "proration_behavior": "next_period"}),
        json!({"product_id": id(&yearly), "proration_behavior": "prorate"}),
        json!({"pause_at_period_end": true}),
        json!({"cancel_at_period_end": true, "customer_cancellation_reason": "unused",
            "customer_cancellation_comment": "bye"}),
    ] {
        let waits = change["proration_behavior"] == "next_period";
        let now = if waits {
            let reply = context.core("PATCH", &path, Some(change)).await?;
            let body = reply.body();
            reply.shows(200, &[("pending_update.product_id", json!(id(&yearly)))])?;
            body
        } else {
            changed(&context, &path, change).await?
        };
        reads(&context, &path, &list, &now).await?;
    }
    let reply = context.core("DELETE", &path, None).await?;
    let ended = reply.body();
    let shown = [
        ("status", json!("canceled")),
        ("customer_cancellation_reason", json!("unused")),
        ("customer_cancellation_comment", json!("bye")),
    ];
    reply.shows(200, &shown)?;
    reads(&context, &path, &list, &ended).await
}

async fn grant(context: Context) -> Outcome {
    let sale = Sale::open(&context).await?;
    sale.subscribe(&context).await?;
    sale.wait_for_keys(&context, 1).await?;
    let path = format!("/v1/benefits/{}/grants", sale.benefit);
    let list = context.core("GET", &path, None).await?.body();
    let list_of_customer = format!("/v1/benefit-grants/?customer_id={}", sale.customer);
    alone(&context, &list_of_customer, &list["items"][0]).await?;
    sale.grant(&context, &[]).await?;
    context
        .until(&path, |list| list["items"][0]["is_revoked"] == true)
        .await?;
    let list = context.core("GET", &path, None).await?.body();
    alone(&context, &list_of_customer, &list["items"][0]).await
}

async fn organization(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let list = context
        .core("GET", "/v1/organizations/", None)
        .await?
        .body();
    let one = &list["items"][0];
    let path = format!("/v1/organizations/{}", id(one));
    context.core("GET", &path, None).await?.is(200, one.clone())
}

async fn webhook_endpoint(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let url = |end: &str| {
        let name = context.name(end).replace(' ', "-");
        format!("https://example.com/{name}")
    };
    let body = json!({"name": context.name("thing"), "url": url("first"), "format": "slack",
        "events": ["customer.created"]});
    let (path, first) = made(&context, "/v1/webhooks/endpoints", body).await?;
    let listed = async |expected: Option<&Value>| {
        let list = "/v1/webhooks/endpoints?limit=100";
        let list = context.core("GET", list, None).await?;
        let items = list.body();
        let mut items = items["items"].as_array().into_iter().flatten();
        let place = items.position(|item| item["id"] == first["id"]);
        match (place, expected) {
            (Some(place), Some(expected)) => {
                list.shows(200, &[(&format!("items.{place}"), expected.clone())])
            }
            (None, None) => list.has_status(200),
            (Some(place), None) => list.shows(200, &[(&format!("items.{place}"), Value::Null)]),
            (None, Some(expected)) => list.shows(200, &[("items.0", expected.clone())]),
        }
    };
    let reads = async |expected: &Value| {
        context
            .core("GET", &path, None)
            .await?
            .is(200, expected.clone())?;
        listed(Some(expected)).await
    };
    reads(&first).await?;
    let change = json!({"name": context.name("new"), "url": url("second"), "format": "raw",
        "events": ["customer.updated", "order.created"], "enabled": false});
    let second = changed(&context, &path, change).await?;
    reads(&second).await?;
    let reply = context
        .core("PATCH", &format!("{path}/secret"), None)
        .await?;
    let third = reply.body();
    reply.shows(200, &[("id", third["id"].clone())])?;
    reads(&third).await?;
    context.core("DELETE", &path, None).await?.is_empty()?;
    context.core("GET", &path, None).await?.not_found()?;
    listed(None).await
}

async fn in_the_portal(context: Context) -> Outcome {
    let sale = Sale::open(&context).await?;
    let address = json!({"country": "DE", "line1": "Allee 1", "line2": "Hof", "postal_code": "10115",
        "city": "Berlin", "state": "BE"});
    let path = format!("/v1/customers/{}", sale.customer);
    let customer = changed(
        &context,
        &path,
        json!({"billing_address": address, "locale": "de"}),
    )
    .await?;
    let subscription = sale.subscribe(&context).await?;
    sale.wait_for_keys(&context, 1).await?;
    context.open_session(&sale.customer).await?;
    let see = async |path: &str| {
        let path = format!("/v1/customer-portal/{path}");
        context.as_caller(Some(SESSION), "GET", &path, None).await
    };
    let fields = [
        "id",
        "created_at",
        "modified_at",
        "email",
        "email_verified",
        "name",
        "billing_name",
        "billing_address",
        "tax_id",
        "type",
        "locale",
    ];
    let fields: Vec<(&str, Value)> = fields
        .into_iter()
        .map(|name| (name, customer[name].clone()))
        .collect();
    see("customers/me").await?.shows(200, &fields)?;
    let path = format!("/v1/subscriptions/{subscription}");
    for change in [
        json!({"cancel_at_period_end": true, "customer_cancellation_reason": "other",
            "customer_cancellation_comment": "bye"}),
        json!({"revoke": true}),
    ] {
        let reply = context.core("PATCH", &path, Some(change)).await?;
        let known = reply.body();
        reply.has_status(200)?;
        let list = see("subscriptions/").await?;
        let item = list.body()["items"][0].clone();
        let same = [
            "id",
            "created_at",
            "modified_at",
            "status",
            "amount",
            "currency",
            "started_at",
            "current_period_start",
            "current_period_end",
            "canceled_at",
            "ends_at",
            "ended_at",
            "customer_cancellation_reason",
            "customer_cancellation_comment",
            "product_id",
            "customer_id",
        ];
        let same: Vec<(String, Value)> = same
            .into_iter()
            .map(|name| (format!("items.0.{name}"), known[name].clone()))
            .collect();
        let same: Vec<(&str, Value)> = same
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        list.shows(200, &same)?;
        see(&format!("subscriptions/{subscription}"))
            .await?
            .is(200, item)?;
        if known["status"] == "active" {
            let list = see("benefit-grants/").await?;
            let item = list.body()["items"][0].clone();
            list.shows(200, &[("items.0.benefit_id", json!(sale.benefit))])?;
            see(&format!("benefit-grants/{}", id(&item)))
                .await?
                .is(200, item.clone())?;
        }
    }
    Ok(())
}
