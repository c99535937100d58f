//! Keeps checkouts, and says what happened to them.

use std::sync::Arc;

use super::Context;
use super::resources::checkout;
use crate::answer::MetadataView;
use crate::generated::answers;
use crate::generated::requests::CheckoutCreate;
use crate::json::Dict;
use crate::refusal::Refusal;
use crate::rules;
use crate::state::{Checkout, Directory, Discount, Job};

/// What an answer repeats as it was just given.
#[derive(Default)]
pub(super) struct Given<'g> {
    pub(super) metadata: Option<&'g Dict>,
    pub(super) customer_metadata: Option<&'g Dict>,
}

impl<'g> Given<'g> {
    pub(super) fn of_new(asked: &'g CheckoutCreate) -> Self {
        Self {
            metadata: asked.metadata.as_ref(),
            customer_metadata: asked.customer_metadata.as_ref(),
        }
    }
}

/// Keeps a new checkout, and says so.
pub(super) fn open(
    context: &Context<'_>,
    directory: &mut Directory,
    row: Checkout,
    given: &Given<'_>,
) -> Result<Arc<Checkout>, Refusal> {
    let row = directory.put_checkout(row);
    tell(context, directory, "checkout.created", &row, given)?;
    if let Some(due) = row.next_change() {
        context.world.pending.put(due, Job::CheckoutExpires(row.id));
        context.world.bell.notify_one();
    }
    Ok(row)
}

/// Keeps a changed checkout, if anything is different, and says so. What is said was written before that was kept.
pub(super) fn store(
    context: &Context<'_>,
    directory: &mut Directory,
    old: &Checkout,
    row: Checkout,
    given: &Given<'_>,
) -> Result<Arc<Checkout>, Refusal> {
    tell(context, directory, "checkout.updated", &row, given)?;
    let row = if row == *old {
        row
    } else {
        let kept = Checkout {
            modified_at: Some(context.now),
            ..row
        };
        // The database looks at the time when it keeps one.
        rules::expire_checkout(&kept, context.now).unwrap_or(kept)
    };
    Ok(directory.put_checkout(row))
}

/// Says what happened to a checkout.
pub(super) fn tell(
    context: &Context<'_>,
    directory: &mut Directory,
    kind: &str,
    row: &Checkout,
    given: &Given<'_>,
) -> Result<(), Refusal> {
    let shown = shown(context, directory, row, given)?;
    let payload = context.payload(kind, &shown);
    context.note(directory, row.organization_id, kind, payload);
    Ok(())
}

pub(super) fn shown<'a>(
    context: &Context<'_>,
    directory: &'a Directory,
    row: &'a Checkout,
    given: &Given<'a>,
) -> Result<answers::Checkout<'a>, Refusal> {
    let mut shown = checkout(directory, row, context.world.site.url())?;
    if let Some(given) = given.metadata {
        shown.metadata = MetadataView(given);
    }
    if let Some(given) = given.customer_metadata {
        shown.customer_metadata = MetadataView(given);
    }
    Ok(shown)
}

/// Lets a checkout expire, if it is still open then.
pub(super) fn expire(
    context: &Context<'_>,
    directory: &mut Directory,
    old: &Checkout,
) -> Result<(), Refusal> {
    let Some(row) = rules::expire_checkout(old, context.now) else {
        return Ok(());
    };
    let row = directory.put_checkout(row);
    tell(
        context,
        directory,
        "checkout.expired",
        &row,
        &Given::default(),
    )
}

/// Opens a checkout again whose payment failed, and gives its discount back.
pub(super) fn fail_payment(
    context: &Context<'_>,
    directory: &mut Directory,
    old: &Checkout,
) -> Result<(), Refusal> {
    let Some(row) = rules::fail_checkout(old, context.now) else {
        return Ok(());
    };
    let discount = old.discount_id.and_then(|id| directory.discounts.get(id));
    if let Some(discount) = discount.filter(|_| old.status == "confirmed") {
        directory.discounts.put(Discount {
            redemptions_count: discount.redemptions_count - 1,
            ..Discount::clone(&discount)
        });
    }
    let row = directory.put_checkout(row);
    tell(
        context,
        directory,
        "checkout.updated",
        &row,
        &Given::default(),
    )?;
    if let Some(due) = row.next_change() {
        // The scheduler may have passed it over while it was confirmed.
        let due = due.max(context.now);
        context.world.pending.put(due, Job::CheckoutExpires(row.id));
    }
    Ok(())
}
