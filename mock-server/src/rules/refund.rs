//! What of an order can be refunded, and what it is then (docs/behaviour.md#refunds).

use uuid::Uuid;

use super::keep_metadata;
use crate::json::{Dict, Value};
use crate::refusal::{OrderRefusal, Refusal};
use crate::state::{Order, Refund, Timestamp};

/// What is asked for.
#[derive(Debug)]
pub struct NewRefund<'n> {
    /// How much, without tax.
    pub amount: i128,
    /// Why.
    pub reason: String,
    /// What the seller says about it.
    pub comment: Option<String>,
    /// Whether the benefits are taken away.
    pub revoke_benefits: bool,
    /// What the seller keeps with it.
    pub metadata: Option<&'n Dict>,
}

/// Refunds a part of an order, or all of it.
pub fn refund(
    id: Uuid,
    order: &Order,
    new: NewRefund<'_>,
    now: Timestamp,
) -> Result<Refund, Refusal> {
    let refuse = |refusal| Err(Refusal::Order(refusal, order.id));
    if order.status == "refunded" {
        return refuse(OrderRefusal::RefundedAlready);
    }
    if new.revoke_benefits && order.subscription_id.is_some() {
        return refuse(OrderRefusal::BenefitsOfSubscription);
    }
    let amount = i64::try_from(new.amount).unwrap_or(i64::MAX);
    if amount > order.refundable_amount() {
        let message = "Refund amount exceeds refundable amount";
        return Err(Refusal::invalid(
            "amount",
            message,
            Value::integer(new.amount.into()),
        ));
    }
    if !order.is_paid() {
        return refuse(OrderRefusal::NoPayment);
    }
    // The database fails on U+0000.
    if new.comment.as_ref().is_some_and(|text| text.contains('\0')) {
        return Err(Refusal::Crash);
    }
    Ok(Refund {
        id,
        order_id: order.id,
        status: "succeeded".into(),
        reason: new.reason,
        amount,
        tax_amount: refunded_tax(order, amount),
        comment: new.comment,
        revoke_benefits: new.revoke_benefits,
        metadata: new
            .metadata
            .map(keep_metadata)
            .transpose()?
            .unwrap_or_default(),
        created_at: now,
        modified_at: None,
    })
}

/// The tax that goes back with an amount: all that is left with the rest, else the same part of it, in floating point as the
/// real server does.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
fn refunded_tax(order: &Order, amount: i64) -> i64 {
    let left = order.refundable_tax_amount();
    if amount == order.refundable_amount() || order.tax_amount == 0 {
        return left;
    }
    let ratio = order.tax_amount as f64 / order.net_amount as f64;
    let tax = (amount as f64 * ratio).round_ties_even() as i64;
    tax.min(left)
}

/// The order after a refund.
pub fn refunded_order(order: &Order, refund: &Refund, now: Timestamp) -> Order {
    let refunded_amount = order.refunded_amount + refund.amount;
    let status = match refunded_amount >= order.net_amount {
        true => "refunded",
        false => "partially_refunded",
    };
    Order {
        status: status.into(),
        refunded_amount,
        refunded_tax_amount: order.refunded_tax_amount + refund.tax_amount,
        modified_at: Some(now),
        ..order.clone()
    }
}
