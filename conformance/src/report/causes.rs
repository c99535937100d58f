//! Differences grouped by cause: where answers differ and how, whatever item showed it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Write};
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::summary::{BAD, failure};
use crate::compare::Mismatch;
use crate::outcome::StepOutcome;
use crate::suite::{ItemOutcome, Run};
use crate::wire::printable;

/// Where answers differ, and how.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cause {
    /// The place in the answer, without the indices of lists: `$.items[].id`, `status`, `header content-type`.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

/// Where a cause shows.
#[derive(Debug, Default, Serialize)]
pub struct Cases<'r> {
    /// The operations whose answers differ.
    pub operations: BTreeSet<&'static str>,
    /// How often.
    pub places: usize,
    /// The items that show it.
    pub items: BTreeSet<&'r str>,
    /// The first of them, and its step.
    #[serde(skip)]
    example: Option<(&'r ItemOutcome, &'r StepOutcome)>,
}

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests below"
)]
static INDEX: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[[0-9]+\]|\.[0-9]+\b").unwrap());

impl Cause {
    fn of(mismatch: &Mismatch) -> Self {
        // A sequence says before the path which command it was.
        let path = mismatch.path.rsplit(": ").next().unwrap_or_default();
        let is_value = path.starts_with('$') || path.starts_with("body");
        let what = match mismatch.why.as_str() {
            "differs" if !is_value => {
                format!("{} expected, {} found", mismatch.expected, mismatch.got)
            }
            why => why.to_owned(),
        };
        Self {
            place: INDEX.replace_all(path, "[]").into_owned(),
            what,
        }
    }

    /// The causes of a step that differs. A wrong status explains the rest of the answer.
    fn of_step(step: &StepOutcome) -> Vec<Self> {
        let causes: Vec<Self> = step.mismatches.iter().map(Self::of).collect();
        match causes.iter().find(|cause| cause.place == "status") {
            Some(status) => vec![status.clone()],
            None => causes,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Every cause of the differences that are not tolerated, the most frequent first.
pub fn causes(run: &Run) -> Vec<(Cause, Cases<'_>)> {
    let mut causes: BTreeMap<Cause, Cases<'_>> = BTreeMap::new();
    for item in run.items.iter().filter(|item| item.tolerated.is_none()) {
        for step in item.failures() {
            for cause in Cause::of_step(step) {
                let cases = causes.entry(cause).or_default();
                cases.operations.extend(step.operation);
                cases.places += 1;
                cases.items.insert(&item.name);
                cases.example.get_or_insert((item, step));
            }
        }
    }
    let mut causes: Vec<_> = causes.into_iter().collect();
    causes.sort_by_key(|(_, cases)| std::cmp::Reverse(cases.places));
    causes
}

/// Prints each cause with its first example.
///
/// # Errors
/// When the output cannot be written.
pub fn print_causes(out: &mut dyn Write, run: &Run) -> io::Result<()> {
    let causes = causes(run);
    for (cause, cases) in &causes {
        let mut shown_by: Vec<&str> = cases.operations.iter().copied().collect();
        let places = match cases.places {
            1 => "1 place".to_owned(),
            places => format!("{places} places"),
        };
        shown_by.push(&places);
        let title = format!("{cause} – {}", shown_by.join(", "));
        writeln!(out, "\n{BAD}{}{BAD:#}", printable(&title))?;
        if let Some((item, step)) = cases.example {
            failure(out, item, step)?;
        }
    }
    if causes.iter().any(|(_, cases)| cases.places > 1) {
        writeln!(
            out,
            "\none example of each cause; --report-dir writes every difference"
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::run_of;
    use crate::suite::Verdict;

    fn item(name: &str, mismatches: Vec<Mismatch>) -> ItemOutcome {
        let mut step = StepOutcome::new("step", mismatches);
        step.operation = Some("license_keys:validate");
        ItemOutcome {
            verdict: Verdict::Ran(vec![step]),
            ..ItemOutcome::new(name.to_owned(), "a".to_owned(), String::new())
        }
    }

    fn printed(run: &Run) -> String {
        let mut out = Vec::new();
        print_causes(&mut out, run).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
    }

    #[test]
    fn one_cause_in_many_places_is_told_once() {
        let text = "integer expected, text found";
        let items = vec![
            item(
                "a/rare",
                vec![Mismatch::new("status", "200", "500", "differs")],
            ),
            item(
                "a/one",
                vec![Mismatch::new("$.items[0].usage", "1", "\"1\"", text)],
            ),
            item(
                "a/two",
                vec![Mismatch::new("$.items[7].usage", "2", "\"2\"", text)],
            ),
            item(
                "a/sequence",
                vec![Mismatch::new(
                    "command 3, Get(..): $.items.1.usage",
                    "2",
                    "\"2\"",
                    text,
                )],
            ),
        ];
        let text = printed(&run_of(items));
        assert!(
            text.starts_with(
                "\n$.items[].usage: integer expected, text found – license_keys:validate, 3 places\nFAIL a/one :: step\n"
            ),
            "{text}"
        );
        assert!(
            text.contains(
                "\nstatus: 200 expected, 500 found – license_keys:validate, 1 place\nFAIL a/rare"
            ),
            "{text}"
        );
        assert_eq!(text.matches("FAIL ").count(), 2, "{text}");
    }

    #[test]
    fn a_wrong_status_explains_the_rest_and_what_is_tolerated_does_not_count() {
        let missing = Mismatch::new("$.id", "1", "(missing)", "missing");
        let status = Mismatch::new("status", "200", "500", "differs");
        let mut known = item("a/known", vec![missing.clone()]);
        known.tolerated = Some(crate::suite::Tolerance {
            reason: String::new(),
            until: Default::default(),
        });
        let run = run_of(vec![item("a/one", vec![missing, status]), known]);
        let causes = causes(&run);
        assert_eq!(causes.len(), 1);
        assert_eq!(causes[0].0.to_string(), "status: 200 expected, 500 found");
        assert_eq!(causes[0].1.places, 1);
    }
}
