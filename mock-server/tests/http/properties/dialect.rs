//! The shape and the order of a 422 (docs/behaviour.md#validation-errors), read off the answer and the contract as a
//! document.

use proptest::test_runner::TestCaseError;
use serde_json::Value;

use super::bodies::RAW;
use super::contract::{Operation, alternative, alternatives, meant};
use crate::wire::Answer;

type Checked = Result<(), TestCaseError>;

macro_rules! ensure {
    ($holds:expr, $($words:tt)+) => {
        if !$holds {
            return Err(TestCaseError::fail(format!($($words)+)));
        }
    };
}
pub(super) use ensure;

/// The kinds of items that say what their words were made from, and those that do not.
const WITH_CTX: [&str; 24] = [
    "datetime_from_date_parsing",
    "datetime_object_invalid",
    "datetime_parsing",
    "duplicate_tier_bound",
    "enum",
    "greater_than",
    "greater_than_equal",
    "json_invalid",
    "less_than",
    "less_than_equal",
    "literal_error",
    "string_too_long",
    "string_too_short",
    "too_long",
    "too_short",
    "union_tag_invalid",
    "union_tag_not_found",
    "unit_label_form_too_long",
    "url_parsing",
    "url_scheme",
    "url_too_long",
    "uuid_parsing",
    "uuid_version",
    "value_error",
];
const WITHOUT_CTX: [&str; 32] = [
    "bool_parsing",
    "bool_type",
    "datetime_future",
    "ip_any_address",
    "datetime_type",
    "decimal_parsing",
    "decimal_type",
    "dict_type",
    "extra_forbidden",
    "finite_number",
    "float_parsing",
    "float_type",
    "int_from_float",
    "int_parsing",
    "int_parsing_size",
    "int_type",
    "list_type",
    "maximum_price",
    "maximum_seats",
    "minimum_price",
    "minimum_seats",
    "minimum_units",
    "missing",
    "missing_other_plural",
    "model_attributes_type",
    "none_required",
    "string_pattern_mismatch",
    "string_type",
    "timezone_aware",
    "unbounded_tier_not_last",
    "url_type",
    "uuid_type",
];

