//! What a confirmed checkout makes of its buyer.

use uuid::Uuid;

use crate::json::Dict;
use crate::refusal::Refusal;
use crate::rules::keep_metadata;
use crate::state::{Checkout, Customer, CustomerType, Metadata, Timestamp, new_token};

/// The language of every checkout.
const LOCALE: &str = "en";

/// The customer that a checkout makes.
pub fn new_buyer(row: &Checkout, id: Uuid, now: Timestamp) -> Result<Customer, Refusal> {
    let customer = Customer {
        id,
        organization_id: row.organization_id,
        external_id: row.external_customer_id.clone(),
        email: row.customer_email.clone(),
        email_verified: false,
        kind: CustomerType::Individual,
        name: None,
        billing_name: None,
        billing_address: None,
        tax_id: None,
        locale: None,
        payment_processor_id: None,
        short_id: None,
        invoices: 0,
        balance: 0,
        receipts: 0,
        metadata: Metadata::default(),
        created_at: now,
        modified_at: None,
        deleted_at: None,
    };
    with_details(customer, row)
}

/// A customer who is known already, with what the checkout says of them.
pub fn known_buyer(
    customer: &Customer,
    row: &Checkout,
    now: Timestamp,
) -> Result<Customer, Refusal> {
    let customer = with_details(customer.clone(), row)?;
    Ok(Customer {
        modified_at: Some(now),
        ..customer
    })
}

fn with_details(mut customer: Customer, row: &Checkout) -> Result<Customer, Refusal> {
    let name = row
        .customer_billing_name
        .as_ref()
        .or(row.customer_name.as_ref());
    // The name may be that of whoever pays for a company: one that is known stays.
    if customer.name.is_none() {
        customer.name = name.cloned();
    }
    if let Some(name) = &row.customer_billing_name {
        customer.billing_name = Some(name.clone());
    }
    if let Some(address) = &row.customer_billing_address {
        customer.billing_address = Some(address.clone());
    }
    if let Some(tax_id) = &row.customer_tax_id {
        customer.tax_id = Some(tax_id.clone());
    }
    customer.locale = Some(LOCALE.to_owned());
    customer
        .payment_processor_id
        .get_or_insert_with(|| new_token("cus_"));
    let merged: Dict = [&customer.metadata, &row.customer_metadata]
        .into_iter()
        .flat_map(|metadata| metadata.0.iter())
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    customer.metadata = keep_metadata(&merged)?;
    Ok(customer)
}

/// Whether somebody with this id or this e-mail address made a checkout. What stands behind a plus in an address does not
/// count.
pub fn is_same_buyer(row: &Checkout, id: Option<Uuid>, email: Option<&str>) -> bool {
    let own = row.customer_email.as_deref().map(unaliased);
    let is_same_id = id.is_some() && row.customer_id == id;
    is_same_id || (own.is_some() && own == email.map(unaliased))
}

fn unaliased(email: &str) -> String {
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    let local = local.split_once('+').map_or(local, |(local, _)| local);
    format!("{local}@{domain}").to_lowercase()
}
