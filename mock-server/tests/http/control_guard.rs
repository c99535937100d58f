//! Who may use the control API.

use std::net::SocketAddr;

use polar_mock::{MockServer, StartError};

use crate::wire::{Answer, Ask, Connection, ask, exchange, get};
use crate::world::state;

const CALLS: [(&str, &str); 7] = [
    ("GET", "state"),
    ("PUT", "state"),
    ("POST", "reset"),
    ("GET", "clock"),
    ("POST", "clock/advance"),
    ("PUT", "settings"),
    ("GET", "nope"),
];

#[tokio::test]
async fn an_address_that_others_can_reach_needs_a_control_token() {
    let everywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let refused = MockServer::builder().listen(everywhere).start().await;
    let Err(error @ StartError::OpenControl(_)) = refused else {
        panic!("{refused:?}");
    };
    assert!(error.to_string().contains("--control-token"));
    assert!(
        MockServer::builder()
            .listen(everywhere)
            .control_token("secret")
            .start()
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn with_a_token_only_health_is_open() {
    let server = MockServer::builder()
        .control_token("secret")
        .start()
        .await
        .unwrap();
    get("/_mock/health").send(&server).await.expect(200);
    for (method, call) in CALLS {
        let call = ask(method, &format!("/_mock/{call}"));
        for bad in [
            call.clone(),
            call.clone().bearer("secre"),
            call.clone().bearer("secrets"),
            call.clone().header("Authorization", "secret"),
        ] {
            let refused = bad.send(&server).await.expect(401);
            assert!(
                refused["detail"]
                    .as_str()
                    .unwrap()
                    .contains("--control-token")
            );
        }
        assert_ne!(call.bearer("secret").send(&server).await.status, 401);
    }
    // The API itself asks for its own tokens only.
    get("/v1/license-keys/")
        .bearer(crate::world::OAT)
        .send(&server)
        .await
        .expect(200);
}

#[tokio::test]
async fn without_one_everybody_on_this_machine_may() {
    let server = MockServer::start().await.unwrap();
    for (method, call) in CALLS {
        let answer = ask(method, &format!("/_mock/{call}")).send(&server).await;
        assert_ne!(answer.status, 401, "{call}");
    }
}

/// The hosts that mean this machine, whatever its DNS says.
const OURS: [&str; 14] = [
    "localhost",
    "LocalHost:7657",
    "localhost.",
    "localhost:",
    "app.localhost:3000",
    "127.0.0.1",
    "127.0.0.1:1",
    "127.8.9.10",
    "127.1",
    "2130706433",
    "[::1]",
    "[::1]:7657",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
];
const FOREIGN: [&str; 11] = [
    "evil.example",
    "evil.example:7657",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "notlocalhost",
    "10.0.0.1",
    "0.0.0.0:7657",
    "[::]",
    "[fe80::1]",
    "xn--lcalhost-54a",
    "128.0.0.1",
];
const BROKEN: [&str; 12] = [
    "",
    ":7657",
    "localhost:99999",
    "localhost:x",
    "user@localhost",
    "localhost/",
    "localhost#evil.example",
    "localhost?evil.example",
    "localhost\\evil.example",
    "localhost, evil.example",
    "%6cocalhost",
    "[::1",
];

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, error: &str) {
    let refused = answer.expect(status);
    assert_eq!(refused["error"], error, "{refused}");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("polar-mock"), "{detail}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

fn calls() -> impl Iterator<Item = Ask> {
    CALLS
        .iter()
        .map(|(method, call)| ask(method, &format!("/_mock/{call}")))
}

#[tokio::test]
async fn only_hosts_of_this_machine_are_served() {
    let server = MockServer::start().await.unwrap();
    for host in OURS {
        get("/_mock/clock")
            .host(host)
            .send(&server)
            .await
            .expect(200);
    }
    let before = state(&server).await;
    for host in FOREIGN {
        for call in calls() {
            assert_refused(&call.host(host).send(&server).await, 403, "ForeignHost");
        }
    }
    for host in BROKEN {
        for call in calls() {
            assert_refused(&call.host(host).send(&server).await, 400, "BadHost");
        }
    }
    for call in calls() {
        let twice = call.clone().header("Host", "localhost");
        for bad in [call.without_host(), twice] {
            assert_refused(&bad.send(&server).await, 400, "BadHost");
        }
    }
    assert_eq!(state(&server).await, before);
    // Probes do not know by which name they come.
    for host in FOREIGN.iter().chain(&BROKEN) {
        let health = get("/_mock/health").host(host).send(&server).await;
        assert_eq!(health.expect(200)["status"], "ok");
    }
    let old = exchange(&server, b"GET /_mock/health HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.1 200 "), "{old}");
}

#[tokio::test]
async fn a_whole_url_as_target_is_judged_too() {
    let server = MockServer::start().await.unwrap();
    for (target, host, status) in [
        ("http://localhost:7657/_mock/state", "localhost:7657", 200),
        ("http://evil.example/_mock/state", "localhost", 403),
        ("http://localhost/_mock/state", "evil.example", 403),
        (
            "http://localhost@evil.example/_mock/state",
            "localhost",
            400,
        ),
    ] {
        let answer = get(target).host(host).send(&server).await;
        assert_eq!(answer.status, status, "{target}: {}", answer.text());
    }
}

#[tokio::test]
async fn names_can_be_allowed() {
    let server = MockServer::builder()
        .allow_host("mock.test")
        .allow_host("Polar-Mock:7657")
        .allow_host("[fd00::7]")
        .start()
        .await
        .unwrap();
    for (host, status) in [
        ("mock.test", 200),
        ("mock.test:8080", 200),
        ("MOCK.test.", 200),
        ("polar-mock", 200),
        ("polar-mock:7657", 200),
        ("[fd00:0::7]:7657", 200),
        ("localhost", 200),
        ("evil.example", 403),
        ("sub.mock.test", 403),
    ] {
        let answer = get("/_mock/state").host(host).send(&server).await;
        assert_eq!(answer.status, status, "{host}");
        let hooks = get("/v1/webhooks/endpoints").bearer(crate::world::OAT);
        assert_eq!(
            hooks.host(host).send(&server).await.status,
            status,
            "{host}"
        );
    }
    for bad in ["", "http://mock.test", "mock.test/", "a b", "*", "*.test"] {
        let refused = MockServer::builder().allow_host(bad).start().await;
        let Err(error @ StartError::AllowedHost(_)) = refused else {
            panic!("{bad}: {refused:?}");
        };
        assert!(error.to_string().contains("--allow-host"), "{error}");
    }
}

#[tokio::test]
async fn pages_of_another_origin_are_refused_with_and_without_a_token() {
    let open = MockServer::start().await.unwrap();
    let locked = MockServer::builder()
        .control_token("secret")
        .start()
        .await
        .unwrap();
    let before = state(&open).await;
    let own = open.url().strip_prefix("http://").unwrap();
    for (header, value) in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Origin", ""),
        ("Origin", "http://localhost:3000"),
        ("Origin", "https://localhost"),
        ("Origin", "http://127.0.0.1"),
        ("Origin", "http://localhost.evil.example"),
        ("Origin", "chrome-extension://abc"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "CROSS-SITE"),
    ] {
        for call in calls().chain([get("/_mock/health"), ask("OPTIONS", "/_mock/state")]) {
            let call = call.bearer("secret").header(header, value);
            for server in [&open, &locked] {
                assert_refused(&call.send(server).await, 403, "ForeignOrigin");
            }
        }
    }
    let two = get("/_mock/state")
        .header("Origin", "http://localhost")
        .header("Origin", "https://evil.example");
    assert_refused(&two.send(&open).await, 403, "ForeignOrigin");
    // What a browser sends without asking anybody.
    let simple = ask("POST", "/_mock/reset")
        .host(own)
        .header("Content-Type", "text/plain")
        .header("Origin", "https://evil.example")
        .body("x");
    assert_refused(&simple.send(&open).await, 403, "ForeignOrigin");
    assert_eq!(state(&open).await, before);
    for allowed in [
        get("/_mock/state")
            .header("Origin", "http://localhost")
            .header("Sec-Fetch-Site", "same-origin"),
        get("/_mock/state").host(own).header("Origin", open.url()),
        get("/_mock/state").header("Sec-Fetch-Site", "none"),
    ] {
        allowed.send(&open).await.expect(200);
    }
}

