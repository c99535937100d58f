//! 429 and `Retry-After`, on the wire. How long is waited is tested where the waiting is.

use polar_client::{Client, LicenseRefusal};

use crate::support::{Answer, ORGANIZATION, Scripted};

fn limited(headers: &'static [(&'static str, &'static str)]) -> Answer {
    (429, headers, String::new())
}

const AT_ONCE: &[(&str, &str)] = &[("retry-after", "0")];
const IN_A_MINUTE: &[(&str, &str)] = &[("retry-after", "60")];

/// How many requests a validation takes, and how it ends.
async fn validate(retries: u32, answers: Vec<Answer>) -> (usize, Option<LicenseRefusal>) {
    let server = Scripted::start(answers).await;
    let client = Client::builder(server.url.parse().unwrap()).max_retries(retries);
    let call = client.build().unwrap();
    let call = call.customer_portal_license_keys_validate();
    let call = call.body_map(|body| body.organization_id(ORGANIZATION).key("KEY"));
    let error = call.send().await.err().unwrap();
    let seen = server.seen();
    let same =
        |seen: &crate::support::Seen| (seen.uri.clone(), seen.body.clone(), seen.headers.clone());
    assert!(
        seen.iter().all(|request| same(request) == same(&seen[0])),
        "the same request each time"
    );
    (seen.len(), LicenseRefusal::from_error(&error))
}

fn not_found() -> Answer {
    (
        404,
        &[],
        r#"{"error":"ResourceNotFound","detail":"Not found"}"#.to_owned(),
    )
}

#[tokio::test]
async fn a_429_is_repeated_as_often_as_allowed() {
    let script = || vec![limited(AT_ONCE), limited(AT_ONCE), not_found()];
    assert_eq!(
        validate(2, script()).await,
        (3, Some(LicenseRefusal::NotFound))
    );
    let gave_up = |seconds| {
        Some(LicenseRefusal::RateLimited {
            retry_after: seconds,
        })
    };
    assert_eq!(validate(1, script()).await, (2, gave_up(Some(0))));
    assert_eq!(validate(0, script()).await, (1, gave_up(Some(0))));
    assert_eq!(
        validate(2, vec![limited(IN_A_MINUTE), not_found()]).await,
        (1, gave_up(Some(60)))
    );
    assert_eq!(
        validate(2, vec![limited(&[]), not_found()]).await,
        (1, gave_up(None))
    );
}

#[tokio::test]
async fn nothing_else_is_repeated() {
    for status in [408, 500, 502, 503, 504] {
        let script = vec![(status, AT_ONCE, String::new()), not_found()];
        let (requests, refusal) = validate(2, script).await;
        assert_eq!(requests, 1, "{status}");
        assert_eq!(refusal, None, "{status}");
    }
}
