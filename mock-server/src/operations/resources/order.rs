//! Orders as they are answered: to the seller, to the customer, and with a license key.

use std::borrow::Cow;

use super::customer::{address, customer, text};
use super::discount::discount_minimal;
use super::license_key::key_user;
use super::price::price;
use super::product::order_product;
use super::subscription::{customer_product, customer_subscription};
use crate::answer::MetadataView;
use crate::generated::answers::{
    CustomerOrder, CustomerOrderSubscription, LicenseKeyOrder, Order, OrderItemSchema,
    OrderSubscription, ProductPrice, SubscriptionUser,
};
use crate::refusal::Refusal;
use crate::state::{self, Directory, Product, Subscription};

/// The currency in which sellers pay Polar.
const FEE_CURRENCY: &str = "usd";

/// What the seller sees. An order always has a customer; losing one is a mistake of this server.
pub(in crate::operations) fn order<'a>(
    directory: &'a Directory,
    row: &'a state::Order,
) -> Result<Order<'a>, Refusal> {
    let buyer = directory.customers.find(row.customer_id);
    let buyer = buyer.ok_or_else(|| Refusal::internal("an order has no customer"))?;
    let sold = sold(directory, row)?;
    let shown = customer(directory, buyer);
    Ok(Order {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        status: Cow::Borrowed(&row.status),
        paid: row.is_paid(),
        subtotal_amount: row.subtotal_amount,
        discount_amount: row.discount_amount,
        net_amount: row.net_amount,
        tax_amount: row.tax_amount,
        total_amount: row.total_amount(),
        applied_balance_amount: row.applied_balance_amount,
        due_amount: row.due_amount(),
        refunded_amount: row.refunded_amount,
        refunded_tax_amount: row.refunded_tax_amount,
        currency: Cow::Borrowed(&row.currency),
        billing_reason: Cow::Borrowed(&row.billing_reason),
        billing_name: text(&row.billing_name),
        billing_address: row.billing_address.as_ref().map(address),
        invoice_number: text(&row.invoice_number),
        is_invoice_generated: row.is_invoice_generated,
        receipt_number: text(&row.receipt_number),
        seats: row.seats,
        units: row.units,
        customer_id: row.customer_id,
        product_id: Some(row.product_id),
        product_price_id: row.price_id(),
        discount_id: row.discount_id,
        subscription_id: row.subscription_id,
        checkout_id: row.checkout_id,
        next_payment_attempt_at: row.next_payment_attempt_at,
        metadata: MetadataView(&row.metadata.0),
        custom_field_data: MetadataView(&row.custom_field_data.0),
        platform_fee_amount: row.platform_fee_amount.unwrap_or_default(),
        platform_fee_currency: row.platform_fee_amount.map(|_| FEE_CURRENCY.into()),
        user_id: row.customer_id,
        user: SubscriptionUser {
            license_key_user: key_user(directory, buyer, shown.avatar_url.clone()),
        },
        customer: shown,
        product: Some(order_product(sold)),
        product_price: order_price(directory, row),
        discount: row
            .discount_id
            .and_then(|id| directory.discounts.find(id))
            .map(discount_minimal),
        subscription: subscription_of(directory, row)
            .map(|row| order_subscription(directory, row))
            .transpose()?,
        items: items(row),
        description: Cow::Borrowed(&sold.name),
        amount: row.net_amount,
        from_balance_amount: row.applied_balance_amount,
        refundable_amount: row.refundable_amount(),
        refundable_tax_amount: row.refundable_tax_amount(),
    })
}

/// What the customer sees.
pub(in crate::operations) fn customer_order<'a>(
    directory: &'a Directory,
    row: &'a state::Order,
) -> Result<CustomerOrder<'a>, Refusal> {
    let sold = sold(directory, row)?;
    Ok(CustomerOrder {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        status: Cow::Borrowed(&row.status),
        paid: row.is_paid(),
        subtotal_amount: row.subtotal_amount,
        discount_amount: row.discount_amount,
        net_amount: row.net_amount,
        tax_amount: row.tax_amount,
        total_amount: row.total_amount(),
        applied_balance_amount: row.applied_balance_amount,
        due_amount: row.due_amount(),
        refunded_amount: row.refunded_amount,
        refunded_tax_amount: row.refunded_tax_amount,
        currency: Cow::Borrowed(&row.currency),
        billing_reason: Cow::Borrowed(&row.billing_reason),
        billing_name: text(&row.billing_name),
        billing_address: row.billing_address.as_ref().map(address),
        invoice_number: text(&row.invoice_number),
        is_invoice_generated: row.is_invoice_generated,
        receipt_number: text(&row.receipt_number),
        seats: row.seats,
        units: row.units,
        customer_id: row.customer_id,
        product_id: Some(row.product_id),
        product_price_id: row.price_id(),
        discount_id: row.discount_id,
        subscription_id: row.subscription_id,
        checkout_id: row.checkout_id,
        next_payment_attempt_at: row.next_payment_attempt_at,
        user_id: row.customer_id,
        product: Some(customer_product(directory, sold)?),
        product_price: order_price(directory, row),
        subscription: subscription_of(directory, row)
            .map(|row| customer_order_subscription(directory, row))
            .transpose()?,
        items: items(row),
        description: Cow::Borrowed(&sold.name),
        amount: row.net_amount,
        from_balance_amount: row.applied_balance_amount,
        refundable_amount: row.refundable_amount(),
        refundable_tax_amount: row.refundable_tax_amount(),
    })
}

