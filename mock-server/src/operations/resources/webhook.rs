//! Webhook endpoints and deliveries as they are answered.

use std::borrow::Cow;

use crate::generated::answers::{WebhookDelivery, WebhookEndpoint, WebhookEvent};
use crate::state;

/// An endpoint with its secret.
pub(in crate::operations) fn webhook_endpoint(row: &state::WebhookEndpoint) -> WebhookEndpoint<'_> {
    WebhookEndpoint {
        created_at: row.created_at,
        modified_at: row.modified_at,
        id: row.id,
        url: Cow::Borrowed(&row.url),
        name: row.name.as_deref().map(Cow::Borrowed),
        format: Cow::Borrowed(&row.format),
        secret: Cow::Borrowed(&row.secret),
        organization_id: row.organization_id,
        events: row.events.iter().map(|event| event.into()).collect(),
        enabled: row.enabled,
    }
}

/// An attempt to deliver an event.
pub(in crate::operations) fn webhook_delivery<'a>(
    row: &'a state::WebhookDelivery,
    event: &'a state::WebhookEvent,
) -> WebhookDelivery<'a> {
    WebhookDelivery {
        created_at: row.created_at,
        id: row.id,
        succeeded: row.succeeded,
        http_code: row.http_code.map(i64::from),
        response: row.response.as_deref().map(Cow::Borrowed),
        webhook_event: WebhookEvent {
            created_at: event.created_at,
            modified_at: event.modified_at,
            id: event.id,
            last_http_code: event.last_http_code.map(i64::from),
            succeeded: event.succeeded,
            skipped: event.skipped,
            payload: Some(Cow::Borrowed(&event.payload)),
            r#type: Cow::Borrowed(&event.kind),
        },
    }
}
