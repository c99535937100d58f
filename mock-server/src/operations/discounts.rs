//! `discounts:*`

use super::Call;
use crate::answer::Outcome;
use crate::generated::operations::Discounts;
use crate::generated::{answers, requests};
use crate::refusal::Refusal;

impl Discounts for Call<'_> {
    fn list(&self, _: requests::DiscountsList) -> Outcome<answers::ListResourceDiscount<'static>> {
        Err(Refusal::NotModelled("Discounts"))
    }

    fn create(&self, _: requests::DiscountsCreate) -> Outcome<answers::Discount<'static>> {
        Err(Refusal::NotModelled("Discounts"))
    }

    fn get(&self, _: requests::DiscountsGet) -> Outcome<answers::Discount<'static>> {
        Err(Refusal::NotModelled("Discounts"))
    }

    fn update(&self, _: requests::DiscountsUpdate) -> Outcome<answers::Discount<'static>> {
        Err(Refusal::NotModelled("Discounts"))
    }

    fn delete(&self, _: requests::DiscountsDelete) -> Outcome<()> {
        Err(Refusal::NotModelled("Discounts"))
    }
}
