//! Which part of a list is shown (docs/behaviour.md#list-and-read).

use serde::Serialize;

use crate::refusal::Refusal;

/// Nobody gets more at once.
const MAX_LIMIT: i128 = 100;

/// A page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many items come before it.
    pub skip: usize,
    /// How many items it has room for.
    pub take: usize,
}

/// What a list says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pagination {
    /// How many items there are in all.
    pub total_count: usize,
    /// How many pages there are.
    pub max_page: usize,
}

impl Page {
    /// The page of a request; both numbers count from 1 and default to 1 and 10.
    pub fn new(page: Option<i128>, limit: Option<i128>) -> Result<Self, Refusal> {
        let take = limit.unwrap_or(10).clamp(1, MAX_LIMIT);
        let skip = (page.unwrap_or(1) - 1)
            .checked_mul(take)
            .ok_or(Refusal::Crash)?;
        // The database counts in 64 bits.
        let skip = i64::try_from(skip).map_err(|_| Refusal::Crash)?;
        Ok(Self {
            skip: usize::try_from(skip).map_err(|_| Refusal::Crash)?,
            take: take as usize,
        })
    }

    /// The rows of a whole list that are on this page.
    pub fn of<'r, T>(&self, rows: &'r [T]) -> &'r [T] {
        let begin = self.skip.min(rows.len());
        let end = begin.saturating_add(self.take).min(rows.len());
        &rows[begin..end]
    }

    /// What is said about a list of so many items.
    pub fn pagination(&self, total_count: usize) -> Pagination {
        Pagination {
            total_count,
            max_page: total_count.div_ceil(self.take),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        for (page, limit, outcome) in [
            (None, None, Ok((0, 10))),
            (Some(3), Some(3), Ok((6, 3))),
            (Some(2), Some(101), Ok((100, 100))),
            (
                Some(i128::from(i64::MAX)),
                Some(1),
                Ok((9_223_372_036_854_775_806, 1)),
            ),
            (Some(i128::from(i64::MAX)), None, Err(Refusal::Crash)),
            (Some(i128::MAX), Some(100), Err(Refusal::Crash)),
        ] {
            assert_eq!(
                Page::new(page, limit).map(|page| (page.skip, page.take)),
                outcome,
                "{page:?} {limit:?}"
            );
        }
    }

    #[test]
    fn a_page_shows_its_part_of_the_rows() {
        for (page, rows) in [(1, &[1, 2][..]), (2, &[3]), (3, &[])] {
            let page = Page::new(Some(page), Some(2)).unwrap();
            assert_eq!(page.of(&[1, 2, 3]), rows);
        }
    }

    #[test]
    fn counts() {
        let page = Page::new(None, Some(3)).unwrap();
        for (total, max) in [(0, 0), (1, 1), (3, 1), (4, 2), (7, 3)] {
            assert_eq!(
                page.pagination(total),
                Pagination {
                    total_count: total,
                    max_page: max
                }
            );
        }
    }
}
