//! What an order says and costs, and how it becomes paid (docs/behaviour.md#orders).

use uuid::Uuid;

use super::price::CURRENCY;
use crate::state::{Customer, Metadata, Order, OrderItem, Price, Product, Timestamp, new_short_id};

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

/// What an item says that is for the price of a product: how many seats, where they are counted.
pub fn price_label(product: &Product, price: &Price, seats: Option<i64>) -> String {
    let name = &product.name;
    match seats.filter(|_| price.amount_type == "seat_based") {
        Some(1) => format!("{name} (1 seat)"),
        Some(seats) => format!("{name} ({seats} seats)"),
        None => name.clone(),
    }
}

/// What an item says that is for a period of a subscription.
pub fn period_label(product: &Product, from: Timestamp, to: Timestamp) -> String {
    format!("{} — From {} to {}", product.name, from.date(), to.date())
}

/// What an item says that is for a trial.
pub fn trial_label(product: &Product, from: Timestamp, to: Timestamp) -> String {
    let (name, from, to) = (&product.name, from.date(), to.date());
    format!("Trial period for {name} ({from} - {to})")
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

/// The order when it is paid.
pub fn paid_order(order: &Order) -> Order {
    Order {
        status: "paid".into(),
        next_payment_attempt_at: None,
        ..order.clone()
    }
}

/// The order with the number of its receipt, and its customer, who has one receipt more.
pub fn with_receipt(order: &Order, customer: &Customer) -> (Order, Customer) {
    let receipts = customer.receipts + 1;
    let short_id = customer.short_id.clone().unwrap_or_else(new_short_id);
    let order = Order {
        receipt_number: Some(format!("RCPT-{short_id}-{receipts:04}")),
        ..order.clone()
    };
    let customer = Customer {
        receipts,
        short_id: Some(short_id),
        ..customer.clone()
    };
    (order, customer)
}

/// What the seller pays Polar for a payment, to the nearest cent; half a cent counts as one.
pub fn platform_fee(total_amount: i64) -> i64 {
    (total_amount * FEE_BASIS_POINTS + FEE_FIXED * 10_000 + 5_000) / 10_000
}
