//! `organizations:*`

use std::cmp::Ordering;
use std::sync::Arc;

use super::resources::{OrganizationView, page_of, sorted};
use super::{Call, Outcome};
use crate::reply::Reply;
use crate::rules::Refusal;
use crate::state::Organization;

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let slug = asked.text("slug");
    let directory = call.world.read();
    let mut rows: Vec<Arc<Organization>> = call
        .organizations()
        .iter()
        .filter_map(|&id| directory.organizations.get(id))
        .filter(|row| slug.is_none_or(|slug| slug == row.slug))
        .collect();
    drop(directory);
    sorted(
        asked,
        &["created_at"],
        &mut rows,
        |criterion, a, b| match criterion {
            "created_at" => a.created_at.cmp(&b.created_at),
            "slug" => a.slug.cmp(&b.slug),
            "name" => a.name.cmp(&b.name),
            _ => Ordering::Equal,
        },
    );
    page_of(asked, rows, |row| Ok(OrganizationView(row)))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let id = call
        .arguments
        .uuid("id")
        .filter(|id| call.organizations().contains(id));
    let found = id.and_then(|id| call.world.read().organizations.get(id));
    Ok(Reply::json(
        200,
        &OrganizationView(found.ok_or(Refusal::UNKNOWN)?),
    ))
}
