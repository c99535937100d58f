//! Deactivate: what is not found; status and expiry do not matter (docs/behaviour.md#deactivate).

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
        |context| not_found(context, |_| "CASE-NO-SUCH-KEY".to_owned())
    )
    .core(),
    case!(
        BOTH,
        "key-fields, deactivate",
        "deactivate/lower-case",
        "a key matches exactly: its lower-case spelling is not found",
        |context| not_found(context, |key| key.to_lowercase())
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
        |context| deactivates(
            context,
            KeySpec {
                status: "revoked",
                ..KeySpec::activated()
            }
        )
    ),
    case!(
        BOTH,
        "deactivate",
        "deactivate/expired",
        "an activation of an expired key can be deactivated",
        |context| deactivates(
            context,
            KeySpec {
                activations: vec![ActivationSpec::plain()],
                ..KeySpec::expired()
            }
        )
    ),
];

async fn twice(context: Context) -> Outcome {
    let key = context.key(KeySpec::activated()).await?;
    context
        .deactivate(&key, &key.activations[0])
        .await?
        .is_empty()?;
    context
        .deactivate(&key, &key.activations[0])
        .await?
        .not_found()
}

async fn foreign_activation(context: Context) -> Outcome {
    let setup = context
        .setup(&[KeySpec::activated(), KeySpec::activated()])
        .await?;
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

/// Deactivates with another text in the place of the key's.
async fn not_found(context: Context, text: fn(&str) -> String) -> Outcome {
    let key = context.key(KeySpec::activated()).await?;
    let other = TestKey {
        key: text(&key.key),
        ..key.clone()
    };
    let reply = context.deactivate(&other, &key.activations[0]).await?;
    reply.not_found()
}

async fn deactivates(context: Context, spec: KeySpec) -> Outcome {
    let key = context.key(spec).await?;
    let reply = context.deactivate(&key, &key.activations[0]).await?;
    reply.is_empty()
}
