//! Grants follow subscriptions, orders, products, benefits and keys (docs/behaviour.md#update,
//! docs/behaviour.md#grants and docs/behaviour.md#webhook-events).

use std::sync::Arc;

use super::Context;
use super::customers::emit_state;
use super::resources::{grant, granted_key};
use crate::generated::answers::BenefitGrantLicenseKeysProperties;
use crate::refusal::Refusal;
use crate::rules::{self, Entitlement, Scope};
use crate::state::{
    Benefit, Directory, Grant, LicenseKey, Status, Subscription, new_key, new_uuid,
};

pub(super) fn granted(grants: Vec<Arc<Grant>>) -> impl Iterator<Item = Arc<Grant>> {
    grants.into_iter().filter(|grant| grant.is_granted())
}

/// Does [`follow`], and emits what the customer has now, unless a grant has emitted it already.
pub(super) fn follow_and_emit(
    context: &Context<'_>,
    directory: &mut Directory,
    subscription: &Subscription,
) -> Result<(), Refusal> {
    if !follow(context, directory, Scope::Subscription(subscription))? {
        emit_state(context, directory, subscription.customer_id);
    }
    Ok(())
}

/// Grants what a subscription or an order comes with now, and takes back what it no longer comes with. Says whether there was
/// anything.
pub(super) fn follow(
    context: &Context<'_>,
    directory: &mut Directory,
    scope: Scope<'_>,
) -> Result<bool, Refusal> {
    let product = directory.products.get(scope.product_id());
    let product = product.ok_or_else(|| Refusal::internal("what was sold has no product"))?;
    let member_id = directory
        .owner_of(scope.customer_id())
        .map(|owner| owner.id);
    let grants = match scope {
        Scope::Subscription(subscription) => directory.grants_of_subscription(subscription.id),
        Scope::Order(order) => directory.grants_of_order(order.id),
    };
    let entitlements = rules::entitlements(
        scope,
        &product,
        &grants,
        |id| {
            let benefit = directory.benefits.find(id);
            benefit.is_some_and(|benefit| benefit.deleted_at.is_none())
        },
        |benefit| rules::new_grant(new_uuid(), scope, member_id, benefit, context.now),
    );
    let is_different = !entitlements.is_empty();
    for entitlement in entitlements {
        carry_out(context, directory, entitlement)?;
    }
    Ok(is_different)
}

pub(super) fn carry_out(
    context: &Context<'_>,
    directory: &mut Directory,
    entitlement: Entitlement,
) -> Result<(), Refusal> {
    match entitlement {
        Entitlement::Give(grant) => give(context, directory, &grant),
        Entitlement::TakeBack(grant) => take_back(context, directory, &grant),
    }
}

/// Puts a grant in force: with a new key, or with its key once more under the benefit's terms.
fn give(context: &Context<'_>, directory: &mut Directory, grant: &Grant) -> Result<(), Refusal> {
    let benefit = benefit_of(directory, grant)?;
    let (keys, now) = (&context.world.keys, context.now);
    let previous = granted_key(keys, grant);
    let license_key_id = match grant.license_key_id {
        Some(id) => {
            change_key(context, grant, |key| {
                let key = rules::renewed_key(key, &benefit, grant, now);
                rules::key_given_again(&key, now)
            });
            Some(id)
        }
        None => {
            let key = rules::granted_key(&benefit, grant, new_uuid(), new_key, now);
            key.map(|key| keys.insert(key).id)
        }
    };
    let grant = rules::give(grant, license_key_id, now);
    store(context, directory, "benefit_grant.created", grant, previous)
}

/// Brings the key of a grant under the benefit's present terms.
pub(super) fn renew(
    context: &Context<'_>,
    directory: &mut Directory,
    grant: &Grant,
) -> Result<(), Refusal> {
    let benefit = benefit_of(directory, grant)?;
    let previous = granted_key(&context.world.keys, grant);
    change_key(context, grant, |key| {
        rules::renewed_key(key, &benefit, grant, context.now)
    });
    let grant = Grant {
        modified_at: Some(context.now),
        ..grant.clone()
    };
    store(context, directory, "benefit_grant.updated", grant, previous)
}

/// Notes that a period was paid for which a grant stays in force.
pub(super) fn cycle(
    context: &Context<'_>,
    directory: &mut Directory,
    grant: &Grant,
) -> Result<(), Refusal> {
    let previous = granted_key(&context.world.keys, grant);
    let grant = Grant {
        modified_at: Some(context.now),
        ..grant.clone()
    };
    store(context, directory, "benefit_grant.cycled", grant, previous)
}

/// Takes a grant back, and its key with it.
pub(super) fn take_back(
    context: &Context<'_>,
    directory: &mut Directory,
    grant: &Grant,
) -> Result<(), Refusal> {
    let previous = granted_key(&context.world.keys, grant);
    change_key(context, grant, |key| {
        rules::key_with_status(key, Status::Revoked, context.now)
    });
    let grant = rules::take_back(grant, context.now);
    store(context, directory, "benefit_grant.revoked", grant, previous)
}

fn change_key(
    context: &Context<'_>,
    grant: &Grant,
    change: impl FnOnce(&LicenseKey) -> LicenseKey,
) {
    if let Some(cell) = grant
        .license_key_id
        .and_then(|id| context.world.keys.get(id))
    {
        let mut key = cell.row.lock();
        *key = change(&key);
    }
}

/// Keeps a grant, says what happened to it, and that its customer has something else now.
fn store(
    context: &Context<'_>,
    directory: &mut Directory,
    kind: &str,
    row: Grant,
    previous: BenefitGrantLicenseKeysProperties<'_>,
) -> Result<(), Refusal> {
    let row = directory.put_grant(row);
    let mut shown = grant(directory, &context.world.keys, &row)?;
    shown.previous_properties = Some(previous);
    let organization_id = shown.benefit.organization_id;
    let payload = context.payload(kind, &shown);
    context.note(directory, organization_id, kind, payload);
    emit_state(context, directory, row.customer_id);
    Ok(())
}

/// A grant always has a benefit; losing it is a mistake of this server.
pub(super) fn benefit_of(directory: &Directory, grant: &Grant) -> Result<Arc<Benefit>, Refusal> {
    let found = directory.benefits.get(grant.benefit_id);
    found.ok_or_else(|| Refusal::internal("a grant has no benefit"))
}
