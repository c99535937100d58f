//! What a product is made of and how it changes (docs/behaviour.md#products). Learnt from the open backend, where nothing
//! was recorded.

use uuid::Uuid;

use super::price::{GivenPrice, change_prices, check_prices, place};
use super::{BusinessError, Refusal, keep_metadata};
use crate::contract::{Given, Patch};
use crate::generated::requests::{AttachedCustomFieldCreate, ProductCreate, ProductUpdate};
use crate::json::Value;
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
