//! `Subscription`.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::customer::CustomerView;
use super::product::{ProductView, prices};
use crate::answer::MetadataView;
use crate::json::Dict;
use crate::rules::Refusal;
use crate::state::{Directory, Product, Subscription};

/// `Subscription` with its customer and product.
#[derive(Clone)]
pub(in crate::operations) struct SubscriptionView {
    row: Arc<Subscription>,
    customer: CustomerView,
    product: Arc<Product>,
    product_view: ProductView,
    metadata: Option<Dict>,
}

impl SubscriptionView {
    /// A subscription always has a customer and a product; losing one is this server's mistake.
    pub(in crate::operations) fn new(
        directory: &Directory,
        row: Arc<Subscription>,
    ) -> Result<Self, Refusal> {
        let customer = directory
            .customers
            .get(row.customer_id)
            .ok_or_else(|| Refusal::internal("a subscription has no customer"))?;
        let product = directory
            .products
            .get(row.product_id)
            .ok_or_else(|| Refusal::internal("a subscription has no product"))?;
        Ok(Self {
            row,
            customer: CustomerView::new(directory, customer),
            product_view: ProductView::new(directory, product.clone()),
            product,
            metadata: None,
        })
    }

    /// Shows metadata as it was just given.
    pub(in crate::operations) fn with_metadata(self, metadata: Option<Dict>) -> Self {
        Self { metadata, ..self }
    }
}

impl Serialize for SubscriptionView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = &*self.row;
        let prices = prices(&self.product);
        let mut map = serializer.serialize_map(None)?;
        base_entries(row, &self.product, &mut map)?;
        map.serialize_entry(
            "metadata",
            &MetadataView(self.metadata.as_ref().unwrap_or(&row.metadata.0)),
        )?;
        map.serialize_entry("custom_field_data", &serde_json::Map::new())?;
        map.serialize_entry("customer", &self.customer)?;
        map.serialize_entry("user_id", &row.customer_id)?;
        map.serialize_entry("user", &self.customer.user().with_github_username())?;
        map.serialize_entry("product", &self.product_view)?;
        map.serialize_entry("discount", &())?;
        map.serialize_entry("price", &prices.first())?;
        map.serialize_entry("prices", &prices)?;
        map.serialize_entry::<_, [(); 0]>("meters", &[])?;
        map.serialize_entry("pending_update", &())?;
        map.end()
    }
}

/// What every form of a subscription begins with.
pub(super) fn base_entries<M: SerializeMap>(
    row: &Subscription,
    product: &Product,
    map: &mut M,
) -> Result<(), M::Error> {
    let price = product.prices.first();
    map.serialize_entry("created_at", &row.created_at)?;
    map.serialize_entry("modified_at", &row.modified_at)?;
    map.serialize_entry("id", &row.id)?;
    map.serialize_entry("amount", &amount(product))?;
    map.serialize_entry("currency", currency(product))?;
    map.serialize_entry("recurring_interval", &product.recurring_interval)?;
    map.serialize_entry(
        "recurring_interval_count",
        &product.recurring_interval_count,
    )?;
    map.serialize_entry("status", &row.status)?;
    map.serialize_entry("current_period_start", &row.current_period_start)?;
    map.serialize_entry("current_period_end", &row.current_period_end)?;
    for name in [
        "current_meter_period_start",
        "current_meter_period_end",
        "trial_start",
        "trial_end",
    ] {
        map.serialize_entry(name, &())?;
    }
    map.serialize_entry("cancel_at_period_end", &row.cancel_at_period_end)?;
    map.serialize_entry("canceled_at", &row.canceled_at)?;
    map.serialize_entry("started_at", &row.started_at)?;
    map.serialize_entry("ends_at", &row.ends_at)?;
    map.serialize_entry("ended_at", &row.ended_at)?;
    map.serialize_entry("past_due_at", &())?;
    map.serialize_entry("pause_at_period_end", &false)?;
    map.serialize_entry("paused_at", &())?;
    map.serialize_entry("resumes_at", &())?;
    map.serialize_entry("customer_id", &row.customer_id)?;
    map.serialize_entry("product_id", &row.product_id)?;
    for name in ["discount_id", "checkout_id", "seats", "units"] {
        map.serialize_entry(name, &())?;
    }
    map.serialize_entry(
        "customer_cancellation_reason",
        &row.customer_cancellation_reason,
    )?;
    map.serialize_entry(
        "customer_cancellation_comment",
        &row.customer_cancellation_comment,
    )?;
    map.serialize_entry("price_id", &price.map(|price| price.id))
}

/// What a period costs, in cents.
pub(super) fn amount(product: &Product) -> i64 {
    let price = product
        .prices
        .first()
        .and_then(|price| price.amount.get("price_amount"));
    price.and_then(serde_json::Value::as_i64).unwrap_or(0)
}

pub(super) fn currency(product: &Product) -> &str {
    product
        .prices
        .first()
        .map_or("usd", |price| price.price_currency.as_str())
}
