//! How a subscription ends at once (docs/behaviour.md#subscriptions).

use crate::refusal::Refusal;
use crate::state::{Subscription, Timestamp};

/// The events of one that ends.
pub const ENDED: [&str; 3] = [
    "subscription.updated",
    "subscription.canceled",
    "subscription.revoked",
];

/// Why the customer cancels. An empty text counts as none.
#[derive(Debug, Clone, Default)]
pub struct Reasons {
    /// One of the API's reasons.
    pub reason: Option<String>,
    /// The customer's own words.
    pub comment: Option<String>,
}

impl Reasons {
    /// Keeps them with a subscription.
    pub(super) fn give_to(&self, subscription: &mut Subscription) {
        let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(reason) = said(&self.reason) {
            subscription.customer_cancellation_reason = Some(reason);
        }
        if let Some(comment) = said(&self.comment) {
            subscription.customer_cancellation_comment = Some(comment);
        }
    }
}

/// Revokes a subscription, which has to be active or paused.
pub fn revoke_subscription(
    old: &Subscription,
    reasons: &Reasons,
    now: Timestamp,
) -> Result<Subscription, Refusal> {
    if !(old.is_active() || old.is_paused()) || old.ended_at.is_some() {
        return Err(Refusal::AlreadyCanceled);
    }
    let mut ended = end_subscription(old, now);
    reasons.give_to(&mut ended);
    Ok(ended)
}

/// The subscription when it ends at once, whatever it was before.
pub fn end_subscription(old: &Subscription, now: Timestamp) -> Subscription {
    Subscription {
        status: "canceled".into(),
        canceled_at: Some(now),
        ends_at: Some(now),
        ended_at: Some(now),
        pause_at_period_end: false,
        resumes_at: None,
        modified_at: Some(now),
        ..old.clone()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::subscribe::tests::PRODUCT;

    pub const NOW: &str = "2026-06-15T00:00:00Z";

    pub fn subscription() -> Subscription {
        serde_json::from_value(json!({
            "id": uuid::Uuid::from_u128(4), "customer_id": uuid::Uuid::from_u128(3), "product_id": PRODUCT,
            "current_period_start": "2026-06-01T00:00:00Z", "current_period_end": "2026-07-01T00:00:00Z",
        }))
        .unwrap()
    }

    /// One that ends with its period.
    pub fn canceled() -> Subscription {
        let running = subscription();
        Subscription {
            cancel_at_period_end: true,
            canceled_at: Some(at("2026-06-10T00:00:00Z")),
            ends_at: Some(running.current_period_end),
            customer_cancellation_reason: Some("unused".into()),
            customer_cancellation_comment: Some("bye".into()),
            ..running
        }
    }

    /// One in its trial.
    pub fn trialing() -> Subscription {
        let running = subscription();
        Subscription {
            status: "trialing".into(),
            trial_end: Some(running.current_period_end),
            ..running
        }
    }

    /// One that is paused.
    pub fn paused() -> Subscription {
        Subscription {
            status: "paused".into(),
            paused_at: Some(at("2026-06-10T00:00:00Z")),
            ..subscription()
        }
    }

    /// One that has ended.
    pub fn ended() -> Subscription {
        end_subscription(&subscription(), at(NOW))
    }

    #[test]
    fn an_active_subscription_ends_with_the_reasons_given() {
        let said = |text: &str| Some(text.to_owned());
        for (reason, comment, kept) in [
            (None, None, (said("unused"), said("bye"))),
            (said(""), said(""), (said("unused"), said("bye"))),
            (said("other"), said("done"), (said("other"), said("done"))),
        ] {
            let reasons = Reasons { reason, comment };
            let expected = Subscription {
                status: "canceled".into(),
                canceled_at: Some(at(NOW)),
                ends_at: Some(at(NOW)),
                ended_at: Some(at(NOW)),
                customer_cancellation_reason: kept.0,
                customer_cancellation_comment: kept.1,
                modified_at: Some(at(NOW)),
                ..canceled()
            };
            let revoked = revoke_subscription(&canceled(), &reasons, at(NOW));
            assert_eq!(revoked, Ok(expected));
        }
    }

    #[test]
    fn one_that_has_ended_or_does_not_run_is_not_revoked() {
        let unpaid = Subscription {
            status: "unpaid".into(),
            ..subscription()
        };
        let past = Subscription {
            ended_at: Some(at(NOW)),
            ..subscription()
        };
        for old in [ended(), unpaid, past] {
            let again = revoke_subscription(&old, &Reasons::default(), at(NOW));
            assert_eq!(again, Err(Refusal::AlreadyCanceled));
        }
    }

    #[test]
    fn what_was_to_happen_later_does_not() {
        let later = Subscription {
            pause_at_period_end: true,
            resumes_at: Some(at(NOW)),
            ..subscription()
        };
        assert_eq!(end_subscription(&later, at(NOW)), ended());
    }
}
