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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;

    const NOW: &str = "2026-06-15T00:00:00Z";

    fn order(with: serde_json::Value) -> Order {
        let mut row = json!({
            "id": Uuid::from_u128(1), "customer_id": Uuid::from_u128(2), "product_id": Uuid::from_u128(3),
            "net_amount": 833, "tax_amount": 167,
        });
        let with = with.as_object().unwrap().clone();
        row.as_object_mut().unwrap().extend(with);
        serde_json::from_value(row).unwrap()
    }

    fn new(amount: i128) -> NewRefund<'static> {
        NewRefund {
            amount,
            reason: "other".into(),
            comment: None,
            revoke_benefits: false,
            metadata: None,
        }
    }

    #[test]
    fn a_refund_has_its_part_of_the_tax() {
        for (with, amount, tax) in [
            (json!({}), 833, 167),
            (json!({}), 100, 20),
            (json!({}), 1, 0),
            (json!({"tax_amount": 0}), 100, 0),
            // What is left goes with the rest, and no more.
            (
                json!({"refunded_amount": 733, "refunded_tax_amount": 146}),
                100,
                21,
            ),
            (
                json!({"refunded_amount": 1, "refunded_tax_amount": 160}),
                700,
                7,
            ),
            // Half a cent goes to the even one.
            (json!({"net_amount": 20, "tax_amount": 10}), 1, 0),
            (json!({"net_amount": 20, "tax_amount": 10}), 3, 2),
        ] {
            let made = refund(Uuid::nil(), &order(with.clone()), new(amount), at(NOW));
            let made = made.expect("it can be refunded");
            let expected = (i64::try_from(amount), tax);
            assert_eq!((Ok(made.amount), made.tax_amount), expected, "{with}");
        }
    }

    #[test]
    fn a_refund_is_refused_for_the_first_reason_there_is() {
        let id = Uuid::from_u128(1);
        let refused = |refusal| Err(Refusal::Order(refusal, id));
        let too_much = |amount: i64| {
            let message = "Refund amount exceeds refundable amount";
            Err(Refusal::invalid("amount", message, Value::Int(amount)))
        };
        let gone = json!({"status": "refunded", "refunded_amount": 833, "subscription_id": id});
        for (with, amount, revoke, expected) in [
            (gone, 9999, true, refused(OrderRefusal::RefundedAlready)),
            (
                json!({"subscription_id": id}),
                9999,
                true,
                refused(OrderRefusal::BenefitsOfSubscription),
            ),
            (json!({"status": "pending"}), 834, false, too_much(834)),
            (
                json!({"status": "pending"}),
                833,
                true,
                refused(OrderRefusal::NoPayment),
            ),
            (json!({"refunded_amount": 1}), 833, false, too_much(833)),
            (
                json!({"net_amount": 0, "tax_amount": 0}),
                1,
                false,
                too_much(1),
            ),
        ] {
            let asked = NewRefund {
                revoke_benefits: revoke,
                ..new(amount)
            };
            let outcome = refund(Uuid::nil(), &order(with.clone()), asked, at(NOW));
            assert_eq!(outcome, expected, "{with}");
        }
        let with_nul = NewRefund {
            comment: Some("\0".into()),
            ..new(1)
        };
        let outcome = refund(Uuid::nil(), &order(json!({})), with_nul, at(NOW));
        assert_eq!(outcome, Err(Refusal::Crash));
    }

    #[test]
    fn an_order_is_refunded_in_part_or_as_a_whole() {
        for (before, amount, status) in [
            (0, 832, "partially_refunded"),
            (0, 833, "refunded"),
            (800, 33, "refunded"),
        ] {
            let order = order(json!({"refunded_amount": before, "refunded_tax_amount": 5}));
            let made = Refund {
                tax_amount: 3,
                ..refund(Uuid::nil(), &order, new(amount), at(NOW)).expect("a refund")
            };
            let after = refunded_order(&order, &made, at(NOW));
            let expected = Order {
                status: status.into(),
                refunded_amount: before + made.amount,
                refunded_tax_amount: 8,
                modified_at: Some(at(NOW)),
                ..order
            };
            assert_eq!(after, expected);
        }
    }
}
