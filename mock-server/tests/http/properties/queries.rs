//! Every operation with query parameters, asked anything.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::contract::{Operation, operations};
use super::judged::{id, judge};
use super::stage::Stage;
use super::{crashes, runner};
use crate::world::{BENEFIT, ORGANIZATION};

/// Names and values of a query: the operation's own and others.
pub fn pairs(operation: &Operation) -> impl Strategy<Value = Vec<(String, String)>> + use<> {
    let mut names: Vec<String> = operation
        .query
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    names.extend(["organization_id[]", "unknown", ""].map(str::to_owned));
    let values = [
        "",
        "1",
        "0",
        "-1",
        "2.0",
        " 7 ",
        "1_0",
        "1.5",
        "9223372036854775807",
        "99999999999999999999999",
        "true",
        "off",
        "granted",
        "granted,revoked",
        "license_keys",
        "created_at",
        "-created_at",
        "null",
        "[]",
        "raw",
        "é🔑",
        "a\0b",
        "2030-01-02",
        "2030-01-02T03:04:05Z",
        "1893553445",
        "succeeded",
        "2xx",
        "customer.created",
        "active",
        "a@b.cd",
        ORGANIZATION,
        BENEFIT,
        "{fda84e25-7b55-4d67-916d-60ead04ff61f}",
        "fda84e25-7b55-4d67-916d",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    ];
    let value = prop_oneof![
        6 => proptest::sample::select(values.to_vec()).prop_map(str::to_owned),
        1 => ".{0,8}",
        1 => Just("9".repeat(4_400)),
    ];
    prop::collection::vec((proptest::sample::select(names), value), 0..6)
}

/// The pairs as a query; every byte that might mean something is encoded, or all of them.
pub fn query(pairs: &[(String, String)], all: bool) -> String {
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.' | b'-' if !all => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect()
    };
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.join("&")
}

#[test]
fn a_query_of_any_kind_gets_an_answer_in_the_dialect() {
    let stage = Stage::new();
    for operation in operations() {
        if operation.query.is_empty() {
            continue;
        }
        let cases = (
            id(),
            pairs(&operation),
            any::<bool>(),
            "[!$-;=?-\\[\\]_a-z~]{0,12}",
        );
        let outcome = runner(0.25).run(&cases, |(id, pairs, all, rest)| {
            let target = format!(
                "{}?{}&{rest}",
                stage.path(&operation, id),
                query(&pairs, all)
            );
            let ask = stage.call(&operation, &target);
            let answer = stage.answer(&ask);
            let may_fail = crashes::of_query(&pairs) || crashes::of_path(&target);
            judge(&operation, None, may_fail, &answer).map_err(|error| {
                TestCaseError::fail(format!(
                    "{error}\n{} {target}\n{}",
                    operation.method,
                    String::from_utf8_lossy(&answer.body)
                ))
            })
        });
        outcome.unwrap_or_else(|error| panic!("{}: {error}", operation.id));
    }
}
