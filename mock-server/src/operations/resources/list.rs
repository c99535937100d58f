//! Lists: sorted, cut into pages.

use std::cmp::Ordering;
use std::sync::Arc;

use serde::Serialize;

use crate::contract::Arguments;
use crate::reply::Reply;
use crate::rules::{Page, Pagination, Refusal};

/// A page of a list.
#[derive(Serialize)]
pub(in crate::operations) struct ListResource<T> {
    pub(in crate::operations) items: Vec<T>,
    pub(in crate::operations) pagination: Pagination,
}

/// Answers with the page that was asked for.
pub(in crate::operations) fn page_of<R, V: Serialize>(
    asked: &Arguments,
    rows: Vec<R>,
    view: impl FnMut(R) -> Result<V, Refusal>,
) -> Result<Reply, Refusal> {
    let page = Page::new(asked.integer("page"), asked.integer("limit"))?;
    let pagination = page.pagination(rows.len());
    let items = rows
        .into_iter()
        .skip(page.skip)
        .take(page.take)
        .map(view)
        .collect::<Result<_, _>>()?;
    Ok(Reply::json(200, &ListResource { items, pagination }))
}

/// Sorts rows, which come oldest first, by the criteria of `sorting`; a minus turns one round.
pub(in crate::operations) fn sorted<T>(
    asked: &Arguments,
    default: &[&str],
    rows: &mut [Arc<T>],
    compare: impl Fn(&str, &T, &T) -> Ordering,
) {
    let given = asked
        .texts("sorting")
        .filter(|criteria| !criteria.is_empty());
    let criteria = given.unwrap_or_else(|| default.to_vec());
    // Among equals the youngest comes first where the first criterion is turned round.
    if criteria.first().is_some_and(|first| first.starts_with('-')) {
        rows.reverse();
    }
    rows.sort_by(|a, b| {
        criteria.iter().fold(Ordering::Equal, |so_far, criterion| {
            so_far.then_with(|| match criterion.strip_prefix('-') {
                Some(name) => compare(name, b, a),
                None => compare(criterion, a, b),
            })
        })
    });
}
