//! Starting a server in-process.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use crate::access::{Access, allowed_host};
use crate::server::Running;
use crate::settings::{RateLimits, Settings};
use crate::shared::Shared;
use crate::state::{Fixture, FixtureError, builtin_fixture_at, machine_is_before_1970};
use crate::targets::Targets;

/// A server with a world of its own. It stops when it is dropped.
#[derive(Debug)]
pub struct MockServer {
    running: Running,
}

/// The options of a server.
#[derive(Debug, Clone)]
pub struct MockServerBuilder {
    listen: SocketAddr,
    fixture: Option<Fixture>,
    settings: Settings,
    control_token: Option<String>,
    allowed_hosts: Vec<String>,
    webhooks: Option<String>,
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
        /// The error of the operating system.
        source: io::Error,
    },
    /// Any machine could change the world.
    #[error(
        "other machines can reach {0}: set --control-token to protect the control API under /_mock"
    )]
    OpenControl(SocketAddr),
    /// The fixture has problems.
    #[error(transparent)]
    Fixture(#[from] FixtureError),
    /// Answers carry a `Date`, which cannot be before 1970.
    #[error("the clock of this machine shows a date before 1970: set it and start again")]
    Before1970,
    /// No client could send the control token.
    #[error(
        "the control token is empty or does not fit in a header: set --control-token (or POLAR_MOCK_CONTROL_TOKEN) to \
         ASCII text without spaces around it, or leave it out"
    )]
    UnusableControlToken,
    /// This is not a host name.
    #[error(
        "{0:?} is not a host name: use a name like --allow-host mock.test, without http:// or a path"
    )]
    AllowedHost(String),
    /// Webhooks cannot be sent there.
    #[error(
        "{0:?} is not a target for webhooks: use --webhooks off, or a URL of this machine like --webhooks \
         http://localhost:3000/webhooks, without user, query or fragment"
    )]
    Webhooks(String),
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
    /// If no port is free.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Sets options before starting a server.
    pub fn builder() -> MockServerBuilder {
        MockServerBuilder {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            fixture: None,
            settings: Settings::default(),
            control_token: None,
            allowed_hosts: Vec::new(),
            webhooks: None,
        }
    }

    /// The base URL, without a slash at the end: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.running.url
    }

    /// Stops accepting connections and waits for answers in progress.
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

    /// Applies these rate limits.
    #[must_use]
    pub fn rate_limits(mut self, rate_limits: RateLimits) -> Self {
        self.settings.rate_limits = rate_limits;
        self
    }

    /// Sends webhooks only to this URL of the loopback interface and to paths below it, or nowhere with `off`.
    #[must_use]
    pub fn webhooks(mut self, allowed: impl Into<String>) -> Self {
        self.webhooks = Some(allowed.into());
        self
    }

    /// Accepts calls of the control API and of webhooks under this host name, too. By default only the names of the
    /// loopback interface are accepted, so that no web page gets in by its own domain.
    #[must_use]
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allowed_hosts.push(name.into());
        self
    }

    /// Requires this token for the control API.
    #[must_use]
    pub fn control_token(mut self, token: impl Into<String>) -> Self {
        self.control_token = Some(token.into());
        self
    }

    /// Starts the server.
    ///
    /// Without a fixture it serves the built-in world. Its tokens are the well-known ones on the loopback interface, and
    /// random where other machines can reach the server.
    ///
    /// # Errors
    ///
    /// If it cannot listen on the address, or other machines could use the control API without a token; if the control
    /// token, a host name or the webhooks' URL is invalid; with every problem of the fixture if it has any.
    pub async fn start(self) -> Result<MockServer, StartError> {
        if machine_is_before_1970() {
            return Err(StartError::Before1970);
        }
        let refused = |source| StartError::Listen {
            address: self.listen,
            source,
        };
        let access = self.access()?;
        let fixture = match self.fixture {
            Some(fixture) => fixture.checked()?,
            None => builtin_fixture_at(self.listen.ip()),
        };
        let shared = Shared::new(fixture, self.settings, access);
        let running = Running::start(self.listen, Arc::new(shared)).map_err(refused)?;
        Ok(MockServer { running })
    }

    fn access(&self) -> Result<Access, StartError> {
        let beyond_loopback = !self.listen.ip().is_loopback();
        match &self.control_token {
            None if beyond_loopback => return Err(StartError::OpenControl(self.listen)),
            Some(token) if !can_be_sent(token) => return Err(StartError::UnusableControlToken),
            _ => {}
        }
        let host =
            |name: &String| allowed_host(name).ok_or_else(|| StartError::AllowedHost(name.clone()));
        let webhooks = match &self.webhooks {
            None => Targets::default(),
            Some(text) => text
                .parse()
                .map_err(|()| StartError::Webhooks(text.clone()))?,
        };
        Ok(Access {
            control_token: self.control_token.clone(),
            allowed_hosts: self
                .allowed_hosts
                .iter()
                .map(host)
                .collect::<Result<_, _>>()?,
            beyond_loopback,
            webhooks,
        })
    }
}

/// Whether `Authorization: Bearer …` carries the token unchanged.
fn can_be_sent(token: &str) -> bool {
    let is_printed = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    !token.is_empty() && token == token.trim() && token.bytes().all(is_printed)
}
