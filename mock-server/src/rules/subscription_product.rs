//! How a subscription changes to another product (docs/behaviour.md#subscriptions).

use uuid::Uuid;

use super::add_interval;
use super::subscribe::{invalid_product, offered, period_end};
use super::subscription_period::{Effect, Plans, change_plan, check_runs, interval};
use crate::json::Value;
use crate::refusal::{Refusal, SubscriptionRefusal};
use crate::state::{PendingUpdate, Product, Subscription, Timestamp, new_uuid};

/// The product that a subscription is to change to.
#[derive(Debug, Clone, Copy)]
pub struct NewProduct<'u> {
    /// Its id, as it was asked for.
    pub id: Uuid,
    /// The product, if the organization has it.
    pub found: Option<&'u Product>,
}

/// When a change is paid for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Proration {
    /// At once.
    Invoice,
    /// With the next period; it takes effect at once.
    Prorate,
    /// It takes effect with the next period.
    NextPeriod,
    /// At once and in full, with a new period: no organization here may do that.
    Reset,
}

impl Proration {
    /// The behaviour of this name; what an organization does that says nothing.
    pub fn named(name: Option<&str>) -> Self {
        match name {
            Some("invoice") => Self::Invoice,
            Some("next_period") => Self::NextPeriod,
            Some("reset") => Self::Reset,
            _ => Self::Prorate,
        }
    }
}

/// Refuses what no organization here may do.
pub(super) fn check_proration(proration: Proration) -> Result<(), Refusal> {
    if proration != Proration::Reset {
        return Ok(());
    }
    Err(Refusal::invalid(
        "proration_behavior",
        "The 'reset' proration behavior is not enabled for this organization.",
        Value::Str("reset".to_owned()),
    ))
}

/// Refuses a product that a subscription cannot change to.
pub(super) fn check_product<'u>(
    row: &Subscription,
    plans: Plans<'_>,
    new: NewProduct<'u>,
) -> Result<&'u Product, Refusal> {
    check_runs(row)?;
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
    let has = |kind: &str| offered(product).any(|price| price.amount_type == kind);
    let had = |kind: &str| {
        let mut prices = row.prices_of(plans.current);
        prices.any(|price| price.amount_type == kind)
    };
    if has("custom") {
        return refuse("Can't update to a product with custom prices.");
    }
    if had("seat_based") && !has("seat_based") {
        return refuse("Can't switch from a seat-based to a non-seat-based product.");
    }
    if had("unit_based") && !has("unit_based") {
        return refuse("Can't switch from a unit-based to a non-unit-based product.");
    }
    Ok(product)
}

/// Where a trial ends under another product, if it goes on. The real server fails where it does not know when the trial began.
pub(super) fn trial_end_under(
    row: &Subscription,
    new: &Product,
    now: Timestamp,
) -> Result<Option<Timestamp>, Refusal> {
    let start = row.trial_start.ok_or(Refusal::Crash)?;
    let end = match (&new.trial_interval, new.trial_interval_count) {
        (Some(unit), Some(count)) => add_interval(start, unit, count),
        _ => None,
    };
    Ok(end.filter(|&end| end > now))
}

