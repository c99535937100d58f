//! What is waiting to happen on the world's clock.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Timestamp;

/// Something that has to follow from a change: to what has this id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "type", content = "id")]
pub enum Job {
    /// A subscription began or ended.
    SubscriptionChanged(Uuid),
    /// Benefits were attached to a product or taken off it.
    ProductBenefitsChanged(Uuid),
    /// The terms of a benefit changed.
    BenefitChanged(Uuid),
    /// A benefit was deleted.
    BenefitDeleted(Uuid),
    /// A customer was deleted.
    CustomerDeleted(Uuid),
    /// The status of a key was changed by hand.
    KeyChanged(Uuid),
    /// A checkout was confirmed, and its payment succeeded.
    CheckoutConfirmed(Uuid),
    /// The payment of a checkout failed.
    PaymentFailed(Uuid),
    /// A checkout expires. It is not kept in fixtures: the checkout says when.
    CheckoutExpires(Uuid),
    /// An order was paid: its receipt and the fee follow.
    OrderPaid(Uuid),
    /// An order's payment is tried again. It is not kept in fixtures: the order says when.
    PaymentDue(Uuid),
    /// A refund succeeded.
    RefundSucceeded(Uuid),
    /// The period of a subscription ends, or its pause. It is not kept in fixtures: the subscription says when.
    PeriodEnds(Uuid),
}

/// A job and when it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DueJob {
    /// When.
    pub due_at: Timestamp,
    /// What.
    pub job: Job,
}

/// Jobs by the moment when they are due; of one moment, in the order in which they came.
#[derive(Debug, Default)]
pub struct Pending {
    jobs: Mutex<Jobs>,
    /// Held by whoever does what is due.
    turn: Mutex<()>,
    /// Whether there are any, known without the lock: most worlds have none, and every request asks.
    waiting: AtomicBool,
}

#[derive(Debug, Default)]
struct Jobs {
    by_moment: BTreeMap<(Timestamp, u64), Job>,
    /// How many there have ever been.
    count: u64,
}

impl Pending {
    /// Whether nothing is waiting.
    pub fn is_empty(&self) -> bool {
        !self.waiting.load(Ordering::Acquire)
    }

    /// Adds a job.
    pub fn put(&self, due: Timestamp, job: Job) {
        let mut jobs = self.jobs.lock();
        jobs.count += 1;
        let number = jobs.count;
        jobs.by_moment.insert((due, number), job);
        self.waiting.store(true, Ordering::Release);
    }

    /// When the first job is due.
    pub fn next_moment(&self) -> Option<Timestamp> {
        let jobs = self.jobs.lock();
        let first = jobs.by_moment.first_key_value();
        first.map(|(&(due, _), _)| due)
    }

    /// All jobs that a fixture keeps, in the order in which they will be done.
    pub fn copies(&self) -> Vec<DueJob> {
        let jobs = self.jobs.lock();
        let rows = jobs.by_moment.iter();
        rows.map(|(&(due_at, _), &job)| DueJob { due_at, job })
            .filter(|row| {
                !matches!(
                    row.job,
                    Job::PeriodEnds(_) | Job::CheckoutExpires(_) | Job::PaymentDue(_)
                )
            })
            .collect()
    }

    /// Does what is due by now, each job at its own moment. Whoever comes meanwhile waits until it is done: nobody sees a
    /// world in which something is overdue.
    pub fn run(&self, now: Timestamp, mut run: impl FnMut(Timestamp, Job)) {
        let _turn = self.turn.lock();
        while let Some((due, job)) = self.take(now) {
            run(due, job);
        }
        let jobs = self.jobs.lock();
        self.waiting
            .store(!jobs.by_moment.is_empty(), Ordering::Release);
    }

    /// Takes the first job that is due by now.
    fn take(&self, now: Timestamp) -> Option<(Timestamp, Job)> {
        let mut jobs = self.jobs.lock();
        let first = jobs.by_moment.first_entry()?;
        if first.key().0 > now {
            return None;
        }
        let ((due, _), job) = first.remove_entry();
        Some((due, job))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::new_uuid;

    #[test]
    fn jobs_come_when_due_and_in_order() {
        let moment = |text: &str| Timestamp::parse(text).expect("a moment");
        let (early, late) = (
            moment("2026-01-01T00:00:01Z"),
            moment("2026-01-01T00:00:02Z"),
        );
        let jobs: Vec<Job> = (0..3).map(|_| Job::KeyChanged(new_uuid())).collect();
        let pending = Pending::default();
        pending.put(late, jobs[2]);
        pending.put(early, jobs[0]);
        pending.put(early, jobs[1]);
        let done = |now: Timestamp| {
            let mut done = Vec::new();
            pending.run(now, |due, job| {
                assert!(!pending.is_empty(), "it counts as waiting until it is done");
                done.push((due, job));
            });
            done
        };
        assert_eq!(done(moment("2026-01-01T00:00:00Z")), []);
        assert_eq!(done(early), [(early, jobs[0]), (early, jobs[1])]);
        assert!(!pending.is_empty());
        assert_eq!(done(late), [(late, jobs[2])]);
        assert!(pending.is_empty());
    }
}
