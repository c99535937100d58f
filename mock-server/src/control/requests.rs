//! `GET`, `DELETE /_mock/requests`: the journal, secrets masked.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::masking::{masked_body, masked_target};
use crate::shared::Exchange;
use crate::shared::Shared;
use crate::state::Timestamp;

/// The last requests, oldest first.
#[derive(Serialize, JsonSchema)]
pub(super) struct Requests {
    items: Vec<ExchangeView>,
}

/// A request and its answer. JSON bodies are shown with secrets masked, other bodies by their length. A method or path that
/// is too long is cut, with a note.
#[derive(Serialize, JsonSchema)]
struct ExchangeView {
    number: u64,
    at: Timestamp,
    method: String,
    path: String,
    operation: Option<&'static str>,
    request: Value,
    status: u16,
    answer: Value,
    microseconds: u64,
}

pub(super) async fn get(State(shared): State<Arc<Shared>>) -> Json<Requests> {
    let exchanges = shared.journal.exchanges();
    let items = exchanges
        .into_iter()
        .map(|(number, exchange)| view(&shared, number, exchange))
        .collect();
    Json(Requests { items })
}

pub(super) async fn delete(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.journal.clear();
    StatusCode::NO_CONTENT
}

fn view(shared: &Shared, number: u64, exchange: Exchange) -> ExchangeView {
    ExchangeView {
        number,
        at: exchange.at,
        path: exchange
            .target
            .shown(|target| masked_target(shared, target)),
        method: exchange.method.shown(str::to_owned),
        operation: exchange.operation,
        request: masked_body(&exchange.request),
        status: exchange.status,
        answer: masked_body(&exchange.answer),
        microseconds: u64::try_from(exchange.took.as_micros()).unwrap_or(u64::MAX),
    }
}
