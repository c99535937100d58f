//! `customer_portal:customers:get`: who the customer of a portal session is.

use super::Call;
use super::customer_portal::portal_customer;
use super::resources;
use crate::answer::{Answer, Outcome};
use crate::generated::answers::CustomerPortalCustomer;
use crate::generated::operations::CustomerPortalCustomers;
use crate::generated::requests::CustomerPortalCustomersGet;

impl CustomerPortalCustomers for Call<'_> {
    fn get(&self, _: CustomerPortalCustomersGet) -> Outcome<CustomerPortalCustomer<'static>> {
        let row = portal_customer(self, &self.world.read())?;
        Answer::of(&resources::portal_customer(&row))
    }
}
