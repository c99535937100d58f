//! `GET /_mock/health`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use crate::contract::CONTRACT_SHA256;
use crate::mistake;
use crate::shared::Shared;
use crate::state::Timestamp;
use crate::version::Version;

/// That it is ready, and what it is.
#[derive(Serialize, JsonSchema)]
pub(super) struct Health {
    status: &'static str,
    version: &'static str,
    contract: ContractView,
    now: Timestamp,
    /// Mistakes of polar-mock itself so far, each told on its standard error.
    internal_errors: u64,
}

/// The document that requests are judged by.
#[derive(Serialize, JsonSchema)]
struct ContractView {
    /// The version of the API.
    version: &'static str,
    /// The digest of the document's bytes.
    sha256: &'static str,
}

pub(super) async fn health(State(shared): State<Arc<Shared>>) -> Json<Health> {
    Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        contract: ContractView {
            version: Version::default().name(),
            sha256: CONTRACT_SHA256,
        },
        now: shared.clock.now(),
        internal_errors: mistake::count(),
    })
}
