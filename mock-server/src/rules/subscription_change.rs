//! What a PATCH makes of a subscription (docs/behaviour.md#subscriptions).

use uuid::Uuid;

use super::keep_metadata;
use super::revoke_subscription::{Reasons, revoke_subscription};
use super::subscription_events::subscription_events;
use super::subscription_period::{Effect, Plans, check_runs, end_period, resume};
use super::subscription_product::{
    NewProduct, Proration, change_product, check_product, check_proration, trial_end_under,
};
use crate::contract::{Field, Moment};
use crate::json::{Dict, Value};
use crate::refusal::{Refusal, SubscriptionRefusal};
use crate::state::{Subscription, Timestamp};

/// One of the changes that can be asked for.
#[derive(Debug, Clone)]
pub enum Change<'u> {
    /// Other details; what was not given stays.
    Details {
        /// Another product.
        product: Option<NewProduct<'u>>,
        /// When that is paid for.
        proration: Proration,
        /// A discount.
        discount_id: Option<Uuid>,
        /// Another end of the trial, or `now`.
        trial_end: Option<TrialEnd>,
        /// Other metadata.
        metadata: Option<&'u Dict>,
    },
    /// Another number of seats.
    Seats(Proration),
    /// Another number of units.
    Units(Proration),
    /// Another end of the period.
    PeriodEnd(&'u Moment),
    /// It ends with the period.
    Cancel(Reasons),
    /// It does not.
    Uncancel,
    /// It ends now.
    Revoke(Reasons),
    /// It pauses with the end of the period, and goes on by itself where a moment is given.
    Pause(Option<&'u Moment>),
    /// It does not.
    KeepRunning,
    /// It goes on now.
    Resume,
    /// The change that waits is dropped.
    ClearPending,
}

/// When a trial is to end.
#[derive(Debug, Clone)]
pub enum TrialEnd {
    /// Now.
    Now,
    /// Then.
    At(Moment),
}

impl TrialEnd {
    /// Reads what was given: a moment, or the word.
    pub fn read(given: &Value) -> Result<Self, Refusal> {
        if given.as_str() == Some("now") {
            return Ok(Self::Now);
        }
        Ok(Self::At(Moment::read(Some(given.clone()))?))
    }
}

/// A subscription after a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The subscription as it is afterwards.
    pub subscription: Subscription,
    /// The events that report it.
    pub events: Vec<&'static str>,
}

/// Changes a subscription.
pub fn change_subscription(
    old: &Subscription,
    plans: Plans<'_>,
    change: &Change<'_>,
    now: Timestamp,
) -> Result<Changed, Refusal> {
    let mut row = old.clone();
    let mut effect = Effect::None;
    // Metadata counts as changed whatever it is.
    let mut is_written = false;
    match *change {
        Change::Details {
            product,
            proration,
            discount_id,
            ref trial_end,
            metadata,
        } => {
            if let Some(new) = product {
                check_proration(proration)?;
                let new = check_product(&row, plans, new)?;
                let trial_end = match row.is_trialing() {
                    true => trial_end_under(&row, new, now)?,
                    false => None,
                };
                check_discount(discount_id)?;
                effect = change_product(&mut row, plans, new, proration, trial_end, now)?;
            }
            check_discount(discount_id)?;
            if let Some(end) = trial_end
                && let Effect::PeriodEnds = change_trial(&mut row, end, now)?
            {
                effect = Effect::PeriodEnds;
            }
            if let Some(metadata) = metadata {
                row.metadata = keep_metadata(metadata)?;
                is_written = true;
            }
        }
        Change::Seats(proration) => {
            return Err(refuse_quantity(
                &row,
                plans,
                proration,
                ("seat_based", "`seats`", SubscriptionRefusal::NotSeatBased),
            ));
        }
        Change::Units(proration) => {
            return Err(refuse_quantity(
                &row,
                plans,
                proration,
                ("unit_based", "`units`", SubscriptionRefusal::NotUnitBased),
            ));
        }
        Change::PeriodEnd(end) => move_period_end(&mut row, end)?,
        Change::Cancel(ref reasons) => cancel(&mut row, reasons, now)?,
        Change::Uncancel => uncancel(&mut row)?,
        Change::Revoke(ref reasons) => row = revoke_subscription(&row, reasons, now)?,
        Change::Pause(resumes_at) => pause(&mut row, resumes_at)?,
        Change::KeepRunning => {
            if !(row.pause_at_period_end && row.status == "active") {
                return Err(Refusal::Subscription(SubscriptionRefusal::NoScheduledPause));
            }
            row.pause_at_period_end = false;
            row.resumes_at = None;
        }
        Change::Resume => {
            if !row.is_paused() {
                return Err(Refusal::Subscription(SubscriptionRefusal::NotPaused));
            }
            resume(&mut row, plans.current, now);
        }
        Change::ClearPending => {
            if row.pending_update.take().is_none() {
                return Err(Refusal::invalid(
                    "pending_update",
                    "This subscription has no pending update to clear.",
                    Value::Null,
                ));
            }
        }
    }
    let is_renewed = match effect {
        Effect::None => false,
        Effect::PeriodEnds => end_period(&mut row, plans, now),
    };
    if is_written {
        row.modified_at = Some(now);
    }
    Ok(with_events(old, row, is_renewed, now))
}

