//! Rules that look at more than one value, which the overlay calls by name (`x-check`).

use super::currency::Currency;
use super::decimal::Decimal;
use super::errors::Fault;
use crate::json::{Dict, Value};

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The unit of a trial and its length are given together.
    Trial,
    /// Spans of metered use fit into the period.
    MeterInterval,
    /// An amount is within the bounds of the currency beside it.
    Amount,
    /// Ranges of seats follow each other.
    SeatTiers,
    /// Ranges of seats say where they begin and end.
    SeatBounds,
    /// Each range of units has an end, except the last.
    UnitTiers,
    /// A price by units asks for whole amounts, and for units that it has a range for.
    UnitPrice,
    /// What a unit is called has a form for every number.
    UnitLabel,
    /// The template makes a channel name.
    ChannelTemplate,
    /// Only Discord makes tokens that are accepted.
    GuildToken,
}

impl Check {
    /// The rule of this name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "trial" => Self::Trial,
            "meter-interval" => Self::MeterInterval,
            "amount" => Self::Amount,
            "seat-tiers" => Self::SeatTiers,
            "seat-bounds" => Self::SeatBounds,
            "unit-tiers" => Self::UnitTiers,
            "unit-price" => Self::UnitPrice,
            "unit-label" => Self::UnitLabel,
            "channel-template" => Self::ChannelTemplate,
            "guild-token" => Self::GuildToken,
            _ => return None,
        })
    }

    /// Applies rules to a value: returns the value they leave, or the first error. `beside` holds the fields of the same
    /// object that were read before.
    pub(super) fn run(checks: &[Self], value: Value, beside: &Dict) -> Result<Value, Fault> {
        let mut checks = checks.iter();
        checks.try_fold(value, |value, check| match (check, &value) {
            (_, Value::Null) => Ok(value),
            (Self::Amount, _) => amount(&value, beside).map(|()| value),
            (Self::GuildToken, _) => Err(wrong(
                "Invalid token. Please authenticate your Discord server again.",
            )),
            (Self::ChannelTemplate, Value::Str(text)) => channel_template(text).map(|()| value),
            (Self::SeatTiers, Value::List(tiers)) => seat_tiers(tiers).map(Value::List),
            (Self::UnitTiers, Value::List(tiers)) => unit_tiers(tiers).map(Value::List),
            (Self::UnitLabel, Value::Dict(label)) => unit_label(label).map(Value::Dict),
            (Self::Trial, Value::Dict(given)) => trial(given).map(|()| value),
            (Self::MeterInterval, Value::Dict(given)) => meter_interval(given).map(|()| value),
            (Self::UnitPrice, Value::Dict(price)) => unit_price(price).map(|()| value),
            (Self::SeatBounds, Value::Dict(tiers)) => Ok(Value::Dict(seat_bounds(tiers))),
            _ => Ok(value),
        })
    }
}

/// What pydantic says where Python's code raises a `ValueError`.
fn wrong(message: &str) -> Fault {
    let ctx = vec![("error", Value::Dict(Dict::default()))];
    Fault::with("value_error", format!("Value error, {message}"), ctx)
}

/// The value of a field, if it is there and not null.
fn given<'d>(dict: &'d Dict, name: &str) -> Option<&'d Value> {
    dict.get(name).filter(|value| **value != Value::Null)
}

fn trial(asked: &Dict) -> Result<(), Fault> {
    let [interval, count] =
        ["trial_interval", "trial_interval_count"].map(|name| given(asked, name).is_some());
    if interval == count {
        return Ok(());
    }
    let message = "Both trial_interval and trial_interval_count must be set together.";
    Err(Fault::plain("missing", message))
}

