//! A server that runs for long neither grows nor slows down.

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{get, post};
use crate::world::{OAT, control, freeze, state};

async fn create(server: &MockServer, path: &str, body: Value) -> Value {
    post(path, &body).bearer(OAT).send(server).await.expect(201)
}

/// A product that costs nothing and comes with a key, and a customer.
async fn product_and_customer(server: &MockServer, interval: Value) -> (Value, Value) {
    let mut product =
        json!({"name": "Pro", "prices": [{"amount_type": "fixed", "price_amount": 0}]});
    product
        .as_object_mut()
        .unwrap()
        .extend(interval.as_object().unwrap().clone());
    let product = create(server, "/v1/products/", product).await["id"].clone();
    let benefit = json!({"type": "license_keys", "description": "Key", "properties": {}});
    let benefit = create(server, "/v1/benefits/", benefit).await["id"].clone();
    let path = format!("/v1/products/{}/benefits", product.as_str().unwrap());
    post(&path, &json!({"benefits": [benefit]}))
        .bearer(OAT)
        .send(server)
        .await
        .expect(200);
    let customer = json!({"email": "many@example.com"});
    let customer = create(server, "/v1/customers/", customer).await["id"].clone();
    (product, customer)
}

async fn events(server: &MockServer) -> Value {
    get("/_mock/events").send(server).await.expect(200)
}

#[tokio::test]
async fn the_state_of_a_customer_with_many_subscriptions_is_told_to_those_who_want_it() {
    let server = MockServer::start().await.unwrap();
    let (product, customer) =
        product_and_customer(&server, json!({"recurring_interval": "month"})).await;
    let subscribe = json!({"product_id": product, "customer_id": customer});
    for _ in 0..150 {
        create(&server, "/v1/subscriptions/", subscribe.clone()).await;
    }
    // Nobody wants it: what happened is known, but not repeated for all of them each time.
    let seen = events(&server).await;
    assert!(seen.to_string().len() < 10 << 20);
    let last = seen["items"].as_array().unwrap().last().unwrap();
    assert_eq!(last["type"], "customer.state_changed");
    assert_eq!(last["payload"], Value::Null);

    // Not on this machine, so that it is not sent.
    let endpoint = json!({"url": "https://example.com/", "format": "raw", "events": ["customer.state_changed"]});
    create(&server, "/v1/webhooks/endpoints", endpoint).await;
    create(&server, "/v1/subscriptions/", subscribe).await;
    let seen = events(&server).await;
    let told = &seen["items"].as_array().unwrap().last().unwrap()["payload"]["data"];
    for list in ["active_subscriptions", "granted_benefits"] {
        assert_eq!(told[list].as_array().unwrap().len(), 151, "{list}");
    }
    let path = format!("/v1/customers/{}/state", customer.as_str().unwrap());
    let asked = get(&path).bearer(OAT).send(&server).await.expect(200);
    assert_eq!(told, &asked);
}

#[tokio::test]
async fn of_the_events_for_endpoints_the_newest_are_kept() {
    let server = MockServer::start().await.unwrap();
    let endpoint =
        json!({"url": "https://example.com/", "format": "raw", "events": ["benefit.created"]});
    let endpoint = create(&server, "/v1/webhooks/endpoints", endpoint).await["id"].clone();
    let id = |kind: u128, number: u128| json!(uuid::Uuid::from_u128(kind << 64 | number));
    let mut world = state(&server).await;
    world["webhook_events"] = (0..5_000)
        .map(|number| {
            json!({
                "id": id(1, number), "webhook_endpoint_id": endpoint, "type": "benefit.created",
                "payload": "{}", "succeeded": true,
            })
        })
        .collect();
    world["webhook_deliveries"] = (0..5_000)
        .map(|number| json!({"id": id(2, number), "webhook_event_id": id(1, number), "succeeded": true}))
        .collect();
    control(&server, "PUT", "state", world).await.expect(204);
    let world = state(&server).await;
    let kept = |table: &str| world[table].as_array().unwrap().clone();
    for (kind, table) in [(1, "webhook_events"), (2, "webhook_deliveries")] {
        let ids: Vec<Value> = kept(table).iter().map(|row| row["id"].clone()).collect();
        assert_eq!(
            ids,
            (3_000..5_000).map(|it| id(kind, it)).collect::<Vec<_>>()
        );
    }
    let list = get("/v1/webhooks/deliveries?limit=1").bearer(OAT);
    let listed = list.send(&server).await.expect(200);
    assert_eq!(listed["pagination"]["total_count"], 2_000);
    assert_eq!(listed["items"][0]["id"], id(2, 4_999));
    assert_eq!(events(&server).await["dropped_unsent"], 0);
}

#[tokio::test]
async fn nothing_happens_after_the_year_9999() {
    // The database keeps the last moment as infinity, which is shown without an offset.
    const LAST: &str = "9999-12-31T23:59:59.999999";
    let server = MockServer::start().await.unwrap();
    freeze(&server, "9999-12-31T23:59:30Z").await;
    let interval = json!({"recurring_interval": "year", "recurring_interval_count": 999});
    let (product, customer) = product_and_customer(&server, interval).await;
    let subscribe = json!({"product_id": product, "customer_id": customer});
    let subscription = create(&server, "/v1/subscriptions/", subscribe).await;
    assert_eq!(subscription["current_period_end"], LAST);
    let session = json!({"customer_id": customer});
    let session = create(&server, "/v1/customer-sessions/", session).await;
    assert_eq!(session["expires_at"], LAST);
    // The world can be put back.
    let world = state(&server).await;
    control(&server, "PUT", "state", world.clone())
        .await
        .expect(204);
    assert_eq!(state(&server).await, world);
}
