//! A case, and how to run it.

use futures::future::BoxFuture;

use super::api::Api;
use super::context::Context;
use super::received::Outcome;
use crate::citation::sections;
use crate::compare::Mismatch;
use crate::outcome::{StepOutcome, Tier};
use crate::server::Capabilities;
use crate::session::Lease;

/// What a case needs beyond keys and a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A second organization with a token, or a token with few scopes: only a seeded target has them.
    OtherTokens,
    /// A clock that can be moved.
    Clock,
    /// No rate limits, as it sends many requests at once.
    Unlimited,
    /// A private server: for invalid tokens on the portal's paths, and whatever else would be rude to a shared
    /// server.
    OwnServer,
}

impl Need {
    fn missing(self, target: Capabilities) -> Option<&'static str> {
        match self {
            Self::OtherTokens if !target.seed => {
                Some("needs tokens of several organizations and scopes (no /_mock/state)")
            }
            Self::Clock if !target.clock => {
                Some("the target's clock cannot be advanced (no /_mock/clock)")
            }
            Self::Unlimited if !target.unlimited() => {
                Some("sends many requests at once, but the target has rate limits")
            }
            Self::OwnServer if !target.unlimited() => {
                Some("only runs on a server without rate limits")
            }
            _ => None,
        }
    }
}

/// A named example.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// `group/name`.
    pub name: &'static str,
    /// The sections of `docs/behaviour.md` that it rests on, by their anchors: `rotate` or `rotate, customer-portal`.
    pub section: &'static str,
    /// What it shows, in one line.
    pub about: &'static str,
    /// The APIs it runs on.
    pub apis: &'static [Api],
    /// The tier that it belongs to.
    pub tier: Tier,
    /// The statements of Polar's documentation that it shows ([`STATEMENTS`](super::STATEMENTS)).
    pub says: &'static [&'static str],
    /// What it needs beyond keys.
    pub needs: &'static [Need],
    /// The example.
    pub play: fn(Context) -> BoxFuture<'static, Outcome>,
}

impl Case {
    /// Belongs to the narrowest tier.
    pub(super) const fn core(mut self) -> Self {
        self.tier = Tier::Core;
        self
    }

    /// Belongs to the widest tier.
    pub(super) const fn strict(mut self) -> Self {
        self.tier = Tier::Strict;
        self
    }

    /// Cites these statements of the documentation.
    pub(super) const fn says(mut self, statements: &'static [&'static str]) -> Self {
        self.says = statements;
        self
    }

    /// Needs more than keys.
    pub(super) const fn needs(mut self, needs: &'static [Need]) -> Self {
        self.needs = needs;
        self
    }
}

/// A case on one API.
#[derive(Debug, Clone, Copy)]
pub struct CaseRun {
    pub(super) case: Case,
    pub(super) api: Api,
}

impl CaseRun {
    /// `case/group/name/api`.
    pub fn name(&self) -> String {
        format!("case/{}/{}", self.case.name, self.api.name())
    }

    /// `case/group`.
    pub fn group(&self) -> String {
        format!("case/{}", self.behaviour())
    }

    /// The first part of its name.
    pub fn behaviour(&self) -> &'static str {
        self.case.name.split('/').next().unwrap_or_default()
    }

    /// The example itself.
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// The API it runs on.
    pub fn api(&self) -> Api {
        self.api
    }

    /// What it shows, and its sources.
    pub fn about(&self) -> String {
        let mut about = format!("{} ({}", self.case.about, sections(self.case.section));
        for statement in self.case.says {
            about.push_str("; docs: ");
            about.push_str(statement);
        }
        about + ")"
    }

    /// Why it cannot run on a target with these capabilities; `None` if it can.
    pub fn lacks(&self, target: Capabilities) -> Option<&'static str> {
        self.case.needs.iter().find_map(|need| need.missing(target))
    }
}

/// On both APIs.
pub(super) const BOTH: &[Api] = &[Api::Core, Api::Portal];
/// On the core API.
pub(super) const CORE: &[Api] = &[Api::Core];
/// On the customer portal's API.
pub(super) const PORTAL: &[Api] = &[Api::Portal];

/// One entry of a file's list of cases: `case!(BOTH, "validate", "validate/revoked", "what it shows", function).core()`,
/// or with `|context| function(context, …)` instead of the function.
macro_rules! case {
    ($apis:expr, $section:literal, $name:literal, $about:literal, |$context:ident| $play:expr) => {
        $crate::cases::Case {
            name: $name,
            section: $section,
            about: $about,
            apis: $apis,
            tier: $crate::outcome::Tier::Complete,
            says: &[],
            needs: &[],
            play: |$context| Box::pin($play),
        }
    };
    ($apis:expr, $section:literal, $name:literal, $about:literal, $function:path) => {
        $crate::cases::case!($apis, $section, $name, $about, |context| $function(context))
    };
}
pub(super) use case;

/// Runs a case; returns its steps, up to the first that differs.
pub async fn perform(lease: &Lease, run: &CaseRun) -> Vec<StepOutcome> {
    let context = Context::new(lease, run.api);
    let log = context.log();
    let outcome = (run.case.play)(context).await;
    let mut steps = log.take_outcomes();
    if let Err(stop) = outcome
        && let Some(trouble) = stop.trouble()
    {
        let mismatch = Mismatch::new("$", "an answer", trouble, "failed");
        steps.push(StepOutcome::new("(reach the target)", vec![mismatch]).lost(stop.lost()));
    }
    if steps.iter().all(StepOutcome::passed) {
        lease.provisioning.give_back();
    }
    steps
}
