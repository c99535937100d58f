use serde_json::json;

use super::*;
use crate::rules::activate::tests::at;
use crate::rules::revoke_subscription::tests::{
    NOW, canceled, ended, paused, subscription, trialing,
};
use crate::rules::subscribe::tests::product;
use crate::state::{PendingUpdate, Product};

const LATER: &str = "2026-12-01T00:00:00Z";

fn moment(text: &str) -> Moment {
    Moment::read(Some(Value::Str(text.into()))).unwrap()
}

fn change(old: &Subscription, asked: &Change<'_>) -> Result<Changed, Refusal> {
    let current = product();
    let plans = Plans {
        current: &current,
        pending: None,
    };
    change_subscription(old, plans, asked, at(NOW))
}

fn refused(refusal: SubscriptionRefusal) -> Result<(), Refusal> {
    Err(Refusal::Subscription(refusal))
}

fn invalid(field: &'static str, message: &'static str, input: &str) -> Result<(), Refusal> {
    Err(Refusal::invalid(
        field,
        message,
        Value::Str(input.to_owned()),
    ))
}

fn details() -> Change<'static> {
    Change::Details {
        product: None,
        proration: Proration::Prorate,
        discount_id: None,
        trial_end: None,
        metadata: None,
    }
}

fn trial_until(end: &str) -> Change<'static> {
    Change::Details {
        product: None,
        proration: Proration::Prorate,
        discount_id: None,
        trial_end: Some(TrialEnd::read(&Value::Str(end.into())).unwrap()),
        metadata: None,
    }
}

fn to(product: &Product, proration: Proration) -> Change<'_> {
    Change::Details {
        product: Some(NewProduct {
            id: product.id,
            found: Some(product),
        }),
        proration,
        discount_id: None,
        trial_end: None,
        metadata: None,
    }
}

#[test]
fn an_update_that_changes_nothing_has_its_event_all_the_same() {
    for old in [subscription(), trialing(), paused(), canceled(), ended()] {
        let expected = Changed {
            subscription: old.clone(),
            events: vec!["subscription.updated"],
        };
        assert_eq!(change(&old, &details()), Ok(expected));
    }
}

#[test]
fn the_same_product_again_moves_modified_at_only_with_other_prices() {
    let same = product();
    let with = |prices| Subscription {
        prices,
        ..subscription()
    };
    let kept = same.prices[0].id;
    // A fixture may leave out prices, intervals and the day.
    for (prices, modified_at) in [
        (vec![], None),
        (vec![kept], None),
        (vec![Uuid::from_u128(9)], Some(at(NOW))),
    ] {
        let changed = change(&with(prices), &to(&same, Proration::Prorate));
        let row = changed.unwrap().subscription;
        assert_eq!((row.prices, row.modified_at), (vec![kept], modified_at));
    }
}

#[test]
fn metadata_counts_as_changed_whatever_it_is() {
    let metadata: crate::state::Metadata = serde_json::from_value(json!({"a": 1})).unwrap();
    for old in [
        subscription(),
        Subscription {
            metadata: metadata.clone(),
            ..ended()
        },
    ] {
        let asked = Change::Details {
            product: None,
            proration: Proration::Prorate,
            discount_id: None,
            trial_end: None,
            metadata: Some(&metadata.0),
        };
        let expected = Subscription {
            metadata: metadata.clone(),
            modified_at: Some(at(NOW)),
            ..old.clone()
        };
        let outcome = change(&old, &asked).map(|changed| changed.subscription);
        assert_eq!(outcome, Ok(expected));
    }
}

