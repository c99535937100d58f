//! What was bought: orders, what comes with them, and refunds.

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{Answer, Ask, ask, get, post};
use crate::world::{CUSTOMER, KEY, OAT, ORGANIZATION, PORTAL, PORTAL_VALIDATE, control};

/// The product of the built-in world.
const PRODUCT: &str = "1c1b6a5e-3e0f-4c5e-9a57-6f0d2b8c4e31";

async fn read(server: &MockServer, path: &str) -> Value {
    get(path).bearer(OAT).send(server).await.expect(200)
}

fn patch(path: &str, body: Value) -> Ask {
    ask("PATCH", path).json(body.to_string())
}

/// A product that is paid for once, and comes with a key.
async fn product(server: &MockServer) -> (String, String) {
    let price = json!({"amount_type": "fixed", "price_amount": 1000, "price_currency": "usd"});
    let product = json!({"name": "Editor", "prices": [price]});
    let made = post("/v1/products/", &product).bearer(OAT);
    let product = made.send(server).await.expect(201);
    let benefit =
        json!({"type": "license_keys", "description": "Key", "properties": {"prefix": "once"}});
    let made = post("/v1/benefits/", &benefit).bearer(OAT);
    let benefit = made.send(server).await.expect(201);
    let [product, benefit] = [product, benefit].map(|row| row["id"].as_str().unwrap().to_owned());
    attach(server, &product, &[&benefit]).await;
    (product, benefit)
}

async fn attach(server: &MockServer, product: &str, benefits: &[&str]) {
    let path = format!("/v1/products/{product}/benefits");
    let attached = post(&path, &json!({"benefits": benefits})).bearer(OAT);
    attached.send(server).await.expect(200);
}

/// Buys a product and shows the order.
async fn buy(server: &MockServer, product: &str, buyer: Value) -> Value {
    let mut body = json!({"products": [product]});
    body.as_object_mut()
        .unwrap()
        .extend(buyer.as_object().unwrap().clone());
    let checkout = post("/v1/checkouts/", &body)
        .bearer(OAT)
        .send(server)
        .await
        .expect(201);
    let secret = checkout["client_secret"].as_str().unwrap();
    let card = json!({"customer_billing_address": {"country": "FR"}, "confirmation_token_id": "ctoken_ok"});
    let confirm = post(&format!("/v1/checkouts/client/{secret}/confirm"), &card);
    confirm.send(server).await.expect(200);
    control(server, "POST", "clock/advance", json!({"seconds": 1})).await;
    let path = format!(
        "/v1/orders/?checkout_id={}",
        checkout["id"].as_str().unwrap()
    );
    read(server, &path).await["items"][0].clone()
}

async fn keys(server: &MockServer, benefit: &str) -> Vec<Value> {
    let path = format!("/v1/license-keys/?benefit_id={benefit}");
    read(server, &path).await["items"]
        .as_array()
        .unwrap()
        .clone()
}

async fn refund(server: &MockServer, order: &Value, amount: i64, revoke: bool) -> Answer {
    let body = json!({"order_id": order["id"], "reason": "other", "amount": amount, "revoke_benefits": revoke});
    let made = post("/v1/refunds/", &body).bearer(OAT).send(server).await;
    control(server, "POST", "clock/advance", json!({"seconds": 1})).await;
    made
}

