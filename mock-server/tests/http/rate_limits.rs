//! Rate limits on the world's clock (docs/behaviour.md#rate-limits). The clock is frozen, so that nothing depends on
//! how fast a test runs.

use polar_mock::{MockServer, RateLimits};
use serde_json::json;

use crate::wire::{Ask, Connection, get};
use crate::world::{OAT, advance, control, freeze, one_key, state, validate};

async fn limited(limits: RateLimits) -> MockServer {
    let server = MockServer::builder()
        .rate_limits(limits)
        .start()
        .await
        .unwrap();
    freeze(&server, "2026-01-01T00:00:00Z").await;
    server
}

fn from(address: &str, ask: Ask) -> Ask {
    ask.header("True-Client-IP", address)
}

/// How many of so many requests pass before one is refused.
async fn passing(server: &MockServer, ask: &Ask, most: usize) -> usize {
    let mut connection = Connection::open(server).await;
    for passed in 0..most {
        let answer = connection.ask(ask).await;
        if answer.status == 429 {
            return passed;
        }
    }
    most
}

#[tokio::test]
async fn without_limits_nobody_is_refused() {
    let server = limited(RateLimits::Off).await;
    assert_eq!(passing(&server, &validate(json!({})), 600).await, 600);
    assert_eq!(
        passing(&server, &get("/v1/license-keys/").bearer(OAT), 600).await,
        600
    );
}

#[tokio::test]
async fn the_fourth_call_in_a_second_blocks_for_a_minute() {
    for limits in [RateLimits::Sandbox, RateLimits::Production] {
        let server = limited(limits).await;
        let call = from("10.0.0.1", validate(json!({})));
        assert_eq!(passing(&server, &call, 10).await, 3);
        let refused = call.send(&server).await;
        assert_eq!((refused.status, refused.text()), (429, ""));
        assert_eq!(refused.header("retry-after"), Some("60"));
        assert_eq!(refused.header("polar-version"), Some("2026-04"));
        for absent in [
            "content-type",
            "cache-control",
            "x-polar-sandbox",
            "content-length",
        ] {
            assert_eq!(refused.header(absent), None, "{absent}");
        }

        // The block covers everything under /v1 for this caller, and nobody else.
        let elsewhere = from("10.0.0.1", get("/v1/nope")).send(&server).await;
        assert_eq!(elsewhere.status, 429);
        assert_eq!(
            from("10.0.0.1", get("/healthz")).send(&server).await.status,
            200
        );
        assert_eq!(
            from("10.0.0.2", validate(json!({})))
                .send(&server)
                .await
                .status,
            200
        );

        advance(&server, 30.0).await;
        let waiting = call.send(&server).await;
        assert_eq!(
            (waiting.status, waiting.header("retry-after")),
            (429, Some("30"))
        );
        advance(&server, 29.0).await;
        assert_eq!(call.send(&server).await.header("retry-after"), Some("1"));
        advance(&server, 1.0).await;
        assert_eq!(passing(&server, &call, 10).await, 3);
    }
}

#[tokio::test]
async fn three_calls_in_every_second_are_allowed() {
    let server = limited(RateLimits::Production).await;
    let call = validate(json!({}));
    for _ in 0..10 {
        assert_eq!(passing(&server, &call, 3).await, 3);
        advance(&server, 1.0).await;
    }
}

#[tokio::test]
async fn the_rest_of_the_api_counts_by_the_minute() {
    for (limits, limit) in [(RateLimits::Sandbox, 100), (RateLimits::Production, 500)] {
        let server = limited(limits).await;
        // The first request with a token is counted apart: the server does not know yet whose it is.
        let list = get("/v1/license-keys/").bearer(OAT);
        assert_eq!(passing(&server, &list, 1_000).await, limit + 1);
        advance(&server, 20.0).await;
        let refused = list.send(&server).await;
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (429, Some("60"))
        );
        // Another caller has a budget of its own.
        assert_eq!(
            passing(&server, &from("10.0.0.9", get("/v1/nope")), 1_000).await,
            limit
        );
        advance(&server, 40.0).await;
        assert_eq!(list.send(&server).await.status, 200);
    }
}

#[tokio::test]
async fn unknown_tokens_have_sixty_a_minute_each() {
    let server = limited(RateLimits::Sandbox).await;
    for token in ["polar_oat_a", "polar_oat_b"] {
        assert_eq!(
            passing(&server, &get("/v1/license-keys/").bearer(token), 200).await,
            60
        );
    }
    advance(&server, 60.0).await;
    assert_eq!(
        get("/v1/license-keys/")
            .bearer("polar_oat_a")
            .send(&server)
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn what_is_answered_before_the_limit_is_not_counted() {
    let server = limited(RateLimits::Sandbox).await;
    let path = crate::world::PORTAL_VALIDATE;
    let preflight = crate::wire::ask("OPTIONS", path)
        .header("Origin", "https://app.example.com")
        .header("Access-Control-Request-Method", "POST");
    for _ in 0..5 {
        assert_eq!(preflight.send(&server).await.status, 200);
        let unknown_version = validate(json!({})).header("Polar-Version", "1");
        assert_eq!(unknown_version.send(&server).await.status, 404);
        let mut connection = Connection::open(&server).await;
        connection
            .write(&crate::wire::ask("POST", path).head(None))
            .await;
        assert_eq!(connection.answer().await.unwrap().status, 411);
    }
    assert_eq!(passing(&server, &validate(json!({})), 10).await, 3);
}

#[tokio::test]
async fn answers_that_refuse_are_counted_too() {
    let server = limited(RateLimits::Sandbox).await;
    assert_eq!(
        passing(&server, &validate(json!({"key": "nope"})), 10).await,
        3
    );
}

#[tokio::test]
async fn a_new_world_and_a_new_setting_forget_the_counters() {
    let server = limited(RateLimits::Sandbox).await;
    let call = validate(json!({}));
    assert_eq!(passing(&server, &call, 10).await, 3);
    let world = state(&server).await;
    control(&server, "PUT", "state", world).await.expect(204);
    assert_eq!(passing(&server, &call, 10).await, 3);
    control(&server, "PUT", "settings", json!({"rate_limits": "off"}))
        .await
        .expect(200);
    assert_eq!(passing(&server, &call, 10).await, 10);
    control(&server, "PUT", "state", one_key(json!({})))
        .await
        .expect(204);
    assert_eq!(passing(&server, &call, 10).await, 10);
}

#[tokio::test]
async fn a_block_does_not_outlast_a_clock_that_is_turned_back() {
    let server = limited(RateLimits::Sandbox).await;
    let call = validate(json!({}));
    assert_eq!(passing(&server, &call, 10).await, 3);
    freeze(&server, "2025-12-01T00:00:00Z").await;
    assert_eq!(passing(&server, &call, 10).await, 3);
    assert_eq!(call.send(&server).await.header("retry-after"), Some("60"));
}
