//! Servers that decide wrongly: built from the honest mock by changing a request, or its world, around one operation.

use serde_json::{Value, json};

use super::corruption::{Act, Corruption, Kind};
use crate::judge::Surface;
use crate::target::Wire;
use crate::wire::{Answer, Request, WireError};

/// A wrong decision.
#[derive(Debug, Clone)]
pub(super) enum Behaviour {
    /// The world is put back after a success.
    Forget,
    /// One field of every key is put back after a success.
    ForgetField(&'static str),
    /// One field of every key grows by one after answers of this kind.
    Count { field: &'static str, refusals: bool },
    /// Reads answer what the same read answered before, until the world is set anew.
    Stale,
    /// A limit of every key is moved by so much while the operation decides.
    Limit(&'static str, i64),
    /// A refusal by the first check is replaced by that of the second, if it would refuse as well, whatever comes between.
    Swapped(Check, Check),
    /// The check does not happen.
    Skipped(Check),
    /// A key that is not granted is refused.
    WantsGranted,
    /// A key with a limit of activations needs one to be valid.
    WantsActivation,
    /// Any token is one of the organization with every scope.
    AnyToken,
    /// No token is looked at.
    NoToken,
    /// A query parameter is not looked at.
    WithoutQuery(&'static str),
    /// A query parameter has this value when none is given.
    DefaultQuery(&'static str, &'static str),
    /// A field of the body is not looked at.
    WithoutField(&'static str),
    /// Keys are found in any case.
    AnyCase,
    /// What is wrong with a body is put right.
    Repaired(Repair),
}

/// A check of validate, activate or deactivate, known by what it says (docs/behaviour.md#license-keys).
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

/// How a body is put right.
#[derive(Debug, Clone, Copy)]
pub(super) enum Repair {
    /// A missing label is empty.
    Label,
    /// A negative increment is none.
    Increment,
    /// What does not fit of a dictionary is cut.
    Dictionary(&'static str),
    /// A field that is wrong is left out.
    Drop(&'static str),
    /// A page or limit below 1 is 1.
    Page(&'static str),
}

const VALIDATE: [Check; 7] = [
    Check::Status,
    Check::Expiry,
    Check::Activation,
    Check::Conditions,
    Check::Benefit,
    Check::Customer,
    Check::Usage,
];
const ACTIVATE: [Check; 4] = [Check::Status, Check::Expiry, Check::Support, Check::Slots];

/// Every wrong decision of every operation that makes such decisions.
pub(super) fn catalogue() -> Vec<Corruption> {
    let mut all = Vec::new();
    for operation in Surface::bundled().about_keys() {
        let operation = operation.id.as_str();
        let mut add = |kind: Kind, what: String, behaviour: Behaviour| {
            all.push(Corruption {
                kind,
                operation: operation.to_owned(),
                what,
                act: Act::Behaviour(behaviour),
            });
        };
        let name = operation.rsplit(':').next().unwrap_or_default();
        let checks: &[Check] = match name {
            "validate" => &VALIDATE,
            "activate" => &ACTIVATE,
            "deactivate" => &[Check::Activation],
            _ => &[],
        };
        for (index, first) in checks.iter().enumerate() {
            add(
                Kind::CheckSkipped,
                format!("{first:?}"),
                Behaviour::Skipped(*first),
            );
            for second in &checks[index + 1..] {
                if can_both_refuse(*first, *second) {
                    add(
                        Kind::CheckOrder,
                        format!("{second:?} before {first:?}"),
                        Behaviour::Swapped(*first, *second),
                    );
                }
            }
        }
        if !checks.is_empty() {
            add(
                Kind::CheckOrder,
                "key before body".to_owned(),
                Behaviour::Swapped(Check::Body, Check::Activation),
            );
            add(
                Kind::CheckSkipped,
                "letters of the key".to_owned(),
                Behaviour::AnyCase,
            );
        }
        match name {
            "validate" => {
                for field in ["validations", "usage", "last_validated_at", "modified_at"] {
                    add(
                        Kind::Forgotten,
                        field.to_owned(),
                        Behaviour::ForgetField(field),
                    );
                }
                for (field, refusals) in [("validations", true), ("usage", false), ("usage", true)]
                {
                    let of = if refusals { "refusals" } else { "successes" };
                    add(
                        Kind::SideEffect,
                        format!("{field} of {of}"),
                        Behaviour::Count { field, refusals },
                    );
                }
                for by in [1, -1] {
                    add(
                        Kind::OffByOne,
                        format!("limit_usage{by:+}"),
                        Behaviour::Limit("limit_usage", by),
                    );
                }
                add(
                    Kind::CheckAdded,
                    "wants an activation".to_owned(),
                    Behaviour::WantsActivation,
                );
                for field in [
                    "increment_usage",
                    "conditions",
                    "activation_id",
                    "benefit_id",
                    "customer_id",
                ] {
                    add(
                        Kind::Lenient,
                        format!("{field} ignored"),
                        Behaviour::WithoutField(field),
                    );
                }
                add(
                    Kind::Lenient,
                    "negative increment".to_owned(),
                    Behaviour::Repaired(Repair::Increment),
                );
            }
            "activate" => {
                for by in [1, -1] {
                    add(
                        Kind::OffByOne,
                        format!("limit_activations{by:+}"),
                        Behaviour::Limit("limit_activations", by),
                    );
                }
                for field in ["validations", "usage"] {
                    add(
                        Kind::SideEffect,
                        format!("{field} of successes"),
                        Behaviour::Count {
                            field,
                            refusals: false,
                        },
                    );
                }
                for field in ["conditions", "meta"] {
                    add(
                        Kind::Forgotten,
                        field.to_owned(),
                        Behaviour::WithoutField(field),
                    );
                    add(
                        Kind::Lenient,
                        format!("{field} cut"),
                        Behaviour::Repaired(Repair::Dictionary(field)),
                    );
                }
                add(
                    Kind::Lenient,
                    "label missing".to_owned(),
                    Behaviour::Repaired(Repair::Label),
                );
                add(Kind::Forgotten, "all".to_owned(), Behaviour::Forget);
            }
            "deactivate" => {
                add(Kind::Forgotten, "all".to_owned(), Behaviour::Forget);
                add(
                    Kind::CheckAdded,
                    "wants a granted key".to_owned(),
                    Behaviour::WantsGranted,
                );
            }
            "rotate" => {
                add(Kind::Forgotten, "all".to_owned(), Behaviour::Forget);
                add(
                    Kind::CheckAdded,
                    "wants a granted key".to_owned(),
                    Behaviour::WantsGranted,
                );
            }
            "update" => {
                add(Kind::Forgotten, "all".to_owned(), Behaviour::Forget);
                for field in [
                    "status",
                    "usage",
                    "limit_usage",
                    "limit_activations",
                    "expires_at",
                    "modified_at",
                ] {
                    add(
                        Kind::Forgotten,
                        field.to_owned(),
                        Behaviour::ForgetField(field),
                    );
                }
                for field in [
                    "status",
                    "usage",
                    "limit_usage",
                    "limit_activations",
                    "expires_at",
                ] {
                    add(
                        Kind::Lenient,
                        format!("{field} ignored when wrong"),
                        Behaviour::Repaired(Repair::Drop(field)),
                    );
                }
            }
            "list" => {
                for parameter in ["page", "limit", "benefit_id"] {
                    add(
                        Kind::Query,
                        format!("{parameter} ignored"),
                        Behaviour::WithoutQuery(parameter),
                    );
                }
                if operation == "license_keys:list" {
                    for parameter in ["status", "organization_id"] {
                        add(
                            Kind::Query,
                            format!("{parameter} ignored"),
                            Behaviour::WithoutQuery(parameter),
                        );
                    }
                }
                add(
                    Kind::Query,
                    "limit=9 by default".to_owned(),
                    Behaviour::DefaultQuery("limit", "9"),
                );
                for parameter in ["page", "limit"] {
                    add(
                        Kind::Lenient,
                        format!("{parameter} below 1"),
                        Behaviour::Repaired(Repair::Page(parameter)),
                    );
                }
            }
            _ => {}
        }
        if matches!(name, "list" | "get" | "get_activation") {
            add(
                Kind::StaleRead,
                "until the next world".to_owned(),
                Behaviour::Stale,
            );
        }
        if operation.starts_with("license_keys:") {
            add(Kind::Token, "any will do".to_owned(), Behaviour::AnyToken);
        } else if matches!(name, "validate" | "activate" | "deactivate") {
            add(Kind::Token, "not looked at".to_owned(), Behaviour::NoToken);
        }
    }
    all
}

/// Some pairs exclude each other: a key without activations has no full ones, and conditions belong to a live activation.
fn can_both_refuse(first: Check, second: Check) -> bool {
    !matches!(
        (first, second),
        (Check::Support, Check::Slots) | (Check::Activation, Check::Conditions)
    )
}

impl Check {
    /// Whether this answer is the check's refusal.
    fn said(self, request: &Value, answer: &Answer) -> bool {
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

    /// Makes the check pass: in the request, or in what the world says of the key.
    fn satisfy(self, request: &mut Value, world: &mut Value) {
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

fn rows(world: &mut Value) -> impl Iterator<Item = &mut Value> {
    world["license_keys"].as_array_mut().into_iter().flatten()
}

async fn world(wire: &Wire) -> Result<Value, WireError> {
    let answer = wire.send(&Request::new("GET", "/_mock/state")).await?;
    Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
}

async fn set_world(wire: &Wire, world: &Value) -> Result<(), WireError> {
    let request = Request::new("PUT", "/_mock/state").json(&world.to_string());
    wire.send(&request).await.map(|_| ())
}

fn body_of(request: &Request) -> Option<Value> {
    serde_json::from_slice(request.body.as_deref()?).ok()
}

fn with_body(request: &Request, body: &Value) -> Request {
    Request {
        body: Some(body.to_string().into_bytes()),
        ..request.clone()
    }
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
    /// The wrong answer, and whether anything is different from an honest server's.
    pub(super) async fn carry(
        &self,
        request: &Request,
        wire: &Wire,
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
            // Reads are kept by the layer.
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
                        .is_some_and(|fields| fields.remove(*name).is_some())
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

    /// The refusal of the second check in the place of the first one's, if this answer is the first one's and the second
    /// would refuse as well: what refuses on the way there is put right. The world stays as it was.
    async fn first_of_two(
        &self,
        first: Check,
        second: Check,
        request: &Request,
        honest: &Answer,
        wire: &Wire,
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

    /// What a server answers to which the check is nothing, if this answer is its refusal; the world stays as it was,
    /// unless the check is skipped for good.
    async fn retried(
        &self,
        check: Check,
        request: &Request,
        honest: &Answer,
        wire: &Wire,
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

impl Repair {
    async fn carry(self, request: &Request, wire: &Wire) -> Result<(Answer, bool), WireError> {
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

async fn changed_body(
    request: &Request,
    wire: &Wire,
    change: impl FnOnce(&mut Value) -> bool,
) -> Result<(Answer, bool), WireError> {
    let mut body = body_of(request).unwrap_or_default();
    if change(&mut body) {
        Ok((wire.send(&with_body(request, &body)).await?, true))
    } else {
        Ok((wire.send(request).await?, false))
    }
}

/// Puts one field of every key back to what it was; says whether it had changed.
async fn put_back(wire: &Wire, mut before: Value, field: &str) -> Result<bool, WireError> {
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

async fn move_limits(wire: &Wire, field: &str, by: i64) -> Result<(), WireError> {
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

fn without_parameter(path: &str, name: &str) -> String {
    let Some((path, query)) = path.split_once('?') else {
        return path.to_owned();
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| pair.split('=').next() != Some(name))
        .collect();
    format!("{path}?{}", kept.join("&"))
}
