//! Validate with conditions, which are compared like Python dictionaries (docs/behaviour.md#validate, check 6).

use serde_json::{Value, json};

use super::case::{BOTH, Case, case};
use super::context::Context;
use super::received::{Outcome, Received};
use crate::provision::{ActivationSpec, KeySpec};

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "conditions",
        "conditions/equal",
        "equal conditions match, whatever the order of their names",
        |context| conditions(
            context,
            json!({"major": 1, "host": "a"}),
            vec![json!({"host": "a", "major": 1})],
            true
        )
    )
    .says(&["guide/conditions", "guide/same-conditions"])
    .core(),
    case!(
        BOTH,
        "conditions",
        "conditions/numbers-and-booleans",
        "1, 1.0 and true are equal; so are 0 and false",
        |context| conditions(
            context,
            json!({"a": 1, "b": 0, "c": 1.0}),
            vec![json!({"a": true, "b": false, "c": 1})],
            true
        )
    ),
    case!(
        BOTH,
        "conditions",
        "conditions/different",
        "different conditions do not match (the message has no full stop)",
        |context| conditions(
            context,
            json!({"major": 1, "host": "a"}),
            vec![
                json!({"major": 2, "host": "a"}),
                json!({"major": "1", "host": "a"}),
                json!({"major": 1, "host": "A"})
            ],
            false
        )
    )
    .says(&["guide/same-conditions"])
    .core(),
    case!(
        BOTH,
        "conditions",
        "conditions/subset-and-superset",
        "fewer or more conditions do not match",
        |context| conditions(
            context,
            json!({"a": 1, "b": 2}),
            vec![json!({"a": 1}), json!({"a": 1, "b": 2, "c": 3})],
            false
        )
    ),
    case!(
        BOTH,
        "conditions",
        "conditions/omitted",
        "an activation with conditions requires them",
        omitted
    ),
    case!(
        BOTH,
        "conditions",
        "conditions/none-stored",
        "an activation without conditions accepts any conditions",
        |context| conditions(context, json!({}), vec![json!({"anything": 7})], true)
    ),
    case!(
        BOTH,
        "conditions",
        "conditions/without-activation",
        "conditions without an activation are ignored",
        without_activation
    ),
];

/// Validates an activation that has the `stored` conditions with each of the given ones; they match or not.
async fn conditions(context: Context, stored: Value, given: Vec<Value>, equal: bool) -> Outcome {
    let key = context
        .key(KeySpec {
            activations: vec![ActivationSpec::with(stored)],
            ..KeySpec::default()
        })
        .await?;
    for given in given {
        let body = json!({"activation_id": key.activations[0], "conditions": given});
        let reply = context.validate(&key, body).await?;
        if equal {
            reply.has_status(200)?;
        } else {
            mismatch(reply)?;
        }
    }
    Ok(())
}

fn mismatch(reply: Received) -> Outcome {
    reply.refuses(
        404,
        "ResourceNotFound",
        "License key does not match required conditions",
    )
}

async fn omitted(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            activations: vec![ActivationSpec::with(json!({"a": 1}))],
            ..KeySpec::default()
        })
        .await?;
    mismatch(
        context
            .validate(&key, json!({"activation_id": key.activations[0]}))
            .await?,
    )
}

async fn without_activation(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            activations: vec![ActivationSpec::with(json!({"a": 1}))],
            ..KeySpec::default()
        })
        .await?;
    context
        .validate(&key, json!({"conditions": {"a": 2}}))
        .await?
        .has_status(200)
}
