//! Which server to run against.

use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use polar_mock::MockServer;

use super::capabilities::Capabilities;
use super::credentials::Credentials;
use super::governor::{Governor, Limits};
use super::mock;
use super::server::{Layer, Server};
use crate::provision::{Cleaned, Ground, GroundError, Provisioner, Swept, clean};
use crate::wire::{Address, WireError};

/// Polar's sandbox.
const SANDBOX: &str = "sandbox-api.polar.sh";
/// What else is Polar's is production, never run against by accident.
const POLAR: &str = "polar.sh";

/// Why a target cannot be run against.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Neither a name nor a URL.
    #[error("`{0}` is no target: write `mock`, `sandbox`, or a URL such as http://127.0.0.1:7657")]
    NotATarget(String),
    /// The URL has more than scheme, host and port.
    #[error("`{0}` has a path or a query: give the base URL alone")]
    HasPath(String),
    /// Polar's production server, without permission.
    #[error(
        "`{0}` is Polar's production server, where a run creates and changes real things: add --allow-production if you mean it"
    )]
    Production(String),
    /// Nothing can be created there.
    #[error(
        "{0} has no control API, so keys are made through Polar's own: set POLAR_ACCESS_TOKEN to an access token of an organization made for tests (and POLAR_ORGANIZATION_ID to its id, to be sure that it is the right one)"
    )]
    NoCredentials(String),
    /// Everybody on the way could read the token.
    #[error(
        "{0} is another machine, and http:// would show POLAR_ACCESS_TOKEN to everybody on the way: use https://, or bring the server to 127.0.0.1 (`ssh -L`); for a mock, unset POLAR_ACCESS_TOKEN"
    )]
    InTheClear(String),
    /// It is not the organization that it has to be.
    #[error(transparent)]
    Ground(#[from] GroundError),
    /// Nobody answers.
    #[error("the target does not answer {url}: {source}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// Why there is no answer.
        source: WireError,
    },
    /// Something answers, but not a JSON API.
    #[error(
        "{url} answers {status} ({content_type}) and not JSON: is this the API's base URL? It says: {start}"
    )]
    NotTheApi {
        /// What was asked.
        url: String,
        /// The status of the answer.
        status: u16,
        /// Its content type.
        content_type: String,
        /// How its body begins.
        start: String,
    },
    /// The mock did not start.
    #[error("the mock does not start: {0}")]
    Mock(String),
}

/// A server to run against.
#[derive(Debug, Clone)]
pub enum Target {
    /// The mock, in this process, a fresh one for each item.
    Mock,
    /// Whatever listens there, one item after the other.
    Url(Server),
}

/// What a session may cost.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// The number of requests.
    pub requests: Option<usize>,
    /// How long it may make things for; `clean` leaves them alone until then.
    pub time: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            requests: None,
            time: Duration::from_secs(2 * 3600),
        }
    }
}

/// A target that has been asked what it can do.
#[derive(Clone)]
pub struct Session {
    target: Target,
    /// What it can do.
    pub can: Capabilities,
    governor: Arc<Governor>,
    provisioner: Option<Provisioner>,
    layer: Option<Arc<dyn Layer>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("target", &self.target)
            .field("can", &self.can)
            .finish_non_exhaustive()
    }
}

/// A server for the time of one item.
#[derive(Debug)]
pub struct Lease {
    /// The server.
    pub server: Server,
    /// Where keys come from on it.
    pub ground: Ground,
    /// What it can do.
    pub can: Capabilities,
    /// Stops the mock when the lease ends.
    pub(super) _mock: Option<MockServer>,
}

