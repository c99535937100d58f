//! `checkout-links:*`

use super::Call;
use crate::answer::Outcome;
use crate::generated::operations::CheckoutLinks;
use crate::generated::{answers, requests};
use crate::refusal::Refusal;

impl CheckoutLinks for Call<'_> {
    fn list(
        &self,
        _: requests::CheckoutLinksList,
    ) -> Outcome<answers::ListResourceCheckoutLink<'static>> {
        Err(Refusal::NotModelled("CheckoutLinks"))
    }

    fn create(&self, _: requests::CheckoutLinksCreate) -> Outcome<answers::CheckoutLink<'static>> {
        Err(Refusal::NotModelled("CheckoutLinks"))
    }

    fn get(&self, _: requests::CheckoutLinksGet) -> Outcome<answers::CheckoutLink<'static>> {
        Err(Refusal::NotModelled("CheckoutLinks"))
    }

    fn update(&self, _: requests::CheckoutLinksUpdate) -> Outcome<answers::CheckoutLink<'static>> {
        Err(Refusal::NotModelled("CheckoutLinks"))
    }

    fn delete(&self, _: requests::CheckoutLinksDelete) -> Outcome<()> {
        Err(Refusal::NotModelled("CheckoutLinks"))
    }
}
