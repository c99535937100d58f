//! Requests that the real server does not accept as HTTP (docs/behaviour.md#order-of-checks, step 1).

use http::{Method, Uri};

/// Methods that the real server's HTTP parser knows; anything else is not HTTP to it.
const METHODS: [&str; 35] = [
    "DELETE",
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "CONNECT",
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

/// Whether the real server takes this for HTTP: a method that its parser knows, and not only the name of a server to
/// connect to.
pub(crate) fn is_http(method: &Method, uri: &Uri) -> bool {
    let only_a_server = uri.scheme().is_none() && uri.authority().is_some();
    METHODS.contains(&method.as_str()) && !only_a_server
}

/// What the real server answers to bytes that are not HTTP.
pub(crate) const NOT_HTTP: &str = "Invalid HTTP request received.";
