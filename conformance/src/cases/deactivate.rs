//! Deactivate: what is not found; status and expiry do not matter (docs/behaviour.md#deactivate).

use super::PAST;
use super::case::{BOTH, Case, case};
use super::context::Context;
use super::received::Outcome;
use crate::provision::{ActivationSpec, KeySpec, TestKey};

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "deactivate",
        "deactivate/twice",
        "a second deactivation is not found",
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
        "a key matches exactly: its lower-case spelling is not found",
        lower_case
    ),
    case!(
        BOTH,
        "deactivate",
        "deactivate/foreign-activation",
        "an activation of another key is not found, and stays active",
        foreign_activation
    ),
    case!(
        BOTH,
        "deactivate",
        "deactivate/revoked",
        "an activation of a revoked key can be deactivated",
        revoked
    ),
    case!(
        BOTH,
        "deactivate",
        "deactivate/expired",
        "an activation of an expired key can be deactivated",
        expired
    ),
];

fn activated() -> KeySpec {
    KeySpec {
        activations: vec![ActivationSpec::plain()],
        ..KeySpec::default()
    }
}

async fn twice(context: Context) -> Outcome {
    let key = context.key(activated()).await?;
    context
        .deactivate(&key, &key.activations[0])
        .await?
        .is_empty()?;
    context
        .deactivate(&key, &key.activations[0])
        .await?
        .not_found()
}

async fn unknown_key(context: Context) -> Outcome {
    let key = context.key(activated()).await?;
    let unknown = TestKey {
        key: "CASE-NO-SUCH-KEY".to_owned(),
        ..key.clone()
    };
    context
        .deactivate(&unknown, &key.activations[0])
        .await?
        .not_found()
}

async fn lower_case(context: Context) -> Outcome {
    let key = context.key(activated()).await?;
    let lower = TestKey {
        key: key.key.to_lowercase(),
        ..key.clone()
    };
    context
        .deactivate(&lower, &key.activations[0])
        .await?
        .not_found()
}

async fn foreign_activation(context: Context) -> Outcome {
    let setup = context.setup(&[activated(), activated()]).await?;
    let (ours, theirs) = (&setup.keys[0], &setup.keys[1]);
    context
        .deactivate(ours, &theirs.activations[0])
        .await?
        .not_found()?;
    context
        .deactivate(theirs, &theirs.activations[0])
        .await?
        .is_empty()
}

async fn revoked(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            status: "revoked",
            ..activated()
        })
        .await?;
    context
        .deactivate(&key, &key.activations[0])
        .await?
        .is_empty()
}

async fn expired(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            expires_at: PAST,
            ..activated()
        })
        .await?;
    context
        .deactivate(&key, &key.activations[0])
        .await?
        .is_empty()
}
