//! What happens in the background: grants follow subscriptions, products, benefits and keys (POLAR.md 11, 14 and 20).

use std::sync::Arc;

use uuid::Uuid;

use super::Call;
use super::customers::emit_state;
use super::resources::{GrantProperties, GrantView};
use super::subscriptions::end_subscription;
use crate::rules;
use crate::state::{
    Benefit, Directory, Grant, LicenseKey, Status, Subscription, new_key, new_uuid,
};

/// Something that has to follow from a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Job {
    /// A subscription began or ended.
    SubscriptionChanged(Uuid),
    /// Benefits were attached to a product or taken off it.
    ProductBenefitsChanged(Uuid),
    /// The terms of a benefit changed.
    BenefitChanged(Uuid),
    /// A benefit was deleted.
    BenefitDeleted(Uuid),
    /// A customer was deleted.
    CustomerDeleted(Uuid),
    /// The status of a key was changed by hand.
    KeyChanged(Uuid),
}

/// Does a job. What it is about may have changed since, or be gone: the job looks at what is there.
pub(super) fn run(call: &Call<'_>, job: Job) {
    let mut directory = call.world.write();
    match job {
        Job::SubscriptionChanged(id) => {
            if let Some(subscription) = directory.subscriptions.get(id) {
                follow(call, &mut directory, &subscription);
            }
        }
        Job::ProductBenefitsChanged(id) => {
            for subscription in directory.subscriptions_to(id) {
                follow(call, &mut directory, &subscription);
            }
        }
        Job::BenefitChanged(id) => {
            for grant in directory
                .grants_of_benefit(id)
                .into_iter()
                .filter(|grant| grant.is_granted())
            {
                renew(call, &mut directory, &grant);
            }
        }
        Job::BenefitDeleted(id) => {
            for grant in directory.grants_of_benefit(id) {
                revoke(call, &mut directory, &grant);
            }
        }
        Job::CustomerDeleted(id) => {
            for grant in directory.grants_of_customer(id) {
                revoke(call, &mut directory, &grant);
            }
            for subscription in directory
                .subscriptions_of(id)
                .into_iter()
                .filter(|row| row.is_active())
            {
                let _ = end_subscription(call, &mut directory, &subscription);
            }
            emit_state(call, &mut directory, id);
        }
        Job::KeyChanged(id) => {
            let status = call.world.keys.get(id).map(|cell| cell.row.lock().status);
            let Some(grant) = directory.grant_of_key(id) else {
                return;
            };
            match status {
                Some(Status::Revoked) => revoke(call, &mut directory, &grant),
                Some(Status::Granted) if !grant.is_granted() => {
                    give(call, &mut directory, Grant::clone(&grant))
                }
                _ => {}
            }
        }
    }
}

/// Grants a subscription's benefits while it is active, and takes away what it no longer comes with.
fn follow(call: &Call<'_>, directory: &mut Directory, subscription: &Subscription) {
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
        revoke(call, directory, grant);
    }
    for benefit_id in entitled {
        let alive = directory
            .benefits
            .get(benefit_id)
            .is_some_and(|benefit| benefit.deleted_at.is_none());
        match grants.iter().find(|grant| grant.benefit_id == benefit_id) {
            Some(grant) if grant.is_granted() => {}
            Some(grant) if alive => give(call, directory, Grant::clone(grant)),
            None if alive => {
                let now = call.clock.now();
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
                give(call, directory, grant);
            }
            _ => {}
        }
    }
}

/// Puts a grant in force: a new key, or the same key once more under the benefit's terms.
fn give(call: &Call<'_>, directory: &mut Directory, grant: Grant) {
    let Some(benefit) = directory.benefits.get(grant.benefit_id) else {
        return;
    };
    let previous = GrantProperties::of(&call.world.keys, &grant);
    let now = call.clock.now();
    let license_key_id = match grant.license_key_id {
        Some(id) => {
            set_terms(call, &benefit, &grant, Some(Status::Granted));
            Some(id)
        }
        None if benefit.kind == "license_keys" => Some(make_key(call, &benefit, &grant)),
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
    tell(call, directory, "benefit_grant.created", grant, previous);
}

/// Brings the key of a grant under the benefit's present terms.
fn renew(call: &Call<'_>, directory: &mut Directory, grant: &Grant) {
    let Some(benefit) = directory.benefits.get(grant.benefit_id) else {
        return;
    };
    let previous = GrantProperties::of(&call.world.keys, grant);
    set_terms(call, &benefit, grant, None);
    let now = call.clock.now();
    let grant = directory.put_grant(Grant {
        modified_at: Some(now),
        ..grant.clone()
    });
    tell(call, directory, "benefit_grant.updated", grant, previous);
}

/// Takes a grant back, and its key with it.
fn revoke(call: &Call<'_>, directory: &mut Directory, grant: &Grant) {
    if !grant.is_granted() {
        return;
    }
    let previous = GrantProperties::of(&call.world.keys, grant);
    let now = call.clock.now();
    if let Some(cell) = grant.license_key_id.and_then(|id| call.world.keys.get(id)) {
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
    tell(call, directory, "benefit_grant.revoked", grant, previous);
}

fn make_key(call: &Call<'_>, benefit: &Benefit, grant: &Grant) -> Uuid {
    let now = call.clock.now();
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
    call.world.keys.insert(key).id
}

fn set_terms(call: &Call<'_>, benefit: &Benefit, grant: &Grant, status: Option<Status>) {
    let Some(cell) = grant.license_key_id.and_then(|id| call.world.keys.get(id)) else {
        return;
    };
    let now = call.clock.now();
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
    call: &Call<'_>,
    directory: &mut Directory,
    kind: &str,
    grant: Arc<Grant>,
    previous: GrantProperties,
) {
    let customer_id = grant.customer_id;
    let Some(benefit) = directory.benefits.get(grant.benefit_id) else {
        return;
    };
    if let Ok(view) = GrantView::new(directory, &call.world.keys, grant) {
        call.emit(
            directory,
            benefit.organization_id,
            kind,
            &view.with_previous(previous),
        );
        emit_state(call, directory, customer_id);
    }
}