#[tokio::test]
async fn what_is_bought_once_comes_with_a_key_that_names_its_order() {
    let server = MockServer::start().await.unwrap();
    let (product, benefit) = product(&server).await;
    let order = buy(&server, &product, json!({"customer_id": CUSTOMER})).await;
    assert_eq!(
        (&order["status"], &order["net_amount"]),
        (&json!("paid"), &json!(833))
    );
    assert_eq!(order["platform_fee_amount"], 100);
    let keys = keys(&server, &benefit).await;
    let asked = json!({"key": keys[0]["key"], "organization_id": ORGANIZATION});
    let validate = post(PORTAL_VALIDATE, &asked).header("Polar-Version", "2027-01");
    let valid = validate.send(&server).await.expect(200);
    let shown = json!({"id": order["id"], "created_at": order["created_at"], "status": "paid", "paid": true});
    assert_eq!(
        (&valid["order_id"], &valid["order"]),
        (&order["id"], &shown)
    );
    assert_eq!(valid["subscription_id"], Value::Null);
    let asked = json!({"key": KEY, "organization_id": ORGANIZATION});
    let validate = post(PORTAL_VALIDATE, &asked).header("Polar-Version", "2027-01");
    assert_eq!(
        validate.send(&server).await.expect(200)["order"],
        Value::Null
    );
}

