//! `license_keys:*`, for the seller's own servers. The portal's public operations share validate, activate and deactivate.

use std::sync::Arc;

use uuid::Uuid;

use super::resources::{ActivationView, ActivationWithKey, KeyView, ListResource, Tail};
use super::{Call, Outcome};
use crate::contract::Arguments;
use crate::edge::Reply;
use crate::rules::{self, Expiry, Page, Refusal, Update, Validate};
use crate::state::{
    Activation, Job, KeyCell, LicenseKey, Metadata, Status, Timestamp, new_key, new_uuid, stored,
};

/// Which organizations an operation may touch: those of the caller, or any for the portal's public operations.
pub(super) enum Reach<'c> {
    Everything,
    Organizations(&'c [Uuid]),
}

impl<'c> Reach<'c> {
    fn of_caller(call: &'c Call<'_>) -> Self {
        Self::Organizations(
            call.caller
                .as_ref()
                .map(|caller| caller.organizations())
                .unwrap_or_default(),
        )
    }

    fn includes(&self, organization_id: Uuid) -> bool {
        match self {
            Self::Everything => true,
            Self::Organizations(ids) => ids.contains(&organization_id),
        }
    }
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let page = Page::new(asked.integer("page"), asked.integer("limit"))?;
    let own = call
        .caller
        .as_ref()
        .map(|caller| caller.organizations())
        .unwrap_or_default();
    let organizations: Vec<Uuid> = match asked.uuids("organization_id") {
        Some(wanted) => own
            .iter()
            .copied()
            .filter(|id| wanted.contains(id))
            .collect(),
        None => own.to_vec(),
    };
    let benefits = asked.uuids("benefit_id");
    let statuses: Option<Vec<Status>> = asked
        .texts("status")
        .map(|names| names.into_iter().filter_map(Status::from_name).collect());
    let (cells, total) = match (organizations.as_slice(), &benefits, &statuses) {
        ([organization], None, None) => call.world.keys.page(*organization, page.skip, page.take),
        _ => {
            let all = call.world.keys.list(&organizations, |cell| {
                benefits
                    .as_ref()
                    .is_none_or(|wanted| wanted.contains(&cell.benefit_id))
                    && statuses
                        .as_ref()
                        .is_none_or(|wanted| wanted.contains(&cell.row.lock().status))
            });
            (
                all.iter()
                    .skip(page.skip)
                    .take(page.take)
                    .cloned()
                    .collect(),
                all.len(),
            )
        }
    };
    page_of_keys(call, &cells, page, total)
}

pub(super) fn page_of_keys(
    call: &Call<'_>,
    cells: &[Arc<KeyCell>],
    page: Page,
    total: usize,
) -> Outcome {
    let directory = call.world.read();
    let rows = cells
        .iter()
        .map(|cell| cell.row.lock().without_activations());
    let items: Result<Vec<KeyView>, Refusal> = rows
        .map(|key| KeyView::new(&directory, call.version, key, Tail::Plain))
        .collect();
    drop(directory);
    Ok(Reply::json(
        200,
        &ListResource {
            items: items?,
            pagination: page.pagination(total),
        },
    ))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let key = own_key(call)?.row.lock().clone();
    let activations = activation_views(&key);
    Ok(Reply::json(
        200,
        &call.key_view(key, Tail::Activations(activations))?,
    ))
}

/// All live activations of a key.
pub(super) fn activation_views(key: &LicenseKey) -> Vec<ActivationView> {
    key.activations
        .iter()
        .map(|activation| ActivationView::new(key.id, activation.clone()))
        .collect()
}

pub(super) fn get_activation(call: &Call<'_>) -> Outcome {
    let key = own_key(call)?.row.lock().clone();
    let id = call
        .arguments
        .uuid("activation_id")
        .ok_or(Refusal::UNKNOWN)?;
    let activation =
        ActivationView::new(key.id, key.activation(id).ok_or(Refusal::UNKNOWN)?.clone());
    let view = ActivationWithKey {
        activation,
        license_key: call.key_view(key, Tail::Plain)?,
    };
    Ok(Reply::json(200, &view))
}

pub(super) fn update(call: &Call<'_>) -> Outcome {
    let cell = own_key(call)?;
    let asked = update_of(&call.arguments)?;
    let mut row = cell.row.lock();
    *row = rules::update(&row, &asked, call.clock.now())?;
    let key = row.without_activations();
    drop(row);
    let view = call
        .key_view(key, Tail::Plain)?
        .with_expires_at(call.arguments.text("expires_at"));
    if asked.status.is_some() {
        call.background(Job::KeyChanged(cell.id));
    }
    Ok(Reply::json(200, &view))
}

fn update_of(asked: &Arguments) -> Result<Update, Refusal> {
    let int32 = |name: &str| {
        asked
            .integer(name)
            .map(|number| i32::try_from(number).map_err(|_| Refusal::Crash))
            .transpose()
    };
    // Given, and perhaps null.
    let nullable = |name: &str| {
        Ok(if asked.has(name) {
            Some(int32(name)?)
        } else {
            None
        })
    };
    Ok(Update {
        status: asked
            .has("status")
            .then(|| asked.text("status").and_then(Status::from_name)),
        usage: int32("usage")?,
        limit_activations: nullable("limit_activations")?,
        limit_usage: nullable("limit_usage")?,
        expires_at: asked.has("expires_at").then(|| {
            asked.text("expires_at").map(|text| {
                // The decoder's normal form has an offset behind the time, or nothing.
                let zoned = text.len() > 19 && text[19..].contains(['Z', '+', '-']);
                Expiry {
                    moment: Timestamp::parse(text),
                    zoned,
                }
            })
        }),
    })
}

