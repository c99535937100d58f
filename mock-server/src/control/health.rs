//! `GET /_mock/health`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::contract::CONTRACT_SHA256;
use crate::edge::Version;
use crate::server::Shared;
use crate::state::Timestamp;

#[derive(Serialize)]
pub(super) struct Health {
    status: &'static str,
    version: &'static str,
    contract: ContractView,
    now: Timestamp,
}

#[derive(Serialize)]
struct ContractView {
    version: &'static str,
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
    })
}