#[tokio::test]
async fn a_refund_takes_the_benefits_of_its_order_only() {
    let server = MockServer::start().await.unwrap();
    let (product, benefit) = product(&server).await;
    let first = buy(&server, &product, json!({"customer_id": CUSTOMER})).await;
    buy(&server, &product, json!({"customer_id": CUSTOMER})).await;
    refund(&server, &first, 100, false).await.expect(201);
    let statuses = |keys: Vec<Value>| {
        keys.iter()
            .map(|key| key["status"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        statuses(keys(&server, &benefit).await),
        ["granted", "granted"]
    );
    let made = refund(&server, &first, 733, true).await.expect(201);
    assert_eq!(made["tax_amount"], 147);
    assert_eq!(
        statuses(keys(&server, &benefit).await),
        ["revoked", "granted"]
    );
    let path = format!("/v1/orders/{}", first["id"].as_str().unwrap());
    let order = read(&server, &path).await;
    assert_eq!(order["status"], "refunded");
    assert_eq!(
        (&order["refunded_amount"], &order["refunded_tax_amount"]),
        (&json!(833), &json!(167))
    );
    let again = refund(&server, &first, 1, false).await;
    assert_eq!(
        (again.status, again.json()["error"].as_str()),
        (403, Some("RefundedAlready"))
    );
    let path = "/v1/refunds/?sorting=-amount&succeeded=true";
    let amounts = read(&server, path).await["items"].clone();
    assert_eq!(
        (&amounts[0]["amount"], &amounts[1]["amount"]),
        (&json!(733), &json!(100))
    );
    assert_eq!(
        read(&server, "/v1/refunds/?succeeded=false").await["items"],
        json!([])
    );
}

#[tokio::test]
async fn benefits_that_a_product_gets_later_come_with_its_orders() {
    let server = MockServer::start().await.unwrap();
    let (product, benefit) = product(&server).await;
    buy(&server, &product, json!({"customer_id": CUSTOMER})).await;
    attach(&server, &product, &[]).await;
    assert_eq!(keys(&server, &benefit).await[0]["status"], "revoked");
    attach(&server, &product, &[&benefit]).await;
    let keys = keys(&server, &benefit).await;
    assert_eq!((keys.len(), &keys[0]["status"]), (1, &json!("granted")));
}

#[tokio::test]
async fn orders_are_listed_by_what_was_bought_and_by_whom() {
    let server = MockServer::start().await.unwrap();
    let (once, _) = product(&server).await;
    let buyer = json!({"customer_email": "bob@example.com", "external_customer_id": "bob", "metadata": {"plan": "pro"}});
    let first = buy(&server, &once, buyer).await;
    let second = buy(&server, &once, json!({"customer_id": CUSTOMER})).await;
    let made = first["created_at"].as_str().unwrap();
    for (query, expected) in [
        (format!("product_id={once}"), vec![&second, &first]),
        (format!("product_id={PRODUCT}"), vec![]),
        (
            "product_billing_type=one_time".into(),
            vec![&second, &first],
        ),
        ("product_billing_type=recurring".into(), vec![]),
        (format!("customer_id={CUSTOMER}"), vec![&second]),
        ("external_customer_id=bob".into(), vec![&first]),
        ("metadata[plan]=pro".into(), vec![&first]),
        ("status=refunded".into(), vec![]),
        (format!("created_after={made}"), vec![&second]),
        (format!("created_before={made}"), vec![]),
        ("sorting=created_at".into(), vec![&first, &second]),
        ("sorting=customer".into(), vec![&first, &second]),
        ("sorting=-customer".into(), vec![&second, &first]),
    ] {
        let list = read(&server, &format!("/v1/orders/?{query}")).await;
        let ids: Vec<&Value> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| &row["id"])
            .collect();
        let expected: Vec<&Value> = expected.iter().map(|order| &order["id"]).collect();
        assert_eq!(ids, expected, "{query}");
    }
}

#[tokio::test]
async fn customers_see_and_change_their_own_orders() {
    let server = MockServer::start().await.unwrap();
    let (product, _) = product(&server).await;
    let own = buy(&server, &product, json!({"customer_id": CUSTOMER})).await;
    let other = buy(
        &server,
        &product,
        json!({"customer_email": "bob@example.com"}),
    )
    .await;
    let list = get("/v1/customer-portal/orders/?query=EDIT").bearer(PORTAL);
    let list = list.send(&server).await.expect(200);
    assert_eq!(list["pagination"]["total_count"], 1);
    assert_eq!(list["items"][0]["id"], own["id"]);
    let none = get("/v1/customer-portal/orders/?product_billing_type=recurring").bearer(PORTAL);
    assert_eq!(none.send(&server).await.expect(200)["items"], json!([]));
    let path = |order: &Value| {
        format!(
            "/v1/customer-portal/orders/{}",
            order["id"].as_str().unwrap()
        )
    };
    let change = || json!({"billing_name": "Ada Ltd"});
    let changed = patch(&path(&own), change())
        .bearer(PORTAL)
        .send(&server)
        .await;
    assert_eq!(changed.expect(200)["billing_name"], "Ada Ltd");
    let refused = patch(&path(&other), change())
        .bearer(PORTAL)
        .send(&server)
        .await;
    assert_eq!(refused.status, 404);
    let nameless = patch(&path(&own), json!({"billing_name": null})).bearer(PORTAL);
    nameless.send(&server).await.expect(200);
    let invoice = format!("{}/invoice", path(&own));
    let refused = post(&invoice, &json!({}))
        .bearer(PORTAL)
        .send(&server)
        .await;
    let error = refused.json()["error"].clone();
    assert_eq!(
        (refused.status, error),
        (422, json!("MissingInvoiceBillingDetails"))
    );
}

#[tokio::test]
async fn a_world_with_sales_can_be_taken_and_put_back() {
    let server = MockServer::start().await.unwrap();
    let (product, _) = product(&server).await;
    let order = buy(&server, &product, json!({"customer_id": CUSTOMER})).await;
    refund(&server, &order, 100, false).await.expect(201);
    let lists = ["/v1/orders/", "/v1/refunds/", "/v1/checkouts/"];
    let mut before = Vec::new();
    for list in lists {
        before.push(read(&server, list).await);
    }
    let mut world = control(&server, "GET", "state", json!({}))
        .await
        .expect(200);
    control(&server, "PUT", "state", world.clone()).await;
    for (list, before) in lists.into_iter().zip(before) {
        assert_eq!(read(&server, list).await, before, "{list}");
    }
    let mut wrong = |list: &str, field: &str, value: Value| {
        let old = std::mem::replace(&mut world[list][0][field], value);
        let wrong = world.clone();
        world[list][0][field] = old;
        wrong
    };
    let nobody = json!("00000000-0000-4000-8000-000000000000");
    for wrong in [
        wrong("orders", "status", json!("payed")),
        wrong("orders", "customer_id", nobody.clone()),
        wrong("orders", "checkout_id", nobody.clone()),
        wrong("refunds", "order_id", nobody),
        wrong("refunds", "reason", json!("because")),
    ] {
        let refused = control(&server, "PUT", "state", wrong).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
    }
}
