//! How a product changes (docs/behaviour.md#products). Learnt from the open backend, where nothing was recorded.

use uuid::Uuid;

use super::keep_metadata;
use super::price::{change_prices, check_prices};
use super::product::{check_attachments, count};
use crate::contract::Patch;
use crate::generated::requests::ProductUpdate;
use crate::json::Value;
use crate::refusal::{BusinessError, Refusal};
use crate::state::{Product, Timestamp};

/// The product as it is afterwards; `modified_at` stays where nothing differs. `has_seats` if its
/// organization sells seats; `new_id` makes up ids.
pub fn update_product(
    old: &Product,
    asked: ProductUpdate,
    has_seats: bool,
    now: Timestamp,
    new_id: impl FnMut() -> Uuid,
) -> Result<Product, Refusal> {
    let mut product = old.clone();
    let mut errors = Vec::new();
    let mut prices = None;
    if let Patch::Set(given) = &asked.prices {
        errors = check_prices(
            given,
            &old.prices,
            old.recurring_interval.is_some(),
            has_seats,
        );
        prices = Some(change_prices(&old.prices, given, now, new_id)?);
    }
    errors.extend(check_intervals(old, &asked));
    errors.extend(check_attachments(
        asked.medias.value().map(Vec::as_slice),
        asked.attached_custom_fields.value().map(Vec::as_slice),
    ));
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors));
    }
    set(&mut product.name, asked.name)?;
    set(&mut product.visibility, asked.visibility)?;
    set(&mut product.is_archived, asked.is_archived)?;
    if let Some(description) = asked.description.change() {
        product.description = description;
    }
    if let Some(interval) = asked.recurring_interval.change() {
        product.recurring_interval = interval;
    }
    if let Some(given) = asked.recurring_interval_count.change() {
        product.recurring_interval_count = count(given)?;
    }
    if let Some(interval) = asked.trial_interval.change() {
        product.trial_interval = interval;
    }
    if let Some(given) = asked.trial_interval_count.change() {
        product.trial_interval_count = count(given)?;
    }
    if let Some(metadata) = &asked.metadata {
        product.metadata = keep_metadata(metadata)?;
    }
    // Prices are rows of their own.
    if product != *old {
        product.modified_at = Some(now);
    }
    if let Some(prices) = prices {
        product.prices = prices;
    }
    Ok(product)
}

/// The interval of a product stays, and only a recurring product has a trial.
fn check_intervals(old: &Product, asked: &ProductUpdate) -> Vec<BusinessError> {
    let mut errors = Vec::new();
    let mut add = |field: &str, message, input: Option<Value>| {
        errors.push(BusinessError::at(
            vec![Value::Str(field.to_owned())],
            message,
            input.unwrap_or(Value::Null),
        ));
    };
    let old_count = old.recurring_interval_count.map(i128::from);
    if let Some(interval) = asked.recurring_interval.value()
        && (Some(interval) != old.recurring_interval.as_ref()
            || asked.recurring_interval_count.value() != old_count.as_ref())
    {
        add(
            "recurring_interval",
            "Recurring interval cannot be changed.",
            Some(Value::Str(interval.clone())),
        );
    }
    let interval = asked.trial_interval.value().cloned().map(Value::Str);
    let count = asked.trial_interval_count.value();
    let count = count.and_then(|&count| i64::try_from(count).ok().map(Value::Int));
    if old.recurring_interval.is_none() && (interval.is_some() || count.is_some()) {
        let message = "Trial configuration is only supported on recurring products.";
        add("trial_interval", message, interval);
        add("trial_interval_count", message, count);
    }
    errors
}

