//! One snapshot for each operation on license keys, against the mock's built-in world: what was sent and what came back,
//! with reference tokens in the place of everything that differs from run to run. Review with `cargo insta review`.

#![expect(clippy::unwrap_used, reason = "the helpers of a test are part of it")]

use std::fmt::Write as _;

use polar_conformance::json::{Style, Value, parse, write};
use polar_conformance::snapshot::Normaliser;
use polar_conformance::target::{Lease, Session as Target};
use polar_conformance::wire::{Answer, Request, mask};
use serde_json::json;

const ORGANIZATION: &str = "fda84e25-7b55-4d67-916d-60ead04ff61f";
const KEY: &str = "1C285B2D-6CE6-4BC7-B8BE-ADB6A7E304DA";
const KEY_ID: &str = "508176f7-065a-4b5d-b524-4e9c8a11ed63";
const TOKEN: &str = "polar_oat_mock";
const CORE: &str = "/v1/license-keys";
const PORTAL: &str = "/v1/customer-portal/license-keys";
/// The headers that a client may rely on.
const HEADERS: [&str; 4] = [
    "content-type",
    "cache-control",
    "polar-version",
    "www-authenticate",
];

/// The mock and what is known about its values.
struct Session {
    lease: Lease,
}

impl Session {
    async fn start() -> Self {
        Self {
            lease: Target::mock().await.unwrap().lease().await.unwrap(),
        }
    }

    async fn send(&self, request: &Request) -> Answer {
        self.lease.server.send(request).await.unwrap()
    }

    /// Sends a request that only prepares, and reads a field of the answer.
    async fn field(&self, request: &Request, field: &str) -> String {
        let answer = self.send(request).await;
        let body = parse(&answer.text()).unwrap();
        body.get(field)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no {field} in {}", answer.text()))
            .to_owned()
    }

    async fn activation(&self) -> String {
        self.field(
            &core("POST", "/activate").json(&named(json!({"label": "before"}))),
            "id",
        )
        .await
    }

    async fn customer_token(&self) -> String {
        let customer = self
            .field(&core("GET", &format!("/{KEY_ID}")), "customer_id")
            .await;
        self.field(&session_request(&customer), "token").await
    }

    /// Sends the request and compares it and its answer with the snapshot of the operation.
    async fn snapshot(&self, operation: &str, request: Request, root: &'static str) {
        let answer = self.send(&request).await;
        let mut normaliser = Normaliser::default();
        let mut text = String::new();
        let path = normaliser.text(&request.path, root);
        writeln!(text, "{} {path}", request.method).unwrap();
        for (name, value) in &request.headers {
            writeln!(
                text,
                "{}: {}",
                name.to_lowercase(),
                mask(value.as_deref().unwrap())
            )
            .unwrap();
        }
        push_body(
            &mut text,
            &mut normaliser,
            request.body.as_deref().unwrap_or_default(),
            root,
        );
        writeln!(text, "\n{}", answer.status).unwrap();
        for name in HEADERS {
            if let Some(value) = answer.header(name) {
                writeln!(text, "{name}: {value}").unwrap();
            }
        }
        push_body(&mut text, &mut normaliser, &answer.body, root);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description(operation);
        settings.bind(|| insta::assert_snapshot!(operation.replace(':', "."), text));
    }
}

fn push_body(text: &mut String, normaliser: &mut Normaliser, body: &[u8], root: &'static str) {
    if body.is_empty() {
        return;
    }
    let value = normaliser.value(&parse(std::str::from_utf8(body).unwrap()).unwrap(), root);
    let ordered: serde_json::Value = serde_json::from_str(&write(&value, Style::Compact)).unwrap();
    writeln!(
        text,
        "\n{}",
        serde_json::to_string_pretty(&ordered).unwrap()
    )
    .unwrap();
}

fn core(method: &str, path: &str) -> Request {
    Request::new(method, &format!("{CORE}{path}"))
        .header("Authorization", &format!("Bearer {TOKEN}"))
}

fn portal(method: &str, path: &str) -> Request {
    Request::new(method, &format!("{PORTAL}{path}"))
}

async fn as_customer(session: &Session, method: &str, path: &str) -> Request {
    portal(method, path).header(
        "Authorization",
        &format!("Bearer {}", session.customer_token().await),
    )
}

