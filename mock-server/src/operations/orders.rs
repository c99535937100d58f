//! `orders:*`

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::value::to_raw_value;
use uuid::Uuid;

use super::filters::{check_filters, moment};
use super::resources::{order, pagination};
use super::{Call, Context};
use crate::answer::{Answer, Null, Outcome};
use crate::contract::Patch;
use crate::generated::answers::{self, ListResourceOrder};
use crate::generated::operations::Orders;
use crate::generated::requests::{
    AddressInput, OrdersGenerateInvoice, OrdersGet, OrdersInvoice, OrdersList, OrdersUpdate,
};
use crate::refusal::{OrderRefusal, Refusal};
use crate::rules::{self, Page, is_one_of, is_some_of, nulls_last};
use crate::state::{Customer, Directory, Job, Order, Organization};

impl Orders for Call<'_> {
    fn list(&self, asked: OrdersList) -> Outcome<ListResourceOrder<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        let (ids, metadata) = (asked.external_customer_id.as_ref(), asked.metadata.as_ref());
        check_filters(
            ids,
            metadata,
            &[&asked.created_after, &asked.created_before],
        )?;
        let directory = self.world.read();
        let mut rows: Vec<&Arc<Order>> = directory
            .orders
            .iter()
            .filter(|row| is_listed(self, &directory, &asked, row))
            .collect();
        rules::sort(
            asked.sorting.as_deref(),
            &["-created_at"],
            &mut rows,
            |criterion, a, b| compare(&directory, criterion, a, b),
        );
        let items = page.of(&rows).iter();
        let items = items.map(|row| order(&directory, row));
        Answer::of(&ListResourceOrder {
            items: items.collect::<Result<_, _>>()?,
            pagination: pagination(page, rows.len()),
        })
    }

    fn get(&self, asked: OrdersGet) -> Outcome<answers::Order<'static>> {
        let directory = self.world.read();
        let row = own_order(self, &directory, asked.id)?;
        Answer::of(&order(&directory, &row)?)
    }

    fn update(&self, asked: OrdersUpdate) -> Outcome<answers::Order<'static>> {
        let mut directory = self.world.write();
        let old = own_order(self, &directory, asked.id)?;
        let (name, address) = (asked.body.billing_name, asked.body.billing_address);
        let row = update_order(&self.context(), &mut directory, &old, name, address)?;
        Answer::of(&order(&directory, &row)?)
    }

    fn generate_invoice(&self, asked: OrdersGenerateInvoice) -> Outcome<Null> {
        let directory = self.world.read();
        let row = own_order(self, &directory, asked.id)?;
        ask_for_invoice(&row)
    }

    fn invoice(&self, asked: OrdersInvoice) -> Outcome<answers::OrderInvoice<'static>> {
        let directory = self.world.read();
        let row = own_order(self, &directory, asked.id)?;
        Err(no_invoice(&row))
    }
}

fn is_listed(call: &Call<'_>, directory: &Directory, asked: &OrdersList, row: &Order) -> bool {
    let (customer, product) = (
        directory.customers.find(row.customer_id),
        directory.products.find(row.product_id),
    );
    let (Some(customer), Some(product)) = (customer, product) else {
        return false;
    };
    let (organization, external_id) = (customer.organization_id, &customer.external_id);
    let created = row.created_at;
    call.organizations().contains(&organization)
        && is_one_of(&organization, asked.organization_id.as_ref())
        && is_one_of(&row.product_id, asked.product_id.as_ref())
        && is_one_of(product.billing_type(), asked.product_billing_type.as_ref())
        && is_some_of(row.discount_id.as_ref(), asked.discount_id.as_ref())
        && is_one_of(&row.customer_id, asked.customer_id.as_ref())
        && is_some_of(external_id.as_ref(), asked.external_customer_id.as_ref())
        && is_some_of(row.checkout_id.as_ref(), asked.checkout_id.as_ref())
        && is_some_of(row.subscription_id.as_ref(), asked.subscription_id.as_ref())
        && is_one_of(&row.status, asked.status.as_ref())
        && moment(&asked.created_after).is_none_or(|after| created > after)
        && moment(&asked.created_before).is_none_or(|before| created < before)
        && asked
            .metadata
            .as_ref()
            .is_none_or(|wanted| rules::has_metadata(&row.metadata.0, wanted))
}

