//! The reasons why Polar refuses, for matching.

use progenitor_client::Error;
use reqwest::{StatusCode, header::HeaderMap};
use serde::Serialize;
use serde_json::Value;

use crate::{
    answer::{INVALID, kept_body},
    retry::retry_after,
};

/// Why Polar refused, read from the status, `error` and `detail` of its answer. An answer of another shape is not a
/// refusal: a proxy's 403, or the 404 of a wrong base URL.
///
/// Polar reports the same state of a key with different statuses and texts: a 404 when the key is validated, a 403 when it
/// is activated. Here the state has one name.
///
/// Polar does not distinguish some reasons: whether the key or the activation does not exist, and whether a key was
/// revoked or disabled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LicenseRefusal {
    /// There is no such key in this organization, or no such live activation of this key; for other operations, nothing
    /// with this id that the token reaches.
    #[error("there is no such key or activation")]
    NotFound,
    /// The key was revoked or disabled.
    #[error("the license key was revoked or disabled")]
    NoLongerActive,
    /// The key was revoked. Only rotating a key distinguishes this from disabled.
    #[error("the license key was revoked")]
    Revoked,
    /// The key's `expires_at` has passed.
    #[error("the license key has expired")]
    Expired,
    /// The conditions differ from those of the activation.
    #[error("the conditions differ from those of the activation")]
    ConditionsMismatch,
    /// The key comes from another benefit than `benefit_id`.
    #[error("the license key belongs to another benefit")]
    BenefitMismatch,
    /// The key belongs to another customer than `customer_id`.
    #[error("the license key belongs to another customer")]
    CustomerMismatch,
    /// `increment_usage` exceeds what the limit leaves; nothing was counted.
    #[error("the license key has only {remaining} uses left")]
    UsageExhausted {
        /// Uses left: 0 at the limit, negative when `usage` was set above it.
        remaining: i64,
    },
    /// The key has no activations; validate it without one.
    #[error("the license key has no activations")]
    ActivationNotSupported,
    /// Every activation of the key is taken.
    #[error("every activation of the license key is taken")]
    ActivationLimitReached,
    /// There was no token, or one of a kind that this operation does not take.
    #[error("this operation needs a token of the right kind")]
    Unauthorized,
    /// The token is unknown, expired or revoked. It is refused on every path, even where no token is needed.
    #[error("the token is unknown, expired or revoked")]
    InvalidToken,
    /// The token lacks the scope for this operation.
    #[error("the token lacks the scope for this operation")]
    InsufficientScope,
    /// There were too many requests, and the wait is longer than the client may wait.
    #[error("too many requests")]
    RateLimited {
        /// When to come back, in seconds.
        retry_after: Option<u64>,
    },
    /// The request itself is invalid.
    #[error("the request is not valid: {}", listed(.0))]
    Invalid(
        /// Everything that is wrong, in the order of the server.
        Vec<Problem>,
    ),
    /// A documented refusal whose text has no name here.
    #[error("status {status}: {detail}")]
    Unknown {
        /// The HTTP status, from 400 to 499.
        status: u16,
        /// The name that Polar gives to the error.
        error: Option<String>,
        /// Polar's text.
        detail: String,
    },
}

/// One thing that is wrong with a request, without the value itself, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, from `body`, `query` or `path` downwards, such as `body.organization_id`.
    pub loc: String,
    /// What is wrong, as an English sentence.
    pub msg: String,
    /// The kind of problem, such as `missing` or `uuid_parsing`.
    pub type_: String,
}

impl LicenseRefusal {
    /// Why Polar refused a call of the client. `None` if it did not: Polar could not be reached, failed (5xx), or another
    /// server answered, such as a proxy or the server of a wrong base URL. Those say nothing about a license key. A
    /// [`Verdict`](crate::Verdict) draws the same line for an app.
    pub fn from_error<E: Serialize>(error: &Error<E>) -> Option<Self> {
        match error {
            // Comes only with the body that the document describes for the operation and the status. Its `error` is not
            // kept when the document does not name it, as for a 422.
            Error::ErrorResponse(refusal) => {
                let answer = serde_json::to_value(&**refusal).ok()?;
                let status = refusal.status().as_u16();
                let error = answer["error"].as_str();
                let reason = known(status, error.unwrap_or(INVALID[0]), &answer["detail"]);
                reason.or_else(|| {
                    Some(Self::Unknown {
                        status,
                        error: error.map(str::to_owned),
                        detail: answer["detail"].as_str()?.to_owned(),
                    })
                })
            }
            Error::UnexpectedResponse(response) => Self::from_answer(
                response.status(),
                response.headers(),
                kept_body(response).unwrap_or_default(),
            ),
            _ => None,
        }
    }

