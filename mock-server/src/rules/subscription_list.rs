//! Which subscriptions a list shows, and their order (docs/behaviour.md#lists).

use crate::state::Subscription;

/// Whether a list shows a subscription that is filtered by `active`: the others are those that have ended, so that a paused
/// one is neither.
pub fn is_listed_as_active(row: &Subscription, active: Option<bool>) -> bool {
    active.is_none_or(|active| {
        if active {
            row.is_active()
        } else {
            row.is_ended()
        }
    })
}

/// The place of its status among the others.
pub fn status_place(row: &Subscription) -> usize {
    match row.status.as_str() {
        "incomplete" => 1,
        "incomplete_expired" => 2,
        "trialing" => 3,
        "active" if !row.cancel_at_period_end => 4,
        "active" => 5,
        "paused" => 6,
        "past_due" => 7,
        "canceled" => 8,
        _ => 9,
    }
}

/// What a month costs, roughly, by what a payment is.
pub fn monthly_amount(row: &Subscription, amount: i64, interval: Option<&str>) -> i64 {
    match row.recurring_interval.as_deref().or(interval) {
        Some("year") => amount / 12,
        Some("week") => amount * 4,
        Some("day") => amount * 30,
        _ => amount,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::revoke_subscription::tests::{
        canceled, ended, paused, subscription, trialing,
    };

    #[test]
    fn what_is_paused_is_neither_active_nor_over() {
        for (row, active, over) in [
            (subscription(), true, false),
            (trialing(), true, false),
            (canceled(), true, false),
            (paused(), false, false),
            (ended(), false, true),
        ] {
            assert_eq!(is_listed_as_active(&row, Some(true)), active, "{row:?}");
            assert_eq!(is_listed_as_active(&row, Some(false)), over, "{row:?}");
            assert!(is_listed_as_active(&row, None));
        }
    }

    #[test]
    fn statuses_have_an_order_of_their_own() {
        let with = |status: &str| Subscription {
            status: status.into(),
            ..subscription()
        };
        let rows = [
            with("incomplete"),
            with("incomplete_expired"),
            trialing(),
            subscription(),
            canceled(),
            paused(),
            with("past_due"),
            ended(),
            with("unpaid"),
        ];
        let places = rows.map(|row| status_place(&row));
        assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
    }

    #[test]
    fn amounts_are_compared_by_the_month() {
        for (interval, amount) in [("day", 360), ("week", 48), ("month", 12), ("year", 1)] {
            let row = Subscription {
                recurring_interval: Some(interval.into()),
                ..subscription()
            };
            assert_eq!(monthly_amount(&row, 12, None), amount);
            assert_eq!(monthly_amount(&subscription(), 12, Some(interval)), amount);
        }
    }
}
