//! Tokens in the path and query of a request, however they are written: the journal does not show them.

use polar_mock::{Fixture, MockServer, Timestamp};

use crate::wire::get;
use crate::world::{OAT, PORTAL, one_key};

const CONTROL: &str = "let/me in+now";
/// An access token that does not look like one.
const PLAIN: &str = "letmein";

/// Percent-encodes every byte.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// Takes percent-encoding away, as often as there is any.
fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    loop {
        let next = percent_encoding::percent_decode_str(&text)
            .decode_utf8_lossy()
            .into_owned();
        if next == text {
            return text;
        }
        text = next;
    }
}

#[tokio::test]
async fn they_are_masked_whatever_their_spelling() {
    let mut world = one_key(serde_json::json!({}));
    world["organizations"][0]["access_tokens"][0]["token"] = PLAIN.into();
    let fixture = Fixture::from_text(&world.to_string(), Timestamp::now()).unwrap();
    let server = MockServer::builder()
        .fixture(fixture)
        .control_token(CONTROL)
        .start()
        .await
        .unwrap();
    let mut targets = Vec::new();
    // Names that say that the value is a secret, …
    for name in [
        "token",
        "%74oken",
        "%2574oken",
        "TOKEN",
        "access_token",
        "access%5Ftoken",
        "accessToken",
        "token[]",
        "auth%5Btoken%5D",
        "authorization",
        "Authorization",
        "control_token",
        "api-key",
        "key",
        "secret",
        "password",
        "bearer",
    ] {
        targets.push(format!(
            "/v1/license-keys/?page=1&{name}=any-secret&limit=2"
        ));
    }
    targets.push("/v1/x?next=%2Fcb%3Ftoken%3Dany-secret".into());
    targets.push("/v1/x?a=1;token=any-secret".into());
    // … and values that are secrets under any name and in any place.
    for secret in [OAT, PORTAL, PLAIN, CONTROL] {
        let plus = encoded(secret).replace("%20", "+");
        let twice = encoded(&encoded(secret));
        for spelling in [encoded(secret), plus, twice, secret.replace(' ', "%20")] {
            targets.push(format!("/v1/x?q={spelling}"));
            targets.push(format!("/v1/x?{spelling}"));
            targets.push(format!("/v1/x?{spelling}=1"));
            targets.push(format!("/v1/x?q=Bearer%20{spelling}"));
            targets.push(format!("/v1/{spelling}/x"));
        }
    }
    for target in &targets {
        get(target).send(&server).await;
    }
    let journal = get("/_mock/requests")
        .bearer(CONTROL)
        .send(&server)
        .await
        .expect(200);
    let items = journal["items"].as_array().unwrap();
    assert_eq!(items.len(), targets.len());
    for (item, target) in items.iter().zip(&targets) {
        let shown = decoded(item["path"].as_str().unwrap()).replace('+', " ");
        for secret in ["any-secret", OAT, PORTAL, PLAIN, &CONTROL.replace('+', " ")] {
            assert!(!shown.contains(secret), "{target} is shown as {shown}");
        }
        assert!(shown.contains("***"), "{target} is shown as {shown}");
    }
    assert_eq!(
        items[0]["path"],
        "/v1/license-keys/?page=1&token=***&limit=2"
    );
}

#[tokio::test]
async fn what_is_no_secret_is_shown_as_it_was_sent() {
    let server = MockServer::start().await.unwrap();
    let targets = [
        "/v1/license-keys/?page=1&limit=2&organization_id=fda84e25-7b55-4d67-916d-60ead04ff61f",
        "/v1/customers/?query=caf%C3%A9+and%20%zz&metadata%5Bplan%5D=pro&a==&&b",
        "/v1/%2e%2e/x",
    ];
    for target in targets {
        get(target).send(&server).await;
    }
    let journal = get("/_mock/requests").send(&server).await.expect(200);
    let shown: Vec<_> = journal["items"].as_array().unwrap().iter().collect();
    for (item, target) in shown.into_iter().zip(targets) {
        assert_eq!(item["path"], target);
    }
}
