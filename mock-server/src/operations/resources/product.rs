//! `Product` with its prices and benefits.

use std::borrow::Cow;

use super::benefit::benefit;
use super::price::prices;
use crate::answer::MetadataView;
use crate::generated::answers;
use crate::state::{Directory, Product};

/// A product as the seller sees it.
pub(in crate::operations) fn product<'a>(
    directory: &'a Directory,
    row: &'a Product,
) -> answers::Product<'a> {
    let benefits = row.benefits.iter();
    let benefits = benefits.filter_map(|&id| directory.benefits.find(id));
    let benefits = benefits.filter(|benefit| benefit.deleted_at.is_none());
    answers::Product {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        trial_interval: row.trial_interval.as_deref().map(Cow::Borrowed),
        trial_interval_count: row.trial_interval_count,
        name: Cow::Borrowed(&row.name),
        description: row.description.as_deref().map(Cow::Borrowed),
        visibility: Cow::Borrowed(&row.visibility),
        recurring_interval: row.recurring_interval.as_deref().map(Cow::Borrowed),
        recurring_interval_count: row.recurring_interval_count,
        meter_interval: row.meter_interval.as_deref().map(Cow::Borrowed),
        meter_interval_count: row.meter_interval_count,
        is_recurring: row.recurring_interval.is_some(),
        is_archived: row.is_archived,
        organization_id: row.organization_id,
        metadata: MetadataView(&row.metadata.0),
        is_deletable: !directory.is_subscribed(row.id),
        prices: prices(row),
        benefits: benefits.map(benefit).collect(),
        attached_custom_fields: row
            .attached_custom_fields
            .iter()
            .map(Cow::Borrowed)
            .collect(),
    }
}

/// A product without its prices and benefits.
pub(super) fn order_product(row: &Product) -> answers::OrderProduct<'_> {
    answers::OrderProduct {
        metadata: MetadataView(&row.metadata.0),
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        trial_interval: row.trial_interval.as_deref().map(Cow::Borrowed),
        trial_interval_count: row.trial_interval_count,
        name: Cow::Borrowed(&row.name),
        description: row.description.as_deref().map(Cow::Borrowed),
        visibility: Cow::Borrowed(&row.visibility),
        recurring_interval: row.recurring_interval.as_deref().map(Cow::Borrowed),
        recurring_interval_count: row.recurring_interval_count,
        meter_interval: row.meter_interval.as_deref().map(Cow::Borrowed),
        meter_interval_count: row.meter_interval_count,
        is_recurring: row.recurring_interval.is_some(),
        is_archived: row.is_archived,
        organization_id: row.organization_id,
    }
}
