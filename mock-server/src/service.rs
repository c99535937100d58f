//! Where a request goes: to the control API, to a page, or to the API.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use tower::ServiceExt;

use crate::control::{self, is_control};
use crate::edge::{Ends, Handler};
use crate::pages::{self, is_page};
use crate::pipeline;
use crate::shared::Shared;

/// Answers every request of a server.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) shared: Arc<Shared>,
    control: Router,
    pages: Router,
}

impl Service {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            control: control::router(shared.clone()),
            pages: pages::router(shared.clone()),
            shared,
        }
    }
}

impl Handler for Service {
    async fn handle(&self, ends: Ends, request: Request) -> Response {
        let path = request.uri().path();
        let own = if is_control(path) {
            &self.control
        } else if is_page(path) {
            &self.pages
        } else {
            return pipeline::answer(&self.shared, ends, request).await;
        };
        match own.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}
