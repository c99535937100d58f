//! A case, and running it.

use futures::future::BoxFuture;

use super::reply::{Outcome, Stop};
use super::stage::Stage;
use crate::compare::Mismatch;
use crate::suite::StepOutcome;
use crate::target::{ControlError, Server};
use crate::wire::WireError;

/// Which of the two license-key APIs a case talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// `/v1/license-keys`, with an organization's access token.
    Core,
    /// `/v1/customer-portal/license-keys`, without a token.
    Portal,
}

impl Api {
    /// The path before the operation's own.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Core => "/v1/license-keys",
            Self::Portal => "/v1/customer-portal/license-keys",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Portal => "portal",
        }
    }
}

/// A named example.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// `group/name`.
    pub name: &'static str,
    /// The section of POLAR.md that says so.
    pub section: &'static str,
    /// What it shows, in one line.
    pub about: &'static str,
    /// The APIs it runs on.
    pub apis: &'static [Api],
    /// The example.
    pub play: fn(Stage) -> BoxFuture<'static, Outcome>,
}

/// A case on one API.
#[derive(Debug, Clone, Copy)]
pub struct CaseRun {
    case: Case,
    api: Api,
}

impl CaseRun {
    /// `case/group/name/api`.
    pub fn name(&self) -> String {
        format!("case/{}/{}", self.case.name, self.api.name())
    }

    /// `case/group`.
    pub fn group(&self) -> String {
        format!(
            "case/{}",
            self.case.name.split('/').next().unwrap_or_default()
        )
    }

    /// What it shows, and where that is written.
    pub fn about(&self) -> String {
        format!("{} (POLAR.md {})", self.case.about, self.case.section)
    }
}

/// On both APIs.
pub(super) const BOTH: &[Api] = &[Api::Core, Api::Portal];
/// On the core API.
pub(super) const CORE: &[Api] = &[Api::Core];
/// On the customer portal's API.
pub(super) const PORTAL: &[Api] = &[Api::Portal];

/// One entry of a file's list of cases: `case!(BOTH, "7", "validate/revoked", "what it shows", function)`.
macro_rules! case {
    ($apis:expr, $section:literal, $name:literal, $about:literal, $function:path) => {
        $crate::cases::Case {
            name: $name,
            section: $section,
            about: $about,
            apis: $apis,
            play: |stage| Box::pin($function(stage)),
        }
    };
}
pub(super) use case;

/// Every case on every API it has.
pub fn all() -> Vec<CaseRun> {
    [
        super::validate_status::CASES,
        super::validate_activation::CASES,
        super::validate_conditions::CASES,
        super::validate_owner::CASES,
        super::validate_usage::CASES,
        super::validate_precedence::CASES,
        super::activate_refusals::CASES,
        super::activate_slots::CASES,
        super::deactivate::CASES,
        super::read::CASES,
        super::update::CASES,
        super::rotate::CASES,
        super::authentication::CASES,
        super::portal_sessions::CASES,
    ]
    .into_iter()
    .flatten()
    .flat_map(|case| {
        case.apis.iter().map(|api| CaseRun {
            case: *case,
            api: *api,
        })
    })
    .collect()
}

/// Runs a case: the steps it checked, up to the first that differs.
pub async fn perform(server: &Server, run: &CaseRun) -> Vec<StepOutcome> {
    let stage = Stage::new(server.clone(), run.api);
    let log = stage.log();
    let outcome = (run.case.play)(stage).await;
    let mut steps = log.take_outcomes();
    if let Err(stop) = outcome
        && let Some(trouble) = stop.trouble()
    {
        let is_unreachable = matches!(
            stop,
            Stop::Wire(WireError::Connect { .. })
                | Stop::Control(ControlError::Wire {
                    source: WireError::Connect { .. },
                    ..
                })
        );
        let mismatch = Mismatch::new("$", "an answer", trouble, "failed");
        steps.push(
            StepOutcome::new("(reach the target)", vec![mismatch]).unreachable(is_unreachable),
        );
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_say_their_group() {
        let mut names: Vec<String> = all().iter().map(CaseRun::name).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(
            names.iter().all(|name| name.split('/').count() == 4),
            "{names:?}"
        );
    }
}
