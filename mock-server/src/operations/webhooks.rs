//! `webhooks:*`

use std::sync::Arc;

use uuid::Uuid;

use super::Call;
use super::resources::{pagination, webhook_delivery, webhook_endpoint};
use crate::answer::{Answer, Null, Outcome};
use crate::contract::Moment;
use crate::generated::answers::{
    ListResourceWebhookDelivery, ListResourceWebhookEndpoint, WebhookEndpoint,
};
use crate::generated::operations::Webhooks;
use crate::generated::requests::{
    WebhooksCreateWebhookEndpoint, WebhooksDeleteWebhookEndpoint, WebhooksGetWebhookEndpoint,
    WebhooksListWebhookDeliveries, WebhooksListWebhookEndpoints, WebhooksRedeliverWebhookEvent,
    WebhooksResetWebhookEndpointSecret, WebhooksUpdateWebhookEndpoint,
};
use crate::refusal::Refusal;
use crate::rules::{self, EndpointUpdate, Page, is_one_of};
use crate::state::{self, Directory, Timestamp, WebhookEvent, new_secret, new_uuid};

impl Webhooks for Call<'_> {
    fn list_webhook_endpoints(
        &self,
        asked: WebhooksListWebhookEndpoints,
    ) -> Outcome<ListResourceWebhookEndpoint<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        let directory = self.world.read();
        let newest_first = directory.webhook_endpoints.iter().rev();
        let rows: Vec<_> = newest_first
            .filter(|row| is_mine(self, row))
            .filter(|row| is_one_of(&row.organization_id, asked.organization_id.as_ref()))
            .collect();
        let items = page.of(&rows).iter().map(|row| webhook_endpoint(row));
        Answer::of(&ListResourceWebhookEndpoint {
            items: items.collect(),
            pagination: pagination(page, rows.len()),
        })
    }

    fn create_webhook_endpoint(
        &self,
        asked: WebhooksCreateWebhookEndpoint,
    ) -> Outcome<WebhookEndpoint<'static>> {
        let asked = asked.body;
        let endpoint = state::WebhookEndpoint {
            id: new_uuid(),
            organization_id: self.payload_organization(asked.organization_id)?,
            url: asked.url,
            name: asked.name,
            format: asked.format,
            secret: asked.secret.unwrap_or_else(new_secret),
            events: asked.events,
            enabled: true,
            deleted_at: None,
            created_at: self.clock.now(),
            modified_at: None,
        };
        let endpoint = self.world.write().webhook_endpoints.put(endpoint);
        Answer::of(&webhook_endpoint(&endpoint))
    }

    fn get_webhook_endpoint(
        &self,
        asked: WebhooksGetWebhookEndpoint,
    ) -> Outcome<WebhookEndpoint<'static>> {
        let endpoint = asked_endpoint(self, &self.world.read(), asked.id)?;
        Answer::of(&webhook_endpoint(&endpoint))
    }

    fn update_webhook_endpoint(
        &self,
        asked: WebhooksUpdateWebhookEndpoint,
    ) -> Outcome<WebhookEndpoint<'static>> {
        let given = asked.body;
        let update = EndpointUpdate {
            url: given.url.change().flatten(),
            name: given.name.change().flatten(),
            secret: given.secret.change().flatten(),
            format: given.format.change().flatten(),
            events: given.events.change().flatten(),
            enabled: given.enabled.change().flatten(),
        };
        let endpoint = change(self, asked.id, |old, now| {
            rules::update_endpoint(old, update, now)
        })?;
        Answer::of(&webhook_endpoint(&endpoint))
    }

    fn reset_webhook_endpoint_secret(
        &self,
        asked: WebhooksResetWebhookEndpointSecret,
    ) -> Outcome<WebhookEndpoint<'static>> {
        let endpoint = change(self, asked.id, |old, now| {
            Ok(rules::reset_secret(old, new_secret(), now))
        })?;
        Answer::of(&webhook_endpoint(&endpoint))
    }

    fn delete_webhook_endpoint(&self, asked: WebhooksDeleteWebhookEndpoint) -> Outcome<()> {
        change(self, asked.id, |old, now| {
            Ok(rules::delete_endpoint(old, now))
        })?;
        Answer::empty()
    }

    fn list_webhook_deliveries(
        &self,
        asked: WebhooksListWebhookDeliveries,
    ) -> Outcome<ListResourceWebhookDelivery<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        let query = rules::search(asked.query.as_deref())?;
        let moment = |moment: &Option<Moment>| moment.as_ref().and_then(Moment::timestamp);
        let start = moment(&asked.start_timestamp);
        let end = moment(&asked.end_timestamp);
        let directory = self.world.read();
        let newest_first = directory.webhooks.deliveries().rev();
        let rows: Vec<_> = newest_first
            .filter_map(|row| Some((row, directory.webhooks.event(row.webhook_event_id)?)))
            .filter(|(_, event)| is_mine_to_send(self, &directory, event))
            .filter(|(_, event)| {
                is_one_of(&event.webhook_endpoint_id, asked.endpoint_id.as_ref())
                    && is_one_of(&event.kind, asked.event_type.as_ref())
            })
            .filter(|(row, _)| {
                start.is_none_or(|start| row.created_at > start)
                    && end.is_none_or(|end| row.created_at < end)
                    && asked.succeeded.is_none_or(|asked| asked == row.succeeded)
            })
            .filter(|(row, _)| {
                let class = asked.http_code_class.as_deref();
                class.is_none_or(|class| rules::is_of_class(row.http_code, class))
            })
            .filter(|(row, event)| {
                let code = row.http_code.map(|code| code.to_string());
                let texts = [row.id.to_string(), event.id.to_string()];
                let mut texts = texts.into_iter().chain(code);
                texts.any(|text| rules::is_like(&text, query.as_deref()))
            })
            .collect();
        let items = page.of(&rows).iter();
        Answer::of(&ListResourceWebhookDelivery {
            items: items
                .map(|(row, event)| webhook_delivery(row, event))
                .collect(),
            pagination: pagination(page, rows.len()),
        })
    }

    fn redeliver_webhook_event(&self, asked: WebhooksRedeliverWebhookEvent) -> Outcome<Null> {
        let mut directory = self.world.write();
        let found = directory.webhooks.event(asked.id);
        let mine = found.filter(|event| is_mine_to_send(self, &directory, event));
        let id = mine.ok_or(Refusal::UNKNOWN)?.id;
        directory.webhooks.redeliver(id, self.clock.now());
        drop(directory);
        self.world.bell.notify_one();
        Answer::of(&Null)
    }
}

