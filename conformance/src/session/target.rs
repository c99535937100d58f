//! The target: which server to run against.

use http::Uri;
use polar_mock::MockServer;

use super::error::TargetError;
use crate::server::{Capabilities, Server};
use crate::wire::Address;

/// Polar's sandbox.
const SANDBOX: &str = "sandbox-api.polar.sh";
/// Every other host of Polar is production, which nobody must test by accident.
const POLAR: &str = "polar.sh";

/// A server to run against.
#[derive(Debug, Clone)]
pub enum Target {
    /// The mock in this process, a fresh one for each item.
    Mock,
    /// A running server, one item after the other.
    Url(Server),
}

impl Target {
    /// `mock`, `sandbox` or a base URL.
    ///
    /// # Errors
    /// When it is none of these, or a production server and `allow_production` is false.
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
            // A token never goes to Polar unencrypted.
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

    /// The server of the target: a fresh mock on a free port, which stops when dropped, or the running server.
    ///
    /// # Errors
    /// When the mock does not start.
    pub(super) async fn server(&self) -> Result<(Server, Option<MockServer>), TargetError> {
        if let Self::Url(server) = self {
            return Ok((server.clone(), None));
        }
        let mock = MockServer::start()
            .await
            .map_err(|error| TargetError::Mock(error.to_string()))?;
        match Self::parse(mock.url(), false)? {
            Self::Url(server) => Ok((server, Some(mock))),
            Self::Mock => Err(TargetError::Mock(format!(
                "it says that it listens at {}",
                mock.url()
            ))),
        }
    }

    /// What the target can do.
    ///
    /// # Errors
    /// When it does not answer, or is not the API.
    pub async fn capabilities(&self) -> Result<Capabilities, TargetError> {
        let (server, _mock) = self.server().await?;
        Ok(Capabilities::of(&server).await?)
    }
}

/// Whether a host is Polar's.
pub(super) fn is_polars(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == POLAR || host.ends_with(&format!(".{POLAR}"))
}

/// Whether a host is Polar's, and not the sandbox.
fn is_production(host: &str) -> bool {
    is_polars(host) && host.trim_end_matches('.') != SANDBOX
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
