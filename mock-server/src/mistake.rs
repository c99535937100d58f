//! Mistakes of this program: said on standard error with their place, counted, and never dressed up as the real server's.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::rules::{Internal, Refusal};

/// How many there were in this process.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Says and counts a mistake.
pub(crate) fn report(mistake: &Internal) {
    COUNT.fetch_add(1, Ordering::Relaxed);
    eprintln!(
        "polar-mock: internal error at {}: {}",
        mistake.place, mistake.what
    );
}

/// The same for what kept an event from being told: nobody asked for anything there, so that there is nobody to refuse.
pub(crate) fn report_refusal(refusal: &Refusal) {
    if let Refusal::Internal(mistake) = refusal {
        report(mistake);
    }
}

/// How many there were so far.
pub(crate) fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::MockServer;
    use crate::reply::Reply;

    /// The only test of this binary that starts servers and makes mistakes: the count is the whole process's.
    #[tokio::test]
    async fn a_mistake_is_told_as_ours_and_fails_the_test_in_which_it_happens() {
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
