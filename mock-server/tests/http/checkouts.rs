//! A checkout from its beginning to what it comes to.

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{Answer, ask, get, post};
use crate::world::{OAT, control};

async fn product(server: &MockServer, price: Value) -> Value {
    let body = json!({"name": "Pro", "prices": [price]});
    let made = post("/v1/products/", &body).bearer(OAT).send(server).await;
    made.expect(201)["id"].clone()
}

async fn checkout(server: &MockServer, body: Value) -> Value {
    let made = post("/v1/checkouts/", &body).bearer(OAT).send(server).await;
    made.expect(201)
}

async fn shown(server: &MockServer, checkout: &Value) -> Value {
    let path = format!("/v1/checkouts/{}", checkout["id"].as_str().unwrap());
    get(&path).bearer(OAT).send(server).await.expect(200)
}

async fn confirm(server: &MockServer, checkout: &Value, body: Value) -> Answer {
    let secret = checkout["client_secret"].as_str().unwrap();
    let path = format!("/v1/checkouts/client/{secret}/confirm");
    post(&path, &body).send(server).await
}

fn paid(amount: i64) -> Value {
    json!({"amount_type": "fixed", "price_amount": amount})
}

/// A buyer in France with this card.
fn buyer(token: &str) -> Value {
    json!({
        "customer_email": "buyer@example.com", "customer_billing_address": {"country": "FR"},
        "confirmation_token_id": token,
    })
}

async fn settings(server: &MockServer, payments: Value) {
    let change = json!({"payments": payments});
    control(server, "PUT", "settings", change).await.expect(200);
}

async fn advance(server: &MockServer, seconds: i64) {
    let by = json!({"seconds": seconds});
    control(server, "POST", "clock/advance", by)
        .await
        .expect(200);
}

#[tokio::test]
async fn a_good_card_makes_a_customer_who_can_use_the_portal() {
    let server = MockServer::start().await.unwrap();
    let product = product(&server, paid(1200)).await;
    let made = checkout(&server, json!({"products": [product]})).await;
    let confirmed = confirm(&server, &made, buyer("ctoken_ok"))
        .await
        .expect(200);
    assert_eq!(
        (
            &confirmed["status"],
            &confirmed["net_amount"],
            &confirmed["tax_amount"]
        ),
        (&json!("confirmed"), &json!(1000), &json!(200))
    );
    let session = confirmed["customer_session_token"].as_str().unwrap();
    let me = get("/v1/customer-portal/customers/me").bearer(session);
    assert_eq!(
        me.send(&server).await.expect(200)["email"],
        "buyer@example.com"
    );
    advance(&server, 1).await;
    assert_eq!(shown(&server, &made).await["status"], "succeeded");
    // Whoever knows the address alone is not let in.
    let again = checkout(&server, json!({"products": [product]})).await;
    let again = confirm(&server, &again, buyer("ctoken_ok"))
        .await
        .expect(200);
    assert_eq!(again["customer_id"], confirmed["customer_id"]);
    assert_eq!(again["customer_session_token"], Value::Null);
}

