//! `customers:*`

use std::sync::Arc;

use uuid::Uuid;

use super::resources::{Holdings, customer, member, pagination};
use super::{Call, Context, listening};
use crate::answer::{Answer, MetadataView, Outcome};
use crate::contract::Patch;
use crate::generated::answers::{Customer, CustomerState, ListResourceCustomer};
use crate::generated::operations::Customers;
use crate::generated::requests::{
    CustomersCreate, CustomersDelete, CustomersDeleteExternal, CustomersGet, CustomersGetExternal,
    CustomersGetState, CustomersGetStateExternal, CustomersList, CustomersUpdate,
    CustomersUpdateExternal, MemberOwnerCreate,
};
use crate::json::Dict;
use crate::mistake;
use crate::refusal::Refusal;
use crate::rules::{
    self, CustomerFilter, CustomerName, CustomerUpdate, NewCustomer, NewOwner, Page, Taken,
};
use crate::state::{self, CustomerType, Directory, Job, Member, new_uuid};

impl Customers for Call<'_> {
    fn list(&self, asked: CustomersList) -> Outcome<ListResourceCustomer<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        rules::check_wanted(asked.metadata.as_ref())?;
        rules::wanted(asked.email.as_deref())?;
        let filter = CustomerFilter {
            organization_id: asked.organization_id,
            email: asked.email,
            query: rules::search(asked.query.as_deref())?,
            active: asked.active,
            metadata: asked.metadata,
        };
        let organizations = self.organizations();
        let directory = self.world.read();
        let subscribed = |id| {
            let subscriptions = directory.subscriptions_of(id);
            subscriptions.iter().any(|row| row.is_active())
        };
        let mut rows: Vec<&state::Customer> = directory
            .customers
            .iter()
            .map(AsRef::as_ref)
            .filter(|row| organizations.contains(&row.organization_id))
            .filter(|row| filter.shows(row, || subscribed(row.id)))
            .collect();
        rules::sort(
            asked.sorting.as_deref(),
            &["-created_at"],
            &mut rows,
            |criterion, a, b| rules::compare_customers(criterion, a, b),
        );
        let items = page.of(&rows).iter().map(|row| customer(&directory, row));
        Answer::of(&ListResourceCustomer {
            items: items.collect(),
            pagination: pagination(page, rows.len()),
        })
    }

    fn create(&self, asked: CustomersCreate) -> Outcome<Customer<'static>> {
        let asked = asked.body;
        let organization_id = self.payload_organization(asked.organization_id)?;
        let mut directory = self.world.write();
        let organization = directory.organizations.find(organization_id);
        let organization =
            organization.ok_or_else(|| Refusal::internal("a token has no organization"))?;
        let member_model = organization.member_model;
        let (email, external_id) = (asked.email.as_deref(), asked.external_id.as_deref());
        let taken = taken(&directory, organization_id, None, email, external_id);
        let new = NewCustomer {
            organization_id,
            external_id: asked.external_id,
            email: asked.email,
            kind: asked.r#type.as_deref().map(kind).unwrap_or_default(),
            name: asked.name,
            billing_address: asked.billing_address.map(|given| rules::address(&given)),
            tax_id: asked.tax_id,
            locale: asked.locale,
            metadata: asked.metadata.clone(),
        };
        let context = self.context();
        let row = rules::create_customer(new_uuid(), new, taken, context.now)?;
        if member_model {
            let owner = rules::create_owner(&row, asked.owner.map(owner));
            let owner = directory.put_member(owner);
            let shown = member(&owner);
            context.emit(&mut directory, organization_id, "member.created", &shown);
        }
        let row = directory.put_customer(row);
        emit(&context, &mut directory, "customer.created", &row);
        emit_state(&context, &mut directory, row.id);
        answer_change(&directory, &row, asked.metadata.as_ref())
    }

    fn get(&self, asked: CustomersGet) -> Outcome<Customer<'static>> {
        get(self, CustomerName::Id(asked.id))
    }

    fn get_external(&self, asked: CustomersGetExternal) -> Outcome<Customer<'static>> {
        get(self, CustomerName::ExternalId(&asked.external_id))
    }

    fn get_state(&self, asked: CustomersGetState) -> Outcome<CustomerState<'static>> {
        get_state(self, CustomerName::Id(asked.id))
    }

    fn get_state_external(
        &self,
        asked: CustomersGetStateExternal,
    ) -> Outcome<CustomerState<'static>> {
        get_state(self, CustomerName::ExternalId(&asked.external_id))
    }

    fn update(&self, asked: CustomersUpdate) -> Outcome<Customer<'static>> {
        let body = asked.body;
        let change = CustomerUpdate {
            external_id: body.external_id.change(),
            email: given(body.email),
            kind: body.r#type.change().map(|given| given.as_deref().map(kind)),
            name: body.name.change(),
            billing_address: body
                .billing_address
                .change()
                .map(|given| given.map(|given| rules::address(&given))),
            tax_id: body.tax_id.change(),
            locale: body.locale.change(),
            metadata: body.metadata,
        };
        update(self, CustomerName::Id(asked.id), change)
    }

    /// The external id is the name of the customer here, and cannot be changed.
    fn update_external(&self, asked: CustomersUpdateExternal) -> Outcome<Customer<'static>> {
        let body = asked.body;
        let change = CustomerUpdate {
            external_id: None,
            email: given(body.email),
            kind: None,
            name: body.name.change(),
            billing_address: body
                .billing_address
                .change()
                .map(|given| given.map(|given| rules::address(&given))),
            tax_id: body.tax_id.change(),
            locale: body.locale.change(),
            metadata: body.metadata,
        };
        update(self, CustomerName::ExternalId(&asked.external_id), change)
    }

    fn delete(&self, asked: CustomersDelete) -> Outcome<()> {
        delete(self, CustomerName::Id(asked.id), asked.anonymize)
    }

    fn delete_external(&self, asked: CustomersDeleteExternal) -> Outcome<()> {
        let name = CustomerName::ExternalId(&asked.external_id);
        delete(self, name, asked.anonymize)
    }
}