fn session_request(customer: &str) -> Request {
    Request::new("POST", "/v1/customer-sessions/")
        .header("Authorization", &format!("Bearer {TOKEN}"))
        .json(&json!({"customer_id": customer}).to_string())
}

fn named(more: serde_json::Value) -> String {
    let mut body = json!({"key": KEY, "organization_id": ORGANIZATION});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    body.to_string()
}

fn activation_body() -> String {
    named(
        json!({"label": "hello", "conditions": {"major_version": 1}, "meta": {"ip": "84.19.145.194"}}),
    )
}

#[tokio::test]
async fn list() {
    Session::start()
        .await
        .snapshot("license_keys:list", core("GET", "/?limit=2"), "license_key")
        .await;
}

#[tokio::test]
async fn get() {
    let session = Session::start().await;
    session.activation().await;
    session
        .snapshot(
            "license_keys:get",
            core("GET", &format!("/{KEY_ID}")),
            "license_key",
        )
        .await;
}

#[tokio::test]
async fn update() {
    let request = core("PATCH", &format!("/{KEY_ID}")).json(r#"{"usage":7,"expires_at":null}"#);
    Session::start()
        .await
        .snapshot("license_keys:update", request, "license_key")
        .await;
}

#[tokio::test]
async fn rotate() {
    let request = core("POST", &format!("/{KEY_ID}/rotate"));
    Session::start()
        .await
        .snapshot("license_keys:rotate", request, "license_key")
        .await;
}

#[tokio::test]
async fn get_activation() {
    let session = Session::start().await;
    let path = format!("/{KEY_ID}/activations/{}", session.activation().await);
    session
        .snapshot(
            "license_keys:get_activation",
            core("GET", &path),
            "activation",
        )
        .await;
}

#[tokio::test]
async fn validate() {
    let session = Session::start().await;
    let body = named(json!({"activation_id": session.activation().await, "increment_usage": 2}));
    session
        .snapshot(
            "license_keys:validate",
            core("POST", "/validate").json(&body),
            "license_key",
        )
        .await;
}

#[tokio::test]
async fn activate() {
    let request = core("POST", "/activate").json(&activation_body());
    Session::start()
        .await
        .snapshot("license_keys:activate", request, "activation")
        .await;
}

#[tokio::test]
async fn deactivate() {
    let session = Session::start().await;
    let body = named(json!({"activation_id": session.activation().await}));
    session
        .snapshot(
            "license_keys:deactivate",
            core("POST", "/deactivate").json(&body),
            "activation",
        )
        .await;
}

#[tokio::test]
async fn portal_list() {
    let session = Session::start().await;
    let request = as_customer(&session, "GET", "/?limit=1").await;
    session
        .snapshot("customer_portal:license_keys:list", request, "license_key")
        .await;
}

#[tokio::test]
async fn portal_get() {
    let session = Session::start().await;
    session.activation().await;
    let request = as_customer(&session, "GET", &format!("/{KEY_ID}")).await;
    session
        .snapshot("customer_portal:license_keys:get", request, "license_key")
        .await;
}

#[tokio::test]
async fn portal_rotate() {
    let session = Session::start().await;
    let request = as_customer(&session, "POST", &format!("/{KEY_ID}/rotate")).await;
    session
        .snapshot(
            "customer_portal:license_keys:rotate",
            request,
            "license_key",
        )
        .await;
}

#[tokio::test]
async fn portal_validate() {
    let request = portal("POST", "/validate").json(&named(json!({})));
    Session::start()
        .await
        .snapshot(
            "customer_portal:license_keys:validate",
            request,
            "license_key",
        )
        .await;
}

#[tokio::test]
async fn portal_activate() {
    let request = portal("POST", "/activate").json(&activation_body());
    Session::start()
        .await
        .snapshot(
            "customer_portal:license_keys:activate",
            request,
            "activation",
        )
        .await;
}

#[tokio::test]
async fn portal_deactivate() {
    let session = Session::start().await;
    let body = named(json!({"activation_id": session.activation().await}));
    let request = portal("POST", "/deactivate").json(&body);
    session
        .snapshot(
            "customer_portal:license_keys:deactivate",
            request,
            "activation",
        )
        .await;
}

#[tokio::test]
async fn session_create() {
    let session = Session::start().await;
    let customer = session
        .field(&core("GET", &format!("/{KEY_ID}")), "customer_id")
        .await;
    session
        .snapshot(
            "customer-sessions:create",
            session_request(&customer),
            "customer_session",
        )
        .await;
}