impl Target {
    /// `mock`, `sandbox` or a base URL.
    ///
    /// # Errors
    /// When it is none of them, or a production server and `allow_production` is false.
    pub fn parse(text: &str, allow_production: bool) -> Result<Self, TargetError> {
        let sandbox = format!("https://{SANDBOX}");
        let url = match text {
            "mock" => return Ok(Self::Mock),
            "sandbox" => &sandbox,
            url => url,
        };
        let not_a_target = || TargetError::NotATarget(text.to_owned());
        let uri: Uri = url.parse().map_err(|_| not_a_target())?;
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(not_a_target());
        };
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_ascii_lowercase();
        if is_production(&host) && !allow_production {
            return Err(TargetError::Production(text.to_owned()));
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(TargetError::HasPath(text.to_owned()));
        }
        let (tls, port) = match scheme {
            // A token never goes to Polar in the clear.
            "http" if !is_polars(&host) => (false, 80),
            "http" if uri.port().is_none() => (true, 443),
            "https" => (true, 443),
            _ => return Err(not_a_target()),
        };
        Ok(Self::Url(Server::new(Address {
            tls,
            port: uri.port_u16().unwrap_or(port),
            host,
        })))
    }

    /// Asks the target what it can do.
    ///
    /// # Errors
    /// When it does not answer, not as an API, or when nothing can be created there; before anything is sent, when a token
    /// would go there in the clear.
    pub async fn open(
        &self,
        credentials: Option<Credentials>,
        budget: Budget,
    ) -> Result<Session, TargetError> {
        if credentials.is_some()
            && let Self::Url(server) = self
            && !server.is_private()
        {
            return Err(TargetError::InTheClear(self.to_string()));
        }
        if credentials.is_none()
            && let Self::Url(server) = self
            && is_polars(server.host())
        {
            // Known without asking.
            return Err(TargetError::NoCredentials(self.to_string()));
        }
        let mut can = self.capabilities().await?;
        if budget.requests.is_some() && !can.seed && can.limits == Limits::None {
            // A guess. Whoever counts requests has none to spend on finding out.
            can.limits = Limits::Sandbox;
        }
        let governor = Arc::new(Governor::new(can.limits, budget.requests));
        let provisioner = match (can.seed, credentials) {
            (true, _) => None,
            (false, None) => return Err(TargetError::NoCredentials(self.to_string())),
            (false, Some(credentials)) => Some(Provisioner::new(credentials, budget.time)),
        };
        Ok(Session {
            target: self.clone(),
            can,
            governor,
            provisioner,
            layer: None,
        })
    }

    /// What the target can do.
    ///
    /// # Errors
    /// When it does not answer, or not as an API.
    pub async fn capabilities(&self) -> Result<Capabilities, TargetError> {
        match self {
            Self::Mock => Capabilities::of(&mock::start().await?.0).await,
            Self::Url(server) => Capabilities::of(server).await,
        }
    }
}

/// Whether a host is Polar's.
fn is_polars(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == POLAR || host.ends_with(&format!(".{POLAR}"))
}

/// Whether a host is Polar's, and not the sandbox.
fn is_production(host: &str) -> bool {
    is_polars(host) && host.trim_end_matches('.') != SANDBOX
}

