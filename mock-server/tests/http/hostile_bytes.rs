//! Bytes that are no HTTP: the real server's words for them, and the connection is closed.

use std::time::Duration;

use polar_mock::MockServer;

use crate::wire::{Connection, exchange, get};
use crate::world::{alive_and_unchanged, state};

const NOT_HTTP: &str = "Invalid HTTP request received.";

#[tokio::test]
async fn bytes_that_are_no_http_are_told_so() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    let long_header = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1_000_000));
    let many_headers = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(5_000));
    let long_path = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(1_000_000));
    for (name, bytes) in [
        ("zeros", &[0; 64][..]),
        ("binary", b"\x80\x81\xff\xfe\r\n\r\n"),
        (
            "TLS",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        ),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("words", b"hello, is this Polar?\r\n\r\n"),
        (
            "garbage, then a request",
            b"\xff\xff\xffGET /v1/license-keys/ HTTP/1.1\r\nHost: x\r\n\r\n",
        ),
        ("an unknown version", b"GET / HTTP/9.9\r\n\r\n"),
        (
            "an unknown method",
            b"FOO /v1/license-keys/ HTTP/1.1\r\nHost: x\r\n\r\n",
        ),
        (
            "a method in lower case",
            b"get /v1/license-keys/ HTTP/1.1\r\nHost: x\r\n\r\n",
        ),
        (
            "a garbled length",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n{}",
        ),
        (
            "two lengths",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        ),
        (
            "a negative length",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}",
        ),
        ("an endless header", long_header.as_bytes()),
        ("endless headers", many_headers.as_bytes()),
        ("an endless path", long_path.as_bytes()),
    ] {
        let answer = exchange(&server, bytes).await;
        assert!(
            answer.starts_with("HTTP/1.1 400 Bad Request\r\n"),
            "{name}: {answer}"
        );
        assert!(
            answer.ends_with(&format!("\r\n\r\n{NOT_HTTP}")),
            "{name}: {answer}"
        );
        let head = answer.to_ascii_lowercase();
        assert!(
            head.contains("content-type: text/plain; charset=utf-8\r\n"),
            "{name}: {answer}"
        );
        assert!(head.contains("connection: close\r\n"), "{name}: {answer}");
        assert!(!head.contains("polar-version"), "{name}: {answer}");
        alive_and_unchanged(&server, &before).await;
    }
}

#[tokio::test]
async fn a_request_before_the_garbage_is_still_answered() {
    let server = MockServer::start().await.unwrap();
    let bytes = [&get("/healthz").bytes()[..], b"\x00\x01garbage\r\n\r\n"].concat();
    let mut connection = Connection::open(&server).await;
    connection.write(&bytes).await;
    let first = connection.answer().await.expect("an answer to the request");
    assert_eq!((first.status, first.text()), (200, r#"{"status":"ok"}"#));
    let second = connection.answer().await.expect("an answer to the garbage");
    assert_eq!((second.status, second.text()), (400, NOT_HTTP));
    assert_eq!(connection.rest().await, b"");
}

#[tokio::test]
async fn many_requests_at_once_on_one_connection_are_answered_in_order() {
    let server = MockServer::start().await.unwrap();
    let paths = ["/healthz", "/v1/nope", "/v1/license-keys/", "/healthz"];
    let mut connection = Connection::open(&server).await;
    let bytes: Vec<u8> = paths.iter().flat_map(|path| get(path).bytes()).collect();
    connection.write(&bytes).await;
    for status in [200, 404, 401, 200] {
        assert_eq!(connection.answer().await.expect("an answer").status, status);
    }
}

#[tokio::test]
async fn a_request_may_arrive_a_byte_at_a_time() {
    let server = MockServer::start().await.unwrap();
    let mut connection = Connection::open(&server).await;
    for byte in get("/healthz").bytes() {
        connection.write(&[byte]).await;
    }
    assert_eq!(connection.answer().await.expect("an answer").status, 200);
}

#[tokio::test]
async fn a_head_that_arrives_in_pieces_is_judged_as_a_whole() {
    let server = MockServer::start().await.unwrap();
    for (pieces, status) in [
        (["GET /heal", "thz HTTP/1.1\r\nHost: x\r\n\r", "\n"], 200),
        (["\r\n", "GET /healthz", " HTTP/2.0\r\n\r\n"], 200),
        (["GET /healthz?", "é", " HTTP/1.1\r\n\r\n"], 400),
        (
            [
                "GET /healthz HTTP/1.1\r\nContent-Length: 0\r\n",
                "Content-Length: 0\r\n",
                "\r\n",
            ],
            400,
        ),
        (["GET /healthz HTTP/1.1\r\n", "Host: x\n", "\n"], 400),
        (["GET /healthz HTTP/1.1\r\n", "\x00", "\r\n\r\n"], 400),
    ] {
        let mut connection = Connection::open(&server).await;
        for piece in pieces {
            connection.write(piece.as_bytes()).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let answer = connection.answer().await.expect("an answer");
        assert_eq!(answer.status, status, "{pieces:?}");
    }
}

#[tokio::test]
async fn http_1_0_is_answered_in_http_1_1_once() {
    let server = MockServer::start().await.unwrap();
    for header in ["", "Connection: keep-alive\r\n"] {
        let request = format!("GET /healthz HTTP/1.0\r\n{header}\r\n");
        let mut connection = Connection::open(&server).await;
        connection.write(request.as_bytes()).await;
        // All until the server closes the connection.
        let answer = String::from_utf8(connection.rest().await).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(!answer.contains("connection: "), "{answer}");
    }
}

#[tokio::test]
async fn only_the_word_close_alone_closes_a_connection() {
    let server = MockServer::start().await.unwrap();
    for (value, closes) in [("close", true), ("Close", false), ("x, close", false)] {
        let mut connection = Connection::open(&server).await;
        let request = get("/healthz").header("Connection", value);
        let answer = connection.ask(&request).await;
        let said = answer.header("connection");
        assert_eq!(said, closes.then_some("close"), "{value}");
        connection.write(&get("/healthz").bytes()).await;
        assert_eq!(connection.answer().await.is_none(), closes, "{value}");
    }
}

#[tokio::test]
async fn connections_that_say_nothing_do_no_harm() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(Connection::open(&server).await);
    }
    assert_eq!(exchange(&server, b"").await, "");
    assert_eq!(exchange(&server, b"GET /healthz HT").await, "");
    alive_and_unchanged(&server, &before).await;
}
