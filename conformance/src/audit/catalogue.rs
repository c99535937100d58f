//! The catalogue of all corruptions.

use std::collections::{BTreeMap, BTreeSet};

use polar_openapi::bundled;
use serde_json::Value;

use super::answers::{AnswerEdit, Change, FieldEdit};
use super::corruption::{Act, Corruption, Kind};
use super::decisions::decisions;
use super::fields::{Field, answered};
use crate::contract::Surface;
use crate::server::Exchange;

/// The fields that show another thing.
const COPIES: [&str; 6] = [
    "customer",
    "product",
    "benefit",
    "benefits",
    "member",
    "organization",
];
/// How many values of an enumeration are tried: of countries and currencies there are too many.
const VALUES: usize = 12;

/// The corruptions of all operations. `heard` are the exchanges with an honest server.
pub(super) fn catalogue<'h>(
    heard: impl Iterator<Item = &'h (String, Exchange)>,
) -> Vec<Corruption> {
    let document = bundled::server_truth();
    let mut all = Vec::new();
    for (_, operation) in Surface::bundled().operations() {
        let declared = document.pointer(&operation.pointer).unwrap_or(&Value::Null);
        for field in answered(&document, declared) {
            of_field(&operation.id, &field, &mut all);
        }
    }
    of_exchanges(heard, &mut all);
    all.extend(decisions(&document));
    all
}

fn of_field(operation: &str, field: &Field, all: &mut Vec<Corruption>) {
    let mut add = |kind: Kind, edit: FieldEdit, how: &str| {
        let place = field.path.join(".");
        let what = if how.is_empty() {
            place
        } else {
            format!("{place}={how}")
        };
        all.push(Corruption {
            kind,
            operation: operation.to_owned(),
            what,
            act: Act::Answer(AnswerEdit {
                status: None,
                detail: None,
                change: Change::Field(field.path.clone(), edit),
            }),
        });
    };
    if field.required {
        add(Kind::DropField, FieldEdit::Drop, "");
    }
    // What one thing shows of another is a copy; one corruption of each field is enough there.
    let is_copied = |step: &String| COPIES.contains(&step.as_str());
    if field.depth >= 2 || field.path.iter().any(is_copied) && field.depth >= 1 {
        return;
    }
    if !field.kind.is_empty() {
        add(Kind::ChangeType, FieldEdit::Retype, "");
    }
    if !field.nullable {
        add(Kind::NullField, FieldEdit::Null, "");
    }
    if !field.values.is_empty() {
        for value in field.values.iter().take(VALUES) {
            add(
                Kind::EnumValue,
                FieldEdit::ReplaceWith(value.clone()),
                value,
            );
        }
        add(
            Kind::EnumValue,
            FieldEdit::Replace("corrupted"),
            "corrupted",
        );
        return;
    }
    match field.kind.as_str() {
        "integer" => add(Kind::Value, FieldEdit::AddOne, "+1"),
        "string" | "boolean" => add(Kind::Value, FieldEdit::Alter, "altered"),
        "array" => {
            add(Kind::Value, FieldEdit::Pop, "last missing");
            add(Kind::Value, FieldEdit::Reverse, "reversed");
        }
        _ => {}
    }
    if field.path.len() == 1 && field.path[0] == "id" {
        all.push(Corruption {
            kind: Kind::ExtraField,
            operation: operation.to_owned(),
            what: "surplus".to_owned(),
            act: Act::Answer(AnswerEdit {
                status: None,
                detail: None,
                change: Change::Field(vec!["surplus".to_owned()], FieldEdit::Insert),
            }),
        });
    }
}

/// The wrong status in the place of this one.
fn mistaken(status: u16) -> u16 {
    match status {
        200 => 201,
        201 => 200,
        204 => 200,
        400 => 422,
        401 => 403,
        403 => 404,
        404 => 403,
        405 => 404,
        422 => 400,
        429 => 503,
        500 => 422,
        other => other + 1,
    }
}

