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
    url: String,
}

/// What a server is started with.
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
    /// Nobody could send the control token.
    #[error(
        "the control token is empty or cannot be sent in a header: give --control-token (or POLAR_MOCK_CONTROL_TOKEN) \
         ASCII text without blanks around it, or leave it out"
    )]
    UnusableControlToken,
    /// This is no name of a host.
    #[error("{0:?} is no name of a host: write --allow-host mock.test, without http:// and path")]
    AllowedHost(String),
    /// Webhooks cannot be sent there.
    #[error(
        "webhooks cannot be sent to {0:?}: write --webhooks off, or an address of this machine like --webhooks \
         http://localhost:3000/webhooks, without user, query and fragment"
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
            allowed_hosts: Vec::new(),
            webhooks: None,
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

    /// Has webhooks sent to this URL of the loopback interface and what is below its path only, or nowhere with `off`.
    #[must_use]
    pub fn webhooks(mut self, allowed: impl Into<String>) -> Self {
        self.webhooks = Some(allowed.into());
        self
    }

    /// Lets the control API and webhooks be used under this name of the server, too. Otherwise only the names of the
    /// loopback interface are, so that no web page gets in by a name of its own.
    #[must_use]
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allowed_hosts.push(name.into());
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
    /// Without a fixture the world is the built-in one: with its well-known tokens on the loopback interface, with random
    /// ones where other machines can reach it.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on, or can be reached from other machines while the control API is open; if the
    /// control token, a host or the webhooks' URL make no sense; with every problem of the fixture if it has any.
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
        let url = format!("http://{}", running.address);
        Ok(MockServer { running, url })
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

/// Whether a token arrives as it was sent in `Authorization: Bearer …`.
fn can_be_sent(token: &str) -> bool {
    let is_printed = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    !token.is_empty() && token == token.trim() && token.bytes().all(is_printed)
}
