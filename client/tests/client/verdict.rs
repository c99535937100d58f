//! The three outcomes: yes and no come from Polar alone, and everything else is no answer.

use polar_client::{Client, Verdict};

use crate::{
    refusals::from_other_servers,
    support::{ACTIVATION, KEY, ORGANIZATION, Scripted, client, mock},
};

const UNANSWERED: &str = "unanswered";

/// The outcomes of validating, activating and deactivating a key.
async fn outcomes(polar: &Client, key: &str) -> [String; 3] {
    macro_rules! outcome {
        ($call:expr) => {
            match Verdict::from($call.send().await) {
                Verdict::Valid(_) => "valid".to_owned(),
                Verdict::Refused(reason) => format!("{reason:?}"),
                Verdict::Unanswered(_) => UNANSWERED.to_owned(),
            }
        };
    }
    let validate = polar.customer_portal_license_keys_validate();
    let activate = polar.customer_portal_license_keys_activate();
    let deactivate = polar.customer_portal_license_keys_deactivate();
    [
        outcome!(validate.body_map(|body| body.organization_id(ORGANIZATION).key(key))),
        outcome!(activate.body_map(|body| body.organization_id(ORGANIZATION).key(key).label(""))),
        outcome!(deactivate.body_map(|body| {
            let body = body.organization_id(ORGANIZATION).key(key);
            body.activation_id(ACTIVATION)
        })),
    ]
}

/// Asserts that each of these answers has this outcome, whatever was asked.
async fn assert_outcome(answers: &[(u16, &str)], expected: impl Fn(&str) -> bool) {
    let thrice = answers
        .iter()
        .flat_map(|(status, body)| std::iter::repeat_n((*status, &[][..], (*body).to_owned()), 3));
    let server = Scripted::start(thrice).await;
    let polar = client(&server.url);
    for (status, body) in answers {
        for outcome in outcomes(&polar, KEY).await {
            assert!(expected(&outcome), "{status} {body}: {outcome}");
        }
    }
}

#[tokio::test]
async fn polar_says_yes_or_no() {
    let (_mock, polar) = mock().await;
    assert_eq!(outcomes(&polar, KEY).await, ["valid"; 3]);
    let expired = "MOCK-EXPIRED-0F0E6A52-8C7B-4D1E-9B3A-5A1C2D3E4F01";
    assert_eq!(
        outcomes(&polar, expired).await,
        ["Expired", "Expired", "NotFound"]
    );
    assert_eq!(outcomes(&polar, "none").await, ["NotFound"; 3]);
}

#[tokio::test]
async fn an_unknown_reason_from_polar_is_a_no() {
    let text = r#"{"error":"ResourceNotFound","detail":"License key is frozen."}"#;
    assert_outcome(&[(404, text)], |outcome| outcome.contains("is frozen")).await;
}

#[tokio::test]
async fn an_answer_from_another_server_is_no_verdict() {
    let portal = "<html>Please accept our terms</html>";
    let mut answers = from_other_servers();
    answers.extend([
        (200, portal),
        (200, ""),
        (200, "{}"),
        (302, portal),
        (500, "Internal Server Error"),
        (502, portal),
        (503, r#"{"error":"ResourceNotFound","detail":"Not found"}"#),
    ]);
    assert_outcome(&answers, |outcome| outcome == UNANSWERED).await;
}

#[tokio::test]
async fn a_refusal_of_the_request_is_no_verdict() {
    let token = r#"{"error": "invalid_token", "error_description": "The access token …"}"#;
    let problem = r#"{"error":"RequestValidationError","detail":[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]}"#;
    let answers = [(401, token), (422, problem), (429, "")];
    assert_outcome(&answers, |outcome| outcome == UNANSWERED).await;
}

#[tokio::test]
async fn an_unreachable_server_or_a_wrong_path_is_no_verdict() {
    let nobody = client("http://127.0.0.1:9");
    assert_eq!(outcomes(&nobody, KEY).await, [UNANSWERED; 3]);
    let (mock, _) = mock().await;
    let elsewhere = client(&format!("{}/v1", mock.url()));
    assert_eq!(outcomes(&elsewhere, KEY).await, [UNANSWERED; 3]);
}
