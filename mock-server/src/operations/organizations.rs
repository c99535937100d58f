//! `organizations:*`

use std::cmp::Ordering;

use super::Call;
use super::resources::{organization, pagination};
use crate::answer::{Answer, Outcome};
use crate::generated::answers::{ListResourceOrganization, Organization};
use crate::generated::operations::Organizations;
use crate::generated::requests::{OrganizationsGet, OrganizationsList};
use crate::refusal::Refusal;
use crate::rules::{Page, sort, wanted};
use crate::state;

impl Organizations for Call<'_> {
    fn list(&self, asked: OrganizationsList) -> Outcome<ListResourceOrganization<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        let slug = wanted(asked.slug.as_deref())?;
        let directory = self.world.read();
        let mine = self.organizations().iter();
        let mut rows: Vec<&state::Organization> = mine
            .filter_map(|&id| directory.organizations.find(id))
            .filter(|row| slug.is_none_or(|slug| slug == row.slug))
            .collect();
        sort(
            asked.sorting.as_deref(),
            &["created_at"],
            &mut rows,
            |criterion, a, b| match criterion {
                "created_at" => a.created_at.cmp(&b.created_at),
                "slug" => a.slug.cmp(&b.slug),
                "name" => a.name.cmp(&b.name),
                // None has changed its status since it was made.
                "days_in_status" => b.created_at.cmp(&a.created_at),
                _ => Ordering::Equal,
            },
        );
        let items = page.of(&rows).iter().map(|row| organization(row));
        Answer::of(&ListResourceOrganization {
            items: items.collect(),
            pagination: pagination(page, rows.len()),
        })
    }

    fn get(&self, asked: OrganizationsGet) -> Outcome<Organization<'static>> {
        let directory = self.world.read();
        let mine = self.organizations().contains(&asked.id);
        let found = directory.organizations.find(asked.id).filter(|_| mine);
        Answer::of(&organization(found.ok_or(Refusal::UNKNOWN)?))
    }
}
