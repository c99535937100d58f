//! Parallel activate, deactivate and validate requests: the answers must be possible in some sequential order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::join_all;
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::sample::Index;
use serde_json::json;

use super::sampling::Sampling;
use super::script::Sent;
use super::search::{Divergence, search};
use crate::cases::{Api, request};
use crate::compare::Mismatch;
use crate::json::{Value, parse};
use crate::model::{
    Caller, Claims, Command, Conditions, Device, Event, Expected, Keys, Name, Place, Sequential,
    Spelling, Start, linearized,
};
use crate::outcome::StepOutcome;
use crate::provision::{ActivationSpec, KeySpec, TestKey};
use crate::session::Lease;
use crate::wire::{Answer, Request};

/// A request of one client; each client sends its requests one after the other.
#[derive(Debug, Clone)]
enum Asked {
    Activate,
    /// One of this client's own initial activations: if several clients deactivate the same
    /// activation in parallel, several may succeed (docs/behaviour.md#concurrency).
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

/// The number of initial activations: at least one for each client.
const BEFORE: usize = CLIENTS;
/// The largest number of clients.
const CLIENTS: usize = 4;

fn plans() -> impl Strategy<Value = Plan> {
    let asked = prop_oneof![
        3 => any::<bool>().prop_map(|_| Asked::Activate),
        3 => any::<Index>().prop_map(Asked::Deactivate),
        2 => any::<Index>().prop_map(Asked::Validate),
        2 => (1..=3_u32).prop_map(Asked::Use),
    ];
    (
        BEFORE..=BEFORE + 2,
        1..=6_u32,
        vec(vec(asked, 1..=4), 2..=CLIENTS),
        any::<bool>(),
    )
        .prop_map(|(limit, quota, clients, core)| Plan {
            limit,
            quota,
            clients,
            core,
        })
}

/// The model of one key, and the server's ids of its activations.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Seen {
    keys: Keys,
    ids: Vec<String>,
}

#[derive(Debug, Clone)]
enum Operation {
    Activate,
    Deactivate(String),
    Validate(String),
    Use(u32),
}

/// The answer.
#[derive(Debug, Clone)]
struct Answered {
    status: u16,
    body: Value,
}

impl Seen {
    /// A key with free slots and a quota, and its activations.
    fn new(plan: &Plan, ids: &[String]) -> Self {
        let start = Start {
            limit_activations: u32::try_from(plan.limit).ok(),
            limit_usage: Some(plan.quota),
            organization: Place::Home,
        };
        let mut seen = Self {
            keys: Keys::new(vec![start]),
            ids: ids.to_vec(),
        };
        for _ in ids {
            seen.keys.apply(&seen.command(&Operation::Activate));
        }
        seen
    }

    /// An operation as a command of the model. Both APIs do the same to a key.
    fn command(&self, operation: &Operation) -> Command {
        let name = Name {
            key: 0,
            spelling: Spelling::Current,
            organization: Place::Home,
        };
        let device = |id: &String| {
            let place = self.ids.iter().position(|known| known == id);
            place.map_or(Device::Unmade, Device::Made)
        };
        let validate = |activation, increment| {
            let claims = Claims {
                activation,
                conditions: Conditions::Omitted,
                benefit: None,
                customer: None,
                increment,
            };
            Command::Validate(Api::Portal, Caller::Nobody, name, claims)
        };
        match operation {
            Operation::Activate => {
                Command::Activate(Api::Portal, Caller::Nobody, name, Conditions::Omitted)
            }
            Operation::Deactivate(id) => {
                Command::Deactivate(Api::Portal, Caller::Nobody, name, device(id))
            }
            Operation::Validate(id) => validate(Some(device(id)), None),
            Operation::Use(count) => validate(None, Some(*count)),
        }
    }
}

impl Sequential for Seen {
    type Operation = Operation;
    type Result = Answered;

