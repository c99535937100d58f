//! Deactivate: what is not found, and that neither status nor expiry matters (docs/behaviour.md#deactivate).

use super::PAST;
use super::case::{BOTH, Case, case};
use super::reply::Outcome;
use super::stage::Stage;
use crate::provision::{ActivationSpec, KeySpec, Seeded};

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "deactivate",
        "deactivate/twice",
        "the second time there is nothing to deactivate",
        twice
    )
    .core(),
    case!(
        BOTH,
        "deactivate",
        "deactivate/unknown-key",
        "an unknown key is not found",
        unknown_key
    )
    .core(),
    case!(
        BOTH,
        "key-fields, deactivate",
        "deactivate/lower-case",
        "a key is looked up exactly: lower case is not found",
        lower_case
    ),
    case!(
        BOTH,
        "deactivate",
        "deactivate/foreign-activation",
        "an activation of another key is not found, and stays",
        foreign_activation
    ),
    case!(
        BOTH,
        "deactivate",
        "deactivate/revoked",
        "a revoked key's activation is deactivated all the same",
        revoked
    ),
    case!(
        BOTH,
        "deactivate",
        "deactivate/expired",
        "an expired key's activation is deactivated all the same",
        expired
    ),
];

fn activated() -> KeySpec {
    KeySpec {
        activations: vec![ActivationSpec::plain()],
        ..KeySpec::default()
    }
}

async fn twice(stage: Stage) -> Outcome {
    let key = stage.key(activated()).await?;
    stage
        .deactivate(&key, &key.activations[0])
        .await?
        .is_empty()?;
    stage
        .deactivate(&key, &key.activations[0])
        .await?
        .not_found()
}

async fn unknown_key(stage: Stage) -> Outcome {
    let key = stage.key(activated()).await?;
    let unknown = Seeded {
        key: "CASE-NO-SUCH-KEY".to_owned(),
        ..key.clone()
    };
    stage
        .deactivate(&unknown, &key.activations[0])
        .await?
        .not_found()
}

async fn lower_case(stage: Stage) -> Outcome {
    let key = stage.key(activated()).await?;
    let lower = Seeded {
        key: key.key.to_lowercase(),
        ..key.clone()
    };
    stage
        .deactivate(&lower, &key.activations[0])
        .await?
        .not_found()
}

async fn foreign_activation(stage: Stage) -> Outcome {
    let world = stage.world(&[activated(), activated()]).await?;
    let (ours, theirs) = (&world.keys[0], &world.keys[1]);
    stage
        .deactivate(ours, &theirs.activations[0])
        .await?
        .not_found()?;
    stage
        .deactivate(theirs, &theirs.activations[0])
        .await?
        .is_empty()
}

async fn revoked(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            status: "revoked",
            ..activated()
        })
        .await?;
    stage
        .deactivate(&key, &key.activations[0])
        .await?
        .is_empty()
}

async fn expired(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            expires_at: PAST,
            ..activated()
        })
        .await?;
    stage
        .deactivate(&key, &key.activations[0])
        .await?
        .is_empty()
}