/// What happens to a subscription by itself: its period ends, or its pause.
pub fn pass_period(old: &Subscription, plans: Plans<'_>, now: Timestamp) -> Changed {
    let mut row = old.clone();
    let is_renewed = if old.is_paused() {
        resume(&mut row, plans.current, now);
        false
    } else {
        end_period(&mut row, plans, now)
    };
    with_events(old, row, is_renewed, now)
}

/// The changed subscription with its events, and with `modified_at` where something differs.
fn with_events(
    old: &Subscription,
    mut row: Subscription,
    is_renewed: bool,
    now: Timestamp,
) -> Changed {
    // A pending change and the prices have tables of their own, and do not count.
    let unchanged = Subscription {
        pending_update: row.pending_update.clone(),
        prices: row.prices.clone(),
        // A fixture may leave these out.
        anchor_day: old.anchor_day.or(row.anchor_day),
        recurring_interval: old
            .recurring_interval
            .clone()
            .or_else(|| row.recurring_interval.clone()),
        recurring_interval_count: old
            .recurring_interval_count
            .or(row.recurring_interval_count),
        ..old.clone()
    };
    let has_other_price = !old.prices.is_empty() && old.prices != row.prices;
    if row != unchanged || has_other_price {
        row.modified_at = Some(now);
    }
    Changed {
        events: subscription_events(old, &row, is_renewed),
        subscription: row,
    }
}

