//! Validate with conditions, which are compared like Python dictionaries (docs/behaviour.md#validate, check 6).

use serde_json::{Value, json};

use super::case::{BOTH, Case, case};
use super::context::Context;
use super::received::{Outcome, Received, Stop};
use crate::provision::{ActivationSpec, KeySpec};

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "conditions",
        "conditions/equal",
        "equal conditions match, whatever the order of their names",
        equal
    )
    .says(&["guide/conditions", "guide/same-conditions"])
    .core(),
    case!(
        BOTH,
        "conditions",
        "conditions/numbers-and-booleans",
        "1, 1.0 and true are equal; so are 0 and false",
        numbers
    ),
    case!(
        BOTH,
        "conditions",
        "conditions/different",
        "different conditions do not match (the message has no full stop)",
        different
    )
    .says(&["guide/same-conditions"])
    .core(),
    case!(
        BOTH,
        "conditions",
        "conditions/subset-and-superset",
        "fewer or more conditions do not match",
        subset_and_superset
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
        none_stored
    ),
    case!(
        BOTH,
        "conditions",
        "conditions/without-activation",
        "conditions without an activation are ignored",
        without_activation
    ),
];

async fn ask(context: &Context, stored: Value, given: Value) -> Result<Received, Stop> {
    let key = context
        .key(KeySpec {
            activations: vec![ActivationSpec::with(stored)],
            ..KeySpec::default()
        })
        .await?;
    context
        .validate(
            &key,
            json!({"activation_id": key.activations[0], "conditions": given}),
        )
        .await
}

fn mismatch(reply: Received) -> Outcome {
    reply.refuses(
        404,
        "ResourceNotFound",
        "License key does not match required conditions",
    )
}

async fn equal(context: Context) -> Outcome {
    ask(
        &context,
        json!({"major": 1, "host": "a"}),
        json!({"host": "a", "major": 1}),
    )
    .await?
    .has_status(200)
}

async fn numbers(context: Context) -> Outcome {
    ask(
        &context,
        json!({"a": 1, "b": 0, "c": 1.0}),
        json!({"a": true, "b": false, "c": 1}),
    )
    .await?
    .has_status(200)
}

async fn different(context: Context) -> Outcome {
    mismatch(ask(&context, json!({"major": 1}), json!({"major": 2})).await?)?;
    mismatch(ask(&context, json!({"major": 1}), json!({"major": "1"})).await?)?;
    mismatch(ask(&context, json!({"host": "a"}), json!({"host": "A"})).await?)
}

async fn subset_and_superset(context: Context) -> Outcome {
    mismatch(ask(&context, json!({"a": 1, "b": 2}), json!({"a": 1})).await?)?;
    mismatch(ask(&context, json!({"a": 1}), json!({"a": 1, "b": 2})).await?)
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

async fn none_stored(context: Context) -> Outcome {
    ask(&context, json!({}), json!({"anything": 7}))
        .await?
        .has_status(200)
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
