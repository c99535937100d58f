//! Keeps the bodies of refusals readable, and keeps undocumented refusals as whole answers.

use bytes::Bytes;
use reqwest::{Response, ResponseBuilderExt, StatusCode, Url, header::HeaderMap};
use serde_json::Value;

use crate::OperationFacts;

/// The names that Polar gives to the error of a 422.
pub(crate) const INVALID: [&str; 3] = [
    "RequestValidationError",
    "PolarRequestValidationError",
    "BenefitPropertiesValidationError",
];

/// A copy of the body of a refusal, because the body itself can be read only once.
#[derive(Clone)]
struct Body(Bytes);

/// The body of an answer that [`keep_body`] has seen.
pub(crate) fn kept_body(response: &Response) -> Option<&[u8]> {
    let body = response.extensions().get::<Body>()?;
    Some(&body.0)
}

/// Reads the body of a 4xx answer, so that an error that holds the answer can be inspected without waiting.
pub(crate) async fn keep_body(response: Response) -> reqwest::Result<Response> {
    if !response.status().is_client_error() {
        return Ok(response);
    }
    let (status, headers) = (response.status(), response.headers().clone());
    let url = response.url().clone();
    let body = response.bytes().await?;
    Ok(rebuild(status, headers, url, body))
}

/// The whole answer, if it is a 4xx whose status is documented but whose body is not. The generated code would keep only
/// its body, as a payload that it cannot read. Examples are the answers to a bad token, which have no `detail`, those of
/// the server's framework, which have no `error`, and those of a proxy.
pub(crate) fn undescribed(response: &Response, operation: &str) -> Option<Response> {
    let facts = OperationFacts::find(operation)?;
    let schemas = facts.schemas_of(response.status().as_u16())?;
    let Body(body) = response.extensions().get()?;
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let described = schemas.iter().any(|schema| match *schema {
        "HTTPValidationError" => {
            let named = answer["error"].as_str();
            named.is_some_and(|name| INVALID.contains(&name)) && answer["detail"].is_array()
        }
        // `error` holds the name of the schema.
        name => answer["error"] == name && answer["detail"].is_string(),
    });
    (!described).then(|| {
        let (headers, url) = (response.headers().clone(), response.url().clone());
        rebuild(response.status(), headers, url, body.clone())
    })
}

fn rebuild(status: StatusCode, headers: HeaderMap, url: Url, body: Bytes) -> Response {
    // Building from nothing but a URL does not fail.
    let builder = http::Response::builder().url(url);
    let mut response = builder.body(body.clone()).unwrap_or_default();
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response.extensions_mut().insert(Body(body));
    Response::from(response)
}
