//! Refunds as they are answered.

use std::borrow::Cow;

use crate::answer::MetadataView;
use crate::generated::answers;
use crate::refusal::Refusal;
use crate::state::{self, Directory};

/// A refund. It always has an order, and that a customer; losing one is a mistake of this server.
pub(in crate::operations) fn refund<'a>(
    directory: &'a Directory,
    row: &'a state::Refund,
) -> Result<answers::Refund<'a>, Refusal> {
    let order: Option<&state::Order> = directory.orders.find(row.order_id);
    let order = order.ok_or_else(|| Refusal::internal("a refund has no order"))?;
    let customer: Option<&state::Customer> = directory.customers.find(order.customer_id);
    let customer = customer.ok_or_else(|| Refusal::internal("an order has no customer"))?;
    Ok(answers::Refund {
        created_at: row.created_at,
        modified_at: row.modified_at,
        id: row.id,
        metadata: MetadataView(&row.metadata.0),
        status: Cow::Borrowed(&row.status),
        reason: Cow::Borrowed(&row.reason),
        amount: row.amount,
        tax_amount: row.tax_amount,
        currency: Cow::Borrowed(&order.currency),
        organization_id: customer.organization_id,
        order_id: row.order_id,
        subscription_id: order.subscription_id,
        customer_id: order.customer_id,
        revoke_benefits: row.revoke_benefits,
    })
}
