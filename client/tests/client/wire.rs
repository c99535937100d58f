//! What the client sends.

use polar_client::{BuildError, Client, Environment, license_keys::types::*};
use serde_json::json;

use crate::support::{ACCESS_TOKEN, ORGANIZATION, SESSION_TOKEN, Scripted, client};

/// The version of the API that the client is generated for.
fn version() -> &'static str {
    let document = include_str!("../../../openapi/polar.yaml");
    let version = document
        .lines()
        .find_map(|line| line.strip_prefix("  version: "));
    version.unwrap().trim_matches('\'')
}

/// Sends one request of each operation; the answers do not matter.
macro_rules! send_all {
    ($polar:expr) => {{
        let polar = $polar;
        let id = uuid::Uuid::nil();
        let key = || (ORGANIZATION, "KEY");
        let session = CustomerSessionCustomerIdCreate::builder().customer_id(id);
        let session = CustomerSessionCustomerIdCreate::try_from(session).unwrap();
        macro_rules! keyed {
            ($call:ident) => {{
                let (organization, key) = key();
                polar
                    .$call()
                    .body_map(|body| body.organization_id(organization).key(key))
            }};
        }
        let _ = polar.license_keys_list().send().await;
        let _ = polar.license_keys_get().id(id).send().await;
        let _ = polar
            .license_keys_update()
            .id(id)
            .body(LicenseKeyUpdate::default())
            .send()
            .await;
        let _ = polar.license_keys_rotate().id(id).send().await;
        let _ = polar
            .license_keys_get_activation()
            .id(id)
            .activation_id(id)
            .send()
            .await;
        let _ = keyed!(license_keys_validate).send().await;
        let _ = keyed!(license_keys_activate)
            .body_map(|body| body.label(""))
            .send()
            .await;
        let _ = keyed!(license_keys_deactivate)
            .body_map(|body| body.activation_id(id))
            .send()
            .await;
        let _ = polar.customer_sessions_create().body(session).send().await;
        let _ = polar.customer_portal_license_keys_list().send().await;
        let _ = polar.customer_portal_license_keys_get().id(id).send().await;
        let _ = polar
            .customer_portal_license_keys_rotate()
            .id(id)
            .send()
            .await;
        let _ = keyed!(customer_portal_license_keys_validate).send().await;
        let _ = keyed!(customer_portal_license_keys_activate)
            .body_map(|body| body.label(""))
            .send()
            .await;
        let _ = keyed!(customer_portal_license_keys_deactivate)
            .body_map(|body| body.activation_id(id))
            .send()
            .await;
    }};
}

#[tokio::test]
async fn each_operation_sends_its_token_and_the_version() {
    let server = Scripted::start([]).await;
    send_all!(client(&server.url));
    let seen = server.seen();
    assert_eq!(seen.len(), polar_client::license_keys::OPERATIONS.len());
    for request in seen {
        let open = ["validate", "activate", "deactivate"];
        let path = request.uri.split('?').next().unwrap();
        let expected = match path.strip_prefix("/v1/customer-portal/license-keys/") {
            Some(action) if open.contains(&action) => None,
            Some(_) => Some(format!("Bearer {SESSION_TOKEN}")),
            None => Some(format!("Bearer {ACCESS_TOKEN}")),
        };
        let what = format!("{} {path}", request.method);
        assert_eq!(
            request.header("authorization"),
            expected.as_deref(),
            "{what}"
        );
        assert_eq!(request.header("polar-version"), Some(version()), "{what}");
        assert_eq!(request.header("api-version"), None, "{what}");
        let agent = request.header("user-agent").unwrap();
        assert!(agent.starts_with("polar-client/"), "{what}: {agent}");
        if request.method != "GET" {
            let length = request.body.len().to_string();
            assert_eq!(
                request.header("content-length"),
                Some(length.as_str()),
                "{what}"
            );
        }
    }
}

