//! `orders:*`

use super::Call;
use crate::answer::{Null, Outcome};
use crate::generated::operations::Orders;
use crate::generated::{answers, requests};
use crate::refusal::Refusal;

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
