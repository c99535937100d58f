//! Amounts, and the ranges of seats and units that prices have.

use super::values::{given, integer};
use crate::contract::currency::Currency;
use crate::contract::decimal::Decimal;
use crate::contract::errors::Fault;
use crate::json::{Dict, Value};

/// An amount is 0, or within the bounds of its currency. It is not checked where the currency is wrong itself.
pub(super) fn amount(amount: &Value, beside: &Dict) -> Result<(), Fault> {
    let code = beside.get("price_currency").and_then(Value::as_str);
    let Some(currency) = code.and_then(Currency::of) else {
        return Ok(());
    };
    let amount = integer(amount).unwrap_or(i128::MAX);
    let (least, greatest) = (currency.least(), currency.greatest());
    if amount < i128::from(least) && amount != 0 {
        let least = currency.write(least);
        let message = format!("Amount must be at least {least} or 0 for free pricing");
        return Err(custom("minimum_price", message));
    }
    if amount > i128::from(greatest) {
        let message = format!("Amount must be at most {}", currency.write(greatest));
        return Err(custom("maximum_price", message));
    }
    Ok(())
}

fn custom(kind: &'static str, message: String) -> Fault {
    Fault {
        kind,
        msg: message.into(),
        ctx: None,
    }
}

/// The ranges of seats in order, each beginning where the one before ends.
pub(super) fn seat_tiers(tiers: &[Value]) -> Result<Vec<Value>, Fault> {
    let mut sorted = tiers.to_vec();
    sorted.sort_by_key(|tier| number(tier, "min_seats"));
    for pair in sorted.windows(2) {
        let Some(end) = number(&pair[0], "max_seats") else {
            return Err(Fault::value_error(
                "Only the last tier can have unlimited max_seats (None)",
            ));
        };
        let start = number(&pair[1], "min_seats").unwrap_or_default();
        if end.checked_add(1) != Some(start) {
            return Err(Fault::value_error(&format!(
                "Gap or overlap between tiers: tier ending at {end} and tier starting at {start}"
            )));
        }
    }
    let mut ends: Vec<_> = sorted
        .iter()
        .map(|tier| number(tier, "max_seats"))
        .collect();
    let last = ends.last().copied().flatten();
    // One without an end comes last.
    ends.sort_by_key(|end| (end.is_none(), *end));
    for pair in ends.windows(2) {
        if let [Some(one), Some(other)] = pair
            && one == other
        {
            return Err(Fault::value_error(&format!(
                "Tier max_seats values must be unique, got {one} twice"
            )));
        }
    }
    let start = sorted.first().and_then(|tier| number(tier, "min_seats"));
    if let (Some(start), Some(Some(end))) = (start, ends.last())
        && start > *end
    {
        return Err(Fault::value_error(&format!(
            "minimum_seats must not exceed the last tier's max_seats, got {start} > {end}"
        )));
    }
    if let (Some(start), Some(last)) = (start, last)
        && last < start
    {
        return Err(Fault::value_error(&format!(
            "maximum_seats must be >= minimum_seats, got {last} < {start}"
        )));
    }
    Ok(sorted)
}

pub(super) fn seat_bounds(tiers: &Dict) -> Dict {
    let mut tiers = tiers.clone();
    let bound = |tier: Option<&Value>, name| {
        let tier = tier.and_then(Value::as_dict);
        let bound = tier.and_then(|tier| tier.get(name)).cloned();
        bound.unwrap_or(Value::Null)
    };
    if let Some(Value::List(all)) = tiers.get("tiers") {
        let minimum = bound(all.first(), "min_seats");
        let maximum = bound(all.last(), "max_seats");
        tiers.push("minimum_seats", minimum);
        tiers.push("maximum_seats", maximum);
    }
    tiers
}

/// The ranges of units in order; one without an end comes last.
pub(super) fn unit_tiers(tiers: &[Value]) -> Result<Vec<Value>, Fault> {
    let bound = |tier: &Value| number(tier, "bound");
    let mut sorted = tiers.to_vec();
    sorted.sort_by_key(|tier| (bound(tier).is_none(), bound(tier)));
    for pair in sorted.windows(2) {
        let Some(end) = bound(&pair[0]) else {
            let message = "Only the last tier can be unbounded";
            return Err(Fault::plain("unbounded_tier_not_last", message));
        };
        if bound(&pair[1]) == Some(end) {
            let message = format!("Tier bound values must be unique, got {end} twice");
            let end = Value::integer(end.into());
            return Err(Fault::with(
                "duplicate_tier_bound",
                message,
                vec![("bound", end)],
            ));
        }
    }
    Ok(sorted)
}

pub(super) fn unit_price(price: &Dict) -> Result<(), Fault> {
    let tiers = price.get("tiers").and_then(Value::as_dict);
    let Some(Value::List(tiers)) = tiers.and_then(|tiers| tiers.get("tiers")) else {
        return Ok(());
    };
    for tier in tiers.iter().filter_map(Value::as_dict) {
        let rate = tier.get("unit_amount").and_then(Value::as_str);
        if let Some(rate) = rate
            && Decimal::parse(rate).is_some_and(|rate| !rate.is_whole())
        {
            return Err(Fault::value_error(&format!(
                "Unit tier rates must be in smallest currency unit, got {rate}"
            )));
        }
    }
    let minimum = given(price, "minimum_units").and_then(integer);
    let end = tiers.last().and_then(|tier| number(tier, "bound"));
    if let (Some(minimum), Some(end)) = (minimum, end)
        && minimum > end
    {
        return Err(Fault::value_error(&format!(
            "minimum_units must not exceed the last tier's bound, got {minimum} > {end}"
        )));
    }
    Ok(())
}

/// What a unit is called in each language, without blanks and empty forms.
pub(super) fn unit_label(label: &Dict) -> Result<Dict, Fault> {
    const LONGEST: usize = 32;
    let mut languages = Dict::default();
    for (language, forms) in label.iter() {
        let mut kept = Dict::default();
        for (number, form) in forms.as_dict().into_iter().flat_map(Dict::iter) {
            let form = form.as_str().unwrap_or_default().trim();
            if form.chars().count() > LONGEST {
                let message = format!("Unit label forms must be at most {LONGEST} characters");
                let ctx = vec![("max_length", Value::Int(LONGEST as i64))];
                return Err(Fault::with("unit_label_form_too_long", message, ctx));
            }
            if !form.is_empty() {
                kept.push(number, Value::Str(form.to_owned()));
            }
        }
        if kept.get("other").is_none() {
            let message = "Each locale must include a non-empty 'other' form";
            return Err(Fault::plain("missing_other_plural", message));
        }
        languages.push(language, Value::Dict(kept));
    }
    if languages.is_empty() {
        let message = "Value should have at least 1 item after validation, not 0".to_owned();
        let ctx = vec![
            ("field_type", Value::Str("Value".to_owned())),
            ("min_length", Value::Int(1)),
            ("actual_length", Value::Int(0)),
        ];
        return Err(Fault::with("too_short", message, ctx));
    }
    Ok(languages)
}

fn number(object: &Value, name: &str) -> Option<i128> {
    given(object.as_dict()?, name).and_then(integer)
}
