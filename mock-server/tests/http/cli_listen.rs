//! What `polar listen` reads: events as they happen, without an endpoint.

use std::time::Duration;

use polar_mock::MockServer;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::wire::{get, post};
use crate::world::{OAT, ORGANIZATION, PORTAL, control};

/// Longer than any answer takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A stream of events, behind its head.
struct Listener(Lines<BufReader<TcpStream>>);

impl Listener {
    async fn open(server: &MockServer) -> Self {
        let address = server.url().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = get(&path(ORGANIZATION)).bearer(OAT).head(None);
        stream.write_all(&request).await.unwrap();
        let mut listener = Self(BufReader::new(stream).lines());
        let mut head = Vec::new();
        while let Some(line) = listener.line().await
            && !line.is_empty()
        {
            head.push(line.to_lowercase());
        }
        for expected in [
            "http/1.1 200 ok",
            "content-type: text/event-stream; charset=utf-8",
            "cache-control: no-store",
            "x-accel-buffering: no",
            "connection: keep-alive",
            "transfer-encoding: chunked",
            "polar-version: 2026-04",
        ] {
            assert!(
                head.iter().any(|line| line == expected),
                "{expected}: {head:?}"
            );
        }
        listener
    }

    async fn line(&mut self) -> Option<String> {
        let line = timeout(PATIENCE, self.0.next_line()).await;
        line.expect("a line in time").unwrap_or_default()
    }

    /// The next message; nothing at the end of the stream.
    async fn message(&mut self) -> Option<Value> {
        loop {
            if let Some(data) = self.line().await?.strip_prefix("data: ") {
                return Some(serde_json::from_str(data).unwrap());
            }
        }
    }

    /// The type of the next event.
    async fn kind(&mut self) -> String {
        let message = self.message().await.unwrap();
        let payload = message["payload"]["payload"].as_str().unwrap();
        let payload: Value = serde_json::from_str(payload).unwrap();
        payload["type"].as_str().unwrap().to_owned()
    }
}

fn path(organization: &str) -> String {
    format!("/v1/cli/listen/{organization}")
}

#[tokio::test]
async fn events_reach_a_listener_without_an_endpoint_and_after_a_reset() {
    let server = MockServer::start().await.unwrap();
    let mut listener = Listener::open(&server).await;
    let hello = listener.message().await.unwrap();
    assert_eq!(hello["key"], "connected");
    assert_eq!(hello["secret"], ORGANIZATION.replace('-', "").as_str());
    for email in ["ada@example.org", "bob@example.org"] {
        let customer = post("/v1/customers/", &json!({"email": email})).bearer(OAT);
        assert_eq!(customer.send(&server).await.status, 201);
        for kind in [
            "member.created",
            "customer.created",
            "customer.state_changed",
        ] {
            assert_eq!(listener.kind().await, kind);
        }
        let reset = control(&server, "POST", "reset", Value::Null).await;
        assert_eq!(reset.status, 204);
    }
    server.stop().await;
    assert_eq!(
        listener.message().await,
        None,
        "the stream ends with the server"
    );
}

#[tokio::test]
async fn only_who_reads_webhooks_of_the_organization_may_listen() {
    let server = MockServer::start().await.unwrap();
    let unknown = "00000000-0000-4000-8000-000000000000";
    for (request, status) in [
        (get(&path(ORGANIZATION)), 401),
        (get(&path(ORGANIZATION)).bearer(PORTAL), 401),
        (get(&path(unknown)).bearer(OAT), 404),
        (get(&path("x")).bearer(OAT), 422),
    ] {
        assert_eq!(request.send(&server).await.status, status);
    }
}
