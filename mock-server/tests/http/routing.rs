//! Paths and methods (docs/behaviour.md#requests).

use polar_mock::MockServer;

use crate::wire::{ask, get};
use crate::world::{KEY_ID, OAT, PORTAL_VALIDATE};

#[tokio::test]
async fn unknown_paths() {
    let server = MockServer::start().await.unwrap();
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v2/license-keys/",
        "/V1/license-keys/",
        "//",
        "/v1//license-keys/",
        "/v1/license-keys//",
        "/%00",
        "/%ff%fe",
        "/v1/license-keys/x/activations",
        "/v1/%2e%2e/healthz",
        "/openapi.json",
        "*",
    ] {
        let answer = get(path).send(&server).await;
        assert_eq!(
            (answer.status, answer.text()),
            (404, r#"{"detail":"Not Found"}"#),
            "{path}"
        );
        assert_eq!(
            answer.header("cache-control"),
            Some("private, no-store"),
            "{path}"
        );
    }
    // There is no such place under the controls either, and the answer says where to look.
    let control = get("/_mock/nope").send(&server).await.expect(404);
    assert!(
        control["detail"]
            .as_str()
            .unwrap()
            .contains("/_mock/openapi.json")
    );
}

#[tokio::test]
async fn methods_that_a_path_does_not_have() {
    let server = MockServer::start().await.unwrap();
    let key = format!("/v1/license-keys/{KEY_ID}");
    let rotate = format!("{key}/rotate");
    for (method, path, allow) in [
        ("HEAD", "/v1/license-keys/", "GET"),
        ("TRACE", "/v1/license-keys/", "GET"),
        ("PROPFIND", "/v1/license-keys/", "GET"),
        ("OPTIONS", "/v1/license-keys/", "GET"),
        ("PUT", PORTAL_VALIDATE, "GET"),
        ("DELETE", &key, "GET"),
        ("GET", &rotate, "POST"),
        ("HEAD", "/healthz", "GET"),
        ("POST", "/healthz", "GET"),
    ] {
        let answer = ask(method, path).bearer(OAT).send(&server).await;
        assert_eq!(answer.status, 405, "{method} {path}");
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
        if method != "HEAD" {
            assert_eq!(answer.text(), r#"{"detail":"Method Not Allowed"}"#);
        }
    }
}

#[tokio::test]
async fn the_final_slash_matters() {
    let server = MockServer::start().await.unwrap();
    for (path, location) in [
        ("/v1/license-keys", "http://localhost/v1/license-keys/"),
        (
            "/v1/license-keys?page=2&x=%20",
            "http://localhost/v1/license-keys/?page=2&x=%20",
        ),
        (
            "/v1/customer-portal/license-keys/validate/",
            "http://localhost/v1/customer-portal/license-keys/validate",
        ),
        ("/healthz/?a=b", "http://localhost/healthz?a=b"),
    ] {
        let answer = get(path).send(&server).await;
        assert_eq!((answer.status, answer.text()), (307, ""), "{path}");
        assert_eq!(answer.header("location"), Some(location), "{path}");
    }
}

#[tokio::test]
async fn versions() {
    let server = MockServer::start().await.unwrap();
    for known in ["2026-04", "2026-10", "2027-01"] {
        let answer = get("/healthz")
            .header("Polar-Version", known)
            .send(&server)
            .await;
        assert_eq!(
            (answer.status, answer.header("polar-version")),
            (200, Some(known))
        );
    }
    for unknown in ["latest", "2024-01", "2026-4", "2026-04-01", "2026-04 ", "é"] {
        let answer = get("/healthz")
            .header("Polar-Version", unknown)
            .send(&server)
            .await;
        assert_eq!(
            (answer.status, answer.text()),
            (404, r#"{"detail":"Not Found"}"#),
            "{unknown}"
        );
        assert_eq!(answer.header("polar-version"), None, "{unknown}");
        assert_eq!(answer.header("cache-control"), None, "{unknown}");
    }
}
