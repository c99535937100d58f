//! `customer_portal:orders:*`

use super::Call;
use crate::answer::{Null, Outcome};
use crate::generated::operations::CustomerPortalOrders;
use crate::generated::{answers, requests};
use crate::refusal::Refusal;

impl CustomerPortalOrders for Call<'_> {
    fn list(
        &self,
        _: requests::CustomerPortalOrdersList,
    ) -> Outcome<answers::ListResourceCustomerOrder<'static>> {
        Err(Refusal::NotModelled("CustomerPortalOrders"))
    }

    fn get(
        &self,
        _: requests::CustomerPortalOrdersGet,
    ) -> Outcome<answers::CustomerOrder<'static>> {
        Err(Refusal::NotModelled("CustomerPortalOrders"))
    }

    fn update(
        &self,
        _: requests::CustomerPortalOrdersUpdate,
    ) -> Outcome<answers::CustomerOrder<'static>> {
        Err(Refusal::NotModelled("CustomerPortalOrders"))
    }

    fn generate_invoice(&self, _: requests::CustomerPortalOrdersGenerateInvoice) -> Outcome<Null> {
        Err(Refusal::NotModelled("CustomerPortalOrders"))
    }

    fn invoice(
        &self,
        _: requests::CustomerPortalOrdersInvoice,
    ) -> Outcome<answers::CustomerOrderInvoice<'static>> {
        Err(Refusal::NotModelled("CustomerPortalOrders"))
    }
}
