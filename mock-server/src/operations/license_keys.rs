//! `license_keys:*`, for the seller's own servers. The portal's public operations share validate, activate and deactivate.

use std::sync::Arc;

use uuid::Uuid;

use super::Call;
use super::resources::{
    activation_base, key_order, key_read, key_subscription, order_of_key, pagination,
    subscription_of_key,
};
use crate::answer::{Answer, Echo, Outcome, Since};
use crate::generated::answers::{
    GrantedLicenseKey, LicenseKeyActivationCreated, LicenseKeyActivationRead, LicenseKeyRead,
    LicenseKeyWithActivations, ListResourceLicenseKeyRead, ValidatedLicenseKey,
};
use crate::generated::operations::LicenseKeys;
use crate::generated::requests::{
    LicenseKeyActivate, LicenseKeyDeactivate, LicenseKeyUpdate, LicenseKeyValidate,
    LicenseKeysActivate, LicenseKeysDeactivate, LicenseKeysGet, LicenseKeysGetActivation,
    LicenseKeysList, LicenseKeysRotate, LicenseKeysUpdate, LicenseKeysValidate,
};
use crate::refusal::Refusal;
use crate::rules::{self, Expiry, Page, Update, Validate};
use crate::state::{
    Activation, Directory, Job, KeyCell, LicenseKey, Metadata, Status, new_key, new_uuid, stored,
};
use crate::version::Version;

/// Which organizations an operation may touch: those of the caller, or any for the portal's public operations.
pub(super) enum Reach<'c> {
    Everything,
    Organizations(&'c [Uuid]),
}

impl<'c> Reach<'c> {
    fn of_caller(call: &'c Call<'_>) -> Self {
        Self::Organizations(call.organizations())
    }

    fn includes(&self, organization_id: Uuid) -> bool {
        match self {
            Self::Everything => true,
            Self::Organizations(ids) => ids.contains(&organization_id),
        }
    }
}

impl LicenseKeys for Call<'_> {
    fn list(&self, asked: LicenseKeysList) -> Outcome<ListResourceLicenseKeyRead<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        let mut organizations = self.organizations().to_vec();
        if let Some(wanted) = &asked.organization_id {
            organizations.retain(|id| wanted.contains(id));
        }
        let statuses: Option<Vec<Status>> = asked.status.map(|names| {
            let names = names.iter();
            names.filter_map(|name| Status::from_name(name)).collect()
        });
        let benefits = asked.benefit_id;
        if let ([organization], None, None) = (organizations.as_slice(), &benefits, &statuses) {
            let (cells, total) = self.world.keys.page(*organization, page.skip, page.take);
            return page_of_keys(self, &cells, page, total);
        }
        let all = self.world.keys.list(&organizations, |cell| {
            benefits
                .as_ref()
                .is_none_or(|wanted| wanted.contains(&cell.benefit_id))
                && statuses
                    .as_ref()
                    .is_none_or(|wanted| wanted.contains(&cell.row.lock().status))
        });
        page_of_keys(self, page.of(&all), page, all.len())
    }

    fn get(&self, asked: LicenseKeysGet) -> Outcome<LicenseKeyWithActivations<'static>> {
        let key = own_key(self, asked.id)?.row.lock().clone();
        key_with_activations(self, &key, &key.activations)
    }

    fn update(&self, asked: LicenseKeysUpdate) -> Outcome<LicenseKeyRead<'static>> {
        let cell = own_key(self, asked.id)?;
        let echo = asked.body.expires_at.value().cloned();
        let update = update_of(asked.body)?;
        let mut row = cell.row.lock();
        *row = rules::update(&row, &update, self.clock.now())?;
        let key = row.without_activations();
        drop(row);
        let directory = self.world.read();
        let mut read = key_read(&directory, self.version, &key)?;
        if let Some(given) = &echo {
            read.expires_at = Echo::Given(given.text());
        }
        let answer = Answer::of(&read);
        drop(directory);
        if update.status.is_some() {
            self.background(Job::KeyChanged(cell.id));
        }
        answer
    }

    fn rotate(&self, asked: LicenseKeysRotate) -> Outcome<LicenseKeyRead<'static>> {
        rotate_key(self, &own_key(self, asked.id)?)
    }

    fn get_activation(
        &self,
        asked: LicenseKeysGetActivation,
    ) -> Outcome<LicenseKeyActivationRead<'static>> {
        let key = own_key(self, asked.id)?.row.lock().clone();
        let activation = key.activation(asked.activation_id);
        let activation = activation.ok_or(Refusal::UNKNOWN)?;
        Answer::of(&LicenseKeyActivationRead {
            license_key_activation_base: activation_base(&key, activation, None),
            license_key: key_read(&self.world.read(), self.version, &key)?,
        })
    }

    fn validate(&self, asked: LicenseKeysValidate) -> Outcome<ValidatedLicenseKey<'static>> {
        validate_within(self, asked.body, &Reach::of_caller(self))
    }

    fn activate(
        &self,
        asked: LicenseKeysActivate,
    ) -> Outcome<LicenseKeyActivationCreated<'static>> {
        activate_within(self, asked.body, &Reach::of_caller(self))
    }

    fn deactivate(&self, asked: LicenseKeysDeactivate) -> Outcome<()> {
        deactivate_within(self, &asked.body, &Reach::of_caller(self))
    }
}