fn meter_interval(asked: &Dict) -> Result<(), Fault> {
    let Some(meter) = given(asked, "meter_interval").and_then(Value::as_str) else {
        return Ok(());
    };
    let count = |name| given(asked, name).and_then(integer).unwrap_or(1);
    let (spans, periods) = (
        count("meter_interval_count"),
        count("recurring_interval_count"),
    );
    let period = given(asked, "recurring_interval").and_then(Value::as_str);
    let fits = match (meter, period.unwrap_or_default()) {
        ("day", "day") | ("week", "week") | ("month", "month") | ("year", "year") => {
            periods % spans == 0
        }
        ("day", "week") => periods * 7 % spans == 0,
        ("day", "month" | "year") => spans == 1,
        ("month", "year") => periods * 12 % spans == 0,
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(wrong(
        "The meter interval must evenly divide the billing interval, so the meter cycle re-aligns with the billing cycle at every renewal.",
    ))
}

/// An amount is 0, or within the bounds of its currency. It is not checked where the currency is wrong itself.
fn amount(amount: &Value, beside: &Dict) -> Result<(), Fault> {
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
fn seat_tiers(tiers: &[Value]) -> Result<Vec<Value>, Fault> {
    let mut sorted = tiers.to_vec();
    sorted.sort_by_key(|tier| number(tier, "min_seats"));
    for pair in sorted.windows(2) {
        let Some(end) = number(&pair[0], "max_seats") else {
            return Err(wrong(
                "Only the last tier can have unlimited max_seats (None)",
            ));
        };
        let start = number(&pair[1], "min_seats").unwrap_or_default();
        if end.checked_add(1) != Some(start) {
            return Err(wrong(&format!(
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
            return Err(wrong(&format!(
                "Tier max_seats values must be unique, got {one} twice"
            )));
        }
    }
    let start = sorted.first().and_then(|tier| number(tier, "min_seats"));
    if let (Some(start), Some(Some(end))) = (start, ends.last())
        && start > *end
    {
        return Err(wrong(&format!(
            "minimum_seats must not exceed the last tier's max_seats, got {start} > {end}"
        )));
    }
    if let (Some(start), Some(last)) = (start, last)
        && last < start
    {
        return Err(wrong(&format!(
            "maximum_seats must be >= minimum_seats, got {last} < {start}"
        )));
    }
    Ok(sorted)
}

fn seat_bounds(tiers: &Dict) -> Dict {
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
fn unit_tiers(tiers: &[Value]) -> Result<Vec<Value>, Fault> {
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

fn unit_price(price: &Dict) -> Result<(), Fault> {
    let tiers = price.get("tiers").and_then(Value::as_dict);
    let Some(Value::List(tiers)) = tiers.and_then(|tiers| tiers.get("tiers")) else {
        return Ok(());
    };
    for tier in tiers.iter().filter_map(Value::as_dict) {
        let rate = tier.get("unit_amount").and_then(Value::as_str);
        if let Some(rate) = rate
            && Decimal::parse(rate).is_some_and(|rate| !rate.is_whole())
        {
            return Err(wrong(&format!(
                "Unit tier rates must be in smallest currency unit, got {rate}"
            )));
        }
    }
    let minimum = given(price, "minimum_units").and_then(integer);
    let end = tiers.last().and_then(|tier| number(tier, "bound"));
    if let (Some(minimum), Some(end)) = (minimum, end)
        && minimum > end
    {
        return Err(wrong(&format!(
            "minimum_units must not exceed the last tier's bound, got {minimum} > {end}"
        )));
    }
    Ok(())
}

/// What a unit is called in each language, without blanks and empty forms.
fn unit_label(label: &Dict) -> Result<Dict, Fault> {
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

/// The parts of a name in braces are known, and something of the name is left once they are filled in.
fn channel_template(template: &str) -> Result<(), Fault> {
    let refuse = |what: &str, place: &str| {
        Err(wrong(&format!(
            "{what} placeholder: {place}. Allowed: {{customer_name}}, {{customer_email_local}}, or {{metadata.<key>}} for customer metadata."
        )))
    };
    let mut rest = template;
    let mut is_empty = true;
    loop {
        let found = rest
            .char_indices()
            .filter(|&(_, c)| c == '{')
            .find_map(|(start, _)| {
                let name = &rest[start + 1..];
                let end = name
                    .find(['{', '}'])
                    .filter(|&end| name[end..].starts_with('}'))?;
                Some((start, &name[..end]))
            });
        let plain = found.map_or(rest, |(start, _)| &rest[..start]);
        if plain.contains(['{', '}']) {
            return refuse("Malformed", plain);
        }
        is_empty &= !plain.chars().any(char::is_alphanumeric);
        let Some((start, name)) = found else {
            break;
        };
        let key = name.strip_prefix("metadata.").filter(|key| !key.is_empty());
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let place = format!("{{{name}}}");
        if key.is_none() && (name.is_empty() || !name.chars().all(is_word)) {
            return refuse("Malformed", &place);
        }
        if key.is_none() && !["customer_name", "customer_email_local"].contains(&name) {
            return refuse("Unknown", &place);
        }
        is_empty = false;
        rest = &rest[start + name.len() + 2..];
    }
    if is_empty {
        return Err(wrong(
            "Template renders to an empty channel name against a sample customer.",
        ));
    }
    Ok(())
}

fn number(object: &Value, name: &str) -> Option<i128> {
    given(object.as_dict()?, name).and_then(integer)
}

fn integer(value: &Value) -> Option<i128> {
    use num_traits::ToPrimitive as _;
    match value {
        Value::Int(number) => Some((*number).into()),
        Value::BigInt(number) => number.to_i128(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;
    use crate::contract::document::server_truth;

    fn named(schema: &Json, found: &mut Vec<String>) {
        match schema {
            Json::Object(members) => {
                for (name, member) in members {
                    match (name.as_str(), member) {
                        ("x-check", Json::String(name)) => found.push(name.clone()),
                        ("x-check", Json::Array(names)) => {
                            found.extend(names.iter().filter_map(Json::as_str).map(str::to_owned))
                        }
                        _ => named(member, found),
                    }
                }
            }
            Json::Array(items) => items.iter().for_each(|item| named(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_check_that_the_overlay_names_is_known() {
        let mut found = Vec::new();
        named(&server_truth(), &mut found);
        assert!(!found.is_empty(), "the overlay names no check");
        found.retain(|name| Check::named(name).is_none());
        assert_eq!(found, Vec::<String>::new());
    }
}
