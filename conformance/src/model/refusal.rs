//! Refusals (docs/behaviour.md#error-bodies, docs/behaviour.md#authentication,
//! docs/behaviour.md#license-keys, docs/behaviour.md#subscriptions).

use serde_json::{Value, json};

use super::command::Status;

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no token, or one of the wrong kind.
    Unauthorized,
    /// The token is unknown or has expired.
    InvalidToken,
    /// The token lacks the scope.
    InsufficientScope,
    /// The object does not exist, or not for this caller.
    NotFound,
    /// Validate: the key is revoked or disabled.
    NotActive,
    /// Validate: the key has expired.
    Expired,
    /// Validate: the activation has other conditions.
    OtherConditions,
    /// Validate: the key comes from another benefit.
    OtherBenefit,
    /// Validate: the key belongs to another customer.
    OtherCustomer,
    /// Validate: the usage left is too small.
    UsedUp {
        /// The usage left; negative if the limit was lowered.
        left: i64,
    },
    /// Activate: the key is revoked or disabled.
    CannotActivate,
    /// Activate: the key has expired.
    CannotActivateExpired,
    /// Activate: the key does not support activations.
    NoActivations,
    /// Activate: the limit is reached.
    LimitReached,
    /// Rotate: the status does not allow it.
    CannotRotate(Status),
    /// A subscription has ended, or will with its period.
    AlreadyCanceled,
    /// A cancellation is taken back where there is none.
    NotCanceled,
    /// A cancellation is taken back of a subscription that has ended.
    Ended,
}

impl Refusal {
    /// The status and the body.
    pub fn answer(self) -> (u16, Value) {
        let not_found = |detail: &str| (404, "ResourceNotFound", detail.to_owned());
        let not_permitted = |detail: &str| (403, "NotPermitted", detail.to_owned());
        let (status, error, detail) = match self {
            Self::Unauthorized => (401, "Unauthorized", "Unauthorized".to_owned()),
            Self::InvalidToken => {
                let description = "The access token provided is expired, revoked, malformed, or invalid for other reasons.";
                return (
                    401,
                    json!({"error": "invalid_token", "error_description": description}),
                );
            }
            Self::InsufficientScope => {
                let description =
                    "The request requires higher privileges than provided by the access token.";
                return (
                    403,
                    json!({"error": "insufficient_scope", "error_description": description}),
                );
            }
            Self::NotFound => not_found("Not found"),
            Self::NotActive => not_found("License key is no longer active."),
            Self::Expired => not_found("License key has expired."),
            Self::OtherConditions => not_found("License key does not match required conditions"),
            Self::OtherBenefit => not_found("License key does not match given benefit."),
            Self::OtherCustomer => not_found("License key does not match given user."),
            Self::UsedUp { left } => {
                let detail = format!("License key only has {left} more usages.");
                (400, "BadRequest", detail)
            }
            Self::CannotActivate => not_permitted(
                "License key is no longer active. This license key can not be activated.",
            ),
            Self::CannotActivateExpired => not_permitted("License key has expired."),
            Self::NoActivations => not_permitted(
                "This license key does not support activations. Use the /validate endpoint instead to check license validity.",
            ),
            Self::LimitReached => not_permitted("License key activation limit already reached"),
            Self::CannotRotate(status) => {
                let status: &str = status.into();
                let detail = format!(
                    "License key cannot be rotated in its current status. Current status: {status}. Allowed statuses: disabled, granted."
                );
                (400, "RotateNotPermitted", detail)
            }
            Self::AlreadyCanceled => {
                let detail =
                    "This subscription is already canceled or will be at the end of the period.";
                (403, "AlreadyCanceledSubscription", detail.to_owned())
            }
            Self::NotCanceled => (400, "BadRequest", "Bad request".to_owned()),
            Self::Ended => (410, "ResourceUnavailable", "Unavailable".to_owned()),
        };
        (status, json!({"error": error, "detail": detail}))
    }
}
