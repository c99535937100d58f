//! What the tests know about the worlds they use.

use polar_mock::{Fixture, MockServer, Timestamp};
use serde_json::{Value, json};

use crate::wire::{Answer, Ask, get, post};

pub const ORGANIZATION: &str = "fda84e25-7b55-4d67-916d-60ead04ff61f";
pub const CUSTOMER: &str = "d910050c-be66-4ca0-b4cc-34fde514f227";
pub const BENEFIT: &str = "32a8eda4-56cf-4a94-8228-792d324a519e";
/// The product of the built-in world.
pub const PRODUCT: &str = "1c1b6a5e-3e0f-4c5e-9a57-6f0d2b8c4e31";
pub const KEY: &str = "1C285B2D-6CE6-4BC7-B8BE-ADB6A7E304DA";
pub const KEY_ID: &str = "508176f7-065a-4b5d-b524-4e9c8a11ed63";
pub const ACTIVATION: &str = "b6724bc8-7ad9-4ca0-b143-7c896fcbb6fe";
pub const UNLIMITED_KEY: &str = "MOCK-UNLIMITED-0F0E6A52-8C7B-4D1E-9B3A-5A1C2D3E4F04";

/// The organization's access token, with all scopes.
pub const OAT: &str = "polar_oat_mock";
/// The session of the customer's owner.
pub const PORTAL: &str = "polar_mst_mock";

pub const PORTAL_VALIDATE: &str = "/v1/customer-portal/license-keys/validate";
pub const PORTAL_ACTIVATE: &str = "/v1/customer-portal/license-keys/activate";
pub const PORTAL_DEACTIVATE: &str = "/v1/customer-portal/license-keys/deactivate";

/// A world with one fresh key, to which fields can be added.
pub fn one_key(fields: Value) -> Value {
    let mut key = json!({
        "id": KEY_ID, "organization_id": ORGANIZATION, "customer_id": CUSTOMER, "benefit_id": BENEFIT, "key": KEY,
    });
    key.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    json!({
        "organizations": [{"id": ORGANIZATION, "slug": "one", "name": "One", "access_tokens": [
            {"token": OAT, "scopes": ["license_keys:read", "license_keys:write", "customer_sessions:write"]},
        ]}],
        "customers": [{"id": CUSTOMER, "organization_id": ORGANIZATION, "email": "ada@example.com", "name": "Ada"}],
        "benefits": [{
            "id": BENEFIT, "organization_id": ORGANIZATION, "type": "license_keys", "description": "Pro",
            "properties": {"prefix": "ONE", "expires": null, "activations": null, "limit_usage": null},
        }],
        "license_keys": [key],
    })
}

/// A server with that world.
pub async fn server_with_key(fields: Value) -> MockServer {
    let fixture = Fixture::from_text(&one_key(fields).to_string(), Timestamp::now()).unwrap();
    MockServer::builder()
        .fixture(fixture)
        .start()
        .await
        .unwrap()
}

/// A call of the public validate operation.
pub fn validate(fields: Value) -> Ask {
    portal_call(PORTAL_VALIDATE, fields)
}

/// A call of the public activate operation.
pub fn activate(fields: Value) -> Ask {
    portal_call(PORTAL_ACTIVATE, fields)
}

/// A call that names the key of the documentation unless the fields name another.
pub fn portal_call(path: &str, fields: Value) -> Ask {
    let mut body = json!({"key": KEY, "organization_id": ORGANIZATION});
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    post(path, &body)
}

/// The key as the seller sees it.
pub async fn stored_key(server: &MockServer) -> Value {
    let path = format!("/v1/license-keys/{KEY_ID}");
    get(&path).bearer(OAT).send(server).await.expect(200)
}

/// Checks that the server still does its work, and that nothing was stored meanwhile.
pub async fn alive_and_unchanged(server: &MockServer, world: &Value) {
    let health = get("/_mock/health").send(server).await.expect(200);
    assert_eq!(health["status"], "ok");
    assert_eq!(&state(server).await, world);
}

/// The whole world.
pub async fn state(server: &MockServer) -> Value {
    get("/_mock/state").send(server).await.expect(200)
}

/// Calls a control operation.
pub async fn control(server: &MockServer, method: &str, call: &str, body: Value) -> Answer {
    let path = format!("/_mock/{call}");
    crate::wire::ask(method, &path)
        .json(body.to_string())
        .send(server)
        .await
}

/// Freezes the clock at this moment.
pub async fn freeze(server: &MockServer, now: &str) {
    let set = control(
        server,
        "PUT",
        "clock",
        json!({"mode": "frozen", "now": now}),
    )
    .await;
    assert_eq!(set.expect(200), json!({"mode": "frozen", "now": now}));
}

/// Moves the clock on.
pub async fn advance(server: &MockServer, seconds: f64) {
    let moved = control(server, "POST", "clock/advance", json!({"seconds": seconds})).await;
    moved.expect(200);
}