/// Answers of an operation with the same message.
#[derive(Default)]
struct Alike {
    /// Whether they name an error.
    named: bool,
    headers: BTreeSet<String>,
}

fn of_exchanges<'h>(
    heard: impl Iterator<Item = &'h (String, Exchange)>,
    all: &mut Vec<Corruption>,
) {
    // By operation, status, and the text of a refusal.
    let mut kinds: BTreeMap<(String, u16, Option<String>), Alike> = BTreeMap::new();
    for (operation, exchange) in heard {
        let status = exchange.answer.status;
        let body: Option<Value> = serde_json::from_slice(&exchange.answer.body).ok();
        let named = body.as_ref().is_some_and(|body| body["error"].is_string());
        let detail = body.as_ref().and_then(|body| body["detail"].as_str());
        let detail = detail.filter(|_| status >= 400).map(str::to_owned);
        for kind in std::iter::once(None).chain(detail.map(Some)) {
            let kind = (operation.clone(), status, kind);
            let alike = kinds.entry(kind).or_default();
            alike.named |= named;
            alike
                .headers
                .extend(exchange.answer.headers.keys().cloned());
        }
    }
    for ((operation, status, detail), Alike { named, headers }) in kinds {
        let mut add = |kind: Kind, what: String, change: Change| {
            all.push(Corruption {
                kind,
                operation: operation.clone(),
                what,
                act: Act::Answer(AnswerEdit {
                    status: Some(status),
                    detail: detail.clone(),
                    change,
                }),
            });
        };
        let field = |name: &str| vec![name.to_owned()];
        if let Some(text) = &detail {
            add(
                Kind::ErrorText,
                format!("{status} {text}"),
                Change::Field(field("detail"), FieldEdit::Alter),
            );
            let (how, edit) = if named {
                ("", FieldEdit::Replace("PolarError"))
            } else {
                (" with an error", FieldEdit::Insert)
            };
            add(
                Kind::ErrorClass,
                format!("{status} {text}{how}"),
                Change::Field(field("error"), edit),
            );
            add(
                Kind::Status,
                format!("{status}={} {text}", mistaken(status)),
                Change::Status(mistaken(status)),
            );
            continue;
        }
        add(
            Kind::Status,
            format!("{status}={}", mistaken(status)),
            Change::Status(mistaken(status)),
        );
        add(
            Kind::Header,
            format!("{status} content-type=text/html"),
            Change::Header("content-type", Some("text/html")),
        );
        let checked: &[&'static str] = match status {
            401 => &["www-authenticate"],
            405 => &["allow"],
            429 => &["retry-after"],
            500 => &[],
            _ => &["polar-version", "cache-control"],
        };
        for name in checked {
            let (how, value) = if headers.contains(*name) {
                ("missing", None)
            } else {
                ("added", Some("private, no-store"))
            };
            add(
                Kind::Header,
                format!("{status} {name} {how}"),
                Change::Header(name, value),
            );
        }
        if status == 422 {
            let inside = |name: &str| vec!["detail".to_owned(), "[]".to_owned(), name.to_owned()];
            for (name, edit) in [
                ("type", FieldEdit::Alter),
                ("loc", FieldEdit::Pop),
                ("msg", FieldEdit::Alter),
                ("input", FieldEdit::Retype),
                ("ctx", FieldEdit::Drop),
            ] {
                add(
                    Kind::Problem,
                    name.to_owned(),
                    Change::Field(inside(name), edit),
                );
            }
            add(
                Kind::Problem,
                "url added".to_owned(),
                Change::Field(inside("url"), FieldEdit::Insert),
            );
            add(
                Kind::Problem,
                "last missing".to_owned(),
                Change::Field(field("detail"), FieldEdit::Pop),
            );
            add(
                Kind::Problem,
                "reversed".to_owned(),
                Change::Field(field("detail"), FieldEdit::Reverse),
            );
            add(
                Kind::ErrorClass,
                "422".to_owned(),
                Change::Field(field("error"), FieldEdit::Drop),
            );
        }
    }
}
