//! The client against the mock, and on the wire.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod life_cycle;
mod lists;
#[cfg(feature = "provisioning")]
mod provisioning;
mod readme;
mod refusals;
mod retries;
mod successes;
mod support;
mod verdict;
mod wire;
