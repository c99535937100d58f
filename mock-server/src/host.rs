//! The threads that all servers of a process share: servers answer even while the threads of a test are blocked.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Waker};

use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};

use crate::edge::Connections;
use crate::state::machine_is_before_1970;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// What all servers of a process share.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) runtime: Runtime,
    pub(crate) connections: Arc<Connections>,
}

/// The host of this process: made with the first server, and kept until the process ends.
pub(crate) fn host() -> io::Result<&'static Host> {
    static HOST: LazyLock<io::Result<Host>> = LazyLock::new(Host::new);
    HOST.as_ref()
        .map_err(|error| io::Error::new(error.kind(), error.to_string()))
}

impl Host {
    fn new() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .thread_name("polar-mock")
            .on_thread_start(read_the_date)
            .enable_all()
            .build()?;
        let connections = Arc::new(Connections::new());
        let connections_to_close = connections.clone();
        runtime.spawn(async move { connections_to_close.close_late().await });
        Ok(Self {
            runtime,
            connections,
        })
    }

    /// Listens on an address.
    pub(crate) fn listen(&self, address: SocketAddr) -> io::Result<TcpListener> {
        let _entered = self.runtime.enter();
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }?;
        // On Unix this allows a port on which connections are still closing. On Windows it would allow one in use.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    }
}

/// Makes hyper read the machine's clock on this thread now. Otherwise it reads it when the thread first serves, and panics
/// if the clock has been set to before 1970 by then.
fn read_the_date() {
    if machine_is_before_1970() {
        return;
    }
    let service = service_fn(|_| async { Ok::<_, Infallible>(http::Response::new(Body::empty())) });
    let nobody = TokioIo::new(tokio::io::empty());
    let connection = pin!(http1::Builder::new().serve_connection(nobody, service));
    let _ = connection.poll(&mut Context::from_waker(Waker::noop()));
}
