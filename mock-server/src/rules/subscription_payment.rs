//! What becomes of a subscription whose periods are not paid (docs/behaviour.md#renewals).

use super::pays_renewals;
use super::subscription_change::Changed;
use super::subscription_events::subscription_events;
use crate::refusal::{Refusal, SubscriptionRefusal};
use crate::settings::Payment;
use crate::state::{Order, Subscription, Timestamp};

/// How many days lie between a payment that fails and the next one.
const RETRY_DAYS: [i64; 4] = [2, 5, 7, 7];

const DAY: i64 = 24 * 60 * 60;

/// What follows from a payment that failed.
#[derive(Debug, Clone, PartialEq)]
pub enum AfterFailure {
    /// It is not tried again.
    Nothing(Order),
    /// It is tried again, and the subscription is past due from now on.
    PastDue(Order),
    /// It is tried once more.
    Retry(Order),
    /// It was the last time: the subscription ends.
    End(Order),
}

/// What follows from a payment for an order of a subscription that failed. Where there is nothing to pay with, it does not
/// count as one that failed.
pub fn after_failure(order: &Order, subscription: &Subscription, now: Timestamp) -> AfterFailure {
    let failed_payments = order.failed_payments + u32::from(subscription.payment_method.is_some());
    let again = |next_payment_attempt_at| Order {
        next_payment_attempt_at,
        failed_payments,
        ..order.clone()
    };
    let in_days = |days: i64| Some(now.plus_seconds(days * DAY));
    if subscription.ended_at.is_some() {
        return AfterFailure::Nothing(again(None));
    }
    if order.next_payment_attempt_at.is_none() {
        return AfterFailure::PastDue(again(in_days(RETRY_DAYS[0])));
    }
    let last = subscription.past_due_at.map(|since| {
        let days: i64 = RETRY_DAYS.iter().sum();
        since.plus_seconds(days * DAY + 60)
    });
    let interval = match failed_payments.checked_sub(1) {
        Some(index) => RETRY_DAYS.get(index as usize),
        None => RETRY_DAYS.last(),
    };
    match interval {
        Some(&days) if last.is_none_or(|last| last >= now) => {
            AfterFailure::Retry(again(in_days(days)))
        }
        _ => AfterFailure::End(again(None)),
    }
}

/// Refuses what has to be paid at once and cannot be.
pub fn check_payment(
    subscription: &Subscription,
    due: i64,
    default: Payment,
) -> Result<(), Refusal> {
    if due <= 0 {
        return Ok(());
    }
    let Some(token) = &subscription.payment_method else {
        return Err(Refusal::Subscription(SubscriptionRefusal::NoPaymentMethod));
    };
    match pays_renewals(token, default) {
        true => Ok(()),
        false => Err(Refusal::Subscription(SubscriptionRefusal::CardError)),
    }
}

/// The subscription when a period was not paid.
pub fn past_due(old: &Subscription, now: Timestamp) -> Changed {
    told(
        old,
        Subscription {
            status: "past_due".into(),
            past_due_at: old.past_due_at.or(Some(now)),
            modified_at: Some(now),
            ..old.clone()
        },
    )
}

/// The subscription when all that was due is paid.
pub fn reactivated(old: &Subscription, now: Timestamp) -> Changed {
    told(
        old,
        Subscription {
            status: "active".into(),
            past_due_at: None,
            modified_at: Some(now),
            ..old.clone()
        },
    )
}

