//! Web pages of somebody else, which a developer has open while the server runs, and what they cannot do with webhooks.

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::webhooks::register;
use crate::wire::{Ask, ask, get, post};
use crate::world::{KEY_ID, OAT, control, state, validate};

/// The same request as a browser sends it for a page of another origin: what it adds, and the error it gets.
fn from_foreign_pages(call: &Ask) -> Vec<(Ask, &'static str)> {
    let mut asks = Vec::new();
    for origin in [
        "https://evil.example",
        "null",
        "http://localhost:3000",
        "https://localhost",
        "http://127.0.0.1",
        "http://localhost.evil.example",
        "",
    ] {
        asks.push((call.clone().header("Origin", origin), "ForeignOrigin"));
    }
    for site in ["cross-site", "same-site", "Cross-Site", "new-in-2030"] {
        asks.push((call.clone().header("Sec-Fetch-Site", site), "ForeignOrigin"));
    }
    // The page that was led here by DNS is of its own origin, as far as the browser knows.
    let rebound = call.clone().host("evil.example:7657");
    asks.push((
        rebound.clone().header("Origin", "http://evil.example:7657"),
        "ForeignHost",
    ));
    asks.push((rebound, "ForeignHost"));
    asks
}

/// Every operation of webhooks, on an endpoint and an event that are there.
fn webhook_operations(endpoint: &str, event: &str) -> Vec<Ask> {
    let one = format!("/v1/webhooks/endpoints/{endpoint}");
    let hook = json!({"url": "http://localhost:22/", "format": "raw", "events": []});
    let calls = vec![
        get("/v1/webhooks/endpoints"),
        post("/v1/webhooks/endpoints", &hook),
        get(&one),
        ask("PATCH", &one).json(r#"{"url":"http://127.0.0.1:22/"}"#),
        ask(
            "PATCH",
            &format!("/v1/webhooks/endpoints/{endpoint}/secret"),
        ),
        ask("DELETE", &one),
        get("/v1/webhooks/deliveries"),
        ask("POST", &format!("/v1/webhooks/events/{event}/redeliver")),
    ];
    calls.into_iter().map(|call| call.bearer(OAT)).collect()
}

async fn hooked() -> (MockServer, String, String) {
    let server = MockServer::start().await.unwrap();
    let away = register(&server, "https://example.com/", &["customer.created"]).await;
    let endpoint = away["id"].as_str().unwrap().to_owned();
    let mut world = state(&server).await;
    let event = "5e0f0a57-93a8-4f0c-8f77-6a1f5a1f2f10";
    world["webhook_events"] = json!([{
        "id": event, "webhook_endpoint_id": endpoint, "type": "customer.created", "payload": "{}", "skipped": true,
    }]);
    control(&server, "PUT", "state", world).await.expect(204);
    (server, endpoint, event.to_owned())
}

#[track_caller]
fn assert_ours(refused: &Value, error: &str) {
    assert_eq!(refused["error"], error, "{refused}");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("polar-mock"), "{detail}");
}

#[tokio::test]
async fn they_can_neither_read_nor_change_webhooks() {
    let (server, endpoint, event) = hooked().await;
    let before = state(&server).await;
    for call in webhook_operations(&endpoint, &event) {
        for (foreign, error) in from_foreign_pages(&call) {
            let answer = foreign.send(&server).await;
            assert_eq!(answer.status, 403, "{foreign:?}: {}", answer.text());
            assert_ours(&answer.json(), error);
        }
        for broken in [
            call.clone().without_host(),
            call.clone().header("Host", "localhost"),
            call.clone().host("localhost@evil.example"),
        ] {
            assert_ours(&broken.send(&server).await.expect(400), "BadHost");
        }
    }
    assert_eq!(state(&server).await, before);
}

#[tokio::test]
async fn programs_and_pages_of_the_server_itself_can() {
    let (server, endpoint, event) = hooked().await;
    let address = server.url().strip_prefix("http://").unwrap();
    for call in webhook_operations(&endpoint, &event) {
        // The later ones may find the endpoint deleted.
        for allowed in [
            call.clone(),
            call.clone().host(address),
            call.clone()
                .host(address)
                .header("Origin", server.url())
                .header("Sec-Fetch-Site", "same-origin"),
            call.clone()
                .header("Origin", "http://localhost:80")
                .header("Sec-Fetch-Site", "none"),
        ] {
            let answer = allowed.send(&server).await;
            assert!(
                matches!(answer.status, 200 | 201 | 202 | 204 | 404),
                "{allowed:?}: {}",
                answer.text()
            );
        }
    }
}

#[tokio::test]
async fn every_other_answer_to_them_is_as_it_was() {
    let (server, endpoint, event) = hooked().await;
    for (foreign, _) in from_foreign_pages(&validate(json!({}))) {
        foreign.send(&server).await.expect(200);
    }
    let origin = "https://app.example";
    let key = format!("/v1/license-keys/{KEY_ID}");
    for (call, status) in [
        (get(&key).bearer(OAT), 200),
        (get("/v1/webhooks/endpoints"), 401),
        (get("/v1/webhooks/endpoints").bearer("polar_oat_wrong"), 401),
        (post("/v1/webhooks/endpoints", &json!({})).bearer(OAT), 422),
    ] {
        let own = call.send(&server).await;
        let foreign = call.header("Origin", origin).send(&server).await;
        assert_eq!((foreign.status, &foreign.body), (status, &own.body));
        assert_eq!(foreign.header("access-control-allow-origin"), Some("*"));
    }
    for call in webhook_operations(&endpoint, &event) {
        let preflight = call
            .with_method("OPTIONS")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST");
        assert_eq!(preflight.send(&server).await.status, 200);
    }
}
