//! Tokens and scopes (docs/behaviour.md#authentication).

use serde_json::{Value, json};

use super::case::{BOTH, CORE, Case, Need, PORTAL, case};
use super::context::{Context, body_of};
use super::received::{Outcome, Received, Stop};
use crate::provision::{KeySpec, OTHER_TOKEN, READ_TOKEN};

pub(super) const CASES: &[Case] = &[
    case!(
        CORE,
        "authentication",
        "auth/none",
        "the core API requires a token",
        none
    )
    .says(&["reference/public", "api/organization-token"])
    .core(),
    case!(
        BOTH,
        "authentication",
        "auth/unknown-token",
        "an unknown token is refused, even where none is needed",
        unknown_token
    )
    .core(),
    case!(
        BOTH,
        "authentication",
        "auth/unknown-token-elsewhere",
        "activate and deactivate refuse an unknown token, too",
        unknown_token_elsewhere
    ),
    case!(
        CORE,
        "authentication",
        "auth/read-scope",
        "a token that may only read cannot validate, activate or deactivate",
        read_scope
    )
    .needs(&[Need::OtherTokens]),
    case!(
        CORE,
        "authentication",
        "auth/other-organization",
        "a key of another organization is not found",
        other_organization
    )
    .says(&["guide/one-organization"])
    .needs(&[Need::OtherTokens]),
    case!(
        PORTAL,
        "authentication",
        "auth/any-organization",
        "where no token is needed, a token of another organization is ignored",
        any_organization
    )
    .needs(&[Need::OtherTokens]),
];

async fn ask(
    context: &Context,
    token: Option<&str>,
    operation: &str,
    more: Value,
) -> Result<Received, Stop> {
    let key = context.key(KeySpec::default()).await?;
    let path = format!("{}/{operation}", context.api().prefix());
    context
        .as_caller(token, "POST", &path, Some(body_of(&key, more)))
        .await
}

async fn none(context: Context) -> Outcome {
    ask(&context, None, "validate", json!({}))
        .await?
        .refuses(401, "Unauthorized", "Unauthorized")
}

/// A token that does not exist.
const UNKNOWN: Option<&str> = Some("polar_oat_nobody_has_this");

fn invalid_token(reply: Received) -> Outcome {
    let description =
        "The access token provided is expired, revoked, malformed, or invalid for other reasons.";
    reply.is(
        401,
        json!({"error": "invalid_token", "error_description": description}),
    )
}

async fn unknown_token(context: Context) -> Outcome {
    invalid_token(ask(&context, UNKNOWN, "validate", json!({})).await?)
}

async fn unknown_token_elsewhere(context: Context) -> Outcome {
    let key = context.key(KeySpec::activated()).await?;
    for (operation, more) in [
        ("activate", json!({"label": "x"})),
        ("deactivate", json!({"activation_id": key.activations[0]})),
    ] {
        let path = format!("{}/{operation}", context.api().prefix());
        let body = body_of(&key, more);
        invalid_token(
            context
                .as_caller(UNKNOWN, "POST", &path, Some(body))
                .await?,
        )?;
    }
    Ok(())
}

async fn read_scope(context: Context) -> Outcome {
    let description = "The request requires higher privileges than provided by the access token.";
    for operation in ["validate", "activate", "deactivate"] {
        // A body that all three accept: the scope is checked before anything in the body.
        let more = json!({"label": "x", "activation_id": "7c000000-0000-4000-8fff-000000000000"});
        let reply = ask(&context, Some(READ_TOKEN), operation, more).await?;
        reply.is(
            403,
            json!({"error": "insufficient_scope", "error_description": description}),
        )?;
    }
    Ok(())
}

async fn other_organization(context: Context) -> Outcome {
    ask(&context, Some(OTHER_TOKEN), "validate", json!({}))
        .await?
        .not_found()?;
    ask(
        &context,
        Some(OTHER_TOKEN),
        "activate",
        json!({"label": "x"}),
    )
    .await?
    .not_found()
}

async fn any_organization(context: Context) -> Outcome {
    ask(&context, Some(OTHER_TOKEN), "validate", json!({}))
        .await?
        .has_status(200)
}
