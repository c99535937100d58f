//! Webhooks reach an endpoint on this machine: signed, in order, again after a failure, on the world's clock.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use polar_mock::MockServer;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

use crate::wire::{ask, get, post};
use crate::world::{OAT, PORTAL, advance, control, freeze, state};

/// Longer than any delivery takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A delivery as it came in: its headers and its body.
#[derive(Debug, Clone)]
struct Delivery {
    headers: Vec<(String, String)>,
    body: String,
}

impl Delivery {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }
}

/// An endpoint that answers with the statuses it is given, then with 200.
pub struct Endpoint {
    pub url: String,
    received: mpsc::UnboundedReceiver<Delivery>,
    statuses: Arc<Mutex<Vec<u16>>>,
}

impl Endpoint {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?a=b", listener.local_addr().unwrap());
        let (sender, received) = mpsc::unbounded_channel();
        let statuses = Arc::new(Mutex::new(Vec::<u16>::new()));
        let answers = statuses.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                let delivery = loop {
                    stream.read_buf(&mut bytes).await.unwrap();
                    let text = String::from_utf8_lossy(&bytes);
                    let Some((head, body)) = text.split_once("\r\n\r\n") else {
                        continue;
                    };
                    let headers: Vec<(String, String)> = head
                        .split("\r\n")
                        .filter_map(|line| line.split_once(": "))
                        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                        .chain([(":line".to_owned(), head.lines().next().unwrap().to_owned())])
                        .collect();
                    let delivery = Delivery {
                        headers,
                        body: body.to_owned(),
                    };
                    if delivery.header("content-length") == body.len().to_string() {
                        break delivery;
                    }
                };
                let mut answers = answers.lock().await;
                let status = if answers.is_empty() {
                    200
                } else {
                    answers.remove(0)
                };
                let answer = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
                sender.send(delivery).unwrap();
            }
        });
        Self {
            url,
            received,
            statuses,
        }
    }

    async fn next(&mut self) -> Delivery {
        let next = tokio::time::timeout(PATIENCE, self.received.recv()).await;
        next.expect("a delivery").expect("an open channel")
    }

    /// Checks that nothing came: what is asked of the server afterwards is answered, and still nothing has come.
    pub async fn nothing_came(&mut self, server: &MockServer) {
        for _ in 0..20 {
            get("/_mock/health").send(server).await.expect(200);
            tokio::task::yield_now().await;
        }
        assert!(self.received.try_recv().is_err());
    }
}

pub async fn register(server: &MockServer, url: &str, events: &[&str]) -> Value {
    let body = json!({"url": url, "format": "raw", "events": events});
    let endpoint = post("/v1/webhooks/endpoints", &body)
        .bearer(OAT)
        .send(server)
        .await;
    endpoint.expect(201)
}

pub async fn customer(server: &MockServer, name: &str) {
    let body = json!({"email": format!("{name}@example.com"), "name": name});
    post("/v1/customers/", &body)
        .bearer(OAT)
        .send(server)
        .await
        .expect(201);
}

