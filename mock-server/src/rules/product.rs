//! What a product is made of and how it changes (docs/behaviour.md#products). Learnt from the open backend, where nothing
//! was recorded.

use uuid::Uuid;

use super::keep_metadata;
use super::price::{GivenPrice, change_prices, check_prices, place};
use crate::contract::{Given, Patch};
use crate::generated::requests::{AttachedCustomFieldCreate, ProductCreate, ProductUpdate};
use crate::json::Value;
use crate::refusal::{BusinessError, Refusal};
use crate::state::{Benefit, Product, Timestamp};

/// A new product. `new_id` makes up ids.
pub fn create_product(
    asked: &ProductCreate,
    organization_id: Uuid,
    now: Timestamp,
    mut new_id: impl FnMut() -> Uuid,
) -> Result<Product, Refusal> {
    let interval = &asked.recurring_interval;
    let prices = given_prices(&asked.prices, GivenPrice::of_new)?;
    let mut errors = check_prices(&prices, &[], interval.is_some(), &asked.prices.input);
    errors.extend(check_attachments(
        asked.medias.as_deref(),
        asked.attached_custom_fields.as_deref(),
    ));
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors));
    }
    let metadata = asked.metadata.as_ref().map(keep_metadata).transpose()?;
    let interval_count = count(asked.recurring_interval_count)?.unwrap_or(1);
    Ok(Product {
        id: new_id(),
        organization_id,
        name: asked.name.clone(),
        description: asked.description.clone().and_then(unless_blank),
        visibility: asked.visibility.clone().unwrap_or_else(|| "public".into()),
        recurring_interval_count: interval.as_ref().map(|_| interval_count),
        recurring_interval: interval.clone(),
        trial_interval: asked.trial_interval.clone(),
        trial_interval_count: count(asked.trial_interval_count)?,
        meter_interval: asked.meter_interval.clone(),
        meter_interval_count: count(asked.meter_interval_count)?,
        is_archived: false,
        prices: change_prices(&[], &prices, now, new_id)?,
        benefits: Vec::new(),
        attached_custom_fields: Vec::new(),
        metadata: metadata.unwrap_or_default(),
        created_at: now,
        modified_at: None,
    })
}

/// The product as it is afterwards; `modified_at` stays where nothing differs. `new_id` makes up ids.
pub fn update_product(
    old: &Product,
    asked: ProductUpdate,
    now: Timestamp,
    new_id: impl FnMut() -> Uuid,
) -> Result<Product, Refusal> {
    let mut product = old.clone();
    let mut errors = Vec::new();
    let mut prices = None;
    if let Some(given) = asked.prices.value() {
        let list = given_prices(given, GivenPrice::of_change)?;
        let is_recurring = old.recurring_interval.is_some();
        errors = check_prices(&list, &old.prices, is_recurring, &given.input);
        prices = Some(list);
    }
    errors.extend(check_intervals(old, &asked));
    errors.extend(check_attachments(
        asked.medias.value().map(Vec::as_slice),
        asked.attached_custom_fields.value().map(Vec::as_slice),
    ));
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors));
    }
    if let Some(prices) = prices {
        product.prices = change_prices(&old.prices, &prices, now, new_id)?;
    }
    set(&mut product.name, asked.name)?;
    set(&mut product.visibility, asked.visibility)?;
    set(&mut product.is_archived, asked.is_archived)?;
    if let Some(description) = asked.description.change() {
        product.description = description.and_then(unless_blank);
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
    if product != *old {
        product.modified_at = Some(now);
    }
    Ok(product)
}

/// Checks the benefits that a product is to have; `found` looks a benefit up.
pub fn check_benefits<'b>(
    product: &Product,
    wanted: &[Uuid],
    found: impl Fn(Uuid) -> Option<&'b Benefit>,
) -> Result<(), Refusal> {
    let is_known = |id: Uuid| {
        found(id).is_some_and(|benefit| {
            benefit.organization_id == product.organization_id && benefit.deleted_at.is_none()
        })
    };
    match wanted.iter().position(|&id| !is_known(id)) {
        None => Ok(()),
        Some(index) => Err(Refusal::Invalid(vec![BusinessError::at(
            place("benefits", index),
            "Benefit does not exist.",
            Value::Str(wanted[index].to_string()),
        )])),
    }
}

/// The prices of a body, each with what was given for it.
fn given_prices<'g, T>(
    given: &'g Given<Vec<T>>,
    read: impl Fn(&'g T, &'g Value) -> GivenPrice<'g>,
) -> Result<Vec<GivenPrice<'g>>, Refusal> {
    let Value::List(inputs) = &given.input else {
        return Err(Refusal::internal("prices are not a list"));
    };
    let prices = given.value.iter().zip(inputs);
    Ok(prices.map(|(price, input)| read(price, input)).collect())
}

