//! `subscriptions:update` and `subscriptions:revoke`: another product, another period, an end. What was not recorded is
//! learnt from the open backend.

use std::sync::Arc;

use super::customers::{given_metadata, kept_metadata};
use super::resources::SubscriptionView;
use super::subscriptions::asked_subscription;
use super::{Call, Outcome, Scene};
use crate::contract::Arguments;
use crate::json::Value;
use crate::reply::Reply;
use crate::rules::{self, Refusal};
use crate::state::{Directory, Job, Product, Subscription, Timestamp};

pub(super) fn update(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    if asked.flag("revoke") == Some(true) {
        return revoke(call);
    }
    let mut directory = call.world.write();
    let old = asked_subscription(call, &directory)?;
    let organization_id = directory
        .products
        .get(old.product_id)
        .ok_or_else(|| Refusal::internal("a subscription has no product"))?
        .organization_id;
    let now = call.clock.now();
    let mut subscription = Subscription::clone(&old);
    let mut events = Vec::new();
    let metadata = given_metadata(asked);
    if metadata.is_some() {
        subscription.metadata = kept_metadata(metadata.as_ref())?;
    }
    if let Some(product) = new_product(call, &directory, &old)? {
        let before = directory.products.get(old.product_id);
        let interval = |product: &Product| {
            let count = product.recurring_interval_count.unwrap_or(1);
            Some((product.recurring_interval.clone()?, count))
        };
        subscription.product_id = product.id;
        // Another interval begins a new period.
        if let Some((unit, count)) = interval(&product)
            && before.is_none_or(|before| interval(&before) != interval(&product))
        {
            subscription.current_period_start = now;
            subscription.current_period_end = rules::add_interval(now, &unit, count).unwrap_or(now);
        }
    }
    check_discount_and_trial(asked)?;
    if let Some(end) = asked
        .text("current_billing_period_end")
        .and_then(Timestamp::parse)
    {
        if old.cancel_at_period_end || !old.is_active() {
            return Err(Refusal::AlreadyCanceled);
        }
        if end < old.current_period_end {
            return Err(Refusal::invalid(
                "current_billing_period_end",
                "New period end is earlier than the current period end",
                Value::Str(end.to_string()),
            ));
        }
        subscription.current_period_end = end;
    }
    match asked.flag("cancel_at_period_end") {
        Some(true) => {
            if old.cancel_at_period_end || !old.is_active() {
                return Err(Refusal::AlreadyCanceled);
            }
            subscription.cancel_at_period_end = true;
            subscription.canceled_at = Some(now);
            subscription.ends_at = Some(old.current_period_end);
            give_reasons(asked, &mut subscription);
            events.push("subscription.canceled");
        }
        Some(false) => {
            if old.ended_at.is_some() {
                return Err(Refusal::Unavailable);
            }
            if !old.cancel_at_period_end {
                return Err(Refusal::BadRequest);
            }
            subscription.cancel_at_period_end = false;
            subscription.canceled_at = None;
            subscription.ends_at = None;
            subscription.customer_cancellation_reason = None;
            subscription.customer_cancellation_comment = None;
            events.push("subscription.uncanceled");
        }
        None => {}
    }
    let changed = subscription != *old;
    if changed {
        subscription.modified_at = Some(now);
    }
    let moved = subscription.product_id != old.product_id;
    let subscription = directory.put_subscription(subscription);
    let view = SubscriptionView::new(&directory, subscription)?;
    if changed {
        for kind in std::iter::once("subscription.updated").chain(events) {
            call.scene()
                .emit(&mut directory, organization_id, kind, &view);
        }
    }
    drop(directory);
    if moved {
        call.background(Job::SubscriptionChanged(old.id));
    }
    Ok(Reply::json(200, &view.with_metadata(metadata)))
}

/// The product that a subscription shall change to. Learnt from the open backend.
fn new_product(
    call: &Call<'_>,
    directory: &Directory,
    old: &Subscription,
) -> Result<Option<Arc<Product>>, Refusal> {
    let Some(given) = call.arguments.text("product_id") else {
        return Ok(None);
    };
    if old.cancel_at_period_end || !old.is_active() {
        return Err(Refusal::AlreadyCanceled);
    }
    let refuse = |message| {
        Err(Refusal::invalid(
            "product_id",
            message,
            Value::Str(given.to_owned()),
        ))
    };
    let id = call.arguments.uuid("product_id");
    let found = id.and_then(|id| directory.products.get(id));
    let Some(product) =
        found.filter(|product| call.organizations().contains(&product.organization_id))
    else {
        return refuse("Product does not exist.");
    };
    if product.is_archived {
        return refuse("Product is archived.");
    }
    if product.recurring_interval.is_none() {
        return refuse("Product is not recurring.");
    }
    let mut prices = product.prices.iter().filter(|price| !price.is_archived);
    if prices.any(|price| price.amount_type == "custom") {
        return refuse("Can't update to a product with custom prices.");
    }
    Ok(Some(product))
}

/// There are no discounts here, and nothing is on trial.
fn check_discount_and_trial(asked: &Arguments) -> Result<(), Refusal> {
    if let Some(discount) = asked.text("discount_id") {
        return Err(Refusal::invalid(
            "discount_id",
            "Discount does not exist, is not applicable to this product or is not redeemable.",
            Value::Str(discount.to_owned()),
        ));
    }
    if asked.text("trial_end") == Some("now") {
        let message = "The subscription is not currently trialing.";
        return Err(Refusal::invalid(
            "trial_end",
            message,
            Value::Str("now".to_owned()),
        ));
    }
    Ok(())
}

/// Why the customer leaves, where they say so.
fn give_reasons(asked: &Arguments, subscription: &mut Subscription) {
    let said = |name: &str| {
        asked
            .text(name)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    if let Some(reason) = said("customer_cancellation_reason") {
        subscription.customer_cancellation_reason = Some(reason);
    }
    if let Some(comment) = said("customer_cancellation_comment") {
        subscription.customer_cancellation_comment = Some(comment);
    }
}

pub(super) fn revoke(call: &Call<'_>) -> Outcome {
    let mut directory = call.world.write();
    let old = asked_subscription(call, &directory)?;
    if !old.is_active() {
        return Err(Refusal::AlreadyCanceled);
    }
    let mut leaving = Subscription::clone(&old);
    give_reasons(&call.arguments, &mut leaving);
    let view = end_subscription(&call.scene(), &mut directory, &leaving)?;
    drop(directory);
    call.background(Job::SubscriptionChanged(old.id));
    Ok(Reply::json(200, &view))
}

/// Ends a subscription at once and says so. Its grants follow.
pub(super) fn end_subscription(
    scene: &Scene<'_>,
    directory: &mut Directory,
    old: &Subscription,
) -> Result<SubscriptionView, Refusal> {
    let organization_id = directory
        .products
        .get(old.product_id)
        .ok_or_else(|| Refusal::internal("a subscription has no product"))?
        .organization_id;
    let now = scene.now;
    let ended = directory.put_subscription(Subscription {
        status: "canceled".into(),
        canceled_at: Some(now),
        ends_at: Some(now),
        ended_at: Some(now),
        modified_at: Some(now),
        ..old.clone()
    });
    let view = SubscriptionView::new(directory, ended)?;
    for kind in [
        "subscription.updated",
        "subscription.canceled",
        "subscription.revoked",
    ] {
        scene.emit(directory, organization_id, kind, &view);
    }
    Ok(view)
}
