//! Why the server says no, as something to match on.

use progenitor_client::Error;
use reqwest::{StatusCode, header::HeaderMap};
use serde::Serialize;
use serde_json::Value;

use crate::{answer::kept_body, retry::retry_after};

/// Why the server refused, found from the status, `error` and `detail` of its answer.
///
/// The same state of a key is told with different statuses and words, 404 when it is validated and 403 when it is
/// activated; here it has one name.
///
/// Some reasons cannot be told apart, because the server does not: whether it is the key or the activation that does
/// not exist, and whether a key was revoked or disabled.
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
    /// The key was revoked, which only rotating it tells from disabled.
    #[error("the license key was revoked")]
    Revoked,
    /// The key's `expires_at` has passed.
    #[error("the license key has expired")]
    Expired,
    /// The conditions are not those that the activation was made with.
    #[error("the conditions are not those of the activation")]
    ConditionsMismatch,
    /// The key comes from another benefit than `benefit_id`.
    #[error("the license key belongs to another benefit")]
    BenefitMismatch,
    /// The key belongs to another customer than `customer_id`.
    #[error("the license key belongs to another customer")]
    CustomerMismatch,
    /// `increment_usage` is more than the limit leaves; nothing was counted.
    #[error("the license key has only {remaining} uses left")]
    UsageExhausted {
        /// Uses left: 0 at the limit, negative when `usage` was set above it.
        remaining: i64,
    },
    /// Activations are not part of this key; validate it without one.
    #[error("the license key has no activations")]
    ActivationNotSupported,
    /// Every activation of the key is taken.
    #[error("every activation of the license key is taken")]
    ActivationLimitReached,
    /// There was no token, or one of a kind that this operation does not take.
    #[error("this takes a token, and one of the right kind")]
    Unauthorized,
    /// The token is unknown, expired or revoked. Refused on every path, also where no token is needed.
    #[error("the token is unknown, expired or revoked")]
    InvalidToken,
    /// The token lacks the scope for this.
    #[error("the token lacks the scope for this")]
    InsufficientScope,
    /// Too many requests, and longer to wait than the client was told to.
    #[error("too many requests")]
    RateLimited {
        /// When to come back, in seconds.
        retry_after: Option<u64>,
    },
    /// The request itself is wrong.
    #[error("the request is not valid: {}", listed(.0))]
    Invalid(
        /// Everything that is wrong, in the order of the server.
        Vec<Problem>,
    ),
    /// A refusal for which there is no name here.
    #[error("status {status}: {detail}")]
    Unknown {
        /// The HTTP status, from 400 to 499.
        status: u16,
        /// The name that the server gives to the error, if it does.
        error: Option<String>,
        /// What the server says; the whole body, if it is not in the form of the API.
        detail: String,
    },
}

/// One thing that is wrong with a request. The value itself is left out, it may be a secret.
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
    /// Why a call of the client was refused. `None` when it was not: when the server could not be reached, failed
    /// itself (5xx), or answered something that cannot be read. Those say nothing about a license key.
    pub fn from_error<E: Serialize>(error: &Error<E>) -> Option<Self> {
        match error {
            Error::ErrorResponse(refusal) => {
                let answer = serde_json::to_value(&**refusal).ok()?;
                Self::new(refusal.status(), refusal.headers(), answer)
            }
            Error::UnexpectedResponse(response) => Self::from_answer(
                response.status(),
                response.headers(),
                kept_body(response).unwrap_or_default(),
            ),
            _ => None,
        }
    }

    /// Why an answer refuses. `None` when its status is none from 400 to 499.
    pub fn from_answer(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let text = || Value::String(String::from_utf8_lossy(body).into_owned());
        let answer = serde_json::from_slice(body).unwrap_or_else(|_| text());
        Self::new(status, headers, answer)
    }

    fn new(status: StatusCode, headers: &HeaderMap, answer: Value) -> Option<Self> {
        if !status.is_client_error() {
            return None;
        }
        let status = status.as_u16();
        let error = answer["error"].as_str();
        // Answers to a bad token have a description instead.
        let detail = answer["detail"].as_str();
        let known = match (
            status,
            error.unwrap_or_default(),
            detail.unwrap_or_default(),
        ) {
            (400, "BadRequest", detail) => usage_exhausted(detail),
            (400, "RotateNotPermitted", detail) => {
                let revoked = detail.contains("Current status: revoked.");
                revoked.then_some(Self::Revoked)
            }
            (401, "Unauthorized", _) => Some(Self::Unauthorized),
            (401, "invalid_token", _) => Some(Self::InvalidToken),
            (403, "insufficient_scope", _) => Some(Self::InsufficientScope),
            (403, "NotPermitted", detail) => activation(detail),
            (404, "ResourceNotFound", detail) => validation(detail),
            (422, ..) => answer["detail"]
                .as_array()
                .map(|items| Self::Invalid(problems(items))),
            (429, ..) => Some(Self::RateLimited {
                retry_after: retry_after(headers),
            }),
            _ => None,
        };
        Some(known.unwrap_or_else(|| {
            Self::Unknown {
                status,
                error: error.map(str::to_owned),
                detail: detail
                    .or(answer["error_description"].as_str())
                    .or(answer.as_str())
                    .map_or_else(|| answer.to_string(), str::to_owned),
            }
        }))
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
