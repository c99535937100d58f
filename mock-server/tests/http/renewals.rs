//! Periods of paid subscriptions on the clock: billed, declined, tried again.

use polar_mock::{Fixture, MockServer, Timestamp};
use serde_json::{Value, json};

use crate::wire::{ask, get, post};
use crate::world::{OAT, ORGANIZATION};

async fn seller() -> MockServer {
    let scopes = json!([
        "products:write",
        "checkouts:write",
        "orders:read",
        "subscriptions:read",
        "subscriptions:write",
    ]);
    let world = json!({"organizations": [{
        "id": ORGANIZATION, "slug": "one", "name": "One", "access_tokens": [{"token": OAT, "scopes": scopes}],
    }]});
    let world = Fixture::from_text(&world.to_string(), Timestamp::now()).unwrap();
    MockServer::builder().fixture(world).start().await.unwrap()
}

async fn created(server: &MockServer, path: &str, body: Value) -> Value {
    post(path, &body).bearer(OAT).send(server).await.expect(201)
}

async fn plan(server: &MockServer, name: &str, amount: i64) -> Value {
    let prices = json!([{"amount_type": "fixed", "price_amount": amount}]);
    let product = json!({"name": name, "recurring_interval": "week", "prices": prices});
    created(server, "/v1/products/", product).await
}

/// A subscription to a product, bought with this card.
async fn buy(server: &MockServer, product: &Value, card: &str) -> Value {
    let checkout = created(
        server,
        "/v1/checkouts/",
        json!({"products": [product["id"]]}),
    )
    .await;
    let secret = checkout["client_secret"].as_str().unwrap();
    let buyer = json!({
        "customer_email": "buyer@example.com", "customer_billing_address": {"country": "FR"},
        "confirmation_token_id": card,
    });
    let path = format!("/v1/checkouts/client/{secret}/confirm");
    post(&path, &buyer).send(server).await.expect(200);
    // The charge succeeds a moment later.
    advance(server, "PT1S").await;
    let path = format!(
        "/v1/subscriptions/?product_id={}",
        product["id"].as_str().unwrap()
    );
    let list = get(&path).bearer(OAT).send(server).await.expect(200);
    list["items"][0].clone()
}

async fn advance(server: &MockServer, by: &str) {
    let body = json!({"by": by});
    post("/_mock/clock/advance", &body)
        .send(server)
        .await
        .expect(200);
}

/// The statuses and amounts due of a subscription's orders, the oldest first.
async fn orders(server: &MockServer, subscription: &Value) -> Vec<(Value, Value)> {
    let id = subscription["id"].as_str().unwrap();
    let path = format!("/v1/orders/?subscription_id={id}&sorting=created_at");
    let list = get(&path).bearer(OAT).send(server).await.expect(200);
    let items = list["items"].as_array().unwrap();
    let told = |order: &Value| (order["status"].clone(), order["due_amount"].clone());
    items.iter().map(told).collect()
}

async fn status(server: &MockServer, subscription: &Value) -> Value {
    let path = format!("/v1/subscriptions/{}", subscription["id"].as_str().unwrap());
    let now = get(&path).bearer(OAT).send(server).await.expect(200);
    now["status"].clone()
}

#[tokio::test]
async fn each_period_is_billed_and_paid() {
    let server = seller().await;
    let product = plan(&server, "Weekly", 2000).await;
    let subscription = buy(&server, &product, "ctoken_ok").await;
    advance(&server, "P15D").await;
    let paid = (json!("paid"), json!(2000));
    assert_eq!(orders(&server, &subscription).await, vec![paid; 3]);
    assert_eq!(status(&server, &subscription).await, "active");
}

#[tokio::test]
async fn a_subscription_that_nobody_pays_ends_after_three_weeks() {
    let server = seller().await;
    let product = plan(&server, "Weekly", 2000).await;
    let subscription = buy(&server, &product, "ctoken_renewno").await;
    advance(&server, "P8D").await;
    assert_eq!(status(&server, &subscription).await, "past_due");
    let pending = (json!("pending"), json!(2000));
    assert_eq!(orders(&server, &subscription).await[1..], [pending]);
    advance(&server, "P19D").await;
    assert_eq!(status(&server, &subscription).await, "past_due");
    advance(&server, "P2D").await;
    assert_eq!(status(&server, &subscription).await, "canceled");
    let orders = orders(&server, &subscription).await;
    assert!(orders[1..].iter().all(|(status, _)| status == "void"));
}

#[tokio::test]
async fn what_a_cheaper_product_leaves_over_pays_the_next_period() {
    let server = seller().await;
    let product = plan(&server, "Weekly", 2000).await;
    let smaller = plan(&server, "Small", 1000).await;
    let subscription = buy(&server, &product, "ctoken_ok").await;
    let path = format!("/v1/subscriptions/{}", subscription["id"].as_str().unwrap());
    let body = json!({"product_id": smaller["id"], "proration_behavior": "invoice"});
    let change = ask("PATCH", &path).json(body.to_string()).bearer(OAT);
    change.send(&server).await.expect(200);
    advance(&server, "P8D").await;
    let orders = orders(&server, &subscription).await;
    // All but a moment of the week was left.
    let due: Vec<i64> = orders
        .iter()
        .map(|(_, due)| due.as_i64().unwrap())
        .collect();
    assert_eq!(due, [2000, 0, 0]);
    assert!(orders.iter().all(|(status, _)| status == "paid"));
}
