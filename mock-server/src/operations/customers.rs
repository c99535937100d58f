//! `customers:*`

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::Value as Json;
use uuid::Uuid;

use super::customer_checks::{email_taken, external_id_taken, tax_id, wrong_update};
use super::resources::{
    CustomerView, GrantStateView, MemberView, SubscriptionStateView, page_of, sorted,
};
use super::{Call, Outcome, Scene};
use crate::contract::Arguments;
use crate::json::{Dict, Value, to_python_json};
use crate::mistake;
use crate::reply::Reply;
use crate::rules::Refusal;
use crate::state::{Customer, CustomerType, Directory, Job, Member, Metadata, new_uuid, stored};

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let organizations = call.organizations();
    let (email, query) = (asked.text("email"), call.search()?);
    let directory = call.world.read();
    let mut rows: Vec<Arc<Customer>> = directory
        .customers
        .iter()
        .filter(|customer| {
            organizations.contains(&customer.organization_id) && customer.deleted_at.is_none()
        })
        .filter(|customer| call.wants_metadata(&customer.metadata))
        .filter(|customer| {
            asked.flag("active").is_none_or(|active| {
                let subscriptions = directory.subscriptions_of(customer.id);
                active == subscriptions.iter().any(|row| row.is_active())
            })
        })
        .filter(|customer| email.is_none_or(|email| same_text(customer.email.as_deref(), email)))
        .filter(|customer| {
            query
                .as_deref()
                .is_none_or(|query| mentions(customer, query))
        })
        .cloned()
        .collect();
    sorted(
        asked,
        &["-created_at"],
        &mut rows,
        |criterion, a, b| match criterion {
            "name" | "customer_name" => a.name.cmp(&b.name),
            "email" => a.email.cmp(&b.email),
            "created_at" => a.created_at.cmp(&b.created_at),
            _ => Ordering::Equal,
        },
    );
    page_of(asked, rows, |customer| {
        Ok(CustomerView::new(&directory, customer))
    })
}

fn same_text(given: Option<&str>, wanted: &str) -> bool {
    given.is_some_and(|given| given.to_lowercase() == wanted.to_lowercase())
}

fn mentions(customer: &Customer, query: &str) -> bool {
    let has = |field: &Option<String>| {
        let field = field.as_ref().map(|field| field.to_lowercase());
        field.is_some_and(|field| field.contains(query))
    };
    let external_id = customer.external_id.as_ref().map(|id| id.to_lowercase());
    has(&customer.email)
        || has(&customer.name)
        || has(&customer.billing_name)
        || external_id.is_some_and(|id| id.starts_with(query))
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let organization_id = call.payload_organization()?;
    let mut directory = call.world.write();
    let member_model = directory
        .organizations
        .get(organization_id)
        .is_some_and(|organization| organization.member_model);
    let email = asked.text("email").map(normal_email);
    let external_id = asked.text("external_id").filter(|id| !id.is_empty());
    let taken = [
        email
            .as_deref()
            .and_then(|email| email_taken(&directory, organization_id, email)),
        external_id.and_then(|id| external_id_taken(&directory, organization_id, id)),
    ];
    let taken: Vec<_> = taken.into_iter().flatten().collect();
    if !taken.is_empty() {
        return Err(Refusal::Invalid(taken));
    }
    let billing_address = address(asked);
    let tax_id = tax_id(asked.text("tax_id"), billing_address.as_ref())?;
    let now = call.clock.now();
    let metadata = given_metadata(asked);
    let customer = Customer {
        id: new_uuid(),
        organization_id,
        external_id: external_id.map(str::to_owned),
        email,
        email_verified: false,
        kind: if asked.text("type") == Some("team") {
            CustomerType::Team
        } else {
            CustomerType::Individual
        },
        name: asked.text("name").map(str::to_owned),
        billing_name: None,
        billing_address,
        tax_id,
        locale: asked.text("locale").map(str::to_owned),
        metadata: kept_metadata(metadata.as_ref())?,
        created_at: now,
        modified_at: None,
        deleted_at: None,
    };
    if member_model {
        let mut owner = Member::owner_of(&customer);
        if let Some(given) = asked.object("owner") {
            let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
            owner.email = text("email").map_or(owner.email, |email| normal_email(&email));
            owner.name = text("name").or(owner.name);
            owner.external_id = text("external_id").or(owner.external_id);
        }
        let owner = directory.put_member(owner);
        call.scene().emit(
            &mut directory,
            organization_id,
            "member.created",
            &MemberView::new(&owner),
        );
    }
    let customer = directory.put_customer(customer);
    let view = CustomerView::new(&directory, customer.clone());
    call.scene()
        .emit(&mut directory, organization_id, "customer.created", &view);
    emit_state(&call.scene(), &mut directory, customer.id);
    drop(directory);
    Ok(Reply::json(201, &view.with_metadata(metadata)))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let directory = call.world.read();
    let view = CustomerView::new(&directory, asked_customer(call, &directory)?);
    drop(directory);
    Ok(Reply::json(200, &view))
}