    fn after(&self, operation: &Operation, answered: &Answered) -> Option<Self> {
        let mut after = self.clone();
        let answer = after.keys.apply(&self.command(operation));
        let fits = answer.status() == answered.status
            && match answer {
                Expected::Refused(refusal) => answered.body == Value::from(&refusal.answer().1),
                Expected::Valid(key, _) => {
                    let key = &after.keys.keys()[key];
                    answered.number("validations") == Some(key.validations.into())
                        && answered.number("usage") == Some(key.usage)
                }
                _ => true,
            };
        if let (Expected::Activation(_), Some(id)) = (answer, answered.body.get("id")) {
            after.ids.push(id.display());
        }
        fits.then_some(after)
    }
}

impl Answered {
    fn number(&self, field: &str) -> Option<i64> {
        self.body.get(field)?.display().parse().ok()
    }
}

/// Tries the property.
pub(super) async fn check(lease: Arc<Lease>, sampling: Sampling) -> StepOutcome {
    search(lease, plans(), sampling, run).await
}

async fn run(lease: &Lease, plan: &Plan) -> Result<(), Divergence> {
    let spec = KeySpec {
        limit_activations: u32::try_from(plan.limit).ok(),
        limit_usage: Some(plan.quota),
        activations: vec![ActivationSpec::plain(); BEFORE],
        ..KeySpec::default()
    };
    let setup = lease.provisioning.setup(&lease.server, &[spec]).await?;
    let key = &setup.keys[0];
    let api = if plan.core { Api::Core } else { Api::Portal };
    let clock = AtomicU64::new(0);
    let clients = plan.clients.iter().enumerate().map(|(number, asked)| {
        let own = key
            .activations
            .iter()
            .skip(number)
            .step_by(plan.clients.len());
        client(lease, key, api, asked, own.cloned().collect(), &clock)
    });
    let mut events = Vec::new();
    let mut sent = Vec::new();
    for history in join_all(clients).await {
        for (request, event) in history? {
            sent.push(Sent::new(request));
            events.push(event);
        }
    }
    let start = Seen::new(plan, &key.activations);
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
    let answered: Vec<String> = events.iter().map(|event| line(event, &ids)).collect();
    let mismatch = Mismatch::new(
        "history",
        "an order in which every answer is correct",
        answered.join("; "),
        "is not linearizable",
    );
    Err(Divergence::new(mismatch, sent))
}

fn line(event: &Event<Operation, Answered>, ids: &BTreeMap<&str, usize>) -> String {
    let name = |id: &str| ids.get(id).map_or("?".to_owned(), ToString::to_string);
    let asked = match &event.operation {
        Operation::Activate => "activate".to_owned(),
        Operation::Deactivate(id) => format!("deactivate {}", name(id)),
        Operation::Validate(id) => format!("validate {}", name(id)),
        Operation::Use(count) => format!("use {count}"),
    };
    let counted = event
        .result
        .number("validations")
        .map_or(String::new(), |count| format!(", validations {count}"));
    format!(
        "{}..{} {asked}: {}{counted}",
        event.called, event.returned, event.result.status
    )
}

type History = Vec<(Request, Event<Operation, Answered>)>;

async fn client(
    lease: &Lease,
    key: &TestKey,
    api: Api,
    asked: &[Asked],
    own: Vec<String>,
    clock: &AtomicU64,
) -> Result<History, Divergence> {
    let tick = || clock.fetch_add(1, Ordering::SeqCst);
    let mut history = Vec::new();
    for asked in asked {
        let (name, more, operation) = match asked {
            Asked::Activate => ("activate", json!({"label": "x"}), Operation::Activate),
            Asked::Deactivate(index) => {
                let id = index.get(&own).clone();
                (
                    "deactivate",
                    json!({"activation_id": id}),
                    Operation::Deactivate(id),
                )
            }
            Asked::Validate(index) => {
                let id = index.get(&key.activations).clone();
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
        let request = request(&lease.provisioning, api, name, key, more);
        let called = tick();
        let answer = lease.server.send(&request).await?;
        let returned = tick();
        history.push((
            request,
            Event {
                called,
                returned,
                operation,
                result: answered(&answer),
            },
        ));
    }
    Ok(history)
}

fn answered(answer: &Answer) -> Answered {
    Answered {
        status: answer.status,
        body: parse(&answer.text()).unwrap_or(Value::Null),
    }
}
