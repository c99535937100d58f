//! Customers, benefits, products and subscriptions, and what follows from them, against their model.

mod execution;
mod request;
mod run;
mod strategy;
mod verify;

use std::sync::Arc;

use self::run::{Patience, run};
use self::strategy::{Profile, sequences};
use super::printed::{Printed, expressions};
use super::sequence::{Model, Sequence};
use super::{RepeatError, repeated};
use crate::model::provisioning::{Command, World};
use crate::outcome::StepOutcome;
use crate::properties::sampling::Sampling;
use crate::properties::search::{CASES_LIMITED, search};
use crate::session::Lease;

/// The longest sequences where grants are made at once, and elsewhere.
const LONGEST: usize = 40;
const LONGEST_PROVISIONED: usize = 20;

impl Model for World {
    type Command = Command;

    fn knows(&self, command: &Command) -> bool {
        self.knows(command)
    }

    fn next(&mut self, command: &Command) {
        self.apply(command);
    }

    fn told(&self) -> String {
        String::new()
    }

    fn printed(sequence: &Sequence<Self>) -> Printed {
        Printed {
            prelude: "model::provisioning",
            repeat: "repeat_provisioning",
            lists: vec![("commands", expressions(&sequence.commands))],
        }
    }
}

/// Tries the property.
pub(in crate::properties) async fn check(lease: Arc<Lease>, mut sampling: Sampling) -> StepOutcome {
    let own_world = lease.can.seed;
    let longest = match own_world {
        true => LONGEST,
        false => {
            // Each grant has to be waited for.
            sampling.cases = sampling.cases.min(CASES_LIMITED);
            LONGEST_PROVISIONED
        }
    };
    let profile = Profile {
        own_world,
        clock: lease.can.clock && own_world,
        shrink: sampling.shrink,
    };
    let patience = Patience::of(&lease);
    let test = async move |lease: &Lease, sequence: &Sequence<World>| {
        run(lease, sequence, &patience).await
    };
    search(lease, sequences(profile, longest), sampling, test).await
}

/// Repeats one sequence on a target (`mock`, `sandbox` or a base URL). Printed tests call this.
///
/// # Errors
/// When an answer differs from the model's, or the target cannot be used.
pub async fn repeat_provisioning(target: &str, commands: &[Command]) -> Result<(), RepeatError> {
    let sequence = Sequence::new(World::default(), commands.to_vec());
    repeated(target, async |lease| {
        run(lease, &sequence, &Patience::of(lease)).await
    })
    .await
}
