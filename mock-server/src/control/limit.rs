//! How much of a body the control API reads.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use tokio::time::timeout;

use super::refused::Refused;

/// No call but one needs more than a few hundred bytes.
const SMALL: usize = 64 * 1024;
/// A fixture may be large: a million keys are some hundred megabytes.
const LARGE: usize = 512 * 1024 * 1024;
/// How long a client may go on sending a refused body.
const PATIENCE: Duration = Duration::from_secs(5);

/// Refuses bodies that are too large: at once if their length is announced, otherwise when they reach the limit.
pub(super) async fn limit(request: Request, next: Next) -> Response {
    let takes_a_world = request.method() == Method::PUT && request.uri().path() == "/_mock/state";
    let limit = if takes_a_world { LARGE } else { SMALL };
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        // A client that waits for `100 Continue` sends nothing.
        if !request.headers().contains_key(header::EXPECT) {
            tokio::spawn(timeout(PATIENCE, drop_all(request.into_body())));
        }
        return too_large(limit);
    }
    let limited = request.map(|body| Body::new(Limited::new(body, limit)));
    let response = next.run(limited).await;
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large(limit);
    }
    response
}

/// Reads and drops the rest of the body: otherwise the client would see a broken connection instead of the answer.
async fn drop_all(mut body: Body) {
    while let Some(Ok(_)) = body.frame().await {}
}

fn too_large(limit: usize) -> Response {
    let detail = format!("polar-mock reads no more than {limit} bytes here");
    Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "TooLarge", detail).into_response()
}
