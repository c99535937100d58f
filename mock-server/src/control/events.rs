//! `GET /_mock/events`, `POST /_mock/events/trigger`

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::refused::{Refused, read};
use crate::mistake;
use crate::operations::{self, NoEvent};
use crate::shared::Shared;
use crate::state::{Event, Timestamp, WebhookDelivery, WebhookEndpoint, WebhookEvent, is_event};

/// An event to send.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Trigger {
    /// Which event, like `order.paid`.
    #[serde(rename = "type")]
    kind: String,
    /// The object that it is about; the newest one where left out.
    id: Option<Uuid>,
}

const TRIGGER: &str =
    r#"{"type":"order.paid"}, and the `id` of an object if it is not to be about the newest one"#;

/// Sends an event as if it had just happened, to endpoints and listeners.
pub(super) async fn trigger(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<StatusCode, Refused> {
    let Trigger { kind, id } = read(&body, TRIGGER)?;
    if !is_event(&kind) {
        let detail = format!(
            "there is no event `{kind:.100}`; the schema WebhookEventType of /2026-04/openapi.json lists them"
        );
        return Err(Refused::invalid(detail));
    }
    let world = shared.run_due_jobs();
    let (settings, now) = (shared.settings(), shared.clock.now());
    match operations::trigger(&world, &settings, now, &kind, id) {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(NoEvent::Nothing { object }) => {
            let which = id.map_or_else(String::new, |id| format!(" with id {id}"));
            let detail = format!(
                "there is no {object}{which} that the event could be about; make one with the API or PUT /_mock/state"
            );
            Err(Refused::new(StatusCode::CONFLICT, "NothingToTell", detail))
        }
        Err(NoEvent::Refused(refusal)) => {
            mistake::report_refusal(&refusal);
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Err(Refused::new(status, "Internal", refusal.detail()))
        }
    }
}

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
