//! The pages that a buyer sees: a checkout to pay on, and its confirmation. They work without JavaScript and load nothing.

mod checkout;
mod confirmation;
mod layout;
mod money;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderValue, StatusCode, header};

use self::layout::message;
use crate::access::Source;
use crate::shared::Shared;

/// Where the pages are.
const ROOT: &str = "/checkout/";

/// The pages' own style and nothing else: no script, no frame, nothing from elsewhere.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/// Whether a path is one of a page.
pub(crate) fn is_page(path: &str) -> bool {
    path.starts_with(ROOT)
}

/// The pages.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/checkout/{client_secret}", get(checkout::show))
        .route("/checkout/{client_secret}/pay", post(checkout::pay))
        .route("/checkout/{client_secret}/decline", post(checkout::decline))
        .route("/checkout/{client_secret}/update", post(checkout::update))
        .route("/checkout/{client_secret}/expire", post(checkout::expire))
        .route(
            "/checkout/{client_secret}/confirmation",
            get(confirmation::show),
        )
        .fallback(unknown)
        .layer(middleware::from_fn_with_state(shared.clone(), guard))
        .with_state(shared)
}

/// Refuses forms that a page of another origin sends, and says what a browser may do with these pages.
async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let source = Source {
        method: request.method(),
        uri: request.uri(),
        headers: request.headers(),
    };
    let checked = match request.method().is_safe() {
        true => Ok(()),
        false => shared.access.check_page(&source),
    };
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(foreign) => message(foreign.status, "Refused", &foreign.detail),
    };
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn unknown() -> Response {
    message(
        StatusCode::NOT_FOUND,
        "There is no such page",
        "A checkout is at /checkout/{client_secret}.",
    )
}
