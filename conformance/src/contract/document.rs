//! A compiled document, and the violations that it finds in an answer.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, NaiveDateTime};
use jsonschema::{Draft, Registry, ValidationError, Validator};
use polar_openapi::pointer::join;
use serde_json::{Value, json};

use super::prepare::{MOMENT, Way, prepare};
use super::surface::{Operation, located};
use super::violation::{Aspect, Violation, of_error, shown};
use crate::json::parse;
use crate::wire::Answer;

const BASE: &str = "urn:polar:contract";

/// One document.
pub(super) struct Document {
    document: Value,
    registry: Registry<'static>,
    /// By pointer; compiled when first needed, as a small run needs few of them.
    validators: RwLock<HashMap<String, Arc<Validator>>>,
}

/// A declared body: the validator of its schema, and the value.
pub(super) struct Body {
    pub(super) validator: Arc<Validator>,
    pub(super) value: Value,
}

impl Document {
    /// Compiles a document.
    ///
    /// # Errors
    /// When a reference in it leads nowhere.
    pub(super) fn new(document: &Value, way: Way) -> Result<Self, jsonschema::ReferencingError> {
        let document = prepare(document, way);
        let registry = Registry::new()
            .draft(Draft::Draft202012)
            .add(BASE, document.clone())?
            .prepare()?;
        Ok(Self {
            document,
            registry,
            validators: RwLock::default(),
        })
    }

    /// The violations in status, content type and headers; and the body, if it has a schema.
    pub(super) fn check(
        &self,
        operation: &Operation,
        answer: &Answer,
    ) -> (Vec<Violation>, Option<Body>) {
        let at = join(
            &format!("{}/responses", operation.pointer),
            &answer.status.to_string(),
        );
        let (at, response) = located(&self.document, &at);
        if response.is_null() {
            let violation = Violation {
                aspect: Aspect::Status,
                place: answer.status.to_string(),
                says: "does not declare it".to_owned(),
                got: shown(&answer.text()),
            };
            return (vec![violation], None);
        }
        let mut found = self.headers(&at, response, answer);
        let mut body = None;
        match self.content(&at, response, answer) {
            Ok(found_body) => body = found_body,
            Err(violation) => found.push(violation),
        }
        (found, body)
    }

    /// Whether the document declares this header for a response with this status.
    pub(super) fn names_header(&self, operation: &Operation, status: u16, name: &str) -> bool {
        let at = join(
            &format!("{}/responses", operation.pointer),
            &status.to_string(),
        );
        let (_, response) = located(&self.document, &at);
        response["headers"]
            .as_object()
            .is_some_and(|headers| headers.keys().any(|known| known.eq_ignore_ascii_case(name)))
    }

    fn headers(&self, at: &str, response: &Value, answer: &Answer) -> Vec<Violation> {
        let mut found = Vec::new();
        for name in response["headers"]
            .as_object()
            .into_iter()
            .flat_map(|h| h.keys())
        {
            let (at, header) = located(&self.document, &join(&join(at, "headers"), name));
            let lower = name.to_ascii_lowercase();
            let against = |says: String, got: &str| Violation {
                aspect: Aspect::Header,
                place: lower.clone(),
                says,
                got: shown(got),
            };
            let Some(text) = answer.header(&lower) else {
                if header["required"] == true {
                    found.push(against("is required".to_owned(), "(missing)"));
                }
                continue;
            };
            let value = match header["schema"]["type"].as_str() {
                Some("integer" | "number" | "boolean") => {
                    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
                }
                _ => json!(text),
            };
            match self.validator(&join(&at, "schema")) {
                Ok(validator) => found.extend(
                    validator
                        .iter_errors(&value)
                        .map(|error| against(error.masked_with("this").to_string(), text)),
                ),
                Err(violation) => found.push(violation),
            }
        }
        found
    }

