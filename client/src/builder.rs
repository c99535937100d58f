//! From an environment and tokens to a client.

use std::time::Duration;

use reqwest::header::HeaderValue;

#[cfg(feature = "provisioning")]
use crate::provisioning;
use crate::{Environment, EnvironmentError, Inner, license_keys};

const SESSION_TOKEN: &str = "session token";

/// Makes clients; begin with [`Client::builder`](license_keys::Client::builder).
///
/// Tokens are not shown by `Debug`, neither here nor in a client.
#[derive(Debug, Clone)]
pub struct ClientBuilder {
    environment: Environment,
    inner: Inner,
    timeout: Duration,
    user_agent: String,
    /// What was set to something that no header can hold.
    unfit: Option<&'static str>,
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL is none.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// This setting is empty, or has a blank or a character that no header can hold.
    #[error("the {0} is empty, or has a blank or a character that does not belong there")]
    Unfit(&'static str),
    /// The HTTP client cannot be made; no certificates, for one, or a bad `user_agent`.
    #[error("the HTTP client cannot be made")]
    Http(#[from] reqwest::Error),
}

impl ClientBuilder {
    fn new(environment: Environment) -> Self {
        Self {
            environment,
            inner: Inner::default(),
            timeout: Duration::from_secs(10),
            user_agent: concat!("polar-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            unfit: None,
        }
    }

    /// The token for everything but the customer portal, of an organization (`polar_oat_`) or a person (`polar_pat_`).
    /// It belongs on a server of yours; an app that is given to customers does without one.
    #[must_use]
    pub fn access_token(mut self, token: &str) -> Self {
        self.inner.access_token = self.fit("access token", bearer(token));
        self
    }

    /// The token for the customer portal, of a customer's session (`polar_cst_`) or a member's (`polar_mst_`).
    /// Validating, activating and deactivating there takes no token, and none is sent.
    #[must_use]
    pub fn session_token(mut self, token: &str) -> Self {
        self.inner.session_token = self.fit(SESSION_TOKEN, bearer(token));
        self
    }

    /// The version of the API to ask for, such as `2026-10`; otherwise that of the document this client was generated
    /// from. A version that the server does not know makes every answer a bare 404.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        let value = word(version).then(|| HeaderValue::from_str(version).ok());
        self.inner.version = self.fit("version", value.flatten());
        self
    }

    /// How long one request may take, from connecting to the last byte of the answer. 10 seconds unless set.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How the client calls itself; `polar-client/` and its version unless set.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// How often a request is repeated after a 429, which says in `Retry-After` how long to wait before. Twice unless
    /// set; 0 for never. Nothing else is ever repeated, because the server may have counted it.
    #[must_use]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.inner.retries.most = retries;
        self
    }

    /// The longest wait before a repetition; when the server asks for a longer one, the answer is an error at once.
    /// 5 seconds unless set, which is what somebody in front of an app may bear. Polar asks for up to 60.
    #[must_use]
    pub fn max_retry_wait(mut self, wait: Duration) -> Self {
        self.inner.retries.longest_wait = wait;
        self
    }

    /// A client for license keys and customer sessions.
    ///
    /// # Errors
    ///
    /// If a setting does not fit, or there is no TLS on this machine.
    pub fn build(&self) -> Result<license_keys::Client, BuildError> {
        let http = self.http()?;
        let url = self.environment.base_url();
        Ok(license_keys::Client::new_with_client(
            url,
            http,
            self.inner.clone(),
        ))
    }

    /// A client for what it takes to bring keys into being: customers, benefits, products, subscriptions.
    ///
    /// # Errors
    ///
    /// As for [`build`](Self::build).
    #[cfg(feature = "provisioning")]
    pub fn build_provisioning(&self) -> Result<provisioning::Client, BuildError> {
        let http = self.http()?;
        let url = self.environment.base_url();
        Ok(provisioning::Client::new_with_client(
            url,
            http,
            self.inner.clone(),
        ))
    }

    fn http(&self) -> Result<reqwest::Client, BuildError> {
        self.environment.check()?;
        if let Some(setting) = self.unfit {
            return Err(BuildError::Unfit(setting));
        }
        let http = reqwest::Client::builder()
            .timeout(self.timeout)
            .user_agent(self.user_agent.as_str());
        Ok(http.build()?)
    }

    fn fit(&mut self, setting: &'static str, value: Option<HeaderValue>) -> Option<HeaderValue> {
        if value.is_none() {
            self.unfit = Some(setting);
        }
        value
    }
}

impl license_keys::Client {
    /// Begins a client for one environment.
    pub fn builder(environment: Environment) -> ClientBuilder {
        ClientBuilder::new(environment)
    }
}

macro_rules! sessions {
    ($client:ty) => {
        impl $client {
            /// The same client with the token of another session, for a server that many customers use. Connections are
            /// shared.
            ///
            /// # Errors
            ///
            /// If this cannot be a token.
            pub fn with_session_token(&self, token: &str) -> Result<Self, BuildError> {
                let mut client = self.clone();
                let token = bearer(token).ok_or(BuildError::Unfit(SESSION_TOKEN))?;
                client.inner.session_token = Some(token);
                Ok(client)
            }
        }
    };
}

sessions!(license_keys::Client);

#[cfg(feature = "provisioning")]
sessions!(provisioning::Client);

/// The value of `Authorization`; nothing if this cannot be a token.
fn bearer(token: &str) -> Option<HeaderValue> {
    let value = word(token).then(|| HeaderValue::try_from(format!("Bearer {token}")).ok());
    let mut value = value.flatten()?;
    value.set_sensitive(true);
    Some(value)
}

/// Whether a text is what a header can hold as one word.
fn word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}
