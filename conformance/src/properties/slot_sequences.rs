//! Activate, deactivate and validate in any order, against the reference model.

use std::fmt;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::sample::Index;
use serde_json::json;

use super::search::{Divergence, search};
use crate::cases::{Api, request};
use crate::compare::Mismatch;
use crate::json::{Value, parse};
use crate::model::{Handle, Slots, Verdict};
use crate::provision::{KeySpec, Seeded, World};
use crate::suite::StepOutcome;
use crate::target::Lease;
use crate::wire::{Answer, Request};

const UNKNOWN: &str = "7c000000-0000-4000-8fff-000000000000";

/// One operation; keys and activations are picked from those there are.
#[derive(Clone)]
enum Operation {
    Activate {
        key: Index,
        api: Api,
    },
    Deactivate {
        key: Index,
        activation: Index,
        api: Api,
    },
    Validate {
        key: Index,
        activation: Index,
        api: Api,
    },
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Activate { .. } => "activate",
            Self::Deactivate { .. } => "deactivate",
            Self::Validate { .. } => "validate",
        })
    }
}

/// Keys, by their limits, and what is done with them.
#[derive(Debug, Clone)]
struct Plan {
    limits: Vec<usize>,
    operations: Vec<Operation>,
}

fn plans() -> impl Strategy<Value = Plan> {
    let api = || any::<bool>().prop_map(|core| if core { Api::Core } else { Api::Portal });
    let operation = prop_oneof![
        4 => (any::<Index>(), api()).prop_map(|(key, api)| Operation::Activate { key, api }),
        3 => (any::<Index>(), any::<Index>(), api()).prop_map(|(key, activation, api)| Operation::Deactivate { key, activation, api }),
        2 => (any::<Index>(), any::<Index>(), api()).prop_map(|(key, activation, api)| Operation::Validate { key, activation, api }),
    ];
    (vec(1..=5_usize, 1..=3), vec(operation, 1..=25))
        .prop_map(|(limits, operations)| Plan { limits, operations })
}

/// Tries the property.
pub(super) async fn check(lease: Arc<Lease>, seed: u64, cases: u32) -> StepOutcome {
    search(
        lease,
        plans(),
        seed,
        cases,
        async |lease: &Lease, plan: &Plan| Run::new(lease, plan).await?.all(plan).await,
    )
    .await
}

struct Run<'a> {
    lease: &'a Lease,
    world: World,
    model: Slots,
    /// The ids of all activations ever made, by handle.
    ids: Vec<String>,
    sent: Vec<Request>,
}

impl<'a> Run<'a> {
    async fn new(lease: &'a Lease, plan: &Plan) -> Result<Self, Divergence> {
        let limit = |limit: &usize| KeySpec {
            limit_activations: u32::try_from(*limit).ok(),
            ..KeySpec::default()
        };
        let specs: Vec<KeySpec> = plan.limits.iter().map(limit).collect();
        let world = lease.ground.world(&lease.server, &specs).await?;
        Ok(Self {
            lease,
            world,
            model: Slots::new(&plan.limits),
            ids: Vec::new(),
            sent: Vec::new(),
        })
    }

    async fn all(mut self, plan: &Plan) -> Result<(), Divergence> {
        for operation in &plan.operations {
            self.one(operation).await?;
        }
        for key in 0..plan.limits.len() {
            self.compare_key(key).await?;
        }
        Ok(())
    }

    async fn one(&mut self, operation: &Operation) -> Result<(), Divergence> {
        match operation {
            Operation::Activate { key, api } => {
                let key = self.key(key);
                let answer = self
                    .ask(*api, "activate", key, json!({"label": "x"}))
                    .await?;
                let verdict = self.model.activate(key);
                self.expect("activate", verdict, 200, &answer)?;
                if verdict == Verdict::Done {
                    self.learn(&answer)?;
                }
                Ok(())
            }
            Operation::Deactivate {
                key,
                activation,
                api,
            } => {
                let (key, handle) = (self.key(key), self.pick(activation));
                let answer = self
                    .ask(
                        *api,
                        "deactivate",
                        key,
                        json!({"activation_id": self.id(handle)}),
                    )
                    .await?;
                let verdict = self.model.deactivate(key, handle);
                self.expect("deactivate", verdict, 204, &answer)
            }
            Operation::Validate {
                key,
                activation,
                api,
            } => {
                let (key, handle) = (self.key(key), self.pick(activation));
                let answer = self
                    .ask(
                        *api,
                        "validate",
                        key,
                        json!({"activation_id": self.id(handle)}),
                    )
                    .await?;
                let verdict = self.model.validate(key, handle);
                self.expect("validate", verdict, 200, &answer)
            }
        }
    }