#[test]
fn what_each_change_needs() {
    use SubscriptionRefusal::{CannotPause, NoScheduledPause, NotPaused, NotSeatBased};
    let new = product();
    let later = moment(LATER);
    let with_pause = Subscription {
        pause_at_period_end: true,
        ..subscription()
    };
    let gone = Err(Refusal::AlreadyCanceled);
    let no_trial = invalid(
        "trial_end",
        "The subscription is not currently trialing.",
        "now",
    );
    let inactive = Err(Refusal::Inactive(subscription().id));
    // On one that is active, in its trial, paused, canceled, ended, and one that is to be paused.
    for (asked, outcomes) in [
        (
            to(&new, Proration::Prorate),
            [
                Ok(()),
                Err(Refusal::Crash),
                Ok(()),
                gone.clone(),
                gone.clone(),
                Ok(()),
            ],
        ),
        (
            Change::PeriodEnd(&later),
            [
                Ok(()),
                Ok(()),
                inactive.clone(),
                gone.clone(),
                gone.clone(),
                Ok(()),
            ],
        ),
        (
            trial_until(LATER),
            [
                Ok(()),
                Ok(()),
                inactive.clone(),
                Ok(()),
                inactive.clone(),
                Ok(()),
            ],
        ),
        (
            trial_until("now"),
            [
                no_trial.clone(),
                Ok(()),
                inactive.clone(),
                no_trial.clone(),
                inactive.clone(),
                no_trial,
            ],
        ),
        (
            Change::Cancel(Reasons::default()),
            [
                Ok(()),
                Ok(()),
                gone.clone(),
                gone.clone(),
                gone.clone(),
                Ok(()),
            ],
        ),
        (
            Change::Uncancel,
            [
                Err(Refusal::BadRequest),
                Err(Refusal::BadRequest),
                Err(Refusal::BadRequest),
                Ok(()),
                Err(Refusal::Unavailable),
                Err(Refusal::BadRequest),
            ],
        ),
        (
            Change::Revoke(Reasons::default()),
            [Ok(()), Ok(()), Ok(()), Ok(()), gone.clone(), Ok(())],
        ),
        (
            Change::Pause(None),
            [
                Ok(()),
                refused(CannotPause),
                refused(CannotPause),
                refused(CannotPause),
                refused(CannotPause),
                refused(CannotPause),
            ],
        ),
        (
            Change::KeepRunning,
            [
                refused(NoScheduledPause),
                refused(NoScheduledPause),
                refused(NoScheduledPause),
                refused(NoScheduledPause),
                refused(NoScheduledPause),
                Ok(()),
            ],
        ),
        (
            Change::Resume,
            [
                refused(NotPaused),
                refused(NotPaused),
                Ok(()),
                refused(NotPaused),
                refused(NotPaused),
                refused(NotPaused),
            ],
        ),
        (
            Change::Seats(Proration::Prorate),
            [
                refused(NotSeatBased),
                refused(NotSeatBased),
                refused(NotSeatBased),
                gone.clone(),
                gone,
                refused(NotSeatBased),
            ],
        ),
    ] {
        let rows = [
            subscription(),
            trialing(),
            paused(),
            canceled(),
            ended(),
            with_pause.clone(),
        ];
        for (old, outcome) in rows.iter().zip(outcomes) {
            let changed = change(old, &asked).map(|_| ());
            assert_eq!(changed, outcome, "{asked:?} of {old:?}");
        }
    }
}

#[test]
fn a_cancellation_comes_with_reasons_and_ends_a_pause_that_is_scheduled() {
    let old = Subscription {
        pause_at_period_end: true,
        resumes_at: Some(at(LATER)),
        ..subscription()
    };
    let reasons = Reasons {
        reason: Some("too_complex".into()),
        comment: Some(String::new()),
    };
    let leaving = Changed {
        subscription: Subscription {
            cancel_at_period_end: true,
            canceled_at: Some(at(NOW)),
            ends_at: Some(old.current_period_end),
            customer_cancellation_reason: Some("too_complex".into()),
            modified_at: Some(at(NOW)),
            ..subscription()
        },
        events: vec!["subscription.updated", "subscription.canceled"],
    };
    assert_eq!(change(&old, &Change::Cancel(reasons)), Ok(leaving));
    let back = Changed {
        subscription: Subscription {
            modified_at: Some(at(NOW)),
            ..subscription()
        },
        events: vec!["subscription.updated", "subscription.uncanceled"],
    };
    assert_eq!(change(&canceled(), &Change::Uncancel), Ok(back));
}

#[test]
fn a_trial_begins_is_moved_and_ends() {
    let end = Some(at(LATER));
    for old in [subscription(), trialing()] {
        let row = change(&old, &trial_until(LATER)).unwrap().subscription;
        assert_eq!(row.status, "trialing");
        assert_eq!((row.trial_end, Some(row.current_period_end)), (end, end));
        assert_eq!(row.trial_start, None);
    }
    let over = change(&trialing(), &trial_until("now")).unwrap();
    assert_eq!(over.events, ["subscription.cycled", "subscription.updated"]);
    let row = over.subscription;
    assert_eq!(
        (row.status.as_str(), row.trial_end),
        ("active", Some(at(NOW)))
    );
    assert_eq!(row.current_period_start, at(NOW));
    assert_eq!(row.current_period_end, at("2026-07-15T00:00:00Z"));
    // One that is canceled ends with it.
    let leaving = Subscription {
        status: "trialing".into(),
        ..canceled()
    };
    let over = change(&leaving, &trial_until("now")).unwrap();
    assert_eq!(over.subscription.status, "canceled");
    assert_eq!(over.subscription.ended_at, Some(at(NOW)));
    let revoked = ["subscription.canceled", "subscription.revoked"];
    assert_eq!(over.events[1..], revoked);
}

