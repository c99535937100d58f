//! `webhooks:*`

use std::sync::Arc;

use super::resources::{WebhookDeliveryView, WebhookEndpointView, page_of};
use super::{Call, Outcome};
use crate::reply::Reply;
use crate::rules::Refusal;
use crate::state::{Directory, Timestamp, WebhookDelivery, WebhookEndpoint, new_secret, new_uuid};

pub(super) fn list_endpoints(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let wanted = asked.uuids("organization_id");
    let directory = call.world.read();
    let rows: Vec<Arc<WebhookEndpoint>> = directory
        .webhook_endpoints
        .iter()
        .rev()
        .filter(|row| is_mine(call, row))
        .filter(|row| {
            wanted
                .as_ref()
                .is_none_or(|ids| ids.contains(&row.organization_id))
        })
        .cloned()
        .collect();
    drop(directory);
    page_of(asked, rows, |row| Ok(WebhookEndpointView(row)))
}

pub(super) fn create_endpoint(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let endpoint = WebhookEndpoint {
        id: new_uuid(),
        organization_id: call.payload_organization(call.arguments.uuid("organization_id"))?,
        url: asked.text("url").unwrap_or_default().to_owned(),
        name: asked.text("name").map(str::to_owned),
        format: asked.text("format").unwrap_or_default().to_owned(),
        secret: new_secret(),
        events: events(call).unwrap_or_default(),
        enabled: true,
        deleted_at: None,
        created_at: call.clock.now(),
        modified_at: None,
    };
    let endpoint = call.world.write().webhook_endpoints.put(endpoint);
    Ok(Reply::json(201, &WebhookEndpointView(endpoint)))
}

pub(super) fn get_endpoint(call: &Call<'_>) -> Outcome {
    let endpoint = asked_endpoint(call, &call.world.read())?;
    Ok(Reply::json(200, &WebhookEndpointView(endpoint)))
}

/// Changes what is given; `null` changes nothing.
pub(super) fn update_endpoint(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    change(call, |endpoint| {
        let text = |name: &str| asked.text(name).map(str::to_owned);
        if let Some(url) = text("url") {
            endpoint.url = url;
        }
        if let Some(name) = text("name") {
            endpoint.name = Some(name);
        }
        if let Some(format) = text("format") {
            endpoint.format = format;
        }
        if let Some(events) = events(call) {
            endpoint.events = events;
        }
        if let Some(enabled) = asked.flag("enabled") {
            endpoint.enabled = enabled;
        }
    })
}

pub(super) fn reset_secret(call: &Call<'_>) -> Outcome {
    change(call, |endpoint| endpoint.secret = new_secret())
}

pub(super) fn delete_endpoint(call: &Call<'_>) -> Outcome {
    let now = call.clock.now();
    change(call, |endpoint| endpoint.deleted_at = Some(now))?;
    Ok(Reply::no_content())
}

pub(super) fn list_deliveries(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let endpoints = asked.uuids("endpoint_id");
    let kinds = asked.texts("event_type");
    let moment = |name: &str| asked.text(name).and_then(Timestamp::parse);
    let (start, end) = (moment("start_timestamp"), moment("end_timestamp"));
    let class = asked
        .text("http_code_class")
        .and_then(|class| class.chars().next());
    let query = call.search()?;
    let directory = call.world.read();
    let rows: Vec<WebhookDeliveryView> = directory
        .webhooks
        .deliveries()
        .rev()
        .filter_map(|row| Some((row, directory.webhooks.event(row.webhook_event_id)?)))
        .filter(|(_, event)| {
            let endpoint = directory.webhook_endpoints.get(event.webhook_endpoint_id);
            endpoint.is_some_and(|endpoint| is_mine(call, &endpoint))
                && endpoints
                    .as_ref()
                    .is_none_or(|ids| ids.contains(&event.webhook_endpoint_id))
                && kinds
                    .as_ref()
                    .is_none_or(|kinds| kinds.contains(&event.kind.as_str()))
        })
        .filter(|(row, _)| {
            start.is_none_or(|start| row.created_at >= start)
                && end.is_none_or(|end| row.created_at <= end)
                && asked
                    .flag("succeeded")
                    .is_none_or(|succeeded| succeeded == row.succeeded)
                && class.is_none_or(|class| code_begins_with(row, class))
        })
        .filter(|(_, event)| {
            query
                .as_ref()
                .is_none_or(|query| event.payload.to_lowercase().contains(query))
        })
        .map(|(row, event)| WebhookDeliveryView::new(row.clone(), event.clone()))
        .collect();
    drop(directory);
    page_of(asked, rows, Ok)
}

fn code_begins_with(row: &WebhookDelivery, class: char) -> bool {
    row.http_code
        .is_some_and(|code| code.to_string().starts_with(class))
}

pub(super) fn redeliver(call: &Call<'_>) -> Outcome {
    let mut directory = call.world.write();
    let found = call
        .arguments
        .uuid("id")
        .and_then(|id| directory.webhooks.event(id))
        .filter(|event| {
            let endpoint = directory.webhook_endpoints.get(event.webhook_endpoint_id);
            endpoint.is_some_and(|endpoint| is_mine(call, &endpoint))
        })
        .ok_or(Refusal::UNKNOWN)?
        .id;
    directory.webhooks.redeliver(found, call.clock.now());
    drop(directory);
    call.world.bell.notify_one();
    Ok(Reply::json(202, &()))
}

fn events(call: &Call<'_>) -> Option<Vec<String>> {
    let events = call.arguments.texts("events")?;
    Some(events.into_iter().map(str::to_owned).collect())
}

/// Changes the endpoint that is asked for, if the change makes a difference. It is read and written under one lock: of two
/// changes at once, each finds what the other made.
fn change(call: &Call<'_>, change: impl FnOnce(&mut WebhookEndpoint)) -> Outcome {
    let mut directory = call.world.write();
    let old = asked_endpoint(call, &directory)?;
    let mut endpoint = WebhookEndpoint::clone(&old);
    change(&mut endpoint);
    if endpoint == *old {
        return Ok(Reply::json(200, &WebhookEndpointView(old)));
    }
    endpoint.modified_at = Some(call.clock.now());
    let endpoint = directory.webhook_endpoints.put(endpoint);
    drop(directory);
    // What was waiting for it may now be sent, or never.
    call.world.bell.notify_one();
    Ok(Reply::json(200, &WebhookEndpointView(endpoint)))
}

fn is_mine(call: &Call<'_>, row: &WebhookEndpoint) -> bool {
    call.organizations().contains(&row.organization_id) && row.deleted_at.is_none()
}

fn asked_endpoint(call: &Call<'_>, directory: &Directory) -> Result<Arc<WebhookEndpoint>, Refusal> {
    let found = call
        .arguments
        .uuid("id")
        .and_then(|id| directory.webhook_endpoints.get(id));
    found
        .filter(|row| is_mine(call, row))
        .ok_or(Refusal::UNKNOWN)
}
