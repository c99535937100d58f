//! Validate for one benefit or one customer (docs/behaviour.md#validate, checks 7 and 8).

use serde_json::{Value, json};

use super::case::{BOTH, Case, case};
use super::context::Context;
use super::received::Outcome;
use crate::provision::{KeySpec, Setup};

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "validate",
        "owner/own-benefit-and-customer",
        "a key validates for its own benefit and customer",
        |context| asks(
            context,
            |own| json!({"benefit_id": own.benefit, "customer_id": own.customer}),
            None
        )
    )
    .says(&["guide/benefit", "reference/customer"]),
    case!(
        BOTH,
        "validate",
        "owner/other-benefit",
        "a key does not validate for another benefit",
        |context| asks(
            context,
            |own| json!({"benefit_id": own.other_benefit}),
            Some("License key does not match given benefit.")
        )
    )
    .says(&["guide/benefit"])
    .core(),
    case!(
        BOTH,
        "validate",
        "owner/other-customer",
        "a key does not validate for another customer (the message says \"user\")",
        |context| asks(
            context,
            |own| json!({"customer_id": own.other_customer}),
            Some("License key does not match given user.")
        )
    )
    .says(&["reference/customer"])
    .core(),
];

/// Validates a key with these ids; it is valid, or refused with this message.
async fn asks(context: Context, ids: fn(&Setup) -> Value, refusal: Option<&str>) -> Outcome {
    let setup = context.setup(&[KeySpec::default()]).await?;
    let reply = context.validate(&setup.keys[0], ids(&setup)).await?;
    match refusal {
        None => reply.has_status(200),
        Some(detail) => reply.refuses(404, "ResourceNotFound", detail),
    }
}
