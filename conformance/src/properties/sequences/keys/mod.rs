//! Keys: every operation on them, against their model.

mod execution;
mod run;
mod strategy;
mod verify;

use std::sync::Arc;

use self::run::run;
use self::strategy::{Profile, sequences};
use super::printed::{Printed, expressions};
use super::sequence::{Model, Sequence, counted};
use super::{RepeatError, repeated};
use crate::model::{Command, Keys, Start};
use crate::outcome::StepOutcome;
use crate::properties::sampling::Sampling;
use crate::properties::search::search;
use crate::session::Lease;

/// What a sequence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::properties) enum Theme {
    /// Activate, deactivate and validate, on keys with few slots.
    Slots,
    /// Every operation on keys.
    Everything,
}

impl Model for Keys {
    type Command = Command;

    fn knows(&self, command: &Command) -> bool {
        self.knows(command)
    }

    fn next(&mut self, command: &Command) {
        self.apply(command);
    }

    fn told(&self) -> String {
        format!(" on {}", counted(self.keys().len(), "key"))
    }

    fn printed(sequence: &Sequence<Self>) -> Printed {
        Printed {
            prelude: "model",
            repeat: "repeat",
            lists: vec![
                ("start", expressions(sequence.start.start())),
                ("commands", expressions(&sequence.commands)),
            ],
        }
    }
}

/// Tries the property.
pub(in crate::properties) async fn check(
    lease: Arc<Lease>,
    theme: Theme,
    sampling: Sampling,
) -> StepOutcome {
    let profile = Profile {
        slots_only: theme == Theme::Slots,
        own_world: lease.can.seed,
        clock: lease.can.clock && lease.can.seed,
        shrink: sampling.shrink,
    };
    search(lease, sequences(profile, 40), sampling, run).await
}

/// Repeats one sequence on a target (`mock`, `sandbox` or a base URL). Printed tests call this.
///
/// # Errors
/// When an answer differs from the model's, or the target cannot be used.
pub async fn repeat(
    target: &str,
    start: &[Start],
    commands: &[Command],
) -> Result<(), RepeatError> {
    let sequence = Sequence::new(Keys::new(start.to_vec()), commands.to_vec());
    repeated(target, async |lease| run(lease, &sequence).await).await
}