    fn content(
        &self,
        at: &str,
        response: &Value,
        answer: &Answer,
    ) -> Result<Option<Body>, Violation> {
        let against = |place: &str, says: &str, got: &str| Violation {
            aspect: Aspect::ContentType,
            place: place.to_owned(),
            says: says.to_owned(),
            got: shown(got),
        };
        let sent = answer.header("content-type").map(essence);
        let Some(declared) = response["content"].as_object() else {
            return if answer.body.is_empty() {
                Ok(None)
            } else {
                let place = sent.unwrap_or_else(|| "(no content type)".to_owned());
                Err(against(&place, "declares no body", &answer.text()))
            };
        };
        let Some(sent) = sent else {
            return Err(against(
                "(no content type)",
                "declares a body",
                &answer.text(),
            ));
        };
        let Some((name, media)) = declared.iter().find(|(name, _)| essence(name) == sent) else {
            let says = declared.keys().map(String::as_str).collect::<Vec<_>>();
            return Err(against(
                &sent,
                &format!("declares {}", says.join(", ")),
                &sent,
            ));
        };
        if media.get("schema").is_none() {
            return Ok(None);
        }
        let value = if sent == "application/json" {
            let text = answer.text();
            let value = parse(&text).map_err(|_| Violation {
                aspect: Aspect::Body,
                place: "$".to_owned(),
                says: "is JSON".to_owned(),
                got: shown(&text),
            })?;
            Value::from(&value)
        } else {
            json!(answer.text())
        };
        let at = join(&join(&join(at, "content"), name), "schema");
        let validator = self.validator(&at)?;
        Ok(Some(Body { validator, value }))
    }

    /// The validator of the schema at a pointer.
    fn validator(&self, at: &str) -> Result<Arc<Validator>, Violation> {
        let known = self
            .validators
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = known.get(at) {
            return Ok(Arc::clone(validator));
        }
        drop(known);
        // The tests compile every schema of the bundled documents. If one still fails, that must not pass in silence.
        let validator = self.compile(at).map_err(|error| Violation {
            aspect: Aspect::Body,
            place: at.to_owned(),
            says: error.to_string(),
            got: "(an invalid schema)".to_owned(),
        })?;
        let validator = Arc::new(validator);
        let mut known = self
            .validators
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(known.entry(at.to_owned()).or_insert(validator)))
    }

    fn compile(&self, at: &str) -> Result<Validator, ValidationError<'static>> {
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_registry(&self.registry)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false)
            .with_format("uuid4", is_uuid4)
            .with_format("ipvanyaddress", |text: &str| text.parse::<IpAddr>().is_ok())
            .with_format(MOMENT, is_moment)
            .build(&json!({"$ref": format!("{BASE}#{}", encoded(at))}))
    }

    /// The prepared document.
    pub(super) fn document(&self) -> &Value {
        &self.document
    }
}

/// The violations in a body.
pub(super) fn against(body: &Body) -> Vec<Violation> {
    if body.validator.is_valid(&body.value) {
        return Vec::new();
    }
    let errors = body.validator.iter_errors(&body.value);
    errors.flat_map(|error| of_error(&error)).collect()
}

/// A content type without its parameters.
fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// A pointer as the fragment of a URI.
fn encoded(pointer: &str) -> String {
    pointer
        .replace('%', "%25")
        .replace('{', "%7B")
        .replace('}', "%7D")
}

/// RFC 3339, or the same without an offset.
fn is_moment(text: &str) -> bool {
    DateTime::parse_from_rfc3339(text).is_ok() || text.parse::<NaiveDateTime>().is_ok()
}

/// Polar's `uuid4`: version 4, the variant of RFC 9562.
fn is_uuid4(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            14 => *byte == b'4',
            19 => matches!(byte.to_ascii_lowercase(), b'8' | b'9' | b'a' | b'b'),
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use polar_openapi::bundled;

    use super::*;
    use crate::contract::Surface;

    #[test]
    fn every_schema_of_an_answer_compiles_in_every_reading() {
        for document in [bundled::document(), bundled::server_truth()] {
            for way in [Way::Open, Way::Closed] {
                let reading = Document::new(&document, way).unwrap();
                for (_, operation) in Surface::bundled().operations() {
                    for status in &operation.statuses {
                        let at = join(&format!("{}/responses", operation.pointer), status);
                        let (at, response) = located(&reading.document, &at);
                        for name in response["content"]
                            .as_object()
                            .into_iter()
                            .flat_map(|c| c.keys())
                        {
                            let at = join(&join(&join(&at, "content"), name), "schema");
                            let problem = reading.compile(&at).err();
                            assert!(problem.is_none(), "{at}: {problem:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn version_and_variant_count() {
        assert!(is_uuid4("508176f7-065a-4b5d-b524-4e9c8a11ed63"));
        assert!(!is_uuid4("508176f7-065a-1b5d-b524-4e9c8a11ed63"));
        assert!(!is_uuid4("508176f7-065a-4b5d-c524-4e9c8a11ed63"));
        assert!(!is_uuid4("508176f7065a4b5db5244e9c8a11ed63"));
    }
}
