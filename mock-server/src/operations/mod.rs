//! What the operations of the contract do: one file per tag, one function per operation.

mod background;
mod benefits;
mod checkout_changes;
mod checkout_confirm;
mod checkout_links;
mod checkout_store;
mod checkouts;
mod cli;
mod customer_portal;
mod customer_portal_benefit_grants;
mod customer_portal_customers;
mod customer_portal_license_keys;
mod customer_portal_orders;
mod customer_portal_subscriptions;
mod customer_sessions;
mod customers;
mod discounts;
mod dispatch;
mod filters;
mod fulfilment;
mod grants;
mod license_keys;
mod orders;
mod organizations;
mod products;
mod refunds;
mod renewals;
mod resources;
mod subscription_store;
mod subscriptions;
mod trigger;
mod webhooks;

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderMap;
use serde::Serialize;
use uuid::Uuid;

use crate::mistake;
use crate::refusal::{Internal, Refusal};
use crate::rules::{self, CustomerName};
use crate::settings::Settings;
use crate::state::{
    Caller, Clock, Customer, Directory, Event, Table, Timestamp, WebhookEndpoint, World, new_uuid,
};
use crate::version::Version;

pub(crate) use background::run_due;
pub(crate) use checkouts::{expire_checkout, run_scheduler};
pub use dispatch::answer;
pub(crate) use trigger::{NoEvent, trigger};

/// A call of an operation: checked against the contract, with a caller who may make it.
pub struct Call<'s> {
    /// The world at the moment of the call.
    pub world: Arc<World>,
    /// The world's clock.
    pub clock: &'s Clock,
    /// The settings in force.
    pub settings: &'s Settings,
    /// The version asked for.
    pub version: Version,
    /// Who is asking; nobody on public operations.
    pub caller: Option<Caller>,
    /// What came over the wire; nothing where the page to pay on asks.
    pub sent: Option<Sent<'s>>,
}

/// What of a request no operation of the document looks at.
pub struct Sent<'s> {
    /// The query as it was written.
    pub query: &'s str,
    /// The headers.
    pub headers: &'s HeaderMap,
    /// Where the connection comes from.
    pub peer: IpAddr,
}

impl Sent<'_> {
    /// The address of who asks: a proxy in front knows it better.
    fn address(&self) -> String {
        let forwarded = self.headers.get("true-client-ip");
        match forwarded.and_then(|address| address.to_str().ok()) {
            Some(address) => address.to_owned(),
            None => self.peer.to_string(),
        }
    }
}

impl Call<'_> {
    /// The organizations whose objects the caller may touch.
    fn organizations(&self) -> &[Uuid] {
        self.caller
            .as_ref()
            .map(Caller::organizations)
            .unwrap_or_default()
    }

    /// The organization in which something is made; `given` is the one that the body names.
    fn payload_organization(&self, given: Option<Uuid>) -> Result<Uuid, Refusal> {
        rules::payload_organization(self.caller.as_ref(), given)
    }

    /// The customer that a body names, by id or by external id.
    fn named_customer(
        &self,
        directory: &Directory,
        id: Option<Uuid>,
        external_id: Option<&str>,
    ) -> Result<Arc<Customer>, Refusal> {
        let name = CustomerName::of(id, external_id)?;
        let found = self.customer(directory, name);
        found.ok_or_else(|| name.unknown())
    }

    /// Whether the caller has an organization's token.
    pub fn is_organization(&self) -> bool {
        matches!(self.caller, Some(Caller::Organization(_)))
    }

    /// The customer with this name, if the caller may touch it.
    fn customer(&self, directory: &Directory, name: CustomerName<'_>) -> Option<Arc<Customer>> {
        match name {
            CustomerName::Id(id) => directory.live_customer(self.organizations(), id),
            CustomerName::ExternalId(id) => {
                directory.customer_by_external_id(self.organizations(), id)
            }
        }
    }

    /// Where and when it happens.
    fn context(&self) -> Context<'_> {
        Context {
            world: &self.world,
            settings: self.settings,
            now: self.clock.now(),
        }
    }
}

/// A world at a moment: what happens in the background needs no more.
struct Context<'s> {
    world: &'s World,
    settings: &'s Settings,
    now: Timestamp,
}

impl Context<'_> {
    /// Records that something happened.
    #[track_caller]
    fn emit(
        &self,
        directory: &mut Directory,
        organization_id: Uuid,
        kind: &str,
        data: &impl Serialize,
    ) {
        if let Some(payload) = self.payload(kind, data) {
            self.note(directory, organization_id, kind, Some(payload));
        }
    }

    /// What is sent about something that happened; if it cannot be written, that is reported.
    #[track_caller]
    fn payload(&self, kind: &str, data: &impl Serialize) -> Option<String> {
        #[derive(Serialize)]
        struct Payload<'p, D> {
            #[serde(rename = "type")]
            kind: &'p str,
            timestamp: Timestamp,
            data: &'p D,
        }
        let payload = serde_json::to_string(&Payload {
            kind,
            timestamp: self.now,
            data,
        });
        match payload {
            Ok(payload) => Some(payload),
            Err(error) => {
                mistake::report(&Internal {
                    what: format!("{kind} cannot be written: {error}"),
                    place: std::panic::Location::caller(),
                });
                None
            }
        }
    }

    /// Records that something happened, with what is sent about it.
    fn note(
        &self,
        directory: &mut Directory,
        organization_id: Uuid,
        kind: &str,
        payload: Option<String>,
    ) {
        let event = Arc::new(Event {
            id: new_uuid(),
            organization_id,
            kind: kind.to_owned(),
            created_at: self.now,
            payload: payload.map(Into::into),
        });
        self.world.listeners.tell(&event);
        let listening = listening(&directory.webhook_endpoints, organization_id, kind);
        directory.webhooks.happened(event, listening);
        self.world.bell.notify_one();
    }
}

/// The endpoints to which an event of this kind goes.
fn listening<'d>(
    endpoints: &'d Table<WebhookEndpoint>,
    organization_id: Uuid,
    kind: &str,
) -> impl Iterator<Item = &'d WebhookEndpoint> {
    let endpoints = endpoints.iter().map(AsRef::as_ref);
    endpoints.filter(move |endpoint| rules::wants(endpoint, organization_id, kind))
}
