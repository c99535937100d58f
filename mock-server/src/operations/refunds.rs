//! `refunds:*`

use super::Call;
use crate::answer::Outcome;
use crate::generated::operations::Refunds;
use crate::generated::{answers, requests};
use crate::refusal::Refusal;

impl Refunds for Call<'_> {
    fn list(&self, _: requests::RefundsList) -> Outcome<answers::ListResourceRefund<'static>> {
        Err(Refusal::NotModelled("Refunds"))
    }

    fn create(&self, _: requests::RefundsCreate) -> Outcome<answers::Refund<'static>> {
        Err(Refusal::NotModelled("Refunds"))
    }
}
