//! Validates an answer against both documents.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use polar_openapi::bundled;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::document::{Document, against};
use super::prepare::{BRANCH, VALUES, Way};
use super::surface::{Operation, Surface, branches};
use super::violation::{Aspect, Gap, Violation};
use crate::compare::Mismatch;
use crate::wire::{Answer, Request};

/// The published document, and the one with the overlay.
pub struct Validator {
    /// The published document; undeclared fields count.
    published: Document,
    /// The document with the overlay; undeclared fields are allowed.
    truth: Document,
    /// The same; undeclared fields count.
    closed: Document,
    /// The API version of the documents.
    pub version: String,
    /// The first half of the SHA-256 of `polar.yaml` and `overlay.yaml`, in hex: identifies the contract.
    pub digest: String,
}

/// The result for one answer.
#[derive(Debug, Default)]
pub struct Validation {
    /// The operation of the request; `None` if the document does not describe it.
    pub operation: Option<&'static str>,
    /// What breaks the contract.
    pub failures: Vec<Mismatch>,
    /// What only the overlay allows, and undeclared fields.
    pub gaps: BTreeSet<Gap>,
    /// The branches of unions that the body took, by pointer.
    pub branches: BTreeSet<String>,
    /// The values of `enum`s in the body: pointer and value as JSON.
    pub values: BTreeSet<(String, String)>,
}

#[expect(
    clippy::unwrap_used,
    reason = "the bundled documents are compiled by the tests of this crate"
)]
static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| Validator::new().unwrap());

impl std::fmt::Debug for Validator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Contract").field(&self.version).finish()
    }
}

impl Validator {
    /// The bundled documents, compiled once.
    pub fn bundled() -> &'static Self {
        &VALIDATOR
    }

    fn new() -> Result<Self, jsonschema::ReferencingError> {
        let (published, truth) = (bundled::document(), bundled::server_truth());
        let mut hash = Sha256::new();
        hash.update(bundled::DOCUMENT);
        hash.update(bundled::OVERLAY);
        let digest = hash.finalize()[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Self {
            version: truth["info"]["version"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            digest,
            published: Document::new(&published, Way::Closed)?,
            closed: Document::new(&truth, Way::Closed)?,
            truth: Document::new(&truth, Way::Open)?,
        })
    }

    /// Validates the answer to a request.
    pub fn validate(&self, request: &Request, answer: &Answer) -> Validation {
        let mut validation = Validation::default();
        let Some(operation) = Surface::bundled().find(&request.method, &request.path) else {
            return validation;
        };
        validation.operation = Some(&operation.id);
        let (mut failures, body) = self.truth.check(operation, answer);
        if let Some(body) = body {
            let evaluation = body.validator.evaluate(&body.value);
            if evaluation.flag().valid {
                for entry in evaluation.iter_annotations() {
                    note(
                        &mut validation,
                        entry.annotations.value(),
                        &body.value,
                        entry.instance_location.as_str(),
                    );
                }
            } else {
                failures.extend(against(&body));
            }
        }
        self.gaps(operation, answer, &failures, &mut validation.gaps);
        validation.failures = failures.into_iter().map(Violation::mismatch).collect();
        validation
    }

    fn gaps(
        &self,
        operation: &Operation,
        answer: &Answer,
        failures: &[Violation],
        gaps: &mut BTreeSet<Gap>,
    ) {
        let strangers = all_of(&self.closed, operation, answer);
        for violation in all_of(&self.published, operation, answer) {
            // Two documents may describe the same violation differently.
            let failed = failures.iter().any(|failure| {
                failure.place == violation.place
                    || (failure.aspect == Aspect::Body && violation.aspect == Aspect::Body)
            });
            if failed {
                continue;
            }
            let in_overlay = !strangers
                .iter()
                .any(|stranger| stranger.place == violation.place);
            gaps.insert(Gap {
                aspect: violation.aspect,
                place: violation.place,
                says: violation.says,
                in_overlay,
            });
        }
        // Any header may be sent; one that the overlay names still is a gap of the published document.
        for name in answer.headers.keys() {
            if self.truth.names_header(operation, answer.status, name)
                && !self.published.names_header(operation, answer.status, name)
            {
                gaps.insert(Gap {
                    aspect: Aspect::Header,
                    place: name.clone(),
                    says: "does not name it".to_owned(),
                    in_overlay: true,
                });
            }
        }
    }

    /// Every branch of a union and every value of an `enum` that answers of the operation can show.
    pub fn branches(&self, operation: &Operation) -> Vec<(String, Option<String>)> {
        branches(self.truth.document(), operation)
    }
}

