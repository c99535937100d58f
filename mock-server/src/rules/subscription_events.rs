//! Which events report a change of a subscription (docs/behaviour.md#webhook-events).

use crate::state::Subscription;

/// The events of a change, in order. `is_renewed` says whether a new period began by itself.
pub fn subscription_events(
    old: &Subscription,
    new: &Subscription,
    is_renewed: bool,
) -> Vec<&'static str> {
    let (was_canceled, is_canceled) = (old.canceled_at.is_some(), new.canceled_at.is_some());
    let ends = new.is_ended() && !old.is_ended();
    let resumes = new.is_active() && old.is_paused();
    [
        ("subscription.cycled", is_renewed),
        ("subscription.updated", true),
        (
            "subscription.active",
            new.is_active() && !old.is_active() && !resumes,
        ),
        ("subscription.paused", new.is_paused() && !old.is_paused()),
        ("subscription.resumed", resumes),
        ("subscription.uncanceled", was_canceled && !is_canceled),
        (
            "subscription.canceled",
            is_canceled && (!was_canceled || ends),
        ),
        ("subscription.revoked", ends),
    ]
    .into_iter()
    .filter_map(|(event, happened)| happened.then_some(event))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::revoke_subscription::tests::{canceled, ended, paused, subscription};

    #[test]
    fn every_change_is_told_and_what_it_means() {
        let updated = "subscription.updated";
        let revoked = ["subscription.canceled", "subscription.revoked"];
        for (old, new, is_renewed, further) in [
            (subscription(), subscription(), false, vec![]),
            (
                subscription(),
                canceled(),
                false,
                vec!["subscription.canceled"],
            ),
            (
                canceled(),
                subscription(),
                false,
                vec!["subscription.uncanceled"],
            ),
            (subscription(), ended(), false, revoked.to_vec()),
            (canceled(), ended(), false, revoked.to_vec()),
            (ended(), ended(), false, vec![]),
            (subscription(), paused(), false, vec!["subscription.paused"]),
            (
                paused(),
                subscription(),
                false,
                vec!["subscription.resumed"],
            ),
        ] {
            let events = subscription_events(&old, &new, is_renewed);
            assert_eq!(events, [vec![updated], further].concat(), "{old:?} {new:?}");
        }
        let events = subscription_events(&subscription(), &subscription(), true);
        assert_eq!(events, ["subscription.cycled", updated]);
    }
}
