//! Builds clients from an environment and tokens.

use std::time::Duration;

use reqwest::header::HeaderValue;

#[cfg(feature = "provisioning")]
use crate::provisioning;
#[cfg(feature = "sales")]
use crate::sales;
use crate::{Environment, EnvironmentError, Inner, license_keys};

const SESSION_TOKEN: &str = "session token";

/// Builds clients; start with [`Client::builder`](license_keys::Client::builder).
///
/// `Debug` does not show tokens, neither here nor in a client.
#[derive(Debug, Clone)]
pub struct ClientBuilder {
    environment: Environment,
    inner: Inner,
    timeout: Duration,
    user_agent: String,
    /// The setting that no header can hold, if there is one.
    unfit: Option<&'static str>,
}

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL cannot be used.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// This setting is empty, or has a space or another character that is not visible ASCII.
    #[error(
        "the {0} cannot be sent in a header: it is empty, or has a space or another character that is not visible ASCII"
    )]
    Unfit(&'static str),
    /// The HTTP client cannot be built, for instance without certificates or with a bad `user_agent`.
    #[error("the HTTP client cannot be built")]
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

    /// The token for everything but the customer portal: an organization's (`polar_oat_`) or a person's (`polar_pat_`).
    /// Keep it on your server; never put it into an app that you give to customers.
    #[must_use]
    pub fn access_token(mut self, token: &str) -> Self {
        self.inner.access_token = self.fit("access token", bearer(token));
        self
    }

    /// The token for the customer portal: of a customer's session (`polar_cst_`) or a member's (`polar_mst_`).
    /// Validating, activating and deactivating keys there needs no token, and none is sent.
    #[must_use]
    pub fn session_token(mut self, token: &str) -> Self {
        self.inner.session_token = self.fit(SESSION_TOKEN, bearer(token));
        self
    }

    /// The version of the API to ask for, such as `2026-10`. The default is the version of the document this client was
    /// generated from. If the server does not know the version, every answer is a bare 404.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        let value = word(version).then(|| HeaderValue::from_str(version).ok());
        self.inner.version = self.fit("version", value.flatten());
        self
    }

    /// How long one request may take, from connecting to the last byte of the answer. The default is 10 seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The `User-Agent`. The default is `polar-client/` and its version.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// How often a request is repeated after a 429 whose `Retry-After` says how long to wait. The default is twice; 0
    /// means never. Nothing else is ever repeated, because the server may have counted it.
    #[must_use]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.inner.retries.most = retries;
        self
    }

    /// The longest wait before a repetition. If the server asks for a longer one, the call returns an error at once. The
    /// default is 5 seconds, which a user may be willing to wait. Polar asks for up to 60.
    #[must_use]
    pub fn max_retry_wait(mut self, wait: Duration) -> Self {
        self.inner.retries.longest_wait = wait;
        self
    }

    /// A client for license keys and customer sessions.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used, or this machine has no TLS.
    pub fn build(&self) -> Result<license_keys::Client, BuildError> {
        let http = self.http()?;
        let url = self.environment.base_url();
        Ok(license_keys::Client::new_with_client(
            url,
            http,
            self.inner.clone(),
        ))
    }

    /// A client for everything that leads to keys: customers, benefits, products, subscriptions.
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

    /// A client for what is sold: checkouts and links to them, orders, refunds, discounts.
    ///
    /// # Errors
    ///
    /// As for [`build`](Self::build).
    #[cfg(feature = "sales")]
    pub fn build_sales(&self) -> Result<sales::Client, BuildError> {
        let http = self.http()?;
        let url = self.environment.base_url();
        Ok(sales::Client::new_with_client(
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
    /// Starts building a client for one environment.
    pub fn builder(environment: Environment) -> ClientBuilder {
        ClientBuilder::new(environment)
    }
}

macro_rules! sessions {
    ($client:ty) => {
        impl $client {
            /// The same client with the token of another session, for a server with many customers. The two share
            /// connections.
            ///
            /// # Errors
            ///
            /// If the text cannot be a token.
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

#[cfg(feature = "sales")]
sessions!(sales::Client);

/// The value of `Authorization`; `None` if the text cannot be a token.
fn bearer(token: &str) -> Option<HeaderValue> {
    let value = word(token).then(|| HeaderValue::try_from(format!("Bearer {token}")).ok());
    let mut value = value.flatten()?;
    value.set_sensitive(true);
    Some(value)
}

/// Whether a header can hold the text as one word.
fn word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}
