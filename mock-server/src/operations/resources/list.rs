//! Lists: sorted, cut into pages.

use std::cmp::Ordering;
use std::sync::Arc;

use serde::Serialize;

use crate::contract::Arguments;
use crate::generated::answers;
use crate::reply::Reply;
use crate::rules::{self, Page, Pagination, Refusal};

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

/// Sorts rows by the criteria of `sorting`.
pub(in crate::operations) fn sorted<T>(
    asked: &Arguments,
    default: &[&str],
    rows: &mut [Arc<T>],
    compare: impl Fn(&str, &T, &T) -> Ordering,
) {
    let given = asked.texts("sorting");
    let given: Option<Vec<String>> =
        given.map(|given| given.into_iter().map(str::to_owned).collect());
    rules::sort(given.as_deref(), default, rows, |by, a, b| {
        compare(by, a, b)
    });
}

/// What a list says about itself; `total` is how many items there are on all pages.
pub(in crate::operations) fn pagination(page: Page, total: usize) -> answers::Pagination {
    let pagination = page.pagination(total);
    answers::Pagination {
        total_count: pagination.total_count as i64,
        max_page: pagination.max_page as i64,
    }
}
