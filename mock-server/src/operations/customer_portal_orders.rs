//! `customer_portal:orders:*`

use std::sync::Arc;

use uuid::Uuid;

use super::Call;
use super::customer_portal::portal_customer;
use super::orders::{ask_for_invoice, compare, no_invoice, update_order};
use super::resources::{customer_order, pagination};
use crate::answer::{Answer, Null, Outcome};
use crate::generated::answers::{CustomerOrder, CustomerOrderInvoice, ListResourceCustomerOrder};
use crate::generated::operations::CustomerPortalOrders;
use crate::generated::requests::{
    CustomerPortalOrdersGenerateInvoice, CustomerPortalOrdersGet, CustomerPortalOrdersInvoice,
    CustomerPortalOrdersList, CustomerPortalOrdersUpdate,
};
use crate::refusal::Refusal;
use crate::rules::{self, Page, is_one_of, is_some_of};
use crate::state::{Directory, Order};

impl CustomerPortalOrders for Call<'_> {
    fn list(&self, asked: CustomerPortalOrdersList) -> Outcome<ListResourceCustomerOrder<'static>> {
        let directory = self.world.read();
        let customer = portal_customer(self, &directory)?;
        let page = Page::new(asked.page, asked.limit)?;
        let query = rules::search(asked.query.as_deref())?;
        let mut rows = directory.orders_of(customer.id);
        rows.retain(|row| {
            let Some(product) = directory.products.find(row.product_id) else {
                return false;
            };
            let (billing_type, name) = (product.billing_type(), &product.name);
            is_one_of(&row.product_id, asked.product_id.as_ref())
                && is_one_of(billing_type, asked.product_billing_type.as_ref())
                && is_some_of(row.subscription_id.as_ref(), asked.subscription_id.as_ref())
                && query
                    .as_ref()
                    .is_none_or(|query| name.to_lowercase().contains(query))
        });
        rules::sort(
            asked.sorting.as_deref(),
            &["-created_at"],
            &mut rows,
            |criterion, a, b| compare(&directory, criterion, a, b),
        );
        let items = page.of(&rows).iter();
        let items = items.map(|row| customer_order(&directory, row));
        Answer::of(&ListResourceCustomerOrder {
            items: items.collect::<Result<_, _>>()?,
            pagination: pagination(page, rows.len()),
        })
    }

    fn get(&self, asked: CustomerPortalOrdersGet) -> Outcome<CustomerOrder<'static>> {
        let directory = self.world.read();
        let row = own_order(self, &directory, asked.id)?;
        Answer::of(&customer_order(&directory, &row)?)
    }

    fn update(&self, asked: CustomerPortalOrdersUpdate) -> Outcome<CustomerOrder<'static>> {
        let mut directory = self.world.write();
        let old = own_order(self, &directory, asked.id)?;
        let (name, address) = (asked.body.billing_name, asked.body.billing_address);
        let row = update_order(&self.context(), &mut directory, &old, name, address)?;
        Answer::of(&customer_order(&directory, &row)?)
    }

    fn generate_invoice(&self, asked: CustomerPortalOrdersGenerateInvoice) -> Outcome<Null> {
        let directory = self.world.read();
        let row = own_order(self, &directory, asked.id)?;
        ask_for_invoice(&row)
    }

    fn invoice(
        &self,
        asked: CustomerPortalOrdersInvoice,
    ) -> Outcome<CustomerOrderInvoice<'static>> {
        let directory = self.world.read();
        let row = own_order(self, &directory, asked.id)?;
        Err(no_invoice(&row))
    }
}

/// An order of the customer whose portal it is.
fn own_order(call: &Call<'_>, directory: &Directory, id: Uuid) -> Result<Arc<Order>, Refusal> {
    let customer = portal_customer(call, directory)?;
    let found = directory.orders.get(id);
    let own = found.filter(|row| row.customer_id == customer.id);
    own.ok_or(Refusal::UNKNOWN)
}
