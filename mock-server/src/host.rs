//! The threads that all servers of a process run on: whatever the threads of whoever uses them do, servers answer.

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

/// What the servers of a process have in common.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) runtime: Runtime,
    pub(crate) connections: Arc<Connections>,
}

/// The host of this process, which begins with the first server and stays.
pub(crate) fn host() -> io::Result<&'static Host> {
    static HOST: LazyLock<io::Result<Host>> = LazyLock::new(Host::new);
    HOST.as_ref()
        .map_err(|error| io::Error::new(error.kind(), error.to_string()))
}

impl Host {
    fn new() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .thread_name("polar-mock")
            .on_thread_start(look_at_the_date)
            .enable_all()
            .build()?;
        let connections = Arc::new(Connections::new());
        let looked_after = connections.clone();
        runtime.spawn(async move { looked_after.close_late().await });
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
        // A port on which connections are still closing can be listened on; on Windows one that is in use could be, too.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    }
}

/// Has hyper look at the machine's clock on this thread. It does so when a thread first serves, and panics if the clock has
/// been set to before 1970 by then; later it does not.
fn look_at_the_date() {
    if machine_is_before_1970() {
        return;
    }
    let service = service_fn(|_| async { Ok::<_, Infallible>(http::Response::new(Body::empty())) });
    let nobody = TokioIo::new(tokio::io::empty());
    let connection = pin!(http1::Builder::new().serve_connection(nobody, service));
    let _ = connection.poll(&mut Context::from_waker(Waker::noop()));
}
