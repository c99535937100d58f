//! `discounts:*`

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::Call;
use super::resources::{discount, pagination};
use crate::answer::{Answer, Echo, MetadataView, Outcome};
use crate::generated::answers::{self, ListResourceDiscount};
use crate::generated::operations::Discounts;
use crate::generated::requests::{
    DiscountCreate, DiscountsCreate, DiscountsDelete, DiscountsGet, DiscountsList, DiscountsUpdate,
};
use crate::refusal::Refusal;
use crate::rules::{self, Page, is_one_of};
use crate::state::{self, Directory, new_uuid};

impl Discounts for Call<'_> {
    fn list(&self, asked: DiscountsList) -> Outcome<ListResourceDiscount<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        let query = rules::search(asked.query.as_deref())?;
        let directory = self.world.read();
        let is_found = |row: &state::Discount| {
            let mut texts = std::iter::once(&row.name).chain(&row.code);
            texts.any(|text| rules::is_like(text, query.as_deref()))
        };
        let rows = directory.discounts.iter();
        let mut rows: Vec<_> = rows
            .filter(|row| is_mine(self, row) && is_found(row))
            .filter(|row| is_one_of(&row.organization_id, asked.organization_id.as_ref()))
            .collect();
        rules::sort(
            asked.sorting.as_deref(),
            &["-created_at"],
            &mut rows,
            |criterion, a, b| rules::compare_discounts(criterion, a, b),
        );
        let items = page.of(&rows).iter();
        Answer::of(&ListResourceDiscount {
            items: items.map(|row| discount(&directory, row)).collect(),
            pagination: pagination(page, rows.len()),
        })
    }

    fn create(&self, asked: DiscountsCreate) -> Outcome<answers::Discount<'static>> {
        let asked = asked.body;
        let organization_id = self.payload_organization(asked.organization_id)?;
        let mut directory = self.world.write();
        let id = new_uuid();
        let row = rules::create_discount(
            id,
            organization_id,
            &asked,
            is_taken(&directory, organization_id, id, asked.code.as_ref()),
            |id| has_product(&directory, organization_id, id),
            self.clock.now(),
        )?;
        let row = directory.discounts.put(row);
        let shown = as_given(discount(&directory, &row), &asked);
        let answer = Answer::of(&shown);
        let context = self.context();
        let payload = context.payload("discount.created", &shown);
        drop(shown);
        context.note(&mut directory, organization_id, "discount.created", payload);
        answer
    }

    fn get(&self, asked: DiscountsGet) -> Outcome<answers::Discount<'static>> {
        let directory = self.world.read();
        let row = own_discount(self, &directory, asked.id)?;
        Answer::of(&discount(&directory, &row))
    }

    fn update(&self, asked: DiscountsUpdate) -> Outcome<answers::Discount<'static>> {
        let (id, asked) = (asked.id, asked.body);
        let mut directory = self.world.write();
        let old = own_discount(self, &directory, id)?;
        let is_taken = is_taken(&directory, old.organization_id, id, asked.code.value());
        let row = rules::update_discount(
            &old,
            asked,
            is_taken,
            |id| has_product(&directory, old.organization_id, id),
            self.clock.now(),
        )?;
        let row = directory.discounts.put(row);
        // Sent even where nothing changed.
        tell(self, &mut directory, "discount.updated", &row);
        Answer::of(&discount(&directory, &row))
    }

    fn delete(&self, asked: DiscountsDelete) -> Outcome<()> {
        let mut directory = self.world.write();
        let old = own_discount(self, &directory, asked.id)?;
        tell(self, &mut directory, "discount.deleted", &old);
        directory.discounts.put(state::Discount {
            deleted_at: Some(self.clock.now()),
            ..state::Discount::clone(&old)
        });
        Answer::empty()
    }
}

/// A new discount as its request gave it: in the order of its names, and with its moments as they were written.
fn as_given<'a>(
    mut shown: answers::Discount<'a>,
    asked: &'a DiscountCreate,
) -> answers::Discount<'a> {
    let minimal = &mut shown.discount_minimal;
    if let Some(metadata) = &asked.metadata {
        minimal.metadata = MetadataView(metadata);
    }
    for (place, given) in [
        (&mut minimal.starts_at, &asked.starts_at),
        (&mut minimal.ends_at, &asked.ends_at),
    ] {
        if let Some(given) = given {
            *place = Echo::Given(given.text());
        }
    }
    if let Some(amounts) = &asked.amounts {
        let amounts = rules::amounts_of(amounts);
        if let Some((currency, amount)) = amounts.first()
            && minimal.currency.as_deref() != Some("usd")
        {
            minimal.currency = Some(Cow::Owned(currency.clone()));
            minimal.amount = Some(*amount);
        }
        let amounts = amounts.into_iter();
        let amounts: Map<_, _> = amounts
            .map(|(currency, amount)| (currency, Json::from(amount)))
            .collect();
        minimal.amounts = Some(Cow::Owned(Json::Object(amounts)));
    }
    shown
}

fn tell(call: &Call<'_>, directory: &mut Directory, kind: &str, row: &state::Discount) {
    let context = call.context();
    let payload = context.payload(kind, &discount(directory, row));
    context.note(directory, row.organization_id, kind, payload);
}

/// Whether another discount of the organization has this code.
fn is_taken(directory: &Directory, organization: Uuid, id: Uuid, code: Option<&String>) -> bool {
    let mut live = directory
        .discounts
        .iter()
        .filter(|row| row.deleted_at.is_none());
    code.is_some_and(|code| {
        live.any(|row| {
            row.organization_id == organization && row.id != id && rules::has_code(row, code)
        })
    })
}

fn has_product(directory: &Directory, organization: Uuid, id: Uuid) -> bool {
    let found = directory.products.find(id);
    found.is_some_and(|product| product.organization_id == organization)
}

fn is_mine(call: &Call<'_>, row: &state::Discount) -> bool {
    call.organizations().contains(&row.organization_id) && row.deleted_at.is_none()
}

fn own_discount(
    call: &Call<'_>,
    directory: &Directory,
    id: Uuid,
) -> Result<Arc<state::Discount>, Refusal> {
    let found = directory.discounts.get(id);
    found
        .filter(|row| is_mine(call, row))
        .ok_or(Refusal::UNKNOWN)
}
