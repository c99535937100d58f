//! Requests in any order, against the reference model.

mod look;
mod run;
mod strategy;

use std::fmt::Write as _;
use std::sync::Arc;

use self::run::run;
use self::strategy::{Profile, Sequence, sequences};
use super::search::{Divergence, Trying, search};
use crate::model::{Command, Keys, Start};
use crate::suite::StepOutcome;
use crate::target::{Budget, Credentials, Lease, Target, TargetError};

/// What a sequence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Theme {
    /// Activate, deactivate and validate, on keys with few slots.
    Slots,
    /// Every operation on keys.
    Everything,
}

/// Tries the property.
pub(super) async fn check(lease: Arc<Lease>, theme: Theme, trying: Trying) -> StepOutcome {
    let profile = Profile {
        slots_only: theme == Theme::Slots,
        own_world: lease.can.seed,
        clock: lease.can.clock && lease.can.seed,
    };
    search(lease, sequences(profile, 40), trying, run).await
}

/// A sequence could not be repeated, or was answered otherwise than by the model.
#[derive(Debug, thiserror::Error)]
pub enum RepeatError {
    /// The target cannot be used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// An answer differs.
    #[error("{0}")]
    Differs(String),
}

/// Asks a target (`mock`, `sandbox` or a base URL) one sequence again. Tests that a report prints call this.
///
/// # Errors
/// When an answer is not the model's, or the target cannot be used.
pub async fn repeat(
    target: &str,
    start: &[Start],
    commands: &[Command],
) -> Result<(), RepeatError> {
    let target = Target::parse(target, false)?;
    let session = target
        .open(Credentials::from_environment(), Budget::default())
        .await?;
    let lease = session.lease().await?;
    let sequence = Sequence::new(Keys::new(start.to_vec()), commands.to_vec());
    let outcome = run(&lease, &sequence).await;
    session.tidy_up().await;
    outcome.map_err(|Divergence { mismatch, .. }| RepeatError::Differs(mismatch.to_string()))
}

/// A sequence as a test that asks it again, for a file in `conformance/tests`.
fn rust(start: &[Start], commands: &[Command]) -> String {
    let mut text = String::from(
        "//! A sequence of requests, each of which has to be answered as the reference model says.\n\
         \n\
         use polar_conformance::model::words::*;\n\
         use polar_conformance::properties::repeat;\n\
         \n\
         #[rustfmt::skip]\n\
         #[tokio::test(flavor = \"multi_thread\")]\n\
         async fn every_answer_is_the_models() {\n",
    );
    let mut list = |name: &str, items: Vec<String>| {
        // Writing to memory cannot fail.
        let _ = writeln!(text, "    let {name} = [");
        for item in items {
            let _ = writeln!(text, "        {item},");
        }
        text.push_str("    ];\n");
    };
    list(
        "start",
        start.iter().map(|one| format!("{one:?}")).collect(),
    );
    list(
        "commands",
        commands.iter().map(|one| format!("{one:?}")).collect(),
    );
    text + "    repeat(\"mock\", &start, &commands).await.unwrap();\n}\n"
}

#[cfg(test)]
mod tests {
    use crate::model::words::*;

    /// What is printed is the test that stands in `tests/printed.rs`, and passes there.
    #[test]
    fn a_sequence_is_printed_as_a_test_that_compiles() {
        let start = [
            Start {
                limit_activations: Some(1),
                limit_usage: None,
                organization: Home,
            },
            Start {
                limit_activations: None,
                limit_usage: Some(3),
                organization: Abroad,
            },
        ];
        let name = |key, organization| Name {
            key,
            spelling: Current,
            organization,
        };
        let claims = Claims {
            activation: Some(Made(0)),
            conditions: OneAsFloat,
            benefit: Some(Home),
            customer: None,
            increment: Some(2),
        };
        let change = Change {
            status: Some(Granted),
            usage: Some(-1),
            limit_activations: Some(None),
            limit_usage: None,
            expires_at: Some(Some(-1)),
        };
        let listing = Listing {
            organization: None,
            benefit: Some(Beside),
            status: Some(Disabled),
            page: 1,
            limit: 10,
        };
        let commands = [
            Activate(Portal, Nobody, name(0, Home), One),
            Validate(Core, Owner, name(0, Home), claims),
            Validate(Portal, Forged, name(1, Home), claims),
            GetActivation(Reader, 0, Unmade),
            Update(Stranger, 1, change),
            Rotate(Portal, Customer, 0),
            Deactivate(Portal, Nobody, name(0, Home), Made(0)),
            Get(Core, Owner, 0),
            List(Portal, Customer, listing),
            Wait(1),
        ];
        assert_eq!(
            super::rust(&start, &commands),
            include_str!("../../../tests/printed.rs")
        );
    }
}
