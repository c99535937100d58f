//! `GET`, `PUT /_mock/state` and `POST /_mock/reset`
//!
//! A world may be large: it is read and written on threads of its own, so that other requests are still answered.

use std::error::Error;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, HttpBody};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError};
use tokio::task::spawn_blocking;

use super::refused::Refused;
use crate::shared::Shared;
use crate::state::{Fixture, FixtureError};

/// How much memory is reserved at most for an announced body, in bytes.
const RESERVED: usize = 512 << 20;

pub(super) async fn get(State(shared): State<Arc<Shared>>) -> Result<Response, Refused> {
    aside(move || Json(shared.run_due_jobs().export()).into_response()).await
}

/// Replaces the world; a fixture with problems changes nothing.
pub(super) async fn put(
    State(shared): State<Arc<Shared>>,
    body: Body,
) -> Result<StatusCode, Refused> {
    let body = whole(body).await?;
    aside(move || {
        let fixture = read(&body, &shared)?;
        drop(body);
        shared.replace_world(fixture);
        Ok(StatusCode::NO_CONTENT)
    })
    .await?
}

/// Reads a body into one piece of memory, which is returned to the system when it is freed; its many small chunks would
/// not be.
async fn whole(mut body: Body) -> Result<Vec<u8>, Refused> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut whole = Vec::with_capacity(announced.min(RESERVED));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            let too_long = error.source().is_some_and(|it| it.is::<LengthLimitError>());
            let (status, name) = if too_long {
                (StatusCode::PAYLOAD_TOO_LARGE, "TooLarge")
            } else {
                (StatusCode::BAD_REQUEST, "BrokenOff")
            };
            Refused::new(status, name, error.to_string())
        })?;
        whole.extend_from_slice(frame.data_ref().map_or(&[], |data| data.as_ref()));
    }
    Ok(whole)
}

fn read(body: &[u8], shared: &Shared) -> Result<Fixture, Refused> {
    let text =
        std::str::from_utf8(body).map_err(|_| Refused::invalid("the fixture is not UTF-8"))?;
    Fixture::from_text(text, shared.clock.now()).map_err(|error| match error {
        FixtureError::Invalid(problems) => {
            Refused::problems("the fixture has problems; nothing was changed", problems)
        }
        unreadable => Refused::invalid(unreadable.to_string()),
    })
}

pub(super) async fn reset(State(shared): State<Arc<Shared>>) -> Result<StatusCode, Refused> {
    aside(move || {
        shared.reset();
        StatusCode::NO_CONTENT
    })
    .await
}

/// Runs something slow off the threads that answer requests.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refused> {
    spawn_blocking(work).await.map_err(|error| {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Refused::new(status, "PolarMockFailed", error.to_string())
    })
}
