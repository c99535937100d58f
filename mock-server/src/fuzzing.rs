//! Connections without a network, for the fuzz targets in `fuzz/`.

use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use crate::access::Access;
use crate::edge::{Connections as Open, Ends, serve_connection};
use crate::service::Service;
use crate::settings::Settings;
use crate::shared::Shared;
use crate::state::builtin_fixture;

/// A server to which connections are made in memory.
pub struct Connections {
    runtime: Runtime,
    open: Arc<Open>,
    service: Service,
    stop: watch::Sender<bool>,
}

impl Connections {
    /// A server with the built-in fixture.
    ///
    /// # Errors
    ///
    /// If the system gives no runtime.
    pub fn new() -> std::io::Result<Self> {
        let shared = Arc::new(Shared::new(
            builtin_fixture(),
            Settings::default(),
            Access::default(),
        ));
        Ok(Self {
            runtime: Builder::new_current_thread().enable_all().build()?,
            open: Arc::new(Open::new()),
            service: Service::new(shared),
            stop: watch::channel(false).0,
        })
    }

    /// What a freshly started server answers to these bytes, after which the client sends nothing more.
    pub fn exchange(&self, bytes: &[u8]) -> Vec<u8> {
        self.service.shared.reset();
        let (mut client, server) = duplex(1 << 14);
        let ends = Ends {
            peer: Ipv4Addr::LOCALHOST.into(),
            server: (Ipv4Addr::LOCALHOST, 7657).into(),
        };
        let served = async {
            let place = self.open.place().await;
            serve_connection(
                server,
                ends,
                place,
                self.service.clone(),
                self.stop.subscribe(),
            )
            .await;
        };
        let exchanged = async {
            let mut answer = Vec::new();
            // It may hang up before it has read everything.
            let _ = client.write_all(bytes).await;
            let _ = client.shutdown().await;
            let _ = client.read_to_end(&mut answer).await;
            answer
        };
        self.runtime
            .block_on(async { tokio::join!(served, exchanged).1 })
    }
}
