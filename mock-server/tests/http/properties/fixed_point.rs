//! What the decoder accepts is written back as what a handler sees: decoding that once more changes nothing.

use std::cell::Cell;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use polar_mock::Timestamp;
use polar_mock::contract::{Arguments, BodyInput, Contract, RouteMatch, decode_request};
use polar_mock::json::{Value, to_python_json};
use proptest::prelude::*;

use super::bodies::{sent, written};
use super::contract::{Operation, operations};
use super::{queries, runner};
use crate::world::KEY_ID;

/// What a handler sees. `NaN` is equal to itself here.
#[derive(Debug)]
struct Seen(Arguments);

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

/// What a handler of the operation sees of a query and a body, if they are accepted.
fn decoded(operation: &Operation, query: &str, body: &str) -> Option<Seen> {
    let contract = Contract::bundled();
    let path = operation.path.replace("{id}", KEY_ID);
    let RouteMatch::Found(compiled, parameters) = contract.route(&operation.method, &path) else {
        panic!("{path} leads nowhere");
    };
    let body = BodyInput::read(Some("application/json"), body.as_bytes());
    let now = Timestamp::default();
    let mut seen = decode_request(contract, compiled, &parameters, query, &body, now).ok()?;
    // One that is blank and counts as null is as if it had not been given.
    let given = seen.parameters.iter();
    let given = given.filter(|(_, value)| **value != Value::Null);
    seen.parameters = given
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    Some(Seen(seen))
}

/// The query that says what was understood.
fn query(operation: &Operation, arguments: &Arguments) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let given = operation.query.iter().filter_map(|(name, _)| {
        let values = match arguments.parameters.get(name)? {
            Value::List(items) => items.as_slice(),
            Value::Null => &[],
            other => std::slice::from_ref(other),
        };
        Some((*name, values))
    });
    let pairs = given.flat_map(|(name, values)| {
        values.iter().map(move |value| {
            let text = match value {
                Value::Str(text) => text.clone(),
                other => to_python_json(other),
            };
            format!("{}={}", encoded(name), encoded(&text))
        })
    });
    pairs.collect::<Vec<_>>().join("&")
}

#[test]
fn an_accepted_body_decodes_to_itself() {
    let accepted = Cell::new(0);
    for operation in operations() {
        let Some(schema) = operation.body else {
            continue;
        };
        let outcome = runner(1.0).run(&sent(schema), |body| {
            let sent = written(&body);
            let Some(seen) = decoded(&operation, "", &sent) else {
                return Ok(());
            };
            accepted.set(accepted.get() + 1);
            let text = to_python_json(seen.0.body.as_ref().unwrap_or(&Value::Null));
            // A text with a lone surrogate is not written as it was.
            if text.contains('\u{fffd}') {
                return Ok(());
            }
            prop_assert_eq!(
                decoded(&operation, "", &text),
                Some(seen),
                "{}\n{}",
                sent,
                text
            );
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{}: {error}", operation.id));
    }
    assert!(
        accepted.get() > 500,
        "only {accepted:?} bodies were accepted"
    );
}

#[test]
fn an_accepted_query_decodes_to_itself() {
    let accepted = Cell::new(0);
    for operation in operations() {
        if operation.query.is_empty() {
            continue;
        }
        let outcome = runner(1.0).run(&queries::pairs(&operation), |pairs| {
            let sent = queries::query(&pairs, false);
            let Some(seen) = decoded(&operation, &sent, "") else {
                return Ok(());
            };
            accepted.set(accepted.get() + 1);
            let text = query(&operation, &seen.0);
            prop_assert_eq!(
                decoded(&operation, &text, ""),
                Some(seen),
                "{}\n{}",
                sent,
                text
            );
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{}: {error}", operation.id));
    }
    assert!(
        accepted.get() > 500,
        "only {accepted:?} queries were accepted"
    );
}