fn get(call: &Call<'_>, name: CustomerName<'_>) -> Outcome<Customer<'static>> {
    let directory = call.world.read();
    let row = find(call, &directory, name)?;
    Answer::of(&customer(&directory, &row))
}

fn get_state(call: &Call<'_>, name: CustomerName<'_>) -> Outcome<CustomerState<'static>> {
    let directory = call.world.read();
    let holdings = Holdings::of(&directory, find(call, &directory, name)?);
    Answer::of(&holdings.state(&directory, &call.world.keys)?)
}

fn update(
    call: &Call<'_>,
    name: CustomerName<'_>,
    change: CustomerUpdate,
) -> Outcome<Customer<'static>> {
    let mut directory = call.world.write();
    let old = find(call, &directory, name)?;
    let external_id = change.external_id.as_ref().and_then(Option::as_deref);
    let email = change.email.as_deref();
    let organization_id = old.organization_id;
    let taken = taken(
        &directory,
        organization_id,
        Some(old.id),
        email,
        external_id,
    );
    let metadata = change.metadata.clone();
    let context = call.context();
    let row = rules::update_customer(&old, change, taken, context.now)?;
    let owner = directory.owner_of(old.id);
    if let Some(owner) =
        owner.and_then(|owner| rules::update_owner(&owner, &old, &row, context.now))
    {
        directory.put_member(owner);
    }
    let row = directory.put_customer(row);
    // Also where nothing is different.
    emit(&context, &mut directory, "customer.updated", &row);
    emit_state(&context, &mut directory, row.id);
    answer_change(&directory, &row, metadata.as_ref())
}

