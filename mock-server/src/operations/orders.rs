//! `orders:*`

use std::sync::Arc;

use serde_json::value::to_raw_value;

use super::resources::order;
use super::{Call, Context};
use crate::answer::{Null, Outcome};
use crate::generated::operations::Orders;
use crate::generated::{answers, requests};
use crate::refusal::Refusal;
use crate::rules;
use crate::state::{Customer, Directory, Job, Order, Organization};

impl Orders for Call<'_> {
    fn list(&self, _: requests::OrdersList) -> Outcome<answers::ListResourceOrder<'static>> {
        Err(Refusal::NotModelled("Orders"))
    }

    fn get(&self, _: requests::OrdersGet) -> Outcome<answers::Order<'static>> {
        Err(Refusal::NotModelled("Orders"))
    }

    fn update(&self, _: requests::OrdersUpdate) -> Outcome<answers::Order<'static>> {
        Err(Refusal::NotModelled("Orders"))
    }

    fn generate_invoice(&self, _: requests::OrdersGenerateInvoice) -> Outcome<Null> {
        Err(Refusal::NotModelled("Orders"))
    }

    fn invoice(&self, _: requests::OrdersInvoice) -> Outcome<answers::OrderInvoice<'static>> {
        Err(Refusal::NotModelled("Orders"))
    }
}

/// Keeps a new order with the number of its invoice, and says so. One that is paid is treated by [`pay`] at once.
pub(super) fn place(
    context: &Context<'_>,
    directory: &mut Directory,
    row: Order,
) -> Result<Arc<Order>, Refusal> {
    let customer = customer_of(directory, &row)?;
    let organization: Option<&Organization> =
        directory.organizations.find(customer.organization_id);
    let organization =
        organization.ok_or_else(|| Refusal::internal("a customer has no organization"))?;
    let (row, customer) = rules::numbered(row, &customer, &organization.slug);
    directory.put_customer(customer);
    let row = directory.put_order(row);
    tell(context, directory, "order.created", &row)?;
    match row.is_paid() {
        true => pay(context, directory, &row),
        false => Ok(row),
    }
}

/// Lets an order be paid: with a receipt if anything was to be paid, and with the fee for it a little later.
pub(super) fn pay(
    context: &Context<'_>,
    directory: &mut Directory,
    order: &Order,
) -> Result<Arc<Order>, Refusal> {
    let row = directory.put_order(rules::paid_order(order));
    tell(context, directory, "order.updated", &row)?;
    if row.total_amount() == 0 {
        tell(context, directory, "order.paid", &row)?;
        return Ok(row);
    }
    let customer = customer_of(directory, &row)?;
    let (row, customer) = rules::with_receipt(&row, &customer);
    directory.put_customer(customer);
    let row = directory.put_order(row);
    tell(context, directory, "order.paid", &row)?;
    let pending = &context.world.pending;
    pending.put(context.now, Job::OrderPaid(row.id));
    context.world.bell.notify_one();
    Ok(touch(context, directory, &row))
}

/// Takes the fee for a payment.
pub(super) fn take_fee(
    context: &Context<'_>,
    directory: &mut Directory,
    order: &Order,
) -> Result<(), Refusal> {
    let fee = rules::platform_fee(order.total_amount());
    let row = directory.put_order(Order {
        platform_fee_amount: Some(fee),
        ..order.clone()
    });
    tell(context, directory, "order.updated", &row)?;
    touch(context, directory, &row);
    Ok(())
}

/// Notes that an order was just changed. What is told of a change is told before that.
fn touch(context: &Context<'_>, directory: &mut Directory, row: &Order) -> Arc<Order> {
    directory.put_order(Order {
        modified_at: Some(context.now),
        ..row.clone()
    })
}

/// Says what happened to an order.
fn tell(
    context: &Context<'_>,
    directory: &mut Directory,
    kind: &str,
    row: &Order,
) -> Result<(), Refusal> {
    let shown = order(directory, row)?;
    let organization_id = shown.customer.organization_id;
    let data = to_raw_value(&shown)
        .map_err(|error| Refusal::internal(format!("an order cannot be written: {error}")))?;
    context.emit(directory, organization_id, kind, &data);
    Ok(())
}

/// An order always has a customer; losing one is a mistake of this server.
fn customer_of(directory: &Directory, row: &Order) -> Result<Arc<Customer>, Refusal> {
    let found = directory.customers.get(row.customer_id);
    found.ok_or_else(|| Refusal::internal("an order has no customer"))
}
