//! The other client, on the wire.

use polar_client::{Client, provisioning::types::*};
use serde_json::json;

use crate::support::{ACCESS_TOKEN, SESSION_TOKEN, Scripted};

fn client(url: &str) -> polar_client::provisioning::Client {
    let builder = Client::builder(url.parse().unwrap());
    let builder = builder
        .access_token(ACCESS_TOKEN)
        .session_token(SESSION_TOKEN);
    builder.build_provisioning().unwrap()
}

#[tokio::test]
async fn an_empty_map_clears_and_an_absent_one_does_not() {
    let server = Scripted::start([]).await;
    let polar = client(&server.url);
    let changes = [
        CustomerUpdate::default(),
        CustomerUpdate {
            metadata: Some(CustomerUpdateMetadata::from(
                std::collections::BTreeMap::new(),
            )),
            name: Some(None),
            ..Default::default()
        },
    ];
    for change in changes {
        let _ = polar
            .customers_update()
            .id(uuid::Uuid::nil())
            .body(change)
            .send()
            .await;
    }
    assert_eq!(
        server.bodies(),
        [json!({}), json!({"metadata": {}, "name": null})]
    );
}

#[tokio::test]
async fn the_portal_takes_the_session_token_and_the_rest_the_access_token() {
    let server = Scripted::start([]).await;
    let polar = client(&server.url);
    let _ = polar.customers_list().send().await;
    let _ = polar.customer_portal_orders_list().send().await;
    let tokens: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| seen.header("authorization").map(str::to_owned))
        .collect();
    assert_eq!(
        tokens,
        [ACCESS_TOKEN, SESSION_TOKEN].map(|token| Some(format!("Bearer {token}")))
    );
}
