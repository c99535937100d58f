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

/// Says that the server is ready, and which one it is.
#[derive(Serialize, JsonSchema)]
pub(super) struct Health {
    status: &'static str,
    version: &'static str,
    contract: ContractView,
    now: Timestamp,
    /// Internal errors of polar-mock so far; each is logged to standard error.
    internal_errors: u64,
}

/// The document that requests are checked against.
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
