//! Violations of a document in an answer.

use std::fmt;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde::Serialize;

use crate::compare::Mismatch;

/// The part of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// The status is not declared for the operation.
    Status,
    /// The content type is not declared for the status.
    ContentType,
    /// A declared header is missing or malformed.
    Header,
    /// The body breaks its schema.
    Body,
    /// A field that the schema does not name.
    Field,
}

impl Aspect {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::ContentType => "content type",
            Self::Header => "header",
            Self::Body => "body",
            Self::Field => "field",
        }
    }
}

/// One violation of a document.
#[derive(Debug, Clone)]
pub(super) struct Violation {
    pub(super) aspect: Aspect,
    /// Where: `status`, `header retry-after`, `$.items[*].user`. Positions in lists are stars.
    pub(super) place: String,
    /// What the document says, without any part of the answer.
    pub(super) says: String,
    /// What the answer has.
    pub(super) got: String,
}

impl Violation {
    /// The violation as a difference of a step.
    pub(super) fn mismatch(self) -> Mismatch {
        let place = match self.aspect {
            Aspect::Status => "status".to_owned(),
            Aspect::ContentType => "content type".to_owned(),
            Aspect::Header => format!("header {}", self.place),
            Aspect::Body | Aspect::Field => self.place,
        };
        Mismatch::new(
            place,
            format!("the contract: {}", self.says),
            self.got,
            "breaks the contract (document and overlay)",
        )
    }
}

/// Something that a server does and the published document does not describe.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Gap {
    /// Which part of the answer.
    pub aspect: Aspect,
    /// Where in it.
    pub place: String,
    /// What the published document says.
    pub says: String,
    /// Whether the overlay describes it.
    pub in_overlay: bool,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, says, .. } = self;
        write!(f, "{} {place}: {says}", self.aspect.name())
    }
}

/// The violations of a validation error: one for each undeclared field.
pub(super) fn of_error(error: &ValidationError<'_>) -> Vec<Violation> {
    let place = place(error.instance_path().as_str());
    let got = shown(&error.instance().to_string());
    match error.kind() {
        ValidationErrorKind::UnevaluatedProperties { unexpected }
        | ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| Violation {
                aspect: Aspect::Field,
                place: format!("{place}.{name}"),
                says: "does not name it".to_owned(),
                got: error
                    .instance()
                    .get(name)
                    .map_or_else(String::new, |value| shown(&value.to_string())),
            })
            .collect(),
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            match nearest(context) {
                Some(branch) => branch.iter().flat_map(of_error).collect(),
                None => vec![body(place, "fits none of the variants".to_owned(), got)],
            }
        }
        _ => vec![body(place, error.masked_with("this").to_string(), got)],
    }
}

fn body(place: String, says: String, got: String) -> Violation {
    Violation {
        aspect: Aspect::Body,
        place,
        says,
        got,
    }
}

/// The variant that was probably meant: one that only has undeclared fields; else one of the right type and kind
/// with the fewest violations.
fn nearest<'a, 'i>(
    context: &'a [Vec<ValidationError<'i>>],
) -> Option<&'a Vec<ValidationError<'i>>> {
    let only_more = |error: &ValidationError<'_>| {
        matches!(
            error.kind(),
            ValidationErrorKind::UnevaluatedProperties { .. }
                | ValidationErrorKind::AdditionalProperties { .. }
        )
    };
    let another_kind = |error: &ValidationError<'_>| {
        matches!(
            error.kind(),
            ValidationErrorKind::Type { .. } | ValidationErrorKind::Constant { .. }
        )
    };
    let branches = context.iter().filter(|branch| !branch.is_empty());
    branches.min_by_key(|branch| {
        (
            !branch.iter().all(only_more),
            branch.iter().any(another_kind),
            branch.len(),
        )
    })
}

/// A JSON Pointer as a path. List positions become stars, so that the same violation always reads the same.
fn place(pointer: &str) -> String {
    let mut place = String::from("$");
    for step in pointer.split('/').skip(1) {
        if step.bytes().all(|byte| byte.is_ascii_digit()) {
            place.push_str("[*]");
        } else {
            place.push('.');
            place.push_str(&polar_openapi::pointer::unescape(step));
        }
    }
    place
}

/// The beginning of a value.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
