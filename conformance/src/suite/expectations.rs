//! The list of tolerated differences (`expectations.toml`), and how outcomes compare with it.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Deserialize;

use super::results::{ItemOutcome, Tolerance};

/// The list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectations {
    #[serde(default)]
    known: Vec<Known>,
}

/// One entry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Full names of items, or `group/*` for every item of a group.
    pub names: Vec<String>,
    /// The target, as a run names it; the mock by default.
    #[serde(default = "mock")]
    pub target: String,
    /// Why the difference is tolerated.
    pub reason: String,
    /// The last day on which the difference is tolerated.
    pub until: NaiveDate,
    /// The steps that differ; if omitted, at least one step differs.
    pub steps: Option<Vec<String>>,
}

fn mock() -> String {
    "mock".to_owned()
}

/// How an outcome differs from the list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unexpected {
    /// A difference that is not listed.
    #[error("these steps differ unexpectedly: {}", .0.join(", "))]
    Differs(Vec<String>),
    /// A listed item or step without a difference.
    #[error("{what} passes: remove it from expectations.toml (reason given: {reason})")]
    Passes {
        /// What is listed.
        what: String,
        /// Why.
        reason: String,
    },
    /// A listed item whose entry has expired.
    #[error("{what} was tolerated until {until}: {reason}")]
    Expired {
        /// What is listed.
        what: String,
        /// The last day.
        until: NaiveDate,
        /// Why.
        reason: String,
    },
}

#[expect(
    clippy::unwrap_used,
    reason = "the list is read by the tests of this crate"
)]
static BUNDLED: LazyLock<Expectations> =
    LazyLock::new(|| Expectations::parse(include_str!("../../expectations.toml")).unwrap());

impl Expectations {
    /// The list of this crate.
    pub fn bundled() -> &'static Self {
        &BUNDLED
    }

    /// The entries for a target.
    #[must_use]
    pub fn on(&self, target: &str) -> Self {
        let known = self.known.iter().filter(|known| known.target == target);
        Self {
            known: known.cloned().collect(),
        }
    }

    /// Entries, for any target, that have expired by that day.
    pub fn expired(&self, today: NaiveDate) -> impl Iterator<Item = &Known> {
        self.known.iter().filter(move |known| today > known.until)
    }

    /// Why the differences of an outcome are tolerated on that day; `None` if they are not, or there are none.
    pub fn tolerates(&self, item: &ItemOutcome, today: NaiveDate) -> Option<Tolerance> {
        let known = self.known(&item.name, &item.group)?;
        let listed = |name: &String| {
            known
                .steps
                .as_ref()
                .is_none_or(|steps| steps.contains(name))
        };
        let mut failures = item.failures().peekable();
        failures.peek()?;
        let all_listed = failures.all(|step| listed(&step.name));
        (all_listed && today <= known.until).then(|| Tolerance {
            reason: known.reason.clone(),
            until: known.until,
        })
    }

    /// Reads the list.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The entry for an item: its own, else its group's.
    pub fn known(&self, name: &str, group: &str) -> Option<&Known> {
        let find = |matches: &dyn Fn(&str) -> bool| {
            self.known
                .iter()
                .find(|known| known.names.iter().any(|listed| matches(listed)))
        };
        find(&|listed| listed == name).or_else(|| find(&|listed| is_group(listed, group)))
    }

    /// Listed names that match no item of the suite.
    pub fn unknown_names<'a>(
        &'a self,
        items: &'a [(String, String)],
    ) -> impl Iterator<Item = &'a str> {
        let answers = |listed: &str| {
            items
                .iter()
                .any(|(name, group)| listed == name || is_group(listed, group))
        };
        let names = self.known.iter().flat_map(|known| &known.names);
        names
            .map(String::as_str)
            .filter(move |listed| !answers(listed))
    }

    /// Checks that an outcome is as listed, and that its entry has not expired by that day.
    ///
    /// # Errors
    /// How it differs from the list.
    pub fn check(&self, item: &ItemOutcome, today: NaiveDate) -> Result<(), Unexpected> {
        let failing: Vec<&str> = item.failures().map(|step| step.name.as_str()).collect();
        let Some(known) = self.known(&item.name, &item.group) else {
            return if failing.is_empty() {
                Ok(())
            } else {
                Err(Unexpected::Differs(owned(&failing)))
            };
        };
        let passes = |what: String| {
            Err(Unexpected::Passes {
                what,
                reason: known.reason.clone(),
            })
        };
        if today > known.until {
            return Err(Unexpected::Expired {
                what: item.name.clone(),
                until: known.until,
                reason: known.reason.clone(),
            });
        }
        if failing.is_empty() {
            return passes(item.name.clone());
        }
        let Some(listed) = &known.steps else {
            return Ok(());
        };
        let unlisted: Vec<&str> = failing
            .iter()
            .copied()
            .filter(|step| !listed.iter().any(|name| name == step))
            .collect();
        if !unlisted.is_empty() {
            return Err(Unexpected::Differs(owned(&unlisted)));
        }
        match listed.iter().find(|step| !failing.contains(&step.as_str())) {
            Some(step) => passes(format!("{} :: {step}", item.name)),
            None => Ok(()),
        }
    }
}