/// The keys of a page; `total` is how many there are on all pages.
pub(super) fn page_of_keys(
    call: &Call<'_>,
    cells: &[Arc<KeyCell>],
    page: Page,
    total: usize,
) -> Outcome<ListResourceLicenseKeyRead<'static>> {
    let directory = call.world.read();
    let rows: Vec<LicenseKey> = cells
        .iter()
        .map(|cell| cell.row.lock().without_activations())
        .collect();
    let items = rows
        .iter()
        .map(|key| key_read(&directory, call.version, key));
    Answer::of(&ListResourceLicenseKeyRead {
        items: items.collect::<Result<_, _>>()?,
        pagination: pagination(page, total),
    })
}

pub(super) fn key_with_activations(
    call: &Call<'_>,
    key: &LicenseKey,
    activations: &[Activation],
) -> Outcome<LicenseKeyWithActivations<'static>> {
    let directory = call.world.read();
    let activations = activations.iter();
    Answer::of(&LicenseKeyWithActivations {
        license_key_read: key_read(&directory, call.version, key)?,
        activations: activations
            .map(|activation| activation_base(key, activation, None))
            .collect(),
    })
}

fn update_of(asked: LicenseKeyUpdate) -> Result<Update, Refusal> {
    let int32 = |number: i128| i32::try_from(number).map_err(|_| Refusal::Crash);
    Ok(Update {
        status: asked
            .status
            .change()
            .map(|status| status.and_then(|name| Status::from_name(&name))),
        usage: asked.usage.map(int32).transpose()?,
        limit_activations: asked.limit_activations.try_map(int32)?.change(),
        limit_usage: asked.limit_usage.try_map(int32)?.change(),
        expires_at: asked.expires_at.change().map(|moment| {
            moment.map(|moment| Expiry {
                moment: moment.timestamp(),
                zoned: moment.is_zoned(),
            })
        }),
    })
}

