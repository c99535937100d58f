//! One server under test: its address and its control API.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::governor::{Governor, Limits};
use crate::json::{Value, parse};
use crate::wire::{Address, Answer, Request, WireError, learn_keys, send};

/// The timeout of an ordinary request: what proxies wait, too.
const PATIENCE: Duration = Duration::from_secs(60);
/// The timeout of a probe.
const PROBE_PATIENCE: Duration = Duration::from_secs(8);
/// The timeout of a control call: loading a large fixture takes time.
const CONTROL_PATIENCE: Duration = Duration::from_secs(60);

/// A call to the control API failed.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// No answer.
    #[error("{call}: {source}")]
    Wire {
        /// Method and path.
        call: String,
        /// Why there is no answer.
        source: WireError,
    },
    /// Another status than 200 or 204.
    #[error("{call}: {status} {start}")]
    Refused {
        /// Method and path.
        call: String,
        /// The status of the answer.
        status: u16,
        /// How its body begins.
        start: String,
    },
}

/// How often a request is sent again after an unexpected 429.
const RETRIES: usize = 3;

/// A request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The request as it was sent.
    pub request: Request,
    /// The answer as it came back.
    pub answer: Answer,
}

/// Stands between the suite and a server, and may change requests and answers.
pub trait Layer: Send + Sync {
    /// Carries a request to the server, and its answer back.
    fn carry<'a>(
        &'a self,
        request: &'a Request,
        wire: &'a Connection,
    ) -> BoxFuture<'a, Result<Answer, WireError>>;
}

/// The connection itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    address: Address,
}

impl Connection {
    /// Sends a request exactly as it is.
    ///
    /// # Errors
    /// When no complete answer arrives in time.
    pub async fn send(&self, request: &Request) -> Result<Answer, WireError> {
        let patience = match (request.method.as_str(), request.path.as_str()) {
            ("GET", path) if path.starts_with("/_mock/") && path != "/_mock/state" => {
                PROBE_PATIENCE
            }
            (_, path) if path.starts_with("/_mock/") => CONTROL_PATIENCE,
            _ => PATIENCE,
        };
        send(&self.address, request, patience).await
    }
}

/// A server under test.
#[derive(Clone)]
pub struct Server {
    wire: Connection,
    base: String,
    governor: Arc<Governor>,
    layer: Option<Arc<dyn Layer>>,
    exchanges: Option<Arc<Mutex<Vec<Exchange>>>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.base).finish()
    }
}

impl Server {
    /// The server at an address.
    pub fn new(address: Address) -> Self {
        Self {
            base: address.base(),
            wire: Connection { address },
            governor: Arc::new(Governor::new(Limits::None, None)),
            layer: None,
            exchanges: None,
        }
    }

    /// The same server; the governor admits its requests.
    #[must_use]
    pub fn governed(mut self, governor: Arc<Governor>) -> Self {
        self.governor = governor;
        self
    }

    /// The same server behind a layer.
    #[must_use]
    pub fn behind(mut self, layer: Arc<dyn Layer>) -> Self {
        self.layer = Some(layer);
        self
    }

    /// The same server; from now on it keeps every exchange, for [`Server::take_exchanges`].
    #[must_use]
    pub fn recording(mut self) -> Self {
        self.exchanges = Some(Arc::default());
        self
    }

    /// The exchanges since the last call, without those of the control API.
    pub fn take_exchanges(&self) -> Vec<Exchange> {
        self.exchanges.as_ref().map_or_else(Vec::new, |exchanges| {
            std::mem::take(&mut exchanges.lock().unwrap_or_else(PoisonError::into_inner))
        })
    }

    /// Its base URL, without a final slash.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Its host.
    pub fn host(&self) -> &str {
        &self.wire.address.host
    }

    /// Whether it runs on this machine.
    pub fn is_loopback(&self) -> bool {
        let host = &self.wire.address.host;
        host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    }

    /// Whether nobody on the way can read the requests.
    pub fn is_private(&self) -> bool {
        self.wire.address.tls || self.is_loopback()
    }

    /// The governor that admits its requests.
    pub fn governor(&self) -> &Governor {
        &self.governor
    }

    /// Sends a request exactly as it is, when the governor admits it. After a 429 it waits and sends the request again: no
    /// caller of this function expects one.
    ///
    /// # Errors
    /// When no complete answer arrives in time, or the budget is used up.
    pub async fn send(&self, request: &Request) -> Result<Answer, WireError> {
        for _ in 0..RETRIES {
            self.governor.admit(request).await?;
            let answer = self.carry(request).await?;
            if answer.status != 429 {
                return Ok(self.keep(request, answer));
            }
            self.governor.refused(&answer);
        }
        self.governor.admit(request).await?;
        let answer = self.carry(request).await?;
        Ok(self.keep(request, answer))
    }

    /// Sends a request at once, whatever the limits: for tests of the limits.
    ///
    /// # Errors
    /// When no complete answer arrives in time, or the budget is used up.
    pub async fn send_at_once(&self, request: &Request) -> Result<Answer, WireError> {
        self.governor.count()?;
        let answer = self.carry(request).await?;
        Ok(self.keep(request, answer))
    }

    async fn carry(&self, request: &Request) -> Result<Answer, WireError> {
        let answer = match &self.layer {
            Some(layer) => layer.carry(request, &self.wire).await?,
            None => self.wire.send(request).await?,
        };
        learn_keys(&answer);
        Ok(answer)
    }

    fn keep(&self, request: &Request, answer: Answer) -> Answer {
        if let Some(exchanges) = &self.exchanges {
            let exchange = Exchange {
                request: request.clone(),
                answer: answer.clone(),
            };
            exchanges
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(exchange);
        }
        answer
    }

    /// Calls the control API.
    ///
    /// # Errors
    /// When no answer arrives, its status is neither 200 nor 204, or the governor is closed.
    pub async fn control(
        &self,
        method: &str,
        path: &str,
        body: Option<&str>,
    ) -> Result<Answer, ControlError> {
        let call = || format!("{method} {path}");
        let mut request = Request::new(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        let failed = |source| ControlError::Wire {
            call: call(),
            source,
        };
        self.governor
            .stays_open()
            .map_err(|denied| failed(denied.into()))?;
        let answer = self.carry(&request).await.map_err(failed)?;
        if matches!(answer.status, 200 | 204) {
            return Ok(answer);
        }
        let start = answer.text().chars().take(300).collect();
        Err(ControlError::Refused {
            call: call(),
            status: answer.status,
            start,
        })
    }

    /// Replaces the server's state and settings (both JSON texts).
    ///
    /// # Errors
    /// When the server refuses one of them.
    pub async fn load(&self, fixture: &str, settings: &str) -> Result<(), ControlError> {
        self.control("PUT", "/_mock/state", Some(fixture)).await?;
        self.control("PUT", "/_mock/settings", Some(settings))
            .await?;
        Ok(())
    }

    /// Advances the clock by these seconds, in the given spelling.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn advance(&self, seconds: &str) -> Result<(), ControlError> {
        self.control(
            "POST",
            "/_mock/clock/advance",
            Some(&format!("{{\"seconds\": {seconds}}}")),
        )
        .await?;
        Ok(())
    }

    /// The server's time; the local time if the server does not say.
    pub async fn now(&self) -> DateTime<Utc> {
        let answer = self.control("GET", "/_mock/clock", None).await.ok();
        answer
            .and_then(|answer| {
                parse(&answer.text())
                    .ok()?
                    .get("now")
                    .and_then(Value::as_str)?
                    .parse()
                    .ok()
            })
            .unwrap_or_else(Utc::now)
    }
}
