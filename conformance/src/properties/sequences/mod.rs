//! Requests in any order, against the reference models.

pub(super) mod keys;
mod printed;
pub(super) mod provisioning;
mod sequence;

use super::search::Divergence;
use crate::compare::Mismatch;
use crate::json::Value;
use crate::server::Credentials;
use crate::session::{Budget, Lease, Session, Target, TargetError};

/// Nothing has this id.
const UNKNOWN: &str = "7c000000-0000-4000-8fff-000000000000";
/// This token does not exist.
const FORGED: &str = "polar_oat_conformance_forged";

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

/// Runs a sequence on a target, and removes what it created there.
async fn repeated(
    target: &str,
    run: impl AsyncFnOnce(&Lease) -> Result<(), Divergence>,
) -> Result<(), RepeatError> {
    let target = Target::parse(target, false)?;
    let credentials = Credentials::from_environment();
    let session = Session::open(&target, credentials, Budget::default()).await?;
    let lease = session.lease().await?;
    let outcome = run(&lease).await;
    session.tidy_up().await;
    session.put_back().await?;
    outcome.map_err(|Divergence { mismatch, .. }| RepeatError::Differs(mismatch.to_string()))
}

/// An error unless a field has this value.
fn shows(at: &str, field: &str, expected: &Value, body: &Value) -> Result<(), Mismatch> {
    let path = format!("{at}.{field}");
    match body.get(field) {
        Some(got) if got == expected => Ok(()),
        Some(got) => Err(Mismatch::values(&path, expected, got, WHY)),
        None => Err(differs(&path, &expected.display(), "nothing")),
    }
}

/// Why the suite calls it wrong.
const WHY: &str = "differs from the model";

fn differs(path: &str, expected: &str, got: &str) -> Mismatch {
    Mismatch::new(path, expected, got, WHY)
}

fn display(value: Option<&Value>) -> String {
    value.map_or("nothing".to_owned(), Value::display)
}