/// Compares two orders by what the seller or the customer sorts them by.
pub(super) fn compare(directory: &Directory, criterion: &str, a: &Order, b: &Order) -> Ordering {
    let email = |row: &Order| {
        let customer = directory.customers.find(row.customer_id);
        customer.and_then(|customer| customer.email.as_deref())
    };
    let product = |row: &Order| {
        let product = directory.products.find(row.product_id);
        product.map(|product| product.name.as_str())
    };
    let discount = |row: &Order| {
        let discount = row.discount_id.and_then(|id| directory.discounts.find(id));
        discount.map(|discount| discount.name.as_str())
    };
    match criterion {
        "created_at" => a.created_at.cmp(&b.created_at),
        "status" => rules::order_status_place(a).cmp(&rules::order_status_place(b)),
        "invoice_number" => nulls_last(&a.invoice_number, &b.invoice_number),
        "customer" => nulls_last(&email(a), &email(b)),
        "product" => product(a).cmp(&product(b)),
        "discount" => nulls_last(&discount(a), &discount(b)),
        "subscription" => nulls_last(&a.subscription_id, &b.subscription_id),
        // `amount` is the older name of `net_amount`.
        _ => a.net_amount.cmp(&b.net_amount),
    }
}

/// Changes what an invoice says of the buyer, and tells of it.
pub(super) fn update_order(
    context: &Context<'_>,
    directory: &mut Directory,
    old: &Order,
    name: Patch<String>,
    address: Patch<AddressInput>,
) -> Result<Arc<Order>, Refusal> {
    let address = address
        .change()
        .map(|given| given.map(|given| rules::address(&given)));
    let row = rules::update_order(old, name.change(), address, context.now)?;
    let row = directory.put_order(row);
    tell(context, directory, "order.updated", &row)?;
    Ok(row)
}

/// Asks for the document of an invoice, which is never made here.
pub(super) fn ask_for_invoice(row: &Order) -> Outcome<Null> {
    match (&row.billing_name, &row.billing_address) {
        (Some(_), Some(_)) => Answer::of(&Null),
        _ => Err(Refusal::Order(OrderRefusal::NoBillingDetails, row.id)),
    }
}

/// No invoice has a document.
pub(super) fn no_invoice(row: &Order) -> Refusal {
    Refusal::Order(OrderRefusal::NoInvoice, row.id)
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
    if order.due_amount() == 0 {
        return write_off(context, directory, order);
    }
    let row = directory.put_order(rules::paid_order(order, context.now));
    tell(context, directory, "order.updated", &row)?;
    let customer = customer_of(directory, &row)?;
    let (row, customer) = rules::with_receipt(&row, &customer, context.now);
    directory.put_customer(customer);
    let row = directory.put_order(row);
    tell(context, directory, "order.paid", &row)?;
    let pending = &context.world.pending;
    pending.put(context.now, Job::OrderPaid(row.id));
    context.world.bell.notify_one();
    Ok(row)
}

/// Lets an order count as paid for which no money is taken.
pub(super) fn write_off(
    context: &Context<'_>,
    directory: &mut Directory,
    order: &Order,
) -> Result<Arc<Order>, Refusal> {
    let row = directory.put_order(rules::paid_order(order, context.now));
    tell(context, directory, "order.updated", &row)?;
    tell(context, directory, "order.paid", &row)?;
    Ok(row)
}

/// Keeps an order that changed, and says so.
pub(super) fn update(
    context: &Context<'_>,
    directory: &mut Directory,
    row: Order,
) -> Result<Arc<Order>, Refusal> {
    let row = directory.put_order(Order {
        modified_at: Some(context.now),
        ..row
    });
    tell(context, directory, "order.updated", &row)?;
    Ok(row)
}

/// Takes the fee for a payment.
pub(super) fn take_fee(
    context: &Context<'_>,
    directory: &mut Directory,
    order: &Order,
) -> Result<(), Refusal> {
    let row = directory.put_order(rules::with_fee(order, context.now));
    tell(context, directory, "order.updated", &row)
}

/// Says what happened to an order.
pub(super) fn tell(
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
pub(super) fn customer_of(directory: &Directory, row: &Order) -> Result<Arc<Customer>, Refusal> {
    let found = directory.customers.get(row.customer_id);
    found.ok_or_else(|| Refusal::internal("an order has no customer"))
}

/// An order that the caller may touch.
pub(super) fn own_order(
    call: &Call<'_>,
    directory: &Directory,
    id: Uuid,
) -> Result<Arc<Order>, Refusal> {
    let found = directory.orders.get(id);
    let mine = |row: &Arc<Order>| {
        let customer = directory.customers.find(row.customer_id);
        customer.is_some_and(|customer| call.organizations().contains(&customer.organization_id))
    };
    found.filter(mine).ok_or(Refusal::UNKNOWN)
}
