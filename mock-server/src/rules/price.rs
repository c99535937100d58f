//! Which prices go together (docs/behaviour.md#products).

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::generated::requests::{ProductCreatePricesItem, ProductUpdatePricesItem};
use crate::json::{Dict, Value, to_python_json};
use crate::refusal::{BusinessError, Refusal};
use crate::state::{Price, Timestamp};

/// The currency of every organization here, in which each product needs a price.
pub(super) const CURRENCY: &str = "usd";

/// A price of the body.
#[derive(Debug, Clone, Copy)]
pub struct GivenPrice<'g> {
    /// The price that stays, where one is named.
    id: Option<Uuid>,
    amount_type: Option<&'g str>,
    currency: Option<&'g str>,
    tax_behavior: Option<&'g str>,
    meter_id: Option<Uuid>,
    /// All of it.
    input: &'g Value,
}

impl<'g> GivenPrice<'g> {
    /// A price of a new product.
    pub fn of_new(given: &'g ProductCreatePricesItem, input: &'g Value) -> Self {
        Self {
            id: None,
            amount_type: Some(&given.amount_type),
            currency: given.price_currency.as_deref(),
            tax_behavior: given.tax_behavior.as_deref(),
            meter_id: given.meter_id,
            input,
        }
    }

    /// A price of a product that changes.
    pub fn of_change(given: &'g ProductUpdatePricesItem, input: &'g Value) -> Self {
        Self {
            id: given.id,
            amount_type: given.amount_type.as_deref(),
            currency: given.price_currency.as_deref(),
            tax_behavior: given.tax_behavior.as_deref(),
            meter_id: given.meter_id,
            input,
        }
    }

    fn currency(&self) -> &'g str {
        self.currency.unwrap_or(CURRENCY)
    }
}

/// What is wrong with the prices of a product. `kept` are those that it has so far, `input` is the list as it was given.
pub fn check_prices(
    given: &[GivenPrice<'_>],
    kept: &[Price],
    is_recurring: bool,
    input: &Value,
) -> Vec<BusinessError> {
    let mut errors = Vec::new();
    // How many prices that do not depend on use there are in each currency.
    let mut fixed: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, price) in given.iter().enumerate() {
        let (currency, is_fixed) = match price.id {
            None if price.amount_type == Some("metered_unit") => {
                errors.push(metered(price, index, is_recurring));
                continue;
            }
            None => (price.currency(), true),
            Some(id) => match kept.iter().find(|price| price.id == id) {
                Some(known) => (
                    known.price_currency.as_str(),
                    known.amount_type != "metered_unit",
                ),
                None => {
                    let input = Value::Str(id.to_string());
                    let loc = place("prices", index);
                    errors.push(BusinessError::at(loc, "Price does not exist.", input));
                    continue;
                }
            },
        };
        *fixed.entry(currency).or_default() += usize::from(is_fixed);
    }
    let mut add = |kind, message| {
        errors.push(BusinessError {
            kind,
            loc: vec![Value::Str("prices".to_owned())],
            message,
            input: input.clone(),
        });
    };
    if fixed.is_empty() {
        add("too_short", "At least one price is required.");
    }
    for _ in fixed.values().filter(|count| **count > 1) {
        add("value_error", "Only one static price is allowed.");
    }
    let first = fixed.values().next();
    if fixed.values().any(|count| Some(count) != first) {
        add(
            "value_error",
            "All price currencies must define the same set of price types.",
        );
    }
    if !fixed.contains_key(CURRENCY) {
        add(
            "value_error",
            "The organization's default presentment currency must be present in the prices.",
        );
    }
    errors
}

/// There are no meters here, so that a price by use can have none.
fn metered(price: &GivenPrice<'_>, index: usize, is_recurring: bool) -> BusinessError {
    let mut loc = place("prices", index);
    if !is_recurring {
        let message = "Metered pricing is not supported on one-time products.";
        return BusinessError::at(loc, message, price.input.clone());
    }
    loc.push(Value::Str("meter_id".to_owned()));
    let meter = price.meter_id.map(|id| Value::Str(id.to_string()));
    BusinessError::at(loc, "Meter does not exist.", meter.unwrap_or(Value::Null))
}

/// A place in a list of the body.
pub(super) fn place(field: &str, index: usize) -> Vec<Value> {
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    vec![Value::Str(field.to_owned()), Value::Int(index)]
}

