//! `Product` with its prices and benefits.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::benefit::BenefitView;
use super::price_amount::amount;
use crate::answer::MetadataView;
use crate::json::Dict;
use crate::state::{Directory, Price, Product};

/// `Product`.
#[derive(Clone)]
pub(in crate::operations) struct ProductView {
    row: Arc<Product>,
    benefits: Vec<BenefitView>,
    metadata: Option<Dict>,
    deletable: bool,
}

impl ProductView {
    pub(in crate::operations) fn new(directory: &Directory, row: Arc<Product>) -> Self {
        let benefits = row
            .benefits
            .iter()
            .filter_map(|&id| directory.benefits.get(id));
        let benefits = benefits
            .filter(|benefit| benefit.deleted_at.is_none())
            .map(BenefitView::new)
            .collect();
        let deletable = !directory.is_subscribed(row.id);
        Self {
            row,
            benefits,
            metadata: None,
            deletable,
        }
    }

    /// Shows metadata as it was just given.
    pub(in crate::operations) fn with_metadata(self, metadata: Option<Dict>) -> Self {
        Self { metadata, ..self }
    }
}

impl Serialize for ProductView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = &*self.row;
        let mut map = serializer.serialize_map(None)?;
        product_entries(row, &mut map)?;
        map.serialize_entry(
            "metadata",
            &MetadataView(self.metadata.as_ref().unwrap_or(&row.metadata.0)),
        )?;
        map.serialize_entry("is_deletable", &self.deletable)?;
        map.serialize_entry("prices", &prices(row))?;
        map.serialize_entry("benefits", &self.benefits)?;
        map.serialize_entry::<_, [(); 0]>("medias", &[])?;
        map.serialize_entry("attached_custom_fields", &row.attached_custom_fields)?;
        map.end()
    }
}

/// What every form of a product begins with.
pub(super) fn product_entries<M: SerializeMap>(row: &Product, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("id", &row.id)?;
    map.serialize_entry("created_at", &row.created_at)?;
    map.serialize_entry("modified_at", &row.modified_at)?;
    map.serialize_entry("trial_interval", &row.trial_interval)?;
    map.serialize_entry("trial_interval_count", &row.trial_interval_count)?;
    map.serialize_entry("name", &row.name)?;
    map.serialize_entry("description", &row.description)?;
    map.serialize_entry("visibility", &row.visibility)?;
    map.serialize_entry("recurring_interval", &row.recurring_interval)?;
    map.serialize_entry("recurring_interval_count", &row.recurring_interval_count)?;
    map.serialize_entry("meter_interval", &row.meter_interval)?;
    map.serialize_entry("meter_interval_count", &row.meter_interval_count)?;
    map.serialize_entry("is_recurring", &row.recurring_interval.is_some())?;
    map.serialize_entry("is_archived", &row.is_archived)?;
    map.serialize_entry("organization_id", &row.organization_id)
}

/// The prices that are still offered.
pub(super) fn prices(product: &Product) -> Vec<PriceView<'_>> {
    product
        .prices
        .iter()
        .filter(|price| !price.is_archived)
        .map(|price| PriceView { product, price })
        .collect()
}

/// `ProductPrice`.
pub(super) struct PriceView<'p> {
    product: &'p Product,
    price: &'p Price,
}

impl Serialize for PriceView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let price = self.price;
        let interval = &self.product.recurring_interval;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("created_at", &price.created_at)?;
        map.serialize_entry("modified_at", &price.modified_at)?;
        map.serialize_entry("id", &price.id)?;
        map.serialize_entry("source", "catalog")?;
        map.serialize_entry("amount_type", &price.amount_type)?;
        map.serialize_entry("price_currency", &price.price_currency)?;
        map.serialize_entry("tax_behavior", &price.tax_behavior)?;
        map.serialize_entry("is_archived", &price.is_archived)?;
        map.serialize_entry("product_id", &self.product.id)?;
        map.serialize_entry(
            "type",
            if interval.is_some() {
                "recurring"
            } else {
                "one_time"
            },
        )?;
        map.serialize_entry("recurring_interval", interval)?;
        for (name, value) in &amount(price) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