#[tokio::test]
async fn without_tokens_none_is_sent_and_another_version_can_be_chosen() {
    let server = Scripted::start([]).await;
    // A slash at the end of the base URL is no part of the paths.
    let environment: Environment = format!("{}/", server.url).parse().unwrap();
    let builder = Client::builder(environment)
        .version("2027-01")
        .user_agent("my-app/1.0");
    send_all!(builder.build().unwrap());
    for request in server.seen() {
        assert!(request.uri.starts_with("/v1/"), "{}", request.uri);
        assert_eq!(request.header("authorization"), None, "{}", request.uri);
        assert_eq!(request.header("polar-version"), Some("2027-01"));
        assert_eq!(request.header("user-agent"), Some("my-app/1.0"));
    }
}

#[tokio::test]
async fn a_patch_tells_absent_null_and_value_apart() {
    let server = Scripted::start([]).await;
    let polar = client(&server.url);
    let end = "2030-01-02T03:04:05Z".parse().unwrap();
    let changes = [
        LicenseKeyUpdate::default(),
        LicenseKeyUpdate {
            expires_at: Some(None),
            limit_usage: Some(None),
            limit_activations: Some(None),
            ..Default::default()
        },
        LicenseKeyUpdate {
            expires_at: Some(Some(end)),
            limit_usage: Some(7.try_into().ok()),
            limit_activations: Some(8.try_into().ok()),
            status: Some(Some(LicenseKeyStatus::Disabled)),
            usage: Some(0),
        },
    ];
    for change in changes {
        let _ = polar
            .license_keys_update()
            .id(uuid::Uuid::nil())
            .body(change)
            .send()
            .await;
    }
    // The builder says the same.
    let never: Option<chrono::DateTime<chrono::Utc>> = None;
    let call = polar.license_keys_update().id(uuid::Uuid::nil());
    let _ = call
        .body_map(|body| body.expires_at(Some(never)).usage(1))
        .send()
        .await;
    assert_eq!(
        server.bodies(),
        [
            json!({}),
            json!({"expires_at": null, "limit_usage": null, "limit_activations": null}),
            json!({"expires_at": "2030-01-02T03:04:05Z", "limit_usage": 7, "limit_activations": 8,
                   "status": "disabled", "usage": 0}),
            json!({"expires_at": null, "usage": 1}),
        ]
    );
}

#[test]
fn tokens_are_not_shown() {
    let environment = Environment::Sandbox;
    let builder = Client::builder(environment)
        .access_token("polar_oat_hush")
        .session_token("polar_mst_hush");
    let client = builder.build().unwrap();
    let other = client.with_session_token("polar_cst_hush").unwrap();
    for shown in [
        format!("{builder:?}"),
        format!("{client:#?}"),
        format!("{other:?}"),
        format!("{:?}", client.license_keys_list()),
    ] {
        assert!(!shown.contains("hush"), "{shown}");
        assert!(shown.contains("access_token"), "{shown}");
    }
}

#[test]
fn a_setting_that_no_header_can_hold_is_refused_by_name_and_not_repeated() {
    let builder = || Client::builder(Environment::Sandbox);
    for token in [
        "",
        " polar_oat_hush",
        "polar_oat_hush\n",
        "polar_oat hush",
        "hüsh",
    ] {
        for (builder, setting) in [
            (builder().access_token(token), "access token"),
            (builder().session_token(token), "session token"),
            (builder().version(token), "version"),
        ] {
            let error = builder.build().unwrap_err();
            assert!(
                matches!(error, BuildError::Unfit(unfit) if unfit == setting),
                "{error}"
            );
            assert!(!error.to_string().contains("polar_oat"), "{error}");
        }
    }
    let client = builder().build().unwrap();
    assert!(client.with_session_token("").is_err());
    let unspoken = Environment::Custom("ftp://polar.test".parse().unwrap());
    assert!(matches!(
        Client::builder(unspoken).build(),
        Err(BuildError::Environment(_))
    ));
}
