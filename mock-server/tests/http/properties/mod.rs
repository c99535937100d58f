//! What holds for every request, whatever is in it: requests are generated from the contract and bent out of shape.
//!
//! Runs are repeatable; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` choose others.

mod bodies;
mod contract;
mod crashes;
mod dialect;
mod fixed_point;
mod judged;
mod queries;
mod seeds;
mod stage;

use proptest::test_runner::{Config, RngSeed, TestRunner};

/// A runner that tries as many cases as proptest would, or this share of them.
fn runner(share: f64) -> TestRunner {
    let asked = Config::default();
    TestRunner::new(Config {
        cases: (f64::from(asked.cases) * share).ceil() as u32,
        rng_seed: match asked.rng_seed {
            RngSeed::Random => RngSeed::Fixed(20_261_201),
            fixed => fixed,
        },
        failure_persistence: None,
        ..asked
    })
}
