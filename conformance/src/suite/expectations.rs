//! The list of what the mock is known to get wrong (`expectations.toml`), and what it makes of an outcome.

use serde::Deserialize;

use super::outcome::ItemOutcome;

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
    /// The issue that will put it right.
    pub issue: u32,
    /// The steps that differ; at least one when left out.
    pub steps: Option<Vec<String>>,
}

/// Why an outcome is not what the list says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Surprise {
    /// A difference that is not listed.
    #[error("these steps differ: {}", .0.join(", "))]
    Differs(Vec<String>),
    /// A listed item or step without a difference.
    #[error("{what} passes: remove it from the list (it was kept for issue {issue})")]
    Passes {
        /// What is listed.
        what: String,
        /// For which issue.
        issue: u32,
    },
}

impl Expectations {
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

    /// Listed names that no item of the suite answers to.
    pub fn strangers<'a>(&'a self, items: &'a [(String, String)]) -> impl Iterator<Item = &'a str> {
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

    /// Whether an outcome is as listed.
    ///
    /// # Errors
    /// What is surprising about it.
    pub fn judge(&self, item: &ItemOutcome) -> Result<(), Surprise> {
        let failing: Vec<&str> = item.failures().map(|step| step.name.as_str()).collect();
        let Some(known) = self.known(&item.name, &item.group) else {
            return if failing.is_empty() {
                Ok(())
            } else {
                Err(Surprise::Differs(owned(&failing)))
            };
        };
        let passes = |what: String| {
            Err(Surprise::Passes {
                what,
                issue: known.issue,
            })
        };
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
            return Err(Surprise::Differs(owned(&unlisted)));
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
    use super::super::outcome::{StepOutcome, Verdict};
    use super::*;
    use crate::compare::Mismatch;

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

    fn judged(list: &str, name: &str, steps: &[(&str, bool)]) -> String {
        let outcome = Expectations::parse(list).unwrap().judge(&item(name, steps));
        outcome.map_or_else(
            |surprise| surprise.to_string(),
            |()| "as expected".to_owned(),
        )
    }

    const WHOLE: &str = "[[known]]\nnames = [\"a/one\"]\nissue = 4";
    const GROUP: &str = "[[known]]\nnames = [\"a/*\"]\nissue = 4";
    const STEP: &str = "[[known]]\nnames = [\"a/one\"]\nissue = 4\nsteps = [\"x\"]";

    #[test]
    fn what_is_not_listed_must_pass() {
        assert_eq!(judged("", "a/one", &[("x", true)]), "as expected");
        assert_eq!(
            judged("", "a/one", &[("x", false)]),
            "these steps differ: x"
        );
        assert_eq!(
            judged(WHOLE, "a/two", &[("x", false)]),
            "these steps differ: x"
        );
    }

    #[test]
    fn what_is_listed_must_differ() {
        for list in [WHOLE, GROUP, STEP] {
            assert_eq!(
                judged(list, "a/one", &[("x", false), ("y", true)]),
                "as expected"
            );
            let passing = judged(list, "a/one", &[("x", true), ("y", true)]);
            assert_eq!(
                passing,
                "a/one passes: remove it from the list (it was kept for issue 4)"
            );
        }
    }

    #[test]
    fn with_steps_exactly_these_differ() {
        assert_eq!(
            judged(STEP, "a/one", &[("x", false), ("y", false)]),
            "these steps differ: y"
        );
        let two = "[[known]]\nnames = [\"a/one\"]\nissue = 4\nsteps = [\"x\", \"y\"]";
        let passing = judged(two, "a/one", &[("x", false), ("y", true)]);
        assert_eq!(
            passing,
            "a/one :: y passes: remove it from the list (it was kept for issue 4)"
        );
    }

    #[test]
    fn an_entry_answers_to_something() {
        let list = Expectations::parse(GROUP).unwrap();
        let items = [("b/one".to_owned(), "b".to_owned())];
        assert_eq!(list.strangers(&items).collect::<Vec<_>>(), ["a/*"]);
    }
}
