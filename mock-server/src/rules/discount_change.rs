//! What a discount is made of, and how it changes (docs/behaviour.md#discounts).

use std::collections::BTreeMap;

use uuid::Uuid;

use super::keep_metadata;
use super::price::place;
use super::product::count;
use super::product_update::set;
use crate::contract::{Moment, Patch};
use crate::generated::requests::{DiscountCreate, DiscountUpdate};
use crate::json::{Dict, Value};
use crate::refusal::{BusinessError, Refusal};
use crate::state::{Discount, Timestamp};

/// A new discount. `is_taken` says whether another discount of the organization has the code, `has_product` whether the
/// organization has a product.
pub fn create_discount(
    id: Uuid,
    organization_id: Uuid,
    asked: &DiscountCreate,
    is_taken: bool,
    has_product: impl Fn(Uuid) -> bool,
    now: Timestamp,
) -> Result<Discount, Refusal> {
    check_moments(asked.starts_at.as_ref(), asked.ends_at.as_ref())?;
    check_code(asked.code.as_ref(), is_taken)?;
    check_products(asked.products.as_deref(), has_product)?;
    let amounts = match (&asked.amounts, asked.amount) {
        (Some(amounts), _) => amounts_of(amounts).into_iter().collect(),
        // The real server fails where the currency is null.
        (None, Some(amount)) => one(asked.currency.as_ref().ok_or(Refusal::Crash)?, amount)?,
        (None, None) => BTreeMap::new(),
    };
    let metadata = asked.metadata.as_ref().map(keep_metadata).transpose()?;
    Ok(Discount {
        id,
        organization_id,
        name: asked.name.clone(),
        code: asked.code.clone(),
        duration: asked.duration.clone(),
        duration_in_months: count(asked.duration_in_months)?,
        basis_points: count(asked.basis_points)?,
        amounts,
        starts_at: stored(asked.starts_at.as_ref())?,
        ends_at: stored(asked.ends_at.as_ref())?,
        max_redemptions: count(asked.max_redemptions)?,
        max_redemptions_per_customer: count(asked.max_redemptions_per_customer)?,
        redemptions_count: 0,
        products: asked.products.clone().unwrap_or_default(),
        metadata: metadata.unwrap_or_default(),
        created_at: now,
        modified_at: None,
        deleted_at: None,
    })
}

/// The discount as it is afterwards; `modified_at` stays where nothing but the products differs.
pub fn update_discount(
    old: &Discount,
    asked: DiscountUpdate,
    is_taken: bool,
    has_product: impl Fn(Uuid) -> bool,
    now: Timestamp,
) -> Result<Discount, Refusal> {
    check_moments(asked.starts_at.value(), asked.ends_at.value())?;
    check_kind(old, &asked)?;
    check_code(asked.code.value(), is_taken)?;
    if old.redemptions_count > 0 {
        check_redeemed(old, &asked)?;
    }
    check_products(asked.products.value().map(Vec::as_slice), has_product)?;
    let mut row = old.clone();
    set(&mut row.name, asked.name)?;
    change(&mut row.code, asked.code);
    // A moment without an offset never equals a stored one.
    let mut differs = [&asked.starts_at, &asked.ends_at]
        .iter()
        .any(|moment| moment.value().is_some_and(|moment| !moment.is_zoned()));
    let moment = |given: Moment| given.timestamp().ok_or(Refusal::Crash);
    change(&mut row.starts_at, asked.starts_at.try_map(moment)?);
    change(&mut row.ends_at, asked.ends_at.try_map(moment)?);
    let small = |given| count(Some(given)).map(Option::unwrap_or_default);
    change(
        &mut row.max_redemptions,
        asked.max_redemptions.try_map(small)?,
    );
    change(
        &mut row.max_redemptions_per_customer,
        asked.max_redemptions_per_customer.try_map(small)?,
    );
    change(
        &mut row.duration_in_months,
        asked.duration_in_months.try_map(small)?,
    );
    // The real server fails on answers that lack what their kind has.
    if asked.r#type == Patch::Null
        || row.duration == "repeating" && row.duration_in_months.is_none()
    {
        return Err(Refusal::Crash);
    }
    match old.basis_points {
        Some(_) => {
            change(&mut row.basis_points, asked.basis_points.try_map(small)?);
            row.basis_points.ok_or(Refusal::Crash)?;
        }
        None => row.amounts = changed_amounts(old, &asked.amount, &asked.currency, &asked.amounts)?,
    }
    if let Some(metadata) = &asked.metadata {
        row.metadata = keep_metadata(metadata)?;
    }
    differs |= row != *old;
    if differs {
        row.modified_at = Some(now);
    }
    if let Patch::Set(products) = asked.products {
        row.products = products;
    }
    Ok(row)
}

