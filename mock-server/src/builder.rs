//! Starting a server in-process.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use crate::edge::RateLimits;
use crate::server::{Running, Shared};
use crate::settings::Settings;
use crate::state::{Fixture, FixtureError, builtin_fixture, machine_is_before_1970};

/// A server with a world of its own. It stops when it is dropped.
#[derive(Debug)]
pub struct MockServer {
    running: Running,
    url: String,
}

/// What a server is started with.
#[derive(Debug, Clone)]
pub struct MockServerBuilder {
    listen: SocketAddr,
    fixture: Option<Fixture>,
    settings: Settings,
    control_token: Option<String>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {source}; is another server running there? choose another address with --listen"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Anybody could rewrite the world.
    #[error(
        "{0} can be reached from other machines: give --control-token, which the control API under /_mock then asks for"
    )]
    OpenControl(SocketAddr),
    /// The world that it was given cannot be.
    #[error(transparent)]
    Fixture(#[from] FixtureError),
    /// Answers carry a date, which begins in 1970.
    #[error("the clock of this machine shows a time before 1970: set it first")]
    Before1970,
}

impl From<StartError> for io::Error {
    fn from(error: StartError) -> Self {
        Self::other(error)
    }
}

impl MockServer {
    /// Starts a server on a free port of this machine, with the built-in fixture.
    ///
    /// # Errors
    ///
    /// If the machine has no port left.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Starts a server with something of its own.
    pub fn builder() -> MockServerBuilder {
        MockServerBuilder {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            fixture: None,
            settings: Settings::default(),
            control_token: None,
        }
    }

    /// The base URL, without a slash at the end: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops accepting connections and waits for answers that are under way.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

impl MockServerBuilder {
    /// Listens on this address instead of a free port of the loopback interface.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Starts with this world instead of the built-in one. It is checked when the server starts.
    #[must_use]
    pub fn fixture(mut self, fixture: Fixture) -> Self {
        self.fixture = Some(fixture);
        self
    }

    /// Puts rate limits in force.
    #[must_use]
    pub fn rate_limits(mut self, rate_limits: RateLimits) -> Self {
        self.settings.rate_limits = rate_limits;
        self
    }

    /// Has the control API ask for this token.
    #[must_use]
    pub fn control_token(mut self, token: impl Into<String>) -> Self {
        self.control_token = Some(token.into());
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on, or can be reached from other machines while the control API is open; with
    /// every problem of the fixture if it has any.
    pub async fn start(self) -> Result<MockServer, StartError> {
        if !self.listen.ip().is_loopback() && self.control_token.is_none() {
            return Err(StartError::OpenControl(self.listen));
        }
        if machine_is_before_1970() {
            return Err(StartError::Before1970);
        }
        let refused = |source| StartError::Listen {
            address: self.listen,
            source,
        };
        let fixture = match self.fixture {
            Some(fixture) => fixture.checked()?,
            None => builtin_fixture(),
        };
        let shared = Shared::new(fixture, self.settings, self.control_token);
        let running = Running::start(self.listen, Arc::new(shared)).map_err(refused)?;
        let url = format!("http://{}", running.address);
        Ok(MockServer { running, url })
    }
}
