//! Who is granted what: how grants and their keys follow subscriptions, products, benefits and keys
//! (docs/behaviour.md#grants, docs/behaviour.md#update).

use std::collections::HashSet;
use std::sync::Arc;

use uuid::Uuid;

use super::key_terms;
use crate::state::{
    Benefit, Caller, Grant, LicenseKey, Order, Product, Status, Subscription, Timestamp,
};

/// Where grants come from.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'s> {
    /// A subscription: while it is active.
    Subscription(&'s Subscription),
    /// An order of what is bought once: for good. A refund takes grants back by itself.
    Order(&'s Order),
}

impl Scope<'_> {
    /// Whose grants.
    pub fn customer_id(self) -> Uuid {
        match self {
            Self::Subscription(subscription) => subscription.customer_id,
            Self::Order(order) => order.customer_id,
        }
    }

    /// The product whose benefits are granted.
    pub fn product_id(self) -> Uuid {
        match self {
            Self::Subscription(subscription) => subscription.product_id,
            Self::Order(order) => order.product_id,
        }
    }

    fn is_in_force(self) -> bool {
        match self {
            Self::Subscription(subscription) => subscription.is_active(),
            Self::Order(_) => true,
        }
    }
}

/// What becomes of a grant.
#[derive(Debug, Clone, PartialEq)]
pub enum Entitlement {
    /// It comes into force, for the first time or again.
    Give(Grant),
    /// It is taken back.
    TakeBack(Grant),
}

/// What a subscription or an order comes to: its product's benefits are given while it is in force, and what it no longer
/// comes with is taken back. `grants` are those that came from it, `exists` says whether a benefit is still there, and `new` makes the
/// grant of a benefit.
pub fn entitlements(
    scope: Scope<'_>,
    product: &Product,
    grants: &[Arc<Grant>],
    exists: impl Fn(Uuid) -> bool,
    new: impl Fn(Uuid) -> Grant,
) -> Vec<Entitlement> {
    let benefits: &[Uuid] = if scope.is_in_force() {
        &product.benefits
    } else {
        &[]
    };
    let lost = grants.iter().filter(|grant| {
        let is_lost = !benefits.contains(&grant.benefit_id);
        is_lost && grant.is_granted()
    });
    let lost = lost.map(|grant| Entitlement::TakeBack(Grant::clone(grant)));
    let mut entitlements: Vec<_> = lost.collect();
    // A benefit that a product names twice is granted once.
    let mut seen = HashSet::new();
    for &id in benefits.iter().filter(|&&id| seen.insert(id) && exists(id)) {
        let grant = match grants.iter().find(|grant| grant.benefit_id == id) {
            Some(grant) if grant.is_granted() => continue,
            Some(grant) => Grant::clone(grant),
            None => new(id),
        };
        entitlements.push(Entitlement::Give(grant));
    }
    entitlements
}

/// What the status of a key means for the grant that gave it: a revoked key is taken back, one that is granted or disabled
/// afterwards is given again unless its benefit was deleted.
pub fn follow_key(status: Status, grant: &Grant, benefit: &Benefit) -> Option<Entitlement> {
    match status {
        Status::Revoked if grant.is_granted() => Some(Entitlement::TakeBack(grant.clone())),
        Status::Granted | Status::Disabled
            if !grant.is_granted() && benefit.deleted_at.is_none() =>
        {
            Some(Entitlement::Give(grant.clone()))
        }
        _ => None,
    }
}

/// Whether the portal shows a grant: granted, of a public benefit, and to members only their own.
pub fn is_shown_in_portal(caller: Option<&Caller>, grant: &Grant, benefit: &Benefit) -> bool {
    let is_own = match caller {
        Some(Caller::Member { member_id, .. }) => grant.member_id == Some(*member_id),
        _ => true,
    };
    is_own && grant.revoked_at.is_none() && benefit.visibility == "public"
}

/// A grant of a benefit, before it is in force.
pub fn new_grant(
    id: Uuid,
    scope: Scope<'_>,
    member_id: Option<Uuid>,
    benefit_id: Uuid,
    now: Timestamp,
) -> Grant {
    let (subscription_id, order_id) = match scope {
        Scope::Subscription(subscription) => (Some(subscription.id), None),
        Scope::Order(order) => (None, Some(order.id)),
    };
    Grant {
        id,
        customer_id: scope.customer_id(),
        member_id,
        benefit_id,
        subscription_id,
        order_id,
        license_key_id: None,
        granted_at: None,
        revoked_at: None,
        created_at: now,
        modified_at: None,
    }
}

