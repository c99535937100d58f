//! The loopback interface of this machine: the only place to which webhooks are sent.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

/// The loopback addresses of a plain HTTP URL; none if it leads anywhere else.
pub(crate) fn addresses(url: &Url) -> Vec<SocketAddr> {
    let port = url.port_or_known_default().unwrap_or(80);
    match url.host() {
        _ if url.scheme() != "http" => Vec::new(),
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
            assert_eq!(!addresses(&url).is_empty(), is, "{text}");
        }
    }
}
