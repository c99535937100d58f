//! `customer_portal:orders:*`: free subscriptions have no orders, so there are none.

use super::Call;
use super::customer_portal::portal_customer;
use super::resources::pagination;
use crate::answer::{Answer, Never, Outcome};
use crate::generated::answers::ListResourceCustomerOrder;
use crate::generated::operations::CustomerPortalOrders;
use crate::generated::requests::{CustomerPortalOrdersGet, CustomerPortalOrdersList};
use crate::refusal::Refusal;
use crate::rules::{self, Page};

impl CustomerPortalOrders for Call<'_> {
    fn list(&self, asked: CustomerPortalOrdersList) -> Outcome<ListResourceCustomerOrder> {
        portal_customer(self, &self.world.read())?;
        // Whatever else is asked for, none of none is shown.
        rules::search(asked.query.as_deref())?;
        Answer::of(&ListResourceCustomerOrder {
            items: Vec::new(),
            pagination: pagination(Page::new(asked.page, asked.limit)?, 0),
        })
    }

    fn get(&self, _: CustomerPortalOrdersGet) -> Outcome<Never> {
        Err(Refusal::UNKNOWN)
    }
}
