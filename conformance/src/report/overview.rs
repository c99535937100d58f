//! The overview of a run: tiers, the parity matrix, coverage.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::behaviour::Behaviour;
use super::evidence::{Evidence, Verified};
use crate::contract::{Coverage, Surface, Validator};
use crate::outcome::Tier;
use crate::suite::{ItemOutcome, Run, Verdict};

/// What a report shows besides the items.
#[derive(Debug, Serialize)]
pub struct Overview {
    /// The score of each tier, the narrowest first.
    pub tiers: Vec<TierScore>,
    /// The parity matrix, a row for each operation.
    pub matrix: Vec<Row>,
    /// What of the API was seen, by group of operations.
    pub coverage: Vec<GroupCoverage>,
}

/// How many items of a tier passed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TierScore {
    /// The tier.
    pub tier: Tier,
    /// Items that passed.
    pub passed: usize,
    /// Items that did not.
    pub failed: usize,
    /// Items that did not run.
    pub skipped: usize,
    /// Items whose differences are tolerated.
    pub tolerated: usize,
}

impl TierScore {
    /// Passed among those that ran, from 0 to 1; `None` when none did.
    pub fn score(&self) -> Option<f64> {
        let ran = self.passed + self.failed;
        (ran > 0).then(|| self.passed as f64 / ran as f64)
    }
}

/// How an operation compares in one respect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Parity {
    /// Everything tried was as it should be.
    Same,
    /// Something was not.
    Differs,
    /// Nothing was tried in this run.
    NotTried,
}

/// An operation.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Its id.
    pub operation: &'static str,
    /// Its group.
    pub group: &'static str,
    /// Method and path.
    pub route: String,
    /// One cell for each behaviour that was tried now or is known; in the order of [`Behaviour::ALL`].
    pub cells: Vec<Cell>,
}

/// An operation and a behaviour.
#[derive(Debug, Serialize)]
pub struct Cell {
    /// The behaviour.
    pub behaviour: Behaviour,
    /// How it compares.
    pub parity: Parity,
    /// Items of this run in which it was as it should be.
    pub same: usize,
    /// Items of this run in which it was not.
    pub differs: Vec<String>,
    /// When and where the behaviour was last seen to be so: now, when it is the same in this run.
    pub verified: Option<Verified>,
    /// When and where recordings or snapshots saw it.
    pub recorded: Option<&'static Verified>,
}

/// What was seen of a group of operations.
#[derive(Debug, Serialize)]
pub struct GroupCoverage {
    /// The group.
    pub group: &'static str,
    /// Operations that were answered.
    pub operations: Share,
    /// Pairs of operation and declared status that were answered.
    pub statuses: Share,
    /// Error texts known from recordings that were met.
    pub texts: Share,
    /// Branches of unions in schemas of answers that were taken.
    pub branches: Share,
    /// Values of enumerations in schemas of answers that were met.
    pub values: Share,
    /// Error texts that no recording has.
    pub new_texts: Vec<String>,
}

/// Seen of known.
#[derive(Debug, Default, Serialize)]
pub struct Share {
    /// How many were seen.
    pub seen: usize,
    /// How many there are.
    pub known: usize,
    /// Those that were not seen.
    pub missing: Vec<String>,
}

impl Share {
    fn add(&mut self, seen: bool, name: impl FnOnce() -> String) {
        self.known += 1;
        if seen {
            self.seen += 1;
        } else {
            self.missing.push(name());
        }
    }
}

impl Overview {
    /// Summarises a run.
    pub fn of(run: &Run) -> Self {
        Self {
            tiers: tiers(run),
            matrix: matrix(run),
            coverage: coverage(&run.seen()),
        }
    }
}

fn tiers(run: &Run) -> Vec<TierScore> {
    let score = |tier| {
        let mut score = TierScore {
            tier,
            passed: 0,
            failed: 0,
            skipped: 0,
            tolerated: 0,
        };
        for item in run.items.iter().filter(|item| item.tier == tier) {
            *match &item.verdict {
                Verdict::Skipped(_) => &mut score.skipped,
                Verdict::Ran(_) if item.tolerated.is_some() => &mut score.tolerated,
                Verdict::Ran(_) if item.failures().next().is_some() => &mut score.failed,
                Verdict::Ran(_) => &mut score.passed,
            } += 1;
        }
        score
    };
    Tier::ALL.into_iter().map(score).collect()
}

