//! What no schema says about a product: prices that go together, and things that have to exist. Learnt from the open
//! backend, where nothing was recorded.

use std::collections::BTreeMap;

use super::products::count;
use crate::contract::Arguments;
use crate::json::{Dict, Value};
use crate::rules::BusinessError;
use crate::state::Product;

/// The currency of every organization here, in which each product needs a price.
const CURRENCY: &str = "usd";

/// A place in a list of the body.
pub(super) fn place(field: &str, index: usize) -> Vec<Value> {
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    vec![Value::Str(field.to_owned()), Value::Int(index)]
}

/// What is wrong with the prices of a new product, or of one that changes.
pub(super) fn wrong_prices(
    asked: &Arguments,
    old: Option<&Product>,
    recurring: bool,
) -> Vec<BusinessError> {
    let Some(given) = asked.list("prices") else {
        return Vec::new();
    };
    let mut wrong = Vec::new();
    // So many prices that do not depend on use, for each currency.
    let mut fixed: BTreeMap<String, usize> = BTreeMap::new();
    let mut any = false;
    for (index, price) in given.iter().enumerate() {
        let Some(fields) = price.as_dict() else {
            continue;
        };
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let (currency, is_fixed) = match (text("id"), text("amount_type")) {
            (Some(id), _) => {
                let known = old.and_then(|old| {
                    let mut prices = old.prices.iter();
                    prices.find(|price| price.id.to_string() == id)
                });
                let Some(known) = known else {
                    let input = Value::Str(id.to_owned());
                    let message = "Price does not exist.";
                    wrong.push(BusinessError::at(place("prices", index), message, input));
                    continue;
                };
                let is_fixed = known.amount_type != "metered_unit";
                (known.price_currency.as_str(), is_fixed)
            }
            (None, Some("metered_unit")) => {
                wrong.push(metered(fields, index, recurring));
                continue;
            }
            (None, _) => (text("price_currency").unwrap_or(CURRENCY), true),
        };
        any = true;
        *fixed.entry(currency.to_owned()).or_default() += usize::from(is_fixed);
    }
    let mut add = |kind, message| {
        wrong.push(BusinessError {
            kind,
            loc: vec![Value::Str("prices".to_owned())],
            message,
            input: Value::List(given.to_vec()),
        });
    };
    if !any {
        add("too_short", "At least one price is required.");
    }
    for _ in fixed.values().filter(|count| **count > 1) {
        add("value_error", "Only one static price is allowed.");
    }
    if fixed
        .values()
        .any(|count| Some(count) != fixed.values().next())
    {
        let message = "All price currencies must define the same set of price types.";
        add("value_error", message);
    }
    if !fixed.contains_key(CURRENCY) {
        let message =
            "The organization's default presentment currency must be present in the prices.";
        add("value_error", message);
    }
    wrong
}

/// There are no meters here, so that a price by use can have none.
fn metered(price: &Dict, index: usize, recurring: bool) -> BusinessError {
    let mut loc = place("prices", index);
    if !recurring {
        let message = "Metered pricing is not supported on one-time products.";
        return BusinessError::at(loc, message, Value::Dict(price.clone()));
    }
    loc.push(Value::Str("meter_id".to_owned()));
    let meter = price.get("meter_id").cloned().unwrap_or(Value::Null);
    BusinessError::at(loc, "Meter does not exist.", meter)
}

/// There are neither files nor custom fields here, so that none can be attached.
pub(super) fn wrong_attachments(asked: &Arguments) -> Vec<BusinessError> {
    let medias = asked.list("medias").unwrap_or_default();
    let files = medias.iter().enumerate().map(|(index, file)| {
        let message = "File does not exist or is not yet uploaded.";
        BusinessError::at(place("medias", index), message, file.clone())
    });
    let attached = asked.list("attached_custom_fields").unwrap_or_default();
    let fields = attached.iter().enumerate().map(|(index, attached)| {
        let id = attached
            .as_dict()
            .and_then(|attached| attached.get("custom_field_id"));
        BusinessError::at(
            place("attached_custom_fields", index),
            "Custom field does not exist.",
            id.cloned().unwrap_or(Value::Null),
        )
    });
    files.chain(fields).collect()
}

/// What is wrong with a change of a product.
pub(super) fn wrong_update(asked: &Arguments, old: &Product) -> Vec<BusinessError> {
    let mut wrong = wrong_prices(asked, Some(old), old.recurring_interval.is_some());
    let value = |name: &str| {
        let text = asked.text(name).map(|text| Value::Str(text.to_owned()));
        text.or_else(|| count(asked, name).map(Value::Int))
    };
    let mut add = |field: &str, message| {
        wrong.push(BusinessError::at(
            vec![Value::Str(field.to_owned())],
            message,
            value(field).unwrap_or(Value::Null),
        ));
    };
    if let Some(interval) = asked.text("recurring_interval")
        && (Some(interval) != old.recurring_interval.as_deref()
            || count(asked, "recurring_interval_count") != old.recurring_interval_count)
    {
        add(
            "recurring_interval",
            "Recurring interval cannot be changed.",
        );
    }
    let trial = ["trial_interval", "trial_interval_count"];
    if old.recurring_interval.is_none() && trial.iter().any(|field| value(field).is_some()) {
        for field in trial {
            add(
                field,
                "Trial configuration is only supported on recurring products.",
            );
        }
    }
    wrong.extend(wrong_attachments(asked));
    wrong
}
