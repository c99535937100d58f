//! A whole request: path, query and body, with all their errors in one list (docs/behaviour.md#bodies and
//! docs/behaviour.md#validation-errors).

use percent_encoding::percent_decode_str;

use super::decode::decode;
use super::errors::{Item, LocPart};
use super::routes::{Contract, Parameter, Route};
use crate::json::{Dict, ParseError, Value, parse};
use crate::timestamp::Timestamp;

/// The body of a request, read as the real server reads it but not yet checked.
#[derive(Debug, Clone, PartialEq)]
pub enum BodyInput {
    /// There was none, or JSON `null`.
    Missing,
    /// A JSON value, or the text of a body that was not sent as JSON.
    Value(Value),
    /// It is not JSON; the error item says where and why.
    Malformed(Item),
    /// It could not be read at all: 400.
    Unreadable,
    /// Not sent as JSON and not UTF-8: the real server fails on it (docs/behaviour.md#server-errors).
    Undecodable,
}

impl BodyInput {
    /// Reads the bytes of a body.
    pub fn read(content_type: Option<&str>, bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::Missing;
        }
        if !is_json(content_type) {
            return match std::str::from_utf8(bytes) {
                Ok(text) => Self::Value(Value::Str(text.to_owned())),
                Err(_) => Self::Undecodable,
            };
        }
        match parse(bytes) {
            Ok(Value::Null) => Self::Missing,
            Ok(value) => Self::Value(value),
            Err(ParseError::Unreadable) => Self::Unreadable,
            Err(ParseError::Syntax { message, offset }) => Self::Malformed(Item {
                kind: "json_invalid",
                loc: vec!["body".into(), offset.into()],
                msg: "JSON decode error".into(),
                input: Value::Dict(Dict::default()),
                ctx: Some(
                    [("error".to_owned(), Value::Str(message.to_owned()))]
                        .into_iter()
                        .collect(),
                ),
            }),
        }
    }
}

/// `application/json` or `application/*+json`, in any case, whatever the parameters.
fn is_json(content_type: Option<&str>) -> bool {
    let essence = content_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence.split_once('/') {
        Some(("application", subtype)) if !subtype.contains('/') => {
            subtype == "json" || subtype.ends_with("+json")
        }
        _ => false,
    }
}

/// A decoded request: what a handler sees.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arguments {
    /// Path and query parameters that were given, normalised.
    pub parameters: Dict,
    /// The body, normalised; `null` where the operation has none.
    pub body: Option<Value>,
}

/// Checks path, query and body of a request received now.
pub fn decode_request(
    contract: &Contract,
    route: &Route,
    path: &[(&str, String)],
    query: &str,
    body: &BodyInput,
    now: Timestamp,
) -> Result<Arguments, Vec<Item>> {
    let tree = contract.tree();
    let mut errors = Vec::new();
    let mut arguments = Arguments::default();
    let pairs = query_pairs(query);
    let mut check = |parameter: &Parameter, place, given| {
        let decoded = &mut arguments.parameters;
        check_parameter(contract, parameter, place, given, now, decoded, &mut errors);
    };
    for parameter in &route.list {
        check(parameter, "query", in_query(contract, parameter, &pairs));
    }
    for parameter in &route.path {
        let given = path
            .iter()
            .find(|(name, _)| *name == parameter.name)
            .map(|(_, text)| Value::Str(text.clone()));
        check(parameter, "path", given);
    }
    for parameter in &route.query {
        check(parameter, "query", in_query(contract, parameter, &pairs));
    }
    for name in &route.deep_query {
        let wanted = deep_query(name, &pairs);
        if !wanted.is_empty() {
            arguments.parameters.push(name, Value::Dict(wanted));
        }
    }
    if let Some(expected) = &route.body {
        match body {
            BodyInput::Value(value) => {
                arguments.body = decode(
                    tree,
                    expected.node,
                    value,
                    vec!["body".into()],
                    now,
                    &mut errors,
                );
            }
            _ if expected.required => errors.push(missing("body", None, Value::Null)),
            _ => {}
        }
    }
    if errors.is_empty() {
        Ok(arguments)
    } else {
        Err(errors)
    }
}