/// Changes an endpoint. It is read and written under one lock: of two changes at once, each finds what the other made.
fn change(
    call: &Call<'_>,
    id: Uuid,
    change: impl FnOnce(&state::WebhookEndpoint, Timestamp) -> Result<state::WebhookEndpoint, Refusal>,
) -> Result<Arc<state::WebhookEndpoint>, Refusal> {
    let mut directory = call.world.write();
    let old = asked_endpoint(call, &directory, id)?;
    let endpoint = directory
        .webhook_endpoints
        .put(change(&old, call.clock.now())?);
    drop(directory);
    // What was waiting for it may now be sent, or never.
    call.world.bell.notify_one();
    Ok(endpoint)
}

fn is_mine(call: &Call<'_>, row: &state::WebhookEndpoint) -> bool {
    call.organizations().contains(&row.organization_id) && row.deleted_at.is_none()
}

fn is_mine_to_send(call: &Call<'_>, directory: &Directory, event: &WebhookEvent) -> bool {
    let endpoint = directory.webhook_endpoints.find(event.webhook_endpoint_id);
    endpoint.is_some_and(|endpoint| is_mine(call, endpoint))
}

fn asked_endpoint(
    call: &Call<'_>,
    directory: &Directory,
    id: Uuid,
) -> Result<Arc<state::WebhookEndpoint>, Refusal> {
    let found = directory.webhook_endpoints.get(id);
    found
        .filter(|row| is_mine(call, row))
        .ok_or(Refusal::UNKNOWN)
}
