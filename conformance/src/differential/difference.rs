//! What two answers to the same request differ in, up to ids and times.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta};
use regex::Regex;
use serde::Serialize;

use super::side::Side;
use crate::compare::{Comparison, Mismatch, compare};
use crate::json::{Value, parse};
use crate::snapshot::Normaliser;
use crate::tokens::Bindings;
use crate::wire::Answer;

/// A cause of differences: the place, and what each server has there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Cause {
    /// `status`, `header allow`, `$.detail[].type` …
    pub place: String,
    /// What the server after `--against` has there.
    pub against: String,
    /// What the server after `--with` has there.
    pub with: String,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} against {}", self.place, self.against, self.with)
    }
}

/// What is known about the ids of both servers: one name for each pair.
#[derive(Debug, Clone)]
pub(super) struct Pairs {
    normaliser: Normaliser,
    bindings: Bindings,
}

/// Headers that tell about the connection or the moment.
const PASSING: &[&str] = &[
    "date",
    "content-length",
    "server",
    "connection",
    "transfer-encoding",
    "keep-alive",
];

/// Lists that the server reads in no order.
const UNORDERED: &[&str] = &[
    "$.activations",
    "$.license_key.activations",
    "$.items[*].activations",
    "$.active_subscriptions",
    "$.granted_benefits",
];

/// What background jobs create, in an order of their own.
const BACKGROUND: &[&str] = &["license_key", "benefit_grant"];

/// How far apart the times of one thing may be on two servers.
const APART: TimeDelta = TimeDelta::minutes(10);

impl Pairs {
    /// Nothing is known yet.
    pub(super) fn new(base: &str) -> Self {
        Self {
            normaliser: Normaliser::default(),
            bindings: Bindings::new(base),
        }
    }

    /// Why two answers differ; nothing if they are the same. Learns the ids in answers that are the same.
    pub(super) fn causes(
        &mut self,
        sides: &[Side; 2],
        answers: &[Answer; 2],
        kind: &'static str,
        sorting: Option<&str>,
        headers: bool,
    ) -> BTreeSet<Cause> {
        let [against, with] = answers;
        let mut found = BTreeSet::new();
        let [first, second] = [against, with].map(|answer| parse(&answer.text()).ok());
        if against.status == with.status {
            let before = self.clone();
            match (&first, &second) {
                (Some(first), Some(second)) => {
                    found.extend(self.bodies(sides, first, second, kind, sorting));
                }
                _ => {
                    let texts = [
                        sides[0].neutral(&against.text()),
                        sides[1].neutral(&with.text()),
                    ];
                    if texts[0] != texts[1] {
                        let [against, with] = texts.map(|text| shown_text(&text));
                        found.insert(cause("body", against, with));
                    }
                }
            }
            if !found.is_empty() {
                *self = before;
            }
        } else {
            let shown = |answer: &Answer, body: &Option<Value>| {
                format!("{} {}", answer.status, gist(body.as_ref()))
                    .trim()
                    .to_owned()
            };
            found.insert(cause(
                "status",
                shown(against, &first),
                shown(with, &second),
            ));
        }
        if headers && found.is_empty() {
            let names = against.headers.keys().chain(with.headers.keys());
            for name in names.filter(|name| !PASSING.contains(&name.as_str())) {
                let [left, right] = [0, 1].map(|at| {
                    let value = answers[at].header(name);
                    value.map_or_else(|| "nothing".to_owned(), |value| sides[at].neutral(value))
                });
                if left != right {
                    found.insert(cause(
                        &format!("header {name}"),
                        shown_text(&left),
                        shown_text(&right),
                    ));
                }
            }
        }
        found
    }

