//! The outcome of a step: what every kind of item reports.

use serde::Serialize;

use crate::compare::Mismatch;
use crate::contract::operation_of;
use crate::wire::{Request, WireError, curl};

/// How much of the API a case demands of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// What every app that checks keys relies on.
    Core,
    /// Everything documented or measured.
    Complete,
    /// The order of checks, exact texts and limits.
    Strict,
}

impl Tier {
    /// Every tier, the narrowest first.
    pub const ALL: [Self; 3] = [Self::Core, Self::Complete, Self::Strict];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Complete => "complete",
            Self::Strict => "strict",
        }
    }
}

/// One step of an item; it passes if it has no mismatch.
#[derive(Debug, Clone, Serialize)]
pub struct StepOutcome {
    /// The name of the step.
    pub name: String,
    /// Every difference.
    pub mismatches: Vec<Mismatch>,
    /// A command line that sends the step's (first) request again, secrets masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curl: Option<String>,
    /// A Rust test that repeats the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// The operation whose answer differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<&'static str>,
    /// Why there was no answer, if that concerns the whole run.
    #[serde(skip)]
    pub lost: Option<Lost>,
}

/// Why a step has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The target is gone or too slow.
    Unreachable,
    /// The budget is used up.
    Spent,
    /// The target does not accept the credentials.
    Unusable,
    /// The target is an older server, which lacks what the item tests: the reason.
    Older(&'static str),
}

impl Lost {
    /// What an error of the connection means for the run.
    pub fn of(error: &WireError) -> Option<Self> {
        match error {
            WireError::Denied(_) => Some(Self::Spent),
            error if error.is_unreachable() => Some(Self::Unreachable),
            _ => None,
        }
    }
}

impl StepOutcome {
    /// A step and its differences.
    pub fn new(name: impl Into<String>, mismatches: Vec<Mismatch>) -> Self {
        Self {
            name: name.into(),
            mismatches,
            curl: None,
            test: None,
            operation: None,
            lost: None,
        }
    }

    /// Says which request got the answer that differs.
    pub fn blame(&mut self, base: &str, request: &Request) {
        self.curl = Some(curl(base, request));
        self.operation = operation_of(&request.method, &request.path);
    }

    /// The same, with the reason for a missing answer.
    #[must_use]
    pub fn lost(mut self, lost: Option<Lost>) -> Self {
        self.lost = lost;
        self
    }

    /// Whether there is no difference.
    pub fn passed(&self) -> bool {
        self.mismatches.is_empty()
    }
}
