//! Background jobs: run at once, or when they are due on the world's clock.

use super::{Call, Context, grants};
use crate::state::{Job, Timestamp, World};

impl Call<'_> {
    /// Runs a job that follows from a change: at once, or later on the world's clock.
    pub(super) fn background(&self, job: Job) {
        let context = self.context();
        if self.settings.grant_delay_ms == 0 {
            return grants::run(&context, job);
        }
        let due = context.now.after_milliseconds(self.settings.grant_delay_ms);
        self.world.pending.put(due, job);
        self.world.bell.notify_one();
    }
}

/// Runs the jobs that are due by now, each at its own moment.
pub(crate) fn run_due(world: &World, now: Timestamp) {
    let run = |due, job| grants::run(&Context { world, now: due }, job);
    world.pending.run(now, run);
}
