//! Who may use the control API.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use subtle::ConstantTimeEq;

use super::refused::Refused;
use crate::access::{Access, Foreign, Source};
use crate::shared::Shared;

/// The call that shows no secret.
const HEALTH: &str = "/_mock/health";

/// Refuses pages of another origin, and requests without the control token if there is one; if there is none, requests
/// for an unknown host name. Health checks need neither token nor name.
pub(super) async fn guard(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    match check(&shared.access, &request) {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    }
}

fn check(access: &Access, request: &Request) -> Result<(), Refused> {
    let source = Source {
        method: request.method(),
        uri: request.uri(),
        headers: request.headers(),
    };
    source.check_page()?;
    if source.uri.path() == HEALTH {
        return Ok(());
    }
    access.check_control_host(&source)?;
    let given = source
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
        .unwrap_or_default();
    match &access.control_token {
        Some(token) if !bool::from(given.ct_eq(token.as_bytes())) => Err(Refused::new(
            StatusCode::UNAUTHORIZED,
            "Unauthorized",
            "send the token given with --control-token as `Authorization: Bearer …`",
        )),
        _ => Ok(()),
    }
}

impl From<Foreign> for Refused {
    fn from(foreign: Foreign) -> Self {
        Self::new(foreign.status, foreign.error, foreign.detail)
    }
}
