//! The page to pay on, the controls that do the same for tests, and events on demand.

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{Answer, Ask, ask, get, post};
use crate::world::{OAT, PRODUCT, control};

/// A new checkout of that product, for 25.00 USD.
async fn checkout(server: &MockServer) -> Value {
    let body = json!({"products": [PRODUCT], "success_url": "http://localhost:3000/thanks?id={CHECKOUT_ID}"});
    let created = post("/v1/checkouts/", &body).bearer(OAT).send(server).await;
    created.expect(201)
}

/// The path of a page of a checkout.
fn page(server: &MockServer, checkout: &Value, rest: &str) -> String {
    let url = checkout["url"].as_str().unwrap();
    format!("{}{rest}", url.strip_prefix(server.url()).unwrap())
}

fn form(path: &str, fields: &str) -> Ask {
    ask("POST", path)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(fields)
}

const BUYER: &str = "email=ada%40example.com&name=Ada&country=FR";

async fn status(server: &MockServer, checkout: &Value) -> String {
    let path = format!("/v1/checkouts/{}", checkout["id"].as_str().unwrap());
    let shown = get(&path).bearer(OAT).send(server).await.expect(200);
    shown["status"].as_str().unwrap().to_owned()
}

fn has(answer: &Answer, text: &str) {
    let page = answer.text();
    assert!(page.contains(text), "{text} is not in {page}");
}

#[tokio::test]
async fn a_buyer_pays_on_the_page_and_gets_a_key() {
    let server = MockServer::start().await.unwrap();
    let checkout = checkout(&server).await;
    let shown = get(&page(&server, &checkout, "")).send(&server).await;
    assert_eq!(shown.status, 200);
    for text in ["Mock App", "25.00 USD", "Pay", "Decline", "Expire"] {
        has(&shown, text);
    }
    let policy = shown.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let paid = form(&page(&server, &checkout, "/pay"), BUYER)
        .send(&server)
        .await;
    assert_eq!(paid.status, 303, "{}", paid.text());
    let to = paid.header("location").unwrap();
    let id = checkout["id"].as_str().unwrap();
    let expected =
        format!("http://localhost:3000/thanks?id={id}&customer_session_token=polar_cst_");
    assert!(to.starts_with(&expected), "{to}");
    assert_eq!(status(&server, &checkout).await, "succeeded");
    let done = get(&page(&server, &checkout, "/confirmation"))
        .send(&server)
        .await;
    has(&done, "License key: <code>MOCK-");
    has(&done, "Continue");
    let again = get(&page(&server, &checkout, "")).send(&server).await;
    assert_eq!(again.status, 303);
}

#[tokio::test]
async fn what_is_refused_stands_on_the_page() {
    let server = MockServer::start().await.unwrap();
    let checkout = checkout(&server).await;
    for (path, fields, code, text) in [
        ("/decline", BUYER, 400, "Your card was declined."),
        ("/pay", "email=&country=FR", 422, "customer_email"),
        (
            "/pay",
            "email=ada%40example.com&country=XX",
            422,
            "customer_billing_address.country",
        ),
        (
            "/update",
            "discount_code=NONE",
            422,
            "Discount does not exist.",
        ),
    ] {
        let answer = form(&page(&server, &checkout, path), fields)
            .send(&server)
            .await;
        assert_eq!(answer.status, code, "{path} {fields}");
        has(&answer, text);
    }
    assert_eq!(status(&server, &checkout).await, "open");
    let expired = form(&page(&server, &checkout, "/expire"), "")
        .send(&server)
        .await;
    assert_eq!(expired.status, 410);
    assert_eq!(status(&server, &checkout).await, "expired");
    let unknown = get("/checkout/polar_c_<script>").send(&server).await;
    assert_eq!(unknown.status, 404);
    assert!(!unknown.text().contains("<script>"));
}

#[tokio::test]
async fn a_page_of_somebody_else_sends_no_form() {
    let server = MockServer::start().await.unwrap();
    let checkout = checkout(&server).await;
    let pay = form(&page(&server, &checkout, "/pay"), BUYER);
    for foreign in [
        pay.clone().header("Origin", "https://evil.example"),
        pay.clone().header("Sec-Fetch-Site", "cross-site"),
        pay.host("evil.example"),
    ] {
        assert_eq!(foreign.send(&server).await.status, 403);
    }
    assert_eq!(status(&server, &checkout).await, "open");
}

#[tokio::test]
async fn a_test_pays_declines_and_expires() {
    let server = MockServer::start().await.unwrap();
    let checkout = checkout(&server).await;
    let call = |action: &str| format!("checkouts/{}/{action}", checkout["id"].as_str().unwrap());
    let declined = control(&server, "POST", &call("decline"), json!({})).await;
    assert_eq!(declined.expect(400)["error"], "CheckoutRefused");
    let buyer = json!({"customer_email": "ada@example.com"});
    let paid = control(&server, "POST", &call("pay"), buyer)
        .await
        .expect(200);
    assert_eq!(paid["customer_email"], "ada@example.com");
    assert_eq!(status(&server, &checkout).await, "succeeded");
    for action in ["pay", "decline", "expire"] {
        let again = control(&server, "POST", &call(action), json!({})).await;
        assert!(
            [403, 409].contains(&again.status),
            "{action}: {}",
            again.status
        );
    }
    let other = self::checkout(&server).await;
    let by_secret = format!(
        "checkouts/{}/expire",
        other["client_secret"].as_str().unwrap()
    );
    assert_eq!(
        control(&server, "POST", &by_secret, json!({})).await.status,
        204
    );
    assert_eq!(status(&server, &other).await, "expired");
    let nothing = control(&server, "POST", "checkouts/x/pay", json!({})).await;
    assert_eq!(nothing.expect(404)["error"], "NotFound");
}

#[tokio::test]
async fn an_event_is_sent_on_demand_about_what_there_is() {
    let server = MockServer::start().await.unwrap();
    let trigger = async |body: Value| control(&server, "POST", "events/trigger", body).await;
    let none = trigger(json!({"type": "order.paid"})).await;
    assert_eq!(none.expect(409)["error"], "NothingToTell");
    let unknown = trigger(json!({"type": "order.eaten"})).await;
    assert_eq!(unknown.expect(422)["error"], "Invalid");
    let checkout = checkout(&server).await;
    let pay = format!("checkouts/{}/pay", checkout["id"].as_str().unwrap());
    let paid = control(&server, "POST", &pay, Value::Object(Default::default())).await;
    paid.expect(200);
    let orders = get("/v1/orders/")
        .bearer(OAT)
        .send(&server)
        .await
        .expect(200);
    let order = &orders["items"][0];
    for kind in [
        "checkout.expired",
        "customer.updated",
        "customer.state_changed",
        "member.updated",
        "order.refunded",
        "product.updated",
        "benefit.updated",
        "benefit_grant.cycled",
        "organization.updated",
        "order.paid",
    ] {
        assert_eq!(trigger(json!({"type": kind})).await.status, 204, "{kind}");
        let events = get("/_mock/events").send(&server).await.expect(200);
        let last = events["items"].as_array().unwrap().last().unwrap();
        assert_eq!(last["type"], kind);
        assert_eq!(last["payload"]["type"], kind);
        if kind == "order.paid" {
            assert_eq!(&last["payload"]["data"], order);
        }
    }
}
