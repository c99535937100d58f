//! What customers read of their own in the portal besides license keys: `customer_portal:benefit-grants:*`,
//! `customer_portal:subscriptions:*` and `customer_portal:orders:*`.

use std::cmp::Ordering;
use std::sync::Arc;

use super::resources::{PortalGrantView, PortalSubscriptionView, page_of, sorted};
use super::{Call, Outcome};
use crate::reply::Reply;
use crate::rules::Refusal;
use crate::state::{Benefit, Caller, Customer, Directory, Grant, Subscription};

pub(super) fn list_grants(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let directory = call.world.read();
    let (types, benefits) = (asked.texts("type"), asked.uuids("benefit_id"));
    let (subscriptions, members) = (asked.uuids("subscription_id"), asked.uuids("member_id"));
    let query = asked.text("query").map(str::to_lowercase);
    // Nothing here comes from a checkout or an order.
    let from_elsewhere = ["checkout_id", "order_id"]
        .iter()
        .any(|name| asked.uuids(name).is_some());
    let mut rows: Vec<Arc<Grant>> = directory
        .grants_of_customer(portal_customer(call, &directory)?.id)
        .into_iter()
        .filter(|grant| !from_elsewhere && shows(call, &directory, grant).is_some())
        .filter(|grant| {
            let Some(benefit) = directory.benefits.get(grant.benefit_id) else {
                return false;
            };
            types
                .as_ref()
                .is_none_or(|types| types.contains(&benefit.kind.as_str()))
                && query
                    .as_ref()
                    .is_none_or(|query| benefit.description.to_lowercase().contains(query))
        })
        .filter(|grant| {
            benefits
                .as_ref()
                .is_none_or(|ids| ids.contains(&grant.benefit_id))
        })
        .filter(|grant| {
            subscriptions
                .as_ref()
                .is_none_or(|ids| grant.subscription_id.is_some_and(|id| ids.contains(&id)))
        })
        .filter(|grant| {
            members
                .as_ref()
                .is_none_or(|ids| grant.member_id.is_some_and(|id| ids.contains(&id)))
        })
        .collect();
    let kind = |grant: &Grant| {
        let benefit = directory.benefits.get(grant.benefit_id);
        benefit.map(|benefit| benefit.kind.clone())
    };
    sorted(
        asked,
        &["product_benefit", "-granted_at"],
        &mut rows,
        |criterion, a, b| match criterion {
            "granted_at" => a.granted_at.cmp(&b.granted_at),
            "type" => kind(a).cmp(&kind(b)),
            "product_benefit" => place(&directory, a).cmp(&place(&directory, b)),
            // All grants of a customer are of one organization.
            _ => Ordering::Equal,
        },
    );
    page_of(asked, rows, |row| {
        PortalGrantView::new(&directory, &call.world.keys, row)
    })
}

pub(super) fn get_grant(call: &Call<'_>) -> Outcome {
    let directory = call.world.read();
    let customer = portal_customer(call, &directory)?;
    let found = call
        .arguments
        .uuid("id")
        .and_then(|id| directory.grants.get(id))
        .filter(|grant| grant.customer_id == customer.id)
        .filter(|grant| shows(call, &directory, grant).is_some())
        .ok_or(Refusal::UNKNOWN)?;
    let view = PortalGrantView::new(&directory, &call.world.keys, found)?;
    drop(directory);
    Ok(Reply::json(200, &view))
}

/// The benefit of a grant, where the portal shows it: granted, not private, and the member's own for a member.
fn shows(call: &Call<'_>, directory: &Directory, grant: &Grant) -> Option<Arc<Benefit>> {
    let own = match &call.caller {
        Some(Caller::Member { member_id, .. }) => grant.member_id == Some(*member_id),
        _ => true,
    };
    directory
        .benefits
        .get(grant.benefit_id)
        .filter(|benefit| own && grant.revoked_at.is_none() && benefit.visibility == "public")
}

/// Where a grant's benefit stands among those of its product; behind all others where it is no longer one of them.
fn place(directory: &Directory, grant: &Grant) -> usize {
    let subscription = grant
        .subscription_id
        .and_then(|id| directory.subscriptions.get(id));
    let product = subscription.and_then(|row| directory.products.get(row.product_id));
    let place = product.and_then(|product| {
        let mut benefits = product.benefits.iter();
        benefits.position(|id| *id == grant.benefit_id)
    });
    place.unwrap_or(usize::MAX)
}

pub(super) fn list_subscriptions(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let directory = call.world.read();
    let products = asked.uuids("product_id");
    let query = asked.text("query").map(str::to_lowercase);
    let name = |row: &Subscription| {
        let product = directory.products.get(row.product_id);
        product.map(|product| product.name.clone())
    };
    let mut rows: Vec<Arc<Subscription>> = directory
        .subscriptions_of(portal_customer(call, &directory)?.id)
        .into_iter()
        .filter(|row| {
            products
                .as_ref()
                .is_none_or(|ids| ids.contains(&row.product_id))
        })
        .filter(|row| {
            asked
                .flag("active")
                .is_none_or(|active| active == row.is_active())
        })
        .filter(|row| {
            query.as_ref().is_none_or(|query| {
                name(row).is_some_and(|name| name.to_lowercase().contains(query))
            })
        })
        .collect();
    sorted(
        asked,
        &["-started_at"],
        &mut rows,
        |criterion, a, b| match criterion {
            "started_at" => a.started_at.cmp(&b.started_at),
            "status" => a.status.cmp(&b.status),
            "product" => name(a).cmp(&name(b)),
            // Only free products can be subscribed to here, and of one organization.
            _ => Ordering::Equal,
        },
    );
    page_of(asked, rows, |row| {
        PortalSubscriptionView::new(&directory, row)
    })
}

pub(super) fn get_subscription(call: &Call<'_>) -> Outcome {
    let directory = call.world.read();
    let customer = portal_customer(call, &directory)?;
    let found = call
        .arguments
        .uuid("id")
        .and_then(|id| directory.subscriptions.get(id))
        .filter(|row| row.customer_id == customer.id)
        .ok_or(Refusal::UNKNOWN)?;
    let view = PortalSubscriptionView::new(&directory, found)?;
    drop(directory);
    Ok(Reply::json(200, &view))
}

/// Free subscriptions have no orders, so there are none.
pub(super) fn list_orders(call: &Call<'_>) -> Outcome {
    portal_customer(call, &call.world.read())?;
    page_of(&call.arguments, Vec::<()>::new(), Ok)
}

/// See [`list_orders`].
pub(super) fn get_order(_: &Call<'_>) -> Outcome {
    Err(Refusal::UNKNOWN)
}

pub(super) fn portal_customer(
    call: &Call<'_>,
    directory: &Directory,
) -> Result<Arc<Customer>, Refusal> {
    let id = call.portal_customer().ok_or(Refusal::UNKNOWN)?;
    directory.customers.get(id).ok_or(Refusal::UNKNOWN)
}
