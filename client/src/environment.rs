//! Which server to talk to.

use std::{fmt, str::FromStr};

use reqwest::Url;

/// The server that a client talks to.
///
/// ```
/// use polar_client::Environment;
///
/// let sandbox: Environment = "sandbox".parse()?;
/// assert_eq!(sandbox, Environment::Sandbox);
/// assert_eq!(sandbox.base_url(), "https://sandbox-api.polar.sh");
///
/// let local: Environment = "http://127.0.0.1:7657/".parse()?;
/// assert_eq!(local.base_url(), "http://127.0.0.1:7657");
/// # Ok::<(), polar_client::EnvironmentError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Environment {
    /// Real customers and real money.
    Production,
    /// The same API with separate accounts and tighter rate limits.
    Sandbox,
    /// Any other server that speaks the API, such as a local one. The paths of the API are appended to this URL.
    Custom(Url),
}

/// Why a text does not name an [`Environment`]. The error does not repeat the text, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; use `production`, `sandbox` or a base URL such as `http://127.0.0.1:7657`")]
pub struct EnvironmentError {
    reason: &'static str,
}

impl Environment {
    /// The URL that paths of the API are appended to, without a slash at the end.
    pub fn base_url(&self) -> &str {
        match self {
            Self::Production => "https://api.polar.sh",
            Self::Sandbox => "https://sandbox-api.polar.sh",
            Self::Custom(url) => url.as_str().trim_end_matches('/'),
        }
    }

    /// Checks that paths can be appended to the base URL.
    pub(crate) fn check(&self) -> Result<(), EnvironmentError> {
        let Self::Custom(url) = self else {
            return Ok(());
        };
        let reason = if !matches!(url.scheme(), "http" | "https") {
            "the scheme must be http or https"
        } else if url.query().is_some() || url.fragment().is_some() {
            "a base URL must not have a query or a fragment"
        } else if !url.username().is_empty() || url.password().is_some() {
            "a base URL must not have a user name or a password"
        } else {
            return Ok(());
        };
        Err(EnvironmentError { reason })
    }
}

/// `production`, `sandbox`, or the base URL.
impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Production => "production",
            Self::Sandbox => "sandbox",
            Self::Custom(_) => self.base_url(),
        })
    }
}

/// The opposite of `Display`.
impl FromStr for Environment {
    type Err = EnvironmentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let environment = match text {
            "production" => Self::Production,
            "sandbox" => Self::Sandbox,
            url => Self::Custom(Url::parse(url).map_err(|_| EnvironmentError {
                reason: "this is neither a known environment nor a URL",
            })?),
        };
        environment.check()?;
        Ok(environment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_servers_are_those_of_the_document() {
        let document = include_str!("../../openapi/polar.yaml");
        for known in [Environment::Production, Environment::Sandbox] {
            let server = format!("\n- url: {}\n", known.base_url());
            assert!(document.contains(&server), "{known}");
        }
    }

    #[test]
    fn an_environment_is_read_back_as_it_was_shown() {
        for text in [
            "production",
            "sandbox",
            "http://127.0.0.1:7657",
            "https://polar.test/api",
        ] {
            let environment: Environment = text.parse().unwrap();
            assert_eq!(environment.to_string(), text);
        }
    }

    #[test]
    fn a_text_that_is_no_base_url_is_refused_without_repeating_it() {
        for text in [
            "",
            "Production",
            "localhost:7657",
            "ftp://polar.test",
            "http://polar.test/?a=hunter2",
            "http://polar.test/#hunter2",
            "http://me:hunter2@polar.test",
        ] {
            let error = text.parse::<Environment>().unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
