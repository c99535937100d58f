//! What becomes of a subscription when its period ends, or its pause (docs/behaviour.md#subscriptions).

use uuid::Uuid;

use super::is_still_applied;
use super::subscribe::{next_period_end, offered};
use crate::refusal::Refusal;
use crate::state::{Discount, Product, Subscription, Timestamp};

/// The products that a subscription has to do with, and its discount.
#[derive(Debug, Clone, Copy)]
pub struct Plans<'p> {
    /// The one it is to.
    pub current: &'p Product,
    /// The one that a waiting change brings.
    pub pending: Option<&'p Product>,
    /// The discount that it has now, and the one that a waiting change brings.
    pub discounts: [Option<&'p Discount>; 2],
}

/// Ends the period: the subscription is paused or ends, or goes on to the next period, with the change that waits for it.
/// Says whether it goes on.
pub fn end_period(row: &mut Subscription, plans: Plans<'_>, now: Timestamp) -> bool {
    if row.cancel_at_period_end {
        row.ended_at = Some(now);
        row.status = "canceled".into();
        return false;
    }
    if row.pause_at_period_end {
        row.status = "paused".into();
        row.paused_at = Some(now);
        row.pause_at_period_end = false;
        return false;
    }
    let mut begins_anew = false;
    let mut discount = plans.discounts[0];
    if let (Some(update), Some(new)) = (row.pending_update.take(), plans.pending)
        && offered(new, row.currency(plans.current)).next().is_some()
    {
        begins_anew = interval(new) != interval(plans.current);
        let currency = row.currency(plans.current).to_owned();
        change_plan(
            row,
            new,
            &currency,
            (update.period_start, update.period_end),
        );
        if update.discount_unset || update.discount_id.is_some() {
            discount = plans.discounts[1];
            give_discount(row, discount.map(|discount| discount.id));
        }
    }
    if !begins_anew {
        let end = row.current_period_end;
        if row.is_trialing() {
            row.anchor_day = Some(end.day());
        }
        begin_period(row, plans.pending.unwrap_or(plans.current), end);
    }
    if row.is_trialing() {
        row.status = "active".into();
    }
    end_discount(row, discount);
    true
}

/// Ends a pause: a new period begins.
pub fn resume(row: &mut Subscription, plans: Plans<'_>, now: Timestamp) {
    row.status = "active".into();
    row.paused_at = None;
    row.resumes_at = None;
    row.anchor_day = Some(now.day());
    begin_period(row, plans.current, now);
    end_discount(row, plans.discounts[0]);
}

/// Gives a subscription another discount, or none. It counts from the first period that begins with it.
pub(super) fn give_discount(row: &mut Subscription, discount_id: Option<Uuid>) {
    if row.discount_id != discount_id {
        row.discount_id = discount_id;
        row.discount_applied_at = None;
    }
}

/// Takes a discount away that is not for the period that begins.
fn end_discount(row: &mut Subscription, discount: Option<&Discount>) {
    let Some(discount) = discount else {
        return;
    };
    let start = row.current_period_start;
    let applied_at = *row.discount_applied_at.get_or_insert(start);
    if !is_still_applied(discount, applied_at, start) {
        give_discount(row, None);
    }
}

/// Puts a subscription on another product, in this period.
pub(super) fn change_plan(
    row: &mut Subscription,
    new: &Product,
    currency: &str,
    (start, end): (Timestamp, Timestamp),
) {
    row.product_id = new.id;
    row.prices = offered(new, currency).map(|price| price.id).collect();
    row.custom_amount = None;
    row.recurring_interval = new.recurring_interval.clone();
    row.recurring_interval_count = new.recurring_interval_count;
    row.current_period_start = start;
    row.current_period_end = end;
    row.anchor_day = Some(start.day());
}

/// How often a product is paid.
pub(super) fn interval(product: &Product) -> (Option<&str>, i64) {
    let count = product.recurring_interval_count.unwrap_or(1);
    (product.recurring_interval.as_deref(), count)
}

fn begin_period(row: &mut Subscription, product: &Product, start: Timestamp) {
    let anchor_day = row.anchor_day.unwrap_or(row.current_period_start.day());
    let end = next_period_end(row.interval(product), anchor_day, start);
    row.current_period_start = start;
    row.current_period_end = end;
}

/// What else happens to a subscription that changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Effect {
    /// Nothing.
    None,
    /// Its period ends now.
    PeriodEnds,
    /// What the change costs is to be paid now.
    Invoiced,
}

