//! `CustomerState`: a customer, what they subscribed to and what they were given.

use std::borrow::Cow;
use std::sync::Arc;

use super::customer::customer;
use super::license_key::display_key;
use super::subscription::{amount, currency};
use crate::answer::MetadataView;
use crate::generated::answers::{
    BenefitGrantCustomProperties, BenefitGrantFeatureFlagProperties,
    BenefitGrantLicenseKeysProperties, CustomerState, CustomerStateBenefitGrant,
    CustomerStateBenefitGrantProperties, CustomerStateSubscription,
};
use crate::rules::Refusal;
use crate::state::{Customer, Directory, Grant, KeyTable, Subscription};

/// What a customer ever had.
pub(in crate::operations) struct Holdings {
    customer: Arc<Customer>,
    subscriptions: Vec<Arc<Subscription>>,
    grants: Vec<Arc<Grant>>,
}

impl Holdings {
    pub(in crate::operations) fn of(directory: &Directory, customer: Arc<Customer>) -> Self {
        Self {
            subscriptions: directory.subscriptions_of(customer.id),
            grants: directory.grants_of_customer(customer.id),
            customer,
        }
    }

    /// What they have now.
    pub(in crate::operations) fn state<'a>(
        &'a self,
        directory: &'a Directory,
        keys: &KeyTable,
    ) -> Result<CustomerState<'a>, Refusal> {
        let active = self.subscriptions.iter().filter(|row| row.is_active());
        let granted = self.grants.iter().filter(|row| row.is_granted());
        Ok(CustomerState {
            customer: customer(directory, &self.customer),
            active_subscriptions: active
                .map(|row| subscription(directory, row))
                .collect::<Result<_, _>>()?,
            granted_benefits: granted
                .map(|row| grant(directory, keys, row))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// A subscription always has a recurring product; anything else is a mistake of this server.
fn subscription<'a>(
    directory: &'a Directory,
    row: &'a Subscription,
) -> Result<CustomerStateSubscription<'a>, Refusal> {
    let product = directory.products.find(row.product_id);
    let product = product.ok_or_else(|| Refusal::internal("a subscription has no product"))?;
    let interval = product.recurring_interval.as_deref();
    let interval = interval.ok_or_else(|| Refusal::internal("a subscription does not recur"))?;
    Ok(CustomerStateSubscription {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        metadata: MetadataView(&row.metadata.0),
        status: Cow::Borrowed(&row.status),
        amount: amount(product),
        currency: currency(product).into(),
        recurring_interval: interval.into(),
        current_period_start: row.current_period_start,
        current_period_end: row.current_period_end,
        cancel_at_period_end: row.cancel_at_period_end,
        canceled_at: row.canceled_at,
        started_at: Some(row.started_at),
        ends_at: row.ends_at,
        product_id: row.product_id,
        price_id: product.prices.first().map(|price| price.id),
    })
}

/// A grant always has a benefit; losing it is a mistake of this server.
fn grant<'a>(
    directory: &'a Directory,
    keys: &KeyTable,
    row: &'a Grant,
) -> Result<CustomerStateBenefitGrant<'a>, Refusal> {
    let benefit = directory.benefits.find(row.benefit_id);
    let benefit = benefit.ok_or_else(|| Refusal::internal("a grant has no benefit"))?;
    let granted_at = row.granted_at;
    Ok(CustomerStateBenefitGrant {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        granted_at: granted_at
            .ok_or_else(|| Refusal::internal("a grant in force was never given"))?,
        benefit_id: row.benefit_id,
        benefit_type: Cow::Borrowed(&benefit.kind),
        benefit_metadata: MetadataView(&benefit.metadata.0),
        properties: properties(keys, &benefit.kind, row),
    })
}

/// What a grant says of what it gave: the key, if it gave one.
fn properties(
    keys: &KeyTable,
    benefit_type: &str,
    row: &Grant,
) -> CustomerStateBenefitGrantProperties<'static> {
    use CustomerStateBenefitGrantProperties as Properties;
    match benefit_type {
        "license_keys" => {
            let cell = row.license_key_id.and_then(|id| keys.get(id));
            Properties::BenefitGrantLicenseKeysProperties(BenefitGrantLicenseKeysProperties {
                user_provided_key: None,
                license_key_id: row.license_key_id.map(|id| id.to_string().into()),
                display_key: cell.map(|cell| display_key(&cell.row.lock().key).into()),
            })
        }
        "feature_flag" => {
            Properties::BenefitGrantFeatureFlagProperties(BenefitGrantFeatureFlagProperties {})
        }
        _ => Properties::BenefitGrantCustomProperties(BenefitGrantCustomProperties {}),
    }
}
