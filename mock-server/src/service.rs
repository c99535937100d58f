//! Where a request goes: to the control API or to the API.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use tower::ServiceExt;

use crate::control::{self, is_control};
use crate::edge::{Ends, Handler};
use crate::pipeline;
use crate::shared::Shared;

/// Answers every request of a server.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) shared: Arc<Shared>,
    control: Router,
}

impl Service {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            control: control::router(shared.clone()),
            shared,
        }
    }
}

impl Handler for Service {
    async fn handle(&self, ends: Ends, request: Request) -> Response {
        if !is_control(request.uri().path()) {
            return pipeline::answer(&self.shared, ends, request).await;
        }
        match self.control.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}
