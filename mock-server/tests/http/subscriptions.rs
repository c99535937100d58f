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
        (
            json!({"current_billing_period_end": "2020-01-01T00:00:00Z"}),
            "current_billing_period_end",
            "New period end is earlier than the current period end",
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
