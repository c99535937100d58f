//! Evidence from recordings and snapshots: which behaviour of which operation was seen, where and when.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Serialize;

use super::behaviour::Behaviour;
use crate::contract::{operation_of, texts_of};
use crate::json::{Style, write};
use crate::recordings::{Action, Content, Library, RequestTemplate, ResponseTemplate, Scenario};
use crate::snapshot;

/// Where and when something was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Verified {
    /// The day.
    pub date: NaiveDate,
    /// The server.
    pub at: String,
}

/// Everything that recordings and snapshots tell.
#[derive(Debug, Default)]
pub struct Evidence {
    /// The last time an operation was seen to behave so.
    pub cells: BTreeMap<(&'static str, Behaviour), Verified>,
    /// Every error text a recorded answer has, by operation.
    pub texts: BTreeSet<(&'static str, String)>,
}

static BUNDLED: LazyLock<Evidence> = LazyLock::new(Evidence::gather);

impl Evidence {
    /// What the built-in recordings and snapshots tell.
    pub fn bundled() -> &'static Self {
        &BUNDLED
    }

    fn gather() -> Self {
        let mut evidence = Self::default();
        // Both are read by the tests of this crate; a report without them is better than none.
        for scenario in Library::embedded().unwrap_or_default().scenarios {
            evidence.recording(&scenario);
        }
        for kept in snapshot::embedded().unwrap_or_default() {
            if let Some(operation) = known(kept.spec.operation) {
                let verified = Verified {
                    date: kept.info.date,
                    at: kept.info.target,
                };
                evidence.seen(operation, Behaviour::Answers, verified);
            }
        }
        evidence
    }

    fn recording(&mut self, scenario: &Scenario) {
        let Ok(date) = scenario.origin.recorded.parse() else {
            return;
        };
        let behaviour = Behaviour::of(scenario.group(), &scenario.name);
        let verified = Verified {
            date,
            at: scenario.origin.server.clone(),
        };
        let mut asked = |request: &RequestTemplate, response: Option<&ResponseTemplate>| {
            let Some(operation) = operation_of(&request.method, &request.path) else {
                return;
            };
            self.seen(operation, behaviour, verified.clone());
            if let Some(response) = response.filter(|response| response.status >= 400) {
                let texts = error_texts(response).into_iter();
                self.texts.extend(texts.map(|text| (operation, text)));
            }
        };
        for step in &scenario.steps {
            match &step.action {
                Action::Ask(exchange) | Action::Eventually { exchange, .. } => {
                    asked(&exchange.request, Some(&exchange.response));
                }
                Action::Repeat { request, .. } => asked(request, None),
                Action::Parallel { requests, .. } => {
                    requests.iter().for_each(|request| asked(request, None));
                }
                Action::Advance(_) | Action::Deliveries { .. } => {}
            }
        }
    }

    fn seen(&mut self, operation: &'static str, behaviour: Behaviour, verified: Verified) {
        let cell = self.cells.entry((operation, behaviour));
        let last = cell.or_insert_with(|| verified.clone());
        // A real server counts for more than a mock.
        if (last.at == MOCK, verified.date) > (verified.at == MOCK, last.date) {
            *last = verified;
        }
    }
}

const MOCK: &str = "mock";

fn known(operation: &str) -> Option<&'static str> {
    let surface = crate::contract::Surface::bundled();
    surface.operation(operation).map(|known| known.id.as_str())
}

fn error_texts(response: &ResponseTemplate) -> Vec<String> {
    match &response.content {
        Content::Any => Vec::new(),
        Content::Text(text) => texts_of(response.status, &text.join()),
        Content::Json(body) => texts_of(response.status, &write(body, Style::Compact)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_and_snapshots_say_when_and_where() {
        let evidence = Evidence::bundled();
        let last =
            |behaviour| &evidence.cells[&("customer_portal:license_keys:validate", behaviour)];
        assert_eq!(last(Behaviour::Usage).at, "polarsource/polar c6c3645e");
        assert_eq!(last(Behaviour::Usage).date.to_string(), "2026-11-20");
        // Every operation that has a snapshot is known by it at least.
        for spec in snapshot::SPECS {
            let key = (known(spec.operation).unwrap(), Behaviour::Answers);
            assert!(evidence.cells.contains_key(&key), "{}", spec.operation);
        }
        assert!(
            evidence
                .texts
                .iter()
                .any(|(_, text)| text == "400 BadRequest: License key only has N more usages.")
        );
    }
}