    /// Why an answer of any operation refuses. `None` unless it is exactly one of Polar's known refusals, because proxies
    /// and other servers answer with the same statuses.
    pub fn from_answer(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        if status == StatusCode::TOO_MANY_REQUESTS && body.is_empty() {
            let retry_after = retry_after(headers);
            return Some(Self::RateLimited { retry_after });
        }
        let answer: Value = serde_json::from_slice(body).ok()?;
        let error = answer["error"].as_str()?;
        // Answers to a bad token have a description instead.
        let detail = match error {
            "invalid_token" | "insufficient_scope" => &answer["error_description"],
            _ => &answer["detail"],
        };
        known(status.as_u16(), error, detail)
    }

    /// Whether this is about the license. Otherwise it is about the request, its token or the rate limit, and says nothing
    /// about the license.
    pub(crate) fn is_about_license(&self) -> bool {
        match self {
            Self::NotFound
            | Self::NoLongerActive
            | Self::Revoked
            | Self::Expired
            | Self::ConditionsMismatch
            | Self::BenefitMismatch
            | Self::CustomerMismatch
            | Self::UsageExhausted { .. }
            | Self::ActivationNotSupported
            | Self::ActivationLimitReached
            | Self::Unknown { .. } => true,
            Self::Unauthorized
            | Self::InvalidToken
            | Self::InsufficientScope
            | Self::RateLimited { .. }
            | Self::Invalid(_) => false,
        }
    }
}

/// The reason with this status, `error` and `detail` or description.
fn known(status: u16, error: &str, detail: &Value) -> Option<LicenseRefusal> {
    if status == 422 {
        let items = detail.as_array().filter(|items| !items.is_empty())?;
        return INVALID
            .contains(&error)
            .then(|| LicenseRefusal::Invalid(problems(items)));
    }
    let detail = detail.as_str()?;
    match (status, error) {
        (400, "BadRequest") => usage_exhausted(detail),
        (400, "RotateNotPermitted") => {
            let revoked = detail.contains("Current status: revoked.");
            revoked.then_some(LicenseRefusal::Revoked)
        }
        (401, "Unauthorized") => Some(LicenseRefusal::Unauthorized),
        (401, "invalid_token") => Some(LicenseRefusal::InvalidToken),
        (403, "insufficient_scope") => Some(LicenseRefusal::InsufficientScope),
        (403, "NotPermitted") => activation(detail),
        (404, "ResourceNotFound") => validation(detail),
        _ => None,
    }
}

fn validation(detail: &str) -> Option<LicenseRefusal> {
    Some(match detail {
        "Not found" => LicenseRefusal::NotFound,
        "License key is no longer active." => LicenseRefusal::NoLongerActive,
        "License key has expired." => LicenseRefusal::Expired,
        "License key does not match required conditions" => LicenseRefusal::ConditionsMismatch,
        "License key does not match given benefit." => LicenseRefusal::BenefitMismatch,
        "License key does not match given user." => LicenseRefusal::CustomerMismatch,
        _ => return None,
    })
}

fn activation(detail: &str) -> Option<LicenseRefusal> {
    Some(match detail {
        "License key is no longer active. This license key can not be activated." => {
            LicenseRefusal::NoLongerActive
        }
        "License key has expired." => LicenseRefusal::Expired,
        "This license key does not support activations. Use the /validate endpoint instead to check license validity." => {
            LicenseRefusal::ActivationNotSupported
        }
        "License key activation limit already reached" => LicenseRefusal::ActivationLimitReached,
        _ => return None,
    })
}

fn usage_exhausted(detail: &str) -> Option<LicenseRefusal> {
    let rest = detail.strip_prefix("License key only has ")?;
    let remaining = rest.strip_suffix(" more usages.")?.parse().ok()?;
    Some(LicenseRefusal::UsageExhausted { remaining })
}

fn problems(items: &[Value]) -> Vec<Problem> {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let place = |loc: &Value| {
        let steps: Vec<_> = loc.as_array().into_iter().flatten().map(text).collect();
        steps.join(".")
    };
    let problem = |item: &Value| Problem {
        loc: place(&item["loc"]),
        msg: text(&item["msg"]),
        type_: text(&item["type"]),
    };
    items.iter().map(problem).collect()
}

fn listed(problems: &[Problem]) -> String {
    let shown = problems
        .iter()
        .map(|Problem { loc, msg, .. }| format!("{loc}: {msg}"));
    shown.collect::<Vec<_>>().join("; ")
}