/// The grant in force, with the key that it gave. A new one that gives no key counts as not modified.
pub fn give(grant: &Grant, license_key_id: Option<Uuid>, now: Timestamp) -> Grant {
    // A new grant without anything of its own is stored once.
    let is_stored_again = license_key_id.is_some() || grant.revoked_at.is_some();
    Grant {
        license_key_id,
        granted_at: Some(now),
        revoked_at: None,
        modified_at: is_stored_again.then_some(now).or(grant.modified_at),
        ..grant.clone()
    }
}

/// The grant taken back.
pub fn take_back(grant: &Grant, now: Timestamp) -> Grant {
    Grant {
        granted_at: None,
        revoked_at: Some(now),
        modified_at: Some(now),
        ..grant.clone()
    }
}

/// A key that a grant gives, if its benefit is one of keys. `text` is generated from the benefit's prefix.
pub fn granted_key(
    benefit: &Benefit,
    grant: &Grant,
    id: Uuid,
    text: impl FnOnce(Option<&str>) -> String,
    now: Timestamp,
) -> Option<LicenseKey> {
    if benefit.kind != "license_keys" {
        return None;
    }
    let key = LicenseKey {
        id,
        organization_id: benefit.organization_id,
        customer_id: grant.customer_id,
        member_id: grant.member_id,
        benefit_id: benefit.id,
        key: text(benefit.prefix()),
        status: Status::Granted,
        limit_activations: None,
        usage: 0,
        limit_usage: None,
        validations: 0,
        last_validated_at: None,
        expires_at: None,
        created_at: now,
        modified_at: None,
        activations: Vec::new(),
    };
    Some(LicenseKey {
        modified_at: None,
        ..renewed_key(&key, benefit, grant, now)
    })
}

/// The key of a grant under the benefit's present terms. `modified_at` stays where nothing differs.
pub fn renewed_key(
    key: &LicenseKey,
    benefit: &Benefit,
    grant: &Grant,
    now: Timestamp,
) -> LicenseKey {
    let terms = key_terms(benefit, grant.subscription_id.is_some(), now);
    let renewed = LicenseKey {
        limit_activations: terms.limit_activations,
        limit_usage: terms.limit_usage,
        expires_at: terms.expires_at,
        ..key.clone()
    };
    touched(key, renewed, now)
}

/// The key of a grant that is given again: a disabled one stays disabled.
pub fn key_given_again(key: &LicenseKey, now: Timestamp) -> LicenseKey {
    match key.status {
        Status::Revoked => key_with_status(key, Status::Granted, now),
        Status::Granted | Status::Disabled => key.clone(),
    }
}

/// The key with another status. `modified_at` stays where nothing differs.
pub fn key_with_status(key: &LicenseKey, status: Status, now: Timestamp) -> LicenseKey {
    let changed = LicenseKey {
        status,
        ..key.clone()
    };
    touched(key, changed, now)
}

