//! Bodies that are no request: each gets the answer of the real server, and nothing is stored.

use polar_mock::MockServer;

use crate::wire::{Answer, Ask, Connection, ask};
use crate::world::{OAT, PORTAL_VALIDATE, alive_and_unchanged, state};

const MAX_BODY: usize = 10_485_760;

fn send(body: impl Into<Vec<u8>>) -> Ask {
    ask("POST", PORTAL_VALIDATE).json(body)
}

/// Sends it, and checks afterwards that the server is as it was.
async fn answer(server: &MockServer, ask: &Ask) -> Answer {
    let before = state(server).await;
    let answer = ask.send(server).await;
    alive_and_unchanged(server, &before).await;
    answer
}

fn deep(open: &str, inner: &str, close: &str, levels: usize) -> String {
    format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
}

#[tokio::test]
async fn malformed_json_is_answered_with_pythons_message_and_offset() {
    let server = MockServer::start().await.unwrap();
    for (body, offset, message) in [
        ("{", 1, "Expecting property name enclosed in double quotes"),
        ("{\"key\":", 7, "Expecting value"),
        (
            "{\"key\": \"x\",}",
            11,
            "Illegal trailing comma before end of object",
        ),
        ("{\"a\":1 \"b\":2}", 7, "Expecting ',' delimiter"),
        ("{\"a\" 1}", 5, "Expecting ':' delimiter"),
        ("{} {}", 3, "Extra data"),
        ("   ", 3, "Expecting value"),
        ("'x'", 0, "Expecting value"),
        ("\"x", 0, "Unterminated string starting at"),
        ("\"a\nb\"", 2, "Invalid control character at"),
        ("\"é\\x\"", 2, "Invalid \\\\escape"),
        ("nul", 0, "Expecting value"),
        ("[1,]", 2, "Illegal trailing comma before end of array"),
        ("01", 1, "Extra data"),
        ("-", 0, "Expecting value"),
    ] {
        let answer = answer(&server, &send(body)).await;
        let expected = format!(
            r#"{{"error":"RequestValidationError","detail":[{{"type":"json_invalid","loc":["body",{offset}],"msg":"JSON decode error","input":{{}},"ctx":{{"error":"{message}"}}}}]}}"#
        );
        assert_eq!(
            (answer.status, answer.text()),
            (422, expected.as_str()),
            "{body}"
        );
    }
}

#[tokio::test]
async fn what_python_cannot_parse_at_all_is_a_400() {
    let server = MockServer::start().await.unwrap();
    for (name, body) in [
        ("arrays", deep("[", "", "]", 100_000).into_bytes()),
        ("arrays left open", deep("[", "", "", 100_000).into_bytes()),
        ("objects", deep("{\"a\":", "1", "}", 100_000).into_bytes()),
        ("invalid UTF-8", b"{\"key\":\"\xff\xfe\"}".to_vec()),
        ("binary", (0..=255).cycle().skip(128).take(4_096).collect()),
        ("half a UTF-16 unit", b"\xff\xfe{\0}".to_vec()),
        (
            "a very long integer",
            format!("{{\"increment_usage\":{}}}", "9".repeat(5_000)).into_bytes(),
        ),
    ] {
        let answer = answer(&server, &send(body)).await;
        let expected = r#"{"detail":"There was an error parsing the body"}"#;
        assert_eq!((answer.status, answer.text()), (400, expected), "{name}");
    }
}

#[tokio::test]
async fn nesting_that_python_follows_is_validated_and_sent_back() {
    let server = MockServer::start().await.unwrap();
    let body = deep("[", "", "]", 200);
    let answer = answer(&server, &send(body.as_str())).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains(&format!("\"input\":{body}}}")));
}

#[tokio::test]
async fn empty_and_null_bodies_miss_the_body() {
    let server = MockServer::start().await.unwrap();
    let expected = r#"{"error":"RequestValidationError","detail":[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]}"#;
    for sent in [send(""), send("null"), ask("POST", PORTAL_VALIDATE)] {
        let answer = answer(&server, &sent).await;
        assert_eq!((answer.status, answer.text()), (422, expected));
    }
}

#[tokio::test]
async fn twenty_megabytes_are_refused_by_the_header_alone() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    let expected = r#"{"error": "RequestBodyTooLarge", "detail": "Request body exceeded the maximum allowed size of 10485760 bytes."}"#;
    for path in [PORTAL_VALIDATE, "/v1/nope"] {
        let mut connection = Connection::open(&server).await;
        connection
            .write(&ask("POST", path).head(Some(20_000_000)))
            .await;
        let answer = connection.answer().await.expect("an answer to the head");
        assert_eq!((answer.status, answer.text()), (413, expected));
        assert_eq!(answer.header("polar-version"), Some("2026-04"));
        assert_eq!(answer.header("cache-control"), None);
    }
    alive_and_unchanged(&server, &before).await;
}

