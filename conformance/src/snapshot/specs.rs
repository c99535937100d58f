//! The operations on license keys, one request each.

use serde_json::json;

use super::take::{Prepared, SnapshotSpec, TakeError};
use crate::cases::{Api, core_request, request};
use crate::json::{Value, parse};
use crate::provision::{ActivationSpec, KeySpec, Setup, TestKey};
use crate::session::Lease;
use crate::wire::Request;

const CORE: &str = "/v1/license-keys";
const PORTAL: &str = "/v1/customer-portal/license-keys";

macro_rules! spec {
    ($operation:literal, $root:literal, $prepare:path) => {
        SnapshotSpec {
            operation: $operation,
            root: $root,
            prepare: |lease| Box::pin($prepare(lease)),
        }
    };
}

/// Every operation on license keys.
pub const SPECS: &[SnapshotSpec] = &[
    spec!("license_keys:list", "license_key", list),
    spec!("license_keys:get", "license_key", get),
    spec!("license_keys:update", "license_key", update),
    spec!("license_keys:rotate", "license_key", rotate),
    spec!("license_keys:get_activation", "activation", get_activation),
    spec!("license_keys:validate", "license_key", validate),
    spec!("license_keys:activate", "activation", activate),
    spec!("license_keys:deactivate", "activation", deactivate),
    spec!(
        "customer_portal:license_keys:list",
        "license_key",
        portal_list
    ),
    spec!(
        "customer_portal:license_keys:get",
        "license_key",
        portal_get
    ),
    spec!(
        "customer_portal:license_keys:rotate",
        "license_key",
        portal_rotate
    ),
    spec!(
        "customer_portal:license_keys:validate",
        "license_key",
        portal_validate
    ),
    spec!(
        "customer_portal:license_keys:activate",
        "activation",
        portal_activate
    ),
    spec!(
        "customer_portal:license_keys:deactivate",
        "activation",
        portal_deactivate
    ),
    spec!("customer-sessions:create", "customer_session", session),
];

/// A key with this many activations.
async fn with_key(lease: &Lease, activations: usize) -> Result<(Setup, TestKey), TakeError> {
    let spec = KeySpec {
        activations: vec![ActivationSpec::plain(); activations],
        ..KeySpec::default()
    };
    let setup = lease.provisioning.setup(&lease.server, &[spec]).await?;
    let key = setup.keys.first().cloned().unwrap_or_default();
    Ok((setup, key))
}

fn core(lease: &Lease, method: &str, path: &str) -> Request {
    core_request(&lease.provisioning, method, &format!("{CORE}{path}"))
}

async fn list(lease: &Lease) -> Prepared {
    let keys = [KeySpec::default(), KeySpec::default()];
    let setup = lease.provisioning.own_setup(&lease.server, &keys).await?;
    let path = format!("/?benefit_id={}&limit=1", setup.benefit);
    Ok((setup, core(lease, "GET", &path)))
}

async fn get(lease: &Lease) -> Prepared {
    let (setup, key) = with_key(lease, 1).await?;
    Ok((setup, core(lease, "GET", &format!("/{}", key.id))))
}

async fn update(lease: &Lease) -> Prepared {
    let (setup, key) = with_key(lease, 0).await?;
    let request = core(lease, "PATCH", &format!("/{}", key.id));
    Ok((setup, request.json(r#"{"usage":7,"limit_usage":9}"#)))
}

async fn rotate(lease: &Lease) -> Prepared {
    let (setup, key) = with_key(lease, 0).await?;
    Ok((setup, core(lease, "POST", &format!("/{}/rotate", key.id))))
}

async fn get_activation(lease: &Lease) -> Prepared {
    let (setup, key) = with_key(lease, 1).await?;
    let path = format!("/{}/activations/{}", key.id, activation(&key));
    Ok((setup, core(lease, "GET", &path)))
}

async fn on_key(lease: &Lease, api: Api, operation: &str) -> Prepared {
    let activations = usize::from(operation == "deactivate" || api == Api::Core);
    let (setup, key) = with_key(lease, activations).await?;
    let more = match operation {
        "activate" => json!({
            "label": "hello", "conditions": {"major_version": 1}, "meta": {"ip": "84.19.145.194"},
        }),
        "deactivate" => json!({"activation_id": activation(&key)}),
        _ if activations > 0 => json!({"activation_id": activation(&key), "increment_usage": 2}),
        _ => json!({}),
    };
    let request = request(&lease.provisioning, api, operation, &key, more);
    Ok((setup, request))
}

async fn validate(lease: &Lease) -> Prepared {
    on_key(lease, Api::Core, "validate").await
}

async fn activate(lease: &Lease) -> Prepared {
    on_key(lease, Api::Core, "activate").await
}

async fn deactivate(lease: &Lease) -> Prepared {
    on_key(lease, Api::Core, "deactivate").await
}

async fn portal_validate(lease: &Lease) -> Prepared {
    on_key(lease, Api::Portal, "validate").await
}

async fn portal_activate(lease: &Lease) -> Prepared {
    on_key(lease, Api::Portal, "activate").await
}

async fn portal_deactivate(lease: &Lease) -> Prepared {
    on_key(lease, Api::Portal, "deactivate").await
}

async fn portal_list(lease: &Lease) -> Prepared {
    let keys = [KeySpec::default(), KeySpec::default()];
    let setup = lease.provisioning.own_setup(&lease.server, &keys).await?;
    let request = as_customer(lease, &setup, "GET", "/?limit=1").await?;
    Ok((setup, request))
}

async fn portal_get(lease: &Lease) -> Prepared {
    let (setup, key) = with_key(lease, 1).await?;
    let request = as_customer(lease, &setup, "GET", &format!("/{}", key.id)).await?;
    Ok((setup, request))
}

async fn portal_rotate(lease: &Lease) -> Prepared {
    let (setup, key) = with_key(lease, 0).await?;
    let path = format!("/{}/rotate", key.id);
    let request = as_customer(lease, &setup, "POST", &path).await?;
    Ok((setup, request))
}

async fn session(lease: &Lease) -> Prepared {
    let (setup, _) = with_key(lease, 0).await?;
    let request = session_request(lease, &setup);
    Ok((setup, request))
}

fn session_request(lease: &Lease, setup: &Setup) -> Request {
    core_request(&lease.provisioning, "POST", "/v1/customer-sessions/")
        .json(&json!({"customer_id": setup.customer}).to_string())
}

/// A request of the portal with a session token of the customer.
async fn as_customer(
    lease: &Lease,
    setup: &Setup,
    method: &str,
    path: &str,
) -> Result<Request, TakeError> {
    let request = session_request(lease, setup);
    let answer = lease.server.send(&request).await?;
    let body = parse(&answer.text()).unwrap_or(Value::Null);
    let Some(token) = body.get("token").and_then(Value::as_str) else {
        return Err(TakeError::Lacks {
            request: format!("{} {}", request.method, request.path),
            field: "token",
            status: answer.status,
        });
    };
    let request = Request::new(method, &format!("{PORTAL}{path}"));
    Ok(request.header("Authorization", &format!("Bearer {token}")))
}

fn activation(key: &TestKey) -> &str {
    key.activations.first().map_or("", String::as_str)
}