/// Refuses a subscription that has ended or will.
pub(super) fn check_runs(row: &Subscription) -> Result<(), Refusal> {
    if row.cancel_at_period_end || row.is_ended() {
        return Err(Refusal::AlreadyCanceled);
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::revoke_subscription::tests::{NOW, canceled, paused, subscription};
    use crate::rules::subscribe::tests::product;
    use crate::state::PendingUpdate;

    /// A product, and nothing that waits.
    pub(in crate::rules) fn only(current: &Product) -> Plans<'_> {
        Plans {
            current,
            pending: None,
            discounts: [None, None],
        }
    }

    /// A subscription whose period ended a moment ago.
    fn due(change: impl FnOnce(&mut Subscription)) -> Subscription {
        let mut row = Subscription {
            current_period_end: at(NOW),
            ..subscription()
        };
        change(&mut row);
        row
    }

    fn ended(row: &Subscription, pending: Option<&Product>) -> (Subscription, bool) {
        let mut row = row.clone();
        let current = product();
        let plans = Plans {
            pending,
            ..only(&current)
        };
        let goes_on = end_period(&mut row, plans, at(NOW));
        (row, goes_on)
    }

    #[test]
    fn a_cancellation_comes_before_a_pause() {
        let both = Subscription {
            pause_at_period_end: true,
            ..canceled()
        };
        let expected = Subscription {
            status: "canceled".into(),
            ended_at: Some(at(NOW)),
            ..both.clone()
        };
        assert_eq!(ended(&both, None), (expected, false));
    }

    #[test]
    fn a_scheduled_pause_begins_and_ends_with_a_new_period() {
        let row = due(|row| row.pause_at_period_end = true);
        let pauses = Subscription {
            status: "paused".into(),
            paused_at: Some(at(NOW)),
            pause_at_period_end: false,
            ..row.clone()
        };
        assert_eq!(ended(&row, None), (pauses, false));
        let mut row = paused();
        resume(&mut row, only(&product()), at(NOW));
        let resumed = Subscription {
            status: "active".into(),
            paused_at: None,
            resumes_at: None,
            current_period_start: at(NOW),
            current_period_end: at("2026-07-15T00:00:00Z"),
            anchor_day: Some(15),
            ..paused()
        };
        assert_eq!(row, resumed);
    }

    #[test]
    fn a_trial_is_followed_by_a_period() {
        let row = due(|row| row.status = "trialing".into());
        let goes_on = Subscription {
            status: "active".into(),
            current_period_start: at(NOW),
            current_period_end: at("2026-07-15T00:00:00Z"),
            anchor_day: Some(15),
            ..row.clone()
        };
        assert_eq!(ended(&row, None), (goes_on, true));
    }

    #[test]
    fn a_period_ends_on_the_anchor_day_where_the_month_has_it() {
        let row = due(|row| {
            row.current_period_end = at("2026-02-28T00:00:00Z");
            row.anchor_day = Some(31);
        });
        let (next, _) = ended(&row, None);
        assert_eq!(next.current_period_end, at("2026-03-31T00:00:00Z"));
    }

    #[test]
    fn the_change_that_waits_takes_effect() {
        let with = |unit: &str| Product {
            id: Uuid::from_u128(7),
            recurring_interval: Some(unit.to_owned()),
            ..product()
        };
        let update = PendingUpdate {
            id: Uuid::from_u128(8),
            applies_at: at(NOW),
            product_id: Uuid::from_u128(7),
            period_start: at(NOW),
            period_end: at("2026-06-16T00:00:00Z"),
            discount_id: None,
            discount_unset: false,
            created_at: at(NOW),
            modified_at: None,
        };
        let row = due(|row| row.pending_update = Some(update));
        for (new, end) in [
            // Another interval begins the period that the change brings; the same one, the period after that.
            (with("day"), "2026-06-16T00:00:00Z"),
            (with("month"), "2026-07-15T00:00:00Z"),
        ] {
            let (next, goes_on) = ended(&row, Some(&new));
            assert!(goes_on);
            assert_eq!((next.product_id, &next.pending_update), (new.id, &None));
            assert_eq!(next.recurring_interval, new.recurring_interval);
            assert_eq!(next.prices, [new.prices[0].id]);
            assert_eq!(next.current_period_end, at(end));
        }
        let mut unsold = with("day");
        unsold.prices[0].is_archived = true;
        let (next, _) = ended(&row, Some(&unsold));
        assert_eq!(
            (next.product_id, next.pending_update),
            (row.product_id, None)
        );
    }
}
