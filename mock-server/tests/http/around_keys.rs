//! What surrounds keys, where the real server's answer was learnt by live comparison (docs/behaviour.md#around-keys).

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{Answer, ask, get, post};
use crate::world::{OAT, PRODUCT};

async fn created(server: &MockServer, path: &str, body: Value) -> Value {
    post(path, &body).bearer(OAT).send(server).await.expect(201)
}

async fn product(server: &MockServer, body: Value) -> String {
    let mut product =
        json!({"name": "Plan", "recurring_interval": "month", "prices": [{"amount_type": "free"}]});
    let fields = product.as_object_mut().unwrap();
    fields.extend(body.as_object().unwrap().clone());
    id(&created(server, "/v1/products/", product).await)
}

fn id(row: &Value) -> String {
    row["id"].as_str().unwrap().to_owned()
}

async fn list(server: &MockServer, path: &str) -> Answer {
    get(path).bearer(OAT).send(server).await
}

async fn ids(server: &MockServer, path: &str) -> Vec<String> {
    let answer = list(server, path).await.expect(200);
    answer["items"].as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn the_portal_token_of_a_deleted_customer_is_unknown_everywhere() {
    let server = MockServer::start().await.unwrap();
    let customer = created(
        &server,
        "/v1/customers/",
        json!({"email": "gone@example.com"}),
    )
    .await;
    let body = json!({"customer_id": customer["id"]});
    let session = created(&server, "/v1/customer-sessions/", body).await;
    let token = session["token"].as_str().unwrap();
    let path = "/v1/customer-portal/license-keys/";
    get(path).bearer(token).send(&server).await.expect(200);
    let customer = format!("/v1/customers/{}", id(&customer));
    let gone = ask("DELETE", &customer).bearer(OAT).send(&server).await;
    assert_eq!(gone.status, 204);
    let refused = get(path).bearer(token).send(&server).await.expect(401);
    assert_eq!(refused["error"], "invalid_token");
    let public = post("/v1/customer-portal/license-keys/validate", &json!({}));
    public.bearer(token).send(&server).await.expect(401);
}

#[tokio::test]
async fn a_benefit_that_a_product_names_twice_is_granted_once() {
    let server = MockServer::start().await.unwrap();
    let benefit = json!({"type": "license_keys", "description": "License", "properties": {}});
    let benefit = created(&server, "/v1/benefits/", benefit).await;
    let product = product(&server, json!({})).await;
    let both = json!({"benefits": [benefit["id"], benefit["id"]]});
    let attach = post(&format!("/v1/products/{product}/benefits"), &both).bearer(OAT);
    attach.send(&server).await.expect(200);
    let customer = created(
        &server,
        "/v1/customers/",
        json!({"email": "ada@example.com"}),
    )
    .await;
    let body = json!({"product_id": product, "customer_id": customer["id"]});
    created(&server, "/v1/subscriptions/", body).await;
    let keys = format!("/v1/license-keys/?benefit_id={}", id(&benefit));
    assert_eq!(ids(&server, &keys).await.len(), 1);
}

#[tokio::test]
async fn customers_can_be_asked_for_by_whether_they_subscribe() {
    let server = MockServer::start().await.unwrap();
    let product = product(&server, json!({})).await;
    let customer = |email: &str| json!({"email": email});
    let with = id(&created(&server, "/v1/customers/", customer("with@example.com")).await);
    let without = id(&created(&server, "/v1/customers/", customer("without@example.com")).await);
    let body = json!({"product_id": product, "customer_id": with});
    created(&server, "/v1/subscriptions/", body).await;
    let active = ids(&server, "/v1/customers/?active=true").await;
    let others = ids(&server, "/v1/customers/?active=false").await;
    assert!(active.contains(&with) && !active.contains(&without));
    assert!(!others.contains(&with) && others.contains(&without));
}

#[tokio::test]
async fn lists_can_be_asked_for_metadata() {
    let server = MockServer::start().await.unwrap();
    let marked = product(&server, json!({"metadata": {"a": "x", "n": 1}})).await;
    let plain = product(&server, json!({})).await;
    for (query, expected) in [
        ("metadata[a]=x", vec![&marked]),
        ("metadata%5Ba%5D=x&metadata[a]=y", vec![&marked]),
        ("metadata[a]=x&metadata[n]=1", vec![&marked]),
        ("metadata[a]=y", vec![]),
        ("metadata=x", vec![&plain, &marked]),
    ] {
        let mut found = ids(&server, &format!("/v1/products/?{query}")).await;
        found.retain(|id| id != PRODUCT);
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    for path in ["customers", "benefits", "subscriptions"] {
        let found = ids(&server, &format!("/v1/{path}/?metadata[a]=x")).await;
        assert_eq!(found, Vec::<String>::new(), "{path}");
    }
}

#[tokio::test]
async fn what_the_database_refuses_is_a_500() {
    let server = MockServer::start().await.unwrap();
    let product = product(&server, json!({})).await;
    let benefit = json!({"type": "custom", "description": "Thanks", "properties": {"note": null}});
    let benefit = id(&created(&server, "/v1/benefits/", benefit).await);
    for (path, body) in [
        (format!("/v1/products/{product}"), json!({"name": null})),
        (
            format!("/v1/products/{product}"),
            json!({"is_archived": null}),
        ),
        (
            format!("/v1/products/{product}"),
            json!({"visibility": null}),
        ),
        (
            format!("/v1/benefits/{benefit}"),
            json!({"type": "custom", "description": null}),
        ),
    ] {
        let request = ask("PATCH", &path).json(body.to_string()).bearer(OAT);
        assert_eq!(request.send(&server).await.status, 500, "{path} {body}");
    }
    for path in [
        "/v1/customers/?query=%00",
        "/v1/products/?query=a%00",
        "/v1/webhooks/deliveries?query=%00",
        "/v1/benefit-grants/?external_customer_id=%00",
    ] {
        assert_eq!(list(&server, path).await.status, 500, "{path}");
    }
}

#[tokio::test]
async fn feature_flags_are_private_and_archived_one_time_products_not_recurring() {
    let server = MockServer::start().await.unwrap();
    let flag = json!({"type": "feature_flag", "description": "Beta", "properties": {}});
    let flag = created(&server, "/v1/benefits/", flag).await;
    assert_eq!(flag["visibility"], "private");
    let once = product(&server, json!({"recurring_interval": null})).await;
    let path = format!("/v1/products/{once}");
    let archive = ask("PATCH", &path).json(r#"{"is_archived":true}"#.to_owned());
    archive.bearer(OAT).send(&server).await.expect(200);
    let customer = created(
        &server,
        "/v1/customers/",
        json!({"email": "ada@example.com"}),
    )
    .await;
    let body = json!({"product_id": once, "customer_id": customer["id"]});
    let refused = post("/v1/subscriptions/", &body).bearer(OAT);
    let refused = refused.send(&server).await.expect(422);
    assert_eq!(
        refused["detail"][0]["msg"],
        "Product is not a recurring product."
    );
}
