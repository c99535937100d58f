//! The world that the server starts with when it is given none.

use std::sync::OnceLock;

use super::{Fixture, Timestamp};

/// The built-in fixture: the values of Polar's own documentation.
pub fn builtin_fixture() -> Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    let load = || {
        Fixture::from_text(
            include_str!("../../fixtures/built-in.yaml"),
            Timestamp::default(),
        )
    };
    FIXTURE
        .get_or_init(|| load().expect("checked by a test"))
        .clone()
}
