//! Validate for one benefit or one customer (docs/behaviour.md#validate, checks 7 and 8).

use serde_json::json;

use super::case::{BOTH, Case, case};
use super::context::Context;
use super::received::Outcome;
use crate::provision::KeySpec;

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "validate",
        "owner/own-benefit-and-customer",
        "a key validates for its own benefit and customer",
        own
    )
    .says(&["guide/benefit", "reference/customer"]),
    case!(
        BOTH,
        "validate",
        "owner/other-benefit",
        "a key does not validate for another benefit",
        other_benefit
    )
    .says(&["guide/benefit"])
    .core(),
    case!(
        BOTH,
        "validate",
        "owner/other-customer",
        "a key does not validate for another customer (the message says \"user\")",
        other_customer
    )
    .says(&["reference/customer"])
    .core(),
];

async fn own(context: Context) -> Outcome {
    let setup = context.setup(&[KeySpec::default()]).await?;
    context
        .validate(
            &setup.keys[0],
            json!({"benefit_id": setup.benefit, "customer_id": setup.customer}),
        )
        .await?
        .has_status(200)
}

async fn other_benefit(context: Context) -> Outcome {
    let setup = context.setup(&[KeySpec::default()]).await?;
    let reply = context
        .validate(&setup.keys[0], json!({"benefit_id": setup.other_benefit}))
        .await?;
    reply.refuses(
        404,
        "ResourceNotFound",
        "License key does not match given benefit.",
    )
}

async fn other_customer(context: Context) -> Outcome {
    let setup = context.setup(&[KeySpec::default()]).await?;
    let reply = context
        .validate(&setup.keys[0], json!({"customer_id": setup.other_customer}))
        .await?;
    reply.refuses(
        404,
        "ResourceNotFound",
        "License key does not match given user.",
    )
}