/// Changes a value whose column takes no null.
pub(super) fn set<T>(value: &mut T, given: Patch<T>) -> Result<(), Refusal> {
    if let Some(new) = given.change() {
        *value = new.ok_or(Refusal::Crash)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::price::tests::{read, shown};
    use crate::rules::subscribe::tests::product;

    const NOW: &str = "2026-01-01T00:00:00Z";

    fn update(old: &Product, asked: &serde_json::Value) -> Result<Product, Refusal> {
        update_product(old, read(asked), true, at(NOW), || Uuid::from_u128(10))
    }

    fn errors(outcome: Result<Product, Refusal>) -> serde_json::Value {
        match outcome {
            Err(Refusal::Invalid(errors)) => shown(&errors),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_given_stays() {
        let old = Product {
            description: Some("Old".into()),
            trial_interval: Some("day".into()),
            trial_interval_count: Some(3),
            metadata: serde_json::from_value(json!({"a": 1})).unwrap(),
            ..product()
        };
        for asked in [
            json!({}),
            json!({"prices": null, "medias": null}),
            json!({"name": "Plan", "recurring_interval": "month", "recurring_interval_count": 1}),
            json!({"description": "Old", "metadata": {"a": 1}}),
        ] {
            assert_eq!(update(&old, &asked), Ok(old.clone()), "{asked}");
        }
        let changes = json!({
            "name": "New", "description": null, "visibility": "private", "is_archived": true,
            "trial_interval": "week", "trial_interval_count": 2, "metadata": {"b": 2},
        });
        let expected = Product {
            name: "New".into(),
            description: None,
            visibility: "private".into(),
            is_archived: true,
            trial_interval: Some("week".into()),
            trial_interval_count: Some(2),
            metadata: serde_json::from_value(json!({"b": 2})).unwrap(),
            modified_at: Some(at(NOW)),
            ..old.clone()
        };
        assert_eq!(update(&old, &changes), Ok(expected));
        let nulls =
            json!({"description": null, "trial_interval": null, "trial_interval_count": null});
        let expected = Product {
            description: None,
            trial_interval: None,
            trial_interval_count: None,
            modified_at: Some(at(NOW)),
            ..old.clone()
        };
        assert_eq!(update(&old, &nulls), Ok(expected));
        for column in ["name", "visibility", "is_archived"] {
            assert_eq!(update(&old, &json!({column: null})), Err(Refusal::Crash));
        }
        let huge = json!({"trial_interval_count": u64::MAX});
        assert_eq!(update(&old, &huge), Err(Refusal::Crash));
        let prices = json!({"prices": [{"amount_type": "fixed", "price_amount": 0}]});
        let changed = update(&old, &prices).unwrap();
        let archived = changed.prices.iter().map(|price| price.is_archived);
        assert_eq!(archived.collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn null_makes_a_product_one_that_is_paid_for_once() {
        let old = product();
        let once = update(&old, &json!({"recurring_interval": null}));
        let expected = Product {
            recurring_interval: None,
            modified_at: Some(at(NOW)),
            ..old
        };
        assert_eq!(once, Ok(expected));
        let prices = json!({"prices": [{"amount_type": "fixed", "price_amount": 0}]});
        assert_eq!(update(&product(), &prices).unwrap().modified_at, None);
        let id = Uuid::from_u128(9);
        let asked = json!({"medias": [id], "attached_custom_fields": [{"custom_field_id": id}]});
        let places = errors(update(&product(), &asked));
        assert_eq!(places[0][1], json!(["medias", 0]));
        assert_eq!(places[1][1], json!(["attached_custom_fields", 0]));
    }

    #[test]
    fn an_interval_stays_and_only_recurring_products_have_a_trial() {
        let month = product();
        let once = Product {
            recurring_interval: None,
            recurring_interval_count: None,
            ..product()
        };
        let stays = |to: &str| {
            let message = "Recurring interval cannot be changed.";
            json!([["value_error", ["recurring_interval"], message, to]])
        };
        let no_trial = |interval: serde_json::Value, count: serde_json::Value| {
            let message = "Trial configuration is only supported on recurring products.";
            json!([
                ["value_error", ["trial_interval"], message, interval],
                ["value_error", ["trial_interval_count"], message, count],
            ])
        };
        for (old, asked, expected) in [
            (&month, json!({"recurring_interval": "year"}), stays("year")),
            (
                &month,
                json!({"recurring_interval": "year", "recurring_interval_count": 1}),
                stays("year"),
            ),
            (
                &month,
                json!({"recurring_interval": "month", "recurring_interval_count": 2}),
                stays("month"),
            ),
            (
                &month,
                json!({"recurring_interval": "month"}),
                stays("month"),
            ),
            (
                &once,
                json!({"trial_interval": "day"}),
                no_trial(json!("day"), json!(null)),
            ),
            (
                &once,
                json!({"trial_interval_count": 2}),
                no_trial(json!(null), json!(2)),
            ),
        ] {
            assert_eq!(errors(update(old, &asked)), expected, "{asked}");
        }
        let nulls = json!({"trial_interval": null, "trial_interval_count": null});
        assert_eq!(update(&once, &nulls), Ok(once.clone()));
    }
}
