//! `products:*`

use std::cmp::Ordering;
use std::sync::Arc;

use super::customers::{given_metadata, kept_metadata, plain_json};
use super::product_checks::{place, wrong_attachments, wrong_prices, wrong_update};
use super::resources::{ProductView, page_of, sorted};
use super::{Call, Outcome};
use crate::contract::Arguments;
use crate::json::{Dict, Value};
use crate::reply::Reply;
use crate::rules::{BusinessError, Refusal};
use crate::state::{Directory, Job, Price, Product, Timestamp, new_uuid};

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let organizations = call.organizations();
    let (ids, benefits, visibilities) = (
        asked.uuids("id"),
        asked.uuids("benefit_id"),
        asked.texts("visibility"),
    );
    let query = call.search()?;
    let wanted_organizations = asked.uuids("organization_id");
    let directory = call.world.read();
    let mut rows: Vec<Arc<Product>> = directory
        .products
        .iter()
        .filter(|product| organizations.contains(&product.organization_id))
        .filter(|product| call.wants_metadata(&product.metadata))
        .filter(|product| {
            wanted_organizations
                .as_ref()
                .is_none_or(|wanted| wanted.contains(&product.organization_id))
        })
        .filter(|product| ids.as_ref().is_none_or(|ids| ids.contains(&product.id)))
        .filter(|product| {
            benefits
                .as_ref()
                .is_none_or(|ids| product.benefits.iter().any(|id| ids.contains(id)))
        })
        .filter(|product| {
            query
                .as_ref()
                .is_none_or(|query| product.name.to_lowercase().contains(query))
        })
        .filter(|product| {
            asked
                .flag("is_archived")
                .is_none_or(|flag| flag == product.is_archived)
        })
        .filter(|product| {
            asked
                .flag("is_recurring")
                .is_none_or(|flag| flag == product.recurring_interval.is_some())
        })
        .filter(|product| {
            visibilities
                .as_ref()
                .is_none_or(|wanted| wanted.contains(&product.visibility.as_str()))
        })
        .cloned()
        .collect();
    sorted(
        asked,
        &["-created_at"],
        &mut rows,
        |criterion, a, b| match criterion {
            "created_at" => a.created_at.cmp(&b.created_at),
            "name" => a.name.cmp(&b.name),
            _ => Ordering::Equal,
        },
    );
    page_of(asked, rows, |product| {
        Ok(ProductView::new(&directory, product))
    })
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let organization_id = call.payload_organization(call.arguments.uuid("organization_id"))?;
    let now = call.clock.now();
    let metadata = given_metadata(asked);
    let text = |name: &str| asked.text(name).map(str::to_owned);
    let interval = text("recurring_interval");
    let mut wrong = wrong_prices(asked, None, interval.is_some());
    wrong.extend(wrong_attachments(asked));
    if !wrong.is_empty() {
        return Err(Refusal::Invalid(wrong));
    }
    let product = Product {
        id: new_uuid(),
        organization_id,
        name: text("name").unwrap_or_default(),
        description: text("description").filter(|text| !text.trim().is_empty()),
        visibility: text("visibility").unwrap_or_else(|| "public".into()),
        recurring_interval_count: interval
            .as_ref()
            .map(|_| count(asked, "recurring_interval_count").unwrap_or(1)),
        recurring_interval: interval,
        trial_interval: text("trial_interval"),
        trial_interval_count: count(asked, "trial_interval_count"),
        meter_interval: text("meter_interval"),
        meter_interval_count: count(asked, "meter_interval_count"),
        is_archived: false,
        prices: asked
            .list("prices")
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_dict)
            .map(|given| price(given, now))
            .collect(),
        benefits: Vec::new(),
        attached_custom_fields: Vec::new(),
        metadata: kept_metadata(metadata.as_ref())?,
        created_at: now,
        modified_at: None,
    };
    let mut directory = call.world.write();
    let product = directory.products.put(product);
    let view = ProductView::new(&directory, product);
    call.scene()
        .emit(&mut directory, organization_id, "product.created", &view);
    drop(directory);
    Ok(Reply::json(201, &view.with_metadata(metadata)))
}

pub(super) fn count(asked: &Arguments, name: &str) -> Option<i64> {
    asked
        .integer(name)
        .and_then(|count| i64::try_from(count).ok())
}

