//! Rules that look at more than one value, which the overlay calls by name (`x-check`).

mod prices;
mod sales;
mod values;

use prices::{amount, seat_bounds, seat_tiers, unit_label, unit_price, unit_tiers};
use sales::{
    discount_amount_given, discount_amounts, discount_code, discount_dates, discount_months,
    quantity, unique,
};
use values::{given, integer};

use super::errors::Fault;
use crate::json::{Dict, Value};

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The unit of a trial and its length are given together.
    Trial,
    /// The bounds of seats fit together.
    SeatConstraints,
    /// The bounds of units fit together.
    UnitConstraints,
    /// No product stands in a list twice.
    UniqueProducts,
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
    /// How long a key may live depends on the unit.
    Lifetime,
    /// A state is one of the country, and kept with the country in front.
    AddressState,
    /// A team has an e-mail address, or an owner with one.
    TeamEmail,
    /// A code has letters and digits, neither too few nor too many.
    DiscountCode,
    /// A discount begins before it ends.
    DiscountDates,
    /// What a discount takes off is not said in two ways.
    DiscountAmounts,
    /// What a discount takes off is said.
    DiscountAmountGiven,
    /// A discount has a number of months if it is for some months.
    DiscountMonths,
}

impl Check {
    /// The rule of this name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "trial" => Self::Trial,
            "seat-constraints" => Self::SeatConstraints,
            "unit-constraints" => Self::UnitConstraints,
            "unique-products" => Self::UniqueProducts,
            "meter-interval" => Self::MeterInterval,
            "amount" => Self::Amount,
            "seat-tiers" => Self::SeatTiers,
            "seat-bounds" => Self::SeatBounds,
            "unit-tiers" => Self::UnitTiers,
            "unit-price" => Self::UnitPrice,
            "unit-label" => Self::UnitLabel,
            "channel-template" => Self::ChannelTemplate,
            "guild-token" => Self::GuildToken,
            "lifetime" => Self::Lifetime,
            "address-state" => Self::AddressState,
            "team-email" => Self::TeamEmail,
            "discount-code" => Self::DiscountCode,
            "discount-dates" => Self::DiscountDates,
            "discount-amounts" => Self::DiscountAmounts,
            "discount-amount-given" => Self::DiscountAmountGiven,
            "discount-months" => Self::DiscountMonths,
            _ => return None,
        })
    }

    /// The function that checks an object on the real server, which becomes part of the object's name in errors.
    pub(super) fn function(self) -> Option<&'static str> {
        match self {
            Self::Trial => Some("is_complete_configuration"),
            Self::SeatConstraints => Some("_validate_seat_constraints"),
            Self::UnitConstraints => Some("_validate_unit_constraints"),
            Self::MeterInterval => Some("validate_meter_interval"),
            Self::UnitPrice => Some("validate_rates_and_bounds"),
            _ => None,
        }
    }

    /// Applies rules to a value: returns the value they leave, or the first error. `beside` holds the fields of the same
    /// object that were read before.
    pub(super) fn run(checks: &[Self], value: Value, beside: &Dict) -> Result<Value, Fault> {
        let mut checks = checks.iter();
        checks.try_fold(value, |value, check| match (check, &value) {
            (_, Value::Null) => Ok(value),
            (Self::Amount, _) => amount(&value, beside).map(|()| value),
            (Self::GuildToken, _) => Err(Fault::value_error(
                "Invalid token. Please authenticate your Discord server again.",
            )),
            (Self::ChannelTemplate, Value::Str(text)) => channel_template(text).map(|()| value),
            (Self::SeatTiers, Value::List(tiers)) => seat_tiers(tiers).map(Value::List),
            (Self::UnitTiers, Value::List(tiers)) => unit_tiers(tiers).map(Value::List),
            (Self::UnitLabel, Value::Dict(label)) => unit_label(label).map(Value::Dict),
            (Self::Trial, Value::Dict(given)) => trial(given).map(|()| value),
            (Self::SeatConstraints, Value::Dict(given)) => quantity(given, "seats").map(|()| value),
            (Self::UnitConstraints, Value::Dict(given)) => quantity(given, "units").map(|()| value),
            (Self::UniqueProducts, Value::List(ids)) => unique(ids).map(|()| value),
            (Self::MeterInterval, Value::Dict(given)) => meter_interval(given).map(|()| value),
            (Self::UnitPrice, Value::Dict(price)) => unit_price(price).map(|()| value),
            (Self::Lifetime, Value::Dict(expires)) => lifetime(expires).map(|()| value),
            (Self::AddressState, Value::Dict(address)) => address_state(address).map(Value::Dict),
            (Self::TeamEmail, Value::Dict(team)) => team_email(team).map(|()| value),
            (Self::DiscountCode, Value::Str(code)) => discount_code(code).map(|()| value),
            (Self::DiscountDates, Value::Dict(asked)) => discount_dates(asked).map(|()| value),
            (Self::DiscountAmounts, Value::Dict(asked)) => discount_amounts(asked).map(|()| value),
            (Self::DiscountAmountGiven, Value::Dict(asked)) => {
                discount_amount_given(asked).map(|()| value)
            }
            (Self::DiscountMonths, Value::Dict(asked)) => discount_months(asked).map(|()| value),
            (Self::SeatBounds, Value::Dict(tiers)) => Ok(Value::Dict(seat_bounds(tiers))),
            _ => Ok(value),
        })
    }
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
    Err(Fault::value_error(
        "The meter interval must evenly divide the billing interval, so the meter cycle re-aligns with the billing cycle at every renewal.",
    ))
}

