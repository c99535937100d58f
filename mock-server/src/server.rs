//! A running server: how it is started and stopped.

use std::io;
use std::net::SocketAddr;
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
    pub(crate) address: SocketAddr,
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
        let listeners = shared.world().listeners.clone();
        host.runtime
            .spawn(webhooks::deliver(Arc::downgrade(&shared), stopped.clone()));
        let accepting = host.runtime.spawn(serve_connections(
            listener,
            host.connections.clone(),
            Service::new(shared),
            stopped,
        ));
        Ok(Self {
            address,
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
