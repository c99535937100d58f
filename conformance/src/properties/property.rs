//! The properties there are.

use super::{parallel_activations, slot_sequences};
use crate::suite::StepOutcome;
use crate::target::Server;

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
];

/// Tries so many random sequences, always the same for one seed.
pub async fn check(server: &Server, property: Property, seed: u64, cases: u32) -> Vec<StepOutcome> {
    let server = server.clone();
    let outcome = match property.kind {
        Kind::SlotSequences => slot_sequences::check(server, seed, cases).await,
        Kind::ParallelActivations => parallel_activations::check(server, seed, cases).await,
    };
    vec![outcome]
}