/// There are neither files nor custom fields here, so that none can be attached.
fn check_attachments(
    medias: Option<&[Uuid]>,
    fields: Option<&[AttachedCustomFieldCreate]>,
) -> Vec<BusinessError> {
    let id = |id: Uuid| Value::Str(id.to_string());
    let medias = medias.into_iter().flatten().enumerate();
    let medias = medias.map(|(index, &file)| {
        let message = "File does not exist or is not yet uploaded.";
        BusinessError::at(place("medias", index), message, id(file))
    });
    let fields = fields.into_iter().flatten().enumerate();
    let fields = fields.map(|(index, field)| {
        let loc = place("attached_custom_fields", index);
        let message = "Custom field does not exist.";
        BusinessError::at(loc, message, id(field.custom_field_id))
    });
    medias.chain(fields).collect()
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

fn count(given: Option<i128>) -> Result<Option<i64>, Refusal> {
    let count = given.map(i64::try_from).transpose();
    count.map_err(|_| Refusal::Crash)
}

fn unless_blank(text: String) -> Option<String> {
    Some(text).filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::price::tests::{read, told};
    use crate::rules::subscribe::tests::product;

    const NOW: &str = "2026-01-01T00:00:00Z";
    const ORGANIZATION: Uuid = Uuid::from_u128(2);

    fn create(asked: &serde_json::Value) -> Result<Product, Refusal> {
        let mut ids = 10..;
        create_product(&read(asked), ORGANIZATION, at(NOW), || {
            Uuid::from_u128(ids.next().unwrap())
        })
    }

    fn update(old: &Product, asked: &serde_json::Value) -> Result<Product, Refusal> {
        update_product(old, read(asked), at(NOW), || Uuid::from_u128(10))
    }

    fn row(row: serde_json::Value) -> Product {
        serde_json::from_value(row).unwrap()
    }

    fn errors(outcome: Result<Product, Refusal>) -> serde_json::Value {
        match outcome {
            Err(Refusal::Invalid(errors)) => told(&errors),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_new_product_has_what_was_given_and_defaults() {
        let price = json!({
            "id": Uuid::from_u128(11), "amount_type": "fixed", "amount": {"price_amount": 0}, "created_at": NOW,
        });
        let free = json!([{"amount_type": "fixed", "price_amount": 0}]);
        for (asked, expected) in [
            (
                json!({"name": "Once", "description": " \n", "prices": free}),
                json!({
                    "id": Uuid::from_u128(10), "organization_id": ORGANIZATION, "name": "Once",
                    "visibility": "public", "prices": [price], "created_at": NOW,
                }),
            ),
            (
                json!({
                    "name": "Pro", "description": " x ", "visibility": "private", "prices": free,
                    "recurring_interval": "month", "trial_interval": "day", "trial_interval_count": 7,
                    "meter_interval": "week", "meter_interval_count": 3, "metadata": {"a": 1},
                }),
                json!({
                    "id": Uuid::from_u128(10), "organization_id": ORGANIZATION, "name": "Pro",
                    "description": " x ", "visibility": "private", "prices": [price],
                    "recurring_interval": "month", "recurring_interval_count": 1,
                    "trial_interval": "day", "trial_interval_count": 7, "meter_interval": "week",
                    "meter_interval_count": 3, "metadata": {"a": 1}, "created_at": NOW,
                }),
            ),
            (
                json!({
                    "name": "Years", "prices": free, "recurring_interval": "year", "recurring_interval_count": 2,
                }),
                json!({
                    "id": Uuid::from_u128(10), "organization_id": ORGANIZATION, "name": "Years",
                    "prices": [price], "recurring_interval": "year", "recurring_interval_count": 2, "created_at": NOW,
                }),
            ),
        ] {
            assert_eq!(create(&asked), Ok(row(expected)), "{asked}");
        }
    }

    #[test]
    fn what_a_product_is_made_of_has_to_exist() {
        let id = Uuid::from_u128(9);
        let asked = json!({
            "name": "Pro", "prices": [], "medias": [id], "attached_custom_fields": [{"custom_field_id": id}],
        });
        let attached = json!([
            [
                "value_error",
                ["medias", 0],
                "File does not exist or is not yet uploaded.",
                id
            ],
            [
                "value_error",
                ["attached_custom_fields", 0],
                "Custom field does not exist.",
                id
            ],
        ]);
        let all = errors(create(&asked));
        assert_eq!(json!(all.as_array().unwrap()[2..]), attached);
        assert_eq!(
            (&all[0][2], &all[1][0]),
            (
                &json!("At least one price is required."),
                &json!("value_error")
            )
        );
        let asked = json!({"medias": [id], "attached_custom_fields": [{"custom_field_id": id}]});
        assert_eq!(errors(update(&product(), &asked)), attached);
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
            json!({"prices": null, "recurring_interval": null, "medias": null}),
            json!({"name": "Plan", "recurring_interval": "month", "recurring_interval_count": 1}),
            json!({"description": "Old", "metadata": {"a": 1}}),
        ] {
            assert_eq!(update(&old, &asked), Ok(old.clone()), "{asked}");
        }
        let changes = json!({
            "name": "New", "description": " ", "visibility": "private", "is_archived": true,
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

    #[test]
    fn benefits_of_a_product_exist_in_its_organization() {
        let benefit = |id, organization_id, deleted_at: Option<&str>| -> Benefit {
            serde_json::from_value(json!({
                "id": Uuid::from_u128(id), "organization_id": organization_id, "type": "custom",
                "description": "x", "deleted_at": deleted_at,
            }))
            .unwrap()
        };
        let benefits = [
            benefit(1, ORGANIZATION, None),
            benefit(2, Uuid::from_u128(3), None),
            benefit(3, ORGANIZATION, Some(NOW)),
        ];
        let found = |id| benefits.iter().find(|benefit| benefit.id == id);
        for (wanted, missing) in [
            (vec![], None),
            (vec![1, 1], None),
            (vec![1, 2], Some(1)),
            (vec![3, 1], Some(0)),
            (vec![4], Some(0)),
        ] {
            let wanted: Vec<Uuid> = wanted.into_iter().map(Uuid::from_u128).collect();
            let outcome = check_benefits(&product(), &wanted, found);
            let refused = missing.map(|index| {
                let message = "Benefit does not exist.";
                json!([["value_error", ["benefits", index], message, wanted[index]]])
            });
            let outcome = match outcome {
                Ok(()) => None,
                Err(Refusal::Invalid(errors)) => Some(told(&errors)),
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(outcome, refused, "{wanted:?}");
        }
    }
}