/// Seats and units exist only in fixtures.
fn refuse_quantity(
    row: &Subscription,
    plans: Plans<'_>,
    proration: Proration,
    (kind, property, refusal): (&str, &'static str, SubscriptionRefusal),
) -> Refusal {
    if let Err(refusal) = check_proration(proration).and_then(|()| check_runs(row)) {
        return refusal;
    }
    let mut prices = row.prices_of(plans.current);
    if prices.any(|price| price.amount_type == kind) {
        return Refusal::NotModelled(property);
    }
    Refusal::Subscription(refusal)
}

/// There are no discounts here.
fn check_discount(discount_id: Option<Uuid>) -> Result<(), Refusal> {
    let Some(id) = discount_id else {
        return Ok(());
    };
    Err(Refusal::invalid(
        "discount_id",
        "Discount does not exist, is not applicable to this product or is not redeemable.",
        Value::Str(id.to_string()),
    ))
}

fn change_trial(row: &mut Subscription, end: &TrialEnd, now: Timestamp) -> Result<Effect, Refusal> {
    if !row.is_active() {
        return Err(Refusal::Inactive(row.id));
    }
    let refuse = |message, input| Err(Refusal::invalid("trial_end", message, Value::Str(input)));
    let (end, effect) = match end {
        TrialEnd::Now if !row.is_trialing() => {
            return refuse(
                "The subscription is not currently trialing.",
                "now".to_owned(),
            );
        }
        TrialEnd::Now => (now, Effect::PeriodEnds),
        TrialEnd::At(end) if row.is_trialing() => (stored(end)?, Effect::None),
        TrialEnd::At(given) => {
            let end = compared(given)?;
            if end <= row.current_period_end {
                return refuse(
                    "Trial end must be after the current period end.",
                    iso(given),
                );
            }
            row.status = "trialing".into();
            (end, Effect::None)
        }
    };
    row.trial_end = Some(end);
    row.current_period_end = end;
    if let Some(pending) = &mut row.pending_update {
        pending.period_end = end;
        pending.modified_at = Some(now);
    }
    Ok(effect)
}

fn move_period_end(row: &mut Subscription, end: &Moment) -> Result<(), Refusal> {
    if row.is_ended() {
        return Err(Refusal::AlreadyCanceled);
    }
    if !row.is_active() {
        return Err(Refusal::Inactive(row.id));
    }
    check_runs(row)?;
    row.current_period_end = stored(end)?;
    row.anchor_day = Some(row.current_period_end.day());
    Ok(())
}

fn cancel(row: &mut Subscription, reasons: &Reasons, now: Timestamp) -> Result<(), Refusal> {
    let is_canceled = row.cancel_at_period_end || row.ends_at.is_some();
    if !row.is_active() || is_canceled {
        return Err(Refusal::AlreadyCanceled);
    }
    row.cancel_at_period_end = true;
    row.canceled_at = Some(now);
    row.ends_at = Some(row.current_period_end);
    row.pause_at_period_end = false;
    row.resumes_at = None;
    reasons.give_to(row);
    Ok(())
}

fn uncancel(row: &mut Subscription) -> Result<(), Refusal> {
    if row.ended_at.is_some() {
        return Err(Refusal::Unavailable);
    }
    if !(row.cancel_at_period_end && row.is_active()) {
        return Err(Refusal::BadRequest);
    }
    row.cancel_at_period_end = false;
    row.canceled_at = None;
    row.ends_at = None;
    row.customer_cancellation_reason = None;
    row.customer_cancellation_comment = None;
    Ok(())
}

fn pause(row: &mut Subscription, resumes_at: Option<&Moment>) -> Result<(), Refusal> {
    let is_canceled = row.cancel_at_period_end || row.ends_at.is_some();
    if row.status != "active" || is_canceled || row.pause_at_period_end {
        return Err(Refusal::Subscription(SubscriptionRefusal::CannotPause));
    }
    let resumes_at = match resumes_at {
        Some(given) => {
            let moment = compared(given)?;
            if moment <= row.current_period_end {
                return Err(Refusal::invalid(
                    "resumes_at",
                    "resumes_at must be after the current period end.",
                    Value::Str(iso(given)),
                ));
            }
            Some(moment)
        }
        None => None,
    };
    row.pause_at_period_end = true;
    row.resumes_at = resumes_at;
    Ok(())
}

/// A moment as it is kept. The real server fails on one that only its offset takes out of the years it can keep.
fn stored(given: &Moment) -> Result<Timestamp, Refusal> {
    given.timestamp().ok_or(Refusal::Crash)
}

/// A moment that is compared with others, on which the real server also fails if it has no offset.
fn compared(given: &Moment) -> Result<Timestamp, Refusal> {
    stored(given).and_then(|moment| given.is_zoned().then_some(moment).ok_or(Refusal::Crash))
}

/// A moment as Python writes it.
fn iso(given: &Moment) -> String {
    match given.text().strip_suffix('Z') {
        Some(utc) => format!("{utc}+00:00"),
        None => given.text().to_owned(),
    }
}

#[cfg(test)]
mod tests;
