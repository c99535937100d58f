//! A key from its first activation to its revocation, through the client and against the mock.

use polar_client::{
    LicenseRefusal,
    license_keys::types::{LicenseKeyStatus, LicenseKeyUpdate},
};

use crate::support::{ACTIVATION, KEY, KEY_ID, ORGANIZATION, mock};

/// Asserts that a call was refused for this reason.
macro_rules! refused {
    ($call:expr, $reason:pat) => {
        let error = $call.send().await.err().unwrap();
        let reason = LicenseRefusal::from_error(&error);
        assert!(matches!(reason, Some($reason)), "{reason:?}: {error}");
    };
}

#[tokio::test]
async fn an_app_activates_validates_and_deactivates() {
    let (_mock, polar) = mock().await;
    let activate = |label: &str| {
        let call = polar.customer_portal_license_keys_activate();
        let conditions = [("major_version".to_owned(), 2.into())];
        call.body_map(|body| {
            let body = body.organization_id(ORGANIZATION).key(KEY).label(label);
            body.conditions(std::collections::BTreeMap::from(conditions))
        })
    };
    let validate = |id: uuid::Uuid, major_version: i64| {
        let call = polar.customer_portal_license_keys_validate();
        let conditions = [("major_version".to_owned(), major_version.into())];
        call.body_map(|body| {
            let body = body
                .organization_id(ORGANIZATION)
                .key(KEY)
                .activation_id(id);
            body.conditions(std::collections::BTreeMap::from(conditions))
        })
    };
    let deactivate = |id: uuid::Uuid| {
        let call = polar.customer_portal_license_keys_deactivate();
        call.body_map(|body| {
            body.organization_id(ORGANIZATION)
                .key(KEY)
                .activation_id(id)
        })
    };

    // One of three slots is taken from the start.
    let first = activate("one").send().await.unwrap();
    let second = activate("two").send().await.unwrap();
    refused!(activate("three"), LicenseRefusal::ActivationLimitReached);

    let license = validate(first.id, 2).send().await.unwrap();
    assert_eq!(license.activation.as_ref().unwrap().label, "one");
    assert_eq!((license.validations, license.usage), (1, 0));
    refused!(validate(first.id, 1), LicenseRefusal::ConditionsMismatch);

    deactivate(second.id).send().await.unwrap();
    refused!(deactivate(second.id), LicenseRefusal::NotFound);
    refused!(validate(second.id, 2), LicenseRefusal::NotFound);
    activate("three").send().await.unwrap();
}

#[tokio::test]
async fn usage_is_counted_up_to_its_limit() {
    let (_mock, polar) = mock().await;
    let uses = |uses: u64| {
        let call = polar.license_keys_validate();
        call.body_map(|body| {
            body.organization_id(ORGANIZATION)
                .key(KEY)
                .increment_usage(uses)
        })
    };
    assert_eq!(uses(97).send().await.unwrap().usage, 97);
    refused!(uses(4), LicenseRefusal::UsageExhausted { remaining: 3 });
    assert_eq!(uses(3).send().await.unwrap().usage, 100);
    refused!(uses(1), LicenseRefusal::UsageExhausted { remaining: 0 });
}

#[tokio::test]
async fn a_server_reads_changes_and_rotates_a_key() {
    let (_mock, polar) = mock().await;
    let key_id: uuid::Uuid = KEY_ID.parse().unwrap();
    let activation_id: uuid::Uuid = ACTIVATION.parse().unwrap();
    let update = |change| polar.license_keys_update().id(key_id).body(change);

    let key = polar.license_keys_get().id(key_id).send().await.unwrap();
    assert_eq!(key.activations[0].id, activation_id);
    let activation = polar.license_keys_get_activation();
    let activation = activation.id(key_id).activation_id(activation_id);
    assert_eq!(activation.send().await.unwrap().license_key.id, key_id);

    let rotated = polar.license_keys_rotate().id(key_id).send().await.unwrap();
    assert_ne!(rotated.key, KEY);
    let rotated = polar.customer_portal_license_keys_rotate().id(key_id);
    let rotated = rotated.send().await.unwrap().into_inner().key;
    let validate = || {
        let call = polar.license_keys_validate();
        call.body_map(|body| body.organization_id(ORGANIZATION).key(rotated.as_str()))
    };
    validate().send().await.unwrap();

    let end = "2020-01-01T00:00:00Z".parse().unwrap();
    let expired = LicenseKeyUpdate {
        expires_at: Some(Some(end)),
        ..Default::default()
    };
    assert_eq!(update(expired).send().await.unwrap().expires_at, Some(end));
    refused!(validate(), LicenseRefusal::Expired);

    let revoked = LicenseKeyUpdate {
        expires_at: Some(None),
        status: Some(Some(LicenseKeyStatus::Revoked)),
        ..Default::default()
    };
    let key = update(revoked).send().await.unwrap();
    assert_eq!(
        (key.expires_at, key.status),
        (None, LicenseKeyStatus::Revoked)
    );
    refused!(validate(), LicenseRefusal::NoLongerActive);
    refused!(
        polar.license_keys_rotate().id(key_id),
        LicenseRefusal::Revoked
    );
}

#[tokio::test]
async fn calls_can_be_spawned() {
    let (_mock, polar) = mock().await;
    let call = async move {
        polar
            .license_keys_list()
            .send()
            .await
            .unwrap()
            .pagination
            .total_count
    };
    assert_eq!(tokio::spawn(call).await.unwrap(), 5);
}