/// The parts of a name in braces are known, and something of the name is left once they are filled in.
fn channel_template(template: &str) -> Result<(), Fault> {
    let refuse = |what: &str, place: &str| {
        Err(Fault::value_error(&format!(
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
        return Err(Fault::value_error(
            "Template renders to an empty channel name against a sample customer.",
        ));
    }
    Ok(())
}

/// The longest lifetime of a key in each unit.
const LIFETIMES: [(&str, i64); 3] = [("year", 457), ("month", 1200), ("day", 36500)];

fn lifetime(expires: &Dict) -> Result<(), Fault> {
    let unit = given(expires, "timeframe").and_then(Value::as_str);
    let maximum = LIFETIMES.iter().find(|(known, _)| Some(*known) == unit);
    let (Some((unit, maximum)), Some(ttl)) = (maximum, given(expires, "ttl")) else {
        return Ok(());
    };
    let ttl = match ttl {
        Value::Int(ttl) if ttl > maximum => ttl.to_string(),
        Value::BigInt(ttl) => ttl.to_string(),
        _ => return Ok(()),
    };
    Err(Fault::value_error(&format!(
        "ttl value {ttl} exceeds the maximum of {maximum} for timeframe '{unit}'."
    )))
}

/// Countries with known states, what one of these is called, and their codes.
const STATES: [(&str, &str, &str); 2] = [
    (
        "US",
        "US state",
        "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC \
         SD TN TX UT VT VA WA WV WI WY DC",
    ),
    (
        "CA",
        "CA subdivision",
        "AB BC MB NB NL NS NT NU ON PE QC SK YT",
    ),
];

fn address_state(address: &Dict) -> Result<Dict, Fault> {
    let mut kept = address.clone();
    let text = |name| given(address, name).and_then(Value::as_str);
    let (Some(country), Some(state)) = (text("country"), text("state")) else {
        return Ok(kept);
    };
    let Some((_, name, codes)) = STATES.iter().find(|(known, ..)| *known == country) else {
        return Ok(kept);
    };
    let rest = state
        .strip_prefix(country)
        .and_then(|rest| rest.strip_prefix('-'));
    let code = rest.unwrap_or(state);
    if !codes.split(' ').any(|known| known == code) {
        return Err(Fault::value_error(&format!("Invalid {name}")));
    }
    kept.take("state");
    kept.push("state", Value::Str(format!("{country}-{code}")));
    Ok(kept)
}

fn team_email(team: &Dict) -> Result<(), Fault> {
    if ["email", "owner"]
        .iter()
        .any(|name| given(team, name).is_some())
    {
        return Ok(());
    }
    Err(Fault::value_error(
        "An owner with an email address is required when creating a team customer without an email.",
    ))
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
