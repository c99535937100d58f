//! Runs items against a target.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::Utc;
use futures::StreamExt as _;
use futures::stream;
use tokio::time::timeout;

use super::expectations::Expectations;
use super::item::Item;
use super::results::{ItemOutcome, Run, Verdict};
use crate::compare::Mismatch;
use crate::contract::Coverage;
use crate::outcome::{Lost, StepOutcome};
use crate::properties::Sampling;
use crate::recordings::{PlayOptions, play};
use crate::session::{Lease, Session, Target, TargetError};
use crate::snapshot::{self, Snapshot};
use crate::{cases, properties};

/// Why an item did not run to its end within a budget.
pub const LEFT_OUT: &str = "the request budget is used up";

/// The default address of a mock. The one in this process is gone when somebody reads the report.
const POLAR_MOCK: &str = "http://127.0.0.1:7657";

/// How long a run that must stop waits for pending answers. If a later answer creates something,
/// `clean` finds it.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// After this many items in a row without an answer, the run gives up.
const LOST_IN_A_ROW: usize = 3;

/// How to run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether to compare the spelling of numbers, the order of keys and the JSON style.
    pub strict: bool,
    /// Whether a recording stops at its first difference.
    pub first_failure_only: bool,
    /// How the properties draw their random inputs.
    pub sampling: Sampling,
}

/// Watches a run.
pub trait Observer {
    /// This many items are about to run.
    fn begin(&mut self, count: usize);
    /// An item starts.
    fn starts(&mut self, name: &str);
    /// An item is done.
    fn item(&mut self, outcome: &ItemOutcome);
    /// The run is over.
    fn end(&mut self);
}

/// Runs the items and reports each to the observer, in order. `stop` ends the run early and gives the reason; the results
/// so far are kept.
///
/// # Errors
/// When the target does not answer, or is not the API.
pub async fn run(
    session: &Session,
    items: Vec<Item>,
    options: Options,
    observer: &mut dyn Observer,
    stop: impl Future<Output = String>,
) -> Result<Run, TargetError> {
    let started = Instant::now();
    let mut report = Run {
        target: session.target().to_string(),
        at: Utc::now(),
        strict: options.strict,
        seed: options.sampling.seed,
        items: Vec::with_capacity(items.len()),
        stopped: None,
        requests: 0,
        tidied: None,
        took: started.elapsed(),
    };
    observer.begin(items.len());
    let observer = RefCell::new(observer);
    let known = Expectations::bundled().on(&report.target);
    let stopping = AtomicBool::new(false);
    let mut results = stream::iter(items)
        .take_while(|_| std::future::ready(!stopping.load(Ordering::Relaxed)))
        .map(|item| {
            observer.borrow_mut().starts(&item.name());
            perform(session.clone(), item, options)
        })
        .buffered(session.lanes());
    let mut stop = std::pin::pin!(stop);
    let mut lost_in_a_row = 0;
    loop {
        let next = tokio::select! {
            biased;
            reason = &mut stop => {
                report.stopped = Some(reason);
                if !matches!(session.target(), Target::Mock) {
                    // Pending requests end before the clean-up, or they could create and change things behind its back.
                    stopping.store(true, Ordering::Relaxed);
                    session.governor().close();
                    let rest = results.by_ref().for_each(|_| std::future::ready(()));
                    let _ = timeout(LAST_ANSWERS, rest).await;
                }
                break;
            }
            next = results.next() => next,
        };
        let Some(mut outcome) = next else { break };
        outcome.tolerated = known.tolerates(&outcome, report.at.date_naive());
        observer.borrow_mut().item(&outcome);
        let unusable = outcome
            .failures()
            .find(|step| step.lost == Some(Lost::Unusable))
            .and_then(|step| step.mismatches.first())
            .map(|mismatch| mismatch.got.clone());
        let lost = outcome
            .failures()
            .any(|step| step.lost == Some(Lost::Unreachable));
        if matches!(outcome.verdict, Verdict::Ran(_)) {
            lost_in_a_row = if lost { lost_in_a_row + 1 } else { 0 };
        }
        report.items.push(outcome);
        if unusable.is_some() {
            report.stopped = unusable;
            break;
        }
        if lost_in_a_row == LOST_IN_A_ROW {
            report.stopped = Some(format!(
                "{LOST_IN_A_ROW} items in a row got no answer from {}: it hangs, or it is too slow",
                report.target
            ));
            break;
        }
        if lost && let Err(error) = session.target().capabilities().await {
            report.stopped = Some(format!("the target no longer answers: {error}"));
            break;
        }
    }
    observer.borrow_mut().end();
    report.requests = session.governor().spent().0;
    report.took = started.elapsed();
    Ok(report)
}

/// Runs one item on its own server (or on the shared one), and validates every answer.
pub async fn perform(session: Session, item: Item, options: Options) -> ItemOutcome {
    let started = Instant::now();
    let mut outcome = ItemOutcome::new(item.name(), item.group(), item.about());
    outcome.tier = item.tier();
    if let Some(reason) = item.lacks(session.can) {
        outcome.verdict = Verdict::Skipped(reason.to_owned());
        return outcome;
    }
    // A separate task, so that the lanes use every core.
    match tokio::spawn(steps(session, item, options)).await {
        Ok((steps, _)) if steps.iter().any(|step| step.lost == Some(Lost::Spent)) => {
            outcome.verdict = Verdict::Skipped(LEFT_OUT.to_owned());
        }
        Ok((steps, seen)) => {
            let older = steps.iter().find_map(|step| match step.lost {
                Some(Lost::Older(reason)) => Some(reason),
                _ => None,
            });
            outcome.verdict = older.map_or(Verdict::Ran(steps), |reason| {
                Verdict::Skipped(reason.to_owned())
            });
            outcome.seen = seen;
        }
        Err(crash) => {
            let mismatch = Mismatch::new("$", "an outcome", crash.to_string(), "failed");
            outcome.verdict = Verdict::Ran(vec![StepOutcome::new("(run)", vec![mismatch])]);
        }
    }
    outcome.took = started.elapsed();
    outcome
}

