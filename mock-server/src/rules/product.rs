//! What a product is made of (docs/behaviour.md#products). Learnt from the open backend, where nothing
//! was recorded.

use uuid::Uuid;

use super::keep_metadata;
use super::price::{change_prices, check_prices, place};
use crate::generated::requests::ProductCreate;
use crate::json::{Dict, Value};
use crate::refusal::{BusinessError, Refusal};
use crate::state::{Benefit, Product, Timestamp};

/// A new product of an organization that may sell seats. `new_id` makes up ids.
pub fn create_product(
    asked: &ProductCreate,
    organization_id: Uuid,
    has_seats: bool,
    now: Timestamp,
    mut new_id: impl FnMut() -> Uuid,
) -> Result<Product, Refusal> {
    let interval = &asked.recurring_interval;
    let mut errors = check_prices(&asked.prices, &[], interval.is_some(), has_seats);
    if let Some(interval) = &asked.meter_interval {
        errors.push(BusinessError::at(
            vec![Value::Str("meter_interval".to_owned())],
            "Separate meter cycling is not enabled for this organization.",
            Value::Str(interval.clone()),
        ));
    }
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
        description: asked.description.clone(),
        visibility: asked.visibility.clone().unwrap_or_else(|| "public".into()),
        recurring_interval_count: interval.as_ref().map(|_| interval_count),
        recurring_interval: interval.clone(),
        trial_interval: asked.trial_interval.clone(),
        trial_interval_count: count(asked.trial_interval_count)?,
        meter_interval: None,
        meter_interval_count: None,
        is_archived: false,
        prices: change_prices(&[], &asked.prices, now, new_id)?,
        benefits: Vec::new(),
        attached_custom_fields: Vec::new(),
        metadata: metadata.unwrap_or_default(),
        created_at: now,
        modified_at: None,
    })
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

/// There are neither files nor custom fields here, so that none can be attached.
pub(super) fn check_attachments(
    medias: Option<&[Uuid]>,
    fields: Option<&[Dict]>,
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
        let id = field.get("custom_field_id").cloned();
        BusinessError::at(loc, message, id.unwrap_or(Value::Null))
    });
    medias.chain(fields).collect()
}

pub(super) fn count(given: Option<i128>) -> Result<Option<i64>, Refusal> {
    let count = given.map(i64::try_from).transpose();
    count.map_err(|_| Refusal::Crash)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::price::tests::{read, shown};
    use crate::rules::subscribe::tests::product;

    const NOW: &str = "2026-01-01T00:00:00Z";
    const ORGANIZATION: Uuid = Uuid::from_u128(2);

    fn create(asked: &serde_json::Value) -> Result<Product, Refusal> {
        let mut ids = 10..;
        create_product(&read(asked), ORGANIZATION, true, at(NOW), || {
            Uuid::from_u128(ids.next().unwrap())
        })
    }

    fn row(row: serde_json::Value) -> Product {
        serde_json::from_value(row).unwrap()
    }

    fn errors(outcome: Result<Product, Refusal>) -> serde_json::Value {
        match outcome {
            Err(Refusal::Invalid(errors)) => shown(&errors),
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
                json!({"name": "Once", "prices": free}),
                json!({
                    "id": Uuid::from_u128(10), "organization_id": ORGANIZATION, "name": "Once",
                    "visibility": "public", "prices": [price], "created_at": NOW,
                }),
            ),
            (
                json!({
                    "name": "Pro", "description": " x ", "visibility": "private", "prices": free,
                    "recurring_interval": "month", "trial_interval": "day", "trial_interval_count": 7,
                    "metadata": {"a": 1},
                }),
                json!({
                    "id": Uuid::from_u128(10), "organization_id": ORGANIZATION, "name": "Pro",
                    "description": " x ", "visibility": "private", "prices": [price],
                    "recurring_interval": "month", "recurring_interval_count": 1,
                    "trial_interval": "day", "trial_interval_count": 7, "metadata": {"a": 1}, "created_at": NOW,
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
    fn no_organization_has_spans_of_metered_use() {
        let free = json!([{"amount_type": "fixed", "price_amount": 0}]);
        let asked = json!({
            "name": "Pro", "recurring_interval": "month", "meter_interval": "day", "prices": free,
        });
        let message = "Separate meter cycling is not enabled for this organization.";
        let expected = json!([["value_error", ["meter_interval"], message, "day"]]);
        assert_eq!(errors(create(&asked)), expected);
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
                Err(Refusal::Invalid(errors)) => Some(shown(&errors)),
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(outcome, refused, "{wanted:?}");
        }
    }
}
