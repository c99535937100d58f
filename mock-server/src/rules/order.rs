//! What an order says and costs, and how it becomes paid (docs/behaviour.md#orders).

use uuid::Uuid;

use super::price::CURRENCY;
use super::{Goods, trial_item};
use crate::state::{
    Checkout, Customer, Metadata, Order, OrderItem, Product, Timestamp, new_short_id,
};

/// What the seller pays Polar for a payment: this many hundredths of a percent of it …
const FEE_BASIS_POINTS: i64 = 500;
/// … and this many cents.
const FEE_FIXED: i64 = 50;

/// An order of these items, pending, without a discount, taxes and numbers. Name and address are those of the customer.
pub fn new_order(
    id: Uuid,
    customer: &Customer,
    product_id: Uuid,
    items: Vec<OrderItem>,
    now: Timestamp,
) -> Order {
    let amount = items.iter().map(|item| item.amount).sum();
    Order {
        id,
        customer_id: customer.id,
        product_id,
        status: "pending".into(),
        billing_reason: "purchase".into(),
        currency: CURRENCY.into(),
        subtotal_amount: amount,
        discount_amount: 0,
        net_amount: amount,
        tax_amount: 0,
        applied_balance_amount: 0,
        refunded_amount: 0,
        refunded_tax_amount: 0,
        platform_fee_amount: None,
        billing_name: customer
            .billing_name
            .clone()
            .or_else(|| customer.name.clone()),
        billing_address: customer.billing_address.clone(),
        invoice_number: None,
        is_invoice_generated: false,
        receipt_number: None,
        seats: None,
        units: None,
        discount_id: None,
        subscription_id: None,
        checkout_id: None,
        next_payment_attempt_at: None,
        failed_payments: 0,
        items,
        custom_field_data: Metadata::default(),
        metadata: Metadata::default(),
        created_at: now,
        modified_at: None,
    }
}

/// The paid order of what was bought in a checkout: once, or in the first period of a subscription. `ids` are those of the
/// order and of its item.
pub fn checkout_order(
    ids: [Uuid; 2],
    checkout: &Checkout,
    goods: Goods<'_>,
    customer: &Customer,
    now: Timestamp,
) -> Order {
    let product = goods.product;
    let item = OrderItem {
        id: ids[1],
        label: product.name.clone(),
        amount: checkout.amount,
        proration: false,
        product_price_id: Some(checkout.product_price_id),
    };
    Order {
        status: "paid".into(),
        currency: checkout.currency.clone(),
        discount_amount: goods.discount_amount(checkout),
        net_amount: checkout.net_amount,
        tax_amount: checkout.tax_amount.unwrap_or_default(),
        seats: checkout.seats,
        units: checkout.units,
        discount_id: checkout.discount_id,
        checkout_id: Some(checkout.id),
        custom_field_data: checkout.custom_field_data.clone(),
        metadata: checkout.metadata.clone(),
        ..new_order(ids[0], customer, product.id, vec![item], now)
    }
}

/// The paid order of nothing for a trial that was begun in a checkout.
pub fn trial_order(
    ids: [Uuid; 2],
    checkout: &Checkout,
    customer: &Customer,
    product: &Product,
    now: Timestamp,
) -> Order {
    let end = checkout.trial_end.unwrap_or(now);
    let item = trial_item(ids[1], product, now, end);
    Order {
        status: "paid".into(),
        currency: checkout.currency.clone(),
        checkout_id: Some(checkout.id),
        custom_field_data: checkout.custom_field_data.clone(),
        metadata: checkout.metadata.clone(),
        ..new_order(ids[0], customer, product.id, vec![item], now)
    }
}

/// The order with the number of its invoice, and its customer, who has one invoice more. `slug` is that of the
/// organization.
pub fn numbered(order: Order, customer: &Customer, slug: &str) -> (Order, Customer) {
    let invoices = customer.invoices + 1;
    let short_id = customer.short_id.clone().unwrap_or_else(new_short_id);
    let number = format!("{}-{short_id}-{invoices:04}", slug.to_uppercase());
    let order = Order {
        invoice_number: Some(number),
        ..order
    };
    let customer = Customer {
        invoices,
        short_id: Some(short_id),
        ..customer.clone()
    };
    (order, customer)
}

/// The order when it is paid. One that was so from the start has not changed.
pub fn paid_order(order: &Order, now: Timestamp) -> Order {
    if order.is_paid() {
        return order.clone();
    }
    Order {
        status: "paid".into(),
        next_payment_attempt_at: None,
        modified_at: Some(now),
        ..order.clone()
    }
}

/// The order with the number of its receipt, and its customer, who has one receipt more.
pub fn with_receipt(order: &Order, customer: &Customer, now: Timestamp) -> (Order, Customer) {
    let receipts = customer.receipts + 1;
    let short_id = customer.short_id.clone().unwrap_or_else(new_short_id);
    let order = Order {
        receipt_number: Some(format!("RCPT-{short_id}-{receipts:04}")),
        modified_at: Some(now),
        ..order.clone()
    };
    let customer = Customer {
        receipts,
        short_id: Some(short_id),
        ..customer.clone()
    };
    (order, customer)
}

