//! The items that orders of subscriptions consist of.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::state::{OrderItem, Product, Subscription, Timestamp};

/// The items for a subscription's current period.
pub fn period_items(
    subscription: &Subscription,
    product: &Product,
    new_id: impl Fn() -> Uuid,
) -> Vec<OrderItem> {
    let (start, end) = (
        subscription.current_period_start,
        subscription.current_period_end,
    );
    let prices = subscription.prices_of(product);
    // What is paid by use has no amount of its own.
    let prices = prices.filter(|price| price.amount_type != "metered_unit");
    let items = prices.map(|price| OrderItem {
        id: new_id(),
        label: period_label(product, start, end),
        amount: subscription.amount_of(price),
        proration: false,
        product_price_id: Some(price.id),
    });
    items.collect()
}

/// The only item of the order for a trial.
pub fn trial_item(id: Uuid, product: &Product, start: Timestamp, end: Timestamp) -> OrderItem {
    let (start, end) = (day(start), day(end));
    OrderItem {
        id,
        label: format!("Trial period for {} ({start} - {end})", product.name),
        amount: 0,
        proration: false,
        product_price_id: None,
    }
}

/// What an item says of a part of time.
pub(super) fn period_label(product: &Product, start: Timestamp, end: Timestamp) -> String {
    format!("{} — From {} to {}", product.name, day(start), day(end))
}

/// A day as items write it: `Dec 1, 2026`.
fn day(moment: Timestamp) -> String {
    let moment = DateTime::<Utc>::from(moment);
    moment.format("%b %-d, %Y").to_string()
}
