//! What happens in the background: grants follow subscriptions, products, benefits and keys (docs/behaviour.md#update,
//! docs/behaviour.md#grants and docs/behaviour.md#webhook-events).

use std::collections::HashSet;
use std::sync::Arc;

use uuid::Uuid;

use super::Scene;
use super::customers::emit_state;
use super::resources::{GrantProperties, GrantView};
use super::subscriptions::end_subscription;
use crate::mistake;
use crate::rules;
use crate::state::{
    Benefit, Directory, Grant, Job, LicenseKey, Status, Subscription, new_key, new_uuid,
};

/// Does a job. What it is about may have changed since, or be gone: the job looks at what is there.
pub(super) fn run(scene: &Scene<'_>, job: Job) {
    let mut directory = scene.world.write();
    match job {
        Job::SubscriptionChanged(id) => {
            if let Some(subscription) = directory.subscriptions.get(id) {
                follow(scene, &mut directory, &subscription);
            }
        }
        Job::ProductBenefitsChanged(id) => {
            for subscription in directory.subscriptions_to(id) {
                follow(scene, &mut directory, &subscription);
            }
        }
        Job::BenefitChanged(id) => {
            for grant in directory
                .grants_of_benefit(id)
                .into_iter()
                .filter(|grant| grant.is_granted())
            {
                renew(scene, &mut directory, &grant);
            }
        }
        Job::BenefitDeleted(id) => {
            for grant in directory.grants_of_benefit(id) {
                revoke(scene, &mut directory, &grant);
            }
        }
        Job::CustomerDeleted(id) => {
            for grant in directory.grants_of_customer(id) {
                revoke(scene, &mut directory, &grant);
            }
            for subscription in directory
                .subscriptions_of(id)
                .into_iter()
                .filter(|row| row.is_active())
            {
                if let Err(refusal) = end_subscription(scene, &mut directory, &subscription) {
                    mistake::report_refusal(&refusal);
                }
            }
            emit_state(scene, &mut directory, id);
        }
        Job::KeyChanged(id) => {
            let status = scene.world.keys.get(id).map(|cell| cell.row.lock().status);
            let Some(grant) = directory.grant_of_key(id) else {
                return;
            };
            match status {
                Some(Status::Revoked) => revoke(scene, &mut directory, &grant),
                Some(Status::Granted) if !grant.is_granted() => {
                    give(scene, &mut directory, Grant::clone(&grant))
                }
                _ => {}
            }
        }
    }
}

/// Grants a subscription's benefits while it is active, and takes away what it no longer comes with.
fn follow(scene: &Scene<'_>, directory: &mut Directory, subscription: &Subscription) {
    let product = directory.products.get(subscription.product_id);
    let entitled: Vec<Uuid> = match &product {
        Some(product) if subscription.is_active() => product.benefits.clone(),
        _ => Vec::new(),
    };
    let grants = directory.grants_of_subscription(subscription.id);
    for grant in grants
        .iter()
        .filter(|grant| !entitled.contains(&grant.benefit_id))
    {
        revoke(scene, directory, grant);
    }
    // A benefit that a product names twice is granted once.
    let mut seen = HashSet::new();
    for benefit_id in entitled.into_iter().filter(|&id| seen.insert(id)) {
        let alive = directory
            .benefits
            .get(benefit_id)
            .is_some_and(|benefit| benefit.deleted_at.is_none());
        match grants.iter().find(|grant| grant.benefit_id == benefit_id) {
            Some(grant) if grant.is_granted() => {}
            Some(grant) if alive => give(scene, directory, Grant::clone(grant)),
            None if alive => {
                let now = scene.now;
                let member_id = directory
                    .owner_of(subscription.customer_id)
                    .map(|owner| owner.id);
                let grant = Grant {
                    id: new_uuid(),
                    customer_id: subscription.customer_id,
                    member_id,
                    benefit_id,
                    subscription_id: Some(subscription.id),
                    license_key_id: None,
                    granted_at: None,
                    revoked_at: None,
                    created_at: now,
                    modified_at: None,
                };
                give(scene, directory, grant);
            }
            _ => {}
        }
    }
}