#[tokio::test]
async fn the_settings_decide_about_cards_without_a_name() {
    let server = MockServer::start().await.unwrap();
    let product = product(&server, paid(1000)).await;
    for (default, status, later) in [
        ("succeeds", 200, "succeeded"),
        ("declined", 400, "open"),
        ("insufficient_funds", 400, "open"),
        ("late", 200, "open"),
        ("renewal_declined", 200, "succeeded"),
        ("action_required", 200, "confirmed"),
    ] {
        settings(&server, json!({"default": default})).await;
        let made = checkout(&server, json!({"products": [product]})).await;
        let answer = confirm(&server, &made, buyer("ctoken_1AbcDefGhi")).await;
        answer.expect(status);
        advance(&server, 2).await;
        assert_eq!(shown(&server, &made).await["status"], later, "{default}");
        // A name says more than the default.
        let named = checkout(&server, json!({"products": [product]})).await;
        confirm(&server, &named, buyer("ctoken_ok"))
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn the_settings_have_the_tax_rates() {
    let server = MockServer::start().await.unwrap();
    let product = product(&server, paid(1000)).await;
    let body = json!({"products": [product], "customer_billing_address": {"country": "ES"}});
    let tax = async || checkout(&server, body.clone()).await["tax_amount"].clone();
    assert_eq!(tax().await, 0);
    settings(&server, json!({"taxes": {"ES": 25}})).await;
    assert_eq!(tax().await, 200);
    for taxes in [json!({"es": 25}), json!({"ESP": 25}), json!({"ES": -1})] {
        let change = json!({"payments": {"taxes": taxes}});
        control(&server, "PUT", "settings", change)
            .await
            .expect(422);
    }
    assert_eq!(tax().await, 200);
}

#[tokio::test]
async fn a_declined_card_leaves_nothing_behind() {
    let server = MockServer::start().await.unwrap();
    let product = product(&server, paid(1000)).await;
    let made = checkout(&server, json!({"products": [product]})).await;
    let refused = confirm(&server, &made, buyer("ctoken_declined"))
        .await
        .expect(400);
    assert_eq!(refused["error"], "PaymentError");
    assert_eq!(shown(&server, &made).await, made);
    let customers = get("/v1/customers/?email=buyer@example.com").bearer(OAT);
    let customers = customers.send(&server).await.expect(200);
    assert_eq!(customers["pagination"]["total_count"], 0);
}

#[tokio::test]
async fn a_discount_is_redeemed_at_the_confirmation_and_given_back() {
    let server = MockServer::start().await.unwrap();
    let product = product(&server, paid(1000)).await;
    let body = json!({"name": "Off", "type": "percentage", "duration": "once", "basis_points": 1000, "code": "OFF10"});
    let discount = post("/v1/discounts/", &body)
        .bearer(OAT)
        .send(&server)
        .await
        .expect(201);
    let path = format!("/v1/discounts/{}", discount["id"].as_str().unwrap());
    let redeemed = async || {
        let shown = get(&path).bearer(OAT).send(&server).await.expect(200);
        shown["redemptions_count"].as_i64().unwrap()
    };
    let made = checkout(
        &server,
        json!({"products": [product], "discount_id": discount["id"]}),
    )
    .await;
    assert_eq!(
        (&made["discount_amount"], redeemed().await),
        (&json!(100), 0)
    );
    confirm(&server, &made, buyer("ctoken_late"))
        .await
        .expect(200);
    assert_eq!(redeemed().await, 1);
    advance(&server, 2).await;
    assert_eq!(redeemed().await, 0);
}

#[tokio::test]
async fn a_checkout_lasts_a_day() {
    let server = MockServer::start().await.unwrap();
    let product = product(&server, paid(1000)).await;
    let made = checkout(&server, json!({"products": [product]})).await;
    advance(&server, 86_390).await;
    assert_eq!(shown(&server, &made).await["status"], "open");
    advance(&server, 20).await;
    assert_eq!(shown(&server, &made).await["status"], "expired");
    confirm(&server, &made, buyer("ctoken_ok"))
        .await
        .expect(410);
    let path = format!("/v1/checkouts/{}", made["id"].as_str().unwrap());
    let change = ask("PATCH", &path).json("{}".to_owned()).bearer(OAT);
    let refused = change.send(&server).await.expect(403);
    assert_eq!(refused["error"], "NotOpenCheckout");
}

#[tokio::test]
async fn what_is_not_modelled_is_refused_by_name() {
    let server = MockServer::start().await.unwrap();
    let seats = json!({"amount_type": "seat_based", "seat_tiers": {"tiers": [{"min_seats": 1, "price_per_seat": 100}]}});
    let seats = product(&server, seats).await;
    let once = product(&server, paid(1000)).await;
    let prices = json!({once.as_str().unwrap(): [paid(5)]});
    for (body, name) in [
        (json!({"products": [seats]}), "`products`"),
        (json!({"product_id": seats}), "`product_id`"),
        (json!({"products": [once], "prices": prices}), "`prices`"),
    ] {
        let refused = post("/v1/checkouts/", &body)
            .bearer(OAT)
            .send(&server)
            .await;
        let refused = refused.expect(501);
        assert!(
            refused["detail"].as_str().unwrap().contains(name),
            "{refused}"
        );
    }
}
