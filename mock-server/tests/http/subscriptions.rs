//! How a subscription changes and ends.

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{Answer, ask, get, post};
use crate::world::{CUSTOMER, OAT};

async fn created(server: &MockServer, path: &str, body: Value) -> Value {
    post(path, &body).bearer(OAT).send(server).await.expect(201)
}

/// A product, and what it grants a key through.
async fn product(server: &MockServer, interval: Value, prefix: &str) -> (Value, Value) {
    let free = json!([{"amount_type": "free"}]);
    let product = json!({"name": prefix, "recurring_interval": interval, "prices": free});
    let product = created(server, "/v1/products/", product).await;
    let benefit =
        json!({"type": "license_keys", "description": "Key", "properties": {"prefix": prefix}});
    let benefit = created(server, "/v1/benefits/", benefit).await;
    let path = format!("/v1/products/{}/benefits", product["id"].as_str().unwrap());
    let attach = post(&path, &json!({"benefits": [benefit["id"]]})).bearer(OAT);
    attach.send(server).await.expect(200);
    (product, benefit)
}

async fn subscribe(server: &MockServer, product: &Value) -> Value {
    let body = json!({"product_id": product["id"], "customer_id": CUSTOMER});
    created(server, "/v1/subscriptions/", body).await
}

async fn change(server: &MockServer, subscription: &Value, body: Value) -> Answer {
    let path = format!("/v1/subscriptions/{}", subscription["id"].as_str().unwrap());
    let request = ask("PATCH", &path).json(body.to_string()).bearer(OAT);
    request.send(server).await
}

/// The statuses of the keys of a benefit.
async fn keys(server: &MockServer, benefit: &Value) -> Vec<Value> {
    let path = format!(
        "/v1/license-keys/?benefit_id={}",
        benefit["id"].as_str().unwrap()
    );
    let list = get(&path).bearer(OAT).send(server).await.expect(200);
    let items = list["items"].as_array().unwrap();
    items.iter().map(|key| key["status"].clone()).collect()
}

#[tokio::test]
async fn another_product_brings_its_own_keys() {
    let server = MockServer::start().await.unwrap();
    let (monthly, first) = product(&server, json!("month"), "first").await;
    let (yearly, second) = product(&server, json!("year"), "second").await;
    let subscription = subscribe(&server, &monthly).await;
    assert_eq!(keys(&server, &first).await, ["granted"]);
    let changed = change(&server, &subscription, json!({"product_id": yearly["id"]})).await;
    let changed = changed.expect(200);
    assert_eq!(
        (&changed["product_id"], &changed["recurring_interval"]),
        (&yearly["id"], &json!("year"))
    );
    assert_ne!(
        changed["current_period_end"],
        subscription["current_period_end"]
    );
    assert_eq!(keys(&server, &first).await, ["revoked"]);
    assert_eq!(keys(&server, &second).await, ["granted"]);
    change(&server, &subscription, json!({"product_id": monthly["id"]}))
        .await
        .expect(200);
    assert_eq!(keys(&server, &first).await, ["granted"]);
    assert_eq!(keys(&server, &second).await, ["revoked"]);
}

#[tokio::test]
async fn changes_that_cannot_be() {
    let server = MockServer::start().await.unwrap();
    let (monthly, _) = product(&server, json!("month"), "first").await;
    let (once, _) = product(&server, Value::Null, "once").await;
    let subscription = subscribe(&server, &monthly).await;
    let nothing = "0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d";
    for (body, field, message) in [
        (
            json!({"product_id": nothing}),
            "product_id",
            "Product does not exist.",
        ),
        (
            json!({"product_id": once["id"]}),
            "product_id",
            "Product is not recurring.",
        ),
        (
            json!({"discount_id": nothing}),
            "discount_id",
            "Discount does not exist, is not applicable to this product or is not redeemable.",
        ),
        (
            json!({"trial_end": "now"}),
            "trial_end",
            "The subscription is not currently trialing.",
        ),
    ] {
        let answer = change(&server, &subscription, body).await.expect(422);
        let error = &answer["detail"][0];
        assert_eq!(
            (&error["loc"], &error["msg"]),
            (&json!(["body", field]), &json!(message))
        );
    }
    let later = json!({"current_billing_period_end": "2090-01-01T00:00:00Z"});
    let later = change(&server, &subscription, later).await.expect(200);
    assert_eq!(later["current_period_end"], "2090-01-01T00:00:00Z");
}

#[tokio::test]
async fn what_is_cancelled_can_be_taken_back_until_it_ends() {
    let server = MockServer::start().await.unwrap();
    let (monthly, _) = product(&server, json!("month"), "first").await;
    let subscription = subscribe(&server, &monthly).await;
    let back = || {
        change(
            &server,
            &subscription,
            json!({"cancel_at_period_end": false}),
        )
    };
    back().await.refused(400, "BadRequest", "Bad request");
    let cancel = json!({
        "cancel_at_period_end": true, "customer_cancellation_reason": "unused", "customer_cancellation_comment": "Bye",
    });
    let leaving = change(&server, &subscription, cancel).await.expect(200);
    assert_eq!(leaving["customer_cancellation_comment"], "Bye");
    let product = json!({"product_id": monthly["id"]});
    change(&server, &subscription, product).await.expect(403);
    let stays = back().await.expect(200);
    assert_eq!(
        (
            &stays["customer_cancellation_reason"],
            &stays["customer_cancellation_comment"]
        ),
        (&Value::Null, &Value::Null)
    );
    let end = json!({"revoke": true, "customer_cancellation_reason": "too_complex"});
    let ended = change(&server, &subscription, end).await.expect(200);
    assert_eq!(
        (&ended["status"], &ended["customer_cancellation_reason"]),
        (&json!("canceled"), &json!("too_complex"))
    );
    back()
        .await
        .refused(410, "ResourceUnavailable", "Unavailable");
}

