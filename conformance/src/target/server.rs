//! One server under test: its address and its control API.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::json::{Value, parse};
use crate::wire::{Address, Answer, Request, WireError, send};

/// An ordinary request may take this long.
const PATIENCE: Duration = Duration::from_secs(60);
/// Loading a large world may take longer.
const CONTROL_PATIENCE: Duration = Duration::from_secs(300);

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

/// A server under test.
#[derive(Debug, Clone)]
pub struct Server {
    address: Address,
    base: String,
}

impl Server {
    /// The server at an address.
    pub fn new(address: Address) -> Self {
        let base = address.base();
        Self { address, base }
    }

    /// Its base URL, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends a request exactly as it is.
    ///
    /// # Errors
    /// When no complete answer arrives within a minute.
    pub async fn send(&self, request: &Request) -> Result<Answer, WireError> {
        send(&self.address, request, PATIENCE).await
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
        let answer = send(&self.address, &request, CONTROL_PATIENCE)
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
