//! Keeps subscriptions, and says what happened to them.

use std::sync::Arc;

use serde_json::value::to_raw_value;

use super::Context;
use super::resources::subscription;
use crate::refusal::Refusal;
use crate::rules::{self, Changed};
use crate::state::{Directory, Job, Subscription};

/// Ends a subscription at once and says so. Its grants follow.
pub(super) fn end_subscription(
    context: &Context<'_>,
    directory: &mut Directory,
    old: &Subscription,
) -> Result<Arc<Subscription>, Refusal> {
    let ended = rules::end_subscription(old, context.now);
    store(context, directory, ended, &rules::ENDED)
}

/// Keeps a subscription that changed, and says what happened to it.
pub(super) fn keep(
    context: &Context<'_>,
    directory: &mut Directory,
    changed: Changed,
) -> Result<Arc<Subscription>, Refusal> {
    store(context, directory, changed.subscription, &changed.events)
}

/// Keeps a new or changed subscription, and says what happened to it.
pub(super) fn store(
    context: &Context<'_>,
    directory: &mut Directory,
    row: Subscription,
    events: &[&str],
) -> Result<Arc<Subscription>, Refusal> {
    let row = directory.put_subscription(row);
    let shown = subscription(directory, &row)?;
    let organization_id = shown.product.organization_id;
    let data = to_raw_value(&shown)
        .map_err(|error| Refusal::internal(format!("a subscription cannot be written: {error}")))?;
    for kind in events {
        context.emit(directory, organization_id, kind, &data);
    }
    if let Some(due) = row.next_change() {
        context.world.pending.put(due, Job::PeriodEnds(row.id));
        context.world.bell.notify_one();
    }
    Ok(row)
}
