//! Lists as streams. The `stream()` of every list operation is generated and comes down to [`entries`].

use std::num::NonZeroU64;

use futures::{Stream, TryStreamExt, stream};

/// Every entry of every page. `fetch` gets the number of a page and returns its entries and the number of the last page.
pub(crate) fn entries<T: Send, E: Send, F>(
    mut fetch: impl FnMut(NonZeroU64) -> F + Send,
) -> impl Stream<Item = Result<T, E>> + Send + Unpin
where
    F: Future<Output = Result<(Vec<T>, i64), E>> + Send,
{
    let pages = stream::try_unfold(Some(NonZeroU64::MIN), move |page| {
        let fetched = page.map(|page| (page, fetch(page)));
        async move {
            let Some((page, fetched)) = fetched else {
                return Ok(None);
            };
            let (entries, last) = fetched.await?;
            // The last page may move while the list is read; behind the end, pages are empty.
            let more =
                !entries.is_empty() && u64::try_from(last).is_ok_and(|last| page.get() < last);
            let next = page.checked_add(1).filter(|_| more);
            Ok(Some((stream::iter(entries.into_iter().map(Ok)), next)))
        }
    });
    // Boxed, so that callers need not pin it.
    Box::pin(pages.try_flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a list with these pages yields, and how often it was asked.
    async fn read(pages: &[&[i32]], last: i64) -> (Vec<i32>, u64) {
        let mut asked = 0;
        let entries = entries(|page| {
            asked += 1;
            assert_eq!(page.get(), asked, "the pages come in order");
            let page = usize::try_from(page.get()).unwrap();
            let entries = pages.get(page - 1).copied().unwrap_or_default().to_vec();
            async move { Ok::<_, String>((entries, last)) }
        });
        let entries = entries.try_collect().await.unwrap();
        (entries, asked)
    }

    #[tokio::test]
    async fn reads_up_to_the_last_page_and_no_further() {
        assert_eq!(
            read(&[&[1, 2], &[3, 4], &[5]], 3).await,
            (vec![1, 2, 3, 4, 5], 3)
        );
        assert_eq!(read(&[&[1, 2]], 1).await, (vec![1, 2], 1));
    }

    #[tokio::test]
    async fn an_empty_page_ends_the_list() {
        assert_eq!(read(&[], 0).await, (vec![], 1));
        assert_eq!(read(&[&[1], &[]], 9).await, (vec![1], 2));
    }

    #[tokio::test]
    async fn an_error_comes_after_what_was_read_and_ends_the_list() {
        let entries = entries(async |page| match page.get() {
            1 => Ok((vec![1, 2], 3)),
            _ => Err("no"),
        });
        let read: Vec<_> = futures::StreamExt::collect(entries).await;
        assert_eq!(read, [Ok(1), Ok(2), Err("no")]);
    }
}
