//! `CustomerState`: a customer, what they subscribed to and what they were given.

use std::borrow::Cow;
use std::sync::Arc;

use super::customer::customer;
use super::grant::granted_key;
use super::subscription::subscription_state;
use crate::answer::MetadataView;
use crate::generated::answers::{
    BenefitGrantCustomProperties, CustomerState, CustomerStateBenefitGrant,
    CustomerStateBenefitGrantProperties,
};
use crate::refusal::Refusal;
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
                .map(|row| subscription_state(directory, row))
                .collect::<Result<_, _>>()?,
            granted_benefits: granted
                .map(|row| grant(directory, keys, row))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// A grant always has a benefit; losing it is a mistake of this server.
fn grant<'a>(
    directory: &'a Directory,
    keys: &KeyTable,
    row: &'a Grant,
) -> Result<CustomerStateBenefitGrant<'a>, Refusal> {
    use CustomerStateBenefitGrantProperties as Properties;
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
        properties: match row.license_key_id {
            Some(_) => Properties::BenefitGrantLicenseKeysProperties(granted_key(keys, row)),
            None => Properties::BenefitGrantCustomProperties(BenefitGrantCustomProperties {}),
        },
    })
}
