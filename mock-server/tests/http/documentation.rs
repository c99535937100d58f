//! The examples of Polar's documentation, with only the host changed.

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::ask;
use crate::world::{PORTAL_ACTIVATE, PORTAL_VALIDATE, validate};

/// What the documentation sends to activate a key.
const ACTIVATE_BODY: &str = r#"{
"key": "1C285B2D-6CE6-4BC7-B8BE-ADB6A7E304DA",
"organization_id": "fda84e25-7b55-4d67-916d-60ead04ff61f",
"label": "hello",
"conditions": { "major_version": 1 },
"meta": { "ip": "84.19.145.194" }
}"#;

/// What the documentation sends to validate a key.
const VALIDATE_BODY: &str = r#"{
"key": "1C285B2D-6CE6-4BC7-B8BE-ADB6A7E304DA",
"organization_id": "fda84e25-7b55-4d67-916d-60ead04ff61f",
"activation_id": "b6724bc8-7ad9-4ca0-b143-7c896fcbb6fe",
"conditions": { "major_version": 1 },
"increment_usage": 15
}"#;

/// The fields of a key that the documentation shows, with values that hold for the built-in world.
fn documented_key(usage: u32, validations: u32) -> Value {
    json!({
        "id": "508176f7-065a-4b5d-b524-4e9c8a11ed63",
        "organization_id": "fda84e25-7b55-4d67-916d-60ead04ff61f",
        "user_id": "d910050c-be66-4ca0-b4cc-34fde514f227",
        "benefit_id": "32a8eda4-56cf-4a94-8228-792d324a519e",
        "key": "1C285B2D-6CE6-4BC7-B8BE-ADB6A7E304DA",
        "display_key": "****-E304DA",
        "status": "granted",
        "limit_activations": 3,
        "usage": usage,
        "limit_usage": 100,
        "validations": validations,
    })
}

#[track_caller]
fn assert_shows(answer: &Value, documented: &Value) {
    for (field, value) in documented.as_object().unwrap() {
        assert_eq!(&answer[field], value, "{field}");
    }
}

/// Sends what `curl -X POST -H "Content-Type: application/json" -d …` sends.
async fn curl(server: &MockServer, path: &str, body: &str) -> Value {
    let sent = ask("POST", path)
        .header("User-Agent", "curl/8.5.0")
        .header("Accept", "*/*")
        .json(body.replace('\n', ""));
    sent.send(server).await.expect(200)
}

#[tokio::test]
async fn activate_as_documented_and_validate_with_the_returned_id() {
    let server = MockServer::start().await.unwrap();
    let activation = curl(&server, PORTAL_ACTIVATE, ACTIVATE_BODY).await;
    assert_shows(
        &activation,
        &json!({
            "license_key_id": "508176f7-065a-4b5d-b524-4e9c8a11ed63",
            "label": "hello",
            "meta": {"ip": "84.19.145.194"},
            "modified_at": null,
        }),
    );
    assert!(activation["created_at"].is_string());
    assert_shows(&activation["license_key"], &documented_key(0, 0));
    assert_eq!(activation["license_key"]["last_validated_at"], Value::Null);

    let with = |version: Value| {
        validate(
            json!({"activation_id": activation["id"], "conditions": {"major_version": version}}),
        )
    };
    let validated = with(json!(1)).send(&server).await.expect(200);
    assert_shows(&validated, &documented_key(0, 1));
    assert_eq!(validated["activation"]["id"], activation["id"]);
    assert_eq!(validated["activation"]["label"], "hello");

    for other in [json!(2), json!("1"), json!(null)] {
        let answer = if other.is_null() {
            validate(json!({"activation_id": activation["id"]}))
                .send(&server)
                .await
        } else {
            with(other).send(&server).await
        };
        answer.refused(
            404,
            "ResourceNotFound",
            "License key does not match required conditions",
        );
    }
}

#[tokio::test]
async fn validate_as_documented() {
    let server = MockServer::start().await.unwrap();
    let validated = curl(&server, PORTAL_VALIDATE, VALIDATE_BODY).await;
    assert_shows(&validated, &documented_key(15, 1));
    assert!(validated["last_validated_at"].is_string());
    assert_eq!(
        validated["activation"],
        json!({
            "id": "b6724bc8-7ad9-4ca0-b143-7c896fcbb6fe",
            "license_key_id": "508176f7-065a-4b5d-b524-4e9c8a11ed63",
            "label": "hello",
            "meta": {"ip": "84.19.145.194"},
            "created_at": "2024-09-02T13:48:13.251621Z",
            "modified_at": null,
        })
    );
}

#[tokio::test]
async fn the_usage_quota_ends_as_polar_says_it() {
    let server = MockServer::start().await.unwrap();
    let increment = |by: u32| validate(json!({"increment_usage": by}));
    assert_eq!(increment(90).send(&server).await.expect(200)["usage"], 90);
    increment(11).send(&server).await.refused(
        400,
        "BadRequest",
        "License key only has 10 more usages.",
    );
    assert_eq!(increment(10).send(&server).await.expect(200)["usage"], 100);
}
