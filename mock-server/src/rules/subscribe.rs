//! May this product be subscribed to, and how long is a period? (docs/behaviour.md#subscriptions)

use uuid::Uuid;

use super::price::CURRENCY;
use super::{add_interval, keep_metadata};
use crate::json::{Dict, Value};
use crate::refusal::Refusal;
use crate::state::{Price, Product, Subscription, Timestamp};

/// The events of a new subscription.
pub const SUBSCRIBED: [&str; 3] = [
    "subscription.created",
    "subscription.active",
    "subscription.updated",
];
/// Checks the product of a new subscription. `id` is what was asked for, `found` the product if the caller has it.
pub fn subscribe(id: Uuid, found: Option<&Product>) -> Result<&Product, Refusal> {
    let refuse = |message| Err(invalid_product(id, message));
    let Some(product) = found else {
        return refuse("Product does not exist.");
    };
    if product.recurring_interval.is_none() {
        return refuse("Product is not a recurring product.");
    }
    // What may be paid by use comes second; an archived product can still be subscribed to.
    let price = offered(product).find(|price| price.amount_type != "metered_unit");
    let price = price.or_else(|| offered(product).next());
    if price.is_some_and(|price| !price.is_free()) {
        return refuse(
            "Product is not free. The customer should go through a checkout to create a paid subscription.",
        );
    }
    Ok(product)
}

/// A subscription to a product that begins now.
pub fn new_subscription(
    id: Uuid,
    customer_id: Uuid,
    product: &Product,
    metadata: Option<&Dict>,
    now: Timestamp,
) -> Result<Subscription, Refusal> {
    Ok(Subscription {
        id,
        customer_id,
        product_id: product.id,
        status: "active".into(),
        started_at: now,
        current_period_start: now,
        current_period_end: period_end(product, now),
        anchor_day: Some(now.day()),
        recurring_interval: product.recurring_interval.clone(),
        recurring_interval_count: product.recurring_interval_count,
        prices: offered(product).map(|price| price.id).collect(),
        trial_start: None,
        trial_end: None,
        pause_at_period_end: false,
        paused_at: None,
        resumes_at: None,
        pending_update: None,
        cancel_at_period_end: false,
        canceled_at: None,
        ends_at: None,
        ended_at: None,
        customer_cancellation_reason: None,
        customer_cancellation_comment: None,
        metadata: metadata.map(keep_metadata).transpose()?.unwrap_or_default(),
        created_at: now,
        modified_at: None,
    })
}

/// The end of a period of a product that begins now.
pub(super) fn period_end(product: &Product, now: Timestamp) -> Timestamp {
    let interval = product.recurring_interval.as_deref();
    let count = product.recurring_interval_count.unwrap_or(1);
    next_period_end((interval, count), now.day(), now)
}

/// The end of a period of an interval, so many of them, that begins then. Months and years end on the anchor day, where they
/// have it.
pub(super) fn next_period_end(
    (interval, count): (Option<&str>, i64),
    anchor_day: u32,
    begin: Timestamp,
) -> Timestamp {
    let Some(interval) = interval else {
        return begin;
    };
    let end = add_interval(begin, interval, count).unwrap_or(begin);
    match interval {
        "month" | "year" => end.on_day(anchor_day),
        _ => end,
    }
}

/// Refuses the product that a request names.
pub(super) fn invalid_product(id: Uuid, message: &'static str) -> Refusal {
    Refusal::invalid("product_id", message, Value::Str(id.to_string()))
}