/// The prices of a product afterwards: those named by id stay, the others are archived, new ones come behind.
pub fn change_prices(
    kept: &[Price],
    given: &[GivenPrice<'_>],
    now: Timestamp,
    mut new_id: impl FnMut() -> Uuid,
) -> Result<Vec<Price>, Refusal> {
    let stays = |known: &Price| given.iter().any(|price| price.id == Some(known.id));
    let old = kept.iter().map(|known| {
        Ok(Price {
            is_archived: known.is_archived || !stays(known),
            ..known.clone()
        })
    });
    let new = given.iter().filter(|price| price.id.is_none());
    let new = new.map(|given| new_price(given, new_id(), now));
    old.chain(new).collect()
}

fn new_price(given: &GivenPrice<'_>, id: Uuid, now: Timestamp) -> Result<Price, Refusal> {
    let known = ["amount_type", "price_currency", "tax_behavior"];
    let input = given.input.as_dict();
    let rest = input.into_iter().flat_map(Dict::iter);
    let rest = rest.filter(|(name, _)| !known.contains(name));
    let amount = rest.map(|(name, value)| Ok((name.to_owned(), keep_json(value)?)));
    Ok(Price {
        id,
        amount_type: given.amount_type.unwrap_or_default().to_owned(),
        price_currency: given.currency().to_owned(),
        tax_behavior: given.tax_behavior.map(str::to_owned),
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
    use crate::contract::{Field, Given};
    use crate::json::parse;
    use crate::rules::activate::tests::at;
    use crate::rules::subscribe::tests::product;

    /// A value of a body, as the decoder leaves it.
    pub fn read<T: Field>(given: &serde_json::Value) -> T {
        T::read(Some(parse(given.to_string().as_bytes()).unwrap())).unwrap()
    }

    /// Kind, place, message and input of everything that is wrong.
    pub fn told(errors: &[BusinessError]) -> serde_json::Value {
        let told = errors.iter().map(|error| {
            let loc = keep_json(&Value::List(error.loc.clone())).unwrap();
            let input = keep_json(&error.input).unwrap();
            json!([error.kind, loc, error.message, input])
        });
        told.collect()
    }

    fn prices(given: &Given<Vec<ProductUpdatePricesItem>>) -> Vec<GivenPrice<'_>> {
        let Value::List(inputs) = &given.input else {
            panic!("no list");
        };
        let prices = given.value.iter().zip(inputs);
        prices
            .map(|(price, input)| GivenPrice::of_change(price, input))
            .collect()
    }

    /// A free price in dollars, one by use in euros.
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
        ]
    }

    #[test]
    fn which_prices_go_together() {
        let one = "At least one price is required.";
        let fixed_once = "Only one static price is allowed.";
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
            (json!([id(1), id(3)]), true, json!([fixed_once])),
            (
                json!([fixed("usd"), fixed("usd"), fixed("eur"), fixed("eur")]),
                true,
                json!([fixed_once, fixed_once]),
            ),
            (
                json!([fixed("usd"), fixed("eur"), fixed("eur")]),
                true,
                json!([fixed_once, same]),
            ),
            // A price by use is no static one.
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
            let list: Given<Vec<ProductUpdatePricesItem>> = read(&given);
            let errors = check_prices(&prices(&list), &kept(), is_recurring, &list.input);
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
                told(&errors),
                expected.collect::<serde_json::Value>(),
                "{given}"
            );
        }
    }

    #[test]
    fn prices_that_are_not_named_are_archived_and_new_ones_come_behind() {
        let now = "2026-01-01T00:00:00Z";
        let given = json!([
            {"id": Uuid::from_u128(3)},
            {"amount_type": "custom", "price_currency": "eur", "tax_behavior": "inclusive", "preset_amount": 7},
            {"amount_type": "fixed", "price_amount": 500},
        ]);
        let list: Given<Vec<ProductUpdatePricesItem>> = read(&given);
        let mut ids = 10..;
        let changed = change_prices(&kept(), &prices(&list), at(now), || {
            Uuid::from_u128(ids.next().unwrap())
        });
        let mut expected = kept();
        expected[0].is_archived = true;
        expected[1].is_archived = true;
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
        let list: Given<Vec<ProductUpdatePricesItem>> = read(&json!([{"id": Uuid::from_u128(1)}]));
        let changed = change_prices(&expected[..1], &prices(&list), at(now), Uuid::nil);
        assert!(changed.unwrap()[0].is_archived);
    }
}
