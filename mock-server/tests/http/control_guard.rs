//! Who may use the control API.

use std::net::SocketAddr;

use polar_mock::{MockServer, StartError};

use crate::wire::{ask, get};

const CALLS: [(&str, &str); 7] = [
    ("GET", "state"),
    ("PUT", "state"),
    ("POST", "reset"),
    ("GET", "clock"),
    ("POST", "clock/advance"),
    ("PUT", "settings"),
    ("GET", "nope"),
];

#[tokio::test]
async fn an_address_that_others_can_reach_needs_a_control_token() {
    let everywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let refused = MockServer::builder().listen(everywhere).start().await;
    let Err(error @ StartError::OpenControl(_)) = refused else {
        panic!("{refused:?}");
    };
    assert!(error.to_string().contains("--control-token"));
    assert!(
        MockServer::builder()
            .listen(everywhere)
            .control_token("secret")
            .start()
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn with_a_token_only_health_is_open() {
    let server = MockServer::builder()
        .control_token("secret")
        .start()
        .await
        .unwrap();
    get("/_mock/health").send(&server).await.expect(200);
    for (method, call) in CALLS {
        let call = ask(method, &format!("/_mock/{call}"));
        for bad in [
            call.clone(),
            call.clone().bearer("secre"),
            call.clone().bearer("secrets"),
            call.clone().header("Authorization", "secret"),
        ] {
            let refused = bad.send(&server).await.expect(401);
            assert!(
                refused["detail"]
                    .as_str()
                    .unwrap()
                    .contains("--control-token")
            );
        }
        assert_ne!(call.bearer("secret").send(&server).await.status, 401);
    }
    // The API itself asks for its own tokens only.
    get("/v1/license-keys/")
        .bearer(crate::world::OAT)
        .send(&server)
        .await
        .expect(200);
}

#[tokio::test]
async fn without_one_everybody_on_this_machine_may() {
    let server = MockServer::start().await.unwrap();
    for (method, call) in CALLS {
        let answer = ask(method, &format!("/_mock/{call}")).send(&server).await;
        assert_ne!(answer.status, 401, "{call}");
    }
}
