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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::revoke_subscription::tests::{NOW, canceled};
    use crate::rules::subscribe::tests::{PRODUCT, product};

    fn checkout(with: Value) -> Checkout {
        let mut row = json!({
            "id": Uuid::from_u128(5), "organization_id": Uuid::from_u128(2), "client_secret": "polar_c_x",
            "expires_at": NOW, "products": [PRODUCT], "product_id": PRODUCT, "product_price_id": Uuid::nil(),
            "currency": "usd", "amount": 2500, "net_amount": 2500, "confirmation_token_id": "ctoken_ok", "tax_behavior": "inclusive",
            "metadata": {"a": 2},
        });
        row.as_object_mut()
            .unwrap()
            .extend(with.as_object().unwrap().clone());
        serde_json::from_value(row).unwrap()
    }

    fn bought(with: Value, product: &Product, free: Option<&Subscription>) -> Changed {
        let customer = json!({
            "id": Uuid::from_u128(3), "organization_id": Uuid::from_u128(2), "email": "ada@example.com",
        });
        let customer = serde_json::from_value(customer).unwrap();
        let id = Uuid::from_u128(9);
        subscription_from_checkout(&checkout(with), &customer, product, free, id, at(NOW)).unwrap()
    }

    #[test]
    fn a_subscription_begins_with_a_period_or_with_a_trial() {
        let discount = Uuid::from_u128(8);
        let now = bought(json!({"discount_id": discount}), &product(), None);
        let row = now.subscription;
        assert_eq!(
            (row.id, row.status.as_str()),
            (Uuid::from_u128(9), "active")
        );
        assert_eq!(row.current_period_end, at("2026-07-15T00:00:00Z"));
        assert_eq!(
            (row.discount_id, row.discount_applied_at),
            (Some(discount), Some(at(NOW)))
        );
        assert_eq!(row.payment_method.as_deref(), Some("ctoken_ok"));
        assert_eq!((row.custom_amount, now.events), (None, SUBSCRIBED.to_vec()));
        let end = "2026-06-22T00:00:00Z";
        let trial = bought(
            json!({"discount_id": discount, "trial_end": end}),
            &product(),
            None,
        );
        let row = trial.subscription;
        assert_eq!(
            (row.status.as_str(), row.trial_start),
            ("trialing", Some(at(NOW)))
        );
        assert_eq!(
            (row.trial_end, row.current_period_end),
            (Some(at(end)), at(end))
        );
        assert_eq!(row.discount_applied_at, None);
    }

    #[test]
    fn what_the_customer_chose_is_kept_where_the_price_leaves_it_open() {
        let mut open = product();
        open.prices[0].amount_type = "custom".into();
        let row = bought(json!({}), &open, None).subscription;
        assert_eq!(row.custom_amount, Some(2500));
        assert_eq!(row.amount_of(&open.prices[0]), 2500);
    }

    #[test]
    fn an_upgrade_keeps_the_subscription_and_its_metadata() {
        let free = Subscription {
            metadata: serde_json::from_value(json!({"a": 1, "b": 1})).unwrap(),
            ..canceled()
        };
        let upgraded = bought(json!({}), &product(), Some(&free));
        let row = upgraded.subscription;
        assert_eq!((row.id, row.started_at), (free.id, free.started_at));
        assert_eq!(row.current_period_start, at(NOW));
        let metadata = serde_json::from_value(json!({"a": 2, "b": 1})).unwrap();
        assert_eq!(row.metadata, metadata);
        assert_eq!(upgraded.events, ["subscription.updated"]);
    }
}
