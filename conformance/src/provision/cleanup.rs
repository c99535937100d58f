//! The clean-up registry: what a run created on a real target, so that it can be removed again.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::json;

use crate::json::{Value, parse};
use crate::server::Server;
use crate::wire::{Answer, Request, WireError};

/// After this many requests in a row without an answer, the clean-up gives up.
const PATIENCE: usize = 3;

/// What a run can create, in the order in which it is removed. Keys and sessions go with their customer. So would the
/// subscriptions, but in one job, which a busy server breaks off: then they stay active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum Kind {
    /// `/v1/webhooks/endpoints`
    #[strum(serialize = "webhook endpoint")]
    WebhookEndpoint,
    /// `/v1/subscriptions/`
    Subscription,
    /// `/v1/customers/`
    Customer,
    /// `/v1/benefits/`
    Benefit,
    /// `/v1/products/`; a product cannot be deleted and is archived instead.
    Product,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::WebhookEndpoint,
        Self::Subscription,
        Self::Customer,
        Self::Benefit,
        Self::Product,
    ];

    /// The path where it is created, without the final slash.
    pub fn path(self) -> &'static str {
        match self {
            Self::WebhookEndpoint => "/v1/webhooks/endpoints",
            Self::Customer => "/v1/customers",
            Self::Subscription => "/v1/subscriptions",
            Self::Benefit => "/v1/benefits",
            Self::Product => "/v1/products",
        }
    }

    fn removal(self, id: &str) -> Request {
        let path = format!("{}/{id}", self.path());
        match self {
            Self::Product => {
                Request::new("PATCH", &path).json(&json!({"is_archived": true}).to_string())
            }
            _ => Request::new("DELETE", &path),
        }
    }
}

/// Its result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cleaned {
    /// How many things were removed.
    pub removed: usize,
    /// What could not be removed, and why.
    pub left: Vec<String>,
}

/// Everything that was created and not yet removed.
#[derive(Debug, Default)]
pub(super) struct CleanupRegistry(Mutex<Vec<(Kind, String)>>);

impl CleanupRegistry {
    /// Registers what an exchange created, if anything.
    pub(super) fn note(&self, request: &Request, answer: &Answer) {
        if request.method != "POST" || answer.status != 201 {
            return;
        }
        let path = request.path.trim_end_matches('/');
        let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.path() == path) else {
            return;
        };
        let body = parse(&answer.text()).unwrap_or(Value::Null);
        if let Some(id) = body.get("id").and_then(Value::as_str) {
            self.lock().push((kind, id.to_owned()));
        }
    }

    /// Removes everything. What is already gone counts as removed.
    pub(super) async fn clean(&self, server: &Server, token: &str) -> Cleaned {
        let mut made = std::mem::take(&mut *self.lock());
        made.sort_by_key(|(kind, _)| *kind);
        remove(server, token, made).await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Kind, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it is removed, or was before: a subscription is canceled once only.
fn is_gone(answer: &Answer) -> bool {
    let error = parse(&answer.text()).ok();
    let error = error.as_ref().and_then(|body| body.get("error")?.as_str());
    matches!(answer.status, 200 | 204 | 404)
        || (answer.status == 403 && error == Some("AlreadyCanceledSubscription"))
}

/// Removes these things, in this order. Gives up on a target that no longer answers.
pub(super) async fn remove(server: &Server, token: &str, things: Vec<(Kind, String)>) -> Cleaned {
    let mut cleaned = Cleaned::default();
    let mut unanswered = 0;
    let mut things = things.into_iter();
    while let Some((kind, id)) = things.next() {
        let request = kind
            .removal(&id)
            .header("Authorization", &format!("Bearer {token}"));
        let problem = match server.send(&request).await {
            Ok(answer) if is_gone(&answer) => {
                cleaned.removed += 1;
                unanswered = 0;
                continue;
            }
            Ok(answer) => {
                unanswered = 0;
                let start: String = answer.text().chars().take(200).collect();
                format!("{} {start}", answer.status)
            }
            Err(WireError::Denied(denied)) => {
                unanswered = PATIENCE;
                denied.to_string()
            }
            Err(error) => {
                unanswered += 1;
                error.to_string()
            }
        };
        cleaned.left.push(format!("{kind} {id}: {problem}"));
        if unanswered == PATIENCE {
            let rest = things.map(|(kind, id)| {
                format!("{kind} {id}: not tried, as the target no longer answers")
            });
            cleaned.left.extend(rest);
            break;
        }
    }
    cleaned
}
