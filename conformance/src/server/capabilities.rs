//! What a target can do: the suite asks it.

use super::connection::Server;
use super::governor::Limits;
use crate::json::{Value, parse};
use crate::wire::{Answer, Request, WireError};

/// Why a server cannot be asked what it can do.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The server does not answer.
    #[error("{url} does not answer: {source}; start the server, or name another with --target")]
    Unreachable {
        /// The URL that was asked for.
        url: String,
        /// Why there is no answer.
        source: WireError,
    },
    /// Something answers, but not a JSON API.
    #[error(
        "{url} answers {status} ({content_type}) instead of JSON: use the base URL of the API. It says: {start}"
    )]
    NotTheApi {
        /// The URL that was asked for.
        url: String,
        /// The status of the answer.
        status: u16,
        /// The content type of the answer.
        content_type: String,
        /// How the body begins.
        start: String,
    },
}

/// What a target can do beyond Polar's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Its state can be replaced (`PUT /_mock/state`).
    pub seed: bool,
    /// Its clock can be read and moved (`/_mock/clock`).
    pub clock: bool,
    /// It can reach a web server on this machine, to deliver webhooks.
    pub webhooks: bool,
    /// Its rate limits.
    pub limits: Limits,
}

impl Capabilities {
    /// A server with Polar's API and nothing else.
    fn plain(limits: Limits) -> Self {
        Self {
            seed: false,
            clock: false,
            webhooks: false,
            limits,
        }
    }

    /// Whether there are no rate limits.
    pub fn unlimited(self) -> bool {
        self.limits == Limits::None
    }

    /// Asks `GET /_mock/health`, and `GET /_mock/clock` if that is missing. A server of Polar's API without a
    /// control API answers both with a JSON 404. Its rate limits are then guessed from its host; a 429
    /// corrects the guess.
    ///
    /// # Errors
    /// When nobody answers, or the answer is not from a JSON API.
    pub async fn of(server: &Server) -> Result<Self, ProbeError> {
        let mut is_sandbox = false;
        for path in ["/_mock/health", "/_mock/clock"] {
            let answer = ask(server, path).await?;
            if answer.body.is_some()
                && let Some(limits) = limits_of(server).await?
            {
                return Ok(Self {
                    seed: true,
                    clock: true,
                    webhooks: true,
                    limits,
                });
            }
            is_sandbox |= answer.says_sandbox;
        }
        Ok(Self::plain(if is_sandbox || !server.is_loopback() {
            // The tightest limits.
            Limits::Sandbox
        } else {
            Limits::None
        }))
    }
}

/// The limits in the settings of a server with a control API; `None` if that API refuses us.
async fn limits_of(server: &Server) -> Result<Option<Limits>, ProbeError> {
    let answer = ask(server, "/_mock/settings").await?;
    if matches!(answer.status, 401 | 403) {
        return Ok(None);
    }
    let settings = answer.body.unwrap_or(Value::Null);
    Ok(Some(
        match settings.get("rate_limits").and_then(Value::as_str) {
            Some("sandbox") => Limits::Sandbox,
            Some("production") => Limits::Production,
            _ => Limits::None,
        },
    ))
}

struct Asked {
    status: u16,
    /// The page as JSON, when there is one.
    body: Option<Value>,
    says_sandbox: bool,
}

async fn ask(server: &Server, path: &str) -> Result<Asked, ProbeError> {
    let url = format!("{}{path}", server.base());
    let answer = match server.send(&Request::new("GET", path)).await {
        Ok(answer) => answer,
        Err(source) => return Err(ProbeError::Unreachable { url, source }),
    };
    let says_sandbox = answer.header("x-polar-sandbox").is_some();
    let status = answer.status;
    let asked = |body| {
        Ok(Asked {
            status,
            body,
            says_sandbox,
        })
    };
    let body = parse(&answer.text())
        .ok()
        .filter(|body| body.as_object().is_some());
    match (answer.status, body) {
        (200, Some(body)) => asked(Some(body)),
        (400..500, Some(_)) => asked(None),
        (400..500, None) if answer.body.is_empty() => asked(None),
        _ => Err(not_the_api(url, &answer)),
    }
}

fn not_the_api(url: String, answer: &Answer) -> ProbeError {
    let content_type = answer
        .header("content-type")
        .unwrap_or("no content type")
        .to_owned();
    let start = answer
        .text()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(80)
        .collect();
    ProbeError::NotTheApi {
        url,
        status: answer.status,
        content_type,
        start,
    }
}
