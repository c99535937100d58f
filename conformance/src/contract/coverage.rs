//! Coverage: how much of the API the answers have shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;
use serde_json::Value;

use super::validator::{Validation, Validator};
use super::violation::Gap;
use crate::compare::Mismatch;
use crate::server::Exchange;

/// Where a gap was met.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GapCount {
    /// In how many answers.
    pub answers: usize,
    /// Of which operations.
    pub operations: BTreeSet<&'static str>,
    /// With which statuses.
    pub statuses: BTreeSet<u16>,
}

/// What the answers have shown.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Answers that were validated.
    pub validated: usize,
    /// Answers to requests outside the document, which says nothing about them.
    pub outside: usize,
    /// Answers by operation and status.
    pub statuses: BTreeMap<(&'static str, u16), usize>,
    /// Error texts by operation, in the form of [`texts_of`].
    pub texts: BTreeSet<(&'static str, String)>,
    /// Branches of unions in bodies, by pointer.
    pub branches: BTreeSet<String>,
    /// Values of `enum`s in bodies: pointer and value as JSON.
    pub values: BTreeSet<(String, String)>,
    /// Gaps of the published document.
    pub gaps: BTreeMap<Gap, GapCount>,
}

/// An answer that breaks the contract.
#[derive(Debug)]
pub(crate) struct InvalidAnswer {
    pub(crate) exchange: Exchange,
    pub(crate) operation: &'static str,
    pub(crate) mismatches: Vec<Mismatch>,
}

impl Coverage {
    /// Validates and counts the answers; returns those that break the contract, each kind once.
    pub(crate) fn add(&mut self, exchanges: Vec<Exchange>) -> Vec<InvalidAnswer> {
        let validator = Validator::bundled();
        let mut invalid: Vec<InvalidAnswer> = Vec::new();
        for exchange in exchanges {
            let validation = validator.validate(&exchange.request, &exchange.answer);
            let Some(operation) = validation.operation else {
                self.outside += 1;
                continue;
            };
            self.count(operation, &exchange, &validation);
            let known = invalid.iter().any(|known| {
                known.operation == operation
                    && known.exchange.answer.status == exchange.answer.status
                    && same(&known.mismatches, &validation.failures)
            });
            if !validation.failures.is_empty() && !known {
                invalid.push(InvalidAnswer {
                    exchange,
                    operation,
                    mismatches: validation.failures,
                });
            }
        }
        invalid
    }

    fn count(&mut self, operation: &'static str, exchange: &Exchange, validation: &Validation) {
        let status = exchange.answer.status;
        self.validated += 1;
        *self.statuses.entry((operation, status)).or_default() += 1;
        if status >= 400 {
            let texts = texts_of(status, &exchange.answer.text()).into_iter();
            self.texts.extend(texts.map(|text| (operation, text)));
        }
        self.branches.extend(validation.branches.iter().cloned());
        self.values.extend(validation.values.iter().cloned());
        for gap in &validation.gaps {
            let count = self.gaps.entry(gap.clone()).or_default();
            count.answers += 1;
            count.operations.insert(operation);
            count.statuses.insert(status);
        }
    }

    /// Adds the counts of another coverage.
    pub fn merge(&mut self, other: &Self) {
        self.validated += other.validated;
        self.outside += other.outside;
        for (place, count) in &other.statuses {
            *self.statuses.entry(*place).or_default() += count;
        }
        self.texts.extend(other.texts.iter().cloned());
        self.branches.extend(other.branches.iter().cloned());
        self.values.extend(other.values.iter().cloned());
        for (gap, count) in &other.gaps {
            let sum = self.gaps.entry(gap.clone()).or_default();
            sum.answers += count.answers;
            sum.operations.extend(&count.operations);
            sum.statuses.extend(&count.statuses);
        }
    }
}

fn same(some: &[Mismatch], others: &[Mismatch]) -> bool {
    some.len() == others.len()
        && some
            .iter()
            .zip(others)
            .all(|(some, other)| some.path == other.path && some.expected == other.expected)
}

/// The error texts of an answer, each with its status and error kind.
pub fn texts_of(status: u16, body: &str) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<Value>(body) else {
        return vec![format!("{status} {}", error_text(body))];
    };
    let text = |name: &str| value[name].as_str();
    let kind = text("error").unwrap_or("(no kind)");
    match &value["detail"] {
        Value::Array(problems) => problems
            .iter()
            .filter_map(|problem| {
                let message = error_text(problem["msg"].as_str()?);
                let kind = problem["type"].as_str().unwrap_or_default();
                Some(format!("{status} {kind}: {message}"))
            })
            .collect(),
        Value::String(detail) => vec![format!("{status} {kind}: {}", error_text(detail))],
        _ => {
            let detail = text("error_description").unwrap_or_default();
            vec![format!("{status} {kind}: {}", error_text(detail))]
        }
    }
}

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests below"
)]
static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"`[^`]*`|'[^']*'|-?[0-9][0-9.e+-]*[0-9]|[0-9]").unwrap());

/// An error text without what varies between requests: numbers become `N`, quoted parts `…`.
pub fn error_text(text: &str) -> String {
    QUOTED
        .replace_all(text, |found: &regex::Captures<'_>| {
            if found[0].starts_with(['`', '\'']) {
                "…"
            } else {
                "N"
            }
        })
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_same_whatever_the_numbers() {
        assert_eq!(
            error_text("License key only has -10 more usages."),
            "License key only has N more usages."
        );
        assert_eq!(
            texts_of(
                422,
                r#"{"detail":[{"type":"enum","msg":"Input should be 'a', 'b' or 'c'"}]}"#
            ),
            ["422 enum: Input should be …, … or …"]
        );
        assert_eq!(
            texts_of(401, r#"{"error":"invalid_token","error_description":"no"}"#),
            ["401 invalid_token: no"]
        );
        assert_eq!(
            texts_of(500, "Internal Server Error"),
            ["500 Internal Server Error"]
        );
    }
}
