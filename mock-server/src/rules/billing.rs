//! What a period of a subscription costs: the lines of its order and what they come to (docs/behaviour.md#periods).

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::amount_off;
use crate::state::{Discount, OrderItem, Product, Subscription, Timestamp};

/// What the lines of an order come to, in cents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Amounts {
    /// All lines.
    pub subtotal: i64,
    /// What the discount takes off.
    pub discount: i64,
    /// What is left, without tax.
    pub net: i64,
    /// The tax.
    pub tax: i64,
}

/// A tax, and whether the taxed amount includes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TaxShare {
    /// The tax, in cents.
    pub amount: i64,
    /// Whether it is in the taxed amount already.
    pub is_inclusive: bool,
}

/// The lines of the order for a subscription's current period: what is left to pay of changes in the middle of periods, and
/// the period itself. `new_id` makes ids.
pub fn period_items(
    row: &Subscription,
    product: &Product,
    new_id: impl Fn() -> Uuid,
) -> Vec<OrderItem> {
    let label = span(
        &product.name,
        row.current_period_start,
        row.current_period_end,
    );
    // What is paid by use has no amount of its own.
    let prices = row.prices_of(product);
    let prices = prices.filter(|price| price.amount_type != "metered_unit");
    let period = prices.map(|price| OrderItem {
        id: new_id(),
        label: label.clone(),
        amount: row.amount_of(price),
        proration: false,
        product_price_id: Some(price.id),
    });
    let mut items = row.pending_items.clone();
    items.extend(period);
    items.sort_by_key(|item| item.product_price_id);
    items
}

/// The only line of the order for a trial.
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

/// What lines come to. A discount is for whole periods; parts of periods have had theirs. `tax` says what is due on an amount.
pub fn amounts(
    items: &[OrderItem],
    discount: Option<&Discount>,
    currency: &str,
    tax: impl FnOnce(i64) -> TaxShare,
) -> Amounts {
    let subtotal = items.iter().map(|item| item.amount).sum();
    let periods = items.iter().filter(|item| !item.proration);
    let periods = periods.map(|item| item.amount).sum();
    let discount = discount.map_or(0, |discount| amount_off(discount, periods, currency));
    let taxed: i64 = subtotal - discount;
    // What is owed to the customer is taxed like a price, and owed as well.
    let share = tax(taxed.abs());
    let tax = share.amount * taxed.signum();
    Amounts {
        subtotal,
        discount,
        net: taxed - if share.is_inclusive { tax } else { 0 },
        tax,
    }
}

/// What a line says of a part of time.
pub(super) fn span(what: &str, start: Timestamp, end: Timestamp) -> String {
    format!("{what} — From {} to {}", day(start), day(end))
}

/// A day as lines write it, like `Dec 1, 2026`.
fn day(moment: Timestamp) -> String {
    let moment = DateTime::<Utc>::from(moment);
    moment.format("%b %-d, %Y").to_string()
}
