//! `benefits:*` and `benefit-grants:list`

use std::cmp::Ordering;
use std::sync::Arc;

use uuid::Uuid;

use super::resources::{benefit, grant, pagination};
use super::{Call, Context};
use crate::answer::{Answer, MetadataView, Outcome};
use crate::generated::answers::{self, ListResourceBenefit, ListResourceBenefitGrant};
use crate::generated::operations::{BenefitGrants, Benefits};
use crate::generated::requests::{
    BenefitGrantsList, BenefitsCreate, BenefitsDelete, BenefitsGet, BenefitsGrants, BenefitsList,
    BenefitsUpdate,
};
use crate::json::Dict;
use crate::refusal::Refusal;
use crate::rules::{self, Page, is_one_of, is_some_of};
use crate::state::{Benefit, Directory, Grant, Job, new_uuid};

impl Benefits for Call<'_> {
    fn list(&self, asked: BenefitsList) -> Outcome<ListResourceBenefit<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        let query = rules::search(asked.query.as_deref())?;
        rules::check_wanted(asked.metadata.as_ref())?;
        let directory = self.world.read();
        let mut rows: Vec<&Arc<Benefit>> = directory
            .benefits
            .iter()
            .filter(|row| is_listed(self, &asked, query.as_deref(), row))
            .collect();
        let ids = asked.id.as_deref().unwrap_or_default();
        let place = |row: &Benefit| ids.iter().rposition(|id| *id == row.id);
        rules::sort(
            asked.sorting.as_deref(),
            &["-created_at"],
            &mut rows,
            |criterion, a, b| match criterion {
                "created_at" => a.created_at.cmp(&b.created_at),
                "description" => a.description.cmp(&b.description),
                "type" => a.kind.cmp(&b.kind),
                // The order in which their ids are given.
                "user_order" => place(a).cmp(&place(b)),
                _ => Ordering::Equal,
            },
        );
        let items = page.of(&rows).iter();
        Answer::of(&ListResourceBenefit {
            items: items.map(|row| benefit(row)).collect(),
            pagination: pagination(page, rows.len()),
        })
    }

    fn create(&self, asked: BenefitsCreate) -> Outcome<answers::Benefit<'static>> {
        let asked = asked.body;
        let organization_id = self.payload_organization(asked.organization_id)?;
        let now = self.clock.now();
        rules::check_needs(
            &asked.r#type,
            &asked.properties,
            None,
            self.is_organization(),
        )?;
        let row = rules::create_benefit(&asked, new_uuid(), organization_id, now)?;
        let mut directory = self.world.write();
        let row = directory.benefits.put(row);
        emit(&self.context(), &mut directory, "benefit.created", &row);
        drop(directory);
        answer(&row, asked.metadata.as_ref())
    }

    fn get(&self, asked: BenefitsGet) -> Outcome<answers::Benefit<'static>> {
        answer(&*own_benefit(self, &self.world.read(), asked.id)?, None)
    }

    fn update(&self, asked: BenefitsUpdate) -> Outcome<answers::Benefit<'static>> {
        let mut directory = self.world.write();
        let old = own_benefit(self, &directory, asked.id)?;
        let metadata = asked.body.metadata.clone();
        let row =
            rules::update_benefit(&old, asked.body, self.is_organization(), self.clock.now())?;
        let row = directory.benefits.put(row);
        // Sent even where nothing changed.
        emit(&self.context(), &mut directory, "benefit.updated", &row);
        drop(directory);
        if rules::reaches_keys(&old, &row) {
            self.background(Job::BenefitChanged(row.id));
        }
        answer(&row, metadata.as_ref())
    }

    fn delete(&self, asked: BenefitsDelete) -> Outcome<()> {
        let mut directory = self.world.write();
        let old = own_benefit(self, &directory, asked.id)?;
        let deleted = rules::delete_benefit(&old, self.clock.now());
        let deleted = directory.benefits.put(deleted);
        emit(&self.context(), &mut directory, "benefit.updated", &deleted);
        drop(directory);
        self.background(Job::BenefitDeleted(old.id));
        Answer::empty()
    }

    fn grants(&self, asked: BenefitsGrants) -> Outcome<ListResourceBenefitGrant<'static>> {
        let directory = self.world.read();
        let benefit = own_benefit(self, &directory, asked.id)?;
        let page = Page::new(asked.page, asked.limit)?;
        let mut rows = directory.grants_of_benefit(benefit.id);
        rows.retain(|grant| {
            asked
                .is_granted
                .is_none_or(|flag| flag == grant.is_granted())
                && is_one_of(&grant.customer_id, asked.customer_id.as_ref())
                && is_some_of(grant.member_id.as_ref(), asked.member_id.as_ref())
        });
        page_of_grants(self, &directory, rows, page, None)
    }
}

