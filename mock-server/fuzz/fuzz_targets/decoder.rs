//! A request's path, query and body against the contract: what is accepted decodes to itself, what is refused is refused in
//! the dialect (docs/behaviour.md#validation-errors).
//!
//! The first byte chooses an operation. Behind it: an id for the path, `?`, a query, a line end, a body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use polar_mock::contract::{
    Arguments, BodyInput, Contract, Item, LocPart, Route, decode_request, render_detail,
};
use polar_mock::Timestamp;
use polar_mock::json::to_python_json;

fuzz_target!(|bytes: &[u8]| {
    let Some((&chosen, rest)) = bytes.split_first() else {
        return;
    };
    let operations = Contract::bundled().routes();
    let operation = &operations[usize::from(chosen) % operations.len()];
    let (target, body) = match rest.iter().position(|&byte| byte == b'\n') {
        Some(end) => (&rest[..end], &rest[end + 1..]),
        None => (rest, &[][..]),
    };
    let target = String::from_utf8_lossy(target);
    let (id, query) = target.split_once('?').unwrap_or((&target, ""));
    let body = BodyInput::read(Some("application/json"), body);
    match decode(operation, id, query, &body) {
        Ok(seen) => check_accepted(operation, id, query, &seen),
        Err(items) => check_refused(&items),
    }
});

fn decode(
    operation: &Route,
    id: &str,
    query: &str,
    body: &BodyInput,
) -> Result<Arguments, Vec<Item>> {
    let path = ["id", "activation_id", "external_id"].map(|name| (name, id.to_owned()));
    let now = Timestamp::default();
    decode_request(Contract::bundled(), operation, &path, query, body, now)
}

fn check_accepted(operation: &Route, id: &str, query: &str, seen: &Arguments) {
    let Some(body) = &seen.body else {
        return;
    };
    let text = to_python_json(body);
    let again = BodyInput::read(Some("application/json"), text.as_bytes());
    let again = decode(operation, id, query, &again).expect("what was accepted is accepted again");
    let again = again.body.as_ref().map(to_python_json);
    assert_eq!(again.as_ref(), Some(&text), "{}", operation.id);
}

fn check_refused(items: &[Item]) {
    assert!(!items.is_empty());
    let places = items.iter().map(|item| match item.loc.first() {
        Some(LocPart::Name(place)) => ["path", "query", "body"]
            .iter()
            .position(|known| known == place),
        _ => None,
    });
    let places: Option<Vec<usize>> = places.collect();
    assert!(
        places.expect("path, query or body").is_sorted(),
        "{items:?}"
    );
    match render_detail("RequestValidationError", items) {
        Some(text) => {
            // A raw value: integers may have any number of digits.
            let _: &serde_json::value::RawValue =
                serde_json::from_str(&text).expect("a 422 is JSON");
        }
        None => assert!(
            items.iter().any(|item| item.input.is_unserialisable()),
            "{items:?}"
        ),
    }
}
