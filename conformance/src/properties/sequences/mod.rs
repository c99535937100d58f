//! Requests in any order, against the reference model.

mod execution;
mod printed;
mod run;
mod strategy;
mod verify;

use std::sync::Arc;

use self::run::run;
use self::strategy::{Profile, Sequence, sequences};
use super::sampling::Sampling;
use super::search::{Divergence, search};
use crate::model::{Command, Keys, Start};
use crate::outcome::StepOutcome;
use crate::server::Credentials;
use crate::session::{Budget, Lease, Session, Target, TargetError};

/// What a sequence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Theme {
    /// Activate, deactivate and validate, on keys with few slots.
    Slots,
    /// Every operation on keys.
    Everything,
}

/// Tries the property.
pub(super) async fn check(lease: Arc<Lease>, theme: Theme, sampling: Sampling) -> StepOutcome {
    let profile = Profile {
        slots_only: theme == Theme::Slots,
        own_world: lease.can.seed,
        clock: lease.can.clock && lease.can.seed,
    };
    search(lease, sequences(profile, 40), sampling, run).await
}

/// A sequence could not be repeated, or an answer differs from the model's.
#[derive(Debug, thiserror::Error)]
pub enum RepeatError {
    /// The target cannot be used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// An answer differs.
    #[error("{0}")]
    Differs(String),
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
    let target = Target::parse(target, false)?;
    let credentials = Credentials::from_environment();
    let session = Session::open(&target, credentials, Budget::default()).await?;
    let lease = session.lease().await?;
    let sequence = Sequence::new(Keys::new(start.to_vec()), commands.to_vec());
    let outcome = run(&lease, &sequence).await;
    session.tidy_up().await;
    session.put_back().await?;
    outcome.map_err(|Divergence { mismatch, .. }| RepeatError::Differs(mismatch.to_string()))
}
