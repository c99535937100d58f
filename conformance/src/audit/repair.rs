//! Requests that a lenient server would accept: their errors are repaired.

use serde_json::{Value, json};

use crate::server::Connection;
use crate::wire::{Answer, Request, WireError};

/// How a request is repaired.
#[derive(Debug, Clone, Copy)]
pub(super) enum Repair {
    /// A missing label becomes empty.
    Label,
    /// A negative increment becomes zero.
    Increment,
    /// Invalid entries of a dictionary are dropped.
    Dictionary(&'static str),
    /// An invalid field is dropped.
    Drop(&'static str),
    /// A page or limit below 1 becomes 1.
    Page(&'static str),
}

impl Repair {
    pub(super) async fn carry(
        self,
        request: &Request,
        wire: &Connection,
    ) -> Result<(Answer, bool), WireError> {
        match self {
            Self::Page(name) => {
                let mut path = request.path.clone();
                for wrong in ["0", "-1"] {
                    for end in ["&", ""] {
                        let bad = format!("{name}={wrong}{end}");
                        if path.ends_with(&bad) || !end.is_empty() {
                            path = path.replace(&bad, &format!("{name}=1{end}"));
                        }
                    }
                }
                let applied = path != request.path;
                let request = Request {
                    path,
                    ..request.clone()
                };
                Ok((wire.send(&request).await?, applied))
            }
            Self::Label => {
                changed_body(request, wire, |body| {
                    let missing = body.is_object() && body.get("label").is_none();
                    if missing {
                        body["label"] = json!("");
                    }
                    missing
                })
                .await
            }
            Self::Increment => {
                changed_body(request, wire, |body| {
                    let negative = body["increment_usage"].as_i64().is_some_and(|by| by < 0);
                    if negative {
                        body["increment_usage"] = json!(0);
                    }
                    negative
                })
                .await
            }
            Self::Dictionary(name) => {
                changed_body(request, wire, |body| {
                    let Some(entries) = body[name].as_object_mut() else {
                        return false;
                    };
                    let before = entries.len();
                    let surplus: Vec<String> = entries.keys().skip(50).cloned().collect();
                    for name in surplus {
                        entries.remove(&name);
                    }
                    entries.retain(|name, value| {
                        (1..=40).contains(&name.chars().count())
                            && (value.is_number()
                                || value.is_boolean()
                                || value.as_str().is_some_and(|text| !text.is_empty()))
                    });
                    entries.len() != before
                })
                .await
            }
            Self::Drop(name) => {
                let honest = wire.send(request).await?;
                let wrong: Value = serde_json::from_slice(&honest.body).unwrap_or_default();
                let told = wrong["detail"].as_array().into_iter().flatten();
                if honest.status == 422
                    && told.clone().count() > 0
                    && told.clone().all(|item| item["loc"][1] == name)
                {
                    return changed_body(request, wire, |body| {
                        body.as_object_mut()
                            .is_some_and(|fields| fields.remove(name).is_some())
                    })
                    .await;
                }
                Ok((honest, false))
            }
        }
    }
}

/// The body of a request, if it is JSON.
pub(super) fn body_of(request: &Request) -> Option<Value> {
    serde_json::from_slice(request.body.as_deref()?).ok()
}

/// The request with another body.
pub(super) fn with_body(request: &Request, body: &Value) -> Request {
    Request {
        body: Some(body.to_string().into_bytes()),
        ..request.clone()
    }
}

/// Sends the request, its body changed if `change` says so; also returns whether it was.
pub(super) async fn changed_body(
    request: &Request,
    wire: &Connection,
    change: impl FnOnce(&mut Value) -> bool,
) -> Result<(Answer, bool), WireError> {
    let mut body = body_of(request).unwrap_or_default();
    if change(&mut body) {
        Ok((wire.send(&with_body(request, &body)).await?, true))
    } else {
        Ok((wire.send(request).await?, false))
    }
}
