//! What a PATCH makes of a subscription (docs/behaviour.md#subscriptions).

use uuid::Uuid;

use super::keep_metadata;
use super::revoke_subscription::Reasons;
use super::subscribe::{invalid_product, offered, period_end};
use crate::json::{Dict, Value};
use crate::refusal::Refusal;
use crate::state::{Product, Subscription, Timestamp};

/// What is to change; what was not given stays.
#[derive(Debug, Clone, Default)]
pub struct SubscriptionUpdate<'u> {
    /// Other metadata.
    pub metadata: Option<&'u Dict>,
    /// Another product.
    pub product: Option<NewProduct<'u>>,
    /// A discount.
    pub discount_id: Option<Uuid>,
    /// Whether the trial is to end now.
    pub trial_ends_now: bool,
    /// Another end of the current period.
    pub current_billing_period_end: Option<Timestamp>,
    /// Whether it is to end with the period: a cancellation, or the end of one.
    pub cancel_at_period_end: Option<bool>,
    /// Why the customer cancels.
    pub reasons: Reasons,
}

/// The product that a subscription is to change to.
#[derive(Debug, Clone, Copy)]
pub struct NewProduct<'u> {
    /// Its id, as it was asked for.
    pub id: Uuid,
    /// The product, if the caller has it.
    pub found: Option<&'u Product>,
}

/// A subscription after an update. There are no events if nothing differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Updated {
    /// The subscription as it is afterwards.
    pub subscription: Subscription,
    /// The events that report the change.
    pub events: Vec<&'static str>,
}

/// Updates a subscription. `product` is the one it had. What was not recorded is learnt from the open backend.
pub fn update_subscription(
    old: &Subscription,
    product: &Product,
    update: SubscriptionUpdate<'_>,
    now: Timestamp,
) -> Result<Updated, Refusal> {
    let mut subscription = old.clone();
    let mut events = vec!["subscription.updated"];
    if let Some(metadata) = update.metadata {
        subscription.metadata = keep_metadata(metadata)?;
    }
    if let Some(new) = update.product {
        let new = change_product(old, new)?;
        subscription.product_id = new.id;
        // Another interval begins a new period.
        if interval(new) != interval(product) {
            subscription.current_period_start = now;
            subscription.current_period_end = period_end(new, now);
        }
    }
    check_discount_and_trial(&update.discount_id, update.trial_ends_now)?;
    if let Some(end) = update.current_billing_period_end {
        subscription.current_period_end = move_period_end(old, end)?;
    }
    match update.cancel_at_period_end {
        Some(true) => {
            check_running(old)?;
            subscription.cancel_at_period_end = true;
            subscription.canceled_at = Some(now);
            subscription.ends_at = Some(old.current_period_end);
            update.reasons.give_to(&mut subscription);
            events.push("subscription.canceled");
        }
        Some(false) => {
            if old.ended_at.is_some() {
                return Err(Refusal::Unavailable);
            }
            if !old.cancel_at_period_end {
                return Err(Refusal::BadRequest);
            }
            subscription.cancel_at_period_end = false;
            subscription.canceled_at = None;
            subscription.ends_at = None;
            subscription.customer_cancellation_reason = None;
            subscription.customer_cancellation_comment = None;
            events.push("subscription.uncanceled");
        }
        None => {}
    }
    if subscription == *old {
        events.clear();
    } else {
        subscription.modified_at = Some(now);
    }
    Ok(Updated {
        subscription,
        events,
    })
}

/// Refuses a subscription that has ended or will.
fn check_running(old: &Subscription) -> Result<(), Refusal> {
    if old.cancel_at_period_end || !old.is_active() {
        return Err(Refusal::AlreadyCanceled);
    }
    Ok(())
}

fn change_product<'u>(old: &Subscription, new: NewProduct<'u>) -> Result<&'u Product, Refusal> {
    check_running(old)?;
    let refuse = |message| Err(invalid_product(new.id, message));
    let Some(product) = new.found else {
        return refuse("Product does not exist.");
    };
    if product.is_archived {
        return refuse("Product is archived.");
    }
    if product.recurring_interval.is_none() {
        return refuse("Product is not recurring.");
    }
    if offered(product).any(|price| price.amount_type == "custom") {
        return refuse("Can't update to a product with custom prices.");
    }
    Ok(product)
}

