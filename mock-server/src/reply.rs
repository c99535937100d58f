//! An answer of the API before the outer layers have added their headers.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use hyper::body::Frame;
use hyper::ext::ReasonPhrase;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::access::Foreign;
use crate::contract::{Item, render_detail};
use crate::json::{Dict, Value, to_python_json};
use crate::mistake;
use crate::refusal::{BusinessError, Refusal};

/// How far a request got before it was answered: the layers that it passed add their headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    /// No headers are added: an unknown version, or a crash of the real server.
    Bare,
    /// The version and CORS headers.
    Edge,
    /// The headers of the application as well.
    Application,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Content,
    pub(crate) depth: Depth,
}

/// What an answer consists of.
#[derive(Debug)]
enum Content {
    /// Nothing, and no `Content-Length` that says so.
    None,
    /// All of it.
    Whole(Bytes),
    /// Parts that come when there are any.
    Stream(mpsc::Receiver<Bytes>),
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

const INVALID_TOKEN: &str =
    "The access token provided is expired, revoked, malformed, or invalid for other reasons.";
const INSUFFICIENT_SCOPE: &str =
    "The request requires higher privileges than provided by the access token.";

impl Reply {
    fn new(status: u16, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers: vec![(header::CONTENT_TYPE, content_type)],
            body: Content::Whole(body.into()),
            depth: Depth::Application,
        }
    }

