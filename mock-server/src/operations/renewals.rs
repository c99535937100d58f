//! Periods of subscriptions are billed and paid, or not (docs/behaviour.md#renewals).

use std::sync::Arc;

use super::Context;
use super::grants::{cycle, follow_and_emit, granted};
use super::orders::{customer_of, pay, place, update, write_off};
use super::resources::{discount_of, plan};
use super::subscription_store::{end_subscription, keep};
use crate::contract::Currency;
use crate::refusal::Refusal;
use crate::rules::{self, AfterFailure, Bill, Billed};
use crate::state::{Customer, Directory, Job, Order, Subscription, new_uuid};

/// Bills a subscription for what is to be paid now. The order is pending.
pub(super) fn bill(
    context: &Context<'_>,
    directory: &mut Directory,
    subscription: &Subscription,
    bill: Bill,
) -> Result<Arc<Order>, Refusal> {
    let order = order_for(context, directory, subscription, bill)?;
    directory.put_subscription(Subscription {
        pending_items: Vec::new(),
        ..subscription.clone()
    });
    place_and_balance(context, directory, order)
}

/// Keeps a new order, and what it makes of the customer's balance.
pub(super) fn place_and_balance(
    context: &Context<'_>,
    directory: &mut Directory,
    order: Order,
) -> Result<Arc<Order>, Refusal> {
    let order = place(context, directory, order)?;
    let customer = customer_of(directory, &order)?;
    let balance = rules::balance_after(&customer, &order);
    directory.put_customer(Customer {
        balance,
        ..Customer::clone(&customer)
    });
    Ok(order)
}

/// The order for what is to be paid now.
pub(super) fn order_for(
    context: &Context<'_>,
    directory: &Directory,
    subscription: &Subscription,
    bill: Bill,
) -> Result<Order, Refusal> {
    let product = plan(directory, subscription)?;
    let customer: Option<&Customer> = directory.customers.find(subscription.customer_id);
    let customer = customer.ok_or_else(|| Refusal::internal("a subscription has no customer"))?;
    let mut items = subscription.pending_items.clone();
    let reason = match bill {
        Bill::Period => {
            items.extend(rules::period_items(subscription, product, new_uuid));
            "subscription_cycle"
        }
        Bill::Change => "subscription_update",
    };
    items.sort_by_key(|item| item.product_price_id);
    let billed = Billed {
        subscription,
        product,
        customer,
        discount: discount_of(directory, subscription),
    };
    let rates = &context.settings.payments.taxes;
    Ok(rules::subscription_order(
        new_uuid(),
        billed,
        items,
        reason,
        rates,
        context.now,
    ))
}

/// Takes the money for an order of a subscription, if there is any to be had.
pub(super) fn charge(
    context: &Context<'_>,
    directory: &mut Directory,
    order: &Order,
) -> Result<(), Refusal> {
    let subscription = subscription_of(directory, order)?;
    let payment = context.settings.payments.default;
    let method = subscription.payment_method.as_deref();
    let due = order.due_amount();
    let least = Currency::of(&order.currency).map_or(0, Currency::least);
    if due == 0 || (due < least && method.is_some()) {
        let customer = customer_of(directory, order)?;
        directory.put_customer(Customer {
            balance: customer.balance - due,
            ..Customer::clone(&customer)
        });
        return settle(context, directory, order, write_off);
    }
    match method.is_some_and(|token| rules::pays_renewals(token, payment)) {
        true => settle(context, directory, order, pay),
        false => fail(context, directory, order),
    }
}

/// Tries a payment again that is due.
pub(super) fn retry(
    context: &Context<'_>,
    directory: &mut Directory,
    order: &Order,
) -> Result<(), Refusal> {
    let is_due = order
        .next_payment_attempt_at
        .is_some_and(|due| due <= context.now);
    match is_due && order.status == "pending" {
        true => charge(context, directory, order),
        false => Ok(()),
    }
}