pub(super) fn rotate(call: &Call<'_>) -> Outcome {
    rotate_key(call, &own_key(call)?)
}

pub(super) fn rotate_key(call: &Call<'_>, cell: &Arc<KeyCell>) -> Outcome {
    let benefit = call.world.read().benefits.get(cell.benefit_id);
    let mut row = cell.row.lock();
    rules::rotate(&row)?;
    let fresh = new_key(benefit.as_deref().and_then(|benefit| benefit.prefix()));
    let old = std::mem::replace(&mut row.key, fresh.clone());
    call.world.keys.rename(cell, &old, fresh);
    row.modified_at = Some(call.clock.now());
    let key = row.without_activations();
    drop(row);
    Ok(Reply::json(200, &call.key_view(key, Tail::Plain)?))
}

pub(super) fn validate(call: &Call<'_>) -> Outcome {
    validate_within(call, &Reach::of_caller(call))
}

pub(super) fn activate(call: &Call<'_>) -> Outcome {
    activate_within(call, &Reach::of_caller(call))
}

pub(super) fn deactivate(call: &Call<'_>) -> Outcome {
    deactivate_within(call, &Reach::of_caller(call))
}

pub(super) fn validate_within(call: &Call<'_>, reach: &Reach<'_>) -> Outcome {
    let asked = &call.arguments;
    let ask = Validate {
        activation_id: asked.uuid("activation_id"),
        conditions: asked.dict("conditions"),
        benefit_id: asked.uuid("benefit_id"),
        customer_id: asked.uuid("customer_id"),
        increment_usage: asked.integer("increment_usage"),
    };
    let (key, activation) = decide(call, reach, |key| {
        let now = call.clock.now();
        let validated = rules::validate(key, &ask, now)?;
        key.usage = validated.usage;
        key.validations += 1;
        key.last_validated_at = Some(now);
        key.modified_at = Some(now);
        let activation = ask.activation_id.and_then(|id| key.activation(id)).cloned();
        Ok((key.without_activations(), activation))
    })?;
    let activation = activation.map(|activation| ActivationView::new(key.id, activation));
    Ok(Reply::json(
        200,
        &call.key_view(key, Tail::Activation(activation))?,
    ))
}

pub(super) fn activate_within(call: &Call<'_>, reach: &Reach<'_>) -> Outcome {
    let asked = &call.arguments;
    let label = asked.text("label").unwrap_or_default();
    let (conditions, meta) = (asked.dict("conditions"), asked.dict("meta"));
    let (key, activation) = decide(call, reach, |key| {
        let now = call.clock.now();
        rules::activate(key, now)?;
        let activation = Activation {
            id: new_uuid(),
            label: label.to_owned(),
            conditions: Metadata(stored(&conditions).ok_or(Refusal::Crash)?),
            meta: Metadata(stored(&meta).ok_or(Refusal::Crash)?),
            created_at: now,
            modified_at: None,
        };
        key.activations.push(activation.clone());
        Ok((key.without_activations(), activation))
    })?;
    let view = ActivationWithKey {
        activation: ActivationView::new(key.id, activation).with_meta(meta),
        license_key: call.key_view(key, Tail::Activated)?,
    };
    Ok(Reply::json(200, &view))
}

pub(super) fn deactivate_within(call: &Call<'_>, reach: &Reach<'_>) -> Outcome {
    let id = call
        .arguments
        .uuid("activation_id")
        .ok_or(Refusal::UNKNOWN)?;
    decide(call, reach, |key| {
        let place = rules::deactivate(key, id)?;
        key.activations.remove(place);
        Ok(())
    })?;
    Ok(Reply::no_content())
}

/// Runs a decision on the key that the request names, alone with it.
fn decide<T>(
    call: &Call<'_>,
    reach: &Reach<'_>,
    decision: impl FnOnce(&mut LicenseKey) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let asked = &call.arguments;
    let organization_id = asked
        .uuid("organization_id")
        .filter(|&id| reach.includes(id))
        .ok_or(Refusal::UNKNOWN)?;
    let text = asked.text("key").ok_or(Refusal::UNKNOWN)?;
    call.world
        .with_key(organization_id, text, decision)
        .ok_or(Refusal::UNKNOWN)?
}

fn own_key(call: &Call<'_>) -> Result<Arc<KeyCell>, Refusal> {
    let reach = Reach::of_caller(call);
    let cell = call
        .arguments
        .uuid("id")
        .and_then(|id| call.world.keys.get(id));
    cell.filter(|cell| reach.includes(cell.organization_id))
        .ok_or(Refusal::UNKNOWN)
}

impl Call<'_> {
    pub(super) fn key_view(&self, key: LicenseKey, tail: Tail) -> Result<KeyView, Refusal> {
        KeyView::new(&self.world.read(), self.version, key, tail)
    }
}