/// The amounts of a discount by currency, as they were given.
pub fn amounts_of(given: &Value) -> Vec<(String, i64)> {
    let entries = given.as_dict().into_iter().flat_map(Dict::iter);
    entries
        .filter_map(|(currency, amount)| match amount {
            Value::Int(amount) => Some((currency.to_owned(), *amount)),
            _ => None,
        })
        .collect()
}

/// The real server cannot compare a moment that has an offset with one that has none.
fn check_moments(start: Option<&Moment>, end: Option<&Moment>) -> Result<(), Refusal> {
    match (start, end) {
        (Some(start), Some(end)) if start.is_zoned() != end.is_zoned() => Err(Refusal::Crash),
        _ => Ok(()),
    }
}

fn check_code(code: Option<&String>, is_taken: bool) -> Result<(), Refusal> {
    let message = "Discount with this code already exists.";
    match code {
        Some(_) if is_taken => Err(Refusal::invalid("code", message, text(code))),
        _ => Ok(()),
    }
}

fn check_products(
    products: Option<&[Uuid]>,
    has_product: impl Fn(Uuid) -> bool,
) -> Result<(), Refusal> {
    let mut products = products.unwrap_or_default().iter().enumerate();
    match products.find(|&(_, &id)| !has_product(id)) {
        None => Ok(()),
        Some((index, id)) => Err(Refusal::Invalid(vec![BusinessError::at(
            place("products", index),
            "Product not found.",
            Value::Str(id.to_string()),
        )])),
    }
}

/// What a discount is stays.
fn check_kind(old: &Discount, asked: &DiscountUpdate) -> Result<(), Refusal> {
    if asked.duration != Patch::Keep && asked.duration.value() != Some(&old.duration) {
        let message = "Duration cannot be changed.";
        return Err(Refusal::invalid(
            "duration",
            message,
            text(asked.duration.value()),
        ));
    }
    if asked.r#type.value().is_some_and(|kind| kind != old.kind()) {
        let message = "Type cannot be changed.";
        return Err(Refusal::invalid(
            "type",
            message,
            text(asked.r#type.value()),
        ));
    }
    Ok(())
}

/// How much it takes off, and for how long, stays once it was redeemed.
fn check_redeemed(old: &Discount, asked: &DiscountUpdate) -> Result<(), Refusal> {
    let integer = |value: Option<i64>| value.map_or(Value::Null, Value::Int);
    let given = |patch: &Patch<i128>| match patch {
        Patch::Keep => None,
        patch => Some(patch.value().and_then(|&given| i64::try_from(given).ok())),
    };
    let is_changed = |patch, old| given(patch).is_some_and(|given| given != old);
    let wrong = if old.basis_points.is_some() {
        is_changed(&asked.basis_points, old.basis_points)
            .then(|| ("basis_points", integer(old.basis_points)))
    } else {
        let main = old.main_amount();
        let (currency, amount) = (main.map(|main| main.0), main.map(|main| main.1));
        let amounts = asked
            .amounts
            .value()
            .map(|given| amounts_of(given).into_iter().collect());
        if is_changed(&asked.amount, amount) {
            Some(("amount", integer(amount)))
        } else if asked.currency != Patch::Keep
            && asked.currency.value().map(String::as_str) != currency
        {
            Some((
                "currency",
                currency.map_or(Value::Null, |currency| Value::Str(currency.to_owned())),
            ))
        } else if asked.amounts != Patch::Keep && amounts.as_ref() != Some(&old.amounts) {
            let amounts = old.amounts.iter();
            let pairs = amounts.map(|(currency, &amount)| (currency.clone(), Value::Int(amount)));
            Some(("amounts", Value::Dict(Dict::from_pairs(pairs.collect()))))
        } else {
            None
        }
    };
    let months = is_changed(&asked.duration_in_months, old.duration_in_months)
        .then(|| ("duration_in_months", integer(old.duration_in_months)));
    match wrong.or(months) {
        None => Ok(()),
        Some((field, input)) => Err(Refusal::invalid(
            field,
            "This field cannot be changed because the discount has already been redeemed.",
            input,
        )),
    }
}