async fn advance(server: &MockServer, by: &str) {
    let advance = post("/_mock/clock/advance", &json!({"by": by}));
    advance.send(server).await.expect(200);
}

async fn read(server: &MockServer, subscription: &Value) -> Value {
    let path = format!("/v1/subscriptions/{}", subscription["id"].as_str().unwrap());
    get(&path).bearer(OAT).send(server).await.expect(200)
}

#[tokio::test]
async fn at_the_end_of_a_period_happens_what_was_asked_for() {
    let server = MockServer::start().await.unwrap();
    let change_later =
        |product: &Value| json!({"product_id": product["id"], "proration_behavior": "next_period"});
    for (asked, status, keys_then) in [
        (
            Some(json!({"cancel_at_period_end": true})),
            "canceled",
            ["revoked"],
        ),
        (
            Some(json!({"pause_at_period_end": true})),
            "paused",
            ["revoked"],
        ),
        (None, "active", ["revoked"]),
        (Some(json!({"metadata": {}})), "active", ["granted"]),
    ] {
        let (monthly, first) = product(&server, json!("month"), "first").await;
        let (daily, second) = product(&server, json!("day"), "second").await;
        let asked = asked.unwrap_or_else(|| change_later(&daily));
        let subscription = subscribe(&server, &monthly).await;
        let asked = change(&server, &subscription, asked).await.expect(200);
        assert_eq!(asked["status"], "active");
        advance(&server, "P27D").await;
        assert_eq!(read(&server, &subscription).await["status"], "active");
        assert_eq!(keys(&server, &first).await, ["granted"]);
        advance(&server, "P5D").await;
        let then = read(&server, &subscription).await;
        assert_eq!(then["status"], status, "{asked}");
        assert_eq!(then["pending_update"], Value::Null);
        assert_eq!(keys(&server, &first).await, keys_then, "{asked}");
        let is_changed = asked["pending_update"] != Value::Null;
        let plan = if is_changed { &daily } else { &monthly };
        assert_eq!(then["product_id"], plan["id"]);
        assert_eq!(keys(&server, &second).await.len(), usize::from(is_changed));
    }
}

#[tokio::test]
async fn a_pause_and_a_trial_end_by_themselves() {
    let server = MockServer::start().await.unwrap();
    let (monthly, benefit) = product(&server, json!("month"), "first").await;
    let subscription = subscribe(&server, &monthly).await;
    let pause = json!({"pause_at_period_end": true, "resumes_at": "2090-01-01T00:00:00Z"});
    change(&server, &subscription, pause).await.expect(200);
    advance(&server, "P32D").await;
    assert_eq!(keys(&server, &benefit).await, ["revoked"]);
    let paused = read(&server, &subscription).await;
    assert_eq!(paused["resumes_at"], "2090-01-01T00:00:00Z");
    let then = json!({"mode": "frozen", "now": "2090-01-01T00:00:00Z"});
    let freeze = ask("PUT", "/_mock/clock").json(then.to_string());
    freeze.send(&server).await.expect(200);
    let resumed = read(&server, &subscription).await;
    assert_eq!(resumed["status"], "active");
    assert_eq!(resumed["current_period_end"], "2090-02-01T00:00:00Z");
    assert_eq!(keys(&server, &benefit).await, ["granted"]);
    let trial = json!({"trial_end": "2090-02-28T00:00:00+02:00"});
    let trial = change(&server, &subscription, trial).await.expect(200);
    assert_eq!(trial["status"], "trialing");
    assert_eq!(trial["current_period_end"], "2090-02-28T00:00:00+02:00");
    advance(&server, "P60D").await;
    let over = read(&server, &subscription).await;
    assert_eq!(
        (&over["status"], &over["trial_end"]),
        (&json!("active"), &json!("2090-02-27T22:00:00Z"))
    );
    assert_eq!(over["current_period_end"], "2090-03-27T22:00:00Z");
}

#[tokio::test]
async fn a_subscription_keeps_its_price_until_its_product_is_given_again() {
    let server = MockServer::start().await.unwrap();
    let (monthly, _) = product(&server, json!("month"), "first").await;
    let subscription = subscribe(&server, &monthly).await;
    let path = format!("/v1/products/{}", monthly["id"].as_str().unwrap());
    let dearer = json!({"prices": [{"amount_type": "fixed", "price_amount": 700}]});
    let dearer = ask("PATCH", &path).json(dearer.to_string()).bearer(OAT);
    let dearer = dearer.send(&server).await.expect(200);
    let kept = read(&server, &subscription).await;
    assert_eq!(
        (&kept["amount"], &kept["price_id"]),
        (&json!(0), &subscription["price_id"])
    );
    assert_eq!(kept["prices"][0]["is_archived"], true);
    let again = json!({"product_id": monthly["id"]});
    let again = change(&server, &subscription, again).await.expect(200);
    assert_eq!(
        (&again["amount"], &again["price_id"]),
        (&json!(700), &dearer["prices"][0]["id"])
    );
}
