//! What a checkout link is made of, and how it changes (docs/behaviour.md#checkout-links).

use std::cmp::Ordering;

use uuid::Uuid;

use super::checkout::{all_sold, success_url};
use super::product::count;
use super::product_update::set;
use super::{keep_metadata, nulls_last};
use crate::contract::Patch;
use crate::generated::requests::{CheckoutLinkCreate, CheckoutLinkUpdate};
use crate::json::Value;
use crate::refusal::Refusal;
use crate::state::{CheckoutLink, Discount, Price, Product, Timestamp};

/// The products that a new link is for. `product` finds a product of the caller's, and `product_of` the one that has a price.
pub fn products_of_link<'p>(
    asked: &CheckoutLinkCreate,
    product: impl Fn(Uuid) -> Option<&'p Product>,
    product_of: impl Fn(Uuid) -> Option<&'p Product>,
) -> Result<Vec<&'p Product>, Refusal> {
    if let Some(id) = asked.product_price_id {
        return of_price(product_of(id), id).map(|product| vec![product]);
    }
    let one = asked.product_id.map(|id| vec![id]);
    let ids = one.as_ref().or(asked.products.as_ref());
    let ids = ids.ok_or_else(|| Refusal::internal("a link asks for nothing"))?;
    linked(ids, product)
}

/// A new link to products.
pub fn create_link(
    id: Uuid,
    client_secret: String,
    asked: &CheckoutLinkCreate,
    products: &[&Product],
    discount: Option<&Discount>,
    now: Timestamp,
) -> Result<CheckoutLink, Refusal> {
    let [first, ..] = products else {
        return Err(Refusal::internal("a link has no product"));
    };
    if let Some(id) = asked.discount_id {
        check_discount(id, discount, products)?;
    }
    check_quantities(products, asked.seats, asked.units)?;
    let metadata = asked.metadata.as_ref().map(keep_metadata).transpose()?;
    Ok(CheckoutLink {
        id,
        organization_id: first.organization_id,
        client_secret,
        label: asked.label.clone(),
        products: products.iter().map(|product| product.id).collect(),
        seats: None,
        units: None,
        discount_id: asked.discount_id,
        allow_discount_codes: asked.allow_discount_codes.unwrap_or(true),
        require_billing_address: asked.require_billing_address.unwrap_or_default(),
        success_url: asked.success_url.as_deref().map(success_url),
        return_url: asked.return_url.clone(),
        trial_interval: asked.trial_interval.clone(),
        trial_interval_count: count(asked.trial_interval_count)?,
        metadata: metadata.unwrap_or_default(),
        created_at: now,
        modified_at: None,
        deleted_at: None,
    })
}

/// The link as it is afterwards. `modified_at` moves with every field that is given, even the same, but not with the products
/// alone. `product` finds a product of the caller's; `discount` is the one that is asked for.
pub fn update_link<'p>(
    old: &CheckoutLink,
    asked: CheckoutLinkUpdate,
    product: impl Fn(Uuid) -> Option<&'p Product>,
    discount: Option<&Discount>,
    now: Timestamp,
) -> Result<CheckoutLink, Refusal> {
    let mut row = old.clone();
    if let Patch::Set(ids) = &asked.products {
        let products = linked(ids, &product)?;
        row.products.clone_from(ids);
        if products
            .iter()
            .all(|product| product.recurring_interval.is_none())
        {
            row.trial_interval = None;
            row.trial_interval_count = None;
        }
    }
    let products: Vec<&Product> = row.products.iter().filter_map(|&id| product(id)).collect();
    if let Some(id) = asked.discount_id.change() {
        if let Some(id) = id {
            check_discount(id, discount, &products)?;
        }
        row.discount_id = id;
    }
    check_quantities(
        &products,
        asked.seats.value().copied(),
        asked.units.value().copied(),
    )?;
    let mut differs = [&row.discount_id] != [&old.discount_id]
        || row.trial_interval != old.trial_interval
        || asked.label != Patch::Keep
        || asked.allow_discount_codes != Patch::Keep
        || asked.require_billing_address != Patch::Keep
        || asked.success_url != Patch::Keep
        || asked.return_url != Patch::Keep
        || asked.trial_interval != Patch::Keep;
    set(&mut row.allow_discount_codes, asked.allow_discount_codes)?;
    set(
        &mut row.require_billing_address,
        asked.require_billing_address,
    )?;
    change(&mut row.label, asked.label);
    change(&mut row.return_url, asked.return_url);
    change(
        &mut row.success_url,
        asked.success_url.map(|url| success_url(&url)),
    );
    change(&mut row.trial_interval, asked.trial_interval);
    if let Some(given) = asked.trial_interval_count.change() {
        row.trial_interval_count = count(given)?;
    }
    if let Some(metadata) = &asked.metadata {
        row.metadata = keep_metadata(metadata)?;
        differs = true;
    }
    // The database fails on U+0000.
    if row.label.as_ref().is_some_and(|label| label.contains('\0')) {
        return Err(Refusal::Crash);
    }
    if differs {
        row.modified_at = Some(now);
    }
    Ok(row)
}

