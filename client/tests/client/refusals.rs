//! Every refusal of a key, a token or a request that was ever recorded has a name, however it comes out of the client, and
//! nothing else is taken for one.

use std::path::Path;

use polar_client::{Error, LicenseRefusal, LicenseRefusal::*, Problem, reqwest::StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, ORGANIZATION, Scripted, client, each_recording};

/// Status, `error`, the text, and the reason.
type Row = (
    u16,
    Option<&'static str>,
    &'static str,
    Option<LicenseRefusal>,
);

/// Every text of the recordings about keys, tokens and limits, but lists of validation errors.
fn table() -> Vec<Row> {
    let known = |status, error, detail, reason| (status, Some(error), detail, Some(reason));
    let usage = |detail, remaining| known(400, "BadRequest", detail, UsageExhausted { remaining });
    let validation = |detail, reason| known(404, "ResourceNotFound", detail, reason);
    let activation = |detail, reason| known(403, "NotPermitted", detail, reason);
    vec![
        usage("License key only has -5 more usages.", -5),
        usage("License key only has 0 more usages.", 0),
        usage("License key only has 1 more usages.", 1),
        usage("License key only has 2 more usages.", 2),
        usage("License key only has 10 more usages.", 10),
        usage(
            "License key only has 2147483630 more usages.",
            2_147_483_630,
        ),
        validation("Not found", NotFound),
        validation("License key is no longer active.", NoLongerActive),
        validation("License key has expired.", Expired),
        validation(
            "License key does not match required conditions",
            ConditionsMismatch,
        ),
        validation("License key does not match given benefit.", BenefitMismatch),
        validation("License key does not match given user.", CustomerMismatch),
        activation(
            "License key is no longer active. This license key can not be activated.",
            NoLongerActive,
        ),
        activation("License key has expired.", Expired),
        activation(
            "This license key does not support activations. Use the /validate endpoint instead to check license validity.",
            ActivationNotSupported,
        ),
        activation(
            "License key activation limit already reached",
            ActivationLimitReached,
        ),
        known(
            400,
            "RotateNotPermitted",
            "License key cannot be rotated in its current status. Current status: revoked. Allowed statuses: disabled, granted.",
            Revoked,
        ),
        known(401, "Unauthorized", "Unauthorized", Unauthorized),
        known(
            401,
            "invalid_token",
            "The access token provided is expired, revoked, malformed, or invalid for other reasons.",
            InvalidToken,
        ),
        known(
            403,
            "insufficient_scope",
            "The request requires higher privileges than provided by the access token.",
            InsufficientScope,
        ),
        (429, None, "", Some(RateLimited { retry_after: None })),
    ]
}

/// The body with which the server says it.
fn body(status: u16, error: Option<&str>, text: &str) -> String {
    match (error, status) {
        (Some(error @ ("invalid_token" | "insufficient_scope")), _) => {
            json!({"error": error, "error_description": text}).to_string()
        }
        (Some(error), _) => json!({"error": error, "detail": text}).to_string(),
        (None, 404 | 405) => json!({"detail": text}).to_string(),
        (None, _) => text.to_owned(),
    }
}

#[test]
fn every_recorded_refusal_is_in_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/recordings");
    let mut refusals = 0;
    each_recording(&root, &mut |_, recording| {
        each_answer(recording, &mut |status, body| {
            refusals += 1;
            let text = ["detail", "error_description"]
                .iter()
                .find_map(|name| body[*name].as_str());
            let text = text.or(body.as_str());
            let reason = reason(status, &as_sent(body));
            match (status, text) {
                (422, None) => assert!(
                    matches!(reason, Some(Invalid(problems)) if !problems.is_empty()),
                    "{body}"
                ),
                (429, _) => assert_eq!(reason, Some(RateLimited { retry_after: None })),
                (_, text) => {
                    let row = (status, body["error"].as_str(), text.unwrap());
                    let rows = table();
                    let named = rows.iter().find(|known| (known.0, known.1, known.2) == row);
                    assert!(named.is_some() || !row.2.contains("icense key"), "{row:?}");
                    assert_eq!(reason, named.and_then(|known| known.3.clone()), "{row:?}");
                }
            }
        });
    });
    assert!(
        refusals > 500,
        "only {refusals} refusals found under {}",
        root.display()
    );
}

