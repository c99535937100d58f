//! Where webhooks may go: nowhere but this machine.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

/// Whether it is plain HTTP to this machine's loopback interface.
pub(super) fn is_loopback_http(url: &Url) -> bool {
    url.scheme() == "http" && !addresses(url).is_empty()
}

/// The addresses on the loopback interface that an URL means; none if it means another machine.
pub(super) fn addresses(url: &Url) -> Vec<SocketAddr> {
    let port = url.port_or_known_default().unwrap_or(80);
    match url.host() {
        Some(Host::Ipv4(ip)) if ip.is_loopback() => vec![(ip, port).into()],
        Some(Host::Ipv6(ip)) if ip.is_loopback() => vec![(ip, port).into()],
        Some(Host::Domain("localhost")) => vec![
            (Ipv4Addr::LOCALHOST, port).into(),
            (Ipv6Addr::LOCALHOST, port).into(),
        ],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine() {
        for (text, is) in [
            ("http://127.0.0.1:8000/hook", true),
            ("http://127.1.2.3/", true),
            ("http://[::1]:9/", true),
            ("http://localhost:9/", true),
            ("http://LOCALHOST:9/", true),
            ("https://127.0.0.1/", false),
            ("http://localhost.example.com/", false),
            ("http://10.0.0.1/", false),
            ("http://0.0.0.0/", false),
            ("http://example.com/", false),
        ] {
            let url = Url::parse(text).expect("a URL");
            assert_eq!(is_loopback_http(&url), is, "{text}");
        }
    }
}