/// The value of a parameter in a query: the last one of its name, or a list of all.
fn in_query(
    contract: &Contract,
    parameter: &Parameter,
    pairs: &[(String, Value)],
) -> Option<Value> {
    let mut values = pairs
        .iter()
        .filter(|(name, _)| *name == parameter.name)
        .map(|(_, value)| value.clone());
    if !is_list(contract, parameter) {
        return values.next_back();
    }
    let all: Vec<Value> = values.collect();
    (!all.is_empty()).then_some(Value::List(all))
}

fn check_parameter(
    contract: &Contract,
    parameter: &Parameter,
    place: &str,
    given: Option<Value>,
    now: Timestamp,
    decoded: &mut Dict,
    errors: &mut Vec<Item>,
) {
    match given {
        Some(given) => {
            let loc: Vec<LocPart> = vec![place.into(), parameter.name.as_str().into()];
            if let Some(value) = decode(contract.tree(), parameter.node, &given, loc, now, errors) {
                decoded.push(&parameter.name, value);
            }
        }
        None if parameter.required => {
            errors.push(missing(place, Some(&parameter.name), Value::Null))
        }
        None => {}
    }
}

fn missing(place: &str, name: Option<&str>, input: Value) -> Item {
    let loc = std::iter::once(place)
        .chain(name)
        .map(LocPart::from)
        .collect();
    Item {
        kind: "missing",
        loc,
        msg: "Field required".into(),
        input,
        ctx: None,
    }
}

/// Whether a query parameter takes all values of its name instead of the last.
fn is_list(contract: &Contract, parameter: &Parameter) -> bool {
    use super::schema::Node;
    let mut node = contract.tree().node(parameter.node);
    while let Node::Nullable(inner) = node {
        node = contract.tree().node(*inner);
    }
    matches!(node, Node::Filter(_) | Node::List { .. })
}

/// The values of a parameter that is written `name[key]=value`, by key. Anything after the bracket is ignored.
fn deep_query(name: &str, pairs: &[(String, Value)]) -> Dict {
    let mut by_key: Vec<(String, Value)> = Vec::new();
    for (given, value) in pairs {
        let inside = given
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('['));
        let Some((key, _)) = inside.and_then(|rest| rest.split_once(']')) else {
            continue;
        };
        match by_key.iter_mut().find(|(known, _)| known == key) {
            Some((_, Value::List(values))) => values.push(value.clone()),
            _ if key.is_empty() => {}
            _ => by_key.push((key.to_owned(), Value::List(vec![value.clone()]))),
        }
    }
    by_key.into_iter().collect()
}

/// Names and values of a query, decoded as Python's `parse_qsl(…, keep_blank_values=True)` does.
pub fn query_pairs(query: &str) -> Vec<(String, Value)> {
    let decode = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), Value::Str(decode(value)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_content_types_are_json() {
        for yes in [
            "application/json",
            "application/json; x",
            " application/json ",
            "APPLICATION/JSON",
            "application/problem+json",
        ] {
            assert!(is_json(Some(yes)), "{yes}");
        }
        for no in [
            "",
            "json",
            "*/*",
            "text/json",
            "text/x+json",
            "application/jsonp",
            "application/a/json",
            "application/x;+json",
        ] {
            assert!(!is_json(Some(no)), "{no}");
        }
        assert!(!is_json(None));
    }

    #[test]
    fn keys_in_brackets_gather_their_values() {
        let pairs = query_pairs(
            "metadata[a]=x&metadata%5Bb%5D=1&metadata[a]=y&metadata=z&metadata[]=w&meta[a]=v&page=1",
        );
        let list = |texts: &[&str]| {
            Value::List(
                texts
                    .iter()
                    .map(|&text| Value::Str(text.to_owned()))
                    .collect(),
            )
        };
        let expected = [("a", list(&["x", "y"])), ("b", list(&["1"]))];
        let expected = expected.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(
            deep_query("metadata", &pairs),
            expected.into_iter().collect()
        );
    }

    #[test]
    fn queries_are_read_like_forms() {
        assert_eq!(
            query_pairs("a=1&a=%2B2&&b&c=x+y&=z"),
            [("a", "1"), ("a", "+2"), ("b", ""), ("c", "x y"), ("", "z")]
                .map(|(name, value)| (name.to_owned(), Value::Str(value.to_owned())))
        );
    }
}
