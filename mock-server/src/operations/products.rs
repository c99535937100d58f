//! `products:*`

use std::sync::Arc;

use uuid::Uuid;

use super::checkout_links::forget_product;
use super::resources::{pagination, product};
use super::{Call, Context};
use crate::answer::{Answer, MetadataView, Outcome};
use crate::generated::answers::{self, ListResourceProduct};
use crate::generated::operations::Products;
use crate::generated::requests::{
    ProductsCreate, ProductsGet, ProductsList, ProductsUpdate, ProductsUpdateBenefits,
};
use crate::json::Dict;
use crate::refusal::Refusal;
use crate::rules::{self, Page, is_one_of};
use crate::state::{Directory, Job, Product, new_uuid};

impl Products for Call<'_> {
    fn list(&self, asked: ProductsList) -> Outcome<ListResourceProduct<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        let query = rules::search(asked.query.as_deref())?;
        rules::check_wanted(asked.metadata.as_ref())?;
        let directory = self.world.read();
        let mut rows: Vec<&Arc<Product>> = directory
            .products
            .iter()
            .filter(|row| is_listed(self, &asked, query.as_deref(), row))
            .collect();
        rules::sort(
            asked.sorting.as_deref(),
            &["-created_at"],
            &mut rows,
            |criterion, a, b| rules::compare_products(criterion, a, b),
        );
        // Searched for by benefits, products show only those of them.
        let shown: Vec<Product> = page
            .of(&rows)
            .iter()
            .map(|row| {
                let mut shown = Product::clone(row);
                shown
                    .benefits
                    .retain(|id| is_one_of(id, asked.benefit_id.as_ref()));
                shown
            })
            .collect();
        Answer::of(&ListResourceProduct {
            items: shown.iter().map(|row| product(&directory, row)).collect(),
            pagination: pagination(page, rows.len()),
        })
    }

    fn create(&self, asked: ProductsCreate) -> Outcome<answers::Product<'static>> {
        let asked = asked.body;
        let organization_id = self.payload_organization(asked.organization_id)?;
        let now = self.clock.now();
        let mut directory = self.world.write();
        let has_seats = has_seats(&directory, organization_id)?;
        let row = rules::create_product(&asked, organization_id, has_seats, now, new_uuid)?;
        let row = directory.products.put(row);
        emit(&self.context(), &mut directory, "product.created", &row);
        answer(&directory, &row, asked.metadata.as_ref())
    }

    fn get(&self, asked: ProductsGet) -> Outcome<answers::Product<'static>> {
        let directory = self.world.read();
        answer(&directory, &*own_product(self, &directory, asked.id)?, None)
    }

    fn update(&self, asked: ProductsUpdate) -> Outcome<answers::Product<'static>> {
        let mut directory = self.world.write();
        let old = own_product(self, &directory, asked.id)?;
        let metadata = asked.body.metadata.clone();
        let has_seats = has_seats(&directory, old.organization_id)?;
        let row = rules::update_product(&old, asked.body, has_seats, self.clock.now(), new_uuid)?;
        let row = directory.products.put(row);
        if row.is_archived {
            forget_product(&mut directory, row.id, self.clock.now());
        }
        // Sent even where nothing changed.
        emit(&self.context(), &mut directory, "product.updated", &row);
        answer(&directory, &row, metadata.as_ref())
    }

    fn update_benefits(&self, asked: ProductsUpdateBenefits) -> Outcome<answers::Product<'static>> {
        let mut directory = self.world.write();
        let old = own_product(self, &directory, asked.id)?;
        let benefits = asked.body.benefits;
        rules::check_benefits(&old, &benefits, |id| directory.benefits.find(id))?;
        let row = directory.products.put(Product {
            benefits,
            ..Product::clone(&old)
        });
        // Sent even where nothing changed.
        emit(&self.context(), &mut directory, "product.updated", &row);
        let answer = answer(&directory, &row, None);
        drop(directory);
        self.background(Job::ProductBenefitsChanged(row.id));
        answer
    }
}

/// Whether an organization sells seats, as all do that have members.
fn has_seats(directory: &Directory, organization: Uuid) -> Result<bool, Refusal> {
    let found = directory.organizations.find(organization);
    let found = found.ok_or_else(|| Refusal::internal("a product has no organization"))?;
    Ok(found.member_model)
}

fn is_listed(call: &Call<'_>, asked: &ProductsList, query: Option<&str>, row: &Product) -> bool {
    let wanted = asked.metadata.as_ref();
    let benefits = asked.benefit_id.as_ref();
    call.organizations().contains(&row.organization_id)
        && is_one_of(&row.organization_id, asked.organization_id.as_ref())
        && is_one_of(&row.id, asked.id.as_ref())
        && is_one_of(&row.visibility, asked.visibility.as_ref())
        && benefits.is_none_or(|ids| row.benefits.iter().any(|id| ids.contains(id)))
        && rules::is_like(&row.name, query)
        && asked.is_archived.is_none_or(|flag| flag == row.is_archived)
        && asked
            .is_recurring
            .is_none_or(|flag| flag == row.recurring_interval.is_some())
        && wanted.is_none_or(|wanted| rules::has_metadata(&row.metadata.0, wanted))
}

fn emit(context: &Context<'_>, directory: &mut Directory, kind: &str, row: &Product) {
    let payload = context.payload(kind, &product(directory, row));
    context.note(directory, row.organization_id, kind, payload);
}

/// Answers with a product. Metadata is shown as it was just given, where it was.
fn answer(
    directory: &Directory,
    row: &Product,
    metadata: Option<&Dict>,
) -> Outcome<answers::Product<'static>> {
    let mut shown = product(directory, row);
    if let Some(given) = metadata {
        shown.metadata = MetadataView(given);
    }
    Answer::of(&shown)
}

fn own_product(call: &Call<'_>, directory: &Directory, id: Uuid) -> Result<Arc<Product>, Refusal> {
    let found = directory.products.get(id);
    found
        .filter(|product| call.organizations().contains(&product.organization_id))
        .ok_or(Refusal::UNKNOWN)
}
