//! The control API under `/_mock`: shows and replaces the world, moves its clock, and shows the requests so far.

mod checkouts;
mod clock;
mod document;
mod events;
mod guard;
mod health;
mod limit;
mod masking;
mod paths;
mod refused;
mod requests;
mod settings;
mod state;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};

use crate::shared::Shared;

use paths::ROOT;
pub(crate) use paths::is_control;

/// The control API.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let control = Router::new()
        .route("/health", get(health::health))
        .route("/state", get(state::get).put(state::put))
        .route("/reset", post(state::reset))
        .route("/clock", get(clock::get).put(clock::put))
        .route("/clock/advance", post(clock::advance))
        .route("/settings", get(settings::get).put(settings::put))
        .route("/requests", get(requests::get).delete(requests::delete))
        .route("/events", get(events::get))
        .route("/events/trigger", post(events::trigger))
        .route("/checkouts/{checkout}/pay", post(checkouts::pay))
        .route("/checkouts/{checkout}/decline", post(checkouts::decline))
        .route("/checkouts/{checkout}/expire", post(checkouts::expire))
        .route("/openapi.json", get(document::get))
        .fallback(refused::unknown)
        // `limit` has its own limits.
        .layer(DefaultBodyLimit::disable());
    Router::new()
        .nest(ROOT, control)
        .fallback(refused::unknown)
        .layer(middleware::from_fn(limit::limit))
        .layer(middleware::from_fn_with_state(shared.clone(), guard::guard))
        .with_state(shared)
}
