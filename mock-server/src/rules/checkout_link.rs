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
    let mut differs = row.discount_id != old.discount_id
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::Field;
    use crate::rules::activate::tests::at;
    use crate::rules::discount::tests::discount;

    const NOW: &str = "2026-06-01T00:00:00Z";

    fn product(number: u128, with: serde_json::Value) -> Product {
        let mut row = json!({
            "id": Uuid::from_u128(number), "organization_id": Uuid::from_u128(2), "name": "Pro", "created_at": NOW,
            "prices": [{
                "id": Uuid::from_u128(number + 100), "amount_type": "fixed", "amount": {"price_amount": 5},
                "created_at": NOW,
            }],
        });
        let with = with.as_object().unwrap().clone();
        row.as_object_mut().unwrap().extend(with);
        serde_json::from_value(row).unwrap()
    }

    fn link(with: serde_json::Value) -> CheckoutLink {
        let mut row = json!({
            "id": Uuid::from_u128(1), "organization_id": Uuid::from_u128(2), "client_secret": "polar_cl_1",
            "products": [Uuid::from_u128(7)], "created_at": NOW,
        });
        let with = with.as_object().unwrap().clone();
        row.as_object_mut().unwrap().extend(with);
        serde_json::from_value(row).unwrap()
    }

    fn read<T: Field>(asked: &serde_json::Value) -> T {
        let asked = crate::json::parse(asked.to_string().as_bytes()).unwrap();
        T::read(Some(asked)).unwrap()
    }

    fn told<T>(outcome: Result<T, Refusal>) -> String {
        match outcome {
            Ok(_) => "ok".to_owned(),
            Err(Refusal::Invalid(errors)) => {
                let messages: Vec<&str> = errors.iter().map(|error| &*error.message).collect();
                messages.join(" ")
            }
            Err(Refusal::NotModelled(what)) => what.to_owned(),
            Err(other) => format!("{other:?}"),
        }
    }

    fn shelf() -> Vec<Product> {
        vec![
            product(7, json!({})),
            product(8, json!({"recurring_interval": "month"})),
            product(9, json!({"is_archived": true})),
            product(10, json!({"visibility": "draft"})),
            product(11, json!({"visibility": "private"})),
        ]
    }

    #[test]
    fn a_link_is_for_products_that_are_sold() {
        let shelf = shelf();
        let id = Uuid::from_u128;
        for (asked, expected) in [
            (json!({"products": [id(7), id(8), id(11)]}), "ok"),
            (json!({"products": [id(7), id(7)]}), "Crash"),
            (
                json!({"products": [id(9), id(6), id(7), id(10)]}),
                "Product is archived. Product does not exist. Product is a draft.",
            ),
            (json!({"product_id": id(10)}), "Product is a draft."),
            (json!({"product_price_id": id(107)}), "ok"),
            (
                json!({"product_price_id": id(106)}),
                "Price does not exist.",
            ),
            (json!({"product_price_id": id(109)}), "Product is archived."),
            (json!({"product_price_id": id(110)}), "Product is a draft."),
        ] {
            let mut whole = asked.clone();
            whole["payment_processor"] = json!("stripe");
            let find = |id| shelf.iter().find(|row| row.id == id);
            let of_price = |id| shelf.iter().find(|row| row.prices[0].id == id);
            let outcome = products_of_link(&read(&whole), find, of_price);
            assert_eq!(told(outcome), expected, "{asked}");
        }
    }

    #[test]
    fn a_change_of_a_link_is_checked_against_its_products() {
        let shelf = shelf();
        let id = Uuid::from_u128;
        let some = discount(json!({"basis_points": 1, "products": [id(7)]}));
        let other = "Discount does not exist or is not applicable to this product.";
        let seats = "Seats can only be preconfigured when all products use seat-based pricing.";
        for (asked, found, expected) in [
            (json!({"discount_id": id(1)}), Some(&some), "ok"),
            (json!({"discount_id": id(1)}), None, other),
            (
                json!({"discount_id": id(1), "products": [id(8)]}),
                Some(&some),
                other,
            ),
            (json!({"discount_id": null}), None, "ok"),
            (json!({"seats": 2}), None, seats),
            (json!({"seats": null, "units": null}), None, "ok"),
            (json!({"allow_discount_codes": null}), None, "Crash"),
            (json!({"label": "a\u{0}"}), None, "Crash"),
        ] {
            let find = |id| shelf.iter().find(|row| row.id == id);
            let outcome = update_link(&link(json!({})), read(&asked), find, found, at(NOW));
            assert_eq!(told(outcome), expected, "{asked}");
        }
    }

    #[test]
    fn what_is_given_moves_modified_at_and_products_do_not() {
        let shelf = shelf();
        let old = link(json!({"trial_interval": "day", "trial_interval_count": 3}));
        for (asked, moves, trial) in [
            (json!({}), false, Some("day")),
            (json!({"label": null}), true, Some("day")),
            (
                json!({"products": [Uuid::from_u128(8)]}),
                false,
                Some("day"),
            ),
            (json!({"products": [Uuid::from_u128(7)]}), true, None),
            (json!({"seats": null}), false, Some("day")),
        ] {
            let find = |id| shelf.iter().find(|row| row.id == id);
            let row = update_link(&old, read(&asked), find, None, at(NOW)).unwrap();
            let found = (row.modified_at.is_some(), row.trial_interval.as_deref());
            assert_eq!(found, (moves, trial), "{asked}");
        }
    }

    #[test]
    fn a_link_without_products_is_deleted() {
        let id = Uuid::from_u128;
        let two = link(json!({"products": [id(7), id(8)]}));
        let one = without_product(&two, id(7), at(NOW));
        assert_eq!(
            (one.products.as_slice(), one.deleted_at),
            (&[id(8)][..], None)
        );
        assert_eq!(
            without_product(&one, id(8), at(NOW)).deleted_at,
            Some(at(NOW))
        );
    }
}
