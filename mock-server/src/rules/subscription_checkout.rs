//! The subscription that a checkout makes, or that it upgrades (docs/behaviour.md#paid-subscriptions).

use uuid::Uuid;

use super::keep_metadata;
use super::subscribe::{SUBSCRIBED, fresh, next_period_end, offered};
use super::subscription_change::Changed;
use super::subscription_events::subscription_events;
use crate::json::Dict;
use crate::refusal::Refusal;
use crate::state::{Checkout, Customer, Price, Product, Subscription, Timestamp};

/// Makes the subscription that was bought in a checkout, or upgrades `free`, and says what is told of it. `id` is that of a
/// new one. A trial comes first where the checkout has one.
pub fn subscription_from_checkout(
    checkout: &Checkout,
    customer: &Customer,
    product: &Product,
    free: Option<&Subscription>,
    id: Uuid,
    now: Timestamp,
) -> Result<Changed, Refusal> {
    let interval = product.recurring_interval.as_deref();
    let count = product.recurring_interval_count.unwrap_or(1);
    let prices: Vec<&Price> = offered(product, &checkout.currency).collect();
    let is_custom = prices.iter().any(|price| price.amount_type == "custom");
    let given = Dict::from_pairs(
        free.iter()
            .flat_map(|free| free.metadata.0.iter())
            .chain(checkout.metadata.0.iter())
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect(),
    );
    let row = match free {
        Some(free) => Subscription {
            modified_at: Some(now),
            ..free.clone()
        },
        None => fresh(id, customer.id, product.id, now),
    };
    let row = Subscription {
        product_id: product.id,
        status: match checkout.trial_end {
            Some(_) => "trialing".into(),
            None => "active".into(),
        },
        current_period_start: now,
        current_period_end: checkout
            .trial_end
            .unwrap_or_else(|| next_period_end((interval, count), now.day(), now)),
        anchor_day: Some(now.day()),
        recurring_interval: product.recurring_interval.clone(),
        recurring_interval_count: product.recurring_interval_count,
        prices: prices.iter().map(|price| price.id).collect(),
        trial_start: checkout.trial_end.map(|_| now),
        trial_end: checkout.trial_end,
        custom_amount: is_custom.then_some(checkout.amount),
        discount_id: checkout.discount_id,
        // A trial is free with or without it: it counts from the first period that is paid.
        discount_applied_at: match checkout.trial_end {
            Some(_) => None,
            None => checkout.discount_id.map(|_| now),
        },
        tax_behavior: checkout.tax_behavior.clone(),
        checkout_id: Some(checkout.id),
        payment_method: checkout.confirmation_token_id.clone(),
        metadata: keep_metadata(&given)?,
        ..row
    };
    Ok(Changed {
        events: match free {
            Some(free) => subscription_events(free, &row, false),
            None => SUBSCRIBED.to_vec(),
        },
        subscription: row,
        bill: None,
    })
}
