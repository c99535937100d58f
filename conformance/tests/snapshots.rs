//! One snapshot for each operation on license keys, taken from the mock: what was sent and what came back, with reference
//! tokens in the place of everything that differs from run to run. Review with `cargo insta review`; take them from
//! another server with `polar-conformance record --target …`.

#![expect(clippy::unwrap_used, reason = "the helpers of a test are part of it")]

use polar_conformance::session::Session;
use polar_conformance::snapshot::{SPECS, SnapshotSpec, take};

async fn check(spec: &SnapshotSpec) {
    let lease = Session::mock().await.unwrap().lease().await.unwrap();
    let taken = take(spec, &lease).await.unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(spec.operation);
    settings.set_info(&taken.info("mock"));
    let text = taken.text(spec).unwrap();
    settings.bind(|| insta::assert_snapshot!(spec.name(), text));
}

#[tokio::test]
async fn the_mock_answers_as_it_was_kept() {
    for spec in SPECS {
        check(spec).await;
    }
}