/// The prices that a new subscription is paid by: those that are still offered, in the organization's currency.
pub(super) fn offered(product: &Product) -> impl Iterator<Item = &Price> {
    let is_offered = |price: &&Price| !price.is_archived && price.price_currency == CURRENCY;
    product.prices.iter().filter(is_offered)
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;

    pub const PRODUCT: Uuid = Uuid::from_u128(1);

    /// A product that costs nothing, paid for each month.
    pub fn product() -> Product {
        let price = json!({"amount_type": "fixed", "amount": {"price_amount": 0}});
        let product = json!({
            "id": PRODUCT, "organization_id": Uuid::from_u128(2), "name": "Plan",
            "recurring_interval": "month", "recurring_interval_count": 1, "prices": [price],
        });
        serde_json::from_value(product).unwrap()
    }

    #[test]
    fn only_free_recurring_products_that_are_sold_are_subscribed_to() {
        let free = product();
        let price = |amount_type: &str, amount, is_archived| Price {
            amount_type: amount_type.into(),
            amount: json!({"price_amount": amount}).as_object().unwrap().clone(),
            is_archived,
            ..free.prices[0].clone()
        };
        let with = |change: &dyn Fn(&mut Product)| {
            let mut product = free.clone();
            change(&mut product);
            product
        };
        let once = |product: &mut Product| product.recurring_interval = None;
        let archived = |product: &mut Product| product.is_archived = true;
        let not_free = "Product is not free. The customer should go through a checkout to create a paid subscription.";
        for (found, refused) in [
            (None, Some("Product does not exist.")),
            (Some(free.clone()), None),
            (
                Some(with(&once)),
                Some("Product is not a recurring product."),
            ),
            (Some(with(&archived)), None),
            (
                Some(with(&|product| {
                    once(product);
                    archived(product);
                })),
                Some("Product is not a recurring product."),
            ),
            (
                Some(with(&|product| {
                    product.prices = vec![price("fixed", 1, false)]
                })),
                Some(not_free),
            ),
            (
                Some(with(&|product| {
                    product.prices = vec![price("custom", 0, false)]
                })),
                Some(not_free),
            ),
            // What is paid by use comes second.
            (
                Some(with(&|product| {
                    product.prices = vec![price("metered_unit", 0, false), price("fixed", 0, false)]
                })),
                None,
            ),
            // A price in another currency does not count.
            (
                Some(with(&|product| {
                    let mut other = price("fixed", 1, false);
                    other.price_currency = "eur".into();
                    product.prices.insert(0, other);
                })),
                None,
            ),
            (
                Some(with(&|product| {
                    product.prices.push(price("custom", 0, true))
                })),
                None,
            ),
        ] {
            let expected = refused.map_or(Ok(()), |message| Err(invalid_product(PRODUCT, message)));
            let outcome = subscribe(PRODUCT, found.as_ref());
            assert_eq!(outcome.map(|_| ()), expected, "{found:?}");
        }
    }

    #[test]
    fn a_new_subscription_is_active_for_a_period() {
        let metadata: crate::state::Metadata = serde_json::from_value(json!({"a": 1})).unwrap();
        let [id, customer] = [3, 4].map(Uuid::from_u128);
        let now = "2026-01-01T00:00:00Z";
        let product = product();
        let expected = json!({
            "id": id, "customer_id": customer, "product_id": PRODUCT, "status": "active",
            "started_at": now, "current_period_start": now, "current_period_end": "2026-02-01T00:00:00Z",
            "metadata": {"a": 1}, "created_at": now,
            "anchor_day": 1, "recurring_interval": "month", "recurring_interval_count": 1,
            "prices": [product.prices[0].id],
        });
        let row = new_subscription(id, customer, &product, Some(&metadata.0), at(now));
        assert_eq!(row, Ok(serde_json::from_value(expected).unwrap()));
    }

    #[test]
    fn a_period_is_as_long_as_the_interval_of_the_product() {
        let now = "2026-01-31T00:00:00Z";
        for (interval, count, end) in [
            (Some("month"), Some(1), "2026-02-28T00:00:00Z"),
            (Some("month"), Some(2), "2026-03-31T00:00:00Z"),
            (Some("week"), None, "2026-02-07T00:00:00Z"),
            (None, None, now),
        ] {
            let product = Product {
                recurring_interval: interval.map(str::to_owned),
                recurring_interval_count: count,
                ..product()
            };
            assert_eq!(period_end(&product, at(now)), at(end), "{interval:?}");
        }
    }
}