/// Checks a 422 that answers a request with this body, if it has one that is JSON.
pub fn check(operation: &Operation, body: Option<&Value>, answer: &Answer) -> Checked {
    let parsed: Value = serde_json::from_slice(&answer.body)
        .map_err(|error| TestCaseError::fail(format!("{error} in the answer")))?;
    let keys = names(&parsed);
    ensure!(keys == ["error", "detail"], "the members {keys:?}");
    let items = parsed["detail"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    ensure!(!items.is_empty(), "no item in {parsed}");
    let business = match parsed["error"].as_str() {
        Some("RequestValidationError") => false,
        Some("PolarRequestValidationError" | "BenefitPropertiesValidationError") => true,
        other => return Err(TestCaseError::fail(format!("the error {other:?}"))),
    };
    for item in items {
        shape(item, business)?;
    }
    if business {
        return Ok(());
    }
    order(operation, body, items)
}

fn names(object: &Value) -> Vec<&str> {
    let fields = object.as_object().into_iter().flatten();
    fields.map(|(name, _)| name.as_str()).collect()
}

fn shape(item: &Value, business: bool) -> Checked {
    let kind = item["type"].as_str().unwrap_or_default();
    let with_ctx = WITH_CTX.contains(&kind);
    ensure!(
        business || with_ctx || WITHOUT_CTX.contains(&kind),
        "the type of {item}"
    );
    let keys = names(item);
    let expected = ["type", "loc", "msg", "input", "ctx"];
    let expected = if with_ctx && !business {
        &expected[..]
    } else {
        &expected[..4]
    };
    ensure!(keys == expected, "the members {keys:?} of {item}");
    ensure!(
        item["msg"].as_str().is_some_and(|msg| !msg.is_empty()),
        "the message of {item}"
    );
    let loc = item["loc"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let place = loc.first().and_then(Value::as_str).unwrap_or_default();
    ensure!(
        ["path", "query", "body"].contains(&place),
        "the place of {item}"
    );
    ensure!(
        loc.iter().all(|part| part.is_string() || part.is_u64()),
        "the parts of {item}"
    );
    ensure!(
        item["ctx"].is_null() || item["ctx"].is_object(),
        "the context of {item}"
    );
    Ok(())
}

/// What all lists share before path before query before body; parameters and fields in the order of the document.
fn order(operation: &Operation, body: Option<&Value>, items: &[Value]) -> Checked {
    let of_lists = |item: &&Value| {
        let name = item["loc"][1].as_str().unwrap_or_default();
        item["loc"][0] == "query" && ["page", "limit", "sorting"].contains(&name)
    };
    let items: Vec<Item<'_>> = items
        .iter()
        .skip_while(of_lists)
        .map(|item| Item {
            rest: item["loc"].as_array().expect("a list"),
            item,
        })
        .collect();
    let mut last = 0;
    for (place, group) in groups(&items)? {
        let rank = match place.as_str() {
            Some("path") => 1,
            Some("query") => 2,
            _ => 3,
        };
        ensure!(rank > last, "{place} comes too late");
        last = rank;
        match rank {
            1 => in_order(&group, |name| operation.path.find(&format!("{{{name}}}")))?,
            2 => in_order(&group, |name| {
                // What all lists share comes first.
                let of_lists = ["page", "limit", "sorting"].contains(&name);
                let place = operation.query.iter().position(|(known, _)| *known == name);
                place.map(|place| {
                    if of_lists {
                        place
                    } else {
                        place + operation.query.len()
                    }
                })
            })?,
            _ => {
                let kind = &group[0].item["type"];
                if let (Some(schema), Some(body), false) =
                    (operation.body, body, kind == "json_invalid")
                {
                    inside(schema, body, &group)?;
                }
            }
        }
    }
    Ok(())
}

/// An item, and what of its location is still ahead.
#[derive(Clone, Copy)]
struct Item<'a> {
    rest: &'a [Value],
    item: &'a Value,
}

/// Items by the next part of their locations; the items of one part stand together.
fn groups<'a>(items: &[Item<'a>]) -> Result<Vec<(&'a Value, Vec<Item<'a>>)>, TestCaseError> {
    let mut groups: Vec<(&Value, Vec<Item<'a>>)> = Vec::new();
    for &Item { rest, item } in items {
        let Some((part, rest)) = rest.split_first() else {
            return Err(TestCaseError::fail(format!(
                "{item} stands before items inside its place"
            )));
        };
        let next = Item { rest, item };
        match groups.iter_mut().position(|(known, _)| *known == part) {
            Some(at) if at + 1 == groups.len() => groups[at].1.push(next),
            Some(_) => {
                return Err(TestCaseError::fail(format!(
                    "{item} stands apart from others of its place"
                )));
            }
            None => groups.push((part, vec![next])),
        }
    }
    Ok(groups)
}

fn in_order(items: &[Item<'_>], rank: impl Fn(&str) -> Option<usize>) -> Checked {
    let mut last = None;
    for (part, _) in groups(items)? {
        let rank = rank(part.as_str().unwrap_or_default());
        ensure!(rank.is_some(), "there is no {part}");
        ensure!(rank > last, "{part} comes too late");
        last = rank;
    }
    Ok(())
}

/// Follows the items of one place of the body.
fn inside(schema: &'static Value, given: &Value, items: &[Item<'_>]) -> Checked {
    let schema = meant(schema);
    // What is wrong with the whole is said after what is wrong in it.
    let parts = items
        .iter()
        .take_while(|item| !item.rest.is_empty())
        .count();
    let (items, here) = items.split_at(parts);
    for Item { rest, item } in here {
        ensure!(rest.is_empty(), "{item} comes too late");
        ensure!(
            same(&item["input"], given),
            "the input of {item} is not {given}"
        );
    }
    let fields = schema["properties"].as_object();
    let mut last = None;
    for (part, group) in groups(items)? {
        if alternatives(schema).is_some() {
            // A member of a union, by the real server's name for it: the value is still the same.
            let label = part.as_str().unwrap_or_default();
            if let Some(member) = alternative(schema, label) {
                inside(member, given, &group)?;
            }
            continue;
        }
        let name = part.as_str().unwrap_or_default();
        let (rank, found, next) = match (given, fields) {
            (Value::Array(items), _) => {
                let index = part.as_u64().map(|index| index as usize);
                (
                    index,
                    index.and_then(|index| items.get(index)),
                    &schema["items"],
                )
            }
            (Value::Object(entries), Some(fields)) => {
                let order = schema["x-order"].as_array().map_or(&[][..], Vec::as_slice);
                let rank = order.iter().position(|known| known == name);
                let place = fields.keys().position(|known| known == name);
                let rank = rank.or(place.map(|place| order.len() + place));
                let field = &schema["properties"][name];
                let aliases = field["x-aliases"].as_array().into_iter().flatten();
                let spellings = aliases.filter_map(Value::as_str);
                let found = std::iter::once(name)
                    .chain(spellings)
                    .find_map(|name| entries.get(name));
                let extra = schema["additionalProperties"] == false;
                let rank = rank.or_else(|| {
                    extra.then(|| {
                        order.len()
                            + fields.len()
                            + entries.keys().position(|k| k == name).unwrap_or(0)
                    })
                });
                (rank, found, field)
            }
            (Value::Object(entries), None) => (
                entries.keys().position(|known| known == name),
                entries.get(name),
                &schema["additionalProperties"],
            ),
            _ => (None, None, &Value::Null),
        };
        ensure!(rank.is_some(), "there is no {part} in {given}");
        ensure!(rank > last, "{part} comes too late");
        last = rank;
        let Some(found) = found else {
            let only =
                group.len() == 1 && group[0].rest.is_empty() && group[0].item["type"] == "missing";
            ensure!(
                only,
                "{part} is not there, which {} does not say",
                group[0].item
            );
            ensure!(
                same(&group[0].item["input"], given),
                "the input of {} is not {given}",
                group[0].item
            );
            continue;
        };
        // The name of an entry is judged before its value.
        let keys = group
            .iter()
            .take_while(|item| fields.is_none() && item.rest.iter().eq(["[key]"].iter()))
            .count();
        for Item { item, .. } in &group[..keys] {
            ensure!(
                item["input"] == *part,
                "the input of {item} is not the name"
            );
        }
        inside(next, found, &group[keys..])?;
    }
    Ok(())
}

/// Whether an answer repeats what was sent.
fn same(repeated: &Value, sent: &Value) -> bool {
    match (repeated, sent) {
        (_, Value::String(text)) if text.starts_with(RAW) => {
            let literal = text.trim_start_matches(RAW);
            serde_json::from_str::<Value>(literal).is_ok_and(|sent| same(repeated, &sent))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((a, x), (b, y))| a == b && same(x, y))
        }
        (a, b) => a == b,
    }
}