/// The order that a key came with.
pub(in crate::operations) fn order_of_key(row: &state::Order) -> LicenseKeyOrder<'_> {
    LicenseKeyOrder {
        id: row.id,
        created_at: row.created_at,
        status: Cow::Borrowed(&row.status),
        paid: row.is_paid(),
    }
}

/// The product of an order. There always is one; losing it is a mistake of this server.
fn sold<'a>(directory: &'a Directory, row: &state::Order) -> Result<&'a Product, Refusal> {
    let found = directory.products.find(row.product_id);
    found.ok_or_else(|| Refusal::internal("an order has no product"))
}

fn subscription_of<'a>(directory: &'a Directory, row: &state::Order) -> Option<&'a Subscription> {
    directory.subscriptions.find(row.subscription_id?)
}

/// The first price among the items, also where it is no longer offered.
fn order_price<'a>(directory: &'a Directory, row: &state::Order) -> Option<ProductPrice<'a>> {
    let id = row.price_id()?;
    let of = |product: &'a Product| {
        let found = product.prices.iter().find(|price| price.id == id);
        found.map(|row| price(product, row))
    };
    // The first item may be for what a subscription was to before it changed.
    let sold = directory.products.find(row.product_id).and_then(of);
    sold.or_else(|| directory.products.iter().find_map(|product| of(product)))
}

fn items(row: &state::Order) -> Vec<OrderItemSchema<'_>> {
    let items = row.items.iter();
    let items = items.map(|item| OrderItemSchema {
        created_at: row.created_at,
        id: item.id,
        label: Cow::Borrowed(&item.label),
        amount: item.amount,
        proration: item.proration,
        product_price_id: item.product_price_id,
    });
    items.collect()
}

fn order_subscription<'a>(
    directory: &'a Directory,
    row: &'a Subscription,
) -> Result<OrderSubscription<'a>, Refusal> {
    let shown = customer_order_subscription(directory, row)?;
    Ok(OrderSubscription {
        metadata: MetadataView(&row.metadata.0),
        created_at: shown.created_at,
        modified_at: shown.modified_at,
        id: shown.id,
        amount: shown.amount,
        currency: shown.currency,
        recurring_interval: shown.recurring_interval,
        recurring_interval_count: shown.recurring_interval_count,
        status: shown.status,
        current_period_start: shown.current_period_start,
        current_period_end: shown.current_period_end,
        trial_start: shown.trial_start,
        trial_end: shown.trial_end,
        cancel_at_period_end: shown.cancel_at_period_end,
        canceled_at: shown.canceled_at,
        started_at: shown.started_at,
        ends_at: shown.ends_at,
        ended_at: shown.ended_at,
        past_due_at: shown.past_due_at,
        pause_at_period_end: shown.pause_at_period_end,
        paused_at: shown.paused_at,
        resumes_at: shown.resumes_at,
        customer_id: shown.customer_id,
        product_id: shown.product_id,
        discount_id: shown.discount_id,
        checkout_id: shown.checkout_id,
        customer_cancellation_reason: shown.customer_cancellation_reason,
        customer_cancellation_comment: shown.customer_cancellation_comment,
        price_id: shown.price_id,
        user_id: row.customer_id,
    })
}

fn customer_order_subscription<'a>(
    directory: &'a Directory,
    row: &'a Subscription,
) -> Result<CustomerOrderSubscription<'a>, Refusal> {
    let shown = customer_subscription(directory, row)?;
    Ok(CustomerOrderSubscription {
        created_at: shown.created_at,
        modified_at: shown.modified_at,
        id: shown.id,
        amount: shown.amount,
        currency: shown.currency,
        recurring_interval: shown.recurring_interval,
        recurring_interval_count: shown.recurring_interval_count,
        status: shown.status,
        current_period_start: shown.current_period_start,
        current_period_end: shown.current_period_end,
        trial_start: shown.trial_start,
        trial_end: shown.trial_end,
        cancel_at_period_end: shown.cancel_at_period_end,
        canceled_at: shown.canceled_at,
        started_at: shown.started_at,
        ends_at: shown.ends_at,
        ended_at: shown.ended_at,
        past_due_at: row.past_due_at,
        pause_at_period_end: shown.pause_at_period_end,
        paused_at: shown.paused_at,
        resumes_at: shown.resumes_at,
        customer_id: shown.customer_id,
        product_id: shown.product_id,
        discount_id: row.discount_id,
        checkout_id: row.checkout_id,
        customer_cancellation_reason: shown.customer_cancellation_reason,
        customer_cancellation_comment: shown.customer_cancellation_comment,
        price_id: shown.price_id,
    })
}