#[tokio::test]
async fn no_spelling_of_the_path_gets_around_it() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    for path in [
        "/_mock",
        "/_mock/",
        "/_mock/state",
        "/_mock/state/",
        "/_mock//state",
        "//_mock/state",
        "/_mock/%73tate",
        "/%5Fmock/state",
        "/%5fmock/reset",
        "/_mock%2Fstate",
        "/_mock/./state",
        "/x/../_mock/state",
        "/_mock/../_mock/state",
        "/_MOCK/state",
        "/_mock/state?x=1",
        "/_mock/health/../state",
        "/_mock/health/",
        "/_mock/health%2f..%2fstate",
        "/_mock/state;health",
        "/api/v1/_mock/state",
    ] {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let call = ask(method, path).host("evil.example");
            let answer = call.send(&server).await;
            // The rest is the API, which has nothing there.
            let status = if path.starts_with("/_mock") && !path.starts_with("/_mock%") {
                403
            } else {
                404
            };
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
            answer.json();
        }
    }
    let mut connection = Connection::open(&server).await;
    let reset = ask("POST", "/_mock/reset").host("evil.example");
    for call in [get("/_mock/health").host("evil.example"), reset] {
        let expected = if call.bytes().starts_with(b"GET") {
            200
        } else {
            403
        };
        assert_eq!(connection.ask(&call).await.status, expected);
    }
    assert_eq!(state(&server).await, before);
}

#[tokio::test]
async fn a_control_token_that_nobody_could_send_is_refused() {
    for bad in ["", " ", "secret ", "\tsecret", "se\ncret", "geheim-ü"] {
        let refused = MockServer::builder().control_token(bad).start().await;
        let Err(error @ StartError::UnusableControlToken) = refused else {
            panic!("{bad:?}: {refused:?}");
        };
        assert!(error.to_string().contains("--control-token"), "{error}");
    }
}