pub(super) fn get_state(call: &Call<'_>) -> Outcome {
    let directory = call.world.read();
    let state = CustomerState::new(
        &call.scene(),
        &directory,
        &asked_customer(call, &directory)?,
    )?;
    drop(directory);
    Ok(Reply::json(200, &state))
}

pub(super) fn update(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let mut directory = call.world.write();
    let old = asked_customer(call, &directory)?;
    let mut customer = Customer::clone(&old);
    // An address that differs in case only is none that is new.
    let same = |email: &String| {
        let known = old.email.as_deref().unwrap_or_default();
        known.to_lowercase() == email.to_lowercase()
    };
    let email = asked.text("email").map(normal_email);
    let email = email.filter(|email| !same(email));
    let wrong = wrong_update(&directory, asked, &old, email.as_deref());
    if !wrong.is_empty() {
        return Err(Refusal::Invalid(wrong));
    }
    if asked.body_has("external_id") {
        customer.external_id = asked.text("external_id").map(str::to_owned);
    }
    if let Some(email) = &email {
        customer.email = Some(email.clone());
        customer.email_verified = false;
    }
    if asked.text("type") == Some("team") {
        customer.kind = CustomerType::Team;
    }
    if asked.body_has("name") {
        customer.name = asked.text("name").map(str::to_owned);
    }
    if asked.body_has("locale") {
        customer.locale = asked.text("locale").map(str::to_owned);
    }
    if asked.body_has("billing_address") {
        customer.billing_address = address(asked);
    }
    let known = old.tax_id.as_ref().and_then(|known| known[0].as_str());
    customer.tax_id = tax_id(
        asked.text("tax_id").or(known),
        customer.billing_address.as_ref(),
    )?;
    let metadata = given_metadata(asked);
    if metadata.is_some() {
        customer.metadata = kept_metadata(metadata.as_ref())?;
    }
    if customer != *old {
        customer.modified_at = Some(call.clock.now());
    }
    let changed = customer != *old;
    let owner = directory.owner_of(old.id);
    if let (CustomerType::Individual, Some(email), Some(owner)) = (customer.kind, email, owner) {
        directory.put_member(Member {
            email,
            modified_at: Some(call.clock.now()),
            ..Member::clone(&owner)
        });
    }
    let customer = directory.put_customer(customer);
    let view = CustomerView::new(&directory, customer.clone());
    if changed {
        call.scene().emit(
            &mut directory,
            customer.organization_id,
            "customer.updated",
            &view,
        );
        emit_state(&call.scene(), &mut directory, customer.id);
    }
    drop(directory);
    Ok(Reply::json(200, &view.with_metadata(metadata)))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut directory = call.world.write();
    let old = asked_customer(call, &directory)?;
    let now = call.clock.now();
    let customer = Customer {
        external_id: None,
        deleted_at: Some(now),
        modified_at: Some(now),
        ..Customer::clone(&old)
    };
    let customer = directory.put_customer(customer);
    let view = CustomerView::new(&directory, customer.clone());
    call.scene().emit(
        &mut directory,
        customer.organization_id,
        "customer.deleted",
        &view,
    );
    drop(directory);
    call.background(Job::CustomerDeleted(customer.id));
    Ok(Reply::no_content())
}

