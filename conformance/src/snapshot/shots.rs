//! The operations on license keys, one request each.

use serde_json::json;

use super::shot::{Prepared, Shot, ShotError};
use crate::cases::{Api, core_request, request};
use crate::json::{Value, parse};
use crate::provision::{ActivationSpec, KeySpec, Seeded, World};
use crate::target::Lease;
use crate::wire::Request;

const CORE: &str = "/v1/license-keys";
const PORTAL: &str = "/v1/customer-portal/license-keys";

macro_rules! shot {
    ($operation:literal, $root:literal, $prepare:path) => {
        Shot {
            operation: $operation,
            root: $root,
            prepare: |lease| Box::pin($prepare(lease)),
        }
    };
}

/// Every operation on license keys.
pub const SHOTS: &[Shot] = &[
    shot!("license_keys:list", "license_key", list),
    shot!("license_keys:get", "license_key", get),
    shot!("license_keys:update", "license_key", update),
    shot!("license_keys:rotate", "license_key", rotate),
    shot!("license_keys:get_activation", "activation", get_activation),
    shot!("license_keys:validate", "license_key", validate),
    shot!("license_keys:activate", "activation", activate),
    shot!("license_keys:deactivate", "activation", deactivate),
    shot!(
        "customer_portal:license_keys:list",
        "license_key",
        portal_list
    ),
    shot!(
        "customer_portal:license_keys:get",
        "license_key",
        portal_get
    ),
    shot!(
        "customer_portal:license_keys:rotate",
        "license_key",
        portal_rotate
    ),
    shot!(
        "customer_portal:license_keys:validate",
        "license_key",
        portal_validate
    ),
    shot!(
        "customer_portal:license_keys:activate",
        "activation",
        portal_activate
    ),
    shot!(
        "customer_portal:license_keys:deactivate",
        "activation",
        portal_deactivate
    ),
    shot!("customer-sessions:create", "customer_session", session),
];

/// A key without and one with an activation.
async fn with_key(lease: &Lease, activations: usize) -> Result<(World, Seeded), ShotError> {
    let spec = KeySpec {
        activations: vec![ActivationSpec::plain(); activations],
        ..KeySpec::default()
    };
    let world = lease.ground.world(&lease.server, &[spec]).await?;
    let key = world.keys.first().cloned().unwrap_or_default();
    Ok((world, key))
}

fn core(lease: &Lease, method: &str, path: &str) -> Request {
    core_request(&lease.ground, method, &format!("{CORE}{path}"))
}

async fn list(lease: &Lease) -> Prepared {
    let keys = [KeySpec::default(), KeySpec::default()];
    let world = lease.ground.world_of_its_own(&lease.server, &keys).await?;
    let path = format!("/?benefit_id={}&limit=1", world.benefit);
    Ok((world, core(lease, "GET", &path)))
}

async fn get(lease: &Lease) -> Prepared {
    let (world, key) = with_key(lease, 1).await?;
    Ok((world, core(lease, "GET", &format!("/{}", key.id))))
}

async fn update(lease: &Lease) -> Prepared {
    let (world, key) = with_key(lease, 0).await?;
    let request = core(lease, "PATCH", &format!("/{}", key.id));
    Ok((world, request.json(r#"{"usage":7,"limit_usage":9}"#)))
}

async fn rotate(lease: &Lease) -> Prepared {
    let (world, key) = with_key(lease, 0).await?;
    Ok((world, core(lease, "POST", &format!("/{}/rotate", key.id))))
}

async fn get_activation(lease: &Lease) -> Prepared {
    let (world, key) = with_key(lease, 1).await?;
    let path = format!("/{}/activations/{}", key.id, activation(&key));
    Ok((world, core(lease, "GET", &path)))
}

async fn on_key(lease: &Lease, api: Api, operation: &str) -> Prepared {
    let activations = usize::from(operation == "deactivate" || api == Api::Core);
    let (world, key) = with_key(lease, activations).await?;
    let more = match operation {
        "activate" => json!({
            "label": "hello", "conditions": {"major_version": 1}, "meta": {"ip": "84.19.145.194"},
        }),
        "deactivate" => json!({"activation_id": activation(&key)}),
        _ if activations > 0 => json!({"activation_id": activation(&key), "increment_usage": 2}),
        _ => json!({}),
    };
    let request = request(&lease.ground, api, operation, &key, more);
    Ok((world, request))
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
    let world = lease.ground.world_of_its_own(&lease.server, &keys).await?;
    let request = as_customer(lease, &world, "GET", "/?limit=1").await?;
    Ok((world, request))
}

async fn portal_get(lease: &Lease) -> Prepared {
    let (world, key) = with_key(lease, 1).await?;
    let request = as_customer(lease, &world, "GET", &format!("/{}", key.id)).await?;
    Ok((world, request))
}

async fn portal_rotate(lease: &Lease) -> Prepared {
    let (world, key) = with_key(lease, 0).await?;
    let path = format!("/{}/rotate", key.id);
    let request = as_customer(lease, &world, "POST", &path).await?;
    Ok((world, request))
}

async fn session(lease: &Lease) -> Prepared {
    let (world, _) = with_key(lease, 0).await?;
    let request = session_request(lease, &world);
    Ok((world, request))
}

fn session_request(lease: &Lease, world: &World) -> Request {
    core_request(&lease.ground, "POST", "/v1/customer-sessions/")
        .json(&json!({"customer_id": world.customer}).to_string())
}

/// A request of the portal with a token of the world's customer.
async fn as_customer(
    lease: &Lease,
    world: &World,
    method: &str,
    path: &str,
) -> Result<Request, ShotError> {
    let request = session_request(lease, world);
    let answer = lease.server.send(&request).await?;
    let body = parse(&answer.text()).unwrap_or(Value::Null);
    let Some(token) = body.get("token").and_then(Value::as_str) else {
        return Err(ShotError::Lacks {
            request: format!("{} {}", request.method, request.path),
            field: "token",
            status: answer.status,
        });
    };
    let request = Request::new(method, &format!("{PORTAL}{path}"));
    Ok(request.header("Authorization", &format!("Bearer {token}")))
}

fn activation(key: &Seeded) -> &str {
    key.activations.first().map_or("", String::as_str)
}