fn touched(old: &LicenseKey, new: LicenseKey, now: Timestamp) -> LicenseKey {
    if new == *old {
        return new;
    }
    LicenseKey {
        modified_at: Some(now),
        ..new
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::{at, key};
    use crate::rules::benefit::tests::benefit;
    use crate::rules::subscribe::tests::product;

    const NOW: &str = "2026-06-01T00:00:00Z";

    fn subscription(status: &str) -> Subscription {
        serde_json::from_value(json!({
            "id": Uuid::from_u128(5), "customer_id": Uuid::from_u128(6), "product_id": product().id, "status": status,
        }))
        .unwrap()
    }

    fn grant(benefit: u128, is_granted: bool) -> Grant {
        let moment = "2026-01-01T00:00:00Z";
        serde_json::from_value(json!({
            "id": Uuid::from_u128(100 + benefit), "customer_id": Uuid::from_u128(6),
            "benefit_id": Uuid::from_u128(benefit), "subscription_id": Uuid::from_u128(5),
            "granted_at": is_granted.then_some(moment), "revoked_at": (!is_granted).then_some(moment),
        }))
        .unwrap()
    }

    fn new(benefit: Uuid) -> Grant {
        let subscription = subscription("active");
        new_grant(
            Uuid::nil(),
            Scope::Subscription(&subscription),
            None,
            benefit,
            at(NOW),
        )
    }

    fn order() -> Order {
        serde_json::from_value(json!({
            "id": Uuid::from_u128(9), "customer_id": Uuid::from_u128(6), "product_id": product().id,
        }))
        .unwrap()
    }

    #[test]
    fn an_active_subscription_comes_with_the_benefits_of_its_product() {
        use Entitlement::{Give, TakeBack};
        let first = || Give(new(Uuid::from_u128(1)));
        for (status, benefits, grants, expected) in [
            ("active", vec![1], vec![], vec![first()]),
            ("trialing", vec![1], vec![], vec![first()]),
            ("canceled", vec![1], vec![], vec![]),
            // Twice the same benefit, and one that was deleted.
            ("active", vec![1, 1, 9], vec![], vec![first()]),
            ("active", vec![1], vec![grant(1, true)], vec![]),
            (
                "active",
                vec![1],
                vec![grant(1, false)],
                vec![Give(grant(1, false))],
            ),
            ("active", vec![9], vec![grant(9, false)], vec![]),
            (
                "active",
                vec![2, 1],
                vec![grant(3, true), grant(4, false)],
                vec![
                    TakeBack(grant(3, true)),
                    Give(new(Uuid::from_u128(2))),
                    first(),
                ],
            ),
            (
                "canceled",
                vec![1],
                vec![grant(1, true), grant(2, false)],
                vec![TakeBack(grant(1, true))],
            ),
        ] {
            let product = Product {
                benefits: benefits.into_iter().map(Uuid::from_u128).collect(),
                ..product()
            };
            let grants: Vec<_> = grants.into_iter().map(Arc::new).collect();
            let exists = |id| id != Uuid::from_u128(9);
            let subscription = subscription(status);
            let scope = Scope::Subscription(&subscription);
            let outcome = entitlements(scope, &product, &grants, exists, new);
            assert_eq!(
                outcome, expected,
                "{status} {:?} {grants:?}",
                product.benefits
            );
        }
    }

    #[test]
    fn an_order_comes_with_the_benefits_of_its_product_for_good() {
        let order = order();
        let [first, other] = [1, 2].map(Uuid::from_u128);
        let product = Product {
            benefits: vec![first],
            ..product()
        };
        let scope = Scope::Order(&order);
        let new = |benefit| new_grant(Uuid::nil(), scope, None, benefit, at(NOW));
        let made = Grant {
            order_id: Some(order.id),
            subscription_id: None,
            ..self::new(first)
        };
        assert_eq!(new(first), made);
        let old = Arc::new(Grant {
            granted_at: Some(at(NOW)),
            ..new(other)
        });
        let lost = Entitlement::TakeBack(Grant::clone(&old));
        let outcome = entitlements(scope, &product, &[old], |_| true, new);
        assert_eq!(outcome, [lost, Entitlement::Give(made)]);
    }

    #[test]
    fn a_grant_follows_the_status_of_its_key() {
        use Entitlement::{Give, TakeBack};
        let (given, taken) = (grant(1, true), grant(1, false));
        for (status, grant, expected) in [
            (Status::Revoked, &given, Some(TakeBack(given.clone()))),
            (Status::Revoked, &taken, None),
            (Status::Granted, &given, None),
            (Status::Granted, &taken, Some(Give(taken.clone()))),
            (Status::Disabled, &given, None),
            (Status::Disabled, &taken, Some(Give(taken.clone()))),
        ] {
            assert_eq!(
                follow_key(status, grant, &benefit()),
                expected,
                "{status:?}"
            );
        }
        let deleted = Benefit {
            deleted_at: Some(at(NOW)),
            ..benefit()
        };
        assert_eq!(follow_key(Status::Granted, &taken, &deleted), None);
    }

    #[test]
    fn the_portal_shows_what_is_granted_and_public_and_members_their_own() {
        let [customer_id, member_id, other] = [6, 7, 8].map(Uuid::from_u128);
        let customer = Caller::Customer { customer_id };
        let member = |member_id| Caller::Member {
            member_id,
            customer_id,
        };
        for (caller, holder, is_granted, visibility, shown) in [
            (&customer, None, true, "public", true),
            (&customer, Some(other), true, "public", true),
            (&customer, None, false, "public", false),
            (&customer, None, true, "private", false),
            (&member(member_id), Some(member_id), true, "public", true),
            (&member(other), Some(member_id), true, "public", false),
            (&member(other), None, true, "public", false),
        ] {
            let grant = Grant {
                member_id: holder,
                ..grant(1, is_granted)
            };
            let benefit = Benefit {
                visibility: visibility.into(),
                ..benefit()
            };
            let outcome = is_shown_in_portal(Some(caller), &grant, &benefit);
            assert_eq!(outcome, shown, "{caller:?} {grant:?} {visibility}");
        }
    }

    #[test]
    fn a_grant_is_made_given_and_taken_back() {
        let [id, member, benefit, key] = [1, 2, 3, 4].map(Uuid::from_u128);
        let subscription = subscription("active");
        let scope = Scope::Subscription(&subscription);
        let made = new_grant(id, scope, Some(member), benefit, at(NOW));
        let expected = json!({
            "id": id, "customer_id": Uuid::from_u128(6), "member_id": member, "benefit_id": benefit,
            "subscription_id": Uuid::from_u128(5), "created_at": NOW,
        });
        assert_eq!(made, serde_json::from_value(expected).unwrap());
        let later = at("2026-06-02T00:00:00Z");
        let given = Grant {
            license_key_id: Some(key),
            granted_at: Some(later),
            modified_at: Some(later),
            ..made.clone()
        };
        assert_eq!(give(&made, Some(key), later), given);
        let without_a_key = Grant {
            license_key_id: None,
            modified_at: None,
            ..given.clone()
        };
        assert_eq!(give(&made, None, later), without_a_key);
        let last = at("2026-06-03T00:00:00Z");
        let taken = Grant {
            granted_at: None,
            revoked_at: Some(last),
            modified_at: Some(last),
            ..given.clone()
        };
        assert_eq!(take_back(&given, last), taken);
        assert_eq!(give(&taken, Some(key), later), given);
    }

    #[test]
    fn a_key_is_granted_under_the_terms_of_its_benefit() {
        let [id, member] = [1, 2].map(Uuid::from_u128);
        let grant = Grant {
            member_id: Some(member),
            subscription_id: None,
            ..grant(1, false)
        };
        let text = |prefix: Option<&str>| format!("{}-TEXT", prefix.unwrap_or("NONE"));
        let made = granted_key(&benefit(), &grant, id, text, at(NOW));
        let expected = json!({
            "id": id, "organization_id": benefit().organization_id, "customer_id": grant.customer_id,
            "member_id": member, "benefit_id": benefit().id, "key": "PRO-TEXT", "limit_activations": 3,
            "limit_usage": 5, "expires_at": "2026-07-01T00:00:00Z", "created_at": NOW,
        });
        assert_eq!(made, Some(serde_json::from_value(expected).unwrap()));
        let custom = Benefit {
            kind: "custom".into(),
            ..benefit()
        };
        assert_eq!(granted_key(&custom, &grant, id, text, at(NOW)), None);
    }

    #[test]
    fn a_key_that_changes_is_modified() {
        let renewed = LicenseKey {
            limit_activations: Some(3),
            limit_usage: Some(5),
            modified_at: Some(at(NOW)),
            ..key()
        };
        let old = LicenseKey {
            id: renewed.id,
            organization_id: renewed.organization_id,
            customer_id: renewed.customer_id,
            benefit_id: renewed.benefit_id,
            ..key()
        };
        let later = at("2026-06-02T00:00:00Z");
        assert_eq!(
            renewed_key(&old, &benefit(), &grant(1, true), at(NOW)),
            renewed
        );
        assert_eq!(
            renewed_key(&renewed, &benefit(), &grant(1, true), later),
            renewed
        );
        let revoked = LicenseKey {
            status: Status::Revoked,
            modified_at: Some(later),
            ..renewed.clone()
        };
        let again = key_given_again(&revoked, later);
        assert_eq!(
            (again.status, again.modified_at),
            (Status::Granted, Some(later))
        );
        for status in [Status::Granted, Status::Disabled] {
            let key = LicenseKey {
                status,
                ..renewed.clone()
            };
            assert_eq!(key_given_again(&key, later), key);
        }
        assert_eq!(key_with_status(&renewed, Status::Revoked, later), revoked);
        assert_eq!(key_with_status(&revoked, Status::Revoked, at(NOW)), revoked);
    }
}