/// A price of the body.
fn price(given: &Dict, now: Timestamp) -> Price {
    let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
    let known = ["amount_type", "price_currency", "tax_behavior"];
    let rest = given.iter().filter(|(name, _)| !known.contains(name));
    Price {
        id: new_uuid(),
        amount_type: text("amount_type").unwrap_or_default(),
        price_currency: text("price_currency").unwrap_or_else(|| "usd".into()),
        tax_behavior: text("tax_behavior"),
        is_archived: false,
        amount: rest
            .map(|(name, value)| (name.to_owned(), plain_json(value)))
            .collect(),
        created_at: now,
        modified_at: None,
    }
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let directory = call.world.read();
    let view = ProductView::new(&directory, asked_product(call, &directory)?);
    drop(directory);
    Ok(Reply::json(200, &view))
}

pub(super) fn update(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let now = call.clock.now();
    let mut directory = call.world.write();
    let old = asked_product(call, &directory)?;
    let wrong = wrong_update(asked, &old);
    if !wrong.is_empty() {
        return Err(Refusal::Invalid(wrong));
    }
    let mut product = Product::clone(&old);
    let null = |name: &&str| asked.body_has(name) && asked.text(name).is_none();
    if ["name", "visibility"].iter().any(null)
        || (asked.body_has("is_archived") && asked.flag("is_archived").is_none())
    {
        // These columns take no null.
        return Err(Refusal::Crash);
    }
    let text = |name: &str| asked.text(name).map(str::to_owned);
    if let Some(name) = text("name") {
        product.name = name;
    }
    if asked.body_has("description") {
        product.description = text("description").filter(|text| !text.trim().is_empty());
    }
    if let Some(archived) = asked.flag("is_archived") {
        product.is_archived = archived;
    }
    if let Some(visibility) = text("visibility") {
        product.visibility = visibility;
    }
    if asked.body_has("trial_interval") {
        product.trial_interval = text("trial_interval");
    }
    if asked.body_has("trial_interval_count") {
        product.trial_interval_count = count(asked, "trial_interval_count");
    }
    if let Some(prices) = asked.list("prices") {
        product.prices = changed_prices(&old, prices, now);
    }
    let metadata = given_metadata(asked);
    if metadata.is_some() {
        product.metadata = kept_metadata(metadata.as_ref())?;
    }
    let changed = product != *old;
    if changed {
        product.modified_at = Some(now);
    }
    let product = directory.products.put(product);
    let view = ProductView::new(&directory, product);
    if changed {
        call.scene().emit(
            &mut directory,
            old.organization_id,
            "product.updated",
            &view,
        );
    }
    drop(directory);
    Ok(Reply::json(200, &view.with_metadata(metadata)))
}

/// Prices named by id stay, the others are archived, new ones come behind.
fn changed_prices(old: &Product, given: &[Value], now: Timestamp) -> Vec<Price> {
    let given: Vec<&Dict> = given.iter().filter_map(Value::as_dict).collect();
    let kept: Vec<&str> = given
        .iter()
        .filter_map(|price| price.get("id").and_then(Value::as_str))
        .collect();
    let stay = old.prices.iter().map(|known| Price {
        is_archived: known.is_archived || !kept.contains(&known.id.to_string().as_str()),
        ..known.clone()
    });
    let fresh = given
        .iter()
        .filter(|price| price.get("id").is_none())
        .map(|given| price(given, now));
    stay.chain(fresh).collect()
}

pub(super) fn update_benefits(call: &Call<'_>) -> Outcome {
    let mut directory = call.world.write();
    let old = asked_product(call, &directory)?;
    let wanted = call.arguments.uuids("benefits").unwrap_or_default();
    for (index, id) in wanted.iter().enumerate() {
        let known = directory.benefits.get(*id).filter(|benefit| {
            benefit.organization_id == old.organization_id && benefit.deleted_at.is_none()
        });
        if known.is_none() {
            return Err(Refusal::Invalid(vec![BusinessError::at(
                place("benefits", index),
                "Benefit does not exist.",
                Value::Str(id.to_string()),
            )]));
        }
    }
    let product = directory.products.put(Product {
        benefits: wanted,
        ..Product::clone(&old)
    });
    let view = ProductView::new(&directory, product);
    // Told even where nothing changed.
    call.scene().emit(
        &mut directory,
        old.organization_id,
        "product.updated",
        &view,
    );
    drop(directory);
    call.background(Job::ProductBenefitsChanged(old.id));
    Ok(Reply::json(200, &view))
}

fn asked_product(call: &Call<'_>, directory: &Directory) -> Result<Arc<Product>, Refusal> {
    let found = call
        .arguments
        .uuid("id")
        .and_then(|id| directory.products.get(id));
    found
        .filter(|product| call.organizations().contains(&product.organization_id))
        .ok_or(Refusal::UNKNOWN)
}
