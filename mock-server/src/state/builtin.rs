//! The world that the server starts with when it is given none.

use std::net::IpAddr;
use std::sync::OnceLock;

use super::{Fixture, Timestamp, new_token};

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

/// The built-in fixture for a server at this address: where other machines can reach it, with tokens that nobody can guess.
pub fn builtin_fixture_at(address: IpAddr) -> Fixture {
    let mut fixture = builtin_fixture();
    if address.is_loopback() {
        return fixture;
    }
    for organization in &mut fixture.organizations {
        for access in &mut organization.access_tokens {
            access.token = new_token("polar_oat_");
        }
    }
    for session in &mut fixture.customer_sessions {
        session.token = new_token("polar_mst_");
    }
    fixture
}
