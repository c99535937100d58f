//! What a list says about itself.

use crate::generated::answers;
use crate::rules::Page;

/// The pages of a list; `total` is how many items there are on all of them.
pub(in crate::operations) fn pagination(page: Page, total: usize) -> answers::Pagination {
    let pagination = page.pagination(total);
    answers::Pagination {
        total_count: pagination.total_count as i64,
        max_page: pagination.max_page as i64,
    }
}
