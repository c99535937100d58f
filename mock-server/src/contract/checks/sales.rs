//! Rules of what is sold: quantities, products, discounts.

use std::collections::HashSet;

use super::values::{given, integer};
use crate::contract::errors::Fault;
use crate::json::{Dict, Value};
use crate::timestamp::Timestamp;

/// A number of seats or units and its bounds.
pub(super) fn quantity(asked: &Dict, what: &str) -> Result<(), Fault> {
    let names = [
        what.to_owned(),
        format!("min_{what}"),
        format!("max_{what}"),
    ];
    let [count, min, max] = names
        .each_ref()
        .map(|name| given(asked, name).and_then(integer));
    let above = |a: Option<i128>, b: Option<i128>| a.zip(b).is_some_and(|(a, b)| a > b);
    let [count_name, min_name, max_name] = &names;
    if above(min, max) {
        return Err(Fault::value_error(&format!(
            "{min_name} must be less than or equal to {max_name}"
        )));
    }
    if above(min, count) {
        return Err(Fault::value_error(&format!(
            "{count_name} must be greater than or equal to {min_name}"
        )));
    }
    if above(count, max) {
        return Err(Fault::value_error(&format!(
            "{count_name} must be less than or equal to {max_name}"
        )));
    }
    Ok(())
}

pub(super) fn unique(ids: &[Value]) -> Result<(), Fault> {
    let mut known = HashSet::new();
    match ids
        .iter()
        .filter_map(Value::as_str)
        .all(|id| known.insert(id))
    {
        true => Ok(()),
        false => Err(Fault::value_error("Product IDs must be unique.")),
    }
}

pub(super) fn discount_code(code: &str) -> Result<(), Fault> {
    if !code.chars().all(char::is_alphanumeric) {
        return Err(Fault::value_error(
            "Code must contain only alphanumeric characters.",
        ));
    }
    if !(3..=256).contains(&code.chars().count()) {
        return Err(Fault::value_error(
            "Code must be between 3 and 256 characters long.",
        ));
    }
    Ok(())
}

pub(super) fn discount_dates(asked: &Dict) -> Result<(), Fault> {
    let moment = |name| Timestamp::parse(given(asked, name)?.as_str()?);
    match (moment("starts_at"), moment("ends_at")) {
        (Some(start), Some(end)) if start >= end => {
            Err(Fault::value_error("starts_at must be before ends_at"))
        }
        _ => Ok(()),
    }
}

pub(super) fn discount_amounts(asked: &Dict) -> Result<(), Fault> {
    match (given(asked, "amount"), given(asked, "amounts")) {
        (Some(_), Some(_)) => Err(Fault::value_error(
            "Cannot specify both `amount` and `amounts`.",
        )),
        _ => Ok(()),
    }
}

pub(super) fn discount_amount_given(asked: &Dict) -> Result<(), Fault> {
    match (given(asked, "amount"), given(asked, "amounts")) {
        (None, None) => Err(Fault::value_error(
            "Must specify either `amount` or `amounts`.",
        )),
        _ => Ok(()),
    }
}

pub(super) fn discount_months(asked: &Dict) -> Result<(), Fault> {
    let is_repeating = given(asked, "duration").and_then(Value::as_str) == Some("repeating");
    match (is_repeating, given(asked, "duration_in_months")) {
        (true, None) => Err(Fault::value_error(
            "`duration_in_months` is required when `duration` is `repeating`.",
        )),
        (false, Some(_)) => Err(Fault::value_error(
            "`duration_in_months` must be omitted when `duration` is not `repeating`.",
        )),
        _ => Ok(()),
    }
}
