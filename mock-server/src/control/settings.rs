//! `GET`, `PUT /_mock/settings`

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::refused::{Refused, read};
use crate::settings::{RateLimits, Settings};
use crate::shared::Shared;

/// Settings that are left out do not change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    rate_limits: Option<RateLimits>,
    grant_delay_ms: Option<u64>,
}

pub(super) async fn get(State(shared): State<Arc<Shared>>) -> Json<Settings> {
    Json(shared.settings())
}

pub(super) async fn put(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<Json<Settings>, Refused> {
    let change: Change = read(
        &body,
        r#"{"rate_limits":"off"|"sandbox"|"production","grant_delay_ms":0}"#,
    )?;
    let old = shared.settings();
    shared.replace_settings(Settings {
        rate_limits: change.rate_limits.unwrap_or(old.rate_limits),
        grant_delay_ms: change.grant_delay_ms.unwrap_or(old.grant_delay_ms),
    });
    Ok(get(State(shared)).await)
}