    fn bodies(
        &mut self,
        sides: &[Side; 2],
        against: &Value,
        with: &Value,
        kind: &'static str,
        sorting: Option<&str>,
    ) -> Vec<Cause> {
        let (mut first, others) = sides[0].own(against);
        let (mut second, more_others) = sides[1].own(with);
        if others + more_others > 0 {
            // A page of a world with other people's things.
            let counts =
                [&first, &second].map(|body| body.get("items")?.as_array().map(<[_]>::len));
            for body in [&mut first, &mut second] {
                if let Value::Object(entries) = body {
                    entries.insert("pagination".to_owned(), Value::Null);
                    if counts[0] != counts[1] {
                        entries.insert("items".to_owned(), Value::Null);
                    }
                }
            }
        }
        if let (Some(first), Some(second)) = (details(&first), details(&second)) {
            return refusals(&first, &second);
        }
        let template = self.normaliser.value(&first, kind);
        let mut unordered: Vec<String> = UNORDERED.iter().map(|path| (*path).to_owned()).collect();
        if BACKGROUND.contains(&kind) || sorting.is_some() {
            unordered.push("$.items".to_owned());
        }
        let how = Comparison {
            strict: true,
            unordered: &unordered,
        };
        let mut found: Vec<Cause> = compare(&template, &second, &mut self.bindings, how)
            .into_iter()
            .map(|mismatch| of_mismatch(mismatch, &template, &second))
            .collect();
        if let Some(field) = sorting {
            let [one, other] = [&first, &second].map(|body| order(body, field));
            if one != other {
                let place = format!("order of $.items[].{field}");
                found.push(cause(&place, "one order", "another"));
            }
        }
        if found.is_empty() {
            times(&first, &second, "$", &unordered, &mut found);
        }
        found
    }
}

/// The values by which a list is sorted, as far as its items show them. Times differ from server to server.
fn order<'v>(body: &'v Value, field: &str) -> Vec<&'v Value> {
    let items = body.get("items").and_then(Value::as_array);
    let items = items.unwrap_or_default().iter();
    let values = items.filter_map(|item| item.get(field));
    values
        .filter(|value| match value {
            Value::String(text) => DateTime::parse_from_rfc3339(text).is_err(),
            Value::Object(_) | Value::Array(_) => false,
            _ => true,
        })
        .collect()
}

/// Where two bodies of the same shape have times that are not the same moment.
fn times(first: &Value, second: &Value, path: &str, unordered: &[String], found: &mut Vec<Cause>) {
    match (first, second) {
        (Value::Object(first), Value::Object(second)) => {
            for (name, first) in first {
                if let Some(second) = second.get(name) {
                    times(first, second, &format!("{path}.{name}"), unordered, found);
                }
            }
        }
        (Value::Array(first), Value::Array(second)) if !unordered.iter().any(|it| it == path) => {
            for (first, second) in first.iter().zip(second) {
                times(first, second, &format!("{path}[*]"), unordered, found);
            }
        }
        (Value::String(first), Value::String(second)) => {
            let moment = |text: &str| DateTime::parse_from_rfc3339(text).ok();
            let (Some(first), Some(second)) = (moment(first), moment(second)) else {
                return;
            };
            let later = second - first;
            if later.abs() > APART {
                let hours = format!("{:+} hours", later.num_minutes() / 60);
                found.push(cause(&path.replace("[*]", "[]"), "a time", hours));
            }
        }
        _ => {}
    }
}

fn cause(place: &str, against: impl Into<String>, with: impl Into<String>) -> Cause {
    Cause {
        place: place.to_owned(),
        against: against.into(),
        with: with.into(),
    }
}

/// The errors of a 422: where, which, what it says.
fn details(body: &Value) -> Option<Vec<(String, String, String)>> {
    let items = body.get("detail")?.as_array()?;
    let of = |item: &Value, name: &str| item.get(name).map(Value::display).unwrap_or_default();
    Some(
        items
            .iter()
            .map(|item| {
                let steps = item.get("loc").and_then(Value::as_array);
                let steps = steps.unwrap_or_default().iter().map(|step| match step {
                    Value::Number(_) => "[]".to_owned(),
                    step => step.display(),
                });
                let place = steps.collect::<Vec<_>>().join(".");
                let rest = item.as_object().into_iter().flatten();
                let rest =
                    rest.filter(|(name, _)| !matches!(name.as_str(), "loc" | "type" | "msg"));
                let rest: Vec<String> = rest
                    .map(|(name, value)| format!("{name} {}", value.display()))
                    .collect();
                let says = format!("{} {}", of(item, "msg"), rest.join(" "));
                (place, of(item, "type"), says.trim().to_owned())
            })
            .collect(),
    )
}

