//! How much the control API reads of a body.

use polar_mock::MockServer;
use serde_json::Value;

use crate::wire::{Answer, Connection, ask, get};
use crate::world::{KEY, alive_and_unchanged, state};

const SMALL: usize = 64 * 1024;
const LARGE: usize = 512 * 1024 * 1024;

#[track_caller]
fn assert_too_large(answer: &Answer, limit: usize) {
    let refused = answer.expect(413);
    assert_eq!(refused["error"], "TooLarge");
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("polar-mock") && detail.contains(&limit.to_string()),
        "{detail}"
    );
}

#[tokio::test]
async fn a_length_beyond_the_limit_is_refused_by_the_header_alone() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    for (method, call, limit) in [
        ("POST", "clock/advance", SMALL),
        ("PUT", "clock", SMALL),
        ("PUT", "settings", SMALL),
        ("POST", "reset", SMALL),
        ("DELETE", "requests", SMALL),
        ("POST", "state", SMALL),
        ("PUT", "nowhere", SMALL),
        ("PUT", "state", LARGE),
    ] {
        for length in [limit + 1, 2_000_000_000, usize::MAX / 2] {
            let mut connection = Connection::open(&server).await;
            let head = ask(method, &format!("/_mock/{call}")).head(Some(length));
            connection.write(&head).await;
            let answer = connection.answer().await.expect("an answer to the head");
            assert_too_large(&answer, limit);
        }
    }
    alive_and_unchanged(&server, &before).await;
}

#[tokio::test]
async fn a_client_that_sends_it_all_the_same_gets_the_answer_behind_it() {
    let server = MockServer::start().await.unwrap();
    let mut connection = Connection::open(&server).await;
    let body = vec![b' '; 20_000_000];
    let call = ask("POST", "/_mock/clock/advance").json(body);
    assert_too_large(&connection.ask(&call).await, SMALL);
    // Nothing of it was taken for another request.
    get("/_mock/health").send(&server).await.expect(200);
    let after = connection.ask(&get("/_mock/health")).await;
    assert_eq!(after.status, 200);
}

#[tokio::test]
async fn a_body_in_chunks_is_read_up_to_the_limit_only() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    for (method, call) in [
        ("POST", "clock/advance"),
        ("PUT", "clock"),
        ("PUT", "settings"),
    ] {
        let mut connection = Connection::open(&server).await;
        let head = ask(method, &format!("/_mock/{call}"))
            .header("Transfer-Encoding", "chunked")
            .head(None);
        connection.write(&head).await;
        let chunk = [b"4000\r\n".as_slice(), &[b' '; 0x4000], b"\r\n"].concat();
        for _ in 0..5 {
            connection.write(&chunk).await;
        }
        connection.write(b"d\r\n{\"seconds\":1}\r\n0\r\n\r\n").await;
        let answer = connection.answer().await.expect("an answer");
        assert_too_large(&answer, SMALL);
    }
    alive_and_unchanged(&server, &before).await;
}

#[tokio::test]
async fn what_is_within_the_limits_is_read() {
    let server = MockServer::start().await.unwrap();
    let mut body = br#"{"seconds":1}"#.to_vec();
    body.resize(SMALL, b' ');
    ask("POST", "/_mock/clock/advance")
        .json(body)
        .send(&server)
        .await
        .expect(200);
    let mut world = state(&server).await.to_string().into_bytes();
    world.resize(2 * 1024 * 1024, b' ');
    ask("PUT", "/_mock/state")
        .json(world)
        .send(&server)
        .await
        .expect(204);
    let world = get("/_mock/state").send(&server).await.expect(200);
    assert_eq!(world["license_keys"][0]["key"], Value::from(KEY));
}
