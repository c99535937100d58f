//! Which prices go together (docs/behaviour.md#prices).

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::json::{Dict, Value, to_python_json};
use crate::refusal::{BusinessError, Refusal};
use crate::state::{Price, Timestamp};

/// The currency of every organization here, in which each product needs a price.
pub(super) const CURRENCY: &str = "usd";

/// A price of the body, as the decoder leaves it.
#[derive(Clone, Copy)]
struct Given<'g>(&'g Dict);

impl<'g> Given<'g> {
    /// The price that stays, where one is named.
    fn id(self) -> Option<Uuid> {
        self.text("id")?.parse().ok()
    }

    fn text(self, name: &str) -> Option<&'g str> {
        self.0.get(name).and_then(Value::as_str)
    }

    fn currency(self) -> &'g str {
        self.text("price_currency").unwrap_or(CURRENCY)
    }
}

/// What a price comes to, whether it is new or stays.
struct Listed<'p> {
    index: usize,
    currency: &'p str,
    amount_type: &'p str,
    tax_behavior: Option<&'p str>,
    meter_id: Option<&'p str>,
}

impl<'p> Listed<'p> {
    fn new(index: usize, given: Given<'p>) -> Self {
        Self {
            index,
            currency: given.currency(),
            amount_type: given.text("amount_type").unwrap_or_default(),
            tax_behavior: given.text("tax_behavior"),
            meter_id: given.text("meter_id"),
        }
    }

    fn kept(index: usize, price: &'p Price) -> Self {
        Self {
            index,
            currency: &price.price_currency,
            amount_type: &price.amount_type,
            tax_behavior: price.tax_behavior.as_deref(),
            meter_id: price.amount.get("meter_id").and_then(|id| id.as_str()),
        }
    }
}

/// What is wrong with the prices of a product. `kept` are those that it has so far; `has_seats` if the organization sells seats.
pub fn check_prices(
    given: &[Dict],
    kept: &[Price],
    is_recurring: bool,
    has_seats: bool,
) -> Vec<BusinessError> {
    let mut errors = Vec::new();
    // The prices of each currency, in the order of their first ones.
    let mut currencies: Vec<(&str, Vec<Listed<'_>>)> = Vec::new();
    for (index, price) in given.iter().map(Given).enumerate() {
        let listed = match price.id() {
            None => refused(price, index, is_recurring, has_seats)
                .map_or_else(|| Ok(Listed::new(index, price)), Err),
            Some(id) => match kept
                .iter()
                .find(|price| price.id == id && !price.is_archived)
            {
                Some(known) => Ok(Listed::kept(index, known)),
                None => {
                    let input = Value::Str(id.to_string());
                    let loc = place("prices", index);
                    Err(BusinessError::at(loc, "Price does not exist.", input))
                }
            },
        };
        match listed {
            Err(error) => errors.push(error),
            Ok(listed) => match currencies
                .iter_mut()
                .find(|(name, _)| *name == listed.currency)
            {
                Some((_, prices)) => prices.push(listed),
                None => currencies.push((listed.currency, vec![listed])),
            },
        }
    }
    let add = |errors: &mut Vec<BusinessError>, kind, message: &'static str| {
        errors.push(BusinessError {
            kind,
            loc: vec![Value::Str("prices".to_owned())],
            message: message.into(),
            input: Value::List(given.iter().cloned().map(Value::Dict).collect()),
        });
    };
    if currencies.is_empty() {
        add(&mut errors, "too_short", "At least one price is required.");
    }
    let mut kinds = Vec::new();
    for (_, prices) in &currencies {
        for message in together(prices) {
            add(&mut errors, "value_error", message);
        }
        let mut meters = Vec::new();
        for price in prices
            .iter()
            .filter(|price| price.amount_type == "metered_unit")
        {
            if meters.contains(&price.meter_id) {
                let mut loc = place("prices", price.index);
                loc.push(Value::Str("meter_id".to_owned()));
                let input = Value::Str(price.meter_id.unwrap_or_default().to_owned());
                let message = "Meter is already used for another price.";
                errors.push(BusinessError::at(loc, message, input));
                continue;
            }
            meters.push(price.meter_id);
        }
        let mut behaviors = prices.iter().map(|price| price.tax_behavior);
        let first = behaviors.next();
        if behaviors.any(|behavior| Some(behavior) != first) {
            let message = "All prices for the same currency must have the same tax behavior.";
            add(&mut errors, "value_error", message);
        }
        let types: BTreeSet<_> = prices.iter().map(|price| price.amount_type).collect();
        kinds.push((types, meters.len()));
    }
    if kinds.windows(2).any(|pair| pair[0] != pair[1]) {
        let message = "All price currencies must define the same set of price types.";
        add(&mut errors, "value_error", message);
    }
    if !currencies.iter().any(|(name, _)| *name == CURRENCY) {
        let message =
            "The organization's default presentment currency must be present in the prices.";
        add(&mut errors, "value_error", message);
    }
    errors
}

