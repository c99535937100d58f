//! `GET /_mock/events`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::shared::Shared;
use crate::state::{Event, Timestamp, WebhookDelivery, WebhookEndpoint, WebhookEvent};

/// What happened lately, oldest first.
#[derive(Serialize, JsonSchema)]
pub(super) struct Events<'e> {
    items: Vec<EventView<'e>>,
    /// How many events were dropped before they were sent, because too many were waiting.
    dropped_unsent: u64,
}

#[derive(Serialize, JsonSchema)]
struct EventView<'e> {
    id: Uuid,
    #[serde(rename = "type")]
    kind: &'e str,
    organization_id: Uuid,
    created_at: Timestamp,
    /// What is sent; `null` for the state of a customer with many subscriptions and grants that no endpoint wants.
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    payload: Option<&'e RawValue>,
    deliveries: Vec<DeliveryView<'e>>,
}

/// The way of an event to one endpoint.
#[derive(Serialize, JsonSchema)]
struct DeliveryView<'e> {
    webhook_id: Uuid,
    endpoint_id: Uuid,
    url: Option<&'e str>,
    succeeded: Option<bool>,
    /// Not sent: the endpoint was disabled, is not on this machine, is not where `--webhooks` allows, or wants another
    /// format than `raw`.
    skipped: bool,
    next_attempt_at: Option<Timestamp>,
    attempts: Vec<AttemptView<'e>>,
}

#[derive(Serialize, JsonSchema)]
struct AttemptView<'e> {
    at: Timestamp,
    succeeded: bool,
    http_code: Option<u16>,
    response: Option<&'e str>,
}

/// What is known of the way of an event to one endpoint.
struct Way {
    row: Arc<WebhookEvent>,
    endpoint: Option<Arc<WebhookEndpoint>>,
    attempts: Vec<Arc<WebhookDelivery>>,
}

/// The world is held only as long as it takes to find the rows.
pub(super) async fn get(State(shared): State<Arc<Shared>>) -> Response {
    let world = shared.run_due_jobs();
    let directory = world.read();
    let webhooks = &directory.webhooks;
    let way = |id: &Uuid| {
        let row = webhooks.event(*id)?.clone();
        Some(Way {
            endpoint: directory.webhook_endpoints.get(row.webhook_endpoint_id),
            attempts: webhooks.deliveries_of(row.id).cloned().collect(),
            row,
        })
    };
    let found: Vec<(Arc<Event>, Vec<Way>)> = webhooks
        .remembered()
        .map(|happened| {
            let ways = happened.sent_as.iter().filter_map(way).collect();
            (happened.event.clone(), ways)
        })
        .collect();
    let dropped_unsent = webhooks.dropped_unsent();
    drop(directory);
    let items = found.iter().map(|(event, ways)| event_view(event, ways));
    let items = items.collect();
    Json(Events {
        items,
        dropped_unsent,
    })
    .into_response()
}

fn event_view<'e>(event: &'e Event, ways: &'e [Way]) -> EventView<'e> {
    let payload = event.payload.as_deref();
    EventView {
        id: event.id,
        kind: &event.kind,
        organization_id: event.organization_id,
        created_at: event.created_at,
        payload: payload.and_then(|text| serde_json::from_str(text).ok()),
        deliveries: ways.iter().map(delivery_view).collect(),
    }
}

fn delivery_view(way: &Way) -> DeliveryView<'_> {
    DeliveryView {
        webhook_id: way.row.id,
        endpoint_id: way.row.webhook_endpoint_id,
        url: way.endpoint.as_ref().map(|endpoint| endpoint.url.as_str()),
        succeeded: way.row.succeeded,
        skipped: way.row.skipped,
        next_attempt_at: way.row.next_attempt_at,
        attempts: way
            .attempts
            .iter()
            .map(|delivery| AttemptView {
                at: delivery.created_at,
                succeeded: delivery.succeeded,
                http_code: delivery.http_code,
                response: delivery.response.as_deref(),
            })
            .collect(),
    }
}