/// The customer that the path names.
fn asked_customer(call: &Call<'_>, directory: &Directory) -> Result<Arc<Customer>, Refusal> {
    let organizations = call.organizations();
    let found = match call.arguments.parameter("external_id") {
        Some(external_id) => directory.customer_by_external_id(organizations, external_id),
        None => call
            .arguments
            .uuid("id")
            .and_then(|id| directory.live_customer(organizations, id)),
    };
    found.ok_or(Refusal::UNKNOWN)
}

/// An address with its domain in lower case.
fn normal_email(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
        None => email.to_owned(),
    }
}

const ADDRESS_FIELDS: [&str; 6] = ["line1", "line2", "postal_code", "city", "state", "country"];

/// A billing address with all its fields.
fn address(asked: &Arguments) -> Option<Json> {
    let given = asked.object("billing_address")?;
    let field = |name: &str| {
        given
            .get(name)
            .and_then(Value::as_str)
            .map_or(Json::Null, Json::from)
    };
    Some(
        ADDRESS_FIELDS
            .map(|name| (name.to_owned(), field(name)))
            .into_iter()
            .collect::<serde_json::Map<_, _>>()
            .into(),
    )
}

/// Metadata as it was given in the body.
pub(super) fn given_metadata(asked: &Arguments) -> Option<Dict> {
    asked.object("metadata").cloned()
}

/// Metadata as it is kept.
pub(super) fn kept_metadata(given: Option<&Dict>) -> Result<Metadata, Refusal> {
    given.map_or(Ok(Metadata::default()), |given| {
        stored(given).map(Metadata).ok_or(Refusal::Crash)
    })
}

/// An object of the body as plain JSON.
pub(super) fn plain_json(value: &Value) -> Json {
    serde_json::from_str(&to_python_json(value)).unwrap_or_default()
}

/// How many subscriptions and grants a customer may have had whose state is written down even if nobody wants it. It tells
/// all of them each time one changes.
const STATE_KEPT: usize = 200;

/// Tells that what a customer has changed.
pub(super) fn emit_state(scene: &Scene<'_>, directory: &mut Directory, customer_id: Uuid) {
    let Some(customer) = directory.customers.get(customer_id) else {
        return;
    };
    let (kind, organization) = ("customer.state_changed", customer.organization_id);
    if directory.holdings_of(customer_id) > STATE_KEPT && !directory.is_wanted(organization, kind) {
        scene.note(directory, organization, kind, None);
        return;
    }
    match CustomerState::new(scene, directory, &customer) {
        Ok(state) => scene.emit(directory, organization, kind, &state),
        Err(refusal) => mistake::report_refusal(&refusal),
    }
}

/// `CustomerState`: a customer, what they subscribed to and what they have.
struct CustomerState {
    customer: CustomerView,
    subscriptions: Vec<SubscriptionStateView>,
    benefits: Vec<GrantStateView>,
}

impl CustomerState {
    fn new(
        scene: &Scene<'_>,
        directory: &Directory,
        customer: &Arc<Customer>,
    ) -> Result<Self, Refusal> {
        let subscriptions = directory.subscriptions_of(customer.id);
        let active = subscriptions
            .into_iter()
            .filter(|subscription| subscription.is_active());
        let grants = directory.grants_of_customer(customer.id);
        let granted = grants.into_iter().filter(|grant| grant.is_granted());
        Ok(Self {
            customer: CustomerView::new(directory, customer.clone()),
            subscriptions: active
                .map(|row| SubscriptionStateView::new(directory, row))
                .collect::<Result<_, _>>()?,
            benefits: granted
                .map(|row| GrantStateView::new(directory, &scene.world.keys, row))
                .collect(),
        })
    }
}

impl serde::Serialize for CustomerState {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        self.customer.entries(&mut map)?;
        map.serialize_entry("active_subscriptions", &self.subscriptions)?;
        map.serialize_entry("granted_benefits", &self.benefits)?;
        map.serialize_entry::<_, [(); 0]>("active_meters", &[])?;
        map.end()
    }
}