/// What two lists of errors differ in.
fn refusals(against: &[(String, String, String)], with: &[(String, String, String)]) -> Vec<Cause> {
    let mut places: BTreeMap<&str, [Vec<String>; 2]> = BTreeMap::new();
    for (at, errors) in [against, with].into_iter().enumerate() {
        for (place, kind, _) in errors {
            places.entry(place).or_default()[at].push(kind.clone());
        }
    }
    let mut found: Vec<Cause> = places
        .into_iter()
        .filter(|(_, [first, second])| first != second)
        .map(|(place, kinds)| {
            let [first, second] = kinds.map(|kinds| {
                if kinds.is_empty() {
                    "no error".to_owned()
                } else {
                    kinds.join(", ")
                }
            });
            cause(&format!("error at {place}"), first, second)
        })
        .collect();
    if !found.is_empty() {
        return found;
    }
    for (first, second) in against.iter().zip(with) {
        if first.0 != second.0 || first.1 != second.1 {
            return vec![cause("order of errors", first.0.clone(), second.0.clone())];
        }
        if first.2 != second.2 {
            found.push(cause(
                &format!("text of {} at {}", first.1, first.0),
                shown_text(&first.2),
                shown_text(&second.2),
            ));
        }
    }
    found
}

/// A refusal in a few words.
fn gist(body: Option<&Value>) -> String {
    let Some(body) = body else {
        return String::new();
    };
    match details(body).as_deref() {
        Some([(place, kind, _), ..]) => format!("{kind} at {place}"),
        _ => body
            .get("error")
            .or_else(|| body.get("detail"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
    }
}

fn of_mismatch(mismatch: Mismatch, against: &Value, with: &Value) -> Cause {
    #[expect(
        clippy::unwrap_used,
        reason = "constant patterns, compiled by the tests below"
    )]
    static FOLDED: LazyLock<[(Regex, &str); 2]> = LazyLock::new(|| {
        [
            (Regex::new(r"\[[0-9]+\]").unwrap(), "[]"),
            (
                Regex::new(r"\.(metadata|conditions|meta|custom_field_data)\..*").unwrap(),
                ".$1.*",
            ),
        ]
    });
    let place = FOLDED
        .iter()
        .fold(mismatch.path.clone(), |path, (what, by)| {
            what.replace_all(&path, *by).into_owned()
        });
    if matches!(
        mismatch.why.as_str(),
        "missing" | "unexpected" | "length" | "order of keys"
    ) {
        let [first, second] = match mismatch.why.as_str() {
            "missing" => ["a value".to_owned(), "no such field".to_owned()],
            "unexpected" => ["no such field".to_owned(), "a value".to_owned()],
            "length" => [mismatch.expected, mismatch.got],
            _ => [shown_text(&mismatch.expected), shown_text(&mismatch.got)],
        };
        return cause(&place, first, second);
    }
    let [first, second] =
        [against, with].map(|body| at(body, &mismatch.path).map_or_else(|| "?".to_owned(), shown));
    if first == second {
        return cause(&place, first.clone(), "another one");
    }
    cause(&place, first, second)
}

/// The value at the path of a mismatch.
fn at<'v>(body: &'v Value, path: &str) -> Option<&'v Value> {
    let mut rest = path.strip_prefix('$')?;
    let mut value = body;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let (index, after) = after.split_once(']')?;
            value = value.as_array()?.get(index.parse::<usize>().ok()?)?;
            rest = after;
        } else {
            let after = rest.strip_prefix('.')?;
            let entries = value.as_object()?;
            // Names may contain anything; the longest one that fits is meant.
            let (name, next) = entries
                .iter()
                .filter(|(name, _)| after.starts_with(name.as_str()))
                .max_by_key(|(name, _)| name.len())?;
            value = next;
            rest = &after[name.len()..];
        }
    }
    Some(value)
}