/// Items by what they found, for each operation and behaviour.
type Found<'r> = BTreeMap<(&'static str, Behaviour), (usize, Vec<&'r str>)>;

fn matrix(run: &Run) -> Vec<Row> {
    let mut found = Found::new();
    for item in &run.items {
        attribute(item, &mut found);
    }
    let evidence = Evidence::bundled();
    let now = Verified {
        date: run.at.date_naive(),
        at: run.target.clone(),
    };
    let rows = Surface::bundled().operations().map(|(group, operation)| {
        let cells = Behaviour::ALL.into_iter().filter_map(|behaviour| {
            let key = (operation.id.as_str(), behaviour);
            let (found, recorded) = (found.get(&key), evidence.cells.get(&key));
            // Whatever else is known of an operation, it answers.
            let expected = behaviour == Behaviour::Answers;
            if found.is_none() && recorded.is_none() && !expected {
                return None;
            }
            let (same, differs) = found.cloned().unwrap_or_default();
            let parity = if !differs.is_empty() {
                Parity::Differs
            } else if same > 0 {
                Parity::Same
            } else {
                Parity::NotTried
            };
            let verified = if parity == Parity::Same {
                Some(now.clone())
            } else {
                recorded.cloned()
            };
            Some(Cell {
                behaviour,
                parity,
                same,
                differs: differs.into_iter().map(str::to_owned).collect(),
                verified,
                recorded,
            })
        });
        Row {
            operation: &operation.id,
            group,
            route: format!("{} {}", operation.method, operation.path),
            cells: cells.collect(),
        }
    });
    rows.collect()
}

fn attribute<'r>(item: &'r ItemOutcome, found: &mut Found<'r>) {
    let behaviour = Behaviour::of(&item.group, &item.name);
    let used: BTreeSet<&'static str> = item.seen.statuses.keys().map(|(id, _)| *id).collect();
    let failed = item.failures().next().is_some();
    let mut blamed: BTreeSet<&'static str> =
        item.failures().filter_map(|step| step.operation).collect();
    if failed && blamed.is_empty() {
        blamed.clone_from(&used);
    }
    for operation in &blamed {
        found
            .entry((operation, behaviour))
            .or_default()
            .1
            .push(&item.name);
    }
    if !failed {
        // What only made the keys of a case says nothing about what the case is about.
        let prepares = |operation: &str| {
            behaviour != Behaviour::Answers
                && (item.group.starts_with("case/") || item.group == "property")
                && !Surface::bundled().is_about_keys(operation)
        };
        for operation in used.into_iter().filter(|operation| !prepares(operation)) {
            found.entry((operation, behaviour)).or_default().0 += 1;
        }
    }
}

fn coverage(seen: &Coverage) -> Vec<GroupCoverage> {
    let surface = Surface::bundled();
    let mut groups: Vec<&'static str> = surface.operations().map(|(group, _)| group).collect();
    groups.dedup();
    groups
        .into_iter()
        .map(|group| of_group(group, seen))
        .collect()
}

fn of_group(group: &'static str, seen: &Coverage) -> GroupCoverage {
    let mut coverage = GroupCoverage {
        group,
        operations: Share::default(),
        statuses: Share::default(),
        texts: Share::default(),
        branches: Share::default(),
        values: Share::default(),
        new_texts: Vec::new(),
    };
    let (mut places, mut known_texts, mut met_texts) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let operations = Surface::bundled().operations();
    for (_, operation) in operations.filter(|(its, _)| *its == group) {
        let id = operation.id.as_str();
        let answered: BTreeSet<u16> = seen
            .statuses
            .keys()
            .filter(|(seen, _)| *seen == id)
            .map(|(_, status)| *status)
            .collect();
        coverage
            .operations
            .add(!answered.is_empty(), || id.to_owned());
        for status in &operation.statuses {
            let met = status
                .parse()
                .is_ok_and(|status| answered.contains(&status));
            coverage.statuses.add(met, || format!("{id} {status}"));
        }
        places.extend(Validator::bundled().branches(operation));
        let its = |texts: &'static BTreeSet<(&'static str, String)>| {
            texts
                .iter()
                .filter(move |(its, _)| *its == id)
                .map(|(_, text)| text.clone())
        };
        known_texts.extend(its(&Evidence::bundled().texts));
        met_texts.extend(
            seen.texts
                .iter()
                .filter(|(its, _)| *its == id)
                .map(|(_, text)| text.clone()),
        );
    }
    for text in &known_texts {
        coverage
            .texts
            .add(met_texts.contains(text), || text.clone());
    }
    coverage.new_texts = met_texts.difference(&known_texts).cloned().collect();
    let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (at, value) in places {
        match value {
            None => coverage
                .branches
                .add(seen.branches.contains(&at), || shortened(&at)),
            Some(value) => lists.entry(at).or_default().push(value),
        }
    }
    for (at, values) in lists {
        let place = shortened(&at);
        let met = |value: &String| seen.values.contains(&(at.clone(), value.clone()));
        if values.len() > LONG {
            let any = values.iter().any(met);
            coverage
                .values
                .add(any, || format!("{place}: any of {}", values.len()));
            continue;
        }
        for value in &values {
            coverage
                .values
                .add(met(value), || format!("{place}: {value}"));
        }
    }
    coverage
}

/// Enumerations with more values than this are seen when one value is: countries, currencies.
const LONG: usize = 40;