fn move_period_end(old: &Subscription, end: Timestamp) -> Result<Timestamp, Refusal> {
    check_running(old)?;
    if end < old.current_period_end {
        return Err(Refusal::invalid(
            "current_billing_period_end",
            "New period end is earlier than the current period end",
            Value::Str(end.to_string()),
        ));
    }
    Ok(end)
}

/// There are no discounts here, and no trials.
fn check_discount_and_trial(discount: &Option<Uuid>, ends_now: bool) -> Result<(), Refusal> {
    if let Some(discount) = discount {
        return Err(Refusal::invalid(
            "discount_id",
            "Discount does not exist, is not applicable to this product or is not redeemable.",
            Value::Str(discount.to_string()),
        ));
    }
    if ends_now {
        return Err(Refusal::invalid(
            "trial_end",
            "The subscription is not currently trialing.",
            Value::Str("now".to_owned()),
        ));
    }
    Ok(())
}

fn interval(product: &Product) -> (Option<&str>, i64) {
    let count = product.recurring_interval_count.unwrap_or(1);
    (product.recurring_interval.as_deref(), count)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::revoke_subscription::tests::{NOW, canceled, ended, subscription};
    use crate::rules::subscribe::tests::{PRODUCT, product};

    type Update = SubscriptionUpdate<'static>;

    fn update(old: &Subscription, update: SubscriptionUpdate<'_>) -> Result<Updated, Refusal> {
        update_subscription(old, &product(), update, at(NOW))
    }

    fn cancel(cancel: bool) -> Update {
        Update {
            cancel_at_period_end: Some(cancel),
            ..Update::default()
        }
    }

    fn period_until(end: &str) -> Update {
        Update {
            current_billing_period_end: Some(at(end)),
            ..Update::default()
        }
    }

    #[test]
    fn an_update_that_changes_nothing_is_not_told() {
        let old = subscription();
        let same = SubscriptionUpdate {
            metadata: Some(&old.metadata.0),
            current_billing_period_end: Some(old.current_period_end),
            ..SubscriptionUpdate::default()
        };
        let nothing = Updated {
            subscription: old.clone(),
            events: vec![],
        };
        assert_eq!(update(&old, Update::default()), Ok(nothing.clone()));
        assert_eq!(update(&old, same), Ok(nothing));
    }

    #[test]
    fn metadata_and_the_end_of_the_period_are_changed() {
        let old = subscription();
        let metadata: crate::state::Metadata = serde_json::from_value(json!({"a": 1})).unwrap();
        let end = "2026-12-01T00:00:00Z";
        let both = SubscriptionUpdate {
            metadata: Some(&metadata.0),
            ..period_until(end)
        };
        let expected = Updated {
            subscription: Subscription {
                metadata: metadata.clone(),
                current_period_end: at(end),
                modified_at: Some(at(NOW)),
                ..old.clone()
            },
            events: vec!["subscription.updated"],
        };
        assert_eq!(update(&old, both), Ok(expected));
    }

    #[test]
    fn a_cancellation_comes_with_reasons_and_can_be_taken_back() {
        let old = subscription();
        let with_reasons = Update {
            reasons: Reasons {
                reason: Some("too_complex".into()),
                comment: Some(String::new()),
            },
            ..cancel(true)
        };
        let leaving = Subscription {
            cancel_at_period_end: true,
            canceled_at: Some(at(NOW)),
            ends_at: Some(old.current_period_end),
            customer_cancellation_reason: Some("too_complex".into()),
            modified_at: Some(at(NOW)),
            ..old.clone()
        };
        let told = Updated {
            subscription: leaving,
            events: vec!["subscription.updated", "subscription.canceled"],
        };
        assert_eq!(update(&old, with_reasons), Ok(told));
        let back = Updated {
            subscription: Subscription {
                modified_at: Some(at(NOW)),
                ..subscription()
            },
            events: vec!["subscription.updated", "subscription.uncanceled"],
        };
        assert_eq!(update(&canceled(), cancel(false)), Ok(back));
    }

    #[test]
    fn what_is_canceled_or_over_is_refused() {
        let other = product();
        let to_product = || SubscriptionUpdate {
            product: Some(NewProduct {
                id: PRODUCT,
                found: Some(&other),
            }),
            ..SubscriptionUpdate::default()
        };
        let later = || period_until("2027-01-01T00:00:00Z");
        for (old, update_, refusal) in [
            (canceled(), cancel(true), Refusal::AlreadyCanceled),
            (canceled(), later(), Refusal::AlreadyCanceled),
            (canceled(), to_product(), Refusal::AlreadyCanceled),
            (ended(), cancel(true), Refusal::AlreadyCanceled),
            (ended(), later(), Refusal::AlreadyCanceled),
            (ended(), to_product(), Refusal::AlreadyCanceled),
            (ended(), cancel(false), Refusal::Unavailable),
            (subscription(), cancel(false), Refusal::BadRequest),
        ] {
            let outcome = update(&old, update_);
            assert_eq!(outcome, Err(refusal), "{old:?}");
        }
    }

    #[test]
    fn a_period_does_not_get_shorter_and_there_are_no_discounts_and_trials() {
        let [early, none] = [
            "2026-06-30T23:59:59Z",
            "00000000-0000-0000-0000-000000000009",
        ];
        for (update_, field, input) in [
            (period_until(early), "current_billing_period_end", early),
            (
                Update {
                    discount_id: Some(Uuid::from_u128(9)),
                    ..Update::default()
                },
                "discount_id",
                none,
            ),
            (
                Update {
                    trial_ends_now: true,
                    ..Update::default()
                },
                "trial_end",
                "now",
            ),
        ] {
            match update(&subscription(), update_) {
                Err(Refusal::Invalid(errors)) => {
                    assert_eq!(errors[0].loc, [Value::Str(field.into())]);
                    assert_eq!(errors[0].input, Value::Str(input.into()));
                }
                outcome => panic!("{field}: {outcome:?}"),
            }
        }
    }

    #[test]
    fn another_interval_begins_a_new_period() {
        let with = |unit: &str, count| Product {
            id: Uuid::from_u128(7),
            recurring_interval: Some(unit.to_owned()),
            recurring_interval_count: count,
            ..product()
        };
        let old = subscription();
        let old_period = (old.current_period_start, old.current_period_end);
        for (new, period) in [
            (with("month", Some(1)), old_period),
            (with("month", None), old_period),
            (
                with("month", Some(2)),
                (at(NOW), at("2026-08-15T00:00:00Z")),
            ),
            (with("day", Some(1)), (at(NOW), at("2026-06-16T00:00:00Z"))),
        ] {
            let asked = SubscriptionUpdate {
                product: Some(NewProduct {
                    id: new.id,
                    found: Some(&new),
                }),
                ..SubscriptionUpdate::default()
            };
            let updated = update(&old, asked).unwrap();
            let row = updated.subscription;
            assert_eq!(row.product_id, new.id);
            assert_eq!((row.current_period_start, row.current_period_end), period);
            assert_eq!(updated.events, ["subscription.updated"]);
        }
    }

    #[test]
    fn products_that_a_subscription_cannot_change_to() {
        let id = Uuid::from_u128(7);
        let mut custom = product();
        custom.prices[0].amount_type = "custom".into();
        let mut no_longer_custom = custom.clone();
        no_longer_custom.prices[0].is_archived = true;
        let archived = Product {
            is_archived: true,
            ..product()
        };
        let once = Product {
            recurring_interval: None,
            ..product()
        };
        for (found, refused) in [
            (None, Some("Product does not exist.")),
            (Some(&archived), Some("Product is archived.")),
            (Some(&once), Some("Product is not recurring.")),
            (
                Some(&custom),
                Some("Can't update to a product with custom prices."),
            ),
            (Some(&no_longer_custom), None),
        ] {
            let asked = SubscriptionUpdate {
                product: Some(NewProduct { id, found }),
                ..SubscriptionUpdate::default()
            };
            let refusal = refused.map(|message| invalid_product(id, message));
            assert_eq!(update(&subscription(), asked).err(), refusal);
        }
    }
}
