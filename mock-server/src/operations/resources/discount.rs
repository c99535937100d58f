//! Discounts as they are answered: to the seller, with what has one, and to a buyer.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::customer::text;
use super::product::order_product;
use crate::answer::{Echo, MetadataView};
use crate::generated::answers::{CheckoutDiscount, Discount, DiscountMinimal};
use crate::state::{self, Directory};

/// What the seller sees.
pub(in crate::operations) fn discount<'a>(
    directory: &'a Directory,
    row: &'a state::Discount,
) -> Discount<'a> {
    let products = row.products.iter();
    let products = products.filter_map(|&id| directory.products.find(id));
    Discount {
        discount_minimal: discount_minimal(row),
        products: products.map(order_product).collect(),
    }
}

/// What links, orders and subscriptions show of it.
pub(super) fn discount_minimal(row: &state::Discount) -> DiscountMinimal<'_> {
    let shown = checkout_discount(row);
    DiscountMinimal {
        duration: shown.duration,
        duration_in_months: shown.duration_in_months,
        r#type: shown.r#type,
        basis_points: shown.basis_points,
        amount: shown.amount,
        currency: shown.currency,
        amounts: shown.amounts,
        created_at: row.created_at,
        modified_at: row.modified_at,
        id: shown.id,
        metadata: MetadataView(&row.metadata.0),
        name: shown.name,
        code: shown.code,
        starts_at: Echo::Stored(row.starts_at),
        ends_at: Echo::Stored(row.ends_at),
        max_redemptions: row.max_redemptions,
        max_redemptions_per_customer: row.max_redemptions_per_customer,
        redemptions_count: row.redemptions_count,
        organization_id: row.organization_id,
    }
}

/// What a checkout shows of it.
pub(super) fn checkout_discount(row: &state::Discount) -> CheckoutDiscount<'_> {
    let main = row.main_amount();
    let amounts = row.amounts.iter();
    let amounts: Map<_, _> = amounts
        .map(|(currency, &amount)| (currency.clone(), Json::from(amount)))
        .collect();
    CheckoutDiscount {
        duration: Cow::Borrowed(&row.duration),
        // It may be kept where nothing shows it.
        duration_in_months: row
            .duration_in_months
            .filter(|_| row.duration == "repeating"),
        r#type: Cow::Borrowed(row.kind()),
        basis_points: row.basis_points,
        amount: main.map(|main| main.1),
        currency: main.map(|main| Cow::Borrowed(main.0)),
        amounts: main.map(|_| Cow::Owned(Json::Object(amounts))),
        id: row.id,
        name: Cow::Borrowed(&row.name),
        code: text(&row.code),
    }
}
