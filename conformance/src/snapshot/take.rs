//! Taking a snapshot, and comparing an answer with one.

use std::fmt::Write as _;

use futures::future::BoxFuture;

use super::file::Info;
use super::neutral::{neutral, undated};
use super::normalise::Normaliser;
use crate::compare::{Comparison, Mismatch, compare};
use crate::contract::Validator;
use crate::json::{Style, Value, parse, write};
use crate::outcome::Lost;
use crate::provision::{ProvisionError, Setup};
use crate::session::Lease;
use crate::tokens::Bindings;
use crate::wire::{Answer, Request, WireError, mask};

/// The headers that a client may rely on.
const HEADERS: [&str; 4] = [
    "content-type",
    "cache-control",
    "polar-version",
    "www-authenticate",
];

/// The set-up of a request, and the request.
pub type Prepared = Result<(Setup, Request), TakeError>;

/// How to take the snapshot of one operation.
#[derive(Debug, Clone, Copy)]
pub struct SnapshotSpec {
    /// The id of the operation in the document.
    pub operation: &'static str,
    /// What an `id` of the answer identifies.
    pub root: &'static str,
    /// Prepares the set-up and the request.
    pub prepare: for<'l> fn(&'l Lease) -> BoxFuture<'l, Prepared>,
}

/// Why a snapshot cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// The keys could not be made.
    #[error(transparent)]
    Provisioning(#[from] ProvisionError),
    /// There is no answer.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The preparation did not return what the request needs.
    #[error("{request} answers {status} without `{field}`")]
    Lacks {
        /// Method and path.
        request: String,
        /// The field that is needed.
        field: &'static str,
        /// The status of the answer.
        status: u16,
    },
    /// Only successful answers are kept.
    #[error("{0} answers {1}; only a successful answer can become a snapshot")]
    Refused(&'static str, u16),
}

impl TakeError {
    /// What the failure means for the whole run.
    pub(crate) fn lost(&self) -> Option<Lost> {
        match self {
            Self::Wire(error) => Lost::of(error),
            Self::Provisioning(error) => error.lost(),
            _ => None,
        }
    }
}

/// A request and its answer.
#[derive(Debug)]
pub struct Taken {
    /// What was asked.
    pub request: Request,
    /// What came back.
    pub answer: Answer,
    setup: Setup,
    root: &'static str,
}

/// Prepares and sends the request of a snapshot.
///
/// # Errors
/// When it cannot be prepared or has no answer.
pub async fn take(spec: &SnapshotSpec, lease: &Lease) -> Result<Taken, TakeError> {
    let (setup, request) = (spec.prepare)(lease).await?;
    let answer = lease.server.send(&request).await?;
    lease.provisioning.note(&request, &answer);
    Ok(Taken {
        request,
        answer,
        setup,
        root: spec.root,
    })
}

impl Taken {
    /// Request and answer with reference tokens, as they are kept.
    ///
    /// # Errors
    /// When the answer is an error.
    pub fn text(&self, spec: &SnapshotSpec) -> Result<String, TakeError> {
        if !(200..300).contains(&self.answer.status) {
            return Err(TakeError::Refused(spec.operation, self.answer.status));
        }
        let mut normaliser = Normaliser::default();
        for (id, kind) in [
            (&self.setup.organization, "organization"),
            (&self.setup.benefit, "benefit"),
            (&self.setup.customer, "customer"),
        ] {
            normaliser.text(id, kind);
        }
        let mut blocks = vec![normaliser.text(&self.request_head(), self.root)];
        let mut body = |bytes: &[u8]| {
            let value = parse(&String::from_utf8_lossy(bytes)).ok()?;
            Some(pretty(
                &normaliser.value(&undated(&neutral(&value)), self.root),
            ))
        };
        blocks.extend(self.request.body.as_deref().and_then(&mut body));
        let answer = body(&self.answer.body);
        blocks.push(self.answer_head());
        blocks.extend(answer);
        Ok(mask(&blocks.join("\n\n")).into_owned())
    }

    /// Where and when it was taken.
    pub fn info(&self, target: &str) -> Info {
        Info {
            target: target.to_owned(),
            date: chrono::Utc::now().date_naive(),
            api_version: self
                .answer
                .header("polar-version")
                .unwrap_or_default()
                .to_owned(),
            document: Validator::bundled().digest.clone(),
        }
    }

    /// Method, path and headers, one a line.
    fn request_head(&self) -> String {
        let mut head = format!("{} {}", self.request.method, self.request.path);
        for (name, value) in &self.request.headers {
            let name = name.to_lowercase();
            // The kind of token depends on the target, and its value is secret.
            let value = match value.as_deref() {
                Some(_) if name == "authorization" => "(token)",
                value => value.unwrap_or_default(),
            };
            // Writing to a string cannot fail.
            let _ = write!(head, "\n{name}: {value}");
        }
        head
    }

    /// Status and headers, one a line.
    fn answer_head(&self) -> String {
        let mut head = self.answer.status.to_string();
        for name in HEADERS {
            if let Some(value) = self.answer.header(name) {
                let _ = write!(head, "\n{name}: {value}");
            }
        }
        head
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(&serde_json::Value::from(value)).unwrap_or_default()
}

/// Every difference between an answer and the kept one.
pub fn compare_with(kept: &str, taken: &Taken, base: &str, strict: bool) -> Vec<Mismatch> {
    let blocks: Vec<&str> = kept.split("\n\n").collect();
    let is_answer = |block: &str| {
        let first = block.lines().next().unwrap_or_default();
        first.len() == 3 && first.parse::<u16>().is_ok()
    };
    let Some(at) = blocks.iter().position(|block| is_answer(block)) else {
        return vec![Mismatch::new(
            "$",
            "an answer",
            "(none)",
            "the snapshot has no answer",
        )];
    };
    let mut known = Bindings::new(base);
    let mut found = Vec::new();
    let head = |template: &str,
                actual: &str,
                known: &mut Bindings,
                path: &str,
                found: &mut Vec<Mismatch>| {
        if let Err(why) = known.match_text(template, actual) {
            found.push(Mismatch::new(path, template, actual, why));
        }
    };
    head(
        blocks[0],
        &taken.request_head(),
        &mut known,
        "request",
        &mut found,
    );
    let mut body = |template: Option<&&str>, actual: &[u8], path: &str, known: &mut Bindings| {
        let actual = parse(&String::from_utf8_lossy(actual)).ok();
        match (template.and_then(|text| parse(text).ok()), actual) {
            (Some(template), Some(actual)) => {
                let how = Comparison {
                    strict,
                    unordered: &[],
                };
                found.extend(compare(&template, &neutral(&actual), known, how));
            }
            (None, None) => {}
            (template, actual) => {
                let shown = |value: Option<Value>| {
                    value.map_or_else(
                        || "(no JSON)".to_owned(),
                        |value| write(&value, Style::Compact),
                    )
                };
                found.push(Mismatch::new(
                    path,
                    shown(template),
                    shown(actual),
                    "differs",
                ));
            }
        }
    };
    let sent = taken.request.body.as_deref().unwrap_or_default();
    body(blocks[1..at].first(), sent, "request body", &mut known);
    body(blocks.get(at + 1), &taken.answer.body, "body", &mut known);
    let mut heads: Vec<Mismatch> = Vec::new();
    let (wanted, actual) = (blocks[at], taken.answer_head());
    let line = |text: &str, name: &str| {
        let found = text
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        let mut found = found.filter(|(known, _)| *known == name);
        found.next().map(|(_, value)| value.to_owned())
    };
    if wanted.lines().next() != actual.lines().next() {
        let status = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        heads.push(Mismatch::new(
            "status",
            status(wanted),
            status(&actual),
            "differs",
        ));
    }
    for name in HEADERS {
        let (wanted, actual) = (line(wanted, name), line(&actual, name));
        if wanted != actual {
            let shown = |value: Option<String>| value.unwrap_or_else(|| "(missing)".to_owned());
            heads.push(Mismatch::new(
                format!("header {name}"),
                shown(wanted),
                shown(actual),
                "differs",
            ));
        }
    }
    heads.extend(found);
    heads
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "508176f7-065a-4b5d-b524-4e9c8a11ed63";
    const KEPT: &str = "GET /x/<license_key:1>\n\n200\ncontent-type: application/json\n\n{\"id\": \"<license_key:1>\", \"n\": 1}";

    fn taken(status: u16, content_type: &str, body: &str) -> Taken {
        Taken {
            request: Request::new("GET", &format!("/x/{ID}")),
            answer: Answer {
                status,
                headers: [("content-type".to_owned(), content_type.to_owned())].into(),
                body: body.as_bytes().to_vec(),
            },
            setup: Setup::default(),
            root: "license_key",
        }
    }

    fn found(taken: &Taken) -> Vec<String> {
        let found = compare_with(KEPT, taken, "http://x", false).into_iter();
        found
            .map(|found| format!("{} {}", found.path, found.why))
            .collect()
    }

    #[test]
    fn an_answer_is_compared_with_what_was_kept() {
        let json = "application/json";
        let good = format!(r#"{{"id":"{ID}","n":1}}"#);
        assert_eq!(found(&taken(200, json, &good)), [""; 0]);
        assert_eq!(
            found(&taken(201, "text/plain", &good)),
            ["status differs", "header content-type differs"]
        );
        assert_eq!(found(&taken(200, json, &good.replace('1', "2"))).len(), 2);
        assert_eq!(found(&taken(200, json, "")), ["body differs"]);
        let other = good.replace("508176f7", "608176f7");
        assert_eq!(found(&taken(200, json, &other)).len(), 1);
    }
}
