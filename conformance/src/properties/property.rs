//! The properties there are.

use std::sync::Arc;

use super::{parallel_activations, parallel_histories, slot_sequences};
use crate::suite::StepOutcome;
use crate::target::{Capabilities, Lease};

/// A statement about any sequence of requests.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// The section of POLAR.md that says so.
    pub section: &'static str,
    /// What it states.
    pub about: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    SlotSequences,
    ParallelActivations,
    ParallelHistories,
}

impl Property {
    /// Why it cannot run on a target with these capabilities, if it cannot.
    pub fn lacks(&self, target: Capabilities) -> Option<&'static str> {
        match self.kind {
            Kind::ParallelActivations | Kind::ParallelHistories if !target.unlimited() => {
                Some("sends many requests at once, and the target limits them")
            }
            _ => None,
        }
    }
}

/// Every property.
pub const ALL: &[Property] = &[
    Property {
        name: "slots/any-sequence",
        section: "7, 8, 9",
        about: "activate, deactivate and validate in any order never exceed a limit and free exactly what they free",
        kind: Kind::SlotSequences,
    },
    Property {
        name: "slots/in-parallel",
        section: "19",
        about: "N activations at once on a key with limit L: exactly min(N, L) succeed",
        kind: Kind::ParallelActivations,
    },
    Property {
        name: "history/linearizable",
        section: "7, 8, 9, 19",
        about: "what clients see that activate, deactivate and validate at the same time could have happened one after the other",
        kind: Kind::ParallelHistories,
    },
];

/// Tries so many random sequences, always the same for one seed.
pub async fn check(
    lease: &Arc<Lease>,
    property: Property,
    seed: u64,
    cases: u32,
) -> Vec<StepOutcome> {
    let lease = Arc::clone(lease);
    let outcome = match property.kind {
        Kind::SlotSequences => slot_sequences::check(lease, seed, cases).await,
        Kind::ParallelActivations => parallel_activations::check(lease, seed, cases).await,
        Kind::ParallelHistories => parallel_histories::check(lease, seed, cases).await,
    };
    vec![outcome]
}
