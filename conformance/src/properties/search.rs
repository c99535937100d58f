//! Tries random inputs and shrinks a failing one.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use proptest::strategy::Strategy;
use proptest::test_runner::{
    Config, FailurePersistence, FileFailurePersistence, RngAlgorithm, TestCaseError, TestError,
    TestRng, TestRunner,
};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::sampling::Sampling;
use super::script::{Sent, script};
use crate::compare::Mismatch;
use crate::outcome::{Lost, StepOutcome};
use crate::provision::ProvisionError;
use crate::session::Lease;
use crate::wire::WireError;

/// The number of attempts to shrink a failing input.
const SHRINKS: u32 = 400;
/// The same on a target with rate limits.
const SHRINKS_LIMITED: u32 = 12;
/// The most inputs on a target with rate limits.
pub(super) const CASES_LIMITED: u32 = 6;

/// How an input failed.
#[derive(Debug, Clone)]
pub(super) struct Divergence {
    pub(super) mismatch: Box<Mismatch>,
    /// The requests so far.
    sent: Vec<Sent>,
    /// The part of the input that was tried, and a Rust test that repeats it.
    again: Option<(String, String)>,
    lost: Option<Lost>,
}

impl Divergence {
    pub(super) fn new(mismatch: Mismatch, sent: Vec<Sent>) -> Self {
        Self {
            mismatch: Box::new(mismatch),
            sent,
            again: None,
            lost: None,
        }
    }

    /// The same, with the part of the input that was tried and a Rust test that repeats it.
    pub(super) fn again(mut self, tried: impl Debug, test: String) -> Self {
        self.again = Some((format!("{tried:?}"), test));
        self
    }
}

impl From<WireError> for Divergence {
    fn from(error: WireError) -> Self {
        Self {
            mismatch: Box::new(Mismatch::new("$", "an answer", error.to_string(), "failed")),
            sent: Vec::new(),
            again: None,
            lost: Lost::of(&error),
        }
    }
}

impl From<ProvisionError> for Divergence {
    fn from(error: ProvisionError) -> Self {
        Self {
            mismatch: Box::new(Mismatch::new("$", "keys", error.to_string(), "failed")),
            sent: Vec::new(),
            again: None,
            lost: error.lost(),
        }
    }
}

/// Runs `test` on inputs drawn from the seed; reports the smallest failing one.
pub(super) async fn search<S, F>(
    lease: Arc<Lease>,
    strategy: S,
    mut sampling: Sampling,
    test: F,
) -> StepOutcome
where
    S: Strategy + Send + 'static,
    S::Value: Debug,
    F: AsyncFn(&Lease, &S::Value) -> Result<(), Divergence> + Send + 'static,
{
    if !lease.can.unlimited() {
        sampling.cases = sampling.cases.min(CASES_LIMITED);
    }
    let name = format!("{} inputs from seed {}", sampling.cases, sampling.seed);
    let runtime = Handle::current();
    let searching = {
        let name = name.clone();
        // The runner is synchronous: it gets its own thread, where waiting blocks nobody.
        spawn_blocking(move || {
            let smallest = Mutex::new(None);
            let lost = Mutex::new(None);
            let locked = |slot: &'_ Mutex<Option<Divergence>>, value| {
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = value;
            };
            let is_lost = || {
                let lost = lost.lock().unwrap_or_else(PoisonError::into_inner);
                lost.is_some()
            };
            let result = runner(sampling, lease.can.unlimited()).run(&strategy, |input| {
                // A target that is gone proves nothing about any input.
                if is_lost() {
                    return Ok(());
                }
                match runtime.block_on(test(&lease, &input)) {
                    Err(divergence) if divergence.lost.is_some() => {
                        locked(&lost, Some(divergence));
                        Ok(())
                    }
                    Err(divergence) => {
                        let reason = divergence.mismatch.to_string();
                        locked(&smallest, Some(divergence));
                        Err(TestCaseError::fail(reason))
                    }
                    Ok(()) => Ok(()),
                }
            });
            let inner = |slot: Mutex<Option<Divergence>>| {
                slot.into_inner().unwrap_or_else(PoisonError::into_inner)
            };
            let (smallest, lost) = (inner(smallest), inner(lost));
            match (result, lost) {
                (Ok(()), Some(lost)) => {
                    StepOutcome::new(name, vec![*lost.mismatch]).lost(lost.lost)
                }
                (result, _) => report(&name, lease.server.base(), result, smallest),
            }
        })
    };
    let crashed = |crash: String| {
        let mismatch = Mismatch::new("$", "an outcome", crash, "failed");
        StepOutcome::new(name, vec![mismatch])
    };
    searching
        .await
        .unwrap_or_else(|crash| crashed(crash.to_string()))
}

fn runner(sampling: Sampling, unlimited: bool) -> TestRunner {
    let seeds = sampling.seeds.map(FileFailurePersistence::Direct);
    let config = Config {
        cases: sampling.cases,
        failure_persistence: seeds.map(|file| Box::new(file) as Box<dyn FailurePersistence>),
        max_shrink_iters: match (sampling.shrink, unlimited) {
            // With none at all, `proptest-state-machine` 0.9 panics.
            (false, _) => 1,
            (true, true) => SHRINKS,
            (true, false) => SHRINKS_LIMITED,
        },
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&sampling.seed.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn report<V: Debug>(
    name: &str,
    base: &str,
    result: Result<(), TestError<V>>,
    smallest: Option<Divergence>,
) -> StepOutcome {
    let failed = |got: String| {
        let mismatch = Mismatch::new("$", "an outcome", got, "failed");
        StepOutcome::new(name, vec![mismatch])
    };
    let input = match result {
        Ok(()) => return StepOutcome::new(name, Vec::new()),
        Err(TestError::Abort(reason)) => return failed(reason.to_string()),
        Err(TestError::Fail(_, input)) => input,
    };
    let Some(divergence) = smallest else {
        return failed(format!("{input:?}"));
    };
    let (tried, test) = match divergence.again {
        Some((tried, test)) => (tried, Some(test)),
        None => (format!("{input:?}"), None),
    };
    let mut outcome = StepOutcome::new(
        format!("{name}; the shortest failing one: {tried}"),
        vec![*divergence.mismatch],
    );
    if let Some(last) = divergence.sent.iter().rev().find_map(Sent::request) {
        outcome.blame(base, last);
        outcome.curl = Some(script(base, &divergence.sent));
    }
    outcome.test = test;
    outcome
}
