//! One server under test: its address and its control API.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::governor::{Governor, Limits};
use crate::json::{Value, parse};
use crate::wire::{Address, Answer, Request, WireError, send};

/// An ordinary request may take this long.
const PATIENCE: Duration = Duration::from_secs(20);
/// Finding out what a server is may not take longer.
const PROBE_PATIENCE: Duration = Duration::from_secs(8);
/// Loading a large world may take longer.
const CONTROL_PATIENCE: Duration = Duration::from_secs(60);

/// A call to the control API that did not work.
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

/// How often a request that met an unexpected 429 is sent again.
const RETRIES: usize = 3;

/// A request and what came back.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// As it was sent.
    pub request: Request,
    /// As it came back.
    pub answer: Answer,
}

/// Stands between the suite and a server, and may change what passes.
pub trait Layer: Send + Sync {
    /// Carries a request to the server, its answer back.
    fn carry<'a>(
        &'a self,
        request: &'a Request,
        wire: &'a Connection,
    ) -> BoxFuture<'a, Result<Answer, WireError>>;
}

/// The bare connection.
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
            ("GET", path) if path.starts_with("/_mock/") => PROBE_PATIENCE,
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

    /// The same server, its requests passing this governor.
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

    /// The same server; what is said from now on is kept, for [`Server::take_exchanges`].
    #[must_use]
    pub fn recording(mut self) -> Self {
        self.exchanges = Some(Arc::default());
        self
    }

    /// What was said since, without the control API.
    pub fn take_exchanges(&self) -> Vec<Exchange> {
        self.exchanges.as_ref().map_or_else(Vec::new, |exchanges| {
            std::mem::take(&mut exchanges.lock().unwrap_or_else(PoisonError::into_inner))
        })
    }

    /// Its base URL, without a slash at the end.
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

    /// Whether nobody between here and there can read what is sent.
    pub fn is_private(&self) -> bool {
        self.wire.address.tls || self.is_loopback()
    }

    /// What its requests pass.
    pub fn governor(&self) -> &Governor {
        &self.governor
    }

    /// Sends a request exactly as it is, when the governor lets it. A 429 is waited for and the request sent again: no
    /// caller of this function asked for one.
    ///
    /// # Errors
    /// When no complete answer arrives in time, or the budget is spent.
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

    /// Sends a request at once, whatever limits there are: for what is about them.
    ///
    /// # Errors
    /// When no complete answer arrives in time, or the budget is spent.
    pub async fn send_at_once(&self, request: &Request) -> Result<Answer, WireError> {
        self.governor.count()?;
        let answer = self.carry(request).await?;
        Ok(self.keep(request, answer))
    }

    async fn carry(&self, request: &Request) -> Result<Answer, WireError> {
        match &self.layer {
            Some(layer) => layer.carry(request, &self.wire).await,
            None => self.wire.send(request).await,
        }
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
    /// When no answer arrives, or one with another status than 200 or 204.
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
        let answer = self
            .carry(&request)
            .await
            .map_err(|source| ControlError::Wire {
                call: call(),
                source,
            })?;
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

    /// Replaces the whole world and the settings (both JSON texts).
    ///
    /// # Errors
    /// When the server refuses one of them.
    pub async fn load(&self, fixture: &str, settings: &str) -> Result<(), ControlError> {
        self.control("PUT", "/_mock/state", Some(fixture)).await?;
        self.control("PUT", "/_mock/settings", Some(settings))
            .await?;
        Ok(())
    }

    /// Moves the clock; the seconds as they are to be written.
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

    /// What time it is there; here, when the server does not tell.
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
