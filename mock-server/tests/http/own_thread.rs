//! A server runs on threads of its own: what the caller's thread does meanwhile is no matter.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use polar_mock::MockServer;

use crate::wire::{Connection, post};
use crate::world::PORTAL_VALIDATE;

/// Longer than any answer takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

fn address(server: &MockServer) -> String {
    server.url().strip_prefix("http://").unwrap().to_owned()
}

/// A call that blocks the thread it is made on.
fn blocking_health(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn a_blocking_call_on_the_only_thread_of_a_test_is_answered() {
    let server = MockServer::start().await.unwrap();
    let answer = blocking_health(&address(&server));
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[test]
fn it_outlives_the_runtime_it_was_started_in_and_stops_when_it_is_dropped_outside_of_one() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let server = runtime.block_on(MockServer::start()).unwrap();
    drop(runtime);
    let address = address(&server);
    let answer = blocking_health(&address);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    drop(server);
    let begun = Instant::now();
    while TcpStream::connect(&address).is_ok() {
        assert!(begun.elapsed() < PATIENCE, "it still listens");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[tokio::test]
async fn stopping_waits_for_an_answer_that_is_under_way() {
    let server = MockServer::start().await.unwrap();
    let address = address(&server);
    let ask = post(PORTAL_VALIDATE, &serde_json::json!({}));
    let mut connection = Connection::open(&server).await;
    connection.write(&ask.head(Some(2))).await;
    // The server has the head once it has answered somebody who came later.
    blocking_health(&address);
    let stopping = tokio::spawn(server.stop());
    while tokio::net::TcpStream::connect(&address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(!stopping.is_finished());
    connection.write(b"{}").await;
    assert_eq!(connection.answer().await.expect("an answer").status, 422);
    tokio::time::timeout(PATIENCE, stopping)
        .await
        .expect("it stops")
        .unwrap();
}