impl BenefitGrants for Call<'_> {
    fn list(&self, asked: BenefitGrantsList) -> Outcome<ListResourceBenefitGrant<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        let external_ids = asked.external_customer_id.as_ref();
        for id in external_ids.into_iter().flatten() {
            rules::search(Some(id))?;
        }
        let directory = self.world.read();
        let rows = directory.grants.iter().filter(|grant| {
            let customer = directory.customers.find(grant.customer_id);
            customer.is_some_and(|customer| {
                let organization_id = customer.organization_id;
                self.organizations().contains(&organization_id)
                    && is_one_of(&organization_id, asked.organization_id.as_ref())
                    && is_one_of(&customer.id, asked.customer_id.as_ref())
                    && is_some_of(customer.external_id.as_ref(), external_ids)
                    && asked
                        .is_granted
                        .is_none_or(|flag| flag == grant.is_granted())
            })
        });
        let rows = rows.cloned().collect();
        page_of_grants(self, &directory, rows, page, asked.sorting.as_deref())
    }
}

fn is_listed(call: &Call<'_>, asked: &BenefitsList, query: Option<&str>, row: &Benefit) -> bool {
    let wanted = asked.metadata.as_ref();
    let excluded = asked.exclude_id.as_ref();
    is_mine(call, row)
        && is_one_of(&row.organization_id, asked.organization_id.as_ref())
        && is_one_of(&row.kind, asked.r#type.as_ref())
        && is_one_of(&row.id, asked.id.as_ref())
        && excluded.is_none_or(|ids| !ids.contains(&row.id))
        && rules::is_like(&row.description, query)
        && wanted.is_none_or(|wanted| rules::has_metadata(&row.metadata.0, wanted))
}

fn page_of_grants(
    call: &Call<'_>,
    directory: &Directory,
    mut rows: Vec<Arc<Grant>>,
    page: Page,
    sorting: Option<&[String]>,
) -> Outcome<ListResourceBenefitGrant<'static>> {
    rules::sort(
        sorting,
        &["-created_at"],
        &mut rows,
        |criterion, a, b| match criterion {
            "created_at" => a.created_at.cmp(&b.created_at),
            "granted_at" => a.granted_at.cmp(&b.granted_at),
            "revoked_at" => a.revoked_at.cmp(&b.revoked_at),
            _ => Ordering::Equal,
        },
    );
    let items = page.of(&rows).iter();
    let items = items.map(|row| grant(directory, &call.world.keys, row));
    Answer::of(&ListResourceBenefitGrant {
        items: items.collect::<Result<_, _>>()?,
        pagination: pagination(page, rows.len()),
    })
}

fn emit(context: &Context<'_>, directory: &mut Directory, kind: &str, row: &Benefit) {
    context.emit(directory, row.organization_id, kind, &benefit(row));
}

/// Answers with a benefit. Metadata is shown as it was just given, where it was.
fn answer(row: &Benefit, metadata: Option<&Dict>) -> Outcome<answers::Benefit<'static>> {
    let mut shown = benefit(row);
    if let Some(given) = metadata {
        shown.metadata = MetadataView(given);
    }
    Answer::of(&shown)
}

fn own_benefit(call: &Call<'_>, directory: &Directory, id: Uuid) -> Result<Arc<Benefit>, Refusal> {
    let found = directory.benefits.get(id);
    found
        .filter(|benefit| is_mine(call, benefit))
        .ok_or(Refusal::UNKNOWN)
}

/// Whether a benefit is there for the caller.
fn is_mine(call: &Call<'_>, row: &Benefit) -> bool {
    call.organizations().contains(&row.organization_id) && row.deleted_at.is_none()
}
