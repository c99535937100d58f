//! Events on demand: `POST /_mock/events/trigger`.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use super::Context;
use super::grants::benefit_of;
use super::resources::{
    Holdings, benefit, checkout, customer, discount, grant, granted_key, member, order,
    organization, product, refund, subscription,
};
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::state::{Directory, Row, Table, Timestamp, World};

/// Why no event is sent.
#[derive(Debug)]
pub(crate) enum NoEvent {
    /// Nothing in the world could be what happened: there is no such object, or not with this id.
    Nothing {
        /// What it would have to be, like `order`.
        object: String,
    },
    /// The object cannot be written.
    Refused(Refusal),
}

impl From<Refusal> for NoEvent {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Sends an event about the newest object of its kind, or about the one with this id, as it is now.
pub(crate) fn trigger(
    world: &World,
    settings: &Settings,
    now: Timestamp,
    kind: &str,
    id: Option<Uuid>,
) -> Result<(), NoEvent> {
    let context = Context {
        world,
        settings,
        now,
    };
    let mut directory = world.write();
    let (organization_id, data) = about(&context, &directory, kind, id)?;
    context.emit(&mut directory, organization_id, kind, &data);
    Ok(())
}

/// Whose event it is, and its data.
fn about(
    context: &Context<'_>,
    directory: &Directory,
    kind: &str,
    id: Option<Uuid>,
) -> Result<(Uuid, Box<RawValue>), NoEvent> {
    let object = kind.split_once('.').map_or(kind, |(object, _)| object);
    let of_customer = |id: Uuid| {
        let found = directory.customers.find(id);
        found
            .map(|customer| customer.organization_id)
            .ok_or_else(|| Refusal::internal("a row has no customer"))
    };
    Ok(match object {
        "checkout" => {
            let row = newest(&directory.checkouts, object, id)?;
            let shown = checkout(directory, &row, context.world.site.url())?;
            (row.organization_id, written(&shown)?)
        }
        "customer" if kind == "customer.state_changed" => {
            let row = newest(&directory.customers, object, id)?;
            let holdings = Holdings::of(directory, row.clone());
            let shown = holdings.state(directory, &context.world.keys)?;
            (row.organization_id, written(&shown)?)
        }
        "customer" => {
            let row = newest(&directory.customers, object, id)?;
            (row.organization_id, written(&customer(directory, &row))?)
        }
        "member" => {
            let row = newest(&directory.members, object, id)?;
            (of_customer(row.customer_id)?, written(&member(&row))?)
        }
        "order" => {
            let row = newest(&directory.orders, object, id)?;
            let shown = order(directory, &row)?;
            (of_customer(row.customer_id)?, written(&shown)?)
        }
        "subscription" => {
            let row = newest(&directory.subscriptions, object, id)?;
            let shown = subscription(directory, &row)?;
            (of_customer(row.customer_id)?, written(&shown)?)
        }
        "refund" => {
            let row = newest(&directory.refunds, object, id)?;
            let shown = refund(directory, &row)?;
            (shown.organization_id, written(&shown)?)
        }
        "product" => {
            let row = newest(&directory.products, object, id)?;
            (row.organization_id, written(&product(directory, &row))?)
        }
        "discount" => {
            let row = newest(&directory.discounts, object, id)?;
            (row.organization_id, written(&discount(directory, &row))?)
        }
        "benefit" => {
            let row = newest(&directory.benefits, object, id)?;
            (row.organization_id, written(&benefit(&row))?)
        }
        "benefit_grant" => {
            let row = newest(&directory.grants, object, id)?;
            let mut shown = grant(directory, &context.world.keys, &row)?;
            shown.previous_properties = Some(granted_key(&context.world.keys, &row));
            let organization_id = benefit_of(directory, &row)?.organization_id;
            (organization_id, written(&shown)?)
        }
        "organization" => {
            let row = newest(&directory.organizations, object, id)?;
            (row.id, written(&organization(&row))?)
        }
        _ => {
            return Err(NoEvent::Nothing {
                object: object.to_owned(),
            });
        }
    })
}

/// The row with this id, or the newest one.
fn newest<T: Row>(table: &Table<T>, object: &str, id: Option<Uuid>) -> Result<Arc<T>, NoEvent> {
    let found = match id {
        Some(id) => table.get(id),
        None => table.iter().next_back().cloned(),
    };
    found.ok_or_else(|| NoEvent::Nothing {
        object: object.to_owned(),
    })
}

fn written(data: &impl Serialize) -> Result<Box<RawValue>, Refusal> {
    to_raw_value(data)
        .map_err(|error| Refusal::internal(format!("an event cannot be written: {error}")))
}