impl Session {
    /// A session on the mock in this process.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn mock() -> Result<Self, TargetError> {
        Target::Mock.open(None, Budget::default()).await
    }

    /// The same session, whose keys come through the public API even if the target could be seeded.
    #[must_use]
    pub fn provisioned(mut self, credentials: Credentials) -> Self {
        self.can.seed = false;
        self.provisioner = Some(Provisioner::new(credentials, Budget::default().time));
        self
    }

    /// The same session with a layer before its servers.
    #[must_use]
    pub fn behind(mut self, layer: Arc<dyn Layer>) -> Self {
        self.layer = Some(layer);
        self
    }

    /// The target.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What all requests pass.
    pub fn governor(&self) -> &Governor {
        &self.governor
    }

    /// What has been made through the public API, and removes it again.
    pub fn provisioner(&self) -> Option<&Provisioner> {
        self.provisioner.as_ref()
    }

    /// A server for one item: a fresh mock, or the one there is. Where things are made through the public API, the first
    /// lease asks whether that is the right organization.
    ///
    /// # Errors
    /// When the mock does not start, or it is the wrong organization.
    pub async fn lease(&self) -> Result<Lease, TargetError> {
        let (server, mock) = match &self.target {
            Target::Mock => {
                let (server, mock) = mock::start().await?;
                (server, Some(mock))
            }
            Target::Url(server) => (server.clone(), None),
        };
        let ground = match &self.provisioner {
            Some(provisioner) => Ground::Provisioned(provisioner.clone()),
            None => Ground::Seeded(match self.can.limits {
                Limits::None => "off",
                Limits::Sandbox => "sandbox",
                Limits::Production => "production",
            }),
        };
        let mut server = server.governed(Arc::clone(&self.governor));
        if let Some(layer) = &self.layer {
            server = server.behind(Arc::clone(layer));
        }
        if let Some(provisioner) = &self.provisioner {
            provisioner.organization(&server).await?;
        }
        Ok(Lease {
            server,
            ground,
            can: self.can,
            _mock: mock,
        })
    }

    /// Removes what was made through the public API; nothing where nothing is made like that.
    pub async fn tidy_up(&self) -> Option<Cleaned> {
        let (provisioner, server) = self.maker()?;
        self.governor.lift_cap();
        Some(provisioner.clean(&server).await)
    }

    /// Removes what earlier runs made through the public API and left behind; nothing where nothing is made like that.
    ///
    /// # Errors
    /// When it is the wrong organization, or the lists cannot be read.
    pub async fn sweep(&self, insist: bool) -> Result<Swept, GroundError> {
        let Some((provisioner, server)) = self.maker() else {
            return Ok(Swept::default());
        };
        provisioner.organization(&server).await?;
        clean(&server, provisioner.token(), insist).await
    }

    fn maker(&self) -> Option<(&Provisioner, Server)> {
        match (&self.provisioner, &self.target) {
            (Some(provisioner), Target::Url(server)) => {
                let server = server.clone().governed(Arc::clone(&self.governor));
                Some((provisioner, server))
            }
            _ => None,
        }
    }

    /// How many items may run at a time: servers of their own do not disturb each other.
    pub fn lanes(&self) -> usize {
        match self.target {
            Target::Mock if self.provisioner.is_none() => {
                std::thread::available_parallelism().map_or(2, usize::from) * 2
            }
            _ => 1,
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Mock => f.write_str("mock"),
            Self::Url(server) => f.write_str(server.base()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_is_refused_however_it_is_written() {
        for url in [
            "https://api.polar.sh",
            "http://API.polar.sh:443/v1",
            "https://api.polar.sh.",
            "https://user@api.polar.sh/",
            "https://polar.sh",
            "https://eu.api.polar.sh",
        ] {
            assert!(
                matches!(Target::parse(url, false), Err(TargetError::Production(_))),
                "{url}"
            );
            assert!(
                !matches!(Target::parse(url, true), Err(TargetError::Production(_))),
                "{url}"
            );
        }
    }

    #[test]
    fn a_url_is_a_base_url() {
        for url in ["127.0.0.1:7657", "mocks", "ftp://x", "http://", ""] {
            assert!(
                matches!(Target::parse(url, false), Err(TargetError::NotATarget(_))),
                "{url}"
            );
        }
        assert!(matches!(
            Target::parse("http://x/v1", false),
            Err(TargetError::HasPath(_))
        ));
        for sandbox in [
            "sandbox",
            "https://sandbox-api.polar.sh/",
            "http://sandbox-api.polar.sh",
        ] {
            assert_eq!(
                Target::parse(sandbox, false).unwrap().to_string(),
                "https://sandbox-api.polar.sh"
            );
        }
        assert_eq!(
            Target::parse("http://[::1]:80/", false)
                .unwrap()
                .to_string(),
            "http://[::1]:80"
        );
        assert_eq!(
            Target::parse("http://localhost", false)
                .unwrap()
                .to_string(),
            "http://localhost:80"
        );
    }
}