/// Changes the product: at once, or with the next period.
pub(super) fn change_product(
    row: &mut Subscription,
    plans: Plans<'_>,
    new: &Product,
    proration: Proration,
    trial_end: Option<Timestamp>,
    now: Timestamp,
) -> Result<Effect, Refusal> {
    // The real server fails if the product it was is no longer paid for again and again.
    if plans.current.recurring_interval.is_none() {
        return Err(Refusal::Crash);
    }
    if offered(new).any(|price| ["seat_based", "unit_based"].contains(&price.amount_type.as_str()))
    {
        return Err(Refusal::NotModelled(
            "`product_id` of a product that is paid for by seats or units",
        ));
    }
    let has_other_interval = interval(new) != interval(plans.current);
    let period = |begin| match has_other_interval {
        true => (begin, period_end(new, begin)),
        false => (row.current_period_start, row.current_period_end),
    };
    if proration == Proration::NextPeriod {
        let applies_at = row.current_period_end;
        let (period_start, period_end) = period(applies_at);
        let before = row.pending_update.take();
        row.pending_update = Some(PendingUpdate {
            id: before.as_ref().map_or_else(new_uuid, |before| before.id),
            applies_at,
            product_id: new.id,
            period_start,
            period_end,
            created_at: before.as_ref().map_or(now, |before| before.created_at),
            modified_at: before.map(|_| now),
        });
        return Ok(Effect::None);
    }
    let was_trialing = row.is_trialing();
    let is_invoiced = (proration == Proration::Invoice || has_other_interval) && !was_trialing;
    if is_invoiced && offered(new).any(|price| !price.is_free()) {
        return Err(Refusal::Subscription(SubscriptionRefusal::NoPaymentMethod));
    }
    let period = period(now);
    row.pending_update = None;
    change_plan(row, new, period);
    if !was_trialing {
        return Ok(Effect::None);
    }
    let end = trial_end.unwrap_or(now);
    row.trial_end = Some(end);
    row.current_period_end = end;
    Ok(match trial_end {
        Some(_) => Effect::None,
        None => Effect::PeriodEnds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::revoke_subscription::tests::{
        NOW, canceled, ended, paused, subscription, trialing,
    };
    use crate::rules::subscribe::tests::product;

    fn with(change: impl FnOnce(&mut Product)) -> Product {
        let mut product = Product {
            id: Uuid::from_u128(7),
            ..product()
        };
        change(&mut product);
        product
    }

    fn of_amount_type(kind: &str) -> Product {
        with(|product| product.prices[0].amount_type = kind.to_owned())
    }

    fn paid() -> Product {
        with(|product| {
            product.prices[0]
                .amount
                .insert("price_amount".into(), 500.into());
        })
    }

    fn of(unit: &str, count: Option<i64>) -> Product {
        with(|product| {
            product.recurring_interval = Some(unit.to_owned());
            product.recurring_interval_count = count;
        })
    }

    #[test]
    fn a_proration_has_a_name() {
        for (name, proration) in [
            (None, Proration::Prorate),
            (Some("prorate"), Proration::Prorate),
            (Some("invoice"), Proration::Invoice),
            (Some("next_period"), Proration::NextPeriod),
            (Some("reset"), Proration::Reset),
        ] {
            assert_eq!(Proration::named(name), proration);
        }
    }

    #[test]
    fn products_that_a_subscription_cannot_change_to() {
        let id = Uuid::from_u128(7);
        let custom = of_amount_type("custom");
        let mut no_longer_custom = custom.clone();
        no_longer_custom.prices[0].is_archived = true;
        let archived = with(|product| product.is_archived = true);
        let once = with(|product| product.recurring_interval = None);
        let [seats, units] = ["seat_based", "unit_based"].map(of_amount_type);
        let current = product();
        for (current, found, refused) in [
            (&current, None, Some("Product does not exist.")),
            (&current, Some(&archived), Some("Product is archived.")),
            (&current, Some(&once), Some("Product is not recurring.")),
            (
                &current,
                Some(&custom),
                Some("Can't update to a product with custom prices."),
            ),
            (&current, Some(&no_longer_custom), None),
            (&current, Some(&seats), None),
            (
                &seats,
                Some(&current),
                Some("Can't switch from a seat-based to a non-seat-based product."),
            ),
            (&seats, Some(&seats), None),
            (
                &units,
                Some(&current),
                Some("Can't switch from a unit-based to a non-unit-based product."),
            ),
            (&units, Some(&units), None),
        ] {
            let plans = Plans {
                current,
                pending: None,
            };
            let new = NewProduct { id, found };
            let outcome = check_product(&subscription(), plans, new);
            let expected = refused.map_or(Ok(()), |message| Err(invalid_product(id, message)));
            assert_eq!(outcome.map(|_| ()), expected, "{found:?}");
        }
    }

    #[test]
    fn the_product_of_one_that_has_ended_or_will_stays() {
        let new = product();
        let plans = Plans {
            current: &new,
            pending: None,
        };
        for (row, outcome) in [
            (subscription(), Ok(())),
            (trialing(), Ok(())),
            (paused(), Ok(())),
            (canceled(), Err(Refusal::AlreadyCanceled)),
            (ended(), Err(Refusal::AlreadyCanceled)),
        ] {
            let asked = NewProduct {
                id: new.id,
                found: Some(&new),
            };
            let checked = check_product(&row, plans, asked).map(|_| ());
            assert_eq!(checked, outcome, "{row:?}");
        }
    }

    fn change(
        row: &mut Subscription,
        new: &Product,
        proration: Proration,
    ) -> Result<Effect, Refusal> {
        let current = product();
        let plans = Plans {
            current: &current,
            pending: None,
        };
        change_product(row, plans, new, proration, None, at(NOW))
    }

    #[test]
    fn another_interval_begins_a_new_period() {
        let old = subscription();
        let old_period = (old.current_period_start, old.current_period_end);
        for (new, period) in [
            (of("month", Some(1)), old_period),
            (of("month", None), old_period),
            (of("month", Some(2)), (at(NOW), at("2026-08-15T00:00:00Z"))),
            (of("day", Some(1)), (at(NOW), at("2026-06-16T00:00:00Z"))),
        ] {
            for proration in [Proration::Prorate, Proration::Invoice] {
                let mut row = old.clone();
                assert_eq!(change(&mut row, &new, proration), Ok(Effect::None));
                assert_eq!(
                    (row.product_id, &row.prices),
                    (new.id, &vec![new.prices[0].id])
                );
                assert_eq!((row.current_period_start, row.current_period_end), period);
            }
        }
    }

    #[test]
    fn a_change_for_the_next_period_waits() {
        let old = subscription();
        let mut row = old.clone();
        let outcome = change(&mut row, &of("day", Some(1)), Proration::NextPeriod);
        assert_eq!(outcome, Ok(Effect::None));
        let first = row.pending_update.clone().unwrap();
        let end = old.current_period_end;
        assert_eq!((first.applies_at, first.period_start), (end, end));
        assert_eq!(first.period_end, at("2026-07-02T00:00:00Z"));
        assert_eq!(first.modified_at, None);
        assert_eq!(row.product_id, old.product_id);
        let outcome = change(&mut row, &paid(), Proration::NextPeriod);
        assert_eq!(outcome, Ok(Effect::None));
        let second = row.pending_update.clone().unwrap();
        assert_eq!((second.id, second.modified_at), (first.id, Some(at(NOW))));
        assert_eq!(second.period_start, old.current_period_start);
        // One that takes effect at once replaces it.
        let outcome = change(&mut row, &paid(), Proration::Prorate);
        assert_eq!((outcome, row.pending_update), (Ok(Effect::None), None));
    }

    #[test]
    fn what_is_paid_at_once_needs_a_payment_method_and_seats_are_not_modelled() {
        let nothing_to_pay_with = Refusal::Subscription(SubscriptionRefusal::NoPaymentMethod);
        let yearly = with(|product| {
            *product = paid();
            product.recurring_interval = Some("year".into());
        });
        for (new, proration, outcome) in [
            (paid(), Proration::Prorate, Ok(Effect::None)),
            (paid(), Proration::Invoice, Err(nothing_to_pay_with.clone())),
            (yearly, Proration::Prorate, Err(nothing_to_pay_with)),
        ] {
            let mut row = subscription();
            assert_eq!(change(&mut row, &new, proration), outcome, "{proration:?}");
        }
        let seats = of_amount_type("seat_based");
        let outcome = change(&mut subscription(), &seats, Proration::Prorate);
        assert!(matches!(outcome, Err(Refusal::NotModelled(_))));
    }

    #[test]
    fn a_trial_ends_as_the_new_product_says() {
        let row = Subscription {
            trial_start: Some(at("2026-06-10T00:00:00Z")),
            ..trialing()
        };
        let days = |count| {
            with(|product| {
                product.trial_interval = Some("day".into());
                product.trial_interval_count = Some(count);
            })
        };
        for (new, end) in [
            (days(5), None),
            (days(6), Some(at("2026-06-16T00:00:00Z"))),
            (product(), None),
        ] {
            assert_eq!(trial_end_under(&row, &new, at(NOW)), Ok(end));
            let current = product();
            let plans = Plans {
                current: &current,
                pending: None,
            };
            let mut row = row.clone();
            let effect = change_product(&mut row, plans, &new, Proration::Prorate, end, at(NOW));
            let expected = end.map_or(Effect::PeriodEnds, |_| Effect::None);
            assert_eq!(effect, Ok(expected));
            let kept = end.unwrap_or(at(NOW));
            assert_eq!((row.trial_end, row.current_period_end), (Some(kept), kept));
        }
        let unknown = trial_end_under(&trialing(), &product(), at(NOW));
        assert_eq!(unknown, Err(Refusal::Crash));
    }
}