async fn steps(session: Session, item: Item, options: Options) -> (Vec<StepOutcome>, Coverage) {
    let mut seen = Coverage::default();
    let lease = match session.lease().await {
        Ok(mut lease) => {
            lease.server = lease.server.recording();
            Arc::new(lease)
        }
        Err(error) => {
            let mismatch = Mismatch::new("$", "a server", error.to_string(), "failed");
            let lost = match &error {
                // Without an organization, no other item can run either.
                TargetError::Provision(error) => error.lost().or(Some(Lost::Unusable)),
                _ => None,
            };
            let outcome = StepOutcome::new("(reach the target)", vec![mismatch]).lost(lost);
            return (vec![outcome], seen);
        }
    };
    let mut steps = match item {
        Item::Recording(scenario) => {
            let how = PlayOptions {
                strict: options.strict,
                first_failure_only: options.first_failure_only,
            };
            play(&lease.server, &scenario, how).await
        }
        Item::Case(case) => cases::perform(&lease, &case).await,
        Item::Property(property) => properties::check(&lease, property, options.sampling).await,
        Item::Snapshot(snapshot) => vec![repeat(&lease, &snapshot, options.strict).await],
    };
    for invalid in seen.add(lease.server.take_exchanges()) {
        let request = &invalid.exchange.request;
        let name = format!(
            "(contract) {} answers {}",
            invalid.operation, invalid.exchange.answer.status
        );
        let mut step = StepOutcome::new(name, invalid.mismatches);
        step.blame(lease.server.base(), request);
        steps.push(step);
    }
    if matches!(session.target(), Target::Mock) {
        for curl in steps.iter_mut().filter_map(|step| step.curl.as_mut()) {
            *curl = curl.replace(lease.server.base(), POLAR_MOCK);
        }
    }
    (steps, seen)
}

/// Takes a snapshot again and compares it with the kept one.
async fn repeat(lease: &Lease, snapshot: &Snapshot, strict: bool) -> StepOutcome {
    let taken = match snapshot::take(&snapshot.spec, lease).await {
        Ok(taken) => taken,
        Err(error) => {
            let mismatch = Mismatch::new("$", "an answer", error.to_string(), "failed");
            return StepOutcome::new("(reach the target)", vec![mismatch]).lost(error.lost());
        }
    };
    let base = lease.server.base();
    let found = snapshot::compare_with(&snapshot.text, &taken, base, strict);
    let mut outcome = StepOutcome::new(snapshot.spec.operation, found);
    if outcome.passed() {
        lease.provisioning.give_back();
    } else {
        outcome.blame(base, &taken.request);
    }
    outcome
}

#[cfg(test)]
mod tests {
    use futures::future::BoxFuture;

    use super::*;
    use crate::recordings::Library;
    use crate::server::{Connection, Layer};
    use crate::suite::items;
    use crate::wire::{Answer, Request, WireError};

    /// Never answers requests to the API.
    struct Hanging;

    impl Layer for Hanging {
        fn carry<'a>(
            &'a self,
            request: &'a Request,
            wire: &'a Connection,
        ) -> BoxFuture<'a, Result<Answer, WireError>> {
            Box::pin(async move {
                if request.path.starts_with("/v1/") {
                    return Err(WireError::Timeout(Duration::from_secs(20)));
                }
                wire.send(request).await
            })
        }
    }

    /// Notes what it is told.
    #[derive(Default)]
    struct Noted(Vec<String>);

    impl Observer for Noted {
        fn begin(&mut self, _: usize) {}
        fn starts(&mut self, name: &str) {
            self.0.push(format!("starts {name}"));
        }
        fn item(&mut self, outcome: &ItemOutcome) {
            self.0.push(format!("ends {}", outcome.name));
        }
        fn end(&mut self) {}
    }

    #[tokio::test]
    async fn an_item_is_named_when_it_starts() {
        let session = Session::mock().await.unwrap();
        let mut all = items(Library::embedded().unwrap(), Vec::new());
        all.retain(|item| item.name() == "case/read/unknown/core");
        let options = Options {
            strict: false,
            first_failure_only: false,
            sampling: Sampling {
                seed: 1,
                cases: 1,
                seeds: None,
            },
        };
        let mut noted = Noted::default();
        run(&session, all, options, &mut noted, std::future::pending())
            .await
            .unwrap();
        let told = [
            "starts case/read/unknown/core",
            "ends case/read/unknown/core",
        ];
        assert_eq!(noted.0, told);
    }

    #[tokio::test]
    async fn a_target_that_hangs_is_given_up_after_three_items() {
        let session = Session::mock().await.unwrap().behind(Arc::new(Hanging));
        let mut all = items(Library::embedded().unwrap(), Vec::new());
        all.retain(|item| item.name().starts_with("states/"));
        assert!(all.len() > 3);
        let options = Options {
            strict: false,
            first_failure_only: false,
            sampling: Sampling {
                seed: 1,
                cases: 1,
                shrink: true,
                seeds: None,
            },
        };
        let never = std::future::pending();
        let run = run(&session, all, options, &mut Noted::default(), never)
            .await
            .unwrap();
        assert_eq!(run.items.len(), 3);
        let stopped = run.stopped.unwrap();
        assert!(
            stopped.starts_with("3 items in a row got no answer"),
            "{stopped}"
        );
    }
}
