//! Why a session cannot begin.

use crate::provision::ProvisionError;
use crate::server::{ControlError, ProbeError};

/// Why the suite cannot run against a target.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Neither a name nor a URL.
    #[error("`{0}` is not a target; use `mock`, `sandbox`, or a URL such as http://127.0.0.1:7657")]
    NotATarget(String),
    /// The URL has more than scheme, host and port.
    #[error("`{0}` has a path or a query; use the base URL alone")]
    HasPath(String),
    /// Polar's production server, without permission.
    #[error(
        "`{0}` is Polar's production server, where a run creates and changes real things; add --allow-production if you mean it"
    )]
    Production(String),
    /// The suite can create nothing there.
    #[error(
        "{0} has no control API, so the suite creates keys through Polar's own API; set POLAR_ACCESS_TOKEN to an access token of an organization made for tests (and POLAR_ORGANIZATION_ID to its id, to be sure that it is the right one)"
    )]
    NoCredentials(String),
    /// The token would travel unencrypted.
    #[error(
        "{0} is another machine, and http:// would show POLAR_ACCESS_TOKEN to everybody on the way; use https://, or bring the server to 127.0.0.1 (`ssh -L`); for a mock, unset POLAR_ACCESS_TOKEN"
    )]
    InTheClear(String),
    /// The token does not belong to the right organization, or the suite cannot find out.
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    /// The target does not say what it can do.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// The mock did not start.
    #[error("the mock does not start: {0}")]
    Mock(String),
    /// The world of a running mock cannot be kept.
    #[error(
        "cannot keep the world of {target}, which a run replaces: {source} (nothing was changed)"
    )]
    Keep {
        /// The mock.
        target: String,
        /// Why.
        source: ControlError,
    },
    /// The world of a running mock is not put back.
    #[error("cannot put back the world of {target}: {source}")]
    PutBack {
        /// The mock.
        target: String,
        /// Why.
        source: ControlError,
    },
}