fn is_group(listed: &str, group: &str) -> bool {
    listed.strip_suffix("/*") == Some(group)
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::results::Verdict;
    use super::*;
    use crate::compare::Mismatch;
    use crate::outcome::StepOutcome;

    fn item(name: &str, steps: &[(&str, bool)]) -> ItemOutcome {
        let step = |(name, fine): &(&str, bool)| {
            StepOutcome::new(
                *name,
                if *fine {
                    Vec::new()
                } else {
                    vec![Mismatch::new("$", "a", "b", "differs")]
                },
            )
        };
        let verdict = Verdict::Ran(steps.iter().map(step).collect());
        let group = name.split('/').next().unwrap().to_owned();
        ItemOutcome {
            verdict,
            ..ItemOutcome::new(name.to_owned(), group, String::new())
        }
    }

    fn checked(list: &str, name: &str, steps: &[(&str, bool)]) -> String {
        let outcome = Expectations::parse(list)
            .unwrap()
            .check(&item(name, steps), TODAY.parse().unwrap());
        outcome.map_or_else(
            |unexpected| unexpected.to_string(),
            |()| "as expected".to_owned(),
        )
    }

    const TODAY: &str = "2026-11-21";
    const WHOLE: &str = "[[known]]\nnames = [\"a/one\"]\nreason = \"r\"\nuntil = \"2026-11-21\"";
    const GROUP: &str = "[[known]]\nnames = [\"a/*\"]\nreason = \"r\"\nuntil = \"2027-01-01\"";
    const STEP: &str =
        "[[known]]\nnames = [\"a/one\"]\nreason = \"r\"\nuntil = \"2027-01-01\"\nsteps = [\"x\"]";

    #[test]
    fn what_is_not_listed_must_pass() {
        assert_eq!(checked("", "a/one", &[("x", true)]), "as expected");
        assert_eq!(
            checked("", "a/one", &[("x", false)]),
            "these steps differ unexpectedly: x"
        );
        assert_eq!(
            checked(WHOLE, "a/two", &[("x", false)]),
            "these steps differ unexpectedly: x"
        );
    }

    #[test]
    fn what_is_listed_must_differ() {
        for list in [WHOLE, GROUP, STEP] {
            assert_eq!(
                checked(list, "a/one", &[("x", false), ("y", true)]),
                "as expected"
            );
            let passing = checked(list, "a/one", &[("x", true), ("y", true)]);
            assert_eq!(
                passing,
                "a/one passes: remove it from expectations.toml (reason given: r)"
            );
        }
    }

    #[test]
    fn with_steps_exactly_these_differ() {
        assert_eq!(
            checked(STEP, "a/one", &[("x", false), ("y", false)]),
            "these steps differ unexpectedly: y"
        );
        let two = STEP.replace("[\"x\"]", "[\"x\", \"y\"]");
        let passing = checked(&two, "a/one", &[("x", false), ("y", true)]);
        assert_eq!(
            passing,
            "a/one :: y passes: remove it from expectations.toml (reason given: r)"
        );
    }

    #[test]
    fn an_entry_answers_to_something() {
        let list = Expectations::parse(GROUP).unwrap();
        let items = [("b/one".to_owned(), "b".to_owned())];
        assert_eq!(list.unknown_names(&items).collect::<Vec<_>>(), ["a/*"]);
    }

    #[test]
    fn an_entry_has_a_reason_and_an_end() {
        for line in ["reason = \"r\"", "until = \"2026-11-21\""] {
            assert!(
                Expectations::parse(&WHOLE.replace(line, "")).is_err(),
                "{line}"
            );
        }
        let past = WHOLE.replace(TODAY, "2026-11-20");
        for fine in [true, false] {
            assert_eq!(
                checked(&past, "a/one", &[("x", fine)]),
                "a/one was tolerated until 2026-11-20: r"
            );
        }
    }

    #[test]
    fn only_listed_differences_are_tolerated() {
        let tolerated = |list: &str, steps: &[(&str, bool)]| {
            let list = Expectations::parse(list).unwrap();
            list.tolerates(&item("a/one", steps), TODAY.parse().unwrap())
                .map(|tolerance| tolerance.reason)
        };
        assert_eq!(tolerated(WHOLE, &[("x", false)]), Some("r".to_owned()));
        assert_eq!(tolerated(WHOLE, &[("x", true)]), None);
        assert_eq!(tolerated(STEP, &[("x", false), ("y", false)]), None);
        assert_eq!(
            tolerated(&WHOLE.replace(TODAY, "2026-11-20"), &[("x", false)]),
            None
        );
        assert_eq!(tolerated("", &[("x", false)]), None);
    }

    #[test]
    fn an_entry_is_about_one_target() {
        let sandbox = format!("{WHOLE}\ntarget = \"https://sandbox-api.polar.sh\"");
        let list = Expectations::parse(&sandbox).unwrap();
        let count = |target: &str| list.on(target).known.len();
        assert_eq!(
            (count("https://sandbox-api.polar.sh"), count("mock")),
            (1, 0)
        );
        let expired = |today: &str| list.expired(today.parse().unwrap()).count();
        assert_eq!((expired("2026-11-22"), expired(TODAY)), (1, 0));
    }
}
