//! What the operations of the contract do: one file per tag, one function per operation.

mod customer_portal_license_keys;
mod customer_sessions;
mod license_keys;
mod resources;

use std::sync::Arc;

use crate::contract::Arguments;
use crate::edge::{Reply, Version};
use crate::rules::Refusal;
use crate::settings::Settings;
use crate::state::{Caller, Clock, World};

/// A call of an operation: checked against the contract, with a caller who may make it.
pub struct Call<'s> {
    /// The world at the moment of the call.
    pub world: Arc<World>,
    /// The world's clock.
    pub clock: &'s Clock,
    /// The settings in force.
    pub settings: &'s Settings,
    /// The version asked for.
    pub version: Version,
    /// Who is asking; nobody on public operations.
    pub caller: Option<Caller>,
    /// What was given.
    pub arguments: Arguments,
}

type Outcome = Result<Reply, Refusal>;

/// Answers a call of the operation with this `operationId`.
pub fn answer(operation_id: &str, call: &Call<'_>) -> Reply {
    let outcome = match operation_id {
        "license_keys:list" => license_keys::list(call),
        "license_keys:get" => license_keys::get(call),
        "license_keys:update" => license_keys::update(call),
        "license_keys:rotate" => license_keys::rotate(call),
        "license_keys:get_activation" => license_keys::get_activation(call),
        "license_keys:validate" => license_keys::validate(call),
        "license_keys:activate" => license_keys::activate(call),
        "license_keys:deactivate" => license_keys::deactivate(call),
        "customer_portal:license_keys:list" => customer_portal_license_keys::list(call),
        "customer_portal:license_keys:get" => customer_portal_license_keys::get(call),
        "customer_portal:license_keys:rotate" => customer_portal_license_keys::rotate(call),
        "customer_portal:license_keys:validate" => customer_portal_license_keys::validate(call),
        "customer_portal:license_keys:activate" => customer_portal_license_keys::activate(call),
        "customer_portal:license_keys:deactivate" => customer_portal_license_keys::deactivate(call),
        "customer-sessions:create" => customer_sessions::create(call),
        _ => return not_implemented(operation_id),
    };
    outcome.unwrap_or_else(|refusal| Reply::refusal(&refusal))
}

fn not_implemented(operation_id: &str) -> Reply {
    let detail = format!("polar-mock does not implement {operation_id} yet.");
    Reply::json(
        501,
        &serde_json::json!({"error": "NotImplemented", "detail": detail}),
    )
}
