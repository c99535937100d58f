//! Trying random inputs and shrinking the one that fails.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::compare::Mismatch;
use crate::provision::GroundError;
use crate::suite::{Lost, StepOutcome};
use crate::target::Lease;
use crate::wire::{Request, WireError, curl};

/// Attempts at making a failing input smaller.
const SHRINKS: u32 = 400;

/// How a run over one input ended, when not well.
#[derive(Debug, Clone)]
pub(super) struct Divergence {
    pub(super) mismatch: Box<Mismatch>,
    /// What was sent up to there.
    pub(super) sent: Vec<Request>,
    lost: Option<Lost>,
}

impl Divergence {
    pub(super) fn new(mismatch: Mismatch, sent: Vec<Request>) -> Self {
        Self {
            mismatch: Box::new(mismatch),
            sent,
            lost: None,
        }
    }
}

impl From<WireError> for Divergence {
    fn from(error: WireError) -> Self {
        Self {
            mismatch: Box::new(Mismatch::new("$", "an answer", error.to_string(), "failed")),
            sent: Vec::new(),
            lost: Lost::of(&error),
        }
    }
}

impl From<GroundError> for Divergence {
    fn from(error: GroundError) -> Self {
        Self {
            mismatch: Box::new(Mismatch::new("$", "keys", error.to_string(), "failed")),
            sent: Vec::new(),
            lost: error.lost(),
        }
    }
}

/// Runs `test` on `cases` inputs drawn from the seed; reports the smallest failing one.
pub(super) async fn search<S, F>(
    lease: Arc<Lease>,
    strategy: S,
    seed: u64,
    cases: u32,
    test: F,
) -> StepOutcome
where
    S: Strategy + Send + 'static,
    S::Value: Debug,
    F: AsyncFn(&Lease, &S::Value) -> Result<(), Divergence> + Send + 'static,
{
    let name = format!("{cases} inputs from seed {seed}");
    let runtime = Handle::current();
    let searching = {
        let name = name.clone();
        // The runner is synchronous: it gets a thread on which waiting for answers blocks nobody.
        spawn_blocking(move || {
            let smallest = Mutex::new(None);
            let result = runner(seed, cases).run(&strategy, |input| {
                runtime
                    .block_on(test(&lease, &input))
                    .map_err(|divergence| {
                        let reason = divergence.mismatch.to_string();
                        *smallest.lock().unwrap_or_else(PoisonError::into_inner) = Some(divergence);
                        TestCaseError::fail(reason)
                    })
            });
            let smallest = smallest
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner);
            report(&name, lease.server.base(), result, smallest)
        })
    };
    searching.await.unwrap_or_else(|crash| {
        StepOutcome::new(
            name,
            vec![Mismatch::new(
                "$",
                "an outcome",
                crash.to_string(),
                "failed",
            )],
        )
    })
}

fn runner(seed: u64, cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: SHRINKS,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn report<V: Debug>(
    name: &str,
    base: &str,
    result: Result<(), TestError<V>>,
    smallest: Option<Divergence>,
) -> StepOutcome {
    let input = match result {
        Ok(()) => return StepOutcome::new(name, Vec::new()),
        Err(TestError::Abort(reason)) => {
            return StepOutcome::new(
                name,
                vec![Mismatch::new(
                    "$",
                    "an outcome",
                    reason.to_string(),
                    "failed",
                )],
            );
        }
        Err(TestError::Fail(_, input)) => input,
    };
    let Some(divergence) = smallest else {
        return StepOutcome::new(
            name,
            vec![Mismatch::new(
                "$",
                "an outcome",
                format!("{input:?}"),
                "failed",
            )],
        );
    };
    let lines: Vec<String> = divergence
        .sent
        .iter()
        .map(|request| curl(base, request))
        .collect();
    let mut outcome = StepOutcome::new(
        format!("{name}; the shortest that fails: {input:?}"),
        vec![*divergence.mismatch],
    )
    .lost(divergence.lost);
    if let Some(last) = divergence.sent.last() {
        outcome.blame(base, last);
    }
    outcome.curl = Some(lines.join("\n")).filter(|text| !text.is_empty());
    outcome
}
