//! A sequence of requests; every answer must equal the reference model's.

use polar_conformance::model::prelude::*;
use polar_conformance::properties::repeat;

#[rustfmt::skip]
#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_the_models() {
    let start = [
        Start { limit_activations: Some(1), limit_usage: None, organization: Home },
        Start { limit_activations: None, limit_usage: Some(3), organization: Abroad },
    ];
    let commands = [
        Activate(Portal, Nobody, Name { key: 0, spelling: Current, organization: Home }, One),
        Validate(Core, Owner, Name { key: 0, spelling: Current, organization: Home }, Claims { activation: Some(Made(0)), conditions: OneAsFloat, benefit: Some(Home), customer: None, increment: Some(2) }),
        Validate(Portal, Forged, Name { key: 1, spelling: Current, organization: Home }, Claims { activation: Some(Made(0)), conditions: OneAsFloat, benefit: Some(Home), customer: None, increment: Some(2) }),
        GetActivation(Reader, 0, Unmade),
        Update(Stranger, 1, Change { status: Some(Granted), usage: Some(-1), limit_activations: Some(None), limit_usage: None, expires_at: Some(Some(-1)) }),
        Rotate(Portal, Customer, 0),
        Deactivate(Portal, Nobody, Name { key: 0, spelling: Current, organization: Home }, Made(0)),
        Get(Core, Owner, 0),
        List(Portal, Customer, Listing { organization: None, benefit: Some(Beside), status: Some(Disabled), page: 1, limit: 10 }),
        Wait(1),
    ];
    repeat("mock", &start, &commands).await.unwrap();
}
