//! Who may use what Polar's API does not have, and where the server may reach: what stands between a developer's machine
//! and the web pages that are open on it.
//!
//! A page cannot forge three headers: `Host` is the name that it used for this server, which is its own where DNS was
//! made to lead here (rebinding); `Origin` and `Sec-Fetch-Site` tell where it came from.

use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use url::{Host, Url};

use crate::targets::Targets;

/// What a server was started with that says who may do what.
#[derive(Debug, Default)]
pub(crate) struct Access {
    /// What the control API asks for, where it is not open to everybody.
    pub(crate) control_token: Option<String>,
    /// Names of this server beside those of the loopback interface.
    pub(crate) allowed_hosts: Vec<Host>,
    /// Other machines can reach it, by names that nobody knows here; its tokens are not the well-known ones.
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
    /// Refuses calls of the control API that a web page may have made. The control token makes up for the name.
    pub(crate) fn check_control_host(&self, source: &Source<'_>) -> Result<(), Foreign> {
        source.check_host(|host| self.control_token.is_some() || self.knows(host))
    }

    /// Refuses what a web page may ask about webhooks. Tokens that it cannot know make up for the name.
    pub(crate) fn check_webhooks(&self, source: &Source<'_>) -> Result<(), Foreign> {
        source.check_page()?;
        source.check_host(|host| self.beyond_loopback || self.knows(host))
    }

    fn knows(&self, host: &Host<&str>) -> bool {
        is_loopback(host) || self.allowed_hosts.contains(&without_final_dot(host))
    }
}

/// What a request says about where it came from.
pub(crate) struct Source<'r> {
    pub(crate) method: &'r Method,
    pub(crate) uri: &'r Uri,
    pub(crate) headers: &'r HeaderMap,
}

impl Source<'_> {
    /// Refuses what a page of another origin asks for.
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
            "it comes from a web page of another origin; ask from a program, which sends neither `Origin` nor \
             `Sec-Fetch-Site`",
        ))
    }

    /// Whether an origin is that of this server, by the name that the request gives it.
    fn is_own(&self, origin: &HeaderValue) -> bool {
        let origin = origin.to_str().ok().and_then(|text| Url::parse(text).ok());
        origin.is_some_and(|origin| {
            self.hosts()
                .is_some_and(|hosts| hosts.iter().all(|host| host.origin() == origin.origin()))
        })
    }

    /// Refuses what came by a name that is not known.
    fn check_host(&self, is_known: impl Fn(&Host<&str>) -> bool) -> Result<(), Foreign> {
        let hosts = self.hosts().ok_or_else(|| {
            self.refuse(
                StatusCode::BAD_REQUEST,
                "BadHost",
                "it needs exactly one well-formed `Host` header, like `Host: 127.0.0.1:7657`",
            )
        })?;
        let mut foreign = hosts
            .iter()
            .filter_map(Url::host)
            .filter(|host| !is_known(host));
        foreign.next().map_or(Ok(()), |host| {
            let reason = format!(
                "`{host}` is not known as a name of this machine, and a web page can make one up; use \
                 http://127.0.0.1 or http://localhost, or start polar-mock with --allow-host {host}"
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

    /// What the request calls this server: in its one `Host`, and in its target where that is a whole URL.
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

/// What `host` or `host:port` is the site of. Nothing else of a URL may be in it.
fn site(authority: &str) -> Option<Url> {
    let whole = authority
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte));
    let url = Url::parse(&format!("http://{authority}/")).ok();
    url.filter(|_| whole)
}

/// Names under `localhost` are this machine's, too: nobody can register one (RFC 6761), and browsers ask no DNS for them.
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
