//! Lists as streams.

use futures::TryStreamExt;
use polar_client::license_keys::types::LicenseKeyStatus;

use crate::support::{Scripted, client, mock};

#[tokio::test]
async fn every_page_of_both_lists_is_read_and_filters_stay() {
    let (_mock, polar) = mock().await;
    let core: Vec<_> = polar
        .license_keys_list()
        .limit(2_u64)
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(core.len(), 5);
    assert!(core.is_sorted_by_key(|key| key.created_at));

    let portal = polar
        .customer_portal_license_keys_list()
        .limit(3_u64)
        .stream();
    let portal: Vec<_> = portal.try_collect().await.unwrap();
    assert_eq!(portal, core);

    let granted = polar
        .license_keys_list()
        .status(vec![LicenseKeyStatus::Granted])
        .limit(1_u64);
    let granted: Vec<_> = granted.stream().try_collect().await.unwrap();
    assert_eq!(granted.len(), 3);
}

#[tokio::test]
async fn reading_begins_when_it_is_needed_and_with_the_first_page() {
    let empty = r#"{"items":[],"pagination":{"total_count":0,"max_page":0}}"#;
    let server = Scripted::start([(200, &[][..], empty.to_owned())]).await;
    let polar = client(&server.url);
    let keys = polar.license_keys_list().limit(50_u64).page(7_u64).stream();
    assert!(server.seen().is_empty());
    let keys: Vec<_> = keys.try_collect().await.unwrap();
    assert!(keys.is_empty());
    let uris: Vec<_> = server.seen().into_iter().map(|seen| seen.uri).collect();
    assert_eq!(uris, ["/v1/license-keys/?limit=50&page=1"]);
}
