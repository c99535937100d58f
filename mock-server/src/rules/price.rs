//! Which prices go together (docs/behaviour.md#products).

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{BusinessError, Refusal};
use crate::generated::requests::{ProductCreatePricesItem, ProductUpdatePricesItem};
use crate::json::{Dict, Value, to_python_json};
use crate::state::{Price, Timestamp};

/// The currency of every organization here, in which each product needs a price.
const CURRENCY: &str = "usd";

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
