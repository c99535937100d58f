//! Grants as they are answered, to the seller and to the customer.

use std::borrow::Cow;

use super::benefit::{benefit, subscriber_benefit};
use super::customer::{customer, member, portal_customer};
use super::license_key::display_key;
use crate::generated::answers::{
    BenefitGrant, BenefitGrantCustomProperties, BenefitGrantLicenseKeysProperties,
    BenefitGrantProperties, CustomerBenefitGrant, CustomerBenefitGrantProperties,
};
use crate::refusal::Refusal;
use crate::state::{self, Benefit, Customer, Directory, Grant, KeyTable};

/// What is said of the key that a grant gave; nothing before there is one.
pub(in crate::operations) fn granted_key(
    keys: &KeyTable,
    row: &Grant,
) -> BenefitGrantLicenseKeysProperties<'static> {
    let cell = row.license_key_id.and_then(|id| keys.get(id));
    BenefitGrantLicenseKeysProperties {
        user_provided_key: None,
        license_key_id: row.license_key_id.map(|id| id.to_string().into()),
        display_key: cell.map(|cell| Cow::Owned(display_key(&cell.row.lock().key))),
    }
}

/// A grant as the seller sees it.
pub(in crate::operations) fn grant<'a>(
    directory: &'a Directory,
    keys: &KeyTable,
    row: &'a Grant,
) -> Result<BenefitGrant<'a>, Refusal> {
    use BenefitGrantProperties as Properties;
    let holder = row.member_id.and_then(|id| directory.members.find(id));
    Ok(BenefitGrant {
        created_at: row.created_at,
        modified_at: row.modified_at,
        id: row.id,
        granted_at: row.granted_at,
        is_granted: row.granted_at.is_some(),
        revoked_at: row.revoked_at,
        is_revoked: row.revoked_at.is_some(),
        subscription_id: row.subscription_id,
        order_id: row.order_id,
        customer_id: row.customer_id,
        member_id: row.member_id,
        benefit_id: row.benefit_id,
        customer: customer(directory, customer_of(directory, row)?),
        member: holder.map(member),
        benefit: benefit(benefit_of(directory, row)?),
        properties: match row.license_key_id {
            Some(_) => Properties::BenefitGrantLicenseKeysProperties(granted_key(keys, row)),
            None => Properties::BenefitGrantCustomProperties(BenefitGrantCustomProperties {}),
        },
        previous_properties: None,
        user_id: row.customer_id,
    })
}

/// A grant as its customer sees it.
pub(in crate::operations) fn customer_grant<'a>(
    directory: &'a Directory,
    keys: &KeyTable,
    row: &'a Grant,
) -> Result<CustomerBenefitGrant<'a>, Refusal> {
    use CustomerBenefitGrantProperties as Properties;
    let benefit = benefit_of(directory, row)?;
    let seller: Option<&state::Organization> =
        directory.organizations.find(benefit.organization_id);
    let seller = seller.ok_or_else(|| Refusal::internal("a benefit has no organization"))?;
    Ok(CustomerBenefitGrant {
        created_at: row.created_at,
        modified_at: row.modified_at,
        id: row.id,
        granted_at: row.granted_at,
        revoked_at: row.revoked_at,
        customer_id: row.customer_id,
        member_id: row.member_id,
        benefit_id: row.benefit_id,
        subscription_id: row.subscription_id,
        order_id: row.order_id,
        is_granted: row.granted_at.is_some(),
        is_revoked: row.revoked_at.is_some(),
        customer: portal_customer(customer_of(directory, row)?),
        benefit: subscriber_benefit(benefit, seller),
        properties: match row.license_key_id {
            Some(_) => Properties::BenefitGrantLicenseKeysProperties(granted_key(keys, row)),
            None => Properties::BenefitGrantCustomProperties(BenefitGrantCustomProperties {}),
        },
    })
}

/// A grant always has a customer; losing it is a mistake of this server.
fn customer_of<'a>(directory: &'a Directory, row: &Grant) -> Result<&'a Customer, Refusal> {
    let found = directory.customers.find(row.customer_id);
    found.ok_or_else(|| Refusal::internal("a grant has no customer"))
}

/// A grant always has a benefit; losing it is a mistake of this server.
fn benefit_of<'a>(directory: &'a Directory, row: &Grant) -> Result<&'a Benefit, Refusal> {
    let found = directory.benefits.find(row.benefit_id);
    found.ok_or_else(|| Refusal::internal("a grant has no benefit"))
}