#[tokio::test]
async fn a_documented_refusal_with_an_unknown_text_keeps_the_text() {
    let of_no_key = r#"{"error":"ResourceNotFound","detail":"License key is frozen."}"#;
    let server = Scripted::start([(404, &[][..], of_no_key.to_owned())]).await;
    let polar = client(&server.url);
    let call = polar.license_keys_validate();
    let call = call.body_map(|body| body.organization_id(ORGANIZATION).key(""));
    let error = call.send().await.err().unwrap();
    let expected = Unknown {
        status: 404,
        error: Some("ResourceNotFound".to_owned()),
        detail: "License key is frozen.".to_owned(),
    };
    assert_eq!(LicenseRefusal::from_error(&error), Some(expected));
}

/// Finds the answers from 400 to 499 below a value.
fn each_answer(value: &Value, found: &mut impl FnMut(u16, &Value)) {
    match value {
        Value::Object(fields) => {
            let status = value["status"]
                .as_u64()
                .filter(|status| (400..500).contains(status));
            if let Some(status) = status {
                let body = fields
                    .get("body")
                    .or(fields.get("text"))
                    .unwrap_or(&Value::Null);
                found(u16::try_from(status).unwrap(), body);
            }
            fields.values().for_each(|value| each_answer(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| each_answer(value, found)),
        _ => {}
    }
}

fn as_sent(body: &Value) -> String {
    body.as_str()
        .map_or_else(|| body.to_string(), str::to_owned)
}

fn reason(status: u16, body: &str) -> Option<LicenseRefusal> {
    let status = StatusCode::from_u16(status).unwrap();
    LicenseRefusal::from_answer(status, &Default::default(), body.as_bytes())
}

/// What the client makes of an answer, for operations with different documented refusals.
async fn through_the_client(answer: Answer) -> Vec<Option<LicenseRefusal>> {
    let server = Scripted::start(std::iter::repeat_n(answer, 6)).await;
    let polar = client(&server.url);
    let id = uuid::Uuid::nil();
    macro_rules! refusal {
        ($call:expr) => {
            LicenseRefusal::from_error(&$call.send().await.err().unwrap())
        };
    }
    let validate = polar.customer_portal_license_keys_validate();
    let activate = polar.license_keys_activate();
    let session = polar_client::license_keys::types::CustomerSessionCustomerIdCreate {
        customer_id: id,
        external_member_id: None,
        member_id: None,
        return_url: None,
    };
    vec![
        refusal!(validate.body_map(|body| body.organization_id(ORGANIZATION).key(""))),
        refusal!(activate.body_map(|body| body.organization_id(ORGANIZATION).key("").label(""))),
        refusal!(polar.license_keys_list()),
        refusal!(polar.license_keys_rotate().id(id)),
        refusal!(polar.customer_portal_license_keys_get().id(id)),
        refusal!(polar.customer_sessions_create().body(session)),
    ]
}

#[tokio::test]
async fn a_refusal_has_the_same_name_whatever_operation_it_comes_from() {
    for (status, error, text, expected) in table() {
        assert_eq!(reason(status, &body(status, error, text)), expected);
        for reason in through_the_client((status, &[], body(status, error, text))).await {
            assert_eq!(reason, expected, "{status} {text}");
        }
    }
}

#[tokio::test]
async fn an_invalid_request_is_reported_by_place_and_without_its_values() {
    let answer = json!({"error": "RequestValidationError", "detail": [
        {"type": "missing", "loc": ["body", "organization_id"], "msg": "Field required", "input": {"key": "hush"}},
        {"type": "uuid_type", "loc": ["query", "status", 0], "msg": "Input should be a UUID", "input": 5},
    ]});
    let problem = |loc: &str, msg: &str, type_: &str| Problem {
        loc: loc.to_owned(),
        msg: msg.to_owned(),
        type_: type_.to_owned(),
    };
    let expected = Invalid(vec![
        problem("body.organization_id", "Field required", "missing"),
        problem("query.status.0", "Input should be a UUID", "uuid_type"),
    ]);
    assert_eq!(
        expected.to_string(),
        "the request is not valid: body.organization_id: Field required; query.status.0: Input should be a UUID"
    );
    for reason in through_the_client((422, &[], answer.to_string())).await {
        assert_eq!(reason.as_ref(), Some(&expected));
    }
}

/// Answers of whoever stands between an app and Polar, and of other servers at a wrong base URL.
pub(crate) fn from_other_servers() -> Vec<(u16, &'static str)> {
    vec![
        (400, "<html><h1>400 Bad Request</h1></html>"),
        (400, r#"{"error":"BadRequest","detail":"Bad request"}"#),
        (401, ""),
        (401, r#"{"message":"Unauthorized"}"#),
        (401, r#"{"error":"invalid_token"}"#),
        (
            401,
            r#"{"error":"invalid_request","error_description":"Not so"}"#,
        ),
        (403, "<html><h1>403 Forbidden</h1></html>"),
        (403, "RBAC: access denied"),
        (403, ""),
        (403, r#"{"message":"Forbidden"}"#),
        (403, r#"{"error":"Forbidden","detail":"blocked by policy"}"#),
        (403, r#"{"detail":"License key has expired."}"#),
        (
            403,
            r#"{"error":"NotPermitted","detail":["License key has expired."]}"#,
        ),
        (404, "<html><h1>404 Not Found</h1></html>"),
        (404, "404 page not found"),
        (404, ""),
        (404, "null"),
        (404, r#""Not found""#),
        (404, r#"{"detail":"Not Found"}"#),
        (404, r#"{"detail":"Not found"}"#),
        (404, r#"{"error":"Not Found","detail":"Not found"}"#),
        (404, r#"{"error":"ResourceNotFound"}"#),
        (405, r#"{"detail":"Method Not Allowed"}"#),
        (407, "<html><h1>Proxy Authentication Required</h1></html>"),
        (410, r#"{"error":"ResourceNotFound","detail":"Not found"}"#),
        (418, "[1]"),
        (422, ""),
        (422, "{}"),
        (422, r#"{"detail":"x"}"#),
        (
            422,
            r#"{"detail":[{"type":"missing","loc":["body"],"msg":"Field required"}]}"#,
        ),
        (422, r#"{"error":"RequestValidationError","detail":[]}"#),
        (429, "<html><h1>Slow down</h1></html>"),
        (451, "<html><h1>Blocked</h1></html>"),
    ]
}

#[tokio::test]
async fn only_polar_refuses() {
    for (status, body) in from_other_servers() {
        let reasons = through_the_client((status, &[], body.to_owned())).await;
        assert!(
            reasons.iter().all(Option::is_none),
            "{status} {body}: {reasons:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_is_no_refusal_has_no_reason() {
    let not_json = String::from("<html>");
    let failures = [
        (500, "Internal Server Error".to_owned()),
        (503, body(404, Some("ResourceNotFound"), "Not found")),
        (200, not_json.clone()),
        (200, body(404, Some("ResourceNotFound"), "Not found")),
        (302, not_json),
    ];
    for (status, body) in failures {
        let reasons = through_the_client((status, &[], body)).await;
        assert!(reasons.iter().all(Option::is_none), "{status}: {reasons:?}");
    }
    let nobody = client("http://127.0.0.1:9");
    let error = nobody.license_keys_list().send().await.err().unwrap();
    assert!(matches!(error, Error::CommunicationError(_)), "{error}");
    assert_eq!(LicenseRefusal::from_error(&error), None);
    let error = nobody
        .license_keys_get()
        .id("no uuid")
        .send()
        .await
        .err()
        .unwrap();
    assert_eq!(LicenseRefusal::from_error(&error), None);
}

#[tokio::test]
async fn an_undocumented_answer_is_still_there_to_be_read() {
    let text = body(401, Some("invalid_token"), "no");
    let headers = &[("www-authenticate", "Bearer realm=\"polar\"")];
    let server = Scripted::start([(401, &headers[..], text.clone())]).await;
    let error = client(&server.url)
        .license_keys_list()
        .send()
        .await
        .err()
        .unwrap();
    let Error::UnexpectedResponse(response) = error else {
        panic!("{error}");
    };
    assert_eq!(response.status(), 401);
    assert_eq!(
        response.headers()["www-authenticate"],
        "Bearer realm=\"polar\""
    );
    assert_eq!(response.url().path(), "/v1/license-keys/");
    assert_eq!(response.text().await.unwrap(), text);
}

#[tokio::test]
async fn a_documented_refusal_keeps_its_type() {
    use polar_client::license_keys::types::LicenseKeysListError;
    let text = body(404, Some("ResourceNotFound"), "Not found");
    let server = Scripted::start([(404, &[][..], text)]).await;
    let error = client(&server.url)
        .license_keys_list()
        .send()
        .await
        .err()
        .unwrap();
    let Error::ErrorResponse(refusal) = error else {
        panic!("{error}");
    };
    let LicenseKeysListError::ResourceNotFound(refusal) = refusal.into_inner() else {
        panic!("another type");
    };
    assert_eq!(refusal.detail, "Not found");
}