/// A value in a few words: short words and small numbers themselves, everything else by its type.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) if number.text().len() < 5 => number.text().to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::String(text) => shown_text(text),
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Array(_) => "list".to_owned(),
        Value::Object(_) => "object".to_owned(),
    }
}

fn shown_text(text: &str) -> String {
    #[expect(
        clippy::unwrap_used,
        reason = "constant patterns, compiled by the tests below"
    )]
    static KINDS: LazyLock<[(Regex, &str); 3]> = LazyLock::new(|| {
        [
            (
                Regex::new("[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|<[a-z_]+:[0-9]+>").unwrap(),
                "(id)",
            ),
            (
                Regex::new(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z|<time>").unwrap(),
                "(time)",
            ),
            (
                Regex::new("polar-conformance-[0-9a-z-]+").unwrap(),
                "(mark)",
            ),
        ]
    });
    let text = KINDS.iter().fold(text.to_owned(), |text, (what, by)| {
        what.replace_all(&text, *by).into_owned()
    });
    let mut short: String = text.chars().take(90).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(against: &str, with: &str) -> Vec<String> {
        let [first, second] = [against, with].map(|text| details(&parse(text).unwrap()).unwrap());
        let found = refusals(&first, &second);
        found.iter().map(Cause::to_string).collect()
    }

    #[test]
    fn errors_are_paired_by_their_place() {
        let error = |place: &str, kind: &str| {
            format!(r#"{{"type":"{kind}","loc":["body",{place}],"msg":"m","input":1}}"#)
        };
        let two = format!(
            r#"{{"detail":[{},{}]}}"#,
            error("\"a\"", "missing"),
            error("0", "int_type")
        );
        let one = format!(r#"{{"detail":[{}]}}"#, error("\"a\"", "value_error"));
        let turned = format!(
            r#"{{"detail":[{},{}]}}"#,
            error("0", "int_type"),
            error("\"a\"", "missing")
        );
        assert_eq!(
            of(&two, &one),
            [
                "error at body.[]: int_type against no error",
                "error at body.a: missing against value_error"
            ]
        );
        assert_eq!(
            of(&two, &turned),
            ["order of errors: body.a against body.[]"]
        );
        assert_eq!(of(&two, &two), Vec::<String>::new());
    }

    #[test]
    fn times_are_the_same_moment() {
        let [first, second] = [
            r#"{"items":[{"at":"2026-01-01T00:00:00Z","to":"2026-02-01T00:00:00Z"}],"activations":["2026-01-01T00:00:00Z"]}"#,
            r#"{"items":[{"at":"2026-01-01T00:05:00Z","to":"2026-01-31T00:00:00Z"}],"activations":["2027-01-01T00:00:00Z"]}"#,
        ]
        .map(|text| parse(text).unwrap());
        let mut found = Vec::new();
        let unordered = ["$.activations".to_owned()];
        times(&first, &second, "$", &unordered, &mut found);
        let found: Vec<String> = found.iter().map(Cause::to_string).collect();
        assert_eq!(found, ["$.items[].to: a time against -24 hours"]);
    }

    #[test]
    fn a_path_leads_to_its_value() {
        let body = parse(r#"{"a":[{"b.c":1,"b":2}]}"#).unwrap();
        assert_eq!(at(&body, "$.a[0].b.c").map(shown).as_deref(), Some("1"));
        assert_eq!(at(&body, "$.a[0].b").map(shown).as_deref(), Some("2"));
        assert_eq!(at(&body, "$.a[1]"), None);
    }

    #[test]
    fn ids_and_times_do_not_tell_causes_apart() {
        assert_eq!(
            shown_text("7f3c2a10-4b5d-4e8f-9a6b-0c1d2e3f4a5b at 2026-01-01T00:00:00Z"),
            r#""(id) at (time)""#
        );
    }
}
