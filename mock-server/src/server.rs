//! A running server: how it is started and stopped.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::edge::serve_connections;
use crate::host::host;
use crate::mistake;
use crate::service::Service;
use crate::shared::Shared;
use crate::state::Listeners;
use crate::webhooks;

/// A server that is accepting connections. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    /// Its URL, without a final slash.
    pub(crate) url: String,
    stop: watch::Sender<bool>,
    listeners: Listeners,
    accepting: Option<JoinHandle<()>>,
    /// How many internal errors there had been when it started.
    mistakes: u64,
}

impl Running {
    /// Starts serving on an address, on the threads of the host.
    pub(crate) fn start(address: SocketAddr, shared: Arc<Shared>) -> io::Result<Self> {
        let host = host()?;
        let listener = host.listen(address)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let world = shared.world();
        let url = url(address);
        world.site.set(url.clone());
        let listeners = world.listeners.clone();
        host.runtime
            .spawn(webhooks::deliver(Arc::downgrade(&shared), stopped.clone()));
        let accepting = host.runtime.spawn(serve_connections(
            listener,
            host.connections.clone(),
            Service::new(shared),
            stopped,
        ));
        Ok(Self {
            url,
            stop,
            listeners,
            accepting: Some(accepting),
            mistakes: mistake::count(),
        })
    }

    /// Stops accepting connections and waits for answers in progress.
    pub(crate) async fn stop(mut self) {
        self.listeners.close();
        let _ = self.stop.send(true);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.await;
        }
        // Every connection holds a receiver until it is done.
        self.stop.closed().await;
        self.mistakes = u64::MAX;
    }
}

/// How this machine reaches a server that listens there.
fn url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

impl Drop for Running {
    /// # Panics
    ///
    /// If polar-mock failed internally meanwhile: no test may pass on an answer that Polar would not give.
    fn drop(&mut self) {
        self.listeners.close();
        let _ = self.stop.send(true);
        if mistake::count() > self.mistakes && !std::thread::panicking() {
            panic!("polar-mock failed internally, see its message above; please report it");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_every_address_is_reached_by_loopback() {
        for (address, expected) in [
            ("127.0.0.1:80", "http://127.0.0.1:80"),
            ("0.0.0.0:7657", "http://127.0.0.1:7657"),
            ("[::]:7657", "http://[::1]:7657"),
            ("192.0.2.1:7657", "http://192.0.2.1:7657"),
        ] {
            assert_eq!(url(address.parse().expect("an address")), expected);
        }
    }
}
