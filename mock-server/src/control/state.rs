//! `GET`, `PUT /_mock/state` and `POST /_mock/reset`

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use http::StatusCode;

use super::refused::Refused;
use crate::server::Shared;
use crate::state::{Fixture, FixtureError};

pub(super) async fn get(State(shared): State<Arc<Shared>>) -> Json<Fixture> {
    Json(shared.world().export())
}

/// Replaces the world; a fixture with problems changes nothing.
pub(super) async fn put(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<StatusCode, Refused> {
    let text =
        std::str::from_utf8(&body).map_err(|_| Refused::invalid("the fixture is not UTF-8"))?;
    let fixture = Fixture::from_text(text, shared.clock.now()).map_err(|error| match error {
        FixtureError::Invalid(problems) => {
            Refused::problems("the fixture has problems; nothing was changed", problems)
        }
        unreadable => Refused::invalid(unreadable.to_string()),
    })?;
    shared.replace_world(fixture);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn reset(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.reset();
    StatusCode::NO_CONTENT
}
