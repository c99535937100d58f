//! What a target can do, found out by asking it.

use super::choice::TargetError;
use super::server::Server;
use crate::json::{Value, parse};
use crate::wire::{Answer, Request};

/// What a target can do beyond Polar's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// Its world can be replaced (`PUT /_mock/state`).
    pub seed: bool,
    /// Its clock can be read and moved (`/_mock/clock`).
    pub clock: bool,
}

impl Capabilities {
    /// Asks `GET /_mock/health`, and `GET /_mock/clock` where there is no such page. A server of Polar's API without a
    /// control API answers both with its JSON 404, and has no capability.
    ///
    /// # Errors
    /// When nobody answers, or something that is no JSON API.
    pub async fn of(server: &Server) -> Result<Self, TargetError> {
        for path in ["/_mock/health", "/_mock/clock"] {
            if ask(server, path).await?.is_some() {
                return Ok(Self {
                    seed: true,
                    clock: true,
                });
            }
        }
        Ok(Self::default())
    }
}

/// The page as JSON, or nothing when there is none.
async fn ask(server: &Server, path: &str) -> Result<Option<Value>, TargetError> {
    let url = format!("{}{path}", server.base());
    let answer = match server.send(&Request::new("GET", path)).await {
        Ok(answer) => answer,
        Err(source) => return Err(TargetError::Unreachable { url, source }),
    };
    let body = parse(&answer.text())
        .ok()
        .filter(|body| body.as_object().is_some());
    match (answer.status, body) {
        (200, Some(body)) => Ok(Some(body)),
        (400..500, Some(_)) => Ok(None),
        (400..500, None) if answer.body.is_empty() => Ok(None),
        _ => Err(not_the_api(url, &answer)),
    }
}

fn not_the_api(url: String, answer: &Answer) -> TargetError {
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
    TargetError::NotTheApi {
        url,
        status: answer.status,
        content_type,
        start,
    }
}
