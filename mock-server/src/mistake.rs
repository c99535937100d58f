//! Internal errors of this program: logged to standard error with their place, counted, and never shown as Polar's.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::refusal::{Internal, Refusal};

/// How many there were in this process.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Logs and counts an internal error.
pub(crate) fn report(mistake: &Internal) {
    COUNT.fetch_add(1, Ordering::Relaxed);
    eprintln!(
        "polar-mock: internal error at {}: {}",
        mistake.place, mistake.what
    );
}

/// The same for an event that could not be recorded: it happens in the background, where there is no request to refuse.
pub(crate) fn report_refusal(refusal: &Refusal) {
    if let Refusal::Internal(mistake) = refusal {
        report(mistake);
    }
}

/// How many there have been so far.
pub(crate) fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::MockServer;
    use crate::reply::Reply;

    /// The only test of this binary that starts servers and causes internal errors: the count covers the whole process.
    #[tokio::test]
    async fn an_internal_error_names_polar_mock_and_fails_the_test_in_which_it_happens() {
        let server = MockServer::start().await.unwrap();
        let other = MockServer::start().await.unwrap();
        let before = count();
        let reply = Reply::refusal(&Refusal::internal("a test says so"));
        assert_eq!((reply.status(), count()), (500, before + 1));
        let body = String::from_utf8_lossy(reply.body());
        assert!(
            body.starts_with(
                r#"{"error":"PolarMockInternalError","detail":"a mistake of polar-mock"#
            ),
            "{body}"
        );
        assert!(body.contains("mistake.rs"), "{body}");
        assert!(catch_unwind(AssertUnwindSafe(|| drop(server))).is_err());
        // Who stops a server by hand has seen the message.
        other.stop().await;
    }
}
