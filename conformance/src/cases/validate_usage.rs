//! Validate with usage (docs/behaviour.md#validate, check 9).

use serde_json::json;

use super::case::{BOTH, Case, case};
use super::context::Context;
use super::received::Outcome;
use crate::provision::KeySpec;

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "validate",
        "usage/counted",
        "a validation adds its increment to the usage",
        counted
    )
    .says(&["guide/increment"])
    .core(),
    case!(
        BOTH,
        "validate",
        "usage/up-to-the-limit",
        "an increment up to the limit counts; a larger one is refused, and the message says how many are left",
        up_to_the_limit
    )
    .core(),
    case!(
        BOTH,
        "validate",
        "usage/above-the-limit",
        "above the limit, the message gives a negative number of uses left",
        above_the_limit
    )
    .says(&["guide/quota"])
    .core(),
    case!(
        BOTH,
        "validate",
        "usage/nothing-more",
        "at or above the limit, a validation without an increment is valid",
        nothing_more
    ),
];

fn used(usage: i64) -> KeySpec {
    KeySpec {
        usage,
        limit_usage: Some(10),
        ..KeySpec::default()
    }
}

async fn counted(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            limit_usage: None,
            ..used(4)
        })
        .await?;
    context
        .validate(&key, json!({"increment_usage": 3}))
        .await?
        .shows(200, &[("usage", json!(7)), ("limit_usage", json!(null))])?;
    context
        .validate(&key, json!({}))
        .await?
        .shows(200, &[("usage", json!(7))])
}

async fn up_to_the_limit(context: Context) -> Outcome {
    let key = context.key(used(8)).await?;
    context
        .validate(&key, json!({"increment_usage": 3}))
        .await?
        .refuses(400, "BadRequest", "License key only has 2 more usages.")?;
    context
        .validate(&key, json!({"increment_usage": 2}))
        .await?
        .shows(200, &[("usage", json!(10))])?;
    context
        .validate(&key, json!({"increment_usage": 1}))
        .await?
        .refuses(400, "BadRequest", "License key only has 0 more usages.")
}

async fn above_the_limit(context: Context) -> Outcome {
    let key = context.key(used(15)).await?;
    context
        .validate(&key, json!({"increment_usage": 1}))
        .await?
        .refuses(400, "BadRequest", "License key only has -5 more usages.")
}

async fn nothing_more(context: Context) -> Outcome {
    let key = context.key(used(15)).await?;
    context
        .validate(&key, json!({}))
        .await?
        .shows(200, &[("usage", json!(15))])?;
    context
        .validate(&key, json!({"increment_usage": 0}))
        .await?
        .shows(200, &[("usage", json!(15)), ("validations", json!(2))])
}