pub async fn events(server: &MockServer) -> Vec<Value> {
    let events = get("/_mock/events").send(server).await.expect(200);
    events["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_signed_with_the_whole_secret_and_come_in_order() {
    let server = MockServer::start().await.unwrap();
    let mut hook = Endpoint::start().await;
    let endpoint = register(&server, &hook.url, &["member.created", "customer.created"]).await;
    freeze(&server, "2026-01-01T00:00:00Z").await;
    customer(&server, "ada").await;
    customer(&server, "bo").await;
    let mut kinds = Vec::new();
    for _ in 0..4 {
        let delivery = hook.next().await;
        assert_eq!(delivery.header(":line"), "POST /hook?a=b HTTP/1.1");
        assert_eq!(delivery.header("user-agent"), "polar.sh webhooks");
        assert_eq!(delivery.header("content-type"), "application/json");
        assert_eq!(delivery.header("webhook-timestamp"), "1767225600");
        let secret = endpoint["secret"].as_str().unwrap();
        assert!(secret.starts_with("whsec_"));
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        let id = delivery.header("webhook-id");
        mac.update(format!("{id}.1767225600.{}", delivery.body).as_bytes());
        let expected = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(delivery.header("webhook-signature"), expected);
        let name = delivery.json()["data"]["name"].clone();
        kinds.push(format!("{} {}", delivery.kind(), name.as_str().unwrap()));
    }
    let expected = [
        "member.created ada",
        "customer.created ada",
        "member.created bo",
        "customer.created bo",
    ];
    assert_eq!(kinds, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_sent_again_on_the_worlds_clock_and_holds_up_what_comes_after() {
    let server = MockServer::start().await.unwrap();
    freeze(&server, "2026-01-01T00:00:00Z").await;
    let mut hook = Endpoint::start().await;
    hook.statuses.lock().await.extend([500, 301]);
    register(&server, &hook.url, &["customer.created"]).await;
    customer(&server, "ada").await;
    let first = hook.next().await;
    customer(&server, "bo").await;
    hook.nothing_came(&server).await;
    advance(&server, 1.5).await;
    hook.nothing_came(&server).await;
    // The first retry comes after two seconds, the second after four more, then the one that had to wait.
    advance(&server, 0.5).await;
    let second = hook.next().await;
    assert_eq!(second.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(second.body, first.body);
    // Its answer is noted before the clock moves on.
    loop {
        let waiting = events(&server).await;
        let ada = waiting
            .iter()
            .find(|event| event["type"] == "customer.created")
            .unwrap();
        if ada["deliveries"][0]["attempts"].as_array().unwrap().len() == 2 {
            assert_eq!(
                ada["deliveries"][0]["next_attempt_at"],
                "2026-01-01T00:00:06Z"
            );
            break;
        }
    }
    advance(&server, 4.0).await;
    assert_eq!(hook.next().await.body, first.body);
    assert_eq!(hook.next().await.json()["data"]["name"], "bo");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ten_attempts_it_has_failed_and_can_be_sent_once_more_by_hand() {
    let server = MockServer::start().await.unwrap();
    freeze(&server, "2026-01-01T00:00:00Z").await;
    let mut hook = Endpoint::start().await;
    hook.statuses.lock().await.extend([503; 10]);
    register(&server, &hook.url, &["customer.created"]).await;
    customer(&server, "ada").await;
    let list = get("/v1/webhooks/deliveries?limit=100").bearer(OAT);
    for made in 1..=10 {
        hook.next().await;
        while list.send(&server).await.expect(200)["pagination"]["total_count"] != made {}
        advance(&server, 1_200.0).await;
    }
    hook.nothing_came(&server).await;
    let failed = list.send(&server).await.expect(200);
    let event = &failed["items"][0]["webhook_event"];
    assert_eq!(
        (&event["succeeded"], &event["last_http_code"]),
        (&json!(false), &json!(503))
    );

    let path = format!(
        "/v1/webhooks/events/{}/redeliver",
        event["id"].as_str().unwrap()
    );
    let answer = ask("POST", &path).bearer(OAT).send(&server).await;
    assert_eq!(answer.expect(202), Value::Null);
    assert_eq!(
        hook.next().await.header("webhook-id"),
        event["id"].as_str().unwrap()
    );
    while list.send(&server).await.expect(200)["pagination"]["total_count"] != 11 {}
    let ok = get("/v1/webhooks/deliveries?http_code_class=2xx").bearer(OAT);
    assert_eq!(
        ok.send(&server).await.expect(200)["items"][0]["webhook_event"]["succeeded"],
        true
    );
    ask(
        "POST",
        &path.replace(
            event["id"].as_str().unwrap(),
            "0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d",
        ),
    )
    .bearer(OAT)
    .send(&server)
    .await
    .refused(404, "ResourceNotFound", "Not found");
    // It is all part of the world.
    let world = state(&server).await;
    control(&server, "PUT", "state", world.clone())
        .await
        .expect(204);
    assert_eq!(state(&server).await, world);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_to_other_machines_or_to_disabled_and_deleted_endpoints() {
    let server = MockServer::start().await.unwrap();
    let mut hook = Endpoint::start().await;
    let kinds = ["customer.created"];
    let away = register(&server, "https://example.com/hook", &kinds).await;
    let disabled = register(&server, &hook.url, &kinds).await;
    let deleted = register(&server, &hook.url, &kinds).await;
    let path = |row: &Value| format!("/v1/webhooks/endpoints/{}", row["id"].as_str().unwrap());
    let off = ask("PATCH", &path(&disabled))
        .json(r#"{"enabled":false}"#)
        .bearer(OAT);
    assert_eq!(off.send(&server).await.expect(200)["enabled"], false);
    assert_eq!(
        ask("DELETE", &path(&deleted))
            .bearer(OAT)
            .send(&server)
            .await
            .status,
        204
    );
    get(&path(&deleted))
        .bearer(OAT)
        .send(&server)
        .await
        .refused(404, "ResourceNotFound", "Not found");

    customer(&server, "ada").await;
    let sent = loop {
        let all = events(&server).await;
        let created = all
            .into_iter()
            .find(|event| event["type"] == "customer.created")
            .unwrap();
        if created["deliveries"][0]["skipped"] == true {
            break created;
        }
    };
    assert_eq!(sent["deliveries"].as_array().unwrap().len(), 1);
    assert_eq!(sent["deliveries"][0]["endpoint_id"], away["id"]);
    assert_eq!(sent["deliveries"][0]["attempts"], json!([]));
    hook.nothing_came(&server).await;
    let text = get("/_mock/events").send(&server).await;
    for row in [&away, &disabled] {
        assert!(!text.text().contains(row["secret"].as_str().unwrap()));
    }
    get("/v1/webhooks/endpoints")
        .bearer(PORTAL)
        .send(&server)
        .await
        .expect(401);
}
