//! The results of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::contract::Coverage;
use crate::outcome::{StepOutcome, Tier};
use crate::provision::Cleaned;

/// The result of an item.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It ran; one outcome per step.
    Ran(Vec<StepOutcome>),
    /// It did not run; the reason.
    Skipped(String),
}

/// Why a difference is tolerated, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tolerance {
    /// Why.
    pub reason: String,
    /// The last day on which the difference is tolerated.
    pub until: NaiveDate,
}

/// One item of a run.
#[derive(Debug, Clone, Serialize)]
pub struct ItemOutcome {
    /// Its name.
    pub name: String,
    /// The group that it counts for.
    pub group: String,
    /// What it shows.
    pub about: String,
    /// The tier that it belongs to.
    pub tier: Tier,
    /// Its result.
    pub verdict: Verdict,
    /// Why its differences are tolerated, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerated: Option<Tolerance>,
    /// What its answers have shown of the API.
    #[serde(skip)]
    pub seen: Coverage,
    /// How long it took.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub took: Duration,
}

impl ItemOutcome {
    /// An item without results yet.
    pub fn new(name: String, group: String, about: String) -> Self {
        Self {
            name,
            group,
            about,
            tier: Tier::Complete,
            verdict: Verdict::Ran(Vec::new()),
            tolerated: None,
            seen: Coverage::default(),
            took: Duration::ZERO,
        }
    }

    /// Its steps; none if it was skipped.
    pub fn steps(&self) -> &[StepOutcome] {
        match &self.verdict {
            Verdict::Ran(steps) => steps,
            Verdict::Skipped(_) => &[],
        }
    }

    /// The steps that differ.
    pub fn failures(&self) -> impl Iterator<Item = &StepOutcome> {
        self.steps().iter().filter(|step| !step.passed())
    }
}

/// How many steps and items passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Score {
    /// Steps without a difference.
    pub steps_passed: usize,
    /// Steps that ran.
    pub steps: usize,
    /// Items all of whose steps passed.
    pub items_passed: usize,
    /// Items that ran.
    pub items: usize,
    /// Items that did not run.
    pub skipped: usize,
    /// Items whose differences are tolerated. Neither they nor their steps count above.
    pub tolerated: usize,
}

impl Score {
    fn add(&mut self, item: &ItemOutcome) {
        match &item.verdict {
            Verdict::Skipped(_) => self.skipped += 1,
            Verdict::Ran(_) if item.tolerated.is_some() => self.tolerated += 1,
            Verdict::Ran(steps) => {
                let passed = steps.iter().filter(|step| step.passed()).count();
                self.steps_passed += passed;
                self.steps += steps.len();
                self.items_passed += usize::from(passed == steps.len());
                self.items += 1;
            }
        }
    }

    /// Steps that differ.
    pub fn steps_failed(&self) -> usize {
        self.steps - self.steps_passed
    }
}

/// A whole run, possibly cut short.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    /// The target.
    pub target: String,
    /// When it began.
    pub at: DateTime<Utc>,
    /// Whether spelling, order and style were compared.
    pub strict: bool,
    /// The seed of the properties.
    pub seed: u64,
    /// The items, in order.
    pub items: Vec<ItemOutcome>,
    /// Why it ended early, if it did.
    pub stopped: Option<String>,
    /// How many requests were sent, including the clean-up, without those of the control API.
    pub requests: usize,
    /// The result of the clean-up, if the run created things through the public API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tidied: Option<Cleaned>,
    /// How long it took.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub took: Duration,
}

impl Run {
    /// The score of everything.
    pub fn total(&self) -> Score {
        let mut total = Score::default();
        self.items.iter().for_each(|item| total.add(item));
        total
    }

    /// What all answers have shown of the API.
    pub fn seen(&self) -> Coverage {
        let mut seen = Coverage::default();
        self.items.iter().for_each(|item| seen.merge(&item.seen));
        seen
    }

    /// The score of each group.
    pub fn groups(&self) -> BTreeMap<&str, Score> {
        let mut groups: BTreeMap<&str, Score> = BTreeMap::new();
        for item in &self.items {
            groups.entry(&item.group).or_default().add(item);
        }
        groups
    }
}

fn seconds<S: serde::Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((took.as_secs_f64() * 1000.0).round() / 1000.0)
}
