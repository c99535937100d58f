//! Who is granted what: how grants and their keys follow subscriptions, products, benefits and keys
//! (docs/behaviour.md#grants, docs/behaviour.md#update).

use std::collections::HashSet;
use std::sync::Arc;

use uuid::Uuid;

use super::key_terms;
use crate::state::{Benefit, Caller, Grant, LicenseKey, Product, Status, Subscription, Timestamp};

/// What becomes of a grant.
#[derive(Debug, Clone, PartialEq)]
pub enum Entitlement {
    /// It comes into force, for the first time or again.
    Give(Grant),
    /// It is taken back.
    TakeBack(Grant),
}

/// What a subscription comes to: its product's benefits are given while it is active, and what it no longer comes with is
/// taken back. `grants` are those that came from it, `exists` says whether a benefit is still there, and `new` makes the
/// grant of a benefit.
pub fn entitlements(
    subscription: &Subscription,
    product: &Product,
    grants: &[Arc<Grant>],
    exists: impl Fn(Uuid) -> bool,
    new: impl Fn(Uuid) -> Grant,
) -> Vec<Entitlement> {
    let benefits: &[Uuid] = if subscription.is_active() {
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

/// What the status of a key means for the grant that gave it: a revoked key is taken back, one that is granted again is
/// given again, and a disabled one changes nothing.
pub fn follow_key(status: Status, grant: &Grant) -> Option<Entitlement> {
    match status {
        Status::Revoked if grant.is_granted() => Some(Entitlement::TakeBack(grant.clone())),
        Status::Granted if !grant.is_granted() => Some(Entitlement::Give(grant.clone())),
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

/// A grant of a benefit that a subscription comes with, before it is in force.
pub fn new_grant(
    id: Uuid,
    subscription: &Subscription,
    member_id: Option<Uuid>,
    benefit_id: Uuid,
    now: Timestamp,
) -> Grant {
    Grant {
        id,
        customer_id: subscription.customer_id,
        member_id,
        benefit_id,
        subscription_id: Some(subscription.id),
        license_key_id: None,
        granted_at: None,
        revoked_at: None,
        created_at: now,
        modified_at: None,
    }
}

/// The grant in force, with the key that it gave.
pub fn give(grant: &Grant, license_key_id: Option<Uuid>, now: Timestamp) -> Grant {
    Grant {
        license_key_id,
        granted_at: Some(now),
        revoked_at: None,
        modified_at: Some(now),
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

/// A key that a grant gives, if its benefit is one of keys. `text` is made up from the benefit's prefix.
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