fn told(old: &Subscription, new: Subscription) -> Changed {
    Changed {
        events: subscription_events(old, &new, false),
        subscription: new,
        bill: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::revoke_subscription::tests::{ended, subscription};

    fn order(failed_payments: u32, again_at: Option<&str>) -> Order {
        serde_json::from_value(json!({
            "id": uuid::Uuid::from_u128(1), "customer_id": uuid::Uuid::from_u128(2),
            "product_id": uuid::Uuid::from_u128(3), "status": "pending",
            "failed_payments": failed_payments, "next_payment_attempt_at": again_at,
        }))
        .unwrap()
    }

    fn with_card(change: impl FnOnce(&mut Subscription)) -> Subscription {
        let mut row = Subscription {
            payment_method: Some("ctoken_renewno".into()),
            past_due_at: Some(at("2026-06-01T00:00:00Z")),
            ..subscription()
        };
        change(&mut row);
        row
    }

    #[test]
    fn a_payment_is_tried_four_times_more_and_then_the_subscription_ends() {
        use AfterFailure::{End, Nothing, PastDue, Retry};
        let card = with_card(|_| {});
        let none = with_card(|row| row.payment_method = None);
        for (row, failed, again, now, expected) in [
            (
                &card,
                0,
                None,
                "2026-06-01T00:00:00Z",
                PastDue(order(1, Some("2026-06-03T00:00:00Z"))),
            ),
            (
                &card,
                1,
                Some("2026-06-03T00:00:00Z"),
                "2026-06-03T00:00:00Z",
                Retry(order(2, Some("2026-06-08T00:00:00Z"))),
            ),
            (
                &card,
                2,
                Some("2026-06-08T00:00:00Z"),
                "2026-06-08T00:00:00Z",
                Retry(order(3, Some("2026-06-15T00:00:00Z"))),
            ),
            (
                &card,
                3,
                Some("2026-06-15T00:00:00Z"),
                "2026-06-15T00:00:00Z",
                Retry(order(4, Some("2026-06-22T00:00:00Z"))),
            ),
            (
                &card,
                4,
                Some("2026-06-22T00:00:00Z"),
                "2026-06-22T00:00:00Z",
                End(order(5, None)),
            ),
            // It ends three weeks after it was first due, whatever was tried.
            (
                &card,
                1,
                Some("2026-06-22T00:02:00Z"),
                "2026-06-22T00:02:00Z",
                End(order(2, None)),
            ),
            // Without a card nothing counts as tried.
            (
                &none,
                0,
                None,
                "2026-06-01T00:00:00Z",
                PastDue(order(0, Some("2026-06-03T00:00:00Z"))),
            ),
            (
                &none,
                0,
                Some("2026-06-03T00:00:00Z"),
                "2026-06-03T00:00:00Z",
                Retry(order(0, Some("2026-06-10T00:00:00Z"))),
            ),
            (
                &ended(),
                0,
                None,
                "2026-06-20T00:00:00Z",
                Nothing(order(0, None)),
            ),
        ] {
            let outcome = after_failure(&order(failed, again), row, at(now));
            assert_eq!(outcome, expected, "{failed} {now}");
        }
    }

    #[test]
    fn a_subscription_is_past_due_since_the_first_payment_that_failed() {
        let (now, later) = (at("2026-07-01T00:00:00Z"), at("2026-08-01T00:00:00Z"));
        let first = past_due(&subscription(), now);
        assert_eq!(first.subscription.past_due_at, Some(now));
        assert_eq!(
            first.events,
            ["subscription.updated", "subscription.past_due"]
        );
        let second = past_due(&first.subscription, later);
        assert_eq!(second.subscription.past_due_at, Some(now));
        assert_eq!(second.events, ["subscription.updated"]);
        let back = reactivated(&second.subscription, later);
        assert_eq!(
            (
                back.subscription.status.as_str(),
                back.subscription.past_due_at
            ),
            ("active", None)
        );
        assert_eq!(back.events, ["subscription.updated", "subscription.active"]);
    }

    #[test]
    fn what_is_paid_at_once_needs_a_card_that_pays() {
        use SubscriptionRefusal::{CardError, NoPaymentMethod};
        let with =
            |token: Option<&str>| with_card(|row| row.payment_method = token.map(str::to_owned));
        for (token, due, refused) in [
            (None, 0, None),
            (None, 1, Some(NoPaymentMethod)),
            (Some("ctoken_ok"), 1, None),
            (Some("ctoken_renewno"), 0, None),
            (Some("ctoken_renewno"), 1, Some(CardError)),
        ] {
            let outcome = check_payment(&with(token), due, Payment::Succeeds);
            let expected = refused.map_or(Ok(()), |refusal| Err(Refusal::Subscription(refusal)));
            assert_eq!(outcome, expected, "{token:?} {due}");
        }
    }
}
