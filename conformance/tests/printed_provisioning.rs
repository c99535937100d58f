//! A sequence of requests; every answer must equal the reference model's.

use polar_conformance::model::provisioning::prelude::*;
use polar_conformance::properties::repeat_provisioning;

#[rustfmt::skip]
#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_the_models() {
    let commands = [
        Core(Owner, CreateBenefit(Keys(Limits { activations: Some(2), usage: None }))),
        Core(Owner, CreateProduct(Free)),
        Core(Owner, SetBenefits(0, [Some(0), None])),
        Core(Owner, CreateCustomer { email: 0, external: Some(1), name: None }),
        Core(Owner, Subscribe(0, External(1))),
        Core(Owner, OpenSession(Id(0))),
        Portal(0, MyGrants),
        Core(Owner, SetStatus(0, Revoked)),
        Core(Owner, SetStatus(0, Disabled)),
        Core(Owner, UpdateBenefit(0, BenefitChange { description: None, limits: Some(Limits { activations: None, usage: Some(3) }) })),
        Core(Owner, UpdateCustomer(Id(0), CustomerChange { name: Some(0), email: None, external: None })),
        Core(Owner, UpdateProduct(0, ProductChange { name: None, archived: Some(true) })),
        Core(Stranger, ListSubscriptions(0, None, Some(true), Page { page: 1, limit: 10 })),
        Core(Owner, Cancel(0, true)),
        NextPeriod,
        Portal(0, Me),
    ];
    repeat_provisioning("mock", &commands).await.unwrap();
}
