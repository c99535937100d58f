//! Who may use the control API.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

use super::refused::Refused;
use crate::server::Shared;

/// Lets everybody in, or only those who send the control token where there is one. The health call is always open.
pub(super) async fn guard(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let allowed = match &shared.control_token {
        None => true,
        Some(token) => given.and_then(|value| value.strip_prefix("Bearer ")) == Some(token),
    };
    if allowed || request.uri().path() == "/health" {
        return next.run(request).await;
    }
    let detail = "send the token given with --control-token as `Authorization: Bearer …`";
    Refused::new(StatusCode::UNAUTHORIZED, "Unauthorized", detail).into_response()
}
