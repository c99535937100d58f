//! The list of properties.

use std::sync::Arc;

use super::sampling::Sampling;
use super::sequences::keys::{self, Theme};
use super::sequences::provisioning;
use super::{parallel_activations, parallel_histories};
use crate::outcome::StepOutcome;
use crate::server::Capabilities;
use crate::session::Lease;

/// A statement about any sequence of requests.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// The sections of `docs/behaviour.md` that it rests on, by their anchors.
    pub section: &'static str,
    /// The statement.
    pub about: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Keys(Theme),
    Provisioning,
    ParallelActivations,
    ParallelHistories,
}

impl Property {
    /// Why it cannot run on a target with these capabilities; `None` if it can.
    pub fn lacks(&self, target: Capabilities) -> Option<&'static str> {
        match self.kind {
            Kind::ParallelActivations | Kind::ParallelHistories if !target.unlimited() => {
                Some("sends many requests at once, but the target has rate limits")
            }
            _ => None,
        }
    }
}

/// Every property.
pub const ALL: &[Property] = &[
    Property {
        name: "slots/any-sequence",
        section: "validate, activate, deactivate",
        about: "activate, deactivate and validate in any order: no limit is exceeded, and each deactivation frees exactly one slot",
        kind: Kind::Keys(Theme::Slots),
    },
    Property {
        name: "keys/any-sequence",
        section: "authentication, license-keys",
        about: "any operations on keys by any caller in any order: every answer equals the reference model's",
        kind: Kind::Keys(Theme::Everything),
    },
    Property {
        name: "provisioning/any-sequence",
        section: "provisioning, grants, customers, products, benefits, subscriptions, customer-portal",
        about: "customers, benefits, products and subscriptions made and changed in any order: every answer, grant and key is as in the reference model",
        kind: Kind::Provisioning,
    },
    Property {
        name: "slots/in-parallel",
        section: "concurrency",
        about: "N parallel activations of a key with limit L: exactly min(N, L) succeed",
        kind: Kind::ParallelActivations,
    },
    Property {
        name: "history/linearizable",
        section: "validate, activate, deactivate, concurrency",
        about: "parallel activate, deactivate and validate requests: the answers are possible in some sequential order",
        kind: Kind::ParallelHistories,
    },
];

/// Tries the sequences that failed before, then random ones, which depend on the seed only.
pub async fn check(lease: &Arc<Lease>, property: Property, sampling: Sampling) -> Vec<StepOutcome> {
    let lease = Arc::clone(lease);
    let file = |folder: &str| {
        // Leaks one name per property and process.
        &*format!("{folder}/{}.txt", property.name.replace('/', "-")).leak()
    };
    let sampling = Sampling {
        seeds: sampling.seeds.map(file),
        ..sampling
    };
    let outcome = match property.kind {
        Kind::Keys(theme) => keys::check(lease, theme, sampling).await,
        Kind::Provisioning => provisioning::check(lease, sampling).await,
        Kind::ParallelActivations => parallel_activations::check(lease, sampling).await,
        Kind::ParallelHistories => parallel_histories::check(lease, sampling).await,
    };
    vec![outcome]
}
