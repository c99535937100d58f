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