/// The order with what the seller pays Polar for its payment.
pub fn with_fee(order: &Order, now: Timestamp) -> Order {
    Order {
        platform_fee_amount: Some(platform_fee(order.due_amount())),
        modified_at: Some(now),
        ..order.clone()
    }
}

/// The place of its status among the others.
pub fn order_status_place(order: &Order) -> usize {
    let places = ["pending", "paid", "partially_refunded", "refunded"];
    let place = places.iter().position(|status| *status == order.status);
    place.unwrap_or(places.len())
}

/// What the seller pays Polar for a payment, to the nearest cent; half a cent counts as one.
fn platform_fee(total_amount: i64) -> i64 {
    (total_amount * FEE_BASIS_POINTS + FEE_FIXED * 10_000 + 5_000) / 10_000
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::subscribe::tests::product;

    const NOW: &str = "2026-06-15T00:00:00Z";

    fn customer(with: serde_json::Value) -> Customer {
        let mut row = json!({
            "id": Uuid::from_u128(1), "organization_id": Uuid::from_u128(2), "name": "Ann", "short_id": "ABCDEFGHIJ",
            "billing_address": {"country": "FR"},
        });
        let with = with.as_object().unwrap().clone();
        row.as_object_mut().unwrap().extend(with);
        serde_json::from_value(row).unwrap()
    }

    fn item(amount: i64) -> OrderItem {
        serde_json::from_value(json!({"id": Uuid::from_u128(5), "label": "x", "amount": amount}))
            .unwrap()
    }

    fn order(status: &str) -> Order {
        let items = vec![item(1000), item(500)];
        Order {
            status: status.into(),
            ..new_order(
                Uuid::from_u128(4),
                &customer(json!({})),
                product().id,
                items,
                at(NOW),
            )
        }
    }

    #[test]
    fn a_new_order_is_for_its_items_and_names_its_customer() {
        let new = order("pending");
        assert_eq!(
            (new.subtotal_amount, new.net_amount, new.total_amount()),
            (1500, 1500, 1500)
        );
        assert_eq!(new.billing_name.as_deref(), Some("Ann"));
        assert_eq!(new.billing_address, Some(json!({"country": "FR"})));
        let named = customer(json!({"billing_name": "Ann Ltd"}));
        let new = new_order(Uuid::nil(), &named, product().id, vec![], at(NOW));
        assert_eq!(new.billing_name.as_deref(), Some("Ann Ltd"));
    }

    #[test]
    fn invoices_and_receipts_are_counted_for_each_customer() {
        let buyer = customer(json!({"invoices": 9, "receipts": 3}));
        let (billed, after) = numbered(order("pending"), &buyer, "acme-one");
        assert_eq!(
            billed.invoice_number.as_deref(),
            Some("ACME-ONE-ABCDEFGHIJ-0010")
        );
        assert_eq!((after.invoices, after.receipts), (10, 3));
        let (paid, after) = with_receipt(&billed, &after, at(NOW));
        assert_eq!(paid.receipt_number.as_deref(), Some("RCPT-ABCDEFGHIJ-0004"));
        assert_eq!((after.invoices, after.receipts), (10, 4));
        assert_eq!(paid.modified_at, Some(at(NOW)));
        let nobody = customer(json!({"short_id": null}));
        let (billed, after) = numbered(order("pending"), &nobody, "acme");
        let letters = after.short_id.expect("the letters are made up");
        assert_eq!(billed.invoice_number, Some(format!("ACME-{letters}-0001")));
    }

    #[test]
    fn an_order_is_paid_once() {
        let due = Order {
            next_payment_attempt_at: Some(at(NOW)),
            ..order("pending")
        };
        let paid = Order {
            modified_at: Some(at(NOW)),
            ..order("paid")
        };
        assert_eq!(paid_order(&due, at(NOW)), paid);
        for status in ["paid", "partially_refunded", "refunded"] {
            assert_eq!(paid_order(&order(status), at(NOW)), order(status));
        }
    }

    #[test]
    fn polar_takes_five_percent_and_fifty_cents() {
        for (total, fee) in [
            (1000, 100),
            (2000, 150),
            (10, 51),
            (9, 50),
            (30, 52),
            (1, 50),
        ] {
            let paid = Order {
                net_amount: total - 1,
                tax_amount: 1,
                ..order("paid")
            };
            let after = with_fee(&paid, at(NOW));
            assert_eq!(after.platform_fee_amount, Some(fee), "{total}");
            assert_eq!(after.modified_at, Some(at(NOW)));
        }
    }

    #[test]
    fn statuses_of_orders_have_an_order() {
        let statuses = ["pending", "paid", "partially_refunded", "refunded", "void"];
        let places = statuses.map(|status| order_status_place(&order(status)));
        assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
    }
}
