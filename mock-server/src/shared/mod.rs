//! What all connections of a server share: the world and its clock, the settings, counters and the journal.

mod journal;
mod rate_limit;

use std::sync::Arc;

use parking_lot::RwLock;

use crate::access::Access;
use crate::operations;
use crate::settings::Settings;
use crate::state::{Clock, ClockMode, Fixture, World};

pub use journal::{Exchange, Journal, Kept};
pub(crate) use rate_limit::Counted;
pub use rate_limit::RateLimiter;

/// What all connections of a server share.
#[derive(Debug)]
pub struct Shared {
    world: RwLock<Arc<World>>,
    settings: RwLock<Arc<Settings>>,
    /// The world's clock.
    pub clock: Clock,
    /// Counts requests.
    pub rate_limiter: RateLimiter,
    /// The last requests.
    pub journal: Journal,
    /// What `reset` restores.
    initial: (Fixture, Settings),
    /// Who may use the control API, and where webhooks may go.
    pub(crate) access: Access,
}

impl Shared {
    pub(crate) fn new(fixture: Fixture, settings: Settings, access: Access) -> Self {
        Self {
            world: RwLock::new(Arc::new(World::load(fixture.clone()))),
            settings: RwLock::new(Arc::new(settings.clone())),
            clock: Clock::default(),
            rate_limiter: RateLimiter::default(),
            journal: Journal::default(),
            initial: (fixture, settings),
            access,
        }
    }

    /// The world as it was left; jobs that are due may still be waiting.
    pub fn world(&self) -> Arc<World> {
        self.world.read().clone()
    }

    /// Runs the background jobs that are due by now, and returns the world after them.
    pub fn run_due_jobs(&self) -> Arc<World> {
        let world = self.world();
        if !world.pending.is_empty() {
            operations::run_due(&world, &self.settings(), self.clock.now());
        }
        world
    }

    /// Replaces the world and resets the rate-limit counters.
    pub fn replace_world(&self, fixture: Fixture) {
        let new = World::load(fixture).in_place_of(&self.world());
        let old = std::mem::replace(&mut *self.world.write(), Arc::new(new));
        // Wakes the delivery of webhooks, which then reads the new world.
        old.bell.notify_one();
        self.rate_limiter.clear();
    }

    /// The current settings.
    pub fn settings(&self) -> Arc<Settings> {
        self.settings.read().clone()
    }

    /// Replaces the settings.
    pub fn replace_settings(&self, settings: Settings) {
        *self.settings.write() = Arc::new(settings);
    }

    /// Restores the world, settings and clock of the start, and empties the journal.
    pub fn reset(&self) {
        let (fixture, settings) = self.initial.clone();
        self.clock.set(ClockMode::Real, None);
        self.replace_settings(settings);
        self.replace_world(fixture);
        self.journal.clear();
    }
}
