//! `checkouts:*`

use super::Call;
use crate::answer::Outcome;
use crate::generated::operations::Checkouts;
use crate::generated::{answers, requests};
use crate::refusal::Refusal;

impl Checkouts for Call<'_> {
    fn list(&self, _: requests::CheckoutsList) -> Outcome<answers::ListResourceCheckout<'static>> {
        Err(Refusal::NotModelled("Checkouts"))
    }

    fn create(&self, _: requests::CheckoutsCreate) -> Outcome<answers::Checkout<'static>> {
        Err(Refusal::NotModelled("Checkouts"))
    }

    fn get(&self, _: requests::CheckoutsGet) -> Outcome<answers::Checkout<'static>> {
        Err(Refusal::NotModelled("Checkouts"))
    }

    fn update(&self, _: requests::CheckoutsUpdate) -> Outcome<answers::Checkout<'static>> {
        Err(Refusal::NotModelled("Checkouts"))
    }

    fn client_get(
        &self,
        _: requests::CheckoutsClientGet,
    ) -> Outcome<answers::CheckoutPublic<'static>> {
        Err(Refusal::NotModelled("Checkouts"))
    }

    fn client_update(
        &self,
        _: requests::CheckoutsClientUpdate,
    ) -> Outcome<answers::CheckoutPublic<'static>> {
        Err(Refusal::NotModelled("Checkouts"))
    }

    fn client_confirm(
        &self,
        _: requests::CheckoutsClientConfirm,
    ) -> Outcome<answers::CheckoutPublicConfirmed<'static>> {
        Err(Refusal::NotModelled("Checkouts"))
    }
}
