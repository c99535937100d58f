//! `/_mock/requests`: what was asked and answered, without secrets.

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{get, post};
use crate::world::{
    CUSTOMER, KEY, KEY_ID, OAT, PORTAL, PORTAL_VALIDATE, activate, control, portal_call, validate,
};

async fn journal(server: &MockServer) -> Vec<Value> {
    let journal = get("/_mock/requests").send(server).await.expect(200);
    journal["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_exchange_is_kept_with_its_operation_and_both_bodies() {
    let server = MockServer::start().await.unwrap();
    validate(json!({"increment_usage": 2}))
        .send(&server)
        .await
        .expect(200);
    get("/v1/nowhere?page=1").send(&server).await.expect(404);
    let kept = journal(&server).await;
    assert_eq!(kept.len(), 2, "control calls are not part of it");
    let first = &kept[0];
    assert_eq!(
        (
            &first["number"],
            &first["method"],
            &first["path"],
            &first["status"]
        ),
        (
            &json!(1),
            &json!("POST"),
            &json!(PORTAL_VALIDATE),
            &json!(200)
        )
    );
    assert_eq!(first["operation"], "customer_portal:license_keys:validate");
    assert_eq!(first["request"]["increment_usage"], 2);
    assert_eq!(first["answer"]["usage"], 2);
    assert_eq!(
        (&kept[1]["path"], &kept[1]["operation"]),
        (&json!("/v1/nowhere?page=1"), &Value::Null)
    );

    control(&server, "DELETE", "requests", json!(null))
        .await
        .expect(204);
    assert_eq!(journal(&server).await, Vec::<Value>::new());
}

#[tokio::test]
async fn no_secret_is_in_it() {
    let server = MockServer::start().await.unwrap();
    let mut secrets: Vec<String> = [KEY, OAT, PORTAL, "polar_oat_unknown"]
        .map(str::to_owned)
        .into();
    activate(json!({"label": "x"}))
        .send(&server)
        .await
        .expect(200);
    portal_call(PORTAL_VALIDATE, json!({"key": [KEY]}))
        .send(&server)
        .await
        .expect(422);
    post(PORTAL_VALIDATE, &json!(KEY))
        .send(&server)
        .await
        .expect(422);
    get("/v1/customers/")
        .bearer("polar_oat_unknown")
        .send(&server)
        .await
        .expect(401);
    get(&format!("/v1/license-keys/?token={OAT}&key={KEY}"))
        .bearer(OAT)
        .send(&server)
        .await
        .expect(200);
    let rotate = post(&format!("/v1/license-keys/{KEY_ID}/rotate"), &json!({})).bearer(OAT);
    let rotated = rotate.send(&server).await.expect(200);
    secrets.push(rotated["key"].as_str().unwrap().into());
    let session = post("/v1/customer-sessions/", &json!({"customer_id": CUSTOMER})).bearer(OAT);
    let session = session.send(&server).await.expect(201);
    secrets.push(session["token"].as_str().unwrap().into());
    let hook = json!({"url": "https://example.com", "format": "raw", "events": []});
    let hook = post("/v1/webhooks/endpoints", &hook)
        .bearer(OAT)
        .send(&server)
        .await
        .expect(201);
    secrets.push(hook["secret"].as_str().unwrap().into());

    let text = get("/_mock/requests").send(&server).await;
    for secret in secrets {
        assert!(!text.text().contains(&secret), "{secret} is in the journal");
    }
    assert_eq!(journal(&server).await.len(), 8);
}

#[tokio::test]
async fn what_is_long_is_cut_and_says_where() {
    let server = MockServer::start().await.unwrap();
    let method = "M".repeat(100_000);
    let query = "q".repeat(60_000);
    crate::wire::ask(&method, "/v1/x").send(&server).await;
    get(&format!("/v1/nowhere?token=secret&{query}"))
        .send(&server)
        .await
        .expect(404);
    let kept = journal(&server).await;
    let (method, path) = (
        kept[0]["method"].as_str().unwrap(),
        kept[1]["path"].as_str().unwrap(),
    );
    assert!(method.starts_with("MMMM"), "{method}");
    assert!(
        method.ends_with("MM… (cut at 32 of 100000 bytes)"),
        "{method}"
    );
    assert!(path.starts_with("/v1/nowhere?token=***&qqqq"), "{path}");
    assert!(path.ends_with("qq… (cut at 2048 of 60025 bytes)"), "{path}");
}

#[tokio::test]
async fn a_reset_forgets_the_requests_too() {
    let server = MockServer::start().await.unwrap();
    get("/healthz").send(&server).await.expect(200);
    assert_eq!(journal(&server).await.len(), 1);
    control(&server, "POST", "reset", json!(null))
        .await
        .expect(204);
    assert_eq!(journal(&server).await, Vec::<Value>::new());
}