    /// JSON text.
    pub fn json_text(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status, JSON, body)
    }

    /// A resource.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        // Room for a license key and its customer.
        let mut text = Vec::with_capacity(2048);
        match serde_json::to_writer(&mut text, body) {
            Ok(()) => Self::json_text(status, text),
            Err(error) => Self::refusal(&Refusal::internal(format!(
                "an answer cannot be written: {error}"
            ))),
        }
    }

    /// A body that comes part by part.
    pub(crate) fn stream(
        status: u16,
        content_type: HeaderValue,
        parts: mpsc::Receiver<Bytes>,
    ) -> Self {
        let mut reply = Self::new(status, content_type, "");
        reply.body = Content::Stream(parts);
        reply
    }

    pub(crate) fn text(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status, TEXT, body)
    }

    /// The real server fails with this 500.
    pub(crate) fn crash() -> Self {
        Self::text(500, "Internal Server Error").at(Depth::Bare)
    }

    /// An answer of the real server's framework.
    pub(crate) fn framework(status: u16, detail: &str) -> Self {
        Self::json_text(status, format!("{{\"detail\":\"{detail}\"}}"))
    }

    /// Our own refusal, which Polar does not have.
    pub(crate) fn foreign(foreign: &Foreign) -> Self {
        let body = serde_json::json!({"error": foreign.error, "detail": foreign.detail});
        Self::json(foreign.status.as_u16(), &body)
    }

    pub(crate) fn method_not_allowed(allow: &str) -> Self {
        let allow = HeaderValue::from_str(allow).unwrap_or(HeaderValue::from_static("GET"));
        Self::framework(405, "Method Not Allowed").header(header::ALLOW, allow)
    }

    pub(crate) fn redirect(location: &str) -> Self {
        let mut reply = Self::json_text(307, "");
        reply.headers.clear();
        reply.header(
            header::LOCATION,
            HeaderValue::from_str(location).unwrap_or(HeaderValue::from_static("/")),
        )
    }

    pub(crate) fn length_required() -> Self {
        Self::json_text(
            411,
            r#"{"error": "LengthRequired", "detail": "A Content-Length header is required."}"#,
        )
        .at(Depth::Edge)
    }

    pub(crate) fn too_large(limit: u64) -> Self {
        let detail = format!("Request body exceeded the maximum allowed size of {limit} bytes.");
        Self::json_text(
            413,
            format!(r#"{{"error": "RequestBodyTooLarge", "detail": "{detail}"}}"#),
        )
        .at(Depth::Edge)
    }

    /// 429: no body, no type, no length.
    pub(crate) fn too_many_requests(retry_after: u64) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            headers: vec![(header::RETRY_AFTER, HeaderValue::from(retry_after))],
            body: Content::None,
            depth: Depth::Edge,
        }
    }

    pub(crate) fn unauthorized() -> Self {
        Self::json_text(401, r#"{"error":"Unauthorized","detail":"Unauthorized"}"#).header(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"polar\""),
        )
    }

    pub(crate) fn invalid_token() -> Self {
        Self::oauth(401, "invalid_token", INVALID_TOKEN, None).at(Depth::Edge)
    }

    pub(crate) fn insufficient_scope(scopes: &[String]) -> Self {
        Self::oauth(
            403,
            "insufficient_scope",
            INSUFFICIENT_SCOPE,
            Some(&scopes.join(" ")),
        )
    }

    fn oauth(status: u16, error: &str, description: &str, scope: Option<&str>) -> Self {
        let scope = scope
            .map(|scope| format!("scope=\"{scope}\", "))
            .unwrap_or_default();
        let challenge = format!(
            "Bearer realm=\"polar\", {scope}error=\"{error}\", error_description=\"{description}\""
        );
        let challenge =
            HeaderValue::from_str(&challenge).unwrap_or(HeaderValue::from_static("Bearer"));
        Self::json_text(
            status,
            format!(r#"{{"error": "{error}", "error_description": "{description}"}}"#),
        )
        .header(header::WWW_AUTHENTICATE, challenge)
        .header(header::CACHE_CONTROL, NO_STORE)
        .header(header::PRAGMA, HeaderValue::from_static("no-cache"))
    }

    /// 422 with every item; 500 where the real server fails to serialise one.
    pub(crate) fn invalid_request(items: &[Item]) -> Self {
        render_detail("RequestValidationError", items)
            .map_or_else(Self::crash, |body| Self::json_text(422, body))
    }

    /// Every refusal is answered here.
    pub fn refusal(refusal: &Refusal) -> Self {
        let (status, error) = (refusal.status(), refusal.error());
        let detail = match refusal {
            Refusal::Crash => return Self::crash(),
            Refusal::Internal(mistake) => {
                mistake::report(mistake);
                Value::Str(refusal.detail())
            }
            Refusal::Invalid(errors) | Refusal::InvalidProperties(errors) => {
                Value::List(errors.iter().map(business_error).collect())
            }
            _ => Value::Str(refusal.detail()),
        };
        let mut body = Dict::default();
        body.push("error", Value::Str(error.into()));
        body.push("detail", detail);
        Self::json_text(status, to_python_json(&Value::Dict(body)))
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn at(mut self, depth: Depth) -> Self {
        self.depth = depth;
        self
    }

    pub(crate) fn has(&self, name: &HeaderName) -> bool {
        self.headers.iter().any(|(known, _)| known == name)
    }

    pub(crate) fn status(&self) -> u16 {
        self.status.as_u16()
    }

    pub(crate) fn body(&self) -> &[u8] {
        match &self.body {
            Content::Whole(body) => body,
            Content::None | Content::Stream(_) => &[],
        }
    }

    pub(crate) fn into_response(self) -> Response {
        let body = match self.body {
            Content::Whole(bytes) => Body::from(bytes),
            Content::None => Body::new(UnknownLength(None)),
            Content::Stream(parts) => Body::new(UnknownLength(Some(parts))),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        // The real server has newer names for these.
        let reason = match self.status {
            StatusCode::PAYLOAD_TOO_LARGE => Some("Content Too Large"),
            StatusCode::UNPROCESSABLE_ENTITY => Some("Unprocessable Content"),
            _ => None,
        };
        if let Some(reason) = reason {
            let reason = ReasonPhrase::from_static(reason.as_bytes());
            response.extensions_mut().insert(reason);
        }
        let headers = response.headers_mut();
        headers.insert(header::SERVER, HeaderValue::from_static("uvicorn"));
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        response
    }
}

/// A body without a `Content-Length`: these parts, or nothing.
struct UnknownLength(Option<mpsc::Receiver<Bytes>>);

impl hyper::body::Body for UnknownLength {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        match &mut self.0 {
            Some(parts) => parts
                .poll_recv(cx)
                .map(|part| part.map(|part| Ok(Frame::data(part)))),
            None => Poll::Ready(None),
        }
    }
}

/// An error of a 422 that comes from a rule, not from a schema.
fn business_error(error: &BusinessError) -> Value {
    let mut loc = vec![Value::Str("body".into())];
    loc.extend(error.loc.iter().cloned());
    let fields = [
        ("type", Value::Str(error.kind.into())),
        ("loc", Value::List(loc)),
        ("msg", Value::Str(error.message.clone().into())),
        ("input", error.input.clone()),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    Value::Dict(fields.into_iter().collect())
}
