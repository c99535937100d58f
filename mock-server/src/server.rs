//! A running server: what all its connections share, and how it is started and stopped.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::RwLock;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::access::Access;
use crate::control;
use crate::edge::{Journal, RateLimiter, Service, serve_connections};
use crate::host::host;
use crate::mistake;
use crate::operations;
use crate::settings::Settings;
use crate::state::{Clock, ClockMode, Fixture, World};
use crate::webhooks;

/// What all connections of a server share.
#[derive(Debug)]
pub struct Shared {
    world: RwLock<Arc<World>>,
    settings: RwLock<Settings>,
    /// The world's clock.
    pub clock: Clock,
    /// Counts requests.
    pub rate_limiter: RateLimiter,
    /// The last requests.
    pub journal: Journal,
    /// What `reset` goes back to.
    initial: (Fixture, Settings),
    /// Who may do what beside using the API.
    pub(crate) access: Access,
}

impl Shared {
    pub(crate) fn new(fixture: Fixture, settings: Settings, access: Access) -> Self {
        Self {
            world: RwLock::new(Arc::new(World::load(fixture.clone()))),
            settings: RwLock::new(settings),
            clock: Clock::default(),
            rate_limiter: RateLimiter::default(),
            journal: Journal::default(),
            initial: (fixture, settings),
            access,
        }
    }

    /// The world as it is now: what was waiting and is due has happened.
    pub fn world(&self) -> Arc<World> {
        let world = self.world.read().clone();
        if !world.pending.is_empty() {
            operations::run_due(&world, self.clock.now());
        }
        world
    }

    /// Replaces the world; counters start anew.
    pub fn replace_world(&self, fixture: Fixture) {
        let new = Arc::new(World::load(fixture));
        let old = std::mem::replace(&mut *self.world.write(), new);
        // Whoever waits for the old world looks at the new one.
        old.bell.notify_one();
        self.rate_limiter.clear();
    }

    /// The settings in force.
    pub fn settings(&self) -> Settings {
        *self.settings.read()
    }

    /// Replaces the settings.
    pub fn replace_settings(&self, settings: Settings) {
        *self.settings.write() = settings;
    }

    /// Goes back to the start: world, settings and clock; the journal is empty.
    pub fn reset(&self) {
        let (fixture, settings) = self.initial.clone();
        self.clock.set(ClockMode::Real, None);
        self.replace_settings(settings);
        self.replace_world(fixture);
        self.journal.clear();
    }
}

/// A server that is accepting connections. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: watch::Sender<bool>,
    accepting: Option<JoinHandle<()>>,
    /// How many mistakes this program had made when it started.
    mistakes: u64,
}

impl Running {
    /// Starts serving on an address, on the threads of the host.
    pub(crate) fn start(address: SocketAddr, shared: Arc<Shared>) -> io::Result<Self> {
        let host = host()?;
        let listener = host.listen(address)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        host.runtime
            .spawn(webhooks::deliver(Arc::downgrade(&shared), stopped.clone()));
        let service = Service {
            control: control::router(shared.clone()),
            shared,
        };
        let accepting = host.runtime.spawn(serve_connections(
            listener,
            host.connections.clone(),
            service,
            stopped,
        ));
        Ok(Self {
            address,
            stop,
            accepting: Some(accepting),
            mistakes: mistake::count(),
        })
    }

    /// Stops accepting and waits until answers that are under way are finished.
    pub(crate) async fn stop(mut self) {
        let _ = self.stop.send(true);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.await;
        }
        // Every connection holds a receiver until it is done.
        self.stop.closed().await;
        self.mistakes = u64::MAX;
    }
}

impl Drop for Running {
    /// # Panics
    ///
    /// If polar-mock made a mistake meanwhile, so that no test passes on an answer that is nobody's.
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if mistake::count() > self.mistakes && !std::thread::panicking() {
            panic!("polar-mock made a mistake, see its message above; please report it");
        }
    }
}
