//! `WebhookEndpoint` and `WebhookDelivery`.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::state::{WebhookDelivery, WebhookEndpoint, WebhookEvent};

/// `WebhookEndpoint`, its secret in clear.
pub(in crate::operations) struct WebhookEndpointView(
    pub(in crate::operations) Arc<WebhookEndpoint>,
);

impl Serialize for WebhookEndpointView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = &*self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("created_at", &row.created_at)?;
        map.serialize_entry("modified_at", &row.modified_at)?;
        map.serialize_entry("id", &row.id)?;
        map.serialize_entry("url", &row.url)?;
        map.serialize_entry("name", &row.name)?;
        map.serialize_entry("format", &row.format)?;
        map.serialize_entry("secret", &row.secret)?;
        map.serialize_entry("organization_id", &row.organization_id)?;
        map.serialize_entry("events", &row.events)?;
        map.serialize_entry("enabled", &row.enabled)?;
        map.end()
    }
}

/// `WebhookDelivery` with its `WebhookEvent`.
pub(in crate::operations) struct WebhookDeliveryView {
    row: Arc<WebhookDelivery>,
    event: WebhookEventView,
}

impl WebhookDeliveryView {
    pub(in crate::operations) fn new(row: Arc<WebhookDelivery>, event: Arc<WebhookEvent>) -> Self {
        Self {
            row,
            event: WebhookEventView(event),
        }
    }
}

impl Serialize for WebhookDeliveryView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = &*self.row;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("created_at", &row.created_at)?;
        map.serialize_entry("modified_at", &())?;
        map.serialize_entry("id", &row.id)?;
        map.serialize_entry("succeeded", &row.succeeded)?;
        map.serialize_entry("http_code", &row.http_code)?;
        map.serialize_entry("response", &row.response)?;
        map.serialize_entry("webhook_event", &self.event)?;
        map.end()
    }
}

/// `WebhookEvent`.
struct WebhookEventView(Arc<WebhookEvent>);

impl Serialize for WebhookEventView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = &*self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("created_at", &row.created_at)?;
        map.serialize_entry("modified_at", &row.modified_at)?;
        map.serialize_entry("id", &row.id)?;
        map.serialize_entry("last_http_code", &row.last_http_code)?;
        map.serialize_entry("succeeded", &row.succeeded)?;
        map.serialize_entry("skipped", &row.skipped)?;
        map.serialize_entry("payload", &row.payload)?;
        map.serialize_entry("type", &row.kind)?;
        map.serialize_entry("is_archived", &false)?;
        map.end()
    }
}