fn delete(call: &Call<'_>, name: CustomerName<'_>, anonymize: Option<bool>) -> Outcome<()> {
    let mut directory = call.world.write();
    let old = find(call, &directory, name)?;
    let context = call.context();
    for row in directory.members_of(old.id) {
        let shown = member(&row);
        context.emit(
            &mut directory,
            old.organization_id,
            "member.deleted",
            &shown,
        );
        directory.put_member(Member {
            modified_at: Some(context.now),
            ..Member::clone(&row)
        });
    }
    let row = rules::delete_customer(&old, anonymize.unwrap_or_default(), context.now);
    let row = directory.put_customer(row);
    emit(&context, &mut directory, "customer.deleted", &row);
    emit_state(&context, &mut directory, row.id);
    drop(directory);
    call.background(Job::CustomerDeleted(row.id));
    Answer::empty()
}

/// The customer as it is now, with metadata as the request gave it.
fn answer_change(
    directory: &Directory,
    row: &state::Customer,
    metadata: Option<&Dict>,
) -> Outcome<Customer<'static>> {
    let shown = customer(directory, row);
    Answer::of(&Customer {
        metadata: metadata.map_or(shown.metadata, MetadataView),
        ..shown
    })
}

/// The customer that the path names.
fn find(
    call: &Call<'_>,
    directory: &Directory,
    name: CustomerName<'_>,
) -> Result<Arc<state::Customer>, Refusal> {
    let found = call.customer(directory, name.look_up()?);
    found.ok_or(Refusal::UNKNOWN)
}

/// What a customer other than `own` already has.
fn taken(
    directory: &Directory,
    organization_id: Uuid,
    own: Option<Uuid>,
    email: Option<&str>,
    external_id: Option<&str>,
) -> Taken {
    let by_email = |email| directory.customer_by_email(organization_id, email);
    let by_id = |id| directory.customer_by_external_id(&[organization_id], id);
    let is_other = |found: Arc<state::Customer>| Some(found.id) != own;
    Taken {
        email: email.and_then(by_email).is_some_and(is_other),
        external_id: external_id.and_then(by_id).is_some_and(is_other),
    }
}

fn kind(name: &str) -> CustomerType {
    match name {
        "team" => CustomerType::Team,
        _ => CustomerType::Individual,
    }
}

fn owner(given: MemberOwnerCreate) -> NewOwner {
    NewOwner {
        email: given.email,
        name: given.name,
        external_id: given.external_id,
    }
}

/// The value of a field whose `null` leaves it as it is.
fn given<T>(patch: Patch<T>) -> Option<T> {
    patch.change().flatten()
}

/// Records what happened to a customer.
pub(super) fn emit(
    context: &Context<'_>,
    directory: &mut Directory,
    kind: &str,
    row: &state::Customer,
) {
    let data = customer(directory, row);
    context.emit(directory, row.organization_id, kind, &data);
}

/// A state repeats everything that a customer has each time that something of it changes. If they ever had more
/// subscriptions and grants than this, it is written only if an endpoint wants it.
const STATE_KEPT: usize = 200;

/// Records that what a customer has is different now.
pub(super) fn emit_state(context: &Context<'_>, directory: &mut Directory, customer_id: Uuid) {
    let Some(customer) = directory.customers.get(customer_id) else {
        return;
    };
    let (kind, organization) = ("customer.state_changed", customer.organization_id);
    if directory.holdings_of(customer_id) > STATE_KEPT
        && !context.world.listeners.any()
        && listening(&directory.webhook_endpoints, organization, kind)
            .next()
            .is_none()
    {
        context.note(directory, organization, kind, None);
        return;
    }
    let holdings = Holdings::of(directory, customer);
    let state = holdings.state(directory, &context.world.keys);
    match state.map(|state| context.payload(kind, &state)) {
        Ok(Some(payload)) => context.note(directory, organization, kind, Some(payload)),
        Ok(None) => {}
        Err(refusal) => mistake::report_refusal(&refusal),
    }
}
