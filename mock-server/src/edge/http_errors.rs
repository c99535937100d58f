//! Requests that the real server does not accept as HTTP (docs/behaviour.md#order-of-checks, step 1).

use http::Method;

/// Methods that the real server's HTTP parser takes; anything else, CONNECT included, is not HTTP to it.
const METHODS: [&str; 34] = [
    "DELETE",
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "OPTIONS",
    "TRACE",
    "COPY",
    "LOCK",
    "MKCOL",
    "MOVE",
    "PROPFIND",
    "PROPPATCH",
    "SEARCH",
    "UNLOCK",
    "BIND",
    "REBIND",
    "UNBIND",
    "ACL",
    "REPORT",
    "MKACTIVITY",
    "CHECKOUT",
    "MERGE",
    "M-SEARCH",
    "NOTIFY",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "PATCH",
    "PURGE",
    "MKCALENDAR",
    "LINK",
    "UNLINK",
    "SOURCE",
    "QUERY",
];

/// Whether the real server's HTTP parser accepts the method.
pub(crate) fn is_http_method(method: &Method) -> bool {
    METHODS.contains(&method.as_str())
}

/// What the real server answers to bytes that are not HTTP.
pub(crate) const NOT_HTTP: &str = "Invalid HTTP request received.";
