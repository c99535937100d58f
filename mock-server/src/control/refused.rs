//! Refusals of the control API.

use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::paths::ROOT;
use crate::state::Problem;

/// A refusal of the control API: JSON with an `error` and what is wrong.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Refused {
    #[serde(skip)]
    status: StatusCode,
    error: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    problems: Vec<Problem>,
}

impl Refused {
    pub(super) fn new(status: StatusCode, error: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            error,
            detail: detail.into(),
            problems: Vec::new(),
        }
    }

    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", detail)
    }

    pub(super) fn problems(detail: impl Into<String>, problems: Vec<Problem>) -> Self {
        Self {
            problems,
            ..Self::invalid(detail)
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}

/// Reads a JSON body, whatever its content type says.
pub(super) fn read<T: DeserializeOwned>(body: &[u8], example: &str) -> Result<T, Refused> {
    serde_json::from_slice(body)
        .map_err(|error| Refused::invalid(format!("{error}; send {example}")))
}

pub(super) async fn unknown(request: Request) -> Refused {
    let path = request.uri().path();
    let path = path.strip_prefix(ROOT).unwrap_or(path);
    let detail = format!("there is no {ROOT}{path}; {ROOT}/openapi.json lists what there is");
    Refused::new(StatusCode::NOT_FOUND, "NotFound", detail)
}
