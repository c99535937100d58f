//! Validate with conditions: they are compared as Python compares dictionaries (docs/behaviour.md#validate, check 6).

use serde_json::{Value, json};

use super::case::{BOTH, Case, case};
use super::reply::{Outcome, Reply, Stop};
use super::stage::Stage;
use crate::provision::{ActivationSpec, KeySpec};

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "conditions",
        "conditions/equal",
        "equal conditions match in any order of names",
        equal
    )
    .says(&["guide/conditions", "guide/same-conditions"])
    .core(),
    case!(
        BOTH,
        "conditions",
        "conditions/numbers-and-booleans",
        "1, 1.0 and true are equal, so are 0 and false",
        numbers
    ),
    case!(
        BOTH,
        "conditions",
        "conditions/different",
        "different conditions do not match (no full stop at the end)",
        different
    )
    .says(&["guide/same-conditions"])
    .core(),
    case!(
        BOTH,
        "conditions",
        "conditions/subset-and-superset",
        "neither fewer nor more conditions match",
        subset_and_superset
    ),
    case!(
        BOTH,
        "conditions",
        "conditions/omitted",
        "an activation with conditions needs them",
        omitted
    ),
    case!(
        BOTH,
        "conditions",
        "conditions/none-stored",
        "an activation without conditions accepts any",
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

async fn ask(stage: &Stage, stored: Value, given: Value) -> Result<Reply, Stop> {
    let key = stage
        .key(KeySpec {
            activations: vec![ActivationSpec::with(stored)],
            ..KeySpec::default()
        })
        .await?;
    stage
        .validate(
            &key,
            json!({"activation_id": key.activations[0], "conditions": given}),
        )
        .await
}

fn mismatch(reply: Reply) -> Outcome {
    reply.refuses(
        404,
        "ResourceNotFound",
        "License key does not match required conditions",
    )
}

async fn equal(stage: Stage) -> Outcome {
    ask(
        &stage,
        json!({"major": 1, "host": "a"}),
        json!({"host": "a", "major": 1}),
    )
    .await?
    .has_status(200)
}

async fn numbers(stage: Stage) -> Outcome {
    ask(
        &stage,
        json!({"a": 1, "b": 0, "c": 1.0}),
        json!({"a": true, "b": false, "c": 1}),
    )
    .await?
    .has_status(200)
}

async fn different(stage: Stage) -> Outcome {
    mismatch(ask(&stage, json!({"major": 1}), json!({"major": 2})).await?)?;
    mismatch(ask(&stage, json!({"major": 1}), json!({"major": "1"})).await?)?;
    mismatch(ask(&stage, json!({"host": "a"}), json!({"host": "A"})).await?)
}

async fn subset_and_superset(stage: Stage) -> Outcome {
    mismatch(ask(&stage, json!({"a": 1, "b": 2}), json!({"a": 1})).await?)?;
    mismatch(ask(&stage, json!({"a": 1}), json!({"a": 1, "b": 2})).await?)
}

async fn omitted(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            activations: vec![ActivationSpec::with(json!({"a": 1}))],
            ..KeySpec::default()
        })
        .await?;
    mismatch(
        stage
            .validate(&key, json!({"activation_id": key.activations[0]}))
            .await?,
    )
}

async fn none_stored(stage: Stage) -> Outcome {
    ask(&stage, json!({}), json!({"anything": 7}))
        .await?
        .has_status(200)
}

async fn without_activation(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            activations: vec![ActivationSpec::with(json!({"a": 1}))],
            ..KeySpec::default()
        })
        .await?;
    stage
        .validate(&key, json!({"conditions": {"a": 2}}))
        .await?
        .has_status(200)
}
