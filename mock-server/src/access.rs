//! Protects a developer's machine from the web pages open on it: who may use the control API and webhooks.
//!
//! A page cannot forge three headers. `Host` is the name by which it reached this server: its own domain after DNS
//! rebinding. `Origin` and `Sec-Fetch-Site` say where the request came from.

use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use url::{Host, Url};

use crate::targets::Targets;

/// The access rules that a server was started with.
#[derive(Debug, Default)]
pub(crate) struct Access {
    /// The token that the control API requires; `None` if it is open.
    pub(crate) control_token: Option<String>,
    /// Names of this server, in addition to those of the loopback interface.
    pub(crate) allowed_hosts: Vec<Host>,
    /// Other machines can reach the server, by names it does not know; its built-in tokens are random.
    pub(crate) beyond_loopback: bool,
    /// Where webhooks may go.
    pub(crate) webhooks: Targets,
}

/// Why a request is refused, in the shape of the control API.
#[derive(Debug)]
pub(crate) struct Foreign {
    pub(crate) status: StatusCode,
    pub(crate) error: &'static str,
    pub(crate) detail: String,
}

impl Access {
    /// Refuses calls of the control API that may come from a web page. With a control token, any host name is accepted.
    pub(crate) fn check_control_host(&self, source: &Source<'_>) -> Result<(), Foreign> {
        source.check_host(|host| self.control_token.is_some() || self.knows(host))
    }

    /// Refuses webhook operations and forms that may come from a web page of somebody else. Where tokens are random, any host name is accepted.
    pub(crate) fn check_page(&self, source: &Source<'_>) -> Result<(), Foreign> {
        source.check_page()?;
        source.check_host(|host| self.beyond_loopback || self.knows(host))
    }

    fn knows(&self, host: &Host<&str>) -> bool {
        is_loopback(host) || self.allowed_hosts.contains(&without_final_dot(host))
    }
}

/// Where a request says it came from.
pub(crate) struct Source<'r> {
    pub(crate) method: &'r Method,
    pub(crate) uri: &'r Uri,
    pub(crate) headers: &'r HeaderMap,
}

impl Source<'_> {
    /// Refuses a request from a page of another origin.
    pub(crate) fn check_page(&self) -> Result<(), Foreign> {
        let sites = self.headers.get_all("sec-fetch-site");
        let origins = self.headers.get_all(header::ORIGIN);
        let own = sites
            .iter()
            .all(|site| site == "same-origin" || site == "none")
            && origins.iter().all(|origin| self.is_own(origin));
        if own {
            return Ok(());
        }
        Err(self.refuse(
            StatusCode::FORBIDDEN,
            "ForeignOrigin",
            "it comes from a web page of another origin; send it from a program, without `Origin` and \
             `Sec-Fetch-Site`",
        ))
    }

    /// Whether an origin is this server's own, by the host name in the request.
    fn is_own(&self, origin: &HeaderValue) -> bool {
        let origin = origin.to_str().ok().and_then(|text| Url::parse(text).ok());
        origin.is_some_and(|origin| {
            self.hosts()
                .is_some_and(|hosts| hosts.iter().all(|host| host.origin() == origin.origin()))
        })
    }

    /// Refuses a request for an unknown host name.
    fn check_host(&self, is_known: impl Fn(&Host<&str>) -> bool) -> Result<(), Foreign> {
        let hosts = self.hosts().ok_or_else(|| {
            self.refuse(
                StatusCode::BAD_REQUEST,
                "BadHost",
                "it must have exactly one valid `Host` header, like `Host: 127.0.0.1:7657`",
            )
        })?;
        let mut foreign = hosts
            .iter()
            .filter_map(Url::host)
            .filter(|host| !is_known(host));
        foreign.next().map_or(Ok(()), |host| {
            let reason = format!(
                "`{host}` is not a known name of this machine; use http://127.0.0.1 or http://localhost, or start \
                 polar-mock with --allow-host {host}"
            );
            Err(self.refuse(StatusCode::FORBIDDEN, "ForeignHost", &reason))
        })
    }

    fn refuse(&self, status: StatusCode, error: &'static str, reason: &str) -> Foreign {
        let (method, path) = (self.method, self.uri.path());
        Foreign {
            status,
            error,
            detail: format!("polar-mock refused {method} {path:.200}: {reason}"),
        }
    }

    /// The names that the request uses for this server: its one `Host`, and its target if that is an absolute URL.
    fn hosts(&self) -> Option<Vec<Url>> {
        let mut headers = self.headers.get_all(header::HOST).iter();
        let (Some(host), None) = (headers.next(), headers.next()) else {
            return None;
        };
        let target = self.uri.authority().map(Authority::as_str);
        [Some(host.to_str().ok()?), target]
            .into_iter()
            .flatten()
            .map(site)
            .collect()
    }
}

/// Reads a name of this server, with or without a port.
pub(crate) fn allowed_host(name: &str) -> Option<Host> {
    Some(without_final_dot(&site(name)?.host()?))
}

/// The URL of `host` or `host:port`; `None` if it has any other part of a URL.
fn site(authority: &str) -> Option<Url> {
    let whole = authority
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte));
    let url = Url::parse(&format!("http://{authority}/")).ok();
    url.filter(|_| whole)
}

/// Names under `localhost` are this machine's, too: nobody can register one (RFC 6761), and browsers do not look them
/// up in DNS.
fn is_loopback(host: &Host<&str>) -> bool {
    match without_final_dot(host) {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.to_canonical().is_loopback(),
    }
}

fn without_final_dot(host: &Host<&str>) -> Host {
    match host {
        Host::Domain(name) => Host::Domain(name.strip_suffix('.').unwrap_or(name).to_owned()),
        other => other.to_owned(),
    }
}
