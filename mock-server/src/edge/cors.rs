//! Cross-origin requests (docs/behaviour.md#cors).

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use crate::reply::{Depth, Reply};

/// Pages of Polar itself, which may send credentials.
const FRONTEND_ORIGINS: [&str; 3] = [
    "https://polar.sh",
    "https://sandbox.polar.sh",
    "http://127.0.0.1:3000",
];

const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
const HEADERS: [&str; 6] = [
    "Accept",
    "Accept-Language",
    "Authorization",
    "Content-Language",
    "Content-Type",
    "Polar-Version",
];

/// The answer to a preflight request; `None` if this is not one.
pub(crate) fn preflight(method: &Method, headers: &HeaderMap) -> Option<Reply> {
    let asked = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    if method != Method::OPTIONS || !headers.contains_key(header::ORIGIN) {
        return None;
    }
    let mut failures = Vec::new();
    if !METHODS
        .iter()
        .any(|known| known.as_bytes() == asked.as_bytes())
    {
        failures.push("method");
    }
    let names = headers
        .get(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .map(|names| String::from_utf8_lossy(names.as_bytes()));
    let known = |name: &str| {
        HEADERS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name.trim()))
    };
    if names.is_some_and(|names| !names.split(',').all(known)) {
        failures.push("headers");
    }
    if headers.contains_key("access-control-request-private-network") {
        failures.push("private-network");
    }
    let reply = if failures.is_empty() {
        Reply::text(200, "OK")
    } else {
        Reply::text(400, format!("Disallowed CORS {}", failures.join(", ")))
    };
    let value = |list: &[&str]| {
        HeaderValue::from_str(&list.join(", ")).unwrap_or(HeaderValue::from_static("*"))
    };
    Some(
        reply
            .at(Depth::Edge)
            .header(header::ACCESS_CONTROL_ALLOW_METHODS, value(&METHODS))
            .header(header::ACCESS_CONTROL_ALLOW_HEADERS, value(&HEADERS))
            .header(
                header::ACCESS_CONTROL_MAX_AGE,
                HeaderValue::from_static("600"),
            ),
    )
}

/// The headers of an answer to a request from this origin.
pub(crate) fn headers(origin: &HeaderValue, preflight: bool) -> Vec<(HeaderName, HeaderValue)> {
    if FRONTEND_ORIGINS
        .iter()
        .any(|known| known.as_bytes() == origin.as_bytes())
    {
        return vec![
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()),
            (
                header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
                HeaderValue::from_static("true"),
            ),
            (header::VARY, HeaderValue::from_static("Origin")),
        ];
    }
    let mut headers = vec![(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    )];
    if !preflight {
        headers.push((
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("Polar-Version"),
        ));
    }
    headers
}