/// What fixed amounts become. The single amount of old clients needs its currency: alone it may only repeat what is.
fn changed_amounts(
    old: &Discount,
    amount: &Patch<i128>,
    currency: &Patch<String>,
    amounts: &Patch<Value>,
) -> Result<BTreeMap<String, i64>, Refusal> {
    let mut changed = old.amounts.clone();
    match (amount.value(), currency.value()) {
        (Some(&amount), Some(currency)) if amount != 0 => changed = one(currency, amount)?,
        (given_amount, given_currency) => {
            let main = old.main_amount();
            let same_amount = given_amount.copied() == main.map(|main| main.1.into());
            let same_currency = given_currency.map(String::as_str) == main.map(|main| main.0);
            if *amount != Patch::Keep && !same_amount || *currency != Patch::Keep && !same_currency
            {
                return Err(Refusal::Crash);
            }
        }
    }
    match amounts {
        Patch::Keep => Ok(changed),
        Patch::Null => Err(Refusal::Crash),
        Patch::Set(amounts) => Ok(amounts_of(amounts).into_iter().collect()),
    }
}

fn one(currency: &str, amount: i128) -> Result<BTreeMap<String, i64>, Refusal> {
    let amount = i64::try_from(amount).map_err(|_| Refusal::Crash)?;
    Ok(BTreeMap::from([(currency.to_owned(), amount)]))
}

fn change<T>(value: &mut Option<T>, given: Patch<T>) {
    if let Some(new) = given.change() {
        *value = new;
    }
}

fn stored(given: Option<&Moment>) -> Result<Option<Timestamp>, Refusal> {
    let given = given.map(|moment| moment.timestamp().ok_or(Refusal::Crash));
    given.transpose()
}

