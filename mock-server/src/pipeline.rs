//! Answers one request of the API, checking in the real server's order (docs/behaviour.md#order-of-checks): version,
//! CORS, size, prefix, rate limit, token, route, JSON, caller and scope, contract, rule.

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Instant;

use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, header};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::access::Source;
use crate::contract::{BodyInput, Contract, RouteMatch, decode_request, document_json};
use crate::edge::{Ends, auth, body, cors, http_errors};
use crate::generated::operations::Operation;
use crate::operations::{self, Call, Sent};
use crate::reply::{Depth, Reply};
use crate::settings::{RateLimits, Settings};
use crate::shared::{Counted, Shared};
use crate::version::Version;

const OLD_PREFIX: &str = "/api/v1";
const DEPRECATION_NOTICE: &str =
    "The API root has moved from /api/v1 to /v1. Please update your integration.";

/// What the journal records of a request, filled in along the way.
struct Seen {
    ends: Ends,
    operation: Option<&'static str>,
    body: Bytes,
}

/// Answers a request to the API, and puts both into the journal.
pub async fn answer(shared: &Shared, ends: Ends, request: Request) -> Response {
    let begun = Instant::now();
    let (parts, body) = request.into_parts();
    let mut seen = Seen {
        ends,
        operation: None,
        body: Bytes::new(),
    };
    let reply = checked(shared, &parts, body, &mut seen).await;
    let at = shared.clock.now();
    shared.journal.write(|exchange| {
        exchange.at = at;
        exchange.method.copy(parts.method.as_str());
        let target = parts.uri.path_and_query();
        exchange
            .target
            .copy(target.map_or("", |target| target.as_str()));
        exchange.operation = seen.operation;
        exchange.request.copy(&seen.body);
        exchange.status = reply.status();
        exchange.answer.copy(reply.body());
        exchange.took = begun.elapsed();
    });
    reply.into_response()
}

async fn checked(shared: &Shared, parts: &Parts, body: axum::body::Body, seen: &mut Seen) -> Reply {
    if !http_errors::is_http(&parts.method, &parts.uri) {
        return Reply::text(400, http_errors::NOT_HTTP)
            .header(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let Some(version) = Version::of(&parts.headers) else {
        return Reply::framework(404, "Not Found");
    };
    let settings = shared.settings();
    let preflight = cors::preflight(&parts.method, &parts.headers);
    let is_preflight = preflight.is_some();
    let mut reply = match preflight {
        Some(reply) => reply,
        None => behind_cors(shared, &settings, version, parts, body, seen).await,
    };
    if reply.depth >= Depth::Application {
        if settings.rate_limits == RateLimits::Sandbox {
            reply = reply.header(
                HeaderName::from_static("x-polar-sandbox"),
                HeaderValue::from_static("1"),
            );
        }
        if !reply.has(&header::CACHE_CONTROL) {
            reply = reply.header(
                header::CACHE_CONTROL,
                HeaderValue::from_static("private, no-store"),
            );
        }
    }
    if reply.depth >= Depth::Edge {
        reply = reply.header(HeaderName::from_static("polar-version"), version.header());
        if let Some(origin) = parts.headers.get(header::ORIGIN) {
            for (name, value) in cors::headers(origin, is_preflight) {
                reply = reply.header(name, value);
            }
        }
    }
    reply
}

async fn behind_cors(
    shared: &Shared,
    settings: &Settings,
    version: Version,
    parts: &Parts,
    body: axum::body::Body,
    seen: &mut Seen,
) -> Reply {
    if let Err(reply) = body::check_size(&parts.method, &parts.headers) {
        return reply;
    }
    let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy();
    match path
        .strip_prefix(OLD_PREFIX)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
    {
        None => application(shared, settings, version, parts, &path, body, seen).await,
        Some(rest) => {
            let reply = application(
                shared,
                settings,
                version,
                parts,
                &format!("/v1{rest}"),
                body,
                seen,
            )
            .await;
            if reply.depth == Depth::Bare {
                return reply;
            }
            reply.header(
                HeaderName::from_static("x-polar-deprecation-notice"),
                HeaderValue::from_static(DEPRECATION_NOTICE),
            )
        }
    }
}

async fn application(
    shared: &Shared,
    settings: &Settings,
    version: Version,
    parts: &Parts,
    path: &str,
    body: axum::body::Body,
    seen: &mut Seen,
) -> Reply {
    let world = shared.run_due_jobs();
    let now = shared.clock.now();
    let bearer = auth::bearer(&parts.headers);
    let token = bearer.and_then(|bearer| world.token(bearer, now));
    let counted = Counted {
        path,
        bearer,
        token: token.as_ref(),
        headers: &parts.headers,
        peer: seen.ends.peer,
    };
    if let Err(retry_after) = shared
        .rate_limiter
        .check(settings.rate_limits, &counted, now)
    {
        return Reply::too_many_requests(retry_after);
    }
    if bearer.is_some() && token.is_none() {
        return Reply::invalid_token();
    }
    if let Some(reply) = outside_the_contract(&parts.method, path) {
        return reply;
    }
    if let Some(shorter) = path.strip_suffix('/')
        && outside_the_contract(&parts.method, shorter).is_some()
    {
        return Reply::redirect(&absolute(parts, seen.ends.server, shorter));
    }
    let contract = Contract::bundled();
    let (route, path_parameters) = match contract.route(parts.method.as_str(), path) {
        RouteMatch::Found(route, parameters) => (route, parameters),
        RouteMatch::MethodNotAllowed(allow) => return Reply::method_not_allowed(allow),
        RouteMatch::Redirect(path) => {
            return Reply::redirect(&absolute(parts, seen.ends.server, &path));
        }
        RouteMatch::NotFound => return Reply::framework(404, "Not Found"),
    };
    seen.operation = Some(&route.id);
    let input = if route.takes_body() {
        let Some(bytes) = body::read(body).await else {
            return Reply::crash();
        };
        let content_type = parts
            .headers
            .get(header::CONTENT_TYPE)
            .map(|value| String::from_utf8_lossy(value.as_bytes()));
        let input = BodyInput::read(content_type.as_deref(), &bytes);
        seen.body = bytes;
        input
    } else {
        BodyInput::Missing
    };
    match &input {
        BodyInput::Malformed(item) => return Reply::invalid_request(std::slice::from_ref(item)),
        BodyInput::Unreadable => {
            return Reply::framework(400, "There was an error parsing the body");
        }
        _ => {}
    }
    if let Err(reply) = auth::authorize(route, token.as_ref()) {
        return reply;
    }
    if input == BodyInput::Undecodable {
        return Reply::crash();
    }
    let query = parts.uri.query().unwrap_or_default();
    let arguments = match decode_request(contract, route, &path_parameters, query, &input, now) {
        Ok(arguments) => arguments,
        Err(items) => return Reply::invalid_request(&items),
    };
    if route.id.starts_with("webhooks:") {
        let source = Source {
            method: &parts.method,
            uri: &parts.uri,
            headers: &parts.headers,
        };
        if let Err(foreign) = shared.access.check_page(&source) {
            return Reply::foreign(&foreign);
        }
    }
    let call = Call {
        world,
        clock: &shared.clock,
        settings,
        version,
        caller: token.map(|token| token.caller),
        sent: Some(Sent {
            query,
            headers: &parts.headers,
            peer: seen.ends.peer,
        }),
    };
    operations::answer(OPERATIONS[route.place], &call, arguments)
}

/// The operation of each route, by the place of the route in the contract.
static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let routes = Contract::bundled().routes().iter();
    routes
        .map(|route| {
            let mut known = Operation::ALL.into_iter();
            known
                .find(|operation| operation.id() == route.id)
                .unwrap_or_else(|| panic!("run `cargo xtask regen`: {} is new", route.id))
        })
        .collect()
});

