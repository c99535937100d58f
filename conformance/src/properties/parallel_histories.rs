//! Activate, deactivate and validate at the same time: what every client saw could have happened one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::join_all;
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::sample::Index;
use serde_json::json;

use super::script::Sent;
use super::search::{Divergence, Trying, search};
use crate::cases::{Api, request};
use crate::compare::Mismatch;
use crate::json::{Value, parse};
use crate::model::{Event, Sequential, linearized};
use crate::provision::{ActivationSpec, KeySpec, Seeded};
use crate::suite::StepOutcome;
use crate::target::Lease;
use crate::wire::{Answer, Request};

/// What one client asks, one after the other.
#[derive(Debug, Clone)]
enum Asked {
    Activate,
    /// One of the activations that were there before.
    Deactivate(Index),
    Validate(Index),
    Use(u32),
}

#[derive(Debug, Clone)]
struct Plan {
    limit: usize,
    quota: u32,
    clients: Vec<Vec<Asked>>,
    core: bool,
}

/// Activations that are there before.
const BEFORE: usize = 2;

fn plans() -> impl Strategy<Value = Plan> {
    let asked = prop_oneof![
        3 => any::<bool>().prop_map(|_| Asked::Activate),
        3 => any::<Index>().prop_map(Asked::Deactivate),
        2 => any::<Index>().prop_map(Asked::Validate),
        2 => (1..=3_u32).prop_map(Asked::Use),
    ];
    (
        BEFORE..=4_usize,
        1..=6_u32,
        vec(vec(asked, 1..=4), 2..=4),
        any::<bool>(),
    )
        .prop_map(|(limit, quota, clients, core)| Plan {
            limit,
            quota,
            clients,
            core,
        })
}

/// The key as the model knows it: free slots, live activations, quota left, validations.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    limit: usize,
    live: BTreeSet<String>,
    left: u32,
    validations: u32,
}

#[derive(Debug, Clone)]
enum Operation {
    Activate,
    Deactivate(String),
    Validate(String),
    Use(u32),
}

/// What the answer says: the status, and the id or the counters that it shows.
#[derive(Debug, Clone)]
struct Told {
    status: u16,
    id: String,
    validations: Option<u32>,
}

impl Sequential for Key {
    type Operation = Operation;
    type Result = Told;

    fn after(&self, operation: &Operation, told: &Told) -> Option<Self> {
        let mut after = self.clone();
        let status = match operation {
            Operation::Activate if self.live.len() >= self.limit => 403,
            Operation::Activate => {
                after.live.insert(told.id.clone());
                200
            }
            Operation::Deactivate(id) => {
                if after.live.remove(id) {
                    204
                } else {
                    404
                }
            }
            Operation::Validate(id) if !self.live.contains(id) => 404,
            Operation::Use(count) if *count > self.left => 400,
            Operation::Validate(_) | Operation::Use(_) => {
                if let Operation::Use(count) = operation {
                    after.left -= count;
                }
                after.validations += 1;
                if told.validations != Some(after.validations) {
                    return None;
                }
                200
            }
        };
        (status == told.status).then_some(after)
    }
}

/// Tries the property.
pub(super) async fn check(lease: Arc<Lease>, trying: Trying) -> StepOutcome {
    search(lease, plans(), trying, run).await
}

async fn run(lease: &Lease, plan: &Plan) -> Result<(), Divergence> {
    let spec = KeySpec {
        limit_activations: u32::try_from(plan.limit).ok(),
        limit_usage: Some(plan.quota),
        activations: vec![ActivationSpec::plain(); BEFORE],
        ..KeySpec::default()
    };
    let world = lease.ground.world(&lease.server, &[spec]).await?;
    let key = &world.keys[0];
    let api = if plan.core { Api::Core } else { Api::Portal };
    let clock = AtomicU64::new(0);
    let clients = plan
        .clients
        .iter()
        .map(|asked| client(lease, key, api, asked, &clock));
    let mut events = Vec::new();
    let mut sent = Vec::new();
    for history in join_all(clients).await {
        for (request, event) in history? {
            sent.push(Sent::new(request));
            events.push(event);
        }
    }
    let start = Key {
        limit: plan.limit,
        live: key.activations.iter().cloned().collect(),
        left: plan.quota,
        validations: 0,
    };
    if linearized(&start, &events).is_some() {
        return Ok(());
    }
    events.sort_by_key(|event| event.called);
    let ids: BTreeMap<&str, usize> = key
        .activations
        .iter()
        .enumerate()
        .map(|(index, id)| (id.as_str(), index))
        .collect();
    let told: Vec<String> = events.iter().map(|event| line(event, &ids)).collect();
    let mismatch = Mismatch::new(
        "history",
        "an order in which each answer is right",
        told.join("; "),
        "is not linearizable",
    );
    Err(Divergence::new(mismatch, sent))
}

fn line(event: &Event<Operation, Told>, ids: &BTreeMap<&str, usize>) -> String {
    let name = |id: &str| ids.get(id).map_or("?".to_owned(), ToString::to_string);
    let asked = match &event.operation {
        Operation::Activate => "activate".to_owned(),
        Operation::Deactivate(id) => format!("deactivate {}", name(id)),
        Operation::Validate(id) => format!("validate {}", name(id)),
        Operation::Use(count) => format!("use {count}"),
    };
    let counted = event
        .result
        .validations
        .map_or(String::new(), |count| format!(", validations {count}"));
    format!(
        "{}..{} {asked}: {}{counted}",
        event.called, event.returned, event.result.status
    )
}

type History = Vec<(Request, Event<Operation, Told>)>;

async fn client(
    lease: &Lease,
    key: &Seeded,
    api: Api,
    asked: &[Asked],
    clock: &AtomicU64,
) -> Result<History, Divergence> {
    let tick = || clock.fetch_add(1, Ordering::SeqCst);
    let known = |index: &Index| key.activations[index.index(key.activations.len())].clone();
    let mut history = Vec::new();
    for asked in asked {
        let (name, more, operation) = match asked {
            Asked::Activate => ("activate", json!({"label": "x"}), Operation::Activate),
            Asked::Deactivate(index) => {
                let id = known(index);
                (
                    "deactivate",
                    json!({"activation_id": id}),
                    Operation::Deactivate(id),
                )
            }
            Asked::Validate(index) => {
                let id = known(index);
                (
                    "validate",
                    json!({"activation_id": id}),
                    Operation::Validate(id),
                )
            }
            Asked::Use(count) => (
                "validate",
                json!({"increment_usage": count}),
                Operation::Use(*count),
            ),
        };
        let request = request(&lease.ground, api, name, key, more);
        let called = tick();
        let answer = lease.server.send(&request).await?;
        let returned = tick();
        history.push((
            request,
            Event {
                called,
                returned,
                operation,
                result: told(&answer),
            },
        ));
    }
    Ok(history)
}

fn told(answer: &Answer) -> Told {
    let body = parse(&answer.text()).unwrap_or(Value::Null);
    Told {
        status: answer.status,
        id: body
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        validations: body
            .get("validations")
            .and_then(|count| count.display().parse().ok()),
    }
}