fn all_of(reading: &Document, operation: &Operation, answer: &Answer) -> Vec<Violation> {
    let (mut found, body) = reading.check(operation, answer);
    found.extend(body.as_ref().map(against).unwrap_or_default());
    found
}

/// Notes which branch or `enum` value the body shows.
fn note(validation: &mut Validation, annotations: &Value, body: &Value, at: &str) {
    if let Some(branch) = annotations.get(BRANCH).and_then(Value::as_str) {
        validation.branches.insert(branch.to_owned());
    }
    if let Some(values) = annotations.get(VALUES).and_then(Value::as_str)
        && let Some(value) = body.pointer(at)
    {
        validation
            .values
            .insert((values.to_owned(), value.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HEADERS: [(&str, &str); 3] = [
        ("content-type", "application/json"),
        ("cache-control", "private, no-store"),
        ("polar-version", "2026-04"),
    ];

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Answer {
            status,
            headers,
            body: body.as_bytes().to_vec(),
        }
    }

    fn deactivated() -> Answer {
        answer(204, &HEADERS[1..], "")
    }

    const ID: &str = "508176f7-065a-4b5d-b524-4e9c8a11ed63";
    const AT: &str = "2026-01-01T00:00:00Z";

    fn activation() -> Value {
        let key = json!({
            "id": ID, "created_at": AT, "modified_at": null, "organization_id": ID, "user_id": ID, "customer_id": ID,
            "user": {"id": ID, "email": "a@example.com", "public_name": "A", "avatar_url": null},
            "customer": {
                "id": ID, "created_at": AT, "modified_at": null, "metadata": {}, "external_id": null,
                "email": "a@example.com", "email_verified": false, "type": "individual", "name": null,
                "billing_name": null, "billing_address": null, "tax_id": null, "locale": null, "organization_id": ID,
                "default_payment_method_id": null, "deleted_at": null, "first_user_event_at": null,
                "avatar_url": "https://example.com/a",
            },
            "benefit_id": ID, "key": "K", "display_key": "****-K", "status": "granted", "limit_activations": 3,
            "usage": 0, "limit_usage": null, "validations": 0, "last_validated_at": null, "expires_at": null,
        });
        json!({
            "id": ID, "license_key_id": ID, "label": "a", "meta": {"n": 1}, "created_at": AT, "modified_at": null,
            "license_key": key,
        })
    }

    fn validated(method: &str, path: &str, answer: &Answer) -> Validation {
        Validator::bundled().validate(&Request::new(method, path), answer)
    }

    const ONE: &str = "/v1/license-keys/508176f7-065a-4b5d-b524-4e9c8a11ed63/activations/fda84e25-7b55-4d67-916d-60ead04ff61f";
    const VALIDATE: &str = "/v1/license-keys/validate";

    fn failures(method: &str, path: &str, answer: &Answer) -> Vec<String> {
        let failures = validated(method, path, answer).failures.into_iter();
        failures
            .map(|found| format!("{}: {}", found.path, found.expected))
            .collect()
    }

    #[test]
    fn what_a_good_server_answers_is_no_failure() {
        let ok = answer(200, &HEADERS, &activation().to_string());
        assert_eq!(failures("GET", ONE, &ok), [""; 0]);
        let path = "/v1/license-keys/deactivate";
        assert_eq!(failures("POST", path, &deactivated()), [""; 0]);
        // The contract says nothing about other requests.
        let teapot = answer(418, &[], "<html>");
        assert_eq!(validated("GET", "/v1/nowhere", &teapot).operation, None);
        assert_eq!(failures("GET", "/v1/nowhere", &teapot), [""; 0]);
    }

    #[test]
    fn each_kind_of_bad_answer_is_found() {
        let with = |change: &dyn Fn(&mut Value)| {
            let mut body = activation();
            change(&mut body);
            answer(200, &HEADERS, &body.to_string())
        };
        let without = |name: &str| {
            with(&|body| {
                body.as_object_mut().unwrap().remove(name);
            })
        };
        let table: &[(Answer, &str)] = &[
            (answer(418, &HEADERS, "{}"), "status: "),
            (
                answer(200, &[("content-type", "text/html")], "<html>"),
                "content type: ",
            ),
            (
                answer(200, &HEADERS[1..], &activation().to_string()),
                "content type: ",
            ),
            (answer(200, &HEADERS, "{"), "$: the contract: is JSON"),
            (answer(200, &HEADERS, "[]"), "$: "),
            (
                without("created_at"),
                "$: the contract: \"created_at\" is a required",
            ),
            (
                without("modified_at"),
                "$: the contract: \"modified_at\" is a required",
            ),
            (with(&|body| body["label"] = json!(1)), "$.label: "),
            (with(&|body| body["label"] = json!(null)), "$.label: "),
            (
                with(&|body| body["created_at"] = json!("yesterday")),
                "$.created_at: ",
            ),
            (
                with(&|body| body["created_at"] = json!("2026-01-01T00:00:00")),
                "$.created_at: ",
            ),
            (
                with(&|body| body["id"] = json!("508176f7-065a-1b5d-b524-4e9c8a11ed63")),
                "$.id: ",
            ),
            (with(&|body| body["meta"] = json!({"n": [1]})), "$.meta.n: "),
            (
                answer(
                    200,
                    &[HEADERS[0], ("polar-version", "1999-01")],
                    &activation().to_string(),
                ),
                "header polar-version: ",
            ),
            (
                answer(
                    401,
                    &HEADERS,
                    r#"{"error":"Unauthorized","detail":"Unauthorized"}"#,
                ),
                "header www-authenticate: ",
            ),
            (
                answer(404, &HEADERS, r#"{"error":"Other","detail":"Not found"}"#),
                "$.error: ",
            ),
            (
                answer(
                    422,
                    &HEADERS,
                    r#"{"error":"RequestValidationError","detail":[{"loc":["body"],"msg":"m","type":"t"}]}"#,
                ),
                "$.detail[*]: ",
            ),
            (
                answer(429, &[("retry-after", "60")], "slow down"),
                "content type: ",
            ),
            (answer(429, &[], ""), "header retry-after: "),
            (
                answer(429, &[("retry-after", "soon")], ""),
                "header retry-after: ",
            ),
            (
                answer(
                    500,
                    &[("content-type", "text/plain; charset=utf-8")],
                    "Oops",
                ),
                "$: ",
            ),
        ];
        for (answer, start) in table {
            let found = failures("GET", ONE, answer);
            assert!(
                found.iter().any(|found| found.starts_with(start)),
                "{} {}: {start} is not in {found:?}",
                answer.status,
                answer.text()
            );
        }
        assert_eq!(
            failures(
                "POST",
                "/v1/license-keys/deactivate",
                &answer(204, &[HEADERS[0]], "{}")
            )
            .len(),
            1
        );
    }

    #[test]
    fn what_only_the_overlay_allows_is_a_gap_and_no_failure() {
        let gaps = |method: &str, path: &str, answer: &Answer| {
            let validation = validated(method, path, answer);
            assert_eq!(validation.failures, []);
            let gaps: Vec<String> = validation
                .gaps
                .iter()
                .map(|gap| format!("{gap} {}", gap.in_overlay))
                .collect();
            gaps
        };
        let unmeasured = answer(
            411,
            &HEADERS[..1],
            r#"{"error":"LengthRequired","detail":"A Content-Length header is required."}"#,
        );
        assert_eq!(
            gaps("POST", VALIDATE, &unmeasured),
            ["status 411: does not declare it true"]
        );
        let mut more = activation();
        more["mood"] = json!("fine");
        let found = gaps("GET", ONE, &answer(200, &HEADERS[..1], &more.to_string()));
        for gap in [
            "field $.license_key.user: does not name it true",
            "field $.license_key.user_id: does not name it true",
            "field $.mood: does not name it false",
        ] {
            assert!(found.iter().any(|one| one == gap), "{gap}: {found:?}");
        }
        let limited = answer(429, &[("retry-after", "60")], "");
        assert_eq!(
            gaps("POST", VALIDATE, &limited),
            [
                "status 429: does not declare it true",
                "header retry-after: does not name it true"
            ]
        );
    }

    #[test]
    fn branches_and_values_are_kept() {
        let validation = validated(
            "GET",
            ONE,
            &answer(200, &HEADERS, &activation().to_string()),
        );
        let branches: Vec<&str> = validation.branches.iter().map(String::as_str).collect();
        let all = Validator::bundled().branches(
            Surface::bundled()
                .operation("license_keys:get_activation")
                .unwrap(),
        );
        assert!(!branches.is_empty());
        for branch in branches {
            assert!(all.iter().any(|(known, _)| known == branch), "{branch}");
        }
    }
}
