//! The checks of validate, activate and deactivate, in the order in which Polar makes them.

use serde_json::{Value, json};

use crate::wire::Answer;

/// A check of validate, activate or deactivate, recognised by its message (docs/behaviour.md#license-keys).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    Body,
    Status,
    Expiry,
    Activation,
    Conditions,
    Benefit,
    Customer,
    Usage,
    Support,
    Slots,
}

/// The checks of validate.
pub(super) const VALIDATE: [Check; 7] = [
    Check::Status,
    Check::Expiry,
    Check::Activation,
    Check::Conditions,
    Check::Benefit,
    Check::Customer,
    Check::Usage,
];
/// The checks of activate.
pub(super) const ACTIVATE: [Check; 4] =
    [Check::Status, Check::Expiry, Check::Support, Check::Slots];

impl Check {
    /// Whether this answer is the check's refusal.
    pub(super) fn said(self, request: &Value, answer: &Answer) -> bool {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let detail = body["detail"].as_str().unwrap_or_default();
        match self {
            Self::Body => answer.status == 422,
            Self::Status => detail.starts_with("License key is no longer active."),
            Self::Expiry => detail == "License key has expired.",
            Self::Activation => detail == "Not found" && !request["activation_id"].is_null(),
            Self::Conditions => detail == "License key does not match required conditions",
            Self::Benefit => detail == "License key does not match given benefit.",
            Self::Customer => detail == "License key does not match given user.",
            Self::Usage => detail.ends_with("more usages."),
            Self::Support => detail.starts_with("This license key does not support activations."),
            Self::Slots => detail == "License key activation limit already reached",
        }
    }

    /// Makes the check pass: changes the request, or the key in the mock's state.
    pub(super) fn satisfy(self, request: &mut Value, world: &mut Value) {
        let key = request["key"].clone();
        let mut set = |field: &str, value: Value| {
            for row in rows(world).filter(|row| row["key"] == key) {
                row[field] = value.clone();
            }
        };
        match self {
            Self::Status => set("status", json!("granted")),
            Self::Expiry => set("expires_at", Value::Null),
            Self::Support | Self::Slots => set("limit_activations", json!(1000)),
            Self::Activation | Self::Conditions => request["activation_id"] = Value::Null,
            Self::Benefit => request["benefit_id"] = Value::Null,
            Self::Customer => request["customer_id"] = Value::Null,
            Self::Usage => request["increment_usage"] = Value::Null,
            Self::Body => {
                *request = json!({
                    "key": request["key"], "organization_id": request["organization_id"], "label": "x",
                    "activation_id": "7c000000-0000-4000-8fff-000000000000",
                });
            }
        }
    }
}

/// The keys in the mock's state.
pub(super) fn rows(world: &mut Value) -> impl Iterator<Item = &mut Value> {
    world["license_keys"].as_array_mut().into_iter().flatten()
}
