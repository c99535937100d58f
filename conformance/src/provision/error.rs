//! Why keys could not be created.

use std::time::Duration;

use super::cleanup::Kind;
use crate::outcome::Lost;
use crate::server::ControlError;
use crate::wire::{Answer, Request, WireError};

/// The suite could not create keys.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// The state of the server could not be replaced.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// No answer.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The target refused a request.
    #[error("the target refused {call}: {status} {start}")]
    Refused {
        /// Method and path.
        call: String,
        /// The status of the answer.
        status: u16,
        /// How its body begins.
        start: String,
    },
    /// An answer lacks what the next request needs.
    #[error("{call} answered without `{field}`")]
    Lacks {
        /// Method and path.
        call: String,
        /// The missing field.
        field: &'static str,
    },
    /// Keys did not appear.
    #[error("only {appeared} of {expected} granted keys appeared within {waited:?}")]
    NoKeys {
        /// How many were granted.
        expected: usize,
        /// How many appeared.
        appeared: usize,
        /// How long the suite waited.
        waited: Duration,
    },
    /// The token belongs to another organization.
    #[error(
        "POLAR_ACCESS_TOKEN belongs to the organization {actual}, but POLAR_ORGANIZATION_ID says {expected}; correct one of them (nothing was changed)"
    )]
    OtherOrganization {
        /// The organization in POLAR_ORGANIZATION_ID.
        expected: String,
        /// The organization of the token.
        actual: String,
    },
    /// The token belongs to no or several organizations.
    #[error(
        "POLAR_ACCESS_TOKEN belongs to {0} organizations instead of one; create an organization access token in the settings of the test organization (nothing was changed)"
    )]
    NotOneOrganization(usize),
    /// A list has too many pages.
    #[error("the list of every {0} does not end; check the pagination of the target")]
    Endless(Kind),
}

impl ProvisionError {
    pub(super) fn refused(request: &Request, answer: &Answer) -> Self {
        Self::Refused {
            call: call(request),
            status: answer.status,
            start: answer.text().chars().take(300).collect(),
        }
    }

    pub(super) fn lacks(request: &Request, field: &'static str) -> Self {
        Self::Lacks {
            call: call(request),
            field,
        }
    }

    /// What the error means for the whole run; `None` if it only concerns the item.
    pub fn lost(&self) -> Option<Lost> {
        match self {
            Self::Wire(source) | Self::Control(ControlError::Wire { source, .. }) => {
                Lost::of(source)
            }
            // Grants happen in the background: the server is too slow for anything else, too.
            Self::NoKeys { .. } => Some(Lost::Unreachable),
            Self::OtherOrganization { .. }
            | Self::NotOneOrganization(_)
            | Self::Refused {
                status: 401 | 403, ..
            } => Some(Lost::Unusable),
            _ => None,
        }
    }
}

fn call(request: &Request) -> String {
    format!("{} {}", request.method, request.path)
}