/// Kinds of prices that do not depend on use, in the order in which too many of them are refused.
const STATIC: [&str; 4] = ["fixed", "seat_based", "custom", "unit_based"];

fn count(prices: &[Listed<'_>], kind: &str) -> usize {
    prices
        .iter()
        .filter(|price| price.amount_type == kind)
        .count()
}

/// What is wrong with prices of one currency that do not depend on use: one of each kind, and a custom one alone.
fn together(prices: &[Listed<'_>]) -> Vec<&'static str> {
    let [fixed, seats, custom, units] = STATIC.map(|kind| count(prices, kind));
    let rules = [
        (fixed > 1, "Only one fixed price is allowed."),
        (seats > 1, "Only one seat-based price is allowed."),
        (custom > 1, "Only one custom price is allowed."),
        (units > 1, "Only one unit-based price is allowed."),
        (
            seats > 0 && units > 0,
            "A seat-based price cannot be combined with a unit-based price.",
        ),
        (
            custom > 0 && fixed + seats + units > 0,
            "A custom price cannot be combined with a fixed, seat-based or unit-based price.",
        ),
    ];
    let broken = rules.into_iter().filter(|(is_broken, _)| *is_broken);
    broken.map(|(_, message)| message).collect()
}

/// Why a new price is refused by itself: no organization here has prices by units, and none has meters.
fn refused(
    price: Given<'_>,
    index: usize,
    is_recurring: bool,
    has_seats: bool,
) -> Option<BusinessError> {
    let mut loc = place("prices", index);
    let message = match price.text("amount_type") {
        Some("seat_based") if !has_seats => {
            "Seat-based pricing is not enabled for this organization."
        }
        Some("unit_based") => "Unit-based pricing is not enabled for this organization.",
        Some("metered_unit") if !is_recurring => {
            "Metered pricing is not supported on one-time products."
        }
        Some("metered_unit") => {
            loc.push(Value::Str("meter_id".to_owned()));
            let meter = price.0.get("meter_id").cloned().unwrap_or(Value::Null);
            return Some(BusinessError::at(loc, "Meter does not exist.", meter));
        }
        _ => return None,
    };
    Some(BusinessError::at(
        loc,
        message,
        Value::Dict(price.0.clone()),
    ))
}

/// A place in a list of the body.
pub(super) fn place(field: &str, index: usize) -> Vec<Value> {
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    vec![Value::Str(field.to_owned()), Value::Int(index)]
}

/// The prices of a product afterwards: those named by id stay, the others are archived, new ones come behind.
pub fn change_prices(
    kept: &[Price],
    given: &[Dict],
    now: Timestamp,
    mut new_id: impl FnMut() -> Uuid,
) -> Result<Vec<Price>, Refusal> {
    let stays = |known: &Price| {
        given
            .iter()
            .any(|price| Given(price).id() == Some(known.id))
    };
    let old = kept.iter().map(|known| {
        Ok(Price {
            is_archived: known.is_archived || !stays(known),
            ..known.clone()
        })
    });
    let new = given.iter().map(Given).filter(|price| price.id().is_none());
    let new = new.map(|given| new_price(given, new_id(), now));
    old.chain(new).collect()
}

fn new_price(given: Given<'_>, id: Uuid, now: Timestamp) -> Result<Price, Refusal> {
    let known = ["amount_type", "price_currency", "tax_behavior"];
    let rest = given.0.iter().filter(|(name, _)| !known.contains(name));
    let amount = rest.map(|(name, value)| Ok((name.to_owned(), keep_json(value)?)));
    Ok(Price {
        id,
        amount_type: given.text("amount_type").unwrap_or_default().to_owned(),
        price_currency: given.currency().to_owned(),
        tax_behavior: given.text("tax_behavior").map(str::to_owned),
        is_archived: false,
        amount: amount.collect::<Result<_, Refusal>>()?,
        created_at: now,
        modified_at: None,
    })
}

/// A value of the body as JSON. The database fails on numbers that are not finite.
pub(super) fn keep_json(value: &Value) -> Result<serde_json::Value, Refusal> {
    serde_json::from_str(&to_python_json(value)).map_err(|_| Refusal::Crash)
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::Field;
    use crate::json::parse;
    use crate::rules::activate::tests::at;
    use crate::rules::subscribe::tests::product;

    /// A value of a body, as the decoder leaves it.
    pub fn read<T: Field>(given: &serde_json::Value) -> T {
        T::read(Some(parse(given.to_string().as_bytes()).unwrap())).unwrap()
    }

    /// Kind, place, message and input of everything that is wrong.
    pub fn shown(errors: &[BusinessError]) -> serde_json::Value {
        let shown = errors.iter().map(|error| {
            let loc = keep_json(&Value::List(error.loc.clone())).unwrap();
            let input = keep_json(&error.input).unwrap();
            json!([error.kind, loc, error.message, input])
        });
        shown.collect()
    }

    /// A free price, a custom one and two by units in dollars, one by use in euros.
    fn kept() -> Vec<Price> {
        let free = &product().prices[0];
        let price = |id, amount_type: &str, currency: &str| Price {
            id: Uuid::from_u128(id),
            amount_type: amount_type.into(),
            price_currency: currency.into(),
            ..free.clone()
        };
        vec![
            price(1, "fixed", "usd"),
            price(2, "metered_unit", "eur"),
            price(3, "custom", "usd"),
            price(4, "unit_based", "usd"),
            price(5, "unit_based", "usd"),
        ]
    }

    #[test]
    fn which_prices_go_together() {
        let one = "At least one price is required.";
        let fixed_once = "Only one fixed price is allowed.";
        let custom_alone =
            "A custom price cannot be combined with a fixed, seat-based or unit-based price.";
        let custom_once = "Only one custom price is allowed.";
        let units_once = "Only one unit-based price is allowed.";
        let no_seats_with_units = "A seat-based price cannot be combined with a unit-based price.";
        let seats_once = "Only one seat-based price is allowed.";
        let behavior = "All prices for the same currency must have the same tax behavior.";
        let no_units = "Unit-based pricing is not enabled for this organization.";
        let custom = json!({"amount_type": "custom"});
        let seats = json!({"amount_type": "seat_based"});
        let units = json!({"amount_type": "unit_based"});
        let taxed = json!({"amount_type": "fixed", "tax_behavior": "inclusive"});
        let same = "All price currencies must define the same set of price types.";
        let default =
            "The organization's default presentment currency must be present in the prices.";
        let id = |id| json!({"id": Uuid::from_u128(id)});
        let fixed = |currency: &str| json!({"amount_type": "fixed", "price_currency": currency});
        let by_use = json!({"amount_type": "metered_unit", "meter_id": Uuid::from_u128(9)});
        for (given, is_recurring, expected) in [
            (json!([fixed("usd")]), true, json!([])),
            (json!([{"amount_type": "custom"}]), false, json!([])),
            (json!([fixed("usd"), fixed("eur")]), true, json!([])),
            (json!([id(1)]), true, json!([])),
            (json!([]), true, json!([["too_short", one], default])),
            (json!([fixed("eur")]), true, json!([default])),
            (
                json!([fixed("usd"), fixed("usd")]),
                true,
                json!([fixed_once]),
            ),
            (json!([id(1), id(3)]), true, json!([custom_alone])),
            (json!([custom, custom]), true, json!([custom_once])),
            (json!([seats, fixed("usd")]), true, json!([])),
            (json!([seats, seats]), true, json!([seats_once])),
            (json!([taxed, seats]), true, json!([behavior])),
            (
                json!([fixed("usd"), units]),
                true,
                json!([["value_error", ["prices", 1], no_units, units]]),
            ),
            (
                json!([fixed("usd"), seats, fixed("eur")]),
                true,
                json!([same]),
            ),
            (
                json!([fixed("usd"), fixed("usd"), fixed("eur"), fixed("eur")]),
                true,
                json!([fixed_once, fixed_once]),
            ),
            (
                json!([fixed("usd"), fixed("eur"), fixed("eur")]),
                true,
                json!([fixed_once]),
            ),
            // New prices by units are refused, but those of a fixture stay.
            (json!([id(4)]), true, json!([])),
            (json!([id(4), id(5)]), true, json!([units_once])),
            (json!([seats, id(4)]), true, json!([no_seats_with_units])),
            (json!([custom, id(4)]), true, json!([custom_alone])),
            (json!([custom, seats]), true, json!([custom_alone])),
            // A price by use is not a static one.
            (json!([id(1), id(2)]), true, json!([same])),
            (json!([id(2)]), true, json!([default])),
            (
                json!([fixed("usd"), id(7)]),
                true,
                json!([[
                    "value_error",
                    ["prices", 1],
                    "Price does not exist.",
                    Uuid::from_u128(7)
                ]]),
            ),
            (
                json!([fixed("usd"), by_use]),
                true,
                json!([[
                    "value_error",
                    ["prices", 1, "meter_id"],
                    "Meter does not exist.",
                    Uuid::from_u128(9)
                ]]),
            ),
            (
                json!([fixed("usd"), by_use]),
                false,
                json!([[
                    "value_error",
                    ["prices", 1],
                    "Metered pricing is not supported on one-time products.",
                    by_use
                ]]),
            ),
        ] {
            let list: Vec<Dict> = read(&given);
            let errors = check_prices(&list, &kept(), is_recurring, true);
            let whole = |expected: &serde_json::Value| match expected {
                serde_json::Value::String(message) => {
                    json!(["value_error", ["prices"], message, given])
                }
                serde_json::Value::Array(error) if error.len() == 2 => {
                    json!([error[0], ["prices"], error[1], given])
                }
                error => error.clone(),
            };
            let expected = expected.as_array().unwrap().iter().map(whole);
            assert_eq!(
                shown(&errors),
                expected.collect::<serde_json::Value>(),
                "{given}"
            );
        }
    }

    #[test]
    fn an_organization_without_seats_has_no_prices_for_them() {
        let given = json!([{"amount_type": "seat_based", "price_currency": "usd"}]);
        let list: Vec<Dict> = read(&given);
        let errors = shown(&check_prices(&list, &[], true, false));
        let message = "Seat-based pricing is not enabled for this organization.";
        let expected = json!(["value_error", ["prices", 0], message, given[0]]);
        assert_eq!(errors[0], expected);
    }

    #[test]
    fn prices_that_are_not_named_are_archived_and_new_ones_come_behind() {
        let now = "2026-01-01T00:00:00Z";
        let given = json!([
            {"id": Uuid::from_u128(3)},
            {"amount_type": "custom", "price_currency": "eur", "tax_behavior": "inclusive", "preset_amount": 7},
            {"amount_type": "fixed", "price_amount": 500},
        ]);
        let list: Vec<Dict> = read(&given);
        let mut ids = 10..;
        let changed = change_prices(&kept(), &list, at(now), || {
            Uuid::from_u128(ids.next().unwrap())
        });
        let mut expected = kept();
        for price in &mut expected {
            price.is_archived = price.id != Uuid::from_u128(3);
        }
        for new in [
            json!({
                "id": Uuid::from_u128(10), "amount_type": "custom", "price_currency": "eur",
                "tax_behavior": "inclusive", "amount": {"preset_amount": 7}, "created_at": now,
            }),
            json!({
                "id": Uuid::from_u128(11), "amount_type": "fixed", "price_currency": "usd",
                "amount": {"price_amount": 500}, "created_at": now,
            }),
        ] {
            expected.push(serde_json::from_value(new).unwrap());
        }
        assert_eq!(changed, Ok(expected.clone()));
        // What is archived stays archived.
        let list: Vec<Dict> = read(&json!([{"id": Uuid::from_u128(1)}]));
        let changed = change_prices(&expected[..1], &list, at(now), Uuid::nil);
        assert!(changed.unwrap()[0].is_archived);
    }
}
