//! Checkout links as they are answered.

use super::checkout::checkout_product;
use super::customer::text;
use super::discount::discount_minimal;
use crate::answer::MetadataView;
use crate::generated::answers::{CheckoutLink, CheckoutLinkProduct};
use crate::refusal::Refusal;
use crate::state::{self, Directory};

/// What the seller sees. A link always has a product; losing one is a mistake of this server.
pub(in crate::operations) fn checkout_link<'a>(
    directory: &'a Directory,
    row: &'a state::CheckoutLink,
    site: &str,
) -> Result<CheckoutLink<'a>, Refusal> {
    let products = row.products.iter();
    let products = products.filter_map(|&id| directory.products.find(id));
    let products: Vec<CheckoutLinkProduct<'a>> = products
        .map(|product| CheckoutLinkProduct {
            metadata: MetadataView(&product.metadata.0),
            checkout_product: checkout_product(directory, product),
        })
        .collect();
    let first = products.first().cloned();
    let first = first.ok_or_else(|| Refusal::internal("a link has no product"))?;
    let sold = directory.products.find(first.checkout_product.id);
    let mut prices = sold.iter().flat_map(|product| &product.prices);
    let price = prices.find(|price| !price.is_archived);
    // The real server fails on a product all of whose prices are archived.
    let shown = first.checkout_product.prices.first().cloned();
    let (price, shown) = price.zip(shown).ok_or(Refusal::Crash)?;
    let discount = row.discount_id.and_then(|id| directory.discounts.find(id));
    Ok(CheckoutLink {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        trial_interval: text(&row.trial_interval),
        trial_interval_count: row.trial_interval_count,
        metadata: MetadataView(&row.metadata.0),
        client_secret: row.client_secret.as_str().into(),
        success_url: text(&row.success_url),
        return_url: text(&row.return_url),
        label: text(&row.label),
        allow_discount_codes: row.allow_discount_codes,
        require_billing_address: row.require_billing_address,
        discount_id: row.discount_id,
        seats: row.seats,
        units: row.units,
        organization_id: row.organization_id,
        products,
        discount: discount.map(discount_minimal),
        product_id: first.checkout_product.id,
        product_price_id: price.id,
        product: first,
        product_price: shown,
        url: format!("{site}/v1/checkout-links/{}/redirect", row.client_secret).into(),
    })
}