/// The link without a product that is no longer sold. One that has no other is deleted.
pub fn without_product(old: &CheckoutLink, product: Uuid, now: Timestamp) -> CheckoutLink {
    let mut row = old.clone();
    row.products.retain(|&id| id != product);
    if row.products.is_empty() {
        row.deleted_at = Some(now);
    }
    row
}

/// Compares two links by a criterion of `sorting`.
pub fn compare_links(criterion: &str, a: &CheckoutLink, b: &CheckoutLink) -> Ordering {
    match criterion {
        "created_at" => a.created_at.cmp(&b.created_at),
        "label" => nulls_last(&a.label, &b.label),
        "success_url" => nulls_last(&a.success_url, &b.success_url),
        "allow_discount_codes" => a.allow_discount_codes.cmp(&b.allow_discount_codes),
        _ => Ordering::Equal,
    }
}

/// Products that are sold. The database keeps none twice, and sellers have links of their own.
fn linked<'p>(
    ids: &[Uuid],
    product: impl Fn(Uuid) -> Option<&'p Product>,
) -> Result<Vec<&'p Product>, Refusal> {
    let products = all_sold(ids, product)?;
    let is_repeated = |index: usize| ids[..index].contains(&ids[index]);
    match (0..ids.len()).any(is_repeated) {
        true => Err(Refusal::Crash),
        false => Ok(products),
    }
}

/// The product of a price.
fn of_price(product: Option<&Product>, id: Uuid) -> Result<&Product, Refusal> {
    let prices = product.iter().flat_map(|product| &product.prices);
    let price = prices.into_iter().find(|price: &&Price| price.id == id);
    let message = match (product, price) {
        (Some(_), Some(price)) if price.is_archived => "Price is archived.",
        (Some(product), Some(_)) if product.is_archived => "Product is archived.",
        (Some(product), Some(_)) if product.visibility == "draft" => "Product is a draft.",
        (Some(product), Some(_)) => return Ok(product),
        _ => "Price does not exist.",
    };
    Err(Refusal::invalid(
        "product_price_id",
        message,
        Value::Str(id.to_string()),
    ))
}

/// A link begins with a discount that is for all its products, whether or not it can be redeemed now.
fn check_discount(
    id: Uuid,
    discount: Option<&Discount>,
    products: &[&Product],
) -> Result<(), Refusal> {
    let is_for_all = |discount: &Discount| {
        let is_for = |product: &&Product| discount.products.contains(&product.id);
        discount.products.is_empty() || products.iter().all(is_for)
    };
    let message = "Discount does not exist or is not applicable to this product.";
    match discount.is_some_and(is_for_all) {
        true => Ok(()),
        false => Err(Refusal::invalid(
            "discount_id",
            message,
            Value::Str(id.to_string()),
        )),
    }
}

/// Only prices by seats and by units know how many; neither is sold here.
fn check_quantities(
    products: &[&Product],
    seats: Option<i128>,
    units: Option<i128>,
) -> Result<(), Refusal> {
    for (field, given, kind, message, unknown) in [
        (
            "seats",
            seats,
            "seat_based",
            "Seats can only be preconfigured when all products use seat-based pricing.",
            "Checkout links with a number of seats",
        ),
        (
            "units",
            units,
            "unit_based",
            "Units can only be preconfigured when all products use unit-based pricing.",
            "Checkout links with a number of units",
        ),
    ] {
        let Some(given) = given else { continue };
        let is_priced = |product: &&Product| {
            let mut prices = product.prices.iter();
            prices.any(|price| !price.is_archived && price.amount_type == kind)
        };
        if products.iter().all(is_priced) {
            return Err(Refusal::NotModelled(unknown));
        }
        return Err(Refusal::invalid(
            field,
            message,
            Value::integer(given.into()),
        ));
    }
    Ok(())
}

fn change<T>(value: &mut Option<T>, given: Patch<T>) {
    if let Some(new) = given.change() {
        *value = new;
    }
}