#[test]
fn a_change_that_waits_ends_with_the_trial() {
    let pending = PendingUpdate {
        id: Uuid::nil(),
        applies_at: subscription().current_period_end,
        product_id: product().id,
        period_start: subscription().current_period_start,
        period_end: subscription().current_period_end,
        created_at: at(NOW),
        modified_at: None,
    };
    let old = Subscription {
        pending_update: Some(pending.clone()),
        ..subscription()
    };
    let row = change(&old, &trial_until(LATER)).unwrap().subscription;
    let moved = PendingUpdate {
        period_end: at(LATER),
        modified_at: Some(at(NOW)),
        ..pending
    };
    assert_eq!(row.pending_update, Some(moved));
    // Dropping it changes nothing else.
    let row = change(&old, &Change::ClearPending).unwrap().subscription;
    assert_eq!(row, subscription());
    let again = change(&row, &Change::ClearPending).map(|_| ());
    let message = "This subscription has no pending update to clear.";
    assert_eq!(
        again,
        Err(Refusal::invalid("pending_update", message, Value::Null))
    );
}

#[test]
fn moments_that_are_too_early_have_no_offset_or_cannot_be_kept() {
    let [early, kept, naive, beyond] = [
        "2026-06-30T23:00:00Z",
        LATER,
        "2026-12-01T00:00:00",
        "9999-12-31T23:59:59-05:00",
    ]
    .map(moment);
    let trial = |end: &Moment| trial_until(end.text());
    let too_early = |field, message| invalid(field, message, "2026-06-30T23:00:00+00:00");
    for (old, asked, outcome) in [
        (
            subscription(),
            trial(&early),
            too_early(
                "trial_end",
                "Trial end must be after the current period end.",
            ),
        ),
        (trialing(), trial(&early), Ok(())),
        (subscription(), trial(&naive), Err(Refusal::Crash)),
        (trialing(), trial(&naive), Ok(())),
        (trialing(), trial(&beyond), Err(Refusal::Crash)),
        (subscription(), Change::PeriodEnd(&early), Ok(())),
        (subscription(), Change::PeriodEnd(&naive), Ok(())),
        (
            subscription(),
            Change::PeriodEnd(&beyond),
            Err(Refusal::Crash),
        ),
        (
            subscription(),
            Change::Pause(Some(&early)),
            too_early(
                "resumes_at",
                "resumes_at must be after the current period end.",
            ),
        ),
        (subscription(), Change::Pause(Some(&kept)), Ok(())),
        (
            subscription(),
            Change::Pause(Some(&naive)),
            Err(Refusal::Crash),
        ),
    ] {
        let changed = change(&old, &asked).map(|_| ());
        assert_eq!(changed, outcome, "{asked:?} of {old:?}");
    }
}

#[test]
fn one_that_has_an_end_is_canceled() {
    let old = Subscription {
        ends_at: Some(at(LATER)),
        ..subscription()
    };
    let canceled = change(&old, &Change::Cancel(Reasons::default())).map(|_| ());
    assert_eq!(canceled, Err(Refusal::AlreadyCanceled));
    let paused = change(&old, &Change::Pause(None)).map(|_| ());
    assert_eq!(paused, refused(SubscriptionRefusal::CannotPause));
}

#[test]
fn a_discount_is_unknown_and_comes_after_the_product() {
    let discount = Uuid::from_u128(9);
    let new = product();
    let unknown = invalid(
        "discount_id",
        "Discount does not exist, is not applicable to this product or is not redeemable.",
        "00000000-0000-0000-0000-000000000009",
    );
    let reset = invalid(
        "proration_behavior",
        "The 'reset' proration behavior is not enabled for this organization.",
        "reset",
    );
    let found = Some(NewProduct {
        id: new.id,
        found: Some(&new),
    });
    for (product, proration, outcome) in [
        (None, Proration::Reset, unknown.clone()),
        (found, Proration::Prorate, unknown),
        (found, Proration::Reset, reset),
    ] {
        let asked = Change::Details {
            product,
            proration,
            discount_id: Some(discount),
            trial_end: Some(TrialEnd::Now),
            metadata: None,
        };
        let changed = change(&subscription(), &asked).map(|_| ());
        assert_eq!(changed, outcome, "{asked:?}");
    }
}

#[test]
fn a_pause_ends_by_itself() {
    let current = product();
    let plans = Plans {
        current: &current,
        pending: None,
    };
    let passed = pass_period(&paused(), plans, at(NOW));
    assert_eq!(passed.subscription.status, "active");
    assert_eq!(
        passed.events,
        ["subscription.updated", "subscription.resumed"]
    );
    let asked = Subscription {
        pause_at_period_end: true,
        ..subscription()
    };
    let passed = pass_period(&asked, plans, at(NOW));
    assert_eq!(
        passed.events,
        ["subscription.updated", "subscription.paused"]
    );
}