/// Lets an order of a subscription be paid, with `pay`. The subscription is no longer past due if nothing else is.
pub(super) fn settle(
    context: &Context<'_>,
    directory: &mut Directory,
    order: &Order,
    pay: fn(&Context<'_>, &mut Directory, &Order) -> Result<Arc<Order>, Refusal>,
) -> Result<(), Refusal> {
    let subscription = subscription_of(directory, order)?;
    let is_left = pending_orders(directory, &subscription)
        .any(|other| other.id != order.id && other.next_payment_attempt_at.is_some());
    let is_reactivated = subscription.is_past_due() && !is_left;
    if is_reactivated {
        let changed = rules::reactivated(&subscription, context.now);
        keep(context, directory, changed)?;
    }
    pay(context, directory, order)?;
    if order.billing_reason == "subscription_cycle" {
        let grants = directory.grants_of_subscription(subscription.id);
        for grant in granted(grants) {
            cycle(context, directory, &grant)?;
        }
    }
    if is_reactivated {
        let subscription = subscription_of(directory, order)?;
        carry_on(context, directory, &subscription)?;
    }
    Ok(())
}

/// Notes that a payment failed.
fn fail(context: &Context<'_>, directory: &mut Directory, order: &Order) -> Result<(), Refusal> {
    let subscription = subscription_of(directory, order)?;
    let now = context.now;
    match rules::after_failure(order, &subscription, now) {
        AfterFailure::Nothing(order) => {
            directory.put_order(order);
        }
        AfterFailure::Retry(order) => try_later(context, directory, order),
        AfterFailure::PastDue(order) => {
            let changed = rules::past_due(&subscription, now);
            let subscription = keep(context, directory, changed)?;
            try_later(context, directory, order.clone());
            // Told only where there was nothing to pay with: nobody else tells of it then.
            if subscription.payment_method.is_none() {
                update(context, directory, order)?;
            }
            carry_on(context, directory, &subscription)?;
        }
        AfterFailure::End(order) => {
            directory.put_order(order);
            let subscription = end_subscription(context, directory, &subscription)?;
            carry_on(context, directory, &subscription)?;
        }
    }
    Ok(())
}

fn try_later(context: &Context<'_>, directory: &mut Directory, order: Order) {
    let due = order.next_payment_attempt_at;
    let order = directory.put_order(Order {
        modified_at: Some(context.now),
        ..order
    });
    if let Some(due) = due {
        context.world.pending.put(due, Job::PaymentDue(order.id));
        context.world.bell.notify_one();
    }
}

/// Lets what a subscription comes with follow its state: its grants, and what is still to be paid.
pub(super) fn carry_on(
    context: &Context<'_>,
    directory: &mut Directory,
    row: &Subscription,
) -> Result<(), Refusal> {
    follow_and_emit(context, directory, row)?;
    match row.is_ended() {
        true => give_up(context, directory, row),
        false => Ok(()),
    }
}

/// Gives up what is still to be paid for a subscription that has ended.
pub(super) fn give_up(
    context: &Context<'_>,
    directory: &mut Directory,
    subscription: &Subscription,
) -> Result<(), Refusal> {
    let pending: Vec<Arc<Order>> = pending_orders(directory, subscription).collect();
    for order in pending {
        let void = Order {
            status: "void".into(),
            next_payment_attempt_at: None,
            ..Order::clone(&order)
        };
        update(context, directory, void)?;
    }
    Ok(())
}

fn pending_orders<'d>(
    directory: &'d Directory,
    subscription: &Subscription,
) -> impl Iterator<Item = Arc<Order>> + use<'d> {
    let orders = directory.orders_of_subscription(subscription.id);
    orders.into_iter().filter(|order| order.status == "pending")
}

/// An order of a subscription always has one; losing it is a mistake of this server.
fn subscription_of(directory: &Directory, order: &Order) -> Result<Arc<Subscription>, Refusal> {
    let id = order.subscription_id;
    let found = id.and_then(|id| directory.subscriptions.get(id));
    found.ok_or_else(|| Refusal::internal("an order has no subscription"))
}