/// A pointer as a person reads it.
fn shortened(pointer: &str) -> String {
    let unescaped = pointer.replace("~1", "/").replace("~0", "~");
    let short = unescaped
        .trim_start_matches("/components/schemas/")
        .trim_start_matches("/components/responses/")
        .trim_start_matches("/paths")
        .replace("/properties/", ".")
        .replace("/content/application/json/schema", "");
    short.trim_end_matches("/enum").to_owned()
}

/// A share as a percentage that is 100 only when it is all.
pub(super) fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).floor() / 10.0;
    if tenths.fract() == 0.0 {
        format!("{tenths:.0} %")
    } else {
        format!("{tenths:.1} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Mismatch;
    use crate::outcome::StepOutcome;
    use crate::report::tests::run_of;

    fn item(
        group: &str,
        tier: Tier,
        operations: &[&'static str],
        blamed: Option<&'static str>,
    ) -> ItemOutcome {
        let mut item = ItemOutcome::new(format!("{group}/x"), group.to_owned(), String::new());
        item.tier = tier;
        for operation in operations {
            item.seen.statuses.insert((operation, 200), 1);
        }
        let mismatches = match blamed {
            Some(_) => vec![Mismatch::new("$", "a", "b", "differs")],
            None => Vec::new(),
        };
        let mut step = StepOutcome::new("s", mismatches);
        step.operation = blamed;
        item.verdict = Verdict::Ran(vec![step]);
        item
    }

    const VALIDATE: &str = "license_keys:validate";
    const ACTIVATE: &str = "customer_portal:license_keys:activate";

    #[test]
    fn the_matrix_says_same_differs_and_not_tried() {
        let run = run_of(vec![
            item(
                "case/usage",
                Tier::Core,
                &[VALIDATE, "customers:create"],
                None,
            ),
            item(
                "case/conditions",
                Tier::Core,
                &[VALIDATE, ACTIVATE],
                Some(VALIDATE),
            ),
        ]);
        let overview = Overview::of(&run);
        let cell = |operation: &str, behaviour: Behaviour| {
            let row = overview
                .matrix
                .iter()
                .find(|row| row.operation == operation);
            row.unwrap()
                .cells
                .iter()
                .find(|cell| cell.behaviour == behaviour)
        };
        let usage = cell(VALIDATE, Behaviour::Usage).unwrap();
        assert_eq!((usage.parity, usage.same), (Parity::Same, 1));
        assert_eq!(usage.verified.as_ref().unwrap().at, "mock");
        assert!(cell("customers:create", Behaviour::Usage).is_none());
        let conditions = cell(VALIDATE, Behaviour::Conditions).unwrap();
        assert_eq!(conditions.parity, Parity::Differs);
        assert_eq!(conditions.differs, ["case/conditions/x"]);
        // What only preceded the difference says nothing about parity; what recordings know is not forgotten.
        let before = cell(ACTIVATE, Behaviour::Conditions).unwrap();
        assert_eq!(before.parity, Parity::NotTried);
        assert_eq!(before.recorded.unwrap().at, "polarsource/polar c6c3645e");
        assert!(cell(VALIDATE, Behaviour::Lists).is_none());
    }

    #[test]
    fn a_tier_counts_what_ran() {
        let mut skipped = item("case/usage", Tier::Core, &[], None);
        skipped.verdict = Verdict::Skipped("no".to_owned());
        let run = run_of(vec![
            item("case/usage", Tier::Core, &[VALIDATE], None),
            item("case/usage", Tier::Core, &[VALIDATE], Some(VALIDATE)),
            skipped,
            item("case/usage", Tier::Strict, &[VALIDATE], None),
        ]);
        let tiers = Overview::of(&run).tiers;
        assert_eq!((tiers[0].score(), tiers[0].skipped), (Some(0.5), 1));
        assert_eq!((tiers[1].score(), tiers[2].score()), (None, Some(1.0)));
    }

    #[test]
    fn coverage_counts_what_was_seen_of_what_is_known() {
        let mut one = item("case/usage", Tier::Core, &[VALIDATE], None);
        one.seen.texts.insert((
            VALIDATE,
            "400 BadRequest: License key only has N more usages.".to_owned(),
        ));
        one.seen
            .texts
            .insert((VALIDATE, "418 Teapot: short and stout".to_owned()));
        let coverage = Overview::of(&run_of(vec![one])).coverage;
        let keys = &coverage[0];
        assert_eq!(
            (keys.group, keys.operations.seen, keys.operations.known),
            ("license-keys", 1, 15)
        );
        assert_eq!((keys.statuses.seen, keys.texts.seen), (1, 1));
        assert_eq!(keys.new_texts, ["418 Teapot: short and stout"]);
        assert!(keys.branches.known > 20 && keys.branches.seen == 0);
        assert!(
            keys.values
                .missing
                .iter()
                .any(|value| value == "LicenseKeyStatus: \"revoked\""),
            "{:?}",
            keys.values.missing
        );
    }

    #[test]
    fn a_hundred_percent_is_all_of_it() {
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.9996), "99.9 %");
        assert_eq!(percent(0.5), "50 %");
    }
}
