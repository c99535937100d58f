//! `--webhooks`: where deliveries may go.

use polar_mock::{MockServer, StartError};
use serde_json::Value;

use crate::webhooks::{Endpoint, customer, events, register};
use crate::wire::get;
use crate::world::OAT;

const KINDS: [&str; 1] = ["customer.created"];

/// What became of the one event for each endpoint, once that is settled: whether it was skipped.
async fn skipped(server: &MockServer, endpoints: &[&Value]) -> Vec<bool> {
    loop {
        let events = events(server).await;
        let created = events
            .iter()
            .find(|event| event["type"] == KINDS[0])
            .unwrap();
        let deliveries = created["deliveries"].as_array().unwrap();
        let settled = |row: &Value| row["skipped"] == true || row["succeeded"] == true;
        if deliveries.iter().all(settled) {
            let of = |endpoint: &&Value| {
                deliveries
                    .iter()
                    .find(|row| row["endpoint_id"] == endpoint["id"])
                    .unwrap()["skipped"]
                    == true
            };
            return endpoints.iter().map(of).collect();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn off_sends_nothing() {
    let server = MockServer::builder().webhooks("off").start().await.unwrap();
    let mut hook = Endpoint::start().await;
    let endpoint = register(&server, &hook.url, &KINDS).await;
    customer(&server, "ada").await;
    assert_eq!(skipped(&server, &[&endpoint]).await, [true]);
    hook.nothing_came(&server).await;
    let list = get("/v1/webhooks/deliveries").bearer(OAT);
    let list = list.send(&server).await.expect(200);
    assert_eq!(list["pagination"]["total_count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_allows_what_is_below_it() {
    let (inside, outside) = (Endpoint::start().await, Endpoint::start().await);
    let base = inside.url.split("/hook").next().unwrap();
    let allowed = format!("{base}/hooks/polar/");
    let server = MockServer::builder()
        .webhooks(&allowed)
        .start()
        .await
        .unwrap();
    let port = base.rsplit(':').next().unwrap();
    let mut endpoints = Vec::new();
    for (url, expected) in [
        (format!("{base}/hooks/polar"), false),
        (format!("{base}/hooks/polar?a=b"), false),
        (format!("{base}/hooks/polar/orders"), false),
        (format!("{base}/x/../hooks/polar/"), false),
        (format!("{base}/hooks/polarbear"), true),
        (format!("{base}/hooks/polar/../admin"), true),
        (format!("{base}/hooks/polar/%2e%2E/admin"), true),
        (format!("{base}/hooks"), true),
        (format!("{base}/"), true),
        (format!("http://localhost:{port}/hooks/polar"), true),
        (outside.url.clone(), true),
    ] {
        endpoints.push((register(&server, &url, &KINDS).await, expected, url));
    }
    customer(&server, "ada").await;
    let rows: Vec<&Value> = endpoints.iter().map(|(row, ..)| row).collect();
    let skipped = skipped(&server, &rows).await;
    for ((_, expected, url), skipped) in endpoints.iter().zip(skipped) {
        assert_eq!(skipped, *expected, "{url}");
    }
}

#[tokio::test]
async fn anything_but_this_machine_is_refused_at_the_start() {
    for bad in [
        "",
        "on",
        "OFF ",
        "localhost:3000",
        "https://localhost:3000",
        "http://example.com/hook",
        "http://10.0.0.1/",
        "http://0.0.0.0:3000",
        "http://user@localhost:3000/",
        "http://localhost:3000/?a=b",
        "http://localhost:3000/#a",
        "ftp://localhost/",
    ] {
        let refused = MockServer::builder().webhooks(bad).start().await;
        let Err(error @ StartError::Webhooks(_)) = refused else {
            panic!("{bad}: {refused:?}");
        };
        assert!(error.to_string().contains("--webhooks"), "{error}");
    }
}
