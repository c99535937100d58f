//! `/_mock/openapi.json` says what the control API does.

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{ask, get, post};
use crate::world::{OAT, PRODUCT};

/// A body for each call that needs one.
async fn body(server: &MockServer, method: &str, path: &str) -> Option<Value> {
    Some(match (method, path) {
        ("put", "/_mock/state") => get("/_mock/state").send(server).await.expect(200),
        ("put", "/_mock/clock") => json!({"mode": "frozen", "now": "2026-01-01T00:00:00Z"}),
        ("post", "/_mock/clock/advance") => json!({"by": "PT1H"}),
        ("put", "/_mock/settings") => json!({"grant_delay_ms": 5}),
        ("post", "/_mock/events/trigger") => json!({"type": "customer.updated"}),
        _ => return None,
    })
}

/// The id of a new checkout.
async fn checkout(server: &MockServer) -> String {
    let body = json!({"products": [PRODUCT]});
    let created = post("/v1/checkouts/", &body).bearer(OAT).send(server).await;
    created.expect(201)["id"].as_str().unwrap().to_owned()
}

/// Whether a value fits a schema of the document.
fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let mut whole = schema.clone();
    whole["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&whole).unwrap();
    validator
        .validate(value)
        .map_err(|error| format!("{error} at {}", error.instance_path()))
}

#[tokio::test]
async fn every_documented_call_takes_and_gives_what_the_document_says() {
    let server = MockServer::start().await.unwrap();
    get("/v1/license-keys/")
        .bearer(OAT)
        .send(&server)
        .await
        .expect(200);
    let document = get("/_mock/openapi.json").send(&server).await.expect(200);
    let mut calls = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let path = path.replace("{checkout}", &checkout(&server).await);
            let mut request = ask(&method.to_uppercase(), &path);
            if let Some(body) = body(&server, method, &path).await {
                let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                fits(&document, schema, &body)
                    .unwrap_or_else(|error| panic!("{method} {path}: {error}"));
                request = request.json(body.to_string());
            }
            let answer = request.send(&server).await;
            let declared = &operation["responses"][answer.status.to_string()];
            // A card that is declined is always refused.
            let is_refused = path.ends_with("/decline") && answer.status == 400;
            assert!(
                declared.is_object() || is_refused,
                "{method} {path}: {}",
                answer.status
            );
            if answer.status == 200 {
                let schema = &declared["content"]["application/json"]["schema"];
                fits(&document, schema, &answer.json())
                    .unwrap_or_else(|error| panic!("{method} {path}: {error}"));
            }
            calls += 1;
        }
    }
    assert_eq!(calls, 17);
}

#[tokio::test]
async fn a_refusal_is_documented_too() {
    let server = MockServer::start().await.unwrap();
    let document = get("/_mock/openapi.json").send(&server).await.expect(200);
    let schema =
        &document["components"]["responses"]["Refused"]["content"]["application/json"]["schema"];
    let nowhere = get("/_mock/nowhere").send(&server).await.expect(404);
    let state = ask("PUT", "/_mock/state").json(r#"{"organizations": 1}"#);
    let state = state.send(&server).await.expect(422);
    for refusal in [nowhere, state] {
        fits(&document, schema, &refusal).unwrap();
    }
    assert!(fits(&document, schema, &json!({"detail": "x"})).is_err());
}

#[tokio::test]
async fn what_is_not_documented_is_not_there() {
    let server = MockServer::start().await.unwrap();
    let document = get("/_mock/openapi.json").send(&server).await.expect(200);
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in ["get", "put", "post", "delete", "patch"] {
            if operations.get(method).is_none() {
                let answer = ask(&method.to_uppercase(), path).send(&server).await;
                assert_eq!(answer.status, 405, "{method} {path}");
            }
        }
    }
}
