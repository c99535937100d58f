//! Every operation with a body, sent anything.

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use super::bodies::{sent, written};
use super::contract::{Operation, operations};
use super::dialect::{self, ensure};
use super::stage::Stage;
use super::{crashes, runner};
use crate::wire::Answer;

/// An id that somebody may put into a path, percent-encoded; mostly the right one.
pub fn id() -> impl Strategy<Value = Option<&'static str>> {
    let ids = [
        "3f0a4c8e-2d1b-4b7a-9c5e-6f7081923a4b",
        "00000000-0000-0000-0000-000000000000",
        "508176F77065A4B5DB5244E9C8A11ED63",
        "validate",
        "a%00b",
        "%C3%A9%FF",
        "%20",
        "1%2F2",
    ];
    prop_oneof![3 => Just(None), 1 => proptest::sample::select(ids.to_vec()).prop_map(Some)]
}

/// What holds for every answer, whatever was asked.
pub fn judge(
    operation: &Operation,
    body: Option<&Value>,
    may_fail: bool,
    answer: &Answer,
) -> Result<(), TestCaseError> {
    let text = String::from_utf8_lossy(&answer.body);
    match answer.status {
        500 => {
            ensure!(may_fail, "500 without a reason");
            ensure!(text == "Internal Server Error", "{text}");
            ensure!(
                answer.header("polar-version").is_none(),
                "a version on a failure"
            );
        }
        422 => dialect::check(operation, body, answer)?,
        200 | 201 | 204 | 400 | 402 | 403 | 404 | 409 => {
            ensure!(
                answer.header("polar-version") == Some("2026-04"),
                "no version"
            );
        }
        status => return Err(TestCaseError::fail(format!("the status {status}: {text}"))),
    }
    Ok(())
}

/// How a body is sent.
#[derive(Debug, Clone)]
enum How {
    Json,
    /// Only a part of its text, which is hardly JSON.
    Cut(Index),
    /// As a text that does not say it is JSON.
    Text(Option<&'static str>),
}

fn how() -> impl Strategy<Value = How> {
    prop_oneof![
        18 => Just(How::Json),
        1 => any::<Index>().prop_map(How::Cut),
        1 => proptest::sample::select(vec![None, Some("text/plain"), Some("text/json")])
            .prop_map(How::Text),
    ]
}

#[derive(Debug)]
struct Sent {
    whole: Value,
    text: String,
    content_type: Option<&'static str>,
    /// What the server reads, if this is JSON or not meant to be.
    read: Option<Value>,
}

impl Sent {
    fn new(whole: Value, how: How) -> Self {
        let mut text = written(&whole);
        let (content_type, read) = match how {
            How::Json => (Some("application/json"), Some(whole.clone())),
            How::Cut(place) => {
                let ends: Vec<usize> = text.char_indices().map(|(end, _)| end).collect();
                text.truncate(*place.get(&ends));
                (Some("application/json"), None)
            }
            How::Text(content_type) => (content_type, Some(Value::from(text.as_str()))),
        };
        Self {
            whole,
            text,
            content_type,
            read,
        }
    }
}

#[test]
fn a_body_of_any_kind_gets_an_answer_in_the_dialect() {
    let stage = Stage::new();
    let seen = RefCell::new(BTreeSet::new());
    for operation in operations() {
        let Some(schema) = operation.body else {
            continue;
        };
        let sent = (sent(schema), how()).prop_map(|(body, how)| Sent::new(body, how));
        let outcome = runner(0.4).run(&(id(), sent), |(id, sent)| {
            let target = stage.path(&operation, id);
            let ask = stage.call(&operation, &target);
            let ask = match sent.content_type {
                Some(content_type) => ask.header("Content-Type", content_type),
                None => ask,
            };
            let answer = stage.answer(&ask.body(sent.text.clone()));
            seen.borrow_mut().insert(answer.status);
            let may_fail = crashes::of_body(operation.id, &sent.whole) || crashes::of_path(&target);
            judge(&operation, sent.read.as_ref(), may_fail, &answer).map_err(|error| {
                let (id, text) = (operation.id, &sent.text);
                let answer = String::from_utf8_lossy(&answer.body);
                TestCaseError::fail(format!("{error}\n{id} {target}\n{text}\n{answer}"))
            })
        });
        outcome.unwrap_or_else(|error| panic!("{}: {error}", operation.id));
    }
    // The bodies are of every kind indeed.
    let seen = seen.into_inner();
    assert!(
        seen.is_superset(&[200, 201, 204, 404, 422, 500].into()),
        "{seen:?}"
    );
}