#[tokio::test]
async fn twenty_megabytes_that_are_sent_all_the_same_do_no_harm() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    let mut connection = Connection::open(&server).await;
    connection
        .write(&send(vec![b'x'; 20_000_000]).bytes())
        .await;
    let answer = connection.answer().await.expect("an answer");
    assert_eq!(answer.status, 413);
    alive_and_unchanged(&server, &before).await;
}

#[tokio::test]
async fn the_largest_body_that_is_allowed_is_read() {
    let server = MockServer::start().await.unwrap();
    let mut body = b"{\"key\":\"".to_vec();
    body.resize(MAX_BODY - 2, b'x');
    body.extend(b"\"}");
    let answer = answer(&server, &send(body)).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("organization_id"));
}

#[tokio::test]
async fn a_body_without_a_length_is_refused() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    let expected =
        r#"{"error": "LengthRequired", "detail": "A Content-Length header is required."}"#;
    let chunked = ask("POST", PORTAL_VALIDATE).header("Transfer-Encoding", "chunked");
    for head in [
        ask("POST", PORTAL_VALIDATE).head(None),
        ask("PATCH", "/nope").head(None),
        chunked.head(None),
    ] {
        let mut connection = Connection::open(&server).await;
        connection.write(&head).await;
        connection.write(b"2\r\n{}\r\n0\r\n\r\n").await;
        let answer = connection.answer().await.expect("an answer");
        assert_eq!((answer.status, answer.text()), (411, expected));
    }
    alive_and_unchanged(&server, &before).await;
}

#[tokio::test]
async fn a_length_that_promises_too_much_keeps_nobody_waiting() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    let head = ask("POST", PORTAL_VALIDATE)
        .header("Content-Type", "application/json")
        .head(Some(1_000));

    // The client goes away in the middle of its body, …
    let mut gone = Connection::open(&server).await;
    gone.write(&head).await;
    gone.write(b"{\"key\":").await;
    drop(gone);

    // … says that nothing more will come, …
    let mut finished = Connection::open(&server).await;
    finished.write(&head).await;
    finished.write(b"{\"key\":").await;
    finished.finish().await;
    let answer = finished.answer().await;
    assert!(answer.is_none_or(|answer| answer.status == 500));

    // … or just waits, which is its own affair.
    let mut waiting = Connection::open(&server).await;
    waiting.write(&head).await;
    alive_and_unchanged(&server, &before).await;
}

#[tokio::test]
async fn a_length_that_promises_too_little_ends_the_body_there() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    let mut connection = Connection::open(&server).await;
    let head = ask("POST", PORTAL_VALIDATE)
        .header("Content-Type", "application/json")
        .head(Some(2));
    connection
        .write(&[&head[..], b"{}more than that\r\n\r\n"].concat())
        .await;
    let first = connection
        .answer()
        .await
        .expect("an answer to what was promised");
    assert_eq!(first.status, 422);
    let second = connection.answer().await.expect("an answer to the rest");
    assert_eq!(
        (second.status, second.text()),
        (400, "Invalid HTTP request received.")
    );
    alive_and_unchanged(&server, &before).await;
}

#[tokio::test]
async fn values_that_the_real_server_fails_on_fail_here_by_decision() {
    let server = MockServer::start().await.unwrap();
    let key = format!(
        "\"key\":\"{}\",\"organization_id\":\"{}\"",
        crate::world::KEY,
        crate::world::ORGANIZATION
    );
    for body in [
        format!("{{{key},\"increment_usage\":NaN}}"),
        format!("{{{key},\"increment_usage\":-Infinity}}"),
        format!("{{{key},\"increment_usage\":1e400}}"),
        r#"{"key":"\ud800","organization_id":"fda84e25-7b55-4d67-916d-60ead04ff61f"}"#.to_owned(),
    ] {
        let answer = answer(&server, &send(body.as_str())).await;
        assert_eq!(
            (answer.status, answer.text()),
            (500, "Internal Server Error"),
            "{body}"
        );
        for absent in ["polar-version", "cache-control"] {
            assert_eq!(answer.header(absent), None, "{body}");
        }
    }
    let status_null = ask(
        "PATCH",
        &format!("/v1/license-keys/{}", crate::world::KEY_ID),
    )
    .bearer(OAT)
    .json("{\"status\":null}");
    assert_eq!(answer(&server, &status_null).await.status, 500);
}