    fn key(&self, index: &Index) -> usize {
        index.index(self.world.keys.len())
    }

    fn pick(&self, index: &Index) -> Option<Handle> {
        (!self.ids.is_empty()).then(|| index.index(self.ids.len()))
    }

    fn id(&self, handle: Option<Handle>) -> &str {
        handle
            .and_then(|handle| self.ids.get(handle))
            .map_or(UNKNOWN, String::as_str)
    }

    async fn ask(
        &mut self,
        api: Api,
        operation: &str,
        key: usize,
        more: serde_json::Value,
    ) -> Result<Answer, Divergence> {
        let request = request(
            &self.lease.ground,
            api,
            operation,
            &self.world.keys[key],
            more,
        );
        self.sent.push(request.clone());
        Ok(self.lease.server.send(&request).await?)
    }

    fn expect(
        &self,
        operation: &str,
        verdict: Verdict,
        done: u16,
        answer: &Answer,
    ) -> Result<(), Divergence> {
        let expected = match verdict {
            Verdict::Done => done,
            Verdict::NotFound => 404,
            Verdict::LimitReached => 403,
        };
        if answer.status == expected {
            return Ok(());
        }
        let got = format!(
            "{} {}",
            answer.status,
            answer.text().chars().take(200).collect::<String>()
        );
        Err(self.diverges(
            format!("status of {operation}"),
            format!("{expected} ({verdict:?})"),
            got,
        ))
    }

    fn learn(&mut self, answer: &Answer) -> Result<(), Divergence> {
        match parse(&answer.text())
            .ok()
            .as_ref()
            .and_then(|body| body.get("id"))
            .and_then(Value::as_str)
        {
            Some(id) if !self.ids.iter().any(|known| known == id) => self.ids.push(id.to_owned()),
            Some(id) => return Err(self.diverges("$.id", "a new id", id)),
            None => return Err(self.diverges("$.id", "an id", answer.text())),
        }
        Ok(())
    }

    /// The key as the server shows it: exactly the live activations, and every successful validation counted.
    async fn compare_key(&mut self, key: usize) -> Result<(), Divergence> {
        let Seeded { id, .. } = &self.world.keys[key];
        let request = crate::cases::core_request(
            &self.lease.ground,
            "GET",
            &format!("/v1/license-keys/{id}"),
        );
        self.sent.push(request.clone());
        let answer = self.lease.server.send(&request).await?;
        let body = parse(&answer.text()).unwrap_or(Value::Null);
        let shown = body
            .get("activations")
            .and_then(Value::as_array)
            .unwrap_or_default();
        let mut live: Vec<&str> = shown
            .iter()
            .filter_map(|activation| activation.get("id")?.as_str())
            .collect();
        let mut expected: Vec<&str> = self
            .model
            .live(key)
            .filter_map(|handle| self.ids.get(handle))
            .map(String::as_str)
            .collect();
        live.sort_unstable();
        expected.sort_unstable();
        if live != expected {
            return Err(self.diverges("$.activations", expected.join(", "), live.join(", ")));
        }
        let validations = body
            .get("validations")
            .map(Value::display)
            .unwrap_or_default();
        let counted = self.model.validations(key).to_string();
        if validations == counted {
            Ok(())
        } else {
            Err(self.diverges("$.validations", counted, validations))
        }
    }

    fn diverges(
        &self,
        path: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> Divergence {
        Divergence::new(
            Mismatch::new(path, expected, got, "differs from the model"),
            self.sent.clone(),
        )
    }
}
