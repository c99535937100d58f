//! Which server to run against.

use http::Uri;
use polar_mock::MockServer;

use super::capabilities::Capabilities;
use super::mock;
use super::server::Server;
use crate::wire::{Address, WireError};

/// Polar's production host, never run against by accident.
const PRODUCTION: &str = "api.polar.sh";

/// Why a target cannot be run against.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Neither `mock` nor a URL.
    #[error("`{0}` is no target: write `mock`, or a URL such as http://127.0.0.1:7657")]
    NotATarget(String),
    /// The URL has more than scheme, host and port.
    #[error("`{0}` has a path or a query: give the base URL alone")]
    HasPath(String),
    /// Polar's production server, without permission.
    #[error(
        "`{0}` is Polar's production server, where a run creates and changes real things: add --allow-production if you mean it"
    )]
    Production(String),
    /// TLS.
    #[error("`{0}`: only http:// targets can be run against so far")]
    Https(String),
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

/// A server for the time of one item.
#[derive(Debug)]
pub struct Lease {
    /// The server.
    pub server: Server,
    /// Stops the mock when the lease ends.
    pub(super) _mock: Option<MockServer>,
}

impl Target {
    /// `mock` or a base URL.
    ///
    /// # Errors
    /// When it is neither, or the production server and `allow_production` is false.
    pub fn parse(text: &str, allow_production: bool) -> Result<Self, TargetError> {
        if text == "mock" {
            return Ok(Self::Mock);
        }
        let not_a_target = || TargetError::NotATarget(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| not_a_target())?;
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(not_a_target());
        };
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_ascii_lowercase();
        if host.trim_end_matches('.') == PRODUCTION && !allow_production {
            return Err(TargetError::Production(text.to_owned()));
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(TargetError::HasPath(text.to_owned()));
        }
        match scheme {
            "http" => Ok(Self::Url(Server::new(Address {
                host,
                port: uri.port_u16().unwrap_or(80),
            }))),
            "https" => Err(TargetError::Https(text.to_owned())),
            _ => Err(not_a_target()),
        }
    }

    /// A server for one item: a fresh mock, or the one there is.
    ///
    /// # Errors
    /// When the mock does not start.
    pub async fn lease(&self) -> Result<Lease, TargetError> {
        match self {
            Self::Mock => mock::start().await,
            Self::Url(server) => Ok(Lease {
                server: server.clone(),
                _mock: None,
            }),
        }
    }

    /// What the target can do.
    ///
    /// # Errors
    /// When it does not answer, or not as an API.
    pub async fn capabilities(&self) -> Result<Capabilities, TargetError> {
        let lease = self.lease().await?;
        Capabilities::of(&lease.server).await
    }

    /// How many items may run at a time: servers of their own do not disturb each other.
    pub fn lanes(&self) -> usize {
        match self {
            Self::Mock => std::thread::available_parallelism().map_or(2, usize::from) * 2,
            Self::Url(_) => 1,
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
