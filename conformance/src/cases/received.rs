//! An answer that a case checks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;

use crate::compare::{Comparison, Mismatch, compare};
use crate::json::{Value, parse};
use crate::outcome::{Lost, StepOutcome};
use crate::provision::ProvisionError;
use crate::tokens::{Bindings, Unbound};
use crate::wire::{Answer, Request, WireError};

/// The result of a case.
pub type Outcome = Result<(), Stop>;

/// Why a case ends before its end.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// An answer differs; the log has the details.
    #[error("an answer differs")]
    Differs,
    /// The target is an older server, which lacks what the case tests.
    #[error("{0}")]
    Older(&'static str),
    /// There is no answer.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The keys could not be made.
    #[error(transparent)]
    Provisioning(#[from] ProvisionError),
    /// The case uses a token that no answer has bound.
    #[error(transparent)]
    Unbound(#[from] Unbound),
}

impl Stop {
    /// The message, unless the log already has it.
    pub(super) fn trouble(&self) -> Option<String> {
        if matches!(self, Self::Differs) {
            None
        } else {
            Some(self.to_string())
        }
    }

    /// What the failure means for the whole run.
    pub(super) fn lost(&self) -> Option<Lost> {
        match self {
            Self::Wire(error) => Lost::of(error),
            Self::Provisioning(error) => error.lost(),
            Self::Older(reason) => Some(Lost::Older(reason)),
            _ => None,
        }
    }
}

/// The checked steps and the bound tokens of a case.
#[derive(Debug, Clone)]
pub(super) struct Log(Arc<Mutex<Entries>>);

#[derive(Debug)]
struct Entries {
    known: Bindings,
    outcomes: Vec<StepOutcome>,
}

impl Log {
    pub(super) fn new(base: &str) -> Self {
        Self(Arc::new(Mutex::new(Entries {
            known: Bindings::new(base),
            outcomes: Vec::new(),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn fill(&self, text: &str) -> Result<String, Unbound> {
        self.lock().known.fill(text)
    }

    pub(super) fn take_outcomes(&self) -> Vec<StepOutcome> {
        std::mem::take(&mut self.lock().outcomes)
    }
}

/// An answer, to be checked.
#[derive(Debug)]
pub struct Received {
    pub(super) name: String,
    pub(super) base: String,
    pub(super) request: Request,
    pub(super) answer: Answer,
    pub(super) log: Log,
}

impl Received {
    /// The answer has this status and exactly this JSON body (a template with reference tokens).
    ///
    /// # Errors
    /// [`Stop::Differs`]; the log has the details.
    pub fn is(self, status: u16, body: serde_json::Value) -> Outcome {
        self.check(status, |answer, known, found| match parse(&answer.text()) {
            Ok(actual) => found.extend(compare(
                &Value::from(&body),
                &actual,
                known,
                Comparison::default(),
            )),
            Err(_) => found.push(Mismatch::new(
                "body",
                body.to_string(),
                answer.text(),
                "is not JSON",
            )),
        })
    }

    /// The answer is an application error: `{"error": …, "detail": …}` and no more (docs/behaviour.md#error-bodies).
    ///
    /// # Errors
    /// [`Stop::Differs`]; the log has the details.
    pub fn refuses(self, status: u16, error: &str, detail: &str) -> Outcome {
        self.is(status, json!({"error": error, "detail": detail}))
    }

    /// The answer is the 404 for what does not exist, or not for this caller.
    ///
    /// # Errors
    /// [`Stop::Differs`]; the log has the details.
    pub fn not_found(self) -> Outcome {
        self.refuses(404, "ResourceNotFound", "Not found")
    }

    /// The answer has this status and, among others, these fields; names of inner fields are joined by dots.
    ///
    /// # Errors
    /// [`Stop::Differs`]; the log has the details.
    pub fn shows(self, status: u16, fields: &[(&str, serde_json::Value)]) -> Outcome {
        self.shows_fields(status, fields, Comparison::default())
    }

    /// The answer is a 200 and shows exactly these items in this list, in any order.
    ///
    /// # Errors
    /// [`Stop::Differs`]; the log has the details.
    pub fn shows_in_any_order(self, list: &str, items: serde_json::Value) -> Outcome {
        let how = Comparison {
            unordered: &["$".to_owned()],
            ..Comparison::default()
        };
        self.shows_fields(200, &[(list, items)], how)
    }

    fn shows_fields(
        self,
        status: u16,
        fields: &[(&str, serde_json::Value)],
        how: Comparison<'_>,
    ) -> Outcome {
        self.check(status, |answer, known, found| {
            let Ok(actual) = parse(&answer.text()) else {
                found.push(Mismatch::new("body", "JSON", answer.text(), "is not JSON"));
                return;
            };
            for (path, expected) in fields {
                let expected = Value::from(expected);
                let Some(value) = descend(&actual, path) else {
                    found.push(Mismatch::new(
                        format!("$.{path}"),
                        expected.display(),
                        "(missing)",
                        "missing",
                    ));
                    continue;
                };
                for mut mismatch in compare(&expected, value, known, how) {
                    mismatch.path = mismatch.path.replacen('$', &format!("$.{path}"), 1);
                    found.push(mismatch);
                }
            }
        })
    }

    /// The answer's body, when it is JSON.
    pub fn body(&self) -> serde_json::Value {
        serde_json::from_slice(&self.answer.body).unwrap_or_default()
    }

    /// Whether the answer is a 200 without a field of this name, at any depth.
    pub fn lacks(&self, field: &str) -> bool {
        self.answer.status == 200 && !self.answer.text().contains(&format!("\"{field}\""))
    }

    /// Whether the server does not know the version that was asked for: it then knows no path of it.
    pub fn knows_no_path(&self) -> bool {
        self.answer.status == 404 && self.answer.text() == r#"{"detail":"Not Found"}"#
    }

    /// The answer has these headers; `None` says that one must be missing.
    ///
    /// # Errors
    /// [`Stop::Differs`]; the log has the details.
    pub fn has_headers(self, status: u16, headers: &[(&str, Option<&str>)]) -> Outcome {
        self.check(status, |answer, _, found| {
            for (name, expected) in headers {
                let actual = answer.header(name);
                if actual != *expected {
                    let text = |value: Option<&str>| value.unwrap_or("(missing)").to_owned();
                    found.push(Mismatch::new(
                        format!("header {name}"),
                        text(*expected),
                        text(actual),
                        "differs",
                    ));
                }
            }
        })
    }

    /// The answer has this status and exactly this text.
    ///
    /// # Errors
    /// [`Stop::Differs`]; the log has the details.
    pub fn says(self, status: u16, text: &str) -> Outcome {
        self.check(status, |answer, _, found| {
            if answer.text() != text {
                found.push(Mismatch::new("body", text, answer.text(), "differs"));
            }
        })
    }

    /// The answer is a 422 with exactly these problems: type, place, message, and the input it quotes.
    ///
    /// # Errors
    /// [`Stop::Differs`]; the log has the details.
    pub fn invalid(self, problems: &[serde_json::Value]) -> Outcome {
        self.is(
            422,
            json!({"error": "RequestValidationError", "detail": problems}),
        )
    }

    /// The answer is a 204 without a body.
    ///
    /// # Errors
    /// [`Stop::Differs`]; the log has the details.
    pub fn is_empty(self) -> Outcome {
        self.check(204, |answer, _, found| {
            if !answer.body.is_empty() {
                found.push(Mismatch::new(
                    "body",
                    "(nothing)",
                    answer.text(),
                    "unexpected",
                ));
            }
        })
    }

    /// The answer has this status; its body does not matter.
    ///
    /// # Errors
    /// [`Stop::Differs`]; the log has the details.
    pub fn has_status(self, status: u16) -> Outcome {
        self.check(status, |_, _, _| {})
    }

    fn check(
        self,
        status: u16,
        look: impl FnOnce(&Answer, &mut Bindings, &mut Vec<Mismatch>),
    ) -> Outcome {
        let mut found = Vec::new();
        if self.answer.status != status {
            found.push(Mismatch::new(
                "status",
                status.to_string(),
                self.answer.status.to_string(),
                "differs",
            ));
        }
        let mut entries = self.log.lock();
        look(&self.answer, &mut entries.known, &mut found);
        let mut outcome = StepOutcome::new(self.name, found);
        let passed = outcome.passed();
        if !passed {
            outcome.blame(&self.base, &self.request);
        }
        entries.outcomes.push(outcome);
        if passed { Ok(()) } else { Err(Stop::Differs) }
    }
}

/// A field inside a value: `activation.id`, `items.0.key`.
fn descend<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, name| match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        other => other.get(name),
    })
}
