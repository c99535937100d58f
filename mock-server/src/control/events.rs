//! `GET /_mock/events`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::server::Shared;
use crate::state::{Directory, Happened, Timestamp, WebhookDelivery};

/// What happened lately, oldest first.
#[derive(Serialize, JsonSchema)]
pub(super) struct Events {
    items: Vec<EventView>,
}

#[derive(Serialize, JsonSchema)]
struct EventView {
    id: Uuid,
    #[serde(rename = "type")]
    kind: String,
    organization_id: Uuid,
    created_at: Timestamp,
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    payload: Option<Box<RawValue>>,
    deliveries: Vec<DeliveryView>,
}

/// The way of an event to one endpoint.
#[derive(Serialize, JsonSchema)]
struct DeliveryView {
    webhook_id: Uuid,
    endpoint_id: Uuid,
    url: Option<String>,
    succeeded: Option<bool>,
    /// Not sent: the endpoint was disabled, is not on this machine, is not where `--webhooks` allows, or wants another
    /// format than `raw`.
    skipped: bool,
    next_attempt_at: Option<Timestamp>,
    attempts: Vec<AttemptView>,
}

#[derive(Serialize, JsonSchema)]
struct AttemptView {
    at: Timestamp,
    succeeded: bool,
    http_code: Option<u16>,
    response: Option<String>,
}

pub(super) async fn get(State(shared): State<Arc<Shared>>) -> Json<Events> {
    let world = shared.world();
    let directory = world.read();
    let items = directory
        .webhooks
        .remembered()
        .map(|happened| event_view(&directory, happened))
        .collect();
    drop(directory);
    Json(Events { items })
}

fn event_view(directory: &Directory, happened: &Happened) -> EventView {
    let event = &*happened.event;
    let deliveries = happened
        .sent_as
        .iter()
        .filter_map(|&id| {
            let row = directory.webhooks.events.get(id)?;
            let endpoint = directory.webhook_endpoints.get(row.webhook_endpoint_id);
            let attempts = directory.webhooks.deliveries().iter();
            Some(DeliveryView {
                webhook_id: id,
                endpoint_id: row.webhook_endpoint_id,
                url: endpoint.map(|endpoint| endpoint.url.clone()),
                succeeded: row.succeeded,
                skipped: row.skipped,
                next_attempt_at: row.next_attempt_at,
                attempts: attempts
                    .filter(|delivery| delivery.webhook_event_id == id)
                    .map(|delivery| attempt_view(delivery))
                    .collect(),
            })
        })
        .collect();
    EventView {
        id: event.id,
        kind: event.kind.clone(),
        organization_id: event.organization_id,
        created_at: event.created_at,
        payload: RawValue::from_string(event.payload.clone()).ok(),
        deliveries,
    }
}

fn attempt_view(delivery: &WebhookDelivery) -> AttemptView {
    AttemptView {
        at: delivery.created_at,
        succeeded: delivery.succeeded,
        http_code: delivery.http_code,
        response: delivery.response.clone(),
    }
}
