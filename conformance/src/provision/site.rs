//! The keys of one customer.

use std::collections::HashSet;

use super::setup::{Setup, TestKey};
use crate::json::Value;

/// A customer, and a product that grants a key of each of its benefits.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) setup: Setup,
    pub(super) benefits: Vec<String>,
    pub(super) product: String,
    /// How many subscriptions the customer has.
    pub(super) subscriptions: usize,
    /// The ids of all keys so far.
    known: HashSet<String>,
    /// The keys that no item has used yet, for each benefit.
    spare: Vec<Vec<TestKey>>,
}

impl Site {
    /// A customer without keys.
    pub(super) fn new(setup: Setup, product: String, benefits: Vec<String>) -> Self {
        Self {
            spare: vec![Vec::new(); benefits.len()],
            setup,
            benefits,
            product,
            subscriptions: 0,
            known: HashSet::new(),
        }
    }

    /// How many unused keys one benefit has at most.
    pub(super) fn spare(&self) -> usize {
        self.spare.iter().map(Vec::len).max().unwrap_or_default()
    }

    /// Takes unused keys of the benefit that has most; the next benefit is the other one.
    pub(super) fn take(&mut self, count: usize) -> Setup {
        let benefits = self.benefits.len();
        let most = (0..benefits).max_by_key(|at| self.spare[*at].len());
        let at = most.unwrap_or_default();
        let other = (at + 1) % benefits.max(1);
        Setup {
            keys: self.spare[at].drain(..count).collect(),
            benefit: self.benefits[at].clone(),
            other_benefit: if other == at {
                String::new()
            } else {
                self.benefits[other].clone()
            },
            ..self.setup.clone()
        }
    }

    /// Adds the keys that are new, in the order of the list: grants that run in parallel may appear in another order.
    pub(super) fn stock(&mut self, keys: &[Value]) {
        for key in keys {
            let benefit = text(key, "benefit_id");
            let at = self.benefits.iter().position(|known| *known == benefit);
            let id = text(key, "id");
            if let Some(at) = at
                && self.known.insert(id.clone())
            {
                self.spare[at].push(TestKey {
                    id,
                    key: text(key, "key"),
                    organization: self.setup.organization.clone(),
                    activations: Vec::new(),
                });
            }
        }
    }
}

/// A field that is a text.
pub(super) fn text(value: &Value, field: &str) -> String {
    value
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