pub(super) fn rotate_key(call: &Call<'_>, cell: &Arc<KeyCell>) -> Outcome<LicenseKeyRead<'static>> {
    let benefit = call.world.read().benefits.get(cell.benefit_id);
    let mut row = cell.row.lock();
    rules::rotate(&row)?;
    let fresh = new_key(benefit.as_deref().and_then(|benefit| benefit.prefix()));
    let old = std::mem::replace(&mut row.key, fresh.clone());
    call.world.keys.rename(cell, &old, fresh);
    row.modified_at = Some(call.clock.now());
    let key = row.without_activations();
    drop(row);
    Answer::of(&key_read(&call.world.read(), call.version, &key)?)
}

pub(super) fn validate_within(
    call: &Call<'_>,
    asked: LicenseKeyValidate,
    reach: &Reach<'_>,
) -> Outcome<ValidatedLicenseKey<'static>> {
    let ask = Validate {
        activation_id: asked.activation_id,
        conditions: asked.conditions.unwrap_or_default(),
        benefit_id: asked.benefit_id,
        customer_id: asked.customer_id,
        increment_usage: asked.increment_usage,
    };
    let named = (asked.organization_id, asked.key.as_str());
    let (key, activation) = decide(call, reach, named, |key| {
        let now = call.clock.now();
        let validated = rules::validate(key, &ask, now)?;
        key.usage = validated.usage;
        key.validations += 1;
        key.last_validated_at = Some(now);
        key.modified_at = Some(now);
        let activation = ask.activation_id.and_then(|id| key.activation(id)).cloned();
        Ok((key.without_activations(), activation))
    })?;
    let directory = call.world.read();
    let granted = granted(&directory, call.version, &key)?;
    let activation = activation.as_ref();
    Answer::of(&ValidatedLicenseKey {
        license_key_read: granted.license_key_read,
        subscription_id: granted.subscription_id,
        subscription: granted.subscription,
        order_id: granted.order_id,
        order: granted.order,
        activation: activation.map(|activation| activation_base(&key, activation, None)),
    })
}

/// A key with what it came from.
fn granted<'a>(
    directory: &'a Directory,
    version: Version,
    key: &'a LicenseKey,
) -> Result<GrantedLicenseKey<'a>, Refusal> {
    let subscription = || key_subscription(directory, key);
    let order = || key_order(directory, key);
    Ok(GrantedLicenseKey {
        license_key_read: key_read(directory, version, key)?,
        subscription_id: Since::new(version, || subscription().map(|row| row.id)),
        subscription: Since::new(version, || subscription().map(subscription_of_key)),
        order_id: Since::new(version, || order().map(|row| row.id)),
        order: Since::new(version, || order().map(order_of_key)),
    })
}

pub(super) fn activate_within(
    call: &Call<'_>,
    asked: LicenseKeyActivate,
    reach: &Reach<'_>,
) -> Outcome<LicenseKeyActivationCreated<'static>> {
    let conditions = asked.conditions.unwrap_or_default();
    let meta = asked.meta.unwrap_or_default();
    let named = (asked.organization_id, asked.key.as_str());
    let (key, activation) = decide(call, reach, named, |key| {
        let now = call.clock.now();
        rules::activate(key, now)?;
        let activation = Activation {
            id: new_uuid(),
            label: asked.label,
            conditions: Metadata(stored(&conditions).ok_or(Refusal::Crash)?),
            meta: Metadata(stored(&meta).ok_or(Refusal::Crash)?),
            created_at: now,
            modified_at: None,
        };
        key.activations.push(activation.clone());
        Ok((key.without_activations(), activation))
    })?;
    Answer::of(&LicenseKeyActivationCreated {
        license_key_activation_base: activation_base(&key, &activation, Some(&meta)),
        license_key: granted(&call.world.read(), call.version, &key)?,
    })
}

pub(super) fn deactivate_within(
    call: &Call<'_>,
    asked: &LicenseKeyDeactivate,
    reach: &Reach<'_>,
) -> Outcome<()> {
    decide(
        call,
        reach,
        (asked.organization_id, asked.key.as_str()),
        |key| {
            let place = rules::deactivate(key, asked.activation_id)?;
            key.activations.remove(place);
            Ok(())
        },
    )?;
    Answer::empty()
}

/// Runs a decision on the key that a request names by organization and text, alone with it.
fn decide<T>(
    call: &Call<'_>,
    reach: &Reach<'_>,
    (organization_id, text): (Uuid, &str),
    decision: impl FnOnce(&mut LicenseKey) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    if !reach.includes(organization_id) {
        return Err(Refusal::UNKNOWN);
    }
    let decided = call.world.with_key(organization_id, text, decision);
    decided.ok_or(Refusal::UNKNOWN)?
}

fn own_key(call: &Call<'_>, id: Uuid) -> Result<Arc<KeyCell>, Refusal> {
    let cell = call.world.keys.get(id);
    let reach = Reach::of_caller(call);
    cell.filter(|cell| reach.includes(cell.organization_id))
        .ok_or(Refusal::UNKNOWN)
}
