//! An item: anything that the suite can run.

use std::sync::Arc;

use crate::cases::{self, CaseRun};
use crate::citation::sections;
use crate::outcome::Tier;
use crate::properties::{self, Property};
use crate::recordings::{Action, Library, Scenario};
use crate::server::Capabilities;
use crate::snapshot::{Snapshot, Snapshots};

/// Groups of recordings about the order of checks, exact texts and limits.
const STRICT: &[&str] = &[
    "body",
    "cors",
    "precedence",
    "random",
    "rate-production",
    "rate-sandbox",
    "routing",
    "versions",
];

/// A recording, a case, a property or a snapshot.
#[derive(Debug, Clone)]
pub enum Item {
    /// A recorded conversation.
    Recording(Arc<Scenario>),
    /// A named example, on one of the two APIs.
    Case(CaseRun),
    /// A statement about any sequence of requests.
    Property(Property),
    /// A kept answer of an operation.
    Snapshot(Arc<Snapshot>),
}

impl Item {
    /// The name that `--filter` matches: `validate/expiry`, `case/validate/revoked/core`, `property/slots`.
    pub fn name(&self) -> String {
        match self {
            Self::Recording(scenario) => scenario.name.clone(),
            Self::Case(case) => case.name(),
            Self::Property(property) => format!("property/{}", property.name),
            Self::Snapshot(snapshot) => format!("snapshot/{}", snapshot.spec.name()),
        }
    }

    /// The group whose score it counts for.
    pub fn group(&self) -> String {
        match self {
            Self::Recording(scenario) => scenario.group().to_owned(),
            Self::Case(case) => case.group(),
            Self::Property(_) => "property".to_owned(),
            Self::Snapshot(_) => "snapshot".to_owned(),
        }
    }

    /// What it shows, in one line.
    pub fn about(&self) -> String {
        match self {
            Self::Recording(scenario) => scenario.about.clone(),
            Self::Case(case) => case.about(),
            Self::Property(property) => {
                format!("{} ({})", property.about, sections(property.section))
            }
            Self::Snapshot(snapshot) => format!(
                "answers as {} answered on {}",
                snapshot.info.target, snapshot.info.date
            ),
        }
    }

    /// The tier that it belongs to.
    pub fn tier(&self) -> Tier {
        match self {
            Self::Recording(scenario) if STRICT.contains(&scenario.group()) => Tier::Strict,
            Self::Recording(_) | Self::Property(_) | Self::Snapshot(_) => Tier::Complete,
            Self::Case(case) => case.case().tier,
        }
    }

    /// Why it cannot run on a target with these capabilities; `None` if it can.
    pub fn lacks(&self, target: Capabilities) -> Option<&'static str> {
        match self {
            Self::Recording(_) if !target.seed => {
                Some("the target's state cannot be replaced (no /_mock/state)")
            }
            Self::Recording(scenario) if !target.clock && moves_the_clock(scenario) => {
                Some("the target's clock cannot be advanced (no /_mock/clock)")
            }
            Self::Recording(_) | Self::Snapshot(_) => None,
            Self::Case(case) => case.lacks(target),
            Self::Property(property) => property.lacks(target),
        }
    }
}

fn moves_the_clock(scenario: &Scenario) -> bool {
    let mut actions = scenario.steps.iter().map(|step| &step.action);
    actions.any(|action| matches!(action, Action::Advance(_)))
}

/// Every item, in the order in which they run.
pub fn items(library: Library, snapshots: Snapshots) -> Vec<Item> {
    let recordings = library
        .scenarios
        .into_iter()
        .map(|scenario| Item::Recording(Arc::new(scenario)));
    let cases = cases::all().into_iter().map(Item::Case);
    let properties = properties::ALL.iter().copied().map(Item::Property);
    let snapshots = snapshots
        .into_iter()
        .map(|snapshot| Item::Snapshot(Arc::new(snapshot)));
    recordings
        .chain(cases)
        .chain(snapshots)
        .chain(properties)
        .collect()
}
