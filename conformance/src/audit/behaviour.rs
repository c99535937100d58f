//! Servers that decide wrongly: made of the honest mock by changing requests, or its state, around one operation.

use serde_json::{Value, json};

use super::checks::{ACTIVATE, Check, VALIDATE, rows};
use super::repair::{Repair, body_of, changed_body, with_body};
use crate::server::Connection;
use crate::wire::{Answer, Request, WireError};

/// A wrong decision.
#[derive(Debug, Clone)]
pub(super) enum Behaviour {
    /// A success is undone: the state before it is restored.
    Forget,
    /// One field of every key is restored after a success.
    ForgetField(&'static str),
    /// One field of every key grows by one after answers of this kind.
    Count { field: &'static str, refusals: bool },
    /// A read repeats its first answer, until the state is replaced.
    Stale,
    /// A limit of every key is off by this much while the operation decides.
    Limit(&'static str, i64),
    /// The second check refuses before the first, if both would, whatever is checked in between.
    Swapped(Check, Check),
    /// The check is skipped.
    Skipped(Check),
    /// A key that is not granted is refused.
    WantsGranted,
    /// A key with an activation limit is only valid with an activation.
    WantsActivation,
    /// Any token counts as one with every scope.
    AnyToken,
    /// Tokens are ignored.
    NoToken,
    /// A query parameter is ignored.
    WithoutQuery(String),
    /// A query parameter has this default.
    DefaultQuery(&'static str, &'static str),
    /// A field of the body is ignored.
    WithoutField(String),
    /// Keys are found whatever their case.
    AnyCase,
    /// An invalid request is repaired.
    Repaired(Repair),
}

async fn world(wire: &Connection) -> Result<Value, WireError> {
    let answer = wire.send(&Request::new("GET", "/_mock/state")).await?;
    Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
}

async fn set_world(wire: &Connection, world: &Value) -> Result<(), WireError> {
    let request = Request::new("PUT", "/_mock/state").json(&world.to_string());
    wire.send(&request).await.map(|_| ())
}

fn refusal(honest: &Answer, status: u16, error: &str, detail: &str) -> Answer {
    Answer {
        status,
        body: json!({"error": error, "detail": detail})
            .to_string()
            .into_bytes(),
        ..honest.clone()
    }
}

impl Behaviour {
    /// The wrong answer, and whether an honest server would have answered or acted differently.
    pub(super) async fn carry(
        &self,
        request: &Request,
        wire: &Connection,
    ) -> Result<(Answer, bool), WireError> {
        match self {
            Self::Forget => {
                let before = world(wire).await?;
                let answer = wire.send(request).await?;
                let wrote = (200..300).contains(&answer.status);
                if wrote {
                    set_world(wire, &before).await?;
                }
                Ok((answer, wrote))
            }
            Self::ForgetField(field) => {
                let before = world(wire).await?;
                let answer = wire.send(request).await?;
                let changed = put_back(wire, before, field).await?;
                Ok((answer, changed))
            }
            Self::Count { field, refusals } => {
                let answer = wire.send(request).await?;
                let counts = match answer.status {
                    200..300 => !refusals,
                    400 | 403 | 404 => *refusals,
                    _ => false,
                };
                let mut after = world(wire).await?;
                let mut counted = false;
                let key = body_of(request).unwrap_or_default()["key"].clone();
                for row in rows(&mut after).filter(|row| counts && row["key"] == key) {
                    row[*field] = json!(row[*field].as_i64().unwrap_or_default() + 1);
                    counted = true;
                }
                if counted {
                    set_world(wire, &after).await?;
                }
                Ok((answer, counted))
            }
            // The layer handles this one.
            Self::Stale => Ok((wire.send(request).await?, false)),
            Self::Limit(field, by) => {
                move_limits(wire, field, *by).await?;
                let answer = wire.send(request).await?;
                move_limits(wire, field, -by).await?;
                Ok((answer, true))
            }
            Self::Swapped(first, second) => {
                let honest = wire.send(request).await?;
                match self
                    .first_of_two(*first, *second, request, &honest, wire)
                    .await?
                {
                    Some(again) => Ok((again, true)),
                    None => Ok((honest, false)),
                }
            }
            Self::Skipped(check) => {
                let honest = wire.send(request).await?;
                if request.path.contains("/deactivate")
                    && check.said(&body_of(request).unwrap_or_default(), &honest)
                {
                    let done = Answer {
                        status: 204,
                        body: Vec::new(),
                        ..honest
                    };
                    return Ok((done, true));
                }
                match self.retried(*check, request, &honest, wire).await? {
                    Some((again, _)) => Ok((again, true)),
                    None => Ok((honest, false)),
                }
            }
            Self::WantsGranted => {
                let key = body_of(request).unwrap_or_default()["key"].clone();
                let mut now = world(wire).await?;
                let refuses = rows(&mut now)
                    .filter(|row| {
                        row["key"] == key
                            || request.path.contains(row["id"].as_str().unwrap_or("-"))
                    })
                    .any(|row| row["status"] != "granted");
                if !refuses {
                    return Ok((wire.send(request).await?, false));
                }
                let honest = wire.send(request).await?;
                set_world(wire, &now).await?;
                let wrong = refusal(
                    &honest,
                    404,
                    "ResourceNotFound",
                    "License key is no longer active.",
                );
                Ok((wrong, honest.status < 300))
            }
            Self::WantsActivation => {
                let honest = wire.send(request).await?;
                let body = body_of(request).unwrap_or_default();
                let answered: Value = serde_json::from_slice(&honest.body).unwrap_or_default();
                if honest.status == 200
                    && body["activation_id"].is_null()
                    && !answered["limit_activations"].is_null()
                {
                    return Ok((refusal(&honest, 404, "ResourceNotFound", "Not found"), true));
                }
                Ok((honest, false))
            }
            Self::AnyToken => {
                let mut now = world(wire).await?;
                let Some(token) = every_scope(&mut now) else {
                    return Ok((wire.send(request).await?, false));
                };
                let given = request.header_value("Authorization").unwrap_or_default();
                let changed = given != token;
                let request = authorized(request, Some(&token));
                Ok((wire.send(&request).await?, changed))
            }
            Self::NoToken => {
                let changed = request.header_value("Authorization").is_some();
                let answer = wire.send(&authorized(request, None)).await?;
                Ok((answer, changed))
            }
            Self::WithoutQuery(name) => {
                let changed = without_parameter(&request.path, name);
                let applied = changed != request.path;
                let request = Request {
                    path: changed,
                    ..request.clone()
                };
                Ok((wire.send(&request).await?, applied))
            }
            Self::DefaultQuery(name, value) => {
                let mut request = request.clone();
                let given = request.path.contains(&format!("{name}="));
                if !given {
                    let separator = if request.path.contains('?') { '&' } else { '?' };
                    request.path.push_str(&format!("{separator}{name}={value}"));
                }
                Ok((wire.send(&request).await?, !given))
            }
            Self::WithoutField(name) => {
                changed_body(request, wire, |body| {
                    body.as_object_mut()
                        .is_some_and(|fields| fields.remove(name).is_some())
                })
                .await
            }
            Self::AnyCase => {
                let mut now = world(wire).await?;
                changed_body(request, wire, |body| {
                    let given = body["key"].as_str().unwrap_or_default().to_lowercase();
                    let found = rows(&mut now)
                        .map(|row| row["key"].clone())
                        .find(|key| key.as_str().is_some_and(|key| key.to_lowercase() == given));
                    match found {
                        Some(key) if key != body["key"] => {
                            body["key"] = key;
                            true
                        }
                        _ => false,
                    }
                })
                .await
            }
            Self::Repaired(repair) => repair.carry(request, wire).await,
        }
    }

    /// The refusal of the second check, if this answer is that of the first and the second would refuse as well. Checks
    /// in between are satisfied. The state stays as it was.
    async fn first_of_two(
        &self,
        first: Check,
        second: Check,
        request: &Request,
        honest: &Answer,
        wire: &Connection,
    ) -> Result<Option<Answer>, WireError> {
        let Some(mut body) = body_of(request).filter(|body| first.said(body, honest)) else {
            return Ok(None);
        };
        let before = world(wire).await?;
        let mut now = before.clone();
        let mut in_the_way = Some(first);
        let mut found = None;
        while let Some(check) = in_the_way {
            check.satisfy(&mut body, &mut now);
            set_world(wire, &now).await?;
            let again = wire.send(&with_body(request, &body)).await?;
            if second.said(&body, &again) {
                found = Some(again);
                break;
            }
            let others = VALIDATE.iter().chain(&ACTIVATE);
            in_the_way = others
                .copied()
                .find(|other| *other != check && other.said(&body, &again));
        }
        set_world(wire, &before).await?;
        Ok(found)
    }

    /// The answer of a server without the check, if this answer is its refusal. The state stays as it was,
    /// unless the request then succeeds.
    async fn retried(
        &self,
        check: Check,
        request: &Request,
        honest: &Answer,
        wire: &Connection,
    ) -> Result<Option<(Answer, Value)>, WireError> {
        let Some(mut body) = body_of(request) else {
            return Ok(None);
        };
        if !check.said(&body, honest) {
            return Ok(None);
        }
        let before = world(wire).await?;
        let mut after = before.clone();
        check.satisfy(&mut body, &mut after);
        if after != before {
            set_world(wire, &after).await?;
        }
        let again = wire.send(&with_body(request, &body)).await?;
        if again.status >= 300 {
            set_world(wire, &before).await?;
        }
        Ok(Some((again, body)))
    }
}

/// Restores one field of every key; returns whether it had changed.
async fn put_back(wire: &Connection, mut before: Value, field: &str) -> Result<bool, WireError> {
    let mut after = world(wire).await?;
    let mut changed = false;
    for old in rows(&mut before) {
        for new in rows(&mut after).filter(|row| row["id"] == old["id"]) {
            if new[field] != old[field] {
                new[field] = old[field].clone();
                changed = true;
            }
        }
    }
    if changed {
        set_world(wire, &after).await?;
    }
    Ok(changed)
}

async fn move_limits(wire: &Connection, field: &str, by: i64) -> Result<(), WireError> {
    let mut now = world(wire).await?;
    for row in rows(&mut now) {
        if let Some(limit) = row[field].as_i64() {
            row[field] = json!(limit + by);
        }
    }
    set_world(wire, &now).await
}

/// A token of the first organization with every scope.
fn every_scope(world: &mut Value) -> Option<String> {
    let organizations = world["organizations"].as_array()?;
    let tokens = organizations.iter().flat_map(|organization| {
        organization["access_tokens"]
            .as_array()
            .into_iter()
            .flatten()
    });
    let best = tokens.max_by_key(|token| token["scopes"].as_array().map_or(0, Vec::len))?;
    Some(format!("Bearer {}", best["token"].as_str()?))
}

fn authorized(request: &Request, token: Option<&str>) -> Request {
    let mut request = request.clone();
    request
        .headers
        .retain(|(name, _)| !name.eq_ignore_ascii_case("Authorization"));
    if let Some(token) = token {
        request = request.header("Authorization", token);
    }
    request
}

/// The name of a parameter: `metadata` of `metadata[key]=value`.
fn parameter_of(pair: &str) -> &str {
    let name = pair.split(['=', '[']).next().unwrap_or_default();
    name.split("%5B").next().unwrap_or_default()
}

fn without_parameter(path: &str, name: &str) -> String {
    let Some((path, query)) = path.split_once('?') else {
        return path.to_owned();
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| parameter_of(pair) != name)
        .collect();
    format!("{path}?{}", kept.join("&"))
}