fn text(given: Option<&String>) -> Value {
    given.map_or(Value::Null, |given| Value::Str(given.clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::Field;
    use crate::rules::activate::tests::at;
    use crate::rules::discount::tests::discount;

    const NOW: &str = "2026-06-01T00:00:00Z";

    fn read<T: Field>(asked: &serde_json::Value) -> T {
        let asked = crate::json::parse(asked.to_string().as_bytes()).unwrap();
        T::read(Some(asked)).unwrap()
    }

    /// What is told about a field, or `ok`.
    fn told<T>(outcome: Result<T, Refusal>) -> String {
        match outcome {
            Ok(_) => "ok".to_owned(),
            Err(Refusal::Invalid(errors)) => {
                let input = crate::json::to_python_json(&errors[0].input);
                format!("{} {input}", errors[0].message)
            }
            Err(other) => format!("{other:?}"),
        }
    }

    fn create(asked: &serde_json::Value, is_taken: bool) -> Result<Discount, Refusal> {
        let known = Uuid::from_u128(7);
        create_discount(
            Uuid::from_u128(1),
            Uuid::from_u128(2),
            &read(asked),
            is_taken,
            |id| id == known,
            at(NOW),
        )
    }

    fn update(old: &Discount, asked: &serde_json::Value) -> Result<Discount, Refusal> {
        let later = at("2026-06-02T00:00:00Z");
        update_discount(
            old,
            read(asked),
            false,
            |id| id == Uuid::from_u128(7),
            later,
        )
    }

    #[test]
    fn a_new_discount_is_as_given() {
        let made = create(
            &json!({
                "name": "Off", "type": "fixed", "duration": "once", "amounts": {"usd": 5, "eur": 4}, "code": "ABC",
                "starts_at": "2026-01-01T00:00:00+02:00", "products": [Uuid::from_u128(7)], "max_redemptions": 3,
            }),
            false,
        );
        let expected = discount(json!({
            "amounts": {"eur": 4, "usd": 5}, "code": "ABC", "starts_at": "2025-12-31T22:00:00Z",
            "products": [Uuid::from_u128(7)], "max_redemptions": 3,
        }));
        assert_eq!(made, Ok(expected));
    }

    #[test]
    fn a_new_discount_is_refused_for_its_code_and_then_its_products() {
        let unknown = Uuid::from_u128(8);
        let code = "Discount with this code already exists. \"ABC\"";
        let product = format!("Product not found. \"{unknown}\"");
        for (with, is_taken, expected) in [
            (json!({"code": "ABC", "products": [unknown]}), true, code),
            (
                json!({"code": "ABC", "products": [unknown]}),
                false,
                &product,
            ),
            (json!({}), true, "ok"),
            (json!({"amount": 5}), false, "Crash"),
            (
                json!({"starts_at": "2026-01-01T00:00:00", "ends_at": "2027-01-01T00:00:00Z"}),
                false,
                "Crash",
            ),
        ] {
            let mut asked = json!({"name": "Off", "duration": "once"});
            let fields = with.as_object().unwrap().clone();
            asked.as_object_mut().unwrap().extend(fields);
            assert_eq!(told(create(&asked, is_taken)), expected, "{with}");
        }
    }

    #[test]
    fn a_change_leaves_what_a_discount_is() {
        let percentage = json!({"basis_points": 100});
        let fixed = json!({"amounts": {"usd": 500}});
        let repeating =
            json!({"basis_points": 100, "duration": "repeating", "duration_in_months": 3});
        for (old, asked, expected) in [
            (
                &percentage,
                json!({"duration": null}),
                "Duration cannot be changed. null",
            ),
            (
                &percentage,
                json!({"duration": "once", "type": "percentage"}),
                "ok",
            ),
            (
                &percentage,
                json!({"type": "fixed"}),
                "Type cannot be changed. \"fixed\"",
            ),
            (&percentage, json!({"type": null}), "Crash"),
            (&percentage, json!({"name": null}), "Crash"),
            (&percentage, json!({"basis_points": null}), "Crash"),
            (&percentage, json!({"amount": 5, "amounts": null}), "ok"),
            (&fixed, json!({"basis_points": 5}), "ok"),
            (&fixed, json!({"amount": 500}), "ok"),
            (&fixed, json!({"amount": 600}), "Crash"),
            (&fixed, json!({"currency": "eur"}), "Crash"),
            (&fixed, json!({"amount": 0, "currency": "usd"}), "Crash"),
            (&fixed, json!({"amounts": null}), "Crash"),
            (&repeating, json!({"duration_in_months": null}), "Crash"),
            (&repeating, json!({"duration_in_months": 4}), "ok"),
        ] {
            assert_eq!(
                told(update(&discount(old.clone()), &asked)),
                expected,
                "{old} {asked}"
            );
        }
    }

    #[test]
    fn what_was_redeemed_keeps_what_it_takes_off() {
        let message =
            "This field cannot be changed because the discount has already been redeemed.";
        let percentage = json!({"basis_points": 100, "redemptions_count": 1});
        let fixed = json!({"amounts": {"usd": 500, "eur": 4}, "redemptions_count": 1});
        for (old, asked, current) in [
            (&percentage, json!({"basis_points": 200}), Some("100")),
            (
                &percentage,
                json!({"basis_points": 100, "name": "New"}),
                None,
            ),
            (&percentage, json!({"duration_in_months": 2}), Some("null")),
            (
                &fixed,
                json!({"amount": 600, "currency": "usd"}),
                Some("500"),
            ),
            (&fixed, json!({"currency": "eur"}), Some("\"usd\"")),
            (
                &fixed,
                json!({"amounts": {"usd": 500}}),
                Some("{\"eur\":4,\"usd\":500}"),
            ),
            (&fixed, json!({"amounts": {"usd": 500, "eur": 4}}), None),
        ] {
            let expected =
                current.map_or("ok".to_owned(), |current| format!("{message} {current}"));
            assert_eq!(
                told(update(&discount(old.clone()), &asked)),
                expected,
                "{asked}"
            );
        }
    }

    #[test]
    fn only_real_changes_move_modified_at() {
        let old = discount(json!({"basis_points": 100, "starts_at": NOW}));
        for (asked, moves) in [
            (json!({}), false),
            (json!({"name": "Off"}), false),
            (json!({"name": "New"}), true),
            (json!({"products": [Uuid::from_u128(7)]}), false),
            (json!({"starts_at": "2026-06-01T02:00:00+02:00"}), false),
            (json!({"starts_at": "2026-06-01T00:00:00"}), true),
        ] {
            let row = update(&old, &asked).unwrap();
            assert_eq!(row.modified_at.is_some(), moves, "{asked}");
        }
    }
}
