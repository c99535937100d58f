//! One snapshot for each operation on license keys, taken from the mock: the request and the answer, with reference tokens in
//! the place of everything that differs from run to run. Review with `cargo insta review`; take them from another server with
//! `polar-conformance record --target …`.

#![expect(clippy::unwrap_used, reason = "the helpers of a test are part of it")]

use std::panic::catch_unwind;

use polar_conformance::session::Session;
use polar_conformance::snapshot::{SPECS, SnapshotSpec, take};

/// Whether the answer is as it was kept; insta prints the differences, and keeps the new answer for the review.
async fn is_as_kept(spec: &SnapshotSpec) -> bool {
    let lease = Session::mock().await.unwrap().lease().await.unwrap();
    let taken = take(spec, &lease).await.unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(spec.operation);
    settings.set_info(&taken.info("mock"));
    let text = taken.text(spec).unwrap();
    let assert = || settings.bind(|| insta::assert_snapshot!(spec.name(), text));
    catch_unwind(std::panic::AssertUnwindSafe(assert)).is_ok()
}

#[tokio::test]
async fn the_mock_answers_as_it_was_kept() {
    let mut different = Vec::new();
    for spec in SPECS {
        if !is_as_kept(spec).await {
            different.push(spec.operation);
        }
    }
    assert!(
        different.is_empty(),
        "these differ: {}",
        different.join(", ")
    );
}
