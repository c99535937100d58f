//! `/_mock/settings` and `/_mock/health`.

use polar_mock::MockServer;
use serde_json::json;

use crate::wire::get;
use crate::world::control;

#[tokio::test]
async fn settings_that_are_left_out_stay() {
    let server = MockServer::start().await.unwrap();
    let settings = async || get("/_mock/settings").send(&server).await.expect(200);
    let initial = settings().await;
    assert_eq!(initial["rate_limits"], "off");
    assert_eq!(initial["grant_delay_ms"], 0);
    for (change, limits, delay) in [
        (json!({"rate_limits": "sandbox"}), "sandbox", 0),
        (json!({"grant_delay_ms": 250}), "sandbox", 250),
        (
            json!({"rate_limits": "production", "grant_delay_ms": 1}),
            "production",
            1,
        ),
        (json!({}), "production", 1),
    ] {
        control(&server, "PUT", "settings", change)
            .await
            .expect(200);
        let now = settings().await;
        assert_eq!(
            (&now["rate_limits"], &now["grant_delay_ms"]),
            (&json!(limits), &json!(delay))
        );
    }
    control(&server, "POST", "reset", json!({}))
        .await
        .expect(204);
    assert_eq!(settings().await, initial);
}

#[tokio::test]
async fn a_setting_that_does_not_exist_changes_nothing() {
    let server = MockServer::start().await.unwrap();
    for change in [
        json!({"rate_limits": "sandbox", "rate_limit": "off"}),
        json!({"rate_limits": "some"}),
        json!({"grant_delay_ms": -1}),
        json!([]),
    ] {
        let refused = control(&server, "PUT", "settings", change.clone())
            .await
            .expect(422);
        assert!(
            refused["detail"].as_str().unwrap().contains("send {"),
            "{change}"
        );
    }
    let settings = get("/_mock/settings").send(&server).await.expect(200);
    assert_eq!(settings["rate_limits"], "off");
}

#[tokio::test]
async fn only_the_sandbox_marks_its_answers() {
    let server = MockServer::start().await.unwrap();
    for (limits, mark) in [("off", None), ("sandbox", Some("1")), ("production", None)] {
        control(&server, "PUT", "settings", json!({"rate_limits": limits}))
            .await
            .expect(200);
        let answer = get("/healthz").send(&server).await;
        assert_eq!(answer.header("x-polar-sandbox"), mark, "{limits}");
    }
}

#[tokio::test]
async fn health_names_the_contract() {
    let server = MockServer::start().await.unwrap();
    let health = get("/_mock/health").send(&server).await.expect(200);
    assert_eq!(health["status"], "ok");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(health["contract"]["version"], "2026-04");
    let sha256 = health["contract"]["sha256"].as_str().unwrap();
    assert!(sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert!(health["now"].as_str().unwrap().ends_with('Z'));
}