/// Puts a grant in force: a new key, or the same key once more under the benefit's terms.
fn give(scene: &Scene<'_>, directory: &mut Directory, grant: Grant) {
    let Some(benefit) = directory.benefits.get(grant.benefit_id) else {
        return;
    };
    let previous = GrantProperties::of(&scene.world.keys, &grant);
    let now = scene.now;
    let license_key_id = match grant.license_key_id {
        Some(id) => {
            set_terms(scene, &benefit, &grant, Some(Status::Granted));
            Some(id)
        }
        None if benefit.kind == "license_keys" => Some(make_key(scene, &benefit, &grant)),
        None => None,
    };
    let grant = Grant {
        license_key_id,
        granted_at: Some(now),
        revoked_at: None,
        modified_at: Some(now),
        ..grant
    };
    let grant = directory.put_grant(grant);
    tell(scene, directory, "benefit_grant.created", grant, previous);
}

/// Brings the key of a grant under the benefit's present terms.
fn renew(scene: &Scene<'_>, directory: &mut Directory, grant: &Grant) {
    let Some(benefit) = directory.benefits.get(grant.benefit_id) else {
        return;
    };
    let previous = GrantProperties::of(&scene.world.keys, grant);
    set_terms(scene, &benefit, grant, None);
    let now = scene.now;
    let grant = directory.put_grant(Grant {
        modified_at: Some(now),
        ..grant.clone()
    });
    tell(scene, directory, "benefit_grant.updated", grant, previous);
}

/// Takes a grant back, and its key with it.
fn revoke(scene: &Scene<'_>, directory: &mut Directory, grant: &Grant) {
    if !grant.is_granted() {
        return;
    }
    let previous = GrantProperties::of(&scene.world.keys, grant);
    let now = scene.now;
    if let Some(cell) = grant.license_key_id.and_then(|id| scene.world.keys.get(id)) {
        let mut key = cell.row.lock();
        if key.status != Status::Revoked {
            key.status = Status::Revoked;
            key.modified_at = Some(now);
        }
    }
    let grant = Grant {
        granted_at: None,
        revoked_at: Some(now),
        modified_at: Some(now),
        ..grant.clone()
    };
    let grant = directory.put_grant(grant);
    tell(scene, directory, "benefit_grant.revoked", grant, previous);
}

fn make_key(scene: &Scene<'_>, benefit: &Benefit, grant: &Grant) -> Uuid {
    let now = scene.now;
    let terms = rules::key_terms(benefit, grant.subscription_id.is_some(), now);
    let key = LicenseKey {
        id: new_uuid(),
        organization_id: benefit.organization_id,
        customer_id: grant.customer_id,
        member_id: grant.member_id,
        benefit_id: benefit.id,
        key: new_key(benefit.prefix()),
        status: Status::Granted,
        limit_activations: terms.limit_activations,
        usage: 0,
        limit_usage: terms.limit_usage,
        validations: 0,
        last_validated_at: None,
        expires_at: terms.expires_at,
        created_at: now,
        modified_at: None,
        activations: Vec::new(),
    };
    scene.world.keys.insert(key).id
}

fn set_terms(scene: &Scene<'_>, benefit: &Benefit, grant: &Grant, status: Option<Status>) {
    let Some(cell) = grant.license_key_id.and_then(|id| scene.world.keys.get(id)) else {
        return;
    };
    let now = scene.now;
    let terms = rules::key_terms(benefit, grant.subscription_id.is_some(), now);
    let mut key = cell.row.lock();
    let before = (
        key.status,
        key.limit_activations,
        key.limit_usage,
        key.expires_at,
    );
    key.status = status.unwrap_or(key.status);
    key.limit_activations = terms.limit_activations;
    key.limit_usage = terms.limit_usage;
    key.expires_at = terms.expires_at;
    if (
        key.status,
        key.limit_activations,
        key.limit_usage,
        key.expires_at,
    ) != before
    {
        key.modified_at = Some(now);
    }
}

/// Tells what happened to a grant, and that its customer has something else now.
fn tell(
    scene: &Scene<'_>,
    directory: &mut Directory,
    kind: &str,
    grant: Arc<Grant>,
    previous: GrantProperties,
) {
    let customer_id = grant.customer_id;
    let Some(benefit) = directory.benefits.get(grant.benefit_id) else {
        return;
    };
    match GrantView::new(directory, &scene.world.keys, grant) {
        Ok(view) => {
            let view = view.with_previous(previous);
            scene.emit(directory, benefit.organization_id, kind, &view);
            emit_state(scene, directory, customer_id);
        }
        Err(refusal) => mistake::report_refusal(&refusal),
    }
}
