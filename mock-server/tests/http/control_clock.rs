//! `/_mock/clock`: everything in the world follows it.

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{get, post};
use crate::world::{
    CUSTOMER, KEY_ID, OAT, advance, control, freeze, one_key, server_with_key, state, stored_key,
    validate,
};

async fn now(server: &MockServer) -> Value {
    get("/_mock/clock").send(server).await.expect(200)
}

#[tokio::test]
async fn it_runs_until_it_is_frozen_and_then_moves_only_when_it_is_advanced() {
    let server = MockServer::start().await.unwrap();
    assert_eq!(now(&server).await["mode"], "real");
    freeze(&server, "2026-01-01T00:00:00Z").await;
    for (body, then) in [
        (json!({"seconds": 90}), "2026-01-01T00:01:30Z"),
        (json!({"seconds": 0.25}), "2026-01-01T00:01:30.250000Z"),
        (json!({"by": "PT0.75S"}), "2026-01-01T00:01:31Z"),
        (json!({"by": "P30DT1H"}), "2026-01-31T01:01:31Z"),
        (json!({"by": "P1W"}), "2026-02-07T01:01:31Z"),
        (json!({"seconds": 0}), "2026-02-07T01:01:31Z"),
    ] {
        let moved = control(&server, "POST", "clock/advance", body)
            .await
            .expect(200);
        assert_eq!(moved, json!({"mode": "frozen", "now": then}));
        assert_eq!(now(&server).await, moved);
    }
    let running = control(
        &server,
        "PUT",
        "clock",
        json!({"mode": "real", "now": "2040-01-01T00:00:00Z"}),
    )
    .await;
    assert_eq!(running.expect(200)["mode"], "real");
    assert!(
        now(&server).await["now"]
            .as_str()
            .unwrap()
            .starts_with("2040-01-01T00:0")
    );
    let health = get("/_mock/health").send(&server).await.expect(200);
    assert!(
        health["now"]
            .as_str()
            .unwrap()
            .starts_with("2040-01-01T00:0")
    );
}

#[tokio::test]
async fn what_it_cannot_do_changes_nothing_and_says_what_to_write() {
    let server = MockServer::start().await.unwrap();
    freeze(&server, "2026-01-01T00:00:00Z").await;
    for (method, call, body) in [
        ("POST", "clock/advance", r#"{"seconds":-1}"#),
        ("POST", "clock/advance", r#"{"by":"-P1D"}"#),
        ("POST", "clock/advance", r#"{"by":"tomorrow"}"#),
        ("POST", "clock/advance", r#"{"by":"P1D","seconds":1}"#),
        ("POST", "clock/advance", r#"{}"#),
        ("POST", "clock/advance", ""),
        ("PUT", "clock", r#"{"mode":"stopped"}"#),
        ("PUT", "clock", r#"{"mode":"frozen","now":"soon"}"#),
        ("PUT", "clock", "nonsense"),
    ] {
        let answer = crate::wire::ask(method, &format!("/_mock/{call}"))
            .json(body)
            .send(&server)
            .await;
        let refused = answer.expect(422);
        assert_eq!(refused["error"], "Invalid", "{body}");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains("send {"), "{body}: {detail}");
    }
    let end_of_time = control(&server, "POST", "clock/advance", json!({"seconds": 1e18}))
        .await
        .expect(422);
    assert_eq!(
        end_of_time["detail"],
        "the clock cannot move past the year 9999; send a shorter duration"
    );
    assert_eq!(now(&server).await["now"], "2026-01-01T00:00:00Z");
}

#[tokio::test]
async fn a_key_expires_when_its_moment_comes() {
    let server = server_with_key(json!({"expires_at": "2026-02-01T00:00:00Z"})).await;
    freeze(&server, "2026-01-31T23:59:59Z").await;
    let validated = validate(json!({})).send(&server).await.expect(200);
    assert_eq!(validated["last_validated_at"], "2026-01-31T23:59:59Z");
    advance(&server, 1.0).await;
    let expired = validate(json!({})).send(&server).await;
    expired.refused(404, "ResourceNotFound", "License key has expired.");
    let stored = stored_key(&server).await;
    assert_eq!(
        (&stored["status"], &stored["validations"]),
        (&json!("granted"), &json!(1))
    );
}

#[tokio::test]
async fn a_session_lasts_an_hour() {
    let server = server_with_key(json!({})).await;
    freeze(&server, "2026-01-01T00:00:00Z").await;
    let session = post("/v1/customer-sessions/", &json!({"customer_id": CUSTOMER})).bearer(OAT);
    let session = session.send(&server).await.expect(201);
    assert_eq!(session["expires_at"], "2026-01-01T01:00:00Z");
    let token = session["token"].as_str().unwrap();
    assert!(token.starts_with("polar_mst_"));
    let own_key = get(&format!("/v1/customer-portal/license-keys/{KEY_ID}")).bearer(token);
    advance(&server, 3_599.0).await;
    own_key.send(&server).await.expect(200);
    advance(&server, 1.0).await;
    assert_eq!(
        own_key.send(&server).await.expect(401)["error"],
        "invalid_token"
    );
}

#[tokio::test]
async fn an_access_token_ends_when_it_says() {
    let server = MockServer::start().await.unwrap();
    let mut world = one_key(json!({}));
    world["organizations"][0]["access_tokens"][0]["expires_at"] = json!("2026-01-01T00:00:10Z");
    freeze(&server, "2026-01-01T00:00:00Z").await;
    control(&server, "PUT", "state", world).await.expect(204);
    stored_key(&server).await;
    advance(&server, 10.0).await;
    let late = get("/v1/license-keys/").bearer(OAT).send(&server).await;
    assert_eq!(late.expect(401)["error"], "invalid_token");
}

#[tokio::test]
async fn a_world_without_times_is_made_at_the_clocks_moment() {
    let server = MockServer::start().await.unwrap();
    freeze(&server, "2031-05-06T07:08:09Z").await;
    control(&server, "PUT", "state", one_key(json!({})))
        .await
        .expect(204);
    let world = state(&server).await;
    for table in ["organizations", "customers", "benefits", "license_keys"] {
        assert_eq!(
            world[table][0]["created_at"], "2031-05-06T07:08:09Z",
            "{table}"
        );
    }
}