/// What the server answers outside the operations of the contract.
fn outside_the_contract(method: &Method, path: &str) -> Option<Reply> {
    let get = |reply: Reply| {
        Some(if method == Method::GET {
            reply
        } else {
            Reply::method_not_allowed("GET")
        })
    };
    if path == "/healthz" {
        return get(Reply::json_text(200, r#"{"status":"ok"}"#));
    }
    let version = path.strip_prefix('/')?.strip_suffix("/openapi.json")?;
    Version::from_name(version)?;
    get(Reply::json_text(200, document_json()))
}

/// What Python's `quote(…, safe=":/%#?=@[]!$&'()*+,;")` escapes.
const QUOTED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The absolute URL of a path on the host that the request names, or on the server's address if that is not a host name.
fn absolute(parts: &Parts, server: SocketAddr, path: &str) -> String {
    let scheme = parts
        .headers
        .get_all("x-forwarded-proto")
        .iter()
        .next_back();
    let scheme = scheme
        .and_then(|scheme| scheme.to_str().ok())
        .filter(|scheme| matches!(*scheme, "http" | "https" | "ws" | "wss"))
        .unwrap_or("http");
    let named = parts.headers.get(header::HOST);
    let named = named.and_then(|host| host.to_str().ok());
    let host = match named.filter(|host| is_host(host)) {
        Some(host) => host.to_owned(),
        None => server.to_string(),
    };
    let query = parts
        .uri
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    utf8_percent_encode(&format!("{scheme}://{host}{path}{query}"), QUOTED).to_string()
}

/// Whether the real server's framework takes this for a name or an address, perhaps with a port.
fn is_host(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let is_known = match address.map(|address| address.split_once(':')) {
        None => {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
            !host.is_empty() && host.bytes().all(known)
        }
        Some(None) => false,
        Some(Some((first, rest))) => {
            let known = |byte: u8| byte.is_ascii_hexdigit() || b".:".contains(&byte);
            first.bytes().all(|byte| byte.is_ascii_hexdigit())
                && !rest.is_empty()
                && rest.bytes().all(known)
        }
    };
    is_known && port.is_none_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_server() {
        for (text, is) in [
            ("a", true),
            ("HOST.Example", true),
            ("a-b.example:80", true),
            ("[::1]", true),
            ("[::1]:99999", true),
            ("[fe80::1.2.3.4]:1", true),
            ("", false),
            (":80", false),
            ("a:", false),
            ("a:b", false),
            ("a:1:2", false),
            ("a/b", false),
            ("user@host", false),
            ("[]", false),
            ("[abc]", false),
            ("[:]", false),
            ("[::g]", false),
            ("é", false),
        ] {
            assert_eq!(is_host(text), is, "{text}");
        }
    }
}
